//! Whatever a server says of how a body is packed, it is unpacked without a panic, and to a bounded
//! size.
#![no_main]

/// What a mebibyte of input or less may become.
const MOST: usize = 100 * 1024 * 1024;

libfuzzer_sys::fuzz_target!(|data: (u8, &[u8])| {
    let (kind, body) = data;
    let encoding = ["gzip", "deflate", "identity", "x-gzip", "br", ""][usize::from(kind) % 6];
    if let Ok(decoded) = archive::decode(body, Some(encoding)) {
        assert!(decoded.len() <= MOST);
    }
});
