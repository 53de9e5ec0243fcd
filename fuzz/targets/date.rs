//! Any text is searched for dates and read as a stretch of days without a panic.
#![no_main]

use jiff::civil::Date;

libfuzzer_sys::fuzz_target!(|text: &str| {
    for found in vietnamese::dates(text) {
        assert!(text.get(found.start..found.end).is_some());
    }
    for today in [Date::MIN, Date::constant(2024, 3, 6), Date::MAX] {
        if let Some(period) = vietnamese::period(text, today) {
            assert!(period.first <= period.last);
        }
    }
});
