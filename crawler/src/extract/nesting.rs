//! How deep a page is nested, estimated before it is parsed: parsers take quadratic time over
//! elements that are never closed, and a hostile page may open a hundred thousand.

/// Deepest nesting that is parsed. Browsers stop at 512; real portals stay below 60.
const NESTING_MAX: usize = 1000;

/// Elements that hold nothing, or whose end may be left out: they do not nest by being repeated.
const FLAT: [&str; 34] = [
    "area", "base", "body", "br", "col", "colgroup", "dd", "dt", "embed", "head", "hr", "html",
    "img", "input", "li", "link", "meta", "optgroup", "option", "p", "param", "rb", "rp", "rt",
    "rtc", "source", "tbody", "td", "tfoot", "th", "thead", "tr", "track", "wbr",
];

/// Whether a page opens more than [`NESTING_MAX`] elements inside each other.
pub(super) fn is_too_deep(html: &str) -> bool {
    let mut depth: usize = 0;
    for tag in html.split('<').skip(1) {
        let (closing, rest) = match tag.strip_prefix('/') {
            Some(rest) => (true, rest),
            None => (false, tag),
        };
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(rest.len());
        let name = rest[..end].to_ascii_lowercase();
        if name.is_empty() || FLAT.contains(&name.as_str()) {
            continue;
        }
        depth = if closing { depth.saturating_sub(1) } else { depth + 1 };
        if depth > NESTING_MAX {
            return true;
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_never_closed_is_too_deep() {
        assert!(is_too_deep(&"<div>".repeat(1001)));
        assert!(is_too_deep(&"<DIV><b>".repeat(600)));
        assert!(!is_too_deep(&"<p>một<br><li>hai".repeat(5000)));
        assert!(!is_too_deep(&"<div><span>ba</span></div>".repeat(5000)));
    }
}
