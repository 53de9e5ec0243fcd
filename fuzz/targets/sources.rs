//! Any text is read as a sources file, or refused; each source is admitted, or refused.
#![no_main]

use std::sync::LazyLock;

use archive::Source;
use crawler::{Profiles, admit};
use jiff::Timestamp;
use serde::Deserialize;

static PROFILES: LazyLock<Profiles> = LazyLock::new(Profiles::built_in);

#[derive(Deserialize)]
struct File {
    source: Vec<Source>,
}

libfuzzer_sys::fuzz_target!(|text: &str| {
    let Ok(file) = toml::from_str::<File>(text) else { return };
    for source in file.source {
        let _ = admit(&source, &PROFILES, true, Timestamp::constant(1_700_000_000, 0));
    }
});
