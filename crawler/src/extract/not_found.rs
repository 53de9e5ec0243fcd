//! Pages that say that nothing is there, though the server answers 200.

use std::sync::LazyLock;

use scraper::{Html, Selector};

use super::{body::selector, paragraph};

/// Longest text of a page that says nothing else, in characters.
const WHOLE_PAGE_CHARS_MAX: usize = 600;
/// Longest heading that is looked at, in characters; a headline may speak of missing things too.
const HEADING_CHARS_MAX: usize = 80;

static HEADINGS: LazyLock<Selector> = LazyLock::new(|| {
    selector("title, h1, h2, .portlet-msg-error, .alert-error, .alert-danger, .error-404")
});
static BODY: LazyLock<Selector> = LazyLock::new(|| selector("body"));

/// What such pages say, as folded phrases.
const SAYINGS: [&str; 13] = [
    "khong tim thay trang",
    "khong tim thay bai viet",
    "khong tim thay noi dung",
    "khong tim thay tai nguyen",
    "trang khong ton tai",
    "noi dung khong ton tai",
    "bai viet khong ton tai",
    "bai viet da bi xoa",
    "noi dung da bi xoa",
    "trang nay da bi xoa",
    "hoac da bi xoa",
    "page not found",
    "404 not found",
];

/// Whether a page says so in a heading, or says nothing else.
pub(crate) fn says_not_found(document: &Html) -> bool {
    let says = |text: &str| {
        let folded = vietnamese::fold_phrase(text);
        folded == "404" || SAYINGS.iter().any(|saying| folded.contains(saying))
    };
    let short = |text: &String| text.chars().count() <= HEADING_CHARS_MAX;
    let headings = document.select(&HEADINGS).filter_map(paragraph::line);
    if headings.filter(short).any(|heading| says(&heading)) {
        return true;
    }
    let body = document.select(&BODY).next();
    let text = body.map(|body| paragraph::lines(body, &Default::default()).join(" "));
    text.is_some_and(|text| text.chars().count() <= WHOLE_PAGE_CHARS_MAX && says(&text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_page_is_told_from_a_headline() {
        for html in [
            "<title>404</title><p>Trang chủ</p>",
            "<h1>Không tìm thấy trang</h1>",
            "<div class='portlet-msg-error'>Không tìm thấy tài nguyên yêu cầu.</div>",
            "<body>Bài viết không tồn tại hoặc đã bị xóa.</body>",
        ] {
            assert!(says_not_found(&Html::parse_document(html)), "{html}");
        }
        let long = "Nội dung của tin. ".repeat(60);
        for html in [
            "<h1>Phường tìm thấy cháu bé đi lạc</h1>".to_owned(),
            "<h1>Điểm đen rác thải tại tổ 5 đã bị xóa sổ</h1>".to_owned(),
            format!("<body><p>{long} Bài viết không tồn tại.</p></body>"),
        ] {
            assert!(!says_not_found(&Html::parse_document(&html)), "{html}");
        }
    }
}
