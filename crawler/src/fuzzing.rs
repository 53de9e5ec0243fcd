//! Ways in for the fuzz targets, to what reads outside bytes and is nobody else's business.

use url::Url;

use crate::certificate::{certificate as read, issuer_url};
use crate::extract::to_text;
use crate::feed;
use crate::robots::Rules;
use crate::url_key;

/// Reads a robots.txt and asks it for a URL.
pub fn robots(file: &[u8], url: &Url) -> bool {
    let Some(rules) = Rules::from_answer(200, file) else { return false };
    let _ = rules.crawl_delay();
    rules.allow(url)
}

/// Reads a certificate, as PEM or DER, and looks where its issuer's is published.
pub fn certificate(bytes: &[u8]) -> Option<Url> {
    issuer_url(&read(bytes)?)
}

/// Reads a feed or sitemap; the addresses in it.
pub fn feed(text: &str, base: &Url) -> Vec<Url> {
    let _ = feed::is_feed(text);
    feed::entries(text, base).into_iter().map(|entry| entry.url).collect()
}

/// Brings an address to its normal form.
pub fn address(url: &Url) -> String {
    let _ = (url_key::shape(url), url_key::session_free(url.as_str()));
    url_key::normal_form(url)
}

/// Decodes bytes of which a header says something.
pub fn decoded(bytes: &[u8], content_type: &str) -> String {
    to_text(bytes, content_type, None).text
}
