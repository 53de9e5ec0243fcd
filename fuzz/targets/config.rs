//! Any text is read as a configuration file, or refused in one sentence.
#![no_main]
#![allow(dead_code, reason = "of the two files only what reads a configuration is called")]

#[path = "../../src/config.rs"]
mod config;
#[path = "../../src/failure.rs"]
mod failure;

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Err(error) = toml::from_str::<config::Config>(text) {
        let path = std::path::Path::new("loaphuong.toml");
        let said = failure::Failure::toml(path, text, &error).to_string();
        assert!(said.starts_with("loaphuong.toml") && !said.contains('\n'));
    }
});
