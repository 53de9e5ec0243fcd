//! The body: its paragraphs, captions and files, and the lines in it that are something else.

use std::collections::HashSet;
use std::sync::LazyLock;

use archive::{Attachment, Fields};
use ego_tree::NodeId;
use regex::Regex;
use scraper::{ElementRef, Selector};
use url::Url;

use super::paragraph;
use crate::profile::HtmlRules;

/// Endings of files that people attach to an article.
const FILE_ENDINGS: [&str; 12] =
    ["doc", "docx", "mp3", "odt", "pdf", "ppt", "pptx", "rar", "rtf", "xls", "xlsx", "zip"];
/// Longest line that announces pictures, in syllables.
const PHOTO_HEADING_SYLLABLES_MAX: usize = 12;

static LINKS: LazyLock<Selector> = LazyLock::new(|| selector("a[href]"));
static FILE_LINES: LazyLock<Selector> = LazyLock::new(|| selector("p, li, div"));
static CREDIT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?i:nguồn tin|nguồn|tác giả|người đăng)\s*:\s*(.+)$").expect("it is a literal")
});

/// Reads paragraphs, captions and attachments from the elements of the body.
pub(super) fn read(bodies: &[ElementRef<'_>], rules: &HtmlRules, base: &Url, fields: &mut Fields) {
    for body in bodies {
        let mut skip = paragraph::matching(*body, rules.remove.as_ref());
        if let Some(captions) = &rules.captions {
            fields.captions.extend(body.select(captions).filter_map(paragraph::line));
            skip.extend(paragraph::matching(*body, Some(captions)));
        }
        if let Some(attachments) = &rules.attachments {
            skip.extend(paragraph::matching(*body, Some(attachments)));
        }
        let files = files(*body, base);
        skip.extend(file_lines(*body, &files));
        fields.attachments.extend(files.into_iter().map(|(_, file)| file));
        fields.body.extend(paragraph::lines(*body, &skip));
    }
}

/// The files that an element links to, each once.
pub(super) fn files(element: ElementRef<'_>, base: &Url) -> Vec<(NodeId, Attachment)> {
    let mut seen = HashSet::new();
    let links = element.select(&LINKS).filter_map(|link| {
        let url = base.join(link.attr("href")?.trim()).ok()?;
        let path = url.path().to_ascii_lowercase();
        let is_file = FILE_ENDINGS.iter().any(|e| path.ends_with(&format!(".{e}")));
        let new = is_file && seen.insert(url.to_string());
        let name = paragraph::line(link).or_else(|| link.attr("title").map(str::to_owned));
        new.then(|| (link.id(), Attachment { name: name.unwrap_or_default(), url: url.into() }))
    });
    links.collect()
}

/// The lines that say nothing but the names of files: they are attachments, no text.
pub(super) fn file_lines(body: ElementRef<'_>, files: &[(NodeId, Attachment)]) -> HashSet<NodeId> {
    let links: HashSet<NodeId> = files.iter().map(|(id, _)| *id).collect();
    // Only what holds a link is read: a page may have a thousand elements in each other.
    let holders = body.select(&LINKS).filter(|link| links.contains(&link.id()));
    let lines: HashSet<NodeId> = holders
        .filter_map(|link| {
            let line =
                link.ancestors().filter_map(ElementRef::wrap).find(|e| FILE_LINES.matches(e));
            line.map(|line| line.id())
        })
        .collect();
    let only_files = |line: &ElementRef<'_>| {
        let text = paragraph::lines(*line, &links).join(" ");
        let text = text.trim_matches(|c: char| !c.is_alphanumeric()).to_lowercase();
        matches!(text.as_str(), "" | "tệp đính kèm" | "file đính kèm" | "tài liệu đính kèm")
    };
    let lines = body.select(&FILE_LINES).filter(|line| lines.contains(&line.id()));
    lines.filter(only_files).map(|line| line.id()).collect()
}

/// Takes out of the body what is no text of the article: the line that names the source becomes
/// the credit, the line that announces the pictures goes, and so does a repeated lead or title.
pub(super) fn tidy(fields: &mut Fields) {
    if let Some(last) = fields.body.last()
        && let Some(credit) = credit_of(last)
    {
        // Where another credit is known, the line is text: nothing the page says is lost.
        if *fields.credit.get_or_insert(credit.clone()) == credit {
            fields.body.pop();
        }
    }
    fields.body.retain(|p| !is_photo_heading(p));
    let repeats = |p: &String| *p == fields.title || fields.lead.as_ref() == Some(p);
    if fields.body.first().is_some_and(repeats) {
        fields.body.remove(0);
    }
    fields.credit = fields.credit.take().map(|c| credit_of(&c).unwrap_or(c));
}

/// What follows `Nguồn:` or `Tác giả:`.
fn credit_of(line: &str) -> Option<String> {
    let composed = vietnamese::compose(line);
    let label = CREDIT.captures(&composed)?.get(1)?.start();
    // The label has no mark that composition would move, so the credit is taken as written.
    if composed == line {
        return Some(line[label..].trim().to_owned());
    }
    line.split_once(':').map(|(_, credit)| credit.trim().to_owned())
}

/// `Một số hình ảnh tại Hội nghị:` heads pictures; `Anh Nam cho biết:` and `Ảnh hưởng của bão:`
/// head sentences.
pub(super) fn is_photo_heading(line: &str) -> bool {
    const HEADS: [&str; 5] =
        ["một số hình ảnh", "một số ảnh", "một vai hình ảnh", "hình ảnh", "ảnh"];
    const GO_ON: [&str; 8] = ["tại", "về", "của", "trong", "từ", "minh", "hoạt", "buổi"];
    let exact = vietnamese::exact_phrase(line);
    let heads = |head: &str| match exact.strip_prefix(head) {
        Some("") => true,
        Some(rest) if rest.starts_with(' ') => {
            GO_ON.iter().any(|word| rest.split(' ').nth(1) == Some(word))
        }
        _ => false,
    };
    line.trim_end().ends_with(':')
        && HEADS.iter().any(|head| heads(head))
        && exact.split(' ').count() <= PHOTO_HEADING_SYLLABLES_MAX
}

/// A selector that is written in this program.
pub(super) fn selector(css: &str) -> Selector {
    Selector::parse(css).expect("it is a literal")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_that_announces_pictures_is_told_from_text() {
        assert!(is_photo_heading("Một số ảnh tại Hội nghị:"));
        assert!(is_photo_heading("Hình ảnh:"));
        for text in
            ["Anh Nguyễn Văn Nam cho biết:", "Ảnh hưởng của bão:", "Hình ảnh đẹp trong mắt dân"]
        {
            assert!(!is_photo_heading(text), "{text}");
        }
    }

    #[test]
    fn the_last_line_may_be_the_credit() {
        let body = vec!["Tin.".to_owned(), "Nguồn: Đ/c Lê Văn Tám - TDP 4".to_owned()];
        let mut fields = Fields { title: "T".into(), body, ..Fields::default() };
        tidy(&mut fields);
        assert_eq!(fields.body, ["Tin."]);
        assert_eq!(fields.credit.as_deref(), Some("Đ/c Lê Văn Tám - TDP 4"));
    }
}
