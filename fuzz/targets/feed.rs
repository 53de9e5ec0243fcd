//! Any text is a feed or a sitemap, and any bytes are text in some encoding.
#![no_main]

use url::Url;

libfuzzer_sys::fuzz_target!(|data: (&[u8], &str)| {
    let (bytes, content_type) = data;
    let text = crawler::fuzzing::decoded(bytes, content_type);
    let base = Url::parse("https://phuong.example/tin/").unwrap();
    assert!(crawler::fuzzing::feed(&text, &base).len() <= 50_000);
});
