//! Exports over HTTP: every hit, once, in forms that others read.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::loa::Loa;

/// More than fit on a page of hits.
const ARTICLES: usize = 250;

fn imported() -> Loa {
    let loa = Loa::new();
    let line = |number: usize| {
        json!({ "url": format!("https://a.example/{number}"),
            "title": format!("Thông báo số {number} về \"mất điện\""), "body": "=Tin của phường.\nHết." })
    };
    let lines: String = (0..ARTICLES).map(|number| format!("{}\n", line(number))).collect();
    let file = loa.write("a.jsonl", &lines);
    loa.run(&["import", file.to_str().unwrap(), "--source", "a"]);
    loa
}

#[test]
fn every_hit_is_exported_once_and_can_be_imported() {
    let loa = imported();
    let server = loa.serve();
    let answer = server.get("/api/v1/export?format=jsonl&q=mat%20dien");
    assert_eq!(answer.content_type, "application/x-ndjson");
    let lines: Vec<Value> =
        answer.body.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let ids: BTreeSet<&str> = lines.iter().map(|line| line["id"].as_str().unwrap()).collect();
    assert_eq!((lines.len(), ids.len()), (ARTICLES, ARTICLES));
    let other = Loa::new();
    let file = other.write("b.jsonl", &answer.body);
    other.run(&["import", file.to_str().unwrap(), "--source", "a"]);
    assert_eq!(other.json(&["search", "mat dien"])["total"], ARTICLES);
}

#[test]
fn a_table_has_a_row_for_each_hit_and_no_formula() {
    let loa = imported();
    let server = loa.serve();
    let table = server.get("/api/v1/export?format=csv&q=%22th%C3%B4ng+b%C3%A1o+s%E1%BB%91+7%22");
    assert!(table.content_type.starts_with("text/csv"));
    let mut rows = table.body.split("\r\n");
    assert!(rows.next().unwrap().starts_with("\"id\",\"source\",\"ward\",\"status\""));
    let row = rows.next().unwrap();
    assert!(row.contains("\"Thông báo số 7 về \"\"mất điện\"\"\""), "{row}");
    assert!(row.contains("\"'=Tin của phường.\nHết.\""), "{row}");
    assert_eq!(rows.collect::<Vec<_>>(), [""]);
    for wrong in ["q=x", "format=xml", "format=csv&page=2", "format=csv&colour=1"] {
        assert_eq!(server.get(&format!("/api/v1/export?{wrong}")).status, 400, "{wrong}");
    }
}
