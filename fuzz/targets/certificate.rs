//! Whatever a portal or an issuer sends as a certificate is read without a panic.
#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| {
    crawler::fuzzing::certificate(bytes);
});
