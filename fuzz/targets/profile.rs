//! Any text is read as a profile, or refused, and what is wrong with it is said.
#![no_main]

use std::sync::LazyLock;

use crawler::{Profile, Profiles, lint};

static PROFILES: LazyLock<Profiles> = LazyLock::new(Profiles::built_in);

libfuzzer_sys::fuzz_target!(|text: &str| {
    let bases: Vec<Profile> = PROFILES.iter().cloned().collect();
    let _ = Profile::parse(text, &bases);
    let _ = lint(text, &PROFILES);
});
