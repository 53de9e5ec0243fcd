//! A post as it is written: `phó Chủ tịch UBND quận Long Biên`.

use std::sync::LazyLock;

use super::lexicon::{Found, Kind, find, is_family_name};
use super::named::is_verb;
use super::place::{is_district, name_of_place};
use super::words::Words;
use crate::key::exact_phrase;
use crate::scan::Shape;

/// Parts of a unit; longer ones are no unit.
const PARTS_MAX: usize = 8;

/// A post and the tokens it stands on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct PostPhrase {
    pub(super) first: usize,
    pub(super) end: usize,
    /// Exact keys of the title in full: `phó chủ tịch`.
    pub(super) title: String,
    /// The body or office, by its name in full: `uỷ ban nhân dân`.
    pub(super) body: String,
    /// Levels and the names that stand with them, the nearest first.
    pub(super) places: Vec<(String, String)>,
    /// The last part of the body.
    last: &'static str,
}

/// Places that titles name: `Trưởng thôn`.
const LED: [&str; 12] = [
    "khu phố",
    "khu dân cư",
    "thôn",
    "ấp",
    "bản",
    "buôn",
    "xóm",
    "khóm",
    "làng",
    "trưởng khu",
    "chi bộ",
    "chi hội",
];
/// Titles that a field follows: `Trưởng Ban Tổ chức`, `công chức Văn hóa`.
const OF_A_FIELD: [&str; 21] = [
    "trưởng ban",
    "phó ban",
    "trưởng phòng",
    "phó phòng",
    "công chức",
    "viên chức",
    "cán bộ",
    "chuyên viên",
    "cán sự",
    "bộ trưởng",
    "thứ trưởng",
    "trưởng bộ phận",
    "trưởng tiểu ban",
    "trưởng khoa",
    "giáo viên",
    "cộng tác viên",
    "phụ trách",
    "trưởng trạm",
    "nhân viên",
    "trưởng ban tổ chức",
    "phó ban tổ chức",
];
/// Bodies that a field follows: `Phòng Tài chính - Kế hoạch`.
const OFFICES: [&str; 14] = [
    "ban",
    "phòng",
    "sở",
    "bộ",
    "cục",
    "vụ",
    "chi cục",
    "trung tâm",
    "đội",
    "tổ",
    "khối",
    "văn phòng",
    "khoa",
    "ban chỉ đạo",
];

/// Groups that are set up for a task, which is said behind them.
const GROUPS: [&str; 12] = [
    "chỉ đạo",
    "tổ trưởng tổ",
    "tổ phó tổ",
    "đội trưởng đội",
    "đội phó đội",
    "trưởng đoàn",
    "trưởng nhóm",
    "quản lý",
    "vận động",
    "quản trị",
    "liên lạc",
    "hội đồng",
];
static GROUP_KEYS: LazyLock<Vec<String>> =
    LazyLock::new(|| GROUPS.iter().map(|group| exact_phrase(group)).collect());

/// Words of a task.
const TASK_WORDS_MAX: usize = 8;

/// Words that a task does not hold.
fn ends_a_task(acc: &str) -> bool {
    const WORDS: [&str; 22] = [
        "đã", "đang", "sẽ", "và", "cùng", "cho", "tại", "với", "là", "cũng", "nói", "phát",
        "khẳng", "đề", "yêu", "thông", "trình", "kết", "có", "thay", "ghi", "nhấn",
    ];
    is_verb(acc) || WORDS.contains(&acc)
}

/// The post that begins at a token.
pub(super) fn post(words: &Words<'_>, at: usize) -> Option<PostPhrase> {
    let mut end = at;
    let mut title = String::new();
    let titled = match find(words, at, &[Kind::Title]) {
        Some(found) => found,
        None if words.get(at)?.fold == "pho" && words.is_adjacent(at + 1) => {
            title.push_str("phó ");
            end += 1;
            find(words, end, &[Kind::Title])?
        }
        None => return None,
    };
    end += titled.length;
    title.push_str(titled.name);
    while let Some(qualifier) =
        find(words, end, &[Kind::Qualifier]).filter(|_| words.is_adjacent(end))
    {
        title.push(' ');
        title.push_str(qualifier.name);
        end += qualifier.length;
    }
    let mut post =
        PostPhrase { first: at, end, title, body: String::new(), places: Vec::new(), last: "" };
    // `Trưởng khu phố 5`: the name of what the title itself names.
    if let Some(level) = LED.iter().find(|level| post.title.ends_with(*level)) {
        let name = post.take_name(words, true);
        if !name.is_empty() {
            post.places.push(((*level).to_owned(), name));
        }
    }
    let mut parts = 0;
    while parts < PARTS_MAX && post.take_part(words) {
        parts += 1;
    }
    Some(post)
}

impl PostPhrase {
    /// Whether it is but how somebody is addressed: `đại biểu Nguyễn Văn A`.
    pub(super) fn is_address(&self) -> bool {
        let bare = self.body.is_empty() && self.places.is_empty();
        bare && matches!(self.title.as_str(), "đại biểu" | "cán bộ")
    }

    /// Whether it says more than a word that many sentences have: `cán bộ`, `đại biểu`.
    pub(super) fn is_of_somebody(&self) -> bool {
        let common = ["cán bộ", "đại biểu", "nhân viên", "thư ký", "thường trực", "thành viên"];
        !(self.body.is_empty() && self.places.is_empty() && common.contains(&self.title.as_str()))
    }

    /// Whether it is a part taken for an hour: `làm trưởng đoàn`.
    pub(super) fn is_of_the_moment(&self) -> bool {
        let bare = self.body.is_empty() && self.places.is_empty();
        bare && matches!(
            self.title.as_str(),
            "trưởng đoàn" | "trưởng nhóm" | "thư ký" | "trưởng tiểu ban" | "thành viên"
        )
    }

    /// Takes the next part of the unit; `false` when there is none.
    fn take_part(&mut self, words: &Words<'_>) -> bool {
        let at = self.end;
        if !words.is_adjacent(at) {
            return false;
        }
        // A body comes before its place, an office's field right behind the office: else
        // `UBND phường tổ chức hội nghị` would go on.
        let kinds: &[Kind] = match (self.places.is_empty(), self.expects_field()) {
            (true, true) => &[Kind::Body, Kind::Sector, Kind::Level, Kind::Institution],
            (true, false) => &[Kind::Body, Kind::Level, Kind::Institution],
            (false, _) => &[Kind::Level, Kind::Institution],
        };
        if let Some(found) = find(words, at, kinds)
            && (found.kind != Kind::Institution || words.is_institution(at, found.length))
        {
            self.take_found(words, found);
            return true;
        }
        // `Chủ tịch UBND Long Biên`: a place without its level.
        let takes_number =
            ["ban chỉ đạo", "đại đội", "tiểu đoàn", "trung đoàn", "sư đoàn", "đội", "tổ"];
        if takes_number.iter().any(|body| self.last == exact_phrase(body)) && words.is_number(at) {
            self.body.push(' ');
            self.body.push_str(&words.keys(at, at + 1));
            self.end += 1;
            return true;
        }
        if self.places.is_empty() && self.is_of_a_group() && self.take_task(words) {
            return true;
        }
        if !self.body.is_empty() && words.is_capital(at) && self.places.is_empty() {
            let mut length = name_of_place(words, at, true);
            // `Bộ trưởng Bộ Công an Tô Lâm`: two syllables may be a person's as well.
            let family = words.get(at).is_some_and(|t| is_family_name(&t, true));
            if length == 2 && family && !is_district(words, at) {
                length = 0;
            }
            let is_title = find(words, at, &[Kind::Title]).is_some_and(|f| f.length > 1);
            if length > 0 && !is_title && (length > 1 || words.is_number(at)) {
                self.places.push((String::new(), words.keys(at, at + length)));
                self.end += length;
                return true;
            }
        }
        false
    }

    /// Whether the words behind it may say what a group is for: `Tổ trưởng tổ` … `kiểm kê`.
    fn is_of_a_group(&self) -> bool {
        let whole = format!("{} {}", self.title, self.body);
        GROUP_KEYS.iter().any(|group| whole.trim_end().ends_with(group))
    }

    /// Takes what a group is for, up to its level, its number, a sign or its leader's name; not
    /// where a verb follows.
    fn take_task(&mut self, words: &Words<'_>) -> bool {
        let first = self.end;
        let mut at = first;
        loop {
            let length = at - first;
            if length > TASK_WORDS_MAX || words.get(at).is_some_and(|t| ends_a_task(t.acc)) {
                return false;
            }
            let run = words.capital_run(at);
            let family = words.get(at).is_some_and(|t| is_family_name(&t, true));
            let ends = !words.is_adjacent(at)
                || find(words, at, &[Kind::Level]).is_some()
                || find(words, at, &[Kind::Honorific, Kind::Title]).is_some()
                || (family && (2..=4).contains(&run));
            if ends && length == 0 {
                return false;
            }
            let numbered = length > 0 && words.is_number(at) && words.is_adjacent(at);
            if numbered {
                at += 1;
            }
            if ends || numbered {
                if !self.body.is_empty() {
                    self.body.push(' ');
                }
                self.body.push_str(&words.keys(first, at));
                self.end = at;
                self.last = "";
                return true;
            }
            at += 1;
        }
    }

    /// Whether a field may follow: `Trưởng Ban` … `Tổ chức`.
    fn expects_field(&self) -> bool {
        if self.body.is_empty() {
            return OF_A_FIELD.iter().any(|title| self.title.ends_with(title));
        }
        OFFICES.contains(&self.last)
    }

    fn take_found(&mut self, words: &Words<'_>, found: Found) {
        let at = self.end;
        self.end += found.length;
        match found.kind {
            Kind::Level => {
                let name = self.take_name(words, true);
                self.places.push((found.name.to_owned(), name));
            }
            Kind::Institution => {
                let name = self.take_name(words, false);
                self.places.push((words.keys(at, at + found.length), name));
            }
            _ => {
                self.last = found.name;
                if !self.body.is_empty() {
                    self.body.push(' ');
                }
                self.body.push_str(found.name);
            }
        }
    }

    /// The name behind a level or an institution: capitals, or a number.
    fn take_name(&mut self, words: &Words<'_>, is_level: bool) -> String {
        let first = self.end;
        let mut at = first;
        if words.get(at).is_some_and(|t| t.fold == "so") && words.is_number(at + 1) {
            at += 1;
        }
        if words.is_adjacent(at) && words.is_number(at) {
            self.end = at + 1;
            return words.keys(at, at + 1);
        }
        if !words.is_adjacent(first) || !words.is_capital(first) {
            return String::new();
        }
        // `chi bộ Công an phường`, `TDP 3 Bí thư …`: something else begins.
        let kinds = [Kind::Title, Kind::Body, Kind::Level, Kind::Institution];
        let short = words.get(first).is_some_and(|t| t.shape == Shape::Capitals);
        let short = short && !words.is_all_capitals();
        if find(words, first, &kinds).is_some_and(|f| f.length > 1 || short) {
            return String::new();
        }
        self.end = first + name_of_place(words, first, is_level);
        // `Hà Giang 1`
        if self.end > first && words.is_adjacent(self.end) && words.is_number(self.end) {
            self.end += 1;
        }
        words.keys(first, self.end)
    }
}
