//! Any bytes are a WARC file: read to the end without a panic, in bounded memory; and what our own
//! writer made of any block is read as it was.
#![no_main]

use std::io::Cursor;

use archive::warc::{Reader, Record, split_response};

/// Records of one file that are looked at.
const RECORDS_MAX: usize = 1_000;

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    if let Ok(records) = Reader::new(Cursor::new(data)) {
        for record in records.take(RECORDS_MAX).flatten() {
            let _ = split_response(&record.block);
        }
    }
    let _ = split_response(data);
    let record = Record::new("resource", "2026-01-02T03:04:05Z", "a", "text/plain", data.to_vec());
    let member = record.to_member();
    let read = Reader::new(Cursor::new(member)).unwrap().next().unwrap().unwrap();
    assert_eq!(read.block, data);
});
