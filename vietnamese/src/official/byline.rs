//! Who wrote an article and took its pictures: `Tin, ảnh: Lan Chi`, or a name alone on the last
//! line. Such names have two syllables more often than not, and no title of address.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::lexicon::{Kind, find};
use super::place::is_district;
use super::words::Words;
use crate::key::exact_phrase;
use crate::scan::Shape;

/// What stands before the colon.
const HEADS: [&str; 18] = [
    "tin",
    "bài",
    "ảnh",
    "tin ảnh",
    "bài ảnh",
    "tin bài",
    "tin bài ảnh",
    "bài và ảnh",
    "tin và ảnh",
    "tác giả",
    "người viết",
    "thực hiện",
    "biên tập",
    "người đưa tin",
    "ctv",
    "cộng tác viên",
    "nguồn",
    "nguồn tin",
];
/// Papers and stations, which are credited as well.
const PAPERS: [&str; 18] = [
    "lao động",
    "tuổi trẻ",
    "nhân dân",
    "thanh niên",
    "tiền phong",
    "pháp luật",
    "dân trí",
    "công lý",
    "đại đoàn kết",
    "sài gòn giải phóng",
    "an ninh thủ đô",
    "kinh tế đô thị",
    "ban biên tập",
    "sưu tầm",
    "tổng hợp",
    "quân đội nhân dân",
    "công an nhân dân",
    "cựu chiến binh",
];

static HEAD_KEYS: LazyLock<HashSet<String>> =
    LazyLock::new(|| HEADS.iter().map(|head| exact_phrase(head)).collect());
static PAPER_KEYS: LazyLock<HashSet<String>> =
    LazyLock::new(|| PAPERS.iter().map(|paper| exact_phrase(paper)).collect());

/// The tokens of the names in a byline; none where the line is no byline. The last line of an
/// article may be a name alone.
pub(super) fn names_in_byline(words: &Words<'_>, is_last: bool) -> Vec<(usize, usize)> {
    let head = (1..=4).find(|end| words.gap(*end).trim() == ":");
    match head.filter(|end| HEAD_KEYS.contains(&words.keys(0, *end))) {
        Some(head) => parts(words, head),
        None if is_last => {
            parts(words, 0).into_iter().filter(|part| is_whole(words, *part)).collect()
        }
        None => Vec::new(),
    }
}

/// The parts between signs that are names and nothing else.
fn parts(words: &Words<'_>, from: usize) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut first = from;
    while words.get(first).is_some() {
        let goes_on = |at: &usize| words.get(*at).is_some() && words.is_adjacent(*at);
        let end = first + 1 + (first + 1..).take_while(goes_on).count();
        found.extend(name_part(words, first, end));
        // `… - Ảnh: B`
        first = end;
    }
    found
}

/// A part without its `và`, where it is a name.
fn name_part(words: &Words<'_>, mut first: usize, end: usize) -> Vec<(usize, usize)> {
    let mut names = Vec::new();
    while first < end {
        let is_and = |at: &usize| words.get(*at).is_some_and(|t| t.acc == "và");
        let stop = (first..end).find(is_and).unwrap_or(end);
        names.push((first, stop));
        first = stop + 1;
    }
    if names.iter().all(|(first, end)| is_name(words, *first, *end)) { names } else { Vec::new() }
}

fn is_name(words: &Words<'_>, first: usize, end: usize) -> bool {
    let is_written_so = |at: usize| {
        words.get(at).is_some_and(|t| t.shape == Shape::Capital && crate::is_syllable(t.acc))
    };
    let kinds = [Kind::Title, Kind::Body, Kind::Level, Kind::Institution, Kind::Honorific];
    let is_other = |at: usize| find(words, at, &kinds).is_some_and(|found| found.length > 1);
    let keys = words.keys(first, end);
    (2..=4).contains(&(end - first))
        && (first..end).all(is_written_so)
        && !(first..end).any(is_other)
        && !is_district(words, first)
        && !PAPER_KEYS.contains(&keys)
}

/// Whether a name is all that the text has.
fn is_whole(words: &Words<'_>, (first, end): (usize, usize)) -> bool {
    first == 0 && words.get(end).is_none()
}

#[cfg(test)]
mod tests {
    use super::super::people;

    fn named(credit: &str) -> Vec<String> {
        let article = ["Hội nghị", "Phường họp sáng nay.", "Ảnh họp", credit];
        people(&article).into_iter().map(|person| person.name).collect()
    }

    #[test]
    fn authors_are_people_and_papers_are_not() {
        assert_eq!(named("Tin, ảnh: Lan Chi"), ["Lan Chi"]);
        assert_eq!(
            named("Bài: Hồng Phúc - Ảnh: Trương Đình Nguyên"),
            ["Hồng Phúc", "Trương Đình Nguyên"]
        );
        assert_eq!(named("Tin,ảnh: Thanh Huyền – Văn Tụng"), ["Thanh Huyền", "Văn Tụng"]);
        assert_eq!(named("Hoàng Yên"), ["Hoàng Yên"]);
        for none in ["Nguồn: Lao Động", "Nguồn: UBND phường", "Ban Biên tập", "Hà Nội", "Ảnh: TTVH"]
        {
            assert_eq!(named(none), [""; 0], "{none}");
        }
    }
}
