//! Any text is mended without a panic, and what was mended is not mended again.
#![no_main]

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Some(repair) = vietnamese::repair(text) {
        assert_ne!(repair.text, text);
        assert!((0.0..=1.0).contains(&repair.confidence));
    }
});
