//! From an element to its paragraphs: text as a reader sees it, split where the layout splits it.

use std::collections::HashSet;

use ego_tree::NodeId;
use scraper::{ElementRef, Node, Selector};

/// Elements that begin and end a line.
const BLOCKS: [&str; 31] = [
    "address",
    "article",
    "aside",
    "blockquote",
    "br",
    "caption",
    "center",
    "dd",
    "div",
    "dl",
    "dt",
    "fieldset",
    "figcaption",
    "figure",
    "footer",
    "form",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "header",
    "hr",
    "li",
    "ol",
    "p",
    "section",
    "table",
    "tr",
    "ul",
];
/// Elements whose text nobody reads.
const SILENT: [&str; 6] = ["script", "style", "noscript", "template", "iframe", "svg"];

/// The text of an element in one line, white space collapsed as a browser does; `None` when empty.
pub(crate) fn line(element: ElementRef<'_>) -> Option<String> {
    let joined = lines(element, &HashSet::new()).join(" ");
    (!joined.is_empty()).then_some(joined)
}

/// The paragraphs of an element, without the nodes in `skip`.
pub(crate) fn lines(element: ElementRef<'_>, skip: &HashSet<NodeId>) -> Vec<String> {
    let mut writer = Writer { skip, lines: Vec::new(), current: String::new(), space: false };
    writer.walk(element);
    writer.end_line();
    writer.lines
}

/// The nodes under `element` that a selector matches.
pub(crate) fn matching(element: ElementRef<'_>, selector: Option<&Selector>) -> HashSet<NodeId> {
    selector.map(|s| element.select(s).map(|e| e.id()).collect()).unwrap_or_default()
}

struct Writer<'a> {
    skip: &'a HashSet<NodeId>,
    lines: Vec<String>,
    current: String,
    /// White space was seen since the last letter; it shows only if a letter follows.
    space: bool,
}

impl Writer<'_> {
    fn walk(&mut self, element: ElementRef<'_>) {
        for child in element.children() {
            match child.value() {
                Node::Text(text) => self.text(text),
                Node::Element(_) if self.skip.contains(&child.id()) => {}
                Node::Element(data) if SILENT.contains(&data.name()) => {}
                Node::Element(data) => {
                    let block = BLOCKS.contains(&data.name());
                    if block {
                        self.end_line();
                    }
                    if matches!(data.name(), "td" | "th") {
                        self.space = true;
                    }
                    if let Some(child) = ElementRef::wrap(child) {
                        self.walk(child);
                    }
                    if block {
                        self.end_line();
                    }
                }
                _ => {}
            }
        }
    }

    fn text(&mut self, text: &str) {
        for c in text.chars() {
            if matches!(c, ' ' | '\t' | '\n' | '\r' | '\u{c}') {
                self.space = true;
                continue;
            }
            if self.space && !self.current.is_empty() {
                self.current.push(' ');
            }
            self.space = false;
            self.current.push(c);
        }
    }

    fn end_line(&mut self) {
        let line = self.current.trim();
        if !line.is_empty() {
            self.lines.push(line.to_owned());
        }
        self.current.clear();
        self.space = false;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use scraper::Html;

    fn paragraphs(html: &str) -> Vec<String> {
        lines(Html::parse_fragment(html).root_element(), &HashSet::new())
    }

    #[test]
    fn blocks_and_breaks_split_and_white_space_collapses() {
        let html =
            "<p>Một  <b>hai</b>\n ba</p>bốn<br>năm<div><p>&nbsp;</p>sáu</div><script>x</script>";
        assert_eq!(paragraphs(html), ["Một hai ba", "bốn", "năm", "sáu"]);
    }

    #[test]
    fn unclosed_paragraphs_and_table_cells_are_read() {
        assert_eq!(paragraphs("<p>a<p>b</p></p>c"), ["a", "b", "c"]);
        assert_eq!(paragraphs("<table><tr><td>a</td><td>b</td></tr></table>"), ["a b"]);
    }
}
