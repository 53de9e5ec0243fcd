//! Any line is read as an article of a `.jsonl` file, or refused.
#![no_main]

libfuzzer_sys::fuzz_target!(|line: &str| {
    if let Ok(article) = crawler::extract::parse_line(line) {
        assert!(!(article.fields.title.is_empty() && article.fields.body.is_empty()));
        assert_eq!(article.fields.digest().len(), 64);
    }
});
