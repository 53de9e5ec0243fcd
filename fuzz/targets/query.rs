//! Any text is a query, what is shown of it is read as the same, and it can be planned and marked.
#![no_main]

use index::{Filters, Marker, NothingLearned, Plan, Query, Sort};
use jiff::civil::Date;

const TODAY: Date = Date::constant(2024, 3, 6);

libfuzzer_sys::fuzz_target!(|text: &str| {
    let query = Query::read(text, TODAY);
    assert_eq!(Query::read(&query.to_string(), TODAY), query);
    Plan::new(&query, Filters::default(), Sort::Relevance, &NothingLearned);
    let html = Marker::new(&query, &[]).mark(text);
    assert_eq!(html.matches("<mark>").count(), html.matches("</mark>").count());
});
