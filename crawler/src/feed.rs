//! Feeds and sitemaps as list pages: RSS 2.0, Atom (RFC 4287), sitemaps and their indexes.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use url::Url;

/// Most entries taken from one file (a sitemap may have 50,000).
const ENTRIES_MAX: usize = 50_000;
/// Elements in each other that no feed has.
const DEPTH_MAX: usize = 64;

/// What a feed or sitemap names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    pub(crate) url: Url,
    pub(crate) title: Option<String>,
    /// Whether it is another sitemap rather than a page.
    pub(crate) is_sitemap: bool,
}

/// Whether a text is one of these rather than a page.
pub(crate) fn is_feed(text: &str) -> bool {
    let begin = text.trim_start_matches('\u{feff}').trim_start();
    let mut root = begin;
    // Declarations, style sheets and comments may come first.
    while let Some(rest) = root.strip_prefix("<?").or_else(|| root.strip_prefix("<!--")) {
        let Some(end) = rest.find('>') else { return false };
        root = rest[end + 1..].trim_start();
    }
    ["<rss", "<feed", "<urlset", "<sitemapindex", "<rdf:RDF"]
        .iter()
        .any(|name| root.starts_with(name))
}

/// The entries of a feed or sitemap, as far as it can be read; a broken end loses what is behind.
pub(crate) fn entries(text: &str, base: &Url) -> Vec<Entry> {
    let mut reader = Reader::from_str(text);
    reader.config_mut().check_end_names = false;
    let mut found = Vec::new();
    let mut open: Vec<String> = Vec::new();
    let mut entry = Draft::default();
    while found.len() < ENTRIES_MAX && open.len() < DEPTH_MAX {
        match reader.read_event() {
            Err(_) | Ok(Event::Eof) => break,
            Ok(Event::Start(element)) => {
                let name = element_name(&element, &open);
                if is_entry(&name) {
                    entry = Draft::default();
                }
                entry.note_link(&name, &element);
                open.push(name);
            }
            Ok(Event::Empty(element)) => {
                entry.note_link(&element_name(&element, &open), &element);
            }
            Ok(Event::Text(part)) => {
                if let Some(name) = open.last() {
                    entry.note_text(name, &part);
                }
            }
            Ok(Event::CData(part)) => {
                if let Some(name) = open.last() {
                    entry.note_text(name, &part);
                }
            }
            Ok(Event::GeneralRef(reference)) => {
                if let Some(name) = open.last() {
                    let written = format!("&{};", &*reference);
                    let part = quick_xml::escape::unescape(&written).unwrap_or_default();
                    entry.note_text(name, &part);
                }
            }
            Ok(Event::End(_)) => {
                let name = open.pop().unwrap_or_default();
                if is_entry(&name) {
                    found.extend(std::mem::take(&mut entry).finished(base, name == "sitemap"));
                }
            }
            Ok(_) => {}
        }
    }
    found
}

fn is_entry(name: &str) -> bool {
    matches!(name, "item" | "entry" | "url" | "sitemap")
}

/// The name of an element where it is one of those that count: of no other vocabulary
/// (`image:loc`), and an entry or directly in one.
fn element_name(element: &BytesStart<'_>, open: &[String]) -> String {
    let name = element.local_name().as_ref().to_ascii_lowercase();
    let foreign = element.name().prefix().is_some_and(|prefix| prefix.as_ref() != "atom");
    let inside = open.iter().position(|outer| is_entry(outer));
    let direct = inside.is_none_or(|entry| entry + 1 == open.len());
    if foreign || !direct || (inside.is_some() && is_entry(&name)) { String::new() } else { name }
}

/// An entry that is being read.
#[derive(Default)]
struct Draft {
    link: String,
    title: String,
}

impl Draft {
    fn note_text(&mut self, element: &str, part: &str) {
        match element {
            "link" | "loc" => self.link.push_str(part),
            "title" => self.title.push_str(part),
            _ => {}
        }
    }

    /// Atom has its links in attributes; the page itself is the `alternate`, or has no `rel`.
    fn note_link(&mut self, name: &str, element: &BytesStart<'_>) {
        if name != "link" {
            return;
        }
        let attribute = |wanted: &str| {
            let found =
                element.attributes().flatten().find(|a| a.key.local_name().as_ref() == wanted);
            found.map(|a| a.value.replace("&amp;", "&"))
        };
        let is_page = attribute("rel").is_none_or(|rel| rel == "alternate");
        if let Some(href) = attribute("href").filter(|_| is_page) {
            self.link = href;
        }
    }

    fn finished(self, base: &Url, is_sitemap: bool) -> Option<Entry> {
        let url = base.join(self.link.trim()).ok().filter(|_| !self.link.trim().is_empty())?;
        let title = self.title.split_whitespace().collect::<Vec<_>>().join(" ");
        Some(Entry { url, title: Some(title).filter(|t| !t.is_empty()), is_sitemap })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(text: &str) -> Vec<(String, String)> {
        let base = "http://a.vn/feed/".parse().unwrap();
        let entry = |e: Entry| (e.url.path().to_owned(), e.title.unwrap_or_default());
        entries(text, &base).into_iter().map(entry).collect()
    }

    #[test]
    fn all_three_kinds_are_read() {
        let rss = "<?xml version='1.0'?><rss><channel><title>Phường</title><item>\
            <title><![CDATA[Họp & bàn]]></title><link>http://a.vn/1</link></item>\
            <item><title>M&#7845;t &amp; n</title><link> /2 </link></item></channel></rss>";
        assert!(is_feed(rss));
        let pair = |path: &str, title: &str| (path.to_owned(), title.to_owned());
        assert_eq!(read(rss), [pair("/1", "Họp & bàn"), pair("/2", "Mất & n")]);
        let atom = "<feed xmlns='http://www.w3.org/2005/Atom'><entry><title>Tin</title>\
            <link rel='self' href='/x'/><link href='/3?a=1&amp;b=2'/></entry></feed>";
        assert_eq!(read(atom), [pair("/3", "Tin")]);
        let map = "<urlset><url><loc>http://a.vn/4</loc><lastmod>2023</lastmod></url></urlset>";
        assert_eq!(read(map), [pair("/4", "")]);
        assert!(!is_feed("<!DOCTYPE html><html><feed></html>"));
    }

    #[test]
    fn pictures_in_entries_are_no_pages() {
        let pair = |path: &str, title: &str| (path.to_owned(), title.to_owned());
        let map = "<urlset xmlns:image='i'><url><loc>http://a.vn/1</loc><image:image>\
            <image:loc>http://a.vn/1.jpg</image:loc></image:image></url></urlset>";
        assert_eq!(read(map), [pair("/1", "")]);
        let rss = "<rss><channel><item><title>Tin</title><image><url>/a.jpg</url>\
            <title>Ảnh</title><link>/x</link></image><link>/2</link></item></channel></rss>";
        assert_eq!(read(rss), [pair("/2", "Tin")]);
    }

    #[test]
    fn an_index_names_other_sitemaps() {
        let base = "http://a.vn/".parse().unwrap();
        let index = "<sitemapindex><sitemap><loc>/s1.xml</loc></sitemap></sitemapindex>";
        assert!(entries(index, &base)[0].is_sitemap);
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in "(<rss>|<item>|</item>|<link>|/1|&amp;|&|<|>|<!\\[CDATA\\[|]]>){0,20}") {
            read(&text);
        }
    }
}
