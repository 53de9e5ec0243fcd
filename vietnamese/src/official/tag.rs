//! What each stretch of a text is: a title of address, a post, a name, a place; left to right, each
//! token once.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::lexicon::{Kind, find, is_family_name};
use super::named::{Named, name};
use super::place::name_of_place;
use super::post::{PostPhrase, post};
use super::words::Words;
use crate::key::exact_phrase;

/// A stretch of tokens, and what it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tagged {
    pub(super) first: usize,
    pub(super) end: usize,
    pub(super) tag: Tag,
}

/// What a stretch is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Tag {
    /// `đồng chí`, `ông`, `Thiếu tá`; of several where `các` stands before it.
    Honorific {
        plural: bool,
    },
    Post(PostPhrase),
    /// `nguyên` or, where acting, `quyền` before a post.
    State {
        acting: bool,
    },
    /// `giữ chức vụ`; or `thôi giữ chức vụ`.
    Link {
        ends: bool,
    },
    Place,
    Name(Named),
}

/// The stretches of a text that are something.
pub(super) fn tags(words: &Words<'_>) -> Vec<Tagged> {
    let mut tags: Vec<Tagged> = Vec::new();
    let mut at = 0;
    while words.get(at).is_some() {
        let found = tagged(words, at, &tags);
        at = found.as_ref().map_or(at + 1, |tagged| tagged.end.max(at + 1));
        tags.extend(found);
    }
    tags
}

fn tagged(words: &Words<'_>, at: usize, before: &[Tagged]) -> Option<Tagged> {
    let new = |end, tag| Some(Tagged { first: at, end, tag });
    if let Some(state) = find(words, at, &[Kind::Former, Kind::Acting])
        && words.is_adjacent(at + state.length)
        && post(words, at + state.length).is_some()
    {
        return new(at + state.length, Tag::State { acting: state.kind == Kind::Acting });
    }
    if let Some(post) = post(words, at) {
        return new(post.end, Tag::Post(post));
    }
    if let Some(link) = find(words, at, &[Kind::Link, Kind::EndLink]) {
        return new(at + link.length, Tag::Link { ends: link.kind == Kind::EndLink });
    }
    if let Some(honorific) = find(words, at, &[Kind::Honorific])
        && !is_part_of_a_name(words, at, honorific.length)
    {
        let of_several = before.last().is_some_and(|last| {
            last.end == at && matches!(last.tag, Tag::Honorific { plural: true })
        });
        let plural = of_several || is_plural(words, at);
        return new(at + honorific.length, Tag::Honorific { plural });
    }
    // `đồng chí Hồ Văn A` is no lake.
    let titled = before.last().is_some_and(|last| {
        last.end == at && matches!(last.tag, Tag::Honorific { .. }) && words.is_capital(at)
    });
    if titled && let Some(named) = name(words, at, before).filter(|n| n.end - n.first >= 2) {
        return new(named.end, Tag::Name(named));
    }
    if let Some(end) = more_places(words, at, before) {
        return new(end, Tag::Place);
    }
    if let Some(end) = place(words, at) {
        return new(end, Tag::Place);
    }
    let named = name(words, at, before)?;
    new(named.end, Tag::Name(named))
}

/// `Ông Ích Khiêm`, `Bà Rịa`, `Anh Sơn`: a title is small or begins a sentence.
fn is_part_of_a_name(words: &Words<'_>, at: usize, length: usize) -> bool {
    let single = length == 1 && words.get(at).is_some_and(|t| t.text_length() > 1);
    // `…, Ôn Quốc Bình`: a family name on a list; `ông` would be small, or begin a sentence.
    let family = |at: usize| words.get(at).is_some_and(|t| is_family_name(&t, false));
    let listed = words.gap(at).trim() == "," && family(at) && !family(at + 1);
    if single && listed && words.is_capital(at) && words.capital_run(at) >= 3 {
        return true;
    }
    let inside = at > 0 && words.is_adjacent(at) && words.is_capital(at - 1);
    single
        && words.is_capital(at)
        && inside
        && words.get(at).map(|t| t.shape) == words.get(at - 1).map(|t| t.shape)
        && !words.is_all_capitals()
}

fn is_plural(words: &Words<'_>, at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|i| words.get(i));
    before.is_some_and(|t| {
        matches!(t.acc, "các" | "hai" | "ba" | "bốn" | "năm" | "những" | "quý" | "cùng")
            && t.acc != "cùng"
            || words.is_number(at - 1)
    })
}

/// The end of one more place in a list of places: `các tuyến Nguyễn Văn Cừ, Hà Huy Tập`.
fn more_places(words: &Words<'_>, at: usize, before: &[Tagged]) -> Option<usize> {
    let last = before.last().filter(|last| last.tag == Tag::Place)?;
    let gap = words.gap(at).trim();
    let listed = (last.end == at && matches!(gap, "," | "-" | "–" | "/" | "),"))
        || (last.end + 1 == at
            && gap.is_empty()
            && words.get(at - 1).is_some_and(|t| matches!(t.acc, "và" | "đến" | "tới")));
    let named = last.end > last.first + 1 && words.is_capital(last.end - 1);
    let run = words.capital_run(at);
    let kinds = [Kind::Institution, Kind::Level, Kind::Body, Kind::Honorific];
    let other = post(words, at).is_some()
        || post(words, at + run).is_some()
        || find(words, at, &kinds).is_some();
    (listed && named && run > 0 && !other).then_some(at + run)
}

/// The end of a place or institution that begins here, with its name.
fn place(words: &Words<'_>, at: usize) -> Option<usize> {
    let found = find(words, at, &[Kind::Institution, Kind::Level])?;
    let end = at + found.length;
    // `H'Hen`, `P. Q. Huy`: a letter is a level only before a number or behind its point.
    let is_letter = found.length == 1 && words.get(at).is_some_and(|t| t.text_length() <= 2);
    if is_letter && !(words.is_number(end) || words.gap(end).starts_with('.')) {
        return None;
    }
    let mut name = end;
    if words.get(name).is_some_and(|t| t.fold == "so") {
        name += 1;
    }
    let mut last = end;
    while words.is_adjacent(name) && words.is_number(name) {
        name += 1;
        last = name;
    }
    let quoted = matches!(words.gap(name).trim(), "" | "\"" | "“" | "‘" | "'");
    if words.is_capital(name) && quoted && post(words, name).is_none() {
        let end = name + name_of_place(words, name, false);
        return Some(bearer(words, at, end).unwrap_or(end));
    }
    if let Some(end) = bearer(words, at, end) {
        return Some(end);
    }
    Some(last)
}

/// Houses that bear a person's name behind what they do: `Công ty Cổ phần Cấp nước Trần An`.
const HOUSES: [&str; 9] = [
    "công ty",
    "quỹ",
    "phòng khám",
    "nhà máy",
    "hợp tác xã",
    "doanh nghiệp",
    "bệnh viện",
    "xưởng",
    "cửa hàng",
];
/// Words of the longest of them.
const HOUSE_WORDS_MAX: usize = 3;

static HOUSE_KEYS: LazyLock<HashSet<String>> =
    LazyLock::new(|| HOUSES.iter().map(|house| exact_phrase(house)).collect());

/// Words between a house and its name.
const TRADE_WORDS_MAX: usize = 6;

/// The end of the name that the house at `at` bears, where words from `from` on say what it does.
fn bearer(words: &Words<'_>, at: usize, from: usize) -> Option<usize> {
    if !(1..=HOUSE_WORDS_MAX).any(|length| HOUSE_KEYS.contains(&words.keys(at, at + length))) {
        return None;
    }
    let kinds = [Kind::Honorific, Kind::Link, Kind::EndLink, Kind::Former];
    for first in from..from + TRADE_WORDS_MAX {
        let ends = !words.is_adjacent(first)
            || words.get(first).is_some_and(|t| ends_a_house(t.acc))
            || find(words, first, &kinds).is_some_and(|f| f.length > 1 || !words.is_capital(first))
            || post(words, first).is_some();
        if ends {
            return None;
        }
        let run = words.capital_run(first);
        let family = words.get(first).is_some_and(|t| is_family_name(&t, true));
        if family && (2..=4).contains(&run) {
            return Some(first + run);
        }
    }
    None
}

/// Words that a house's name does not hold.
fn ends_a_house(acc: &str) -> bool {
    const WORDS: [&str; 18] = [
        "do", "bởi", "của", "tặng", "cho", "với", "là", "có", "tại", "ở", "được", "đã", "sẽ", "để",
        "từ", "đến", "trao", "cùng",
    ];
    WORDS.contains(&acc)
}
