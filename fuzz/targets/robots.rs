//! Any bytes are a robots.txt, and any address may be asked of it.
#![no_main]

use url::Url;

libfuzzer_sys::fuzz_target!(|data: (&[u8], &str)| {
    let (file, path) = data;
    let base = Url::parse("https://phuong.example/").unwrap();
    let Ok(url) = base.join(path) else { return };
    // No others are asked.
    if !matches!(url.scheme(), "http" | "https") {
        return;
    }
    let _ = crawler::fuzzing::robots(file, &url);
    let normal = crawler::fuzzing::address(&url);
    if let Ok(again) = Url::parse(&normal) {
        assert_eq!(crawler::fuzzing::address(&again), normal, "a normal form stays");
    }
});
