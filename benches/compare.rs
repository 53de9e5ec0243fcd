//! Two revisions side by side, as ratios: what `benches/compare.sh` measured of each.

use std::collections::BTreeMap;
use std::fs;

use serde_json::Value;

/// Figures by name, each with one value a round.
type Figures = BTreeMap<String, Vec<f64>>;

/// Prints the medians of two files, whose lines are what rounds of the same benches wrote.
pub(crate) fn print(old: &str, new: &str) {
    let (old, new) = (read(old), read(new));
    println!("{:<44} {:>12} {:>12} {:>8}  rounds' ratios", "", "old", "new", "new/old");
    for (name, old) in old {
        let Some(new) = new.get(&name) else { continue };
        let pairs = old.iter().zip(new).map(|(old, new)| new / old);
        let ratios: Vec<f64> = pairs.filter(|ratio| ratio.is_finite()).collect();
        if ratios.is_empty() {
            continue;
        }
        let shown: Vec<String> = ratios.iter().map(|ratio| format!("{ratio:.2}")).collect();
        let (before, after, ratio) = (median(&old), median(new), median(&ratios));
        println!("{name:<44} {before:>12.3} {after:>12.3} {ratio:>8.3}  {}", shown.join(" "));
    }
}

fn read(path: &str) -> Figures {
    let text = fs::read_to_string(path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let mut figures = Figures::new();
    for line in text.lines() {
        let round: Value = serde_json::from_str(line).unwrap();
        collect("", &round, &mut figures);
    }
    figures
}

/// Every number, under the path that leads to it.
fn collect(path: &str, value: &Value, figures: &mut Figures) {
    match value {
        Value::Number(number) => {
            let values = figures.entry(path.to_owned()).or_default();
            values.extend(number.as_f64());
        }
        Value::Object(fields) => {
            fields
                .iter()
                .for_each(|(key, value)| collect(&format!("{path}/{key}"), value, figures));
        }
        Value::Array(items) => {
            for (at, value) in items.iter().enumerate() {
                collect(&format!("{path}/{at}"), value, figures);
            }
        }
        _ => {}
    }
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted[sorted.len() / 2]
}
