//! Any bytes are a page: decoded, looked at, and read by every profile without a panic; what is read
//! has a headline and no line breaks in its paragraphs.
#![no_main]

use std::sync::LazyLock;

use archive::Payload;
use crawler::Profiles;
use crawler::extract::{Context, extract, page_text};
use jiff::Timestamp;

static PROFILES: LazyLock<Profiles> = LazyLock::new(Profiles::built_in);

/// The first byte chooses how the page came.
const TYPES: [&str; 4] =
    ["text/html", "text/html; charset=windows-1258", "text/plain; charset=utf-8", "text/html; charset=utf-16"];

libfuzzer_sys::fuzz_target!(|data: &[u8]| {
    let Some((choice, body)) = data.split_first() else { return };
    let kind = TYPES[usize::from(*choice) % TYPES.len()];
    let names: Vec<&str> = PROFILES.iter().map(|profile| profile.name.as_str()).collect();
    let name = names[usize::from(*choice) / TYPES.len() % names.len()];
    let payload = Payload {
        url: "https://phuong.example/tin-tuc/-/view_content/123456-tin.html".to_owned(),
        headers: vec![("content-type".to_owned(), kind.to_owned())],
        body: body.to_vec(),
    };
    let _ = page_text(&payload);
    for profile in [PROFILES.named(name).ok().flatten(), None] {
        let context =
            Context { profile, label: None, fetched_at: Timestamp::constant(1_700_000_000, 0) };
        if let Ok(article) = extract(&payload, &PROFILES, &context) {
            assert!(!article.fields.title.trim().is_empty());
            assert!(article.fields.body.iter().all(|line| !line.trim().is_empty()));
        }
    }
});
