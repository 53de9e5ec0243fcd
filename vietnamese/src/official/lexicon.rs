//! Posts, bodies, offices and places of local government, written by hand from the Law on the
//! Organisation of Local Government (2015, amended 2025), the statutes of the Party, the Front and
//! the unions, and the way ward portals write them.
//!
//! One entry a line: the name in full, then other ways to write it. A slip in one syllable of two
//! is forgiven (`chủ tich`).

use std::collections::{HashMap, HashSet};
use std::sync::LazyLock;

use super::words::Words;
use crate::scan::{Token, scan};

/// Posts; each may have `phó` before it.
const TITLES: &str = include_str!("../../lexicon/titles.txt");

/// Words between a post and its body.
const QUALIFIERS: &str = include_str!("../../lexicon/qualifiers.txt");

/// Bodies: what a post is of. They stand without a name of their own.
const BODIES: &str = include_str!("../../lexicon/bodies.txt");

/// What an office is for.
const SECTORS: &str = include_str!("../../lexicon/sectors.txt");

/// Levels of government and places; a name may follow.
const LEVELS: &str = include_str!("../../lexicon/levels.txt");

/// What bears names that may be a person's, and is none.
const INSTITUTIONS: &str = include_str!("../../lexicon/institutions.txt");

/// What stands before a name and makes it a person's. The second of a pair says that more follow.
const HONORIFICS: &str = include_str!("../../lexicon/honorifics.txt");

/// What is said of a post.
const STATES: &str = include_str!("../../lexicon/states.txt");

/// What may stand between a name and the posts that follow it.
const LINKS: &str = include_str!("../../lexicon/links.txt");

/// People of history whose names streets, schools and campaigns bear.
const HEROES: &str = include_str!("../../lexicon/heroes.txt");

/// Whether exact keys are the name of somebody of history.
pub(super) fn is_hero(keys: &str) -> bool {
    static ALL: LazyLock<HashSet<String>> = LazyLock::new(|| {
        let names = HEROES.split([';', '\n']).map(str::trim).filter(|name| !name.is_empty());
        names.map(crate::key::exact_phrase).collect()
    });
    ALL.contains(keys)
}

/// What an entry of the lexicon is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Kind {
    Title,
    Qualifier,
    Body,
    Sector,
    Level,
    Institution,
    Honorific,
    Former,
    Acting,
    Link,
    /// As `thôi giữ chức`: what follows is over.
    EndLink,
}

/// A phrase of the lexicon.
#[derive(Debug)]
struct Entry {
    kind: Kind,
    /// Exact and folded keys of its syllables.
    syllables: Vec<(String, String)>,
    /// The name in full, as exact keys.
    name: String,
}

/// A phrase found in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Found {
    pub(super) kind: Kind,
    /// How many tokens it has.
    pub(super) length: usize,
    /// The name in full, as exact keys.
    pub(super) name: &'static str,
}

/// By the folded key of the first syllable, the longest first.
static LEXICON: LazyLock<HashMap<String, Vec<Entry>>> = LazyLock::new(|| {
    let mut lexicon: HashMap<String, Vec<Entry>> = HashMap::new();
    let mut add = |kind, table: &str, is_list_of_synonyms: bool| {
        for line in table.lines() {
            let mut full = None;
            for phrase in line.split(';').map(str::trim).filter(|phrase| !phrase.is_empty()) {
                let entry = Entry::new(kind, phrase, full.as_deref());
                if is_list_of_synonyms {
                    full.get_or_insert_with(|| entry.name.clone());
                }
                lexicon.entry(entry.syllables[0].1.clone()).or_default().push(entry);
            }
        }
    };
    add(Kind::Title, TITLES, true);
    add(Kind::Qualifier, QUALIFIERS, true);
    add(Kind::Body, BODIES, true);
    add(Kind::Sector, SECTORS, true);
    add(Kind::Level, LEVELS, true);
    add(Kind::Institution, INSTITUTIONS, false);
    add(Kind::Honorific, HONORIFICS, false);
    let (former, acting) = STATES.trim().split_once('\n').unwrap_or_default();
    add(Kind::Former, former, false);
    add(Kind::Acting, acting, false);
    let (links, ends) = LINKS.trim().rsplit_once('\n').unwrap_or_default();
    add(Kind::Link, links, false);
    add(Kind::EndLink, ends, false);
    for entries in lexicon.values_mut() {
        entries.sort_by_key(|entry| std::cmp::Reverse(entry.syllables.len()));
    }
    lexicon
});

impl Entry {
    fn new(kind: Kind, phrase: &str, full: Option<&str>) -> Self {
        let tokens = scan(phrase);
        let keys = |t: Token<'_>| (t.acc.to_owned(), t.fold.to_owned());
        let syllables: Vec<(String, String)> = tokens.iter().map(keys).collect();
        let own = || {
            let exact: Vec<&str> = syllables.iter().map(|(acc, _)| acc.as_str()).collect();
            exact.join(" ")
        };
        let name = full.map_or_else(own, str::to_owned);
        Self { kind, syllables, name }
    }

    /// Whether the tokens from `at` on are this phrase, each behind the other.
    fn fits(&self, words: &Words<'_>, at: usize) -> bool {
        let mut exact = 0;
        for (i, (acc, fold)) in self.syllables.iter().enumerate() {
            let Some(token) = words.get(at + i) else { return false };
            let joined = i == 0 || words.is_within(at + i, self.kind == Kind::Sector);
            if token.fold != fold || !joined || is_other_word(token.acc, acc) {
                return false;
            }
            exact += usize::from(token.acc == acc);
        }
        let length = self.syllables.len();
        exact == length || (length > 1 && exact * 2 >= length)
    }
}

/// Whether what would be a slip is a word of its own: `hội trường` is no `hội trưởng`.
fn is_other_word(written: &str, meant: &str) -> bool {
    matches!((written, meant), ("trường", "trưởng") | ("phố" | "phở", "phó") | ("bán", "ban"))
}

/// The longest phrase of the given kinds that begins at a token.
pub(super) fn find(words: &Words<'_>, at: usize, kinds: &[Kind]) -> Option<Found> {
    words.lexicon(at).iter().find(|found| kinds.contains(&found.kind)).copied()
}

/// All phrases that begin at a token, the longest first.
pub(super) fn lookup(words: &Words<'_>, at: usize) -> Vec<Found> {
    let Some(entries) = words.get(at).and_then(|first| LEXICON.get(first.fold)) else {
        return Vec::new();
    };
    let fitting = entries.iter().filter(|entry| entry.fits(words, at));
    let found = |entry: &'static Entry| Found {
        kind: entry.kind,
        length: entry.syllables.len(),
        name: &entry.name,
    };
    fitting.map(found).collect()
}

/// The commonest family names, as exact keys.
const FAMILY_NAMES: &str = "\
nguyễn trần lê phạm hoàng huỳnh phan vũ võ đặng bùi đỗ hồ ngô dương lý đào đinh đoàn trịnh trương \
lương mai tô hà cao tạ châu vương thái tăng quách lâm chu kiều phùng từ triệu tống la lưu lại nghiêm \
ông hứa thạch kim khuất đàm bạch ninh quản giang mạc viên doãn thân lò tôn cù đậu lục uông giàng bành \
vàng sùng khổng danh thào âu sầm phí cấn chử bế vi nông lường quàng cầm ma lầu mùa hờ thò sơn niê rơ \
ksor kpă đinh điêu hạng vừ ly cứ chảo tẩn phàn lù sừng chẩu cháng sìn vừu siu nay hồng tòng tráng đèo \
điểu thị văn lữ chau neáng diệp thiều mã đồng ngọ thi ngân trà nhữ phó tào tiêu ung ứng ôn vòng bá lỷ chung bồ biện đàng tán nhan lạc lư khưu mạch cổ đường puih rmah rah kpuih rcom mlô êban byă ayun \
knul kbuôr liêng cil bon ka y krajan drong thiếu tri trượng thành quảng hán báo lục qua mang sô tô đạo";

/// Whether a syllable is a family name; `common` asks for those that are hardly ever anything else.
pub(super) fn is_family_name(token: &Token<'_>, common: bool) -> bool {
    static ALL: LazyLock<HashMap<String, usize>> = LazyLock::new(|| {
        let names: Vec<&str> = FAMILY_NAMES.split_whitespace().collect();
        let names = names.into_iter().enumerate();
        // The first of two is the commoner.
        names.rev().map(|(rank, name)| (crate::key::exact_key(name), rank)).collect()
    });
    let rank = ALL.get(token.acc).copied();
    rank.is_some_and(|rank| !common || rank < COMMON_FAMILY_NAMES)
}

/// How many of the names above are hardly ever anything else.
const COMMON_FAMILY_NAMES: usize = 60;
