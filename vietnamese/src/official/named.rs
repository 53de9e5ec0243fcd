//! Names of people where they stand: behind a title or a post, in a list of people, or alone where
//! they can be nothing else.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::lexicon::{Kind, find, is_family_name, is_hero};
use super::place::is_district;
use super::tag::{Tag, Tagged};
use super::words::Words;
use crate::key::{exact_key, exact_phrase};
use crate::scan::Shape;

/// Syllables of a whole name.
const NAME_SYLLABLES_MAX: usize = 5;
/// Syllables of a name in a line of capitals, where no small letter shows its end.
const CAPITALS_MAX: usize = 4;

/// A name, and how it is known to be one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Named {
    pub(super) first: usize,
    pub(super) end: usize,
    pub(super) by: Context,
}

/// What makes a run of capitals a person's name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Context {
    /// A title of address stands before it.
    Title,
    /// A post stands before it.
    Post,
    /// It goes on a list of people.
    List,
    /// Its form alone.
    Form,
}

/// What begins like a name and is none.
const NOT_NAMES: [&str; 6] =
    ["hồ chí minh", "nguyễn ái quốc", "thái bình dương", "kim đồng", "mai vàng", "hà nội mới"];

/// Syllables of given and middle names, the commonest in Vietnamese news; for lines of capitals.
const GIVEN: &str = "\
minh dương dũng tuấn phúc anh hùng bình sơn hải thành thắng cường hà thanh phong nam quang linh long \
phương hưng trung hoàng trọng hương tiến đức vinh vũ lan nghĩa hiếu tùng tâm nhân huy thủy ngọc quốc thọ \
hòa thảo việt chung nga châu lâm ngân hiền hằng hồng an khánh kiệt vân giang trường trang dung toàn đạo \
thu hoa lương quân thái đồng trinh tú xuân mai thăng khoa đông huệ công hạnh tân thuận nguyên tuyến \
thiện tài liên văn bảo thơ yến thịnh trí hiệp quý cảnh chiến loan liêm kiên lộc mạnh hiển thúy ninh duy \
lợi định khải giáp quỳnh phú sang lý thạch chi ánh mỹ thông huyền vĩnh danh phát hoài lịch hậu sáu khiêm \
tấn quyết phước bằng khanh thư hoàn nhung quyền kỳ khang lưu phượng tình tám chương thắm tín tuyết phi \
oanh nghị lực tường sáng đào khương phụng nhật tiên mẫn diệu thương duyên điệp hào nhi tuyên lĩnh bắc \
trâm lam sỹ nguyệt cừ nhàn vy tôn diệp chánh mậu khôi phùng trà vỹ ba cúc hợp hân hảo lân quyên yên bích \
bảy út bửu hữu thạnh năm thoa huấn khuê thơm trân diện hoan toản sĩ thị đình chí bá thế gia khắc tất viết \
nhất đăng đại phùng y ý đạt";

static GIVEN_SYLLABLES: LazyLock<HashSet<String>> =
    LazyLock::new(|| GIVEN.split_whitespace().map(exact_key).collect());

static NOT_NAME_KEYS: LazyLock<HashSet<String>> =
    LazyLock::new(|| NOT_NAMES.iter().map(|name| exact_phrase(name)).collect());

/// What people do in headlines; in a line of capitals it ends a name.
const VERBS: [&str; 44] = [
    "đạt", "dự", "thăm", "tặng", "trao", "nhận", "chúc", "làm", "được", "tiếp", "chủ", "phát",
    "về", "tại", "với", "và", "cùng", "kiểm", "báo", "gặp", "mừng", "động", "viếng", "khai", "bế",
    "ký", "họp", "bầu", "giữ", "tham", "tổ", "chỉ", "ra", "đến", "đi", "nói", "là", "cho", "của",
    "trong", "lên", "đối", "triển", "quán",
];

/// Whether a syllable in capitals is no part of a name.
pub(super) fn is_verb(acc: &str) -> bool {
    VERBS.contains(&acc)
}

/// Words before a name that make it a place's, a work's or an event's.
const NOT_PEOPLE: [&str; 12] =
    ["tên", "giải", "cúp", "quỹ", "vở", "phim", "sách", "tập", "bài", "khu", "số", "lễ"];

/// The name that begins at a token, given what stands before it.
pub(super) fn name(words: &Words<'_>, at: usize, before: &[Tagged]) -> Option<Named> {
    let run = run(words, at);
    if run == 0 {
        return None;
    }
    let by = match context(words, at, before) {
        Some(Context::Title) => Some(Context::Title),
        // `Bồ Văn Nghĩa, Phó Bí thư …`
        by if run >= 2 && is_followed_by_post(words, at + run) && !is_named_after(words, at) => {
            by.filter(|by| *by != Context::Form).or(Some(Context::List))
        }
        by => by,
    };
    let family = words
        .get(at)
        .is_some_and(|t| is_family_name(&t, by == Some(Context::Form) || by.is_none()));
    let enough = match by {
        // One syllable may be a short form: whose, the article must say.
        Some(Context::Title) if is_of_a_group(words, before) => run >= 2 && is_family(words, at),
        Some(Context::Title) => run >= 1,
        Some(Context::Post) => run >= 3 || (run == 2 && family),
        Some(Context::List) => run >= 3 || (family && run >= 2),
        Some(Context::Form) => family && run >= 3,
        None => false,
    };
    let enough = enough
        && !is_no_name(words, at, run)
        && !(is_hero(&words.keys(at, at + run)) && is_remembered(words, by, before));
    enough.then_some(Named { first: at, end: at + run, by: by? })
}

/// Nouns before a name that stand before places as well: `cử tri Bến Láng`.
const GROUP_NOUNS: [&str; 10] = [
    "cử tri",
    "công dân",
    "người dân",
    "nông dân",
    "thanh niên",
    "hội viên",
    "đoàn viên",
    "đảng viên",
    "học sinh",
    "đại biểu",
];

static GROUP_NOUN_KEYS: LazyLock<HashSet<String>> =
    LazyLock::new(|| GROUP_NOUNS.iter().map(|noun| exact_phrase(noun)).collect());

fn is_of_a_group(words: &Words<'_>, before: &[Tagged]) -> bool {
    before.last().is_some_and(|last| GROUP_NOUN_KEYS.contains(&words.keys(last.first, last.end)))
}

fn is_family(words: &Words<'_>, at: usize) -> bool {
    words.get(at).is_some_and(|token| is_family_name(&token, false))
}

/// Whether somebody of history is meant by a name that people of today bear as well: who is spoken
/// to or holds a post in a ward is of today.
fn is_remembered(words: &Words<'_>, by: Option<Context>, before: &[Tagged]) -> bool {
    let of_state = [
        "tổng bí thư",
        "chủ tịch nước",
        "thủ tướng",
        "đại tướng",
        "anh hùng",
        "liệt sĩ",
        "chiến sĩ",
    ];
    let honoured = before.last().is_some_and(|last| {
        let title = words.keys(last.first, last.end);
        of_state.iter().any(|known| title.starts_with(&exact_phrase(known)))
    });
    honoured || !matches!(by, Some(Context::Title | Context::Post))
}

/// Tokens of the run that can be a name.
fn run(words: &Words<'_>, at: usize) -> usize {
    let run = words.capital_run(at).min(NAME_SYLLABLES_MAX + 1);
    if run == 0 {
        return 0;
    }
    let begins_something = |i: usize| {
        let kinds = [Kind::Title, Kind::Body, Kind::Institution, Kind::Level];
        let found = find(words, i, &kinds).is_some_and(|found| found.length > 1);
        let comrade = words.get(i).is_some_and(|t| t.acc == "đồng")
            && words.get(i + 1).is_some_and(|t| t.acc == "chí");
        found || comrade || super::post::post(words, i).is_some()
    };
    if begins_something(at) {
        return 0;
    }
    let run = if is_royal(words, at) { words.capital_run(at).min(6) } else { run };
    let cut = (at + 1..at + run).find(|i| begins_something(*i)).map_or(run, |end| end - at);
    let all_capitals = words.get(at).is_some_and(|t| t.shape == Shape::Capitals);
    if !all_capitals {
        return if cut <= NAME_SYLLABLES_MAX || is_royal(words, at) { cut } else { 0 };
    }
    if words.get(at).is_some_and(|t| !is_family_name(&t, false)) {
        return 0;
    }
    // In a line of small letters the end of the capitals is the end of the name.
    if !words.is_all_capitals() && (2..=CAPITALS_MAX).contains(&cut) {
        return cut;
    }
    let middle = |i: usize| words.get(i).is_some_and(|t| matches!(t.acc, "thị" | "văn"));
    let given = |i: &usize| {
        if middle(i - 1) {
            return true;
        }
        words.get(*i).is_some_and(|t| {
            !is_verb(t.acc) && (GIVEN_SYLLABLES.contains(t.acc) || is_family_name(&t, false))
        })
    };
    1 + (at + 1..at + cut.min(CAPITALS_MAX)).take_while(given).count()
}

/// `Công Tằng Tôn Nữ Diệu Hiền`: six syllables.
fn is_royal(words: &Words<'_>, at: usize) -> bool {
    let keys = words.keys(at, at + 2);
    keys == exact_phrase("công tằng") || keys == exact_phrase("công huyền")
}

fn is_followed_by_post(words: &Words<'_>, at: usize) -> bool {
    matches!(words.gap(at).trim(), "," | "-" | "–" | "(")
        && super::post::post(words, at).is_some_and(|post| post.is_of_somebody())
}

fn is_no_name(words: &Words<'_>, at: usize, run: usize) -> bool {
    let known =
        |first: usize, length: usize| NOT_NAME_KEYS.contains(&words.keys(first, first + length));
    // No syllable: an abbreviation.
    let abbreviation = run == 1
        && words.get(at).is_some_and(|t| t.shape == Shape::Capitals && !crate::is_syllable(t.acc));
    known(at, run)
        || (run >= 3 && (known(at, 3) || known(at + 1, run - 1)))
        || (run == 2 && is_district(words, at))
        || (run == 3 && is_district(words, at + 1))
        || abbreviation
}

/// What stands before a run of capitals; `None` where that makes it something else.
fn context(words: &Words<'_>, at: usize, before: &[Tagged]) -> Option<Context> {
    let gap = words.gap(at).trim();
    let form = if is_named_after(words, at) { None } else { Some(Context::Form) };
    let Some(last) = before.last() else { return form };
    let touches = last.end == at;
    let and = last.end + 1 == at
        && words.get(at - 1).is_some_and(|t| matches!(t.acc, "và" | "cùng" | "với"));
    match &last.tag {
        Tag::Honorific { .. }
            if touches && matches!(gap, "" | "." | ":" | "(" | "-" | "–" | "/" | "\"" | "“") =>
        {
            Some(Context::Title)
        }
        Tag::Post(_) if touches && matches!(gap, "" | ":" | "-" | "–" | "(") => {
            Some(Context::Post)
        }
        Tag::Name(named)
            if (touches && matches!(gap, "," | ";" | "-" | "–" | "/"))
                || (and && gap.is_empty()) =>
        {
            match named.by {
                Context::Form => form,
                _ => Some(Context::List),
            }
        }
        // `A, Bí thư Đảng ủy; B, Chủ tịch`
        Tag::Post(_) if touches && gap == ";" => Some(Context::List),
        // `đường Nguyễn Văn Cừ, Ngô Gia Tự và Lê Quang Đạo`
        Tag::Place if (touches && gap == ",") || and => None,
        Tag::Place if touches && gap.is_empty() => None,
        _ => form,
    }
}

/// Whether the word before makes it the name of something else: `36 Ngô Quyền`, `mang tên`.
fn is_named_after(words: &Words<'_>, at: usize) -> bool {
    if at == 0 || !words.is_adjacent(at) {
        return false;
    }
    let Some(before) = words.get(at - 1) else { return false };
    before.shape == Shape::Number || NOT_PEOPLE.contains(&before.acc)
}
