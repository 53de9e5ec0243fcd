//! The language's cases of the development data, as far as `loa analyze` shows them.

use crate::loa::{Loa, shared};

#[test]
fn texts_are_read_as_the_cases_say() {
    let Some(path) = shared("data/language/cases.tsv") else { return };
    let loa = Loa::new();
    let table = std::fs::read_to_string(path).unwrap();
    let mut checked = 0;
    for row in table.lines().skip(1) {
        let columns: Vec<&str> = row.split('\t').collect();
        let [id, group, input, query, expected, ..] = columns[..] else { continue };
        let Some((kind, keys)) = expected.split_once(": ") else { continue };
        if !query.is_empty() || !["acc", "fold", "ref", "date"].contains(&group) || kind != group {
            continue;
        }
        let keys: Vec<&str> = match (group, keys) {
            (_, "(none)") => Vec::new(),
            ("ref" | "date", key) => vec![key],
            (_, keys) => keys.split(" | ").collect(),
        };
        let reading = loa.json(&["analyze", input]);
        let read: Vec<&str> = match group {
            "ref" => strings(&reading["documents"]),
            "date" => strings(&reading["dates"]),
            _ => reading["tokens"]
                .as_array()
                .unwrap()
                .iter()
                .map(|t| t[group].as_str().unwrap())
                .collect(),
        };
        assert_eq!(read, keys, "{id}: {input}");
        checked += 1;
    }
    assert!(checked > 50, "only {checked} cases were read");
}

fn strings(list: &serde_json::Value) -> Vec<&str> {
    list.as_array().unwrap().iter().map(|value| value.as_str().unwrap()).collect()
}
