//! Personal names in running text, by their form: a family name, then capitalised syllables.
//!
//! Two syllables count only after a title (`bà Trần Hương`); streets, schools and house numbers
//! are not people. Who the person is, and which post they hold, is not decided here.

use std::collections::HashSet;
use std::sync::LazyLock;

use crate::scan::{Shape, Token, Tokens, scan};

/// Syllables of a whole name.
const NAME_SYLLABLES_MAX: usize = 5;

/// The commonest family names, as exact keys.
const FAMILY_NAMES: [&str; 58] = [
    "nguyễn", "trần", "lê", "phạm", "hoàng", "huỳnh", "phan", "vũ", "võ", "đặng", "bùi", "đỗ",
    "hồ", "ngô", "dương", "lý", "đào", "đinh", "đoàn", "trịnh", "trương", "lương", "mai", "tô",
    "hà", "cao", "tạ", "châu", "vương", "thái", "tăng", "quách", "lâm", "chu", "kiều", "phùng",
    "từ", "triệu", "tống", "la", "lưu", "lại", "nghiêm", "ông", "hứa", "thạch", "kim", "khuất",
    "đàm", "bạch", "ninh", "quản", "giang", "mạc", "viên", "doãn", "thân", "lò",
];

static FAMILY: LazyLock<HashSet<&'static str>> = LazyLock::new(|| FAMILY_NAMES.into());

/// Words before a name that make it a person's.
const TITLES: [&str; 9] = ["chí", "c", "ông", "bà", "anh", "chị", "cháu", "em", "cụ"];

/// Words before a name that make it a place's, a school's or a company's.
const NOT_PEOPLE: [&str; 26] = [
    "phường",
    "xã",
    "quận",
    "huyện",
    "đường",
    "phố",
    "ngõ",
    "ngách",
    "hẻm",
    "thôn",
    "trường",
    "thcs",
    "thpt",
    "học",
    "non",
    "mầm",
    "công",
    "ty",
    "cầu",
    "chợ",
    "hồ",
    "sông",
    "tỉnh",
    "đền",
    "chùa",
    "viện",
];

/// A personal name found in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonName {
    /// First byte in the text.
    pub start: usize,
    /// One past the last byte in the text.
    pub end: usize,
    /// The name as written.
    pub name: String,
}

/// The personal names of a text, in order.
pub fn names(text: &str) -> Vec<PersonName> {
    names_in(text, &scan(text))
}

/// The same for a text that was scanned already.
pub fn names_in(text: &str, tokens: &Tokens) -> Vec<PersonName> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(first) = tokens.get(at) {
        let length = name_length(text, tokens, at, &first);
        if let Some(last) = (at + length).checked_sub(1).and_then(|last| tokens.get(last))
            && length > 0
        {
            let (start, end) = (first.start, last.end);
            found.push(PersonName { start, end, name: text[start..end].to_owned() });
        }
        at += length.max(1);
    }
    found
}

/// Tokens of the name that begins at `at`; 0 when none does.
fn name_length(text: &str, tokens: &Tokens, at: usize, first: &Token<'_>) -> usize {
    let is_capital = matches!(first.shape, Shape::Capital | Shape::Capitals);
    if !is_capital || !FAMILY.contains(first.acc) {
        return 0;
    }
    let before = at.checked_sub(1).and_then(|i| tokens.get(i));
    let adjacent = before.as_ref().filter(|b| is_space(&text[b.end..first.start]));
    let titled = before.as_ref().is_some_and(|b| TITLES.contains(&b.acc));
    // `bà Trần …`: `Bà` itself is a title; `ông` is a family name only inside a name.
    let place = adjacent
        .is_some_and(|b| b.shape == Shape::Number || (!titled && NOT_PEOPLE.contains(&b.acc)));
    let runs_on = adjacent.is_some_and(|b| b.shape == first.shape) && !titled;
    if place || (runs_on && first.shape == Shape::Capitals) {
        return 0;
    }
    let length = run_length(text, tokens, at, first.shape);
    let enough = if titled { 2 } else { 3 };
    let second = tokens.get(at + 1);
    if (enough..=NAME_SYLLABLES_MAX).contains(&length) && !is_title(first, second.as_ref()) {
        length
    } else {
        0
    }
}

/// `Ông Đỗ Văn Hùng`: the name begins after the title.
fn is_title(first: &Token<'_>, second: Option<&Token<'_>>) -> bool {
    first.acc == "ông" && second.is_some_and(|t| FAMILY.contains(t.acc))
}

/// How many tokens of one shape follow each other with nothing but spaces between.
fn run_length(text: &str, tokens: &Tokens, at: usize, shape: Shape) -> usize {
    let links = (at..).map_while(|i| tokens.get(i).zip(tokens.get(i + 1)));
    let links = links.take_while(|(last, next)| {
        // A single capital letter, as in `NGUYỄN VĂN Ý`, has either shape.
        let single = next.shape == Shape::Capital && next.acc.chars().count() == 1;
        (next.shape == shape || single) && is_space(&text[last.end..next.start])
    });
    1 + links.count()
}

fn is_space(gap: &str) -> bool {
    !gap.is_empty() && gap.chars().all(|c| c == ' ' || c == '\u{a0}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(text: &str) -> Vec<String> {
        names(text).into_iter().map(|n| n.name).collect()
    }

    #[test]
    fn full_names_are_found_without_their_titles() {
        assert_eq!(found("đồng chí Đinh Thị Thu Hương, Thường vụ"), ["Đinh Thị Thu Hương"]);
        assert_eq!(found("giám đốc Sở Y tế Nguyễn Khắc Hiền"), ["Nguyễn Khắc Hiền"]);
        assert_eq!(found("Ông Đỗ Văn Hùng cho biết"), ["Đỗ Văn Hùng"]);
        assert_eq!(found("Đ/c Nguyễn Huy Hoàng - Bí thư"), ["Nguyễn Huy Hoàng"]);
        assert_eq!(found("bà Trần Hương phát biểu"), ["Trần Hương"]);
        assert_eq!(found("ĐINH THỊ THU HƯƠNG"), ["ĐINH THỊ THU HƯƠNG"]);
        assert_eq!(found("NGUYỄN VĂN Ý"), ["NGUYỄN VĂN Ý"]);
    }

    #[test]
    fn places_schools_and_posts_are_no_people() {
        for text in [
            "phường Đinh Công Tráng",
            "Trường THCS Lý Tự Trọng",
            "đồng chí Bí thư Đảng ủy phát biểu",
            "đến Vũ Hán, Hà Tĩnh, Quảng Ninh",
            "số 36 Ngô Quyền",
            "đường Vũ Xuân Thiều",
        ] {
            assert_eq!(found(text), [""; 0], "{text}");
        }
    }
}
