//! How deep a page is nested, estimated before it is parsed: parsers take quadratic time over
//! elements that are never closed, and a hostile page may open a hundred thousand.

use std::collections::HashMap;

/// Deepest nesting that is parsed. Browsers stop at 512; real portals stay below 60.
const NESTING_MAX: usize = 1000;

/// Elements that hold nothing, or whose end may be left out: they do not nest by being repeated.
const FLAT: [&str; 34] = [
    "area", "base", "body", "br", "col", "colgroup", "dd", "dt", "embed", "head", "hr", "html",
    "img", "input", "li", "link", "meta", "optgroup", "option", "p", "param", "rb", "rp", "rt",
    "rtc", "source", "tbody", "td", "tfoot", "th", "thead", "tr", "track", "wbr",
];
/// Elements whose content is text, whatever it looks like.
const RAW: [&str; 4] = ["script", "style", "textarea", "title"];
/// Elements in which `/>` closes (HTML, section 13.1.2.1).
const FOREIGN: [&str; 2] = ["svg", "math"];

/// The elements that are open, as a parser would see them.
#[derive(Default)]
struct Open {
    names: Vec<String>,
    count: HashMap<String, usize>,
}

/// Whether a page opens more than [`NESTING_MAX`] elements inside each other.
pub(super) fn is_too_deep(html: &str) -> bool {
    let mut open = Open::default();
    let mut rest = html;
    while let Some(at) = rest.find('<') {
        rest = &rest[at + 1..];
        if let Some(comment) = rest.strip_prefix("!--") {
            rest = comment.find("-->").map_or("", |end| &comment[end..]);
            continue;
        }
        let (closing, tag) = match rest.strip_prefix('/') {
            Some(tag) => (true, tag),
            None => (false, rest),
        };
        let end = tag.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(tag.len());
        let name = tag[..end].to_ascii_lowercase();
        if name.is_empty() || FLAT.contains(&name.as_str()) {
            continue;
        }
        let stop = tag.find('>').unwrap_or(tag.len());
        if closing {
            open.close(&name);
        } else if RAW.contains(&name.as_str()) {
            rest = end_of_raw(&tag[stop..], &name);
        } else if !(tag[..stop].ends_with('/') && FOREIGN.iter().any(|f| open.has(f))) {
            open.open(name);
        }
        if open.names.len() > NESTING_MAX {
            return true;
        }
    }
    false
}

/// What follows the text of a `<script>` or the like.
fn end_of_raw<'a>(text: &'a str, name: &str) -> &'a str {
    let mut rest = text;
    while let Some(at) = rest.find("</") {
        rest = &rest[at + 2..];
        if rest.get(..name.len()).is_some_and(|found| found.eq_ignore_ascii_case(name)) {
            return rest;
        }
    }
    ""
}

impl Open {
    fn has(&self, name: &str) -> bool {
        self.count.get(name).is_some_and(|count| *count > 0)
    }

    fn open(&mut self, name: String) {
        *self.count.entry(name.clone()).or_default() += 1;
        self.names.push(name);
    }

    /// Closes the innermost element of a name and all in it; an end without a begin does nothing.
    fn close(&mut self, name: &str) {
        if !self.has(name) {
            return;
        }
        while let Some(closed) = self.names.pop() {
            if let Some(count) = self.count.get_mut(&closed) {
                *count -= 1;
            }
            if closed == name {
                return;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_never_closed_is_too_deep() {
        assert!(is_too_deep(&"<div>".repeat(1001)));
        assert!(is_too_deep(&"<DIV><b>".repeat(600)));
        assert!(is_too_deep(&"<div></x>".repeat(1001)), "an end that nothing began");
        assert!(!is_too_deep(&"<p>một<br><li>hai".repeat(5000)));
        assert!(!is_too_deep(&"<div><span>ba</span></div>".repeat(5000)));
        assert!(!is_too_deep(&format!("<svg>{}</svg>", "<path d='m'/>".repeat(2000))));
        assert!(!is_too_deep(&format!("<script>{}</script>", "if (i<n) x();".repeat(2000))));
        assert!(!is_too_deep(&"<!-- <div> -->".repeat(2000)));
    }
}
