//! What a page asks of crawlers, in `<meta name=robots>` and `X-Robots-Tag`. Both hold; the
//! strictest wins. Directives addressed to other crawlers do not count.

use std::sync::LazyLock;

use scraper::{Html, Selector};

use super::body::selector;
use crate::robots::PRODUCT;

static META: LazyLock<Selector> = LazyLock::new(|| selector("meta[name][content]"));

/// What a page asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Directives {
    /// Its content must not be found by search.
    pub(crate) no_index: bool,
    /// Its links must not be followed.
    pub(crate) no_follow: bool,
    /// No copy of it may be shown.
    pub(crate) no_archive: bool,
}

impl Directives {
    /// Reads both places; `headers` are the values of `X-Robots-Tag`.
    pub(crate) fn of<'h>(document: &Html, headers: impl Iterator<Item = &'h str>) -> Self {
        let mut found = Self::default();
        for value in headers {
            found.add_header(value);
        }
        for meta in document.select(&META) {
            let name = meta.attr("name").unwrap_or_default().trim();
            if name.eq_ignore_ascii_case("robots") || name.eq_ignore_ascii_case(PRODUCT) {
                found.add_list(meta.attr("content").unwrap_or_default());
            }
        }
        found
    }

    /// `noindex, nofollow`, or `loaphuong: noindex` for one crawler.
    fn add_header(&mut self, value: &str) {
        let mut is_ours = true;
        for part in value.split(',') {
            let directive = match part.split_once(':') {
                // `unavailable_after: 25 Jun 2010` has a colon too, and names nobody.
                Some((name, _)) if is_with_value(name.trim()) => continue,
                Some((name, rest)) => {
                    is_ours = name.trim().eq_ignore_ascii_case(PRODUCT);
                    rest
                }
                None => part,
            };
            if is_ours {
                self.add_list(directive);
            }
        }
    }

    fn add_list(&mut self, list: &str) {
        for directive in list.split(',').map(|part| part.trim().to_ascii_lowercase()) {
            let none = directive == "none";
            self.no_index |= none || directive == "noindex";
            self.no_follow |= none || directive == "nofollow";
            self.no_archive |= directive == "noarchive";
        }
    }
}

fn is_with_value(name: &str) -> bool {
    ["unavailable_after", "max-snippet", "max-image-preview", "max-video-preview"]
        .iter()
        .any(|known| name.eq_ignore_ascii_case(known))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(html: &str, headers: &[&str]) -> (bool, bool, bool) {
        let found = Directives::of(&Html::parse_document(html), headers.iter().copied());
        (found.no_index, found.no_follow, found.no_archive)
    }

    #[test]
    fn the_strictest_of_both_places_wins() {
        let meta = "<meta name=ROBOTS content='NoArchive, follow'>";
        assert_eq!(of(meta, &[]), (false, false, true));
        assert_eq!(of(meta, &["noindex"]), (true, false, true));
        assert_eq!(of("", &["none"]), (true, true, false));
        assert_eq!(of("<meta name=description content=noindex>", &[]), (false, false, false));
    }

    #[test]
    fn what_others_are_told_does_not_count() {
        assert_eq!(of("", &["googlebot: noindex, nofollow"]), (false, false, false));
        assert_eq!(of("", &["googlebot: noindex", "loaphuong: nofollow"]), (false, true, false));
        assert_eq!(of("", &["unavailable_after: 25 Jun 2010, noarchive"]), (false, false, true));
        assert_eq!(of("<meta name=googlebot content=none>", &[]), (false, false, false));
    }
}
