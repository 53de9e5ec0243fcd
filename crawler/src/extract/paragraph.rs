//! From an element to its paragraphs: text as a reader sees it, split where the layout splits it.

use std::collections::HashSet;

use ego_tree::iter::Edge;
use ego_tree::{NodeId, NodeRef};
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

/// The paragraphs of an element, without the nodes in `skip`. The walk keeps no stack: pages may
/// be nested as deeply as they like.
pub(crate) fn lines(element: ElementRef<'_>, skip: &HashSet<NodeId>) -> Vec<String> {
    let mut writer = Writer { lines: Vec::new(), current: String::new(), space: false };
    let mut silent_until: Option<NodeId> = None;
    for edge in element.traverse() {
        match edge {
            Edge::Close(node) if silent_until == Some(node.id()) => silent_until = None,
            _ if silent_until.is_some() => {}
            Edge::Open(node) if is_silent(node, skip) => silent_until = Some(node.id()),
            Edge::Open(node) => writer.open(node.value()),
            Edge::Close(node) => writer.close(node.value()),
        }
    }
    writer.end_line();
    writer.lines
}

fn is_silent(node: NodeRef<'_, Node>, skip: &HashSet<NodeId>) -> bool {
    let silent = node.value().as_element().is_some_and(|data| SILENT.contains(&data.name()));
    silent || skip.contains(&node.id())
}

/// The nodes under `element` that a selector matches.
pub(crate) fn matching(element: ElementRef<'_>, selector: Option<&Selector>) -> HashSet<NodeId> {
    selector.map(|s| element.select(s).map(|e| e.id()).collect()).unwrap_or_default()
}

struct Writer {
    lines: Vec<String>,
    current: String,
    /// White space was seen since the last letter; it shows only if a letter follows.
    space: bool,
}

impl Writer {
    fn open(&mut self, node: &Node) {
        match node {
            Node::Text(text) => self.text(text),
            Node::Element(data) if BLOCKS.contains(&data.name()) => self.end_line(),
            Node::Element(data) if matches!(data.name(), "td" | "th") => self.space = true,
            _ => {}
        }
    }

    fn close(&mut self, node: &Node) {
        if node.as_element().is_some_and(|data| BLOCKS.contains(&data.name())) {
            self.end_line();
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
            // Control characters would drive the terminal that shows the text.
            if !c.is_control() {
                self.current.push(c);
            }
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
    fn deep_nesting_is_no_danger() {
        let html = format!("{}sâu{}", "<div>".repeat(3_000), "</div>".repeat(3_000));
        assert_eq!(paragraphs(&html), ["sâu"]);
    }

    #[test]
    fn unclosed_paragraphs_and_table_cells_are_read() {
        assert_eq!(paragraphs("<p>a<p>b</p></p>c"), ["a", "b", "c"]);
        assert_eq!(paragraphs("<table><tr><td>a</td><td>b</td></tr></table>"), ["a b"]);
    }
}
