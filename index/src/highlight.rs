//! Marking what matched, on the original bytes.
//!
//! The text is scanned again, so marks cover whole words exactly as the page wrote them:
//! decomposed letters and invisible characters included. Words that match side by side share a mark.

use std::collections::HashSet;
use std::ops::Range;

use crate::query::{Field, Part, Query};

/// Least likeness of a name to one that is asked for.
const LIKENESS_MIN: f32 = 0.5;

/// Knows which words of a text a query asks for.
#[derive(Clone, Debug, Default)]
pub struct Marker {
    exact: Keys,
    /// Folded keys of syllables typed without marks: they match any accents.
    bare: Keys,
    /// Folded keys of syllables typed with marks: they match other accents only where the text
    /// has none of the exact ones.
    marked: Keys,
    documents: HashSet<String>,
    dates: Vec<jiff::civil::Date>,
    /// Digits of numbers that may be written in groups.
    numbers: HashSet<String>,
    /// Phrases in quotes, what abbreviations stand for, and abbreviations of what was written out.
    phrases: Vec<Vec<Syllable>>,
    /// Names of people who are asked for.
    people: Vec<String>,
    /// By word of the plan.
    weights: Vec<f32>,
    /// What words may begin with.
    beginning: Option<String>,
    /// The syllables of the longest part of the query, which nothing can be beside but they.
    longest: Vec<String>,
}

/// A syllable of a phrase.
#[derive(Clone, Debug, PartialEq)]
enum Syllable {
    /// With these marks.
    Exact(String),
    /// With any.
    Folded(String),
}

impl Syllable {
    fn is(&self, token: &vietnamese::Token<'_>) -> bool {
        match self {
            Self::Exact(key) => token.acc == key,
            Self::Folded(key) => token.fold == key,
        }
    }

    fn key(&self) -> &str {
        match self {
            Self::Exact(key) | Self::Folded(key) => key,
        }
    }
}

/// A phrase of exact keys.
fn exactly(keys: impl Iterator<Item = impl Into<String>>) -> Vec<Syllable> {
    keys.map(|key| Syllable::Exact(key.into())).collect()
}

/// A few keys, of which almost every word of a text is none: most are told by their ends alone.
#[derive(Clone, Debug, Default)]
struct Keys {
    keys: HashSet<String>,
    ends: [u64; 4],
}

impl Keys {
    fn insert(&mut self, key: &str) {
        let end = Self::end(key);
        self.ends[end / 64] |= 1 << (end % 64);
        self.keys.insert(key.to_owned());
    }

    fn contains(&self, key: &str) -> bool {
        let end = Self::end(key);
        self.ends[end / 64] >> (end % 64) & 1 == 1 && self.keys.contains(key)
    }

    /// A number below 256 from the first byte, the last one and the length.
    fn end(key: &str) -> usize {
        let bytes = key.as_bytes();
        let byte = |byte: Option<&u8>| usize::from(byte.copied().unwrap_or_default());
        (byte(bytes.first()) * 31 + byte(bytes.last()) * 7 + bytes.len()) % 256
    }
}

/// A stretch of a text that matches.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Match {
    /// Bytes of the text.
    pub(crate) range: Range<usize>,
    /// How much it says: 1 for a syllable, less for a grammatical one, more for a document number.
    pub(crate) weight: f32,
    /// Which syllable of the query it is, for counting different ones.
    pub(crate) key: String,
}

impl Marker {
    /// A marker for a query, and for people's names beside it.
    pub fn new(query: &Query, officials: &[String]) -> Self {
        let mut marker = Self::default();
        for part in &query.parts {
            match part {
                Part::AnyOf(alternatives) => alternatives.iter().for_each(|p| marker.add_part(p)),
                part => marker.add_part(part),
            }
        }
        marker.people.extend(officials.iter().cloned());
        marker
    }

    fn add_part(&mut self, part: &Part) {
        match part {
            Part::Words(text) | Part::Filter(Field::Title | Field::Document, text) => {
                self.add(text);
            }
            Part::Phrase(text) => self.add_quoted(text),
            Part::Filter(Field::Official, name) => self.people.push(name.clone()),
            _ => {}
        }
    }

    /// A phrase is marked as a whole, with the marks that were typed.
    fn add_quoted(&mut self, text: &str) {
        let syllable = |token: vietnamese::Token<'_>| match token.is_marked() {
            true => Syllable::Exact(token.acc.to_owned()),
            false => Syllable::Folded(token.fold.to_owned()),
        };
        let syllables = vietnamese::scan(text).iter().map(syllable).collect();
        self.phrases.push(syllables);
    }

    /// Whether all that is marked are single words, whose places the index knows.
    pub(crate) fn is_plain(&self) -> bool {
        self.documents.is_empty()
            && self.dates.is_empty()
            && self.numbers.is_empty()
            && self.people.is_empty()
            && self.beginning.is_none()
    }

    /// What a word of the plan says: less where it is a grammatical one.
    pub(crate) fn weight(&self, word: usize) -> f32 {
        self.weights.get(word).copied().unwrap_or(1.0)
    }

    /// Notes what the words of the plan say.
    pub(crate) fn weigh(&mut self, plan: &crate::plan::Plan) {
        let weight = |word: &crate::plan::Word| if word.matters { 1.0 } else { 0.1 };
        self.weights = plan.words.iter().map(weight).collect();
    }

    /// Words that begin with this are marked as well: the last one typed was none yet.
    pub(crate) fn complete(&mut self, beginning: Option<&str>) {
        self.beginning = beginning.map(str::to_owned);
    }

    /// Marks what the archive itself says that abbreviations of the query mean, too.
    pub(crate) fn add_phrases(&mut self, phrases: impl Iterator<Item = String>) {
        self.phrases.extend(phrases.map(|phrase| exactly(phrase.split(' '))));
    }

    fn add(&mut self, text: &str) {
        let tokens = vietnamese::scan(text);
        let keys: Vec<&str> = tokens.iter().map(|token| token.acc).collect();
        let short = vietnamese::abbreviations(&keys).into_iter();
        let short = short.filter(|(_, _, short)| !vietnamese::is_syllable(short));
        self.phrases.extend(short.map(|(_, _, short)| exactly(short.split(' '))));
        let split = keys.windows(2).flat_map(|pair| vietnamese::expansions(&pair.join(" ")));
        self.phrases.extend(split.map(|long| exactly(long.iter())));
        let dates = vietnamese::dates(text);
        let documents = vietnamese::documents_any_case(text);
        let facts = dates.iter().map(|d| d.start..d.end);
        let facts: Vec<Range<usize>> =
            facts.chain(documents.iter().map(|d| d.start..d.end)).collect();
        self.dates.extend(dates.into_iter().map(|found| found.date));
        self.documents.extend(documents.into_iter().map(|found| found.fold));
        self.numbers.extend(vietnamese::numbers(text).into_iter().map(|number| number.digits));
        if tokens.len() > self.longest.len() {
            self.longest = tokens.iter().map(|token| token.fold.to_owned()).collect();
        }
        // What is part of a document number or a day is no word of its own.
        let is_word = |token: &vietnamese::Token<'_>| {
            !facts.iter().any(|fact| fact.start <= token.start && token.end <= fact.end)
        };
        for token in tokens.iter().filter(is_word) {
            let group = if token.is_marked() { &mut self.marked } else { &mut self.bare };
            group.insert(token.fold);
            self.exact.insert(token.acc);
            let is_short =
                token.shape == vietnamese::Shape::Capitals || !vietnamese::is_syllable(token.acc);
            let long = if is_short { vietnamese::expansions(token.acc) } else { &[] };
            self.phrases.extend(long.iter().map(|long| exactly(long.iter())));
            if token.acc.len() > 3 && token.acc.bytes().all(|b| b.is_ascii_digit()) {
                self.numbers.insert(token.acc.to_owned());
            }
        }
    }

    /// The matching stretches of a text, in order, without overlaps.
    pub(crate) fn matches(&self, text: &str) -> Vec<Match> {
        let tokens = vietnamese::scan(text);
        let exact: HashSet<&str> =
            tokens.iter().filter(|t| self.exact.contains(t.acc)).map(|t| t.fold).collect();
        let numbers = if self.documents.is_empty() {
            Vec::new()
        } else {
            let mut numbers = vietnamese::documents(text);
            numbers.retain(|number| self.documents.contains(&number.fold));
            numbers
        };
        let mut found: Vec<Match> = Vec::new();
        for number in &numbers {
            let range = number.start..number.end;
            found.push(Match { range, weight: 4.0, key: number.fold.clone() });
        }
        if !self.dates.is_empty() {
            let dates =
                vietnamese::dates(text).into_iter().filter(|d| self.dates.contains(&d.date));
            found.extend(dates.map(|date| Match {
                range: date.start..date.end,
                weight: 4.0,
                key: date.date.to_string(),
            }));
        }
        found.extend(self.number_matches(text, &tokens));
        found.extend(self.people_matches(text, &tokens));
        found.extend(self.phrase_matches(&tokens));
        // Of what overlaps, the longer says more: the year of a day is no number of its own.
        found.sort_by_key(|m| (m.range.start, std::cmp::Reverse(m.range.end)));
        found.dedup_by(|next, kept| next.range.start < kept.range.end);
        let whole: Vec<Range<usize>> = found.iter().map(|m| m.range.clone()).collect();
        for token in tokens.iter() {
            let in_number = whole.iter().any(|w| w.start <= token.start && token.end <= w.end);
            let other_accents = self.marked.contains(token.fold) && !exact.contains(token.fold);
            let begun = |begin: &String| token.fold.starts_with(begin.as_str());
            let matched = self.exact.contains(token.acc)
                || self.bare.contains(token.fold)
                || other_accents
                || self.beginning.as_ref().is_some_and(begun);
            if matched && !in_number {
                let weight = if vietnamese::is_stop_syllable(token.acc) { 0.1 } else { 1.0 };
                let range = token.start..token.end;
                found.push(Match { range, weight, key: token.fold.to_owned() });
            }
        }
        found.sort_by_key(|m| m.range.start);
        drop_stray_syllables(text, found)
    }

    /// Whether matches are all words of the longest part of the query, one beside the other.
    pub(crate) fn is_whole(&self, text: &str, matches: &[Match]) -> bool {
        let together = |window: &[Match]| {
            let same = window.iter().zip(&self.longest).all(|(found, key)| found.key == *key);
            same && window.windows(2).all(|pair| touch(text, &pair[0].range, &pair[1].range))
        };
        self.longest.len() > 1 && matches.windows(self.longest.len()).any(together)
    }

    /// The places of numbers, with and without points, and with the unit that may be glued to them.
    fn number_matches(&self, text: &str, tokens: &vietnamese::Tokens) -> Vec<Match> {
        if self.numbers.is_empty() {
            return Vec::new();
        }
        let word_end = |at: usize| {
            let inside = tokens.iter().find(|token| token.start < at && at <= token.end);
            inside.map_or(at, |token| token.end)
        };
        let grouped = vietnamese::numbers_in(text, tokens).into_iter();
        let grouped = grouped.map(|n| (n.start..word_end(n.end), n.digits));
        let plain = tokens.iter().map(|token| (token.start..token.end, token.acc.to_owned()));
        let asked = grouped.chain(plain).filter(|(_, digits)| self.numbers.contains(digits));
        asked.map(|(range, key)| Match { range, weight: 2.0, key }).collect()
    }

    /// The places of names that may mean the people asked for.
    fn people_matches(&self, text: &str, tokens: &vietnamese::Tokens) -> Vec<Match> {
        if self.people.is_empty() {
            return Vec::new();
        }
        let means = |name: &str| {
            let likeness = |asked: &String| vietnamese::name_match(asked, name);
            self.people.iter().filter_map(likeness).any(|likeness| likeness >= LIKENESS_MIN)
        };
        let names = vietnamese::names_in(text, tokens).into_iter();
        let meant = names.filter(|found| means(&found.name));
        let meant = meant.map(|found| Match {
            range: found.start..found.end,
            weight: 2.0,
            key: vietnamese::fold_phrase(&found.name),
        });
        meant.collect()
    }

    /// The places of phrases, of abbreviations and of what they stand for.
    fn phrase_matches(&self, tokens: &vietnamese::Tokens) -> Vec<Match> {
        let mut found: Vec<Match> = Vec::new();
        let mut at = 0;
        while let Some(first) = tokens.get(at) {
            let holds = |phrase: &&Vec<Syllable>| {
                let held = |(i, syllable): (usize, &Syllable)| {
                    tokens.get(at + i).is_some_and(|token| syllable.is(&token))
                };
                phrase.iter().enumerate().all(held)
            };
            let phrase = self.phrases.iter().filter(holds).max_by_key(|phrase| phrase.len());
            let last = phrase.and_then(|phrase| tokens.get(at + phrase.len() - 1));
            match (phrase, last) {
                (Some(phrase), Some(last)) => {
                    let range = first.start..last.end;
                    let keys: Vec<&str> = phrase.iter().map(Syllable::key).collect();
                    found.push(Match { range, weight: 2.0, key: keys.join(" ") });
                    at += phrase.len();
                }
                _ => at += 1,
            }
        }
        found
    }

    /// The whole text, escaped, with its matches in `<mark>`.
    pub fn mark(&self, text: &str) -> String {
        render(text, 0..text.len(), &self.matches(text))
    }
}

/// Keeps what says something. A single syllable of a compound is another word: where the text has
/// it beside another match of the query, its lone occurrences are not marked. A grammatical
/// syllable is never marked alone.
fn drop_stray_syllables(text: &str, found: Vec<Match>) -> Vec<Match> {
    let touching: Vec<bool> =
        found.windows(2).map(|pair| touch(text, &pair[0].range, &pair[1].range)).collect();
    let beside_another = |i: usize| {
        let before = i.checked_sub(1).and_then(|before| touching.get(before));
        before.is_some_and(|t| *t) || touching.get(i).is_some_and(|t| *t)
    };
    let in_company: HashSet<String> =
        (0..found.len()).filter(|i| beside_another(*i)).map(|i| found[i].key.clone()).collect();
    let keep = |i: usize, m: &Match| {
        beside_another(i) || (m.weight >= 1.0 && !in_company.contains(&m.key))
    };
    found.into_iter().enumerate().filter(|(i, m)| keep(*i, m)).map(|(_, m)| m).collect()
}

/// Whether nothing but white space lies between two stretches.
pub(crate) fn touch(text: &str, a: &Range<usize>, b: &Range<usize>) -> bool {
    text.get(a.end..b.start).is_some_and(|gap| gap.chars().all(char::is_whitespace))
}

/// A part of a text, escaped, with `<mark>` around the matches inside it.
pub(crate) fn render(text: &str, part: Range<usize>, matches: &[Match]) -> String {
    let mut html = String::with_capacity(part.len() + 32);
    let mut at = part.start;
    let inside = |mark: &Range<usize>| part.start <= mark.start && mark.end <= part.end;
    for mark in marks(text, matches.iter().map(|m| &m.range).filter(|range| inside(range))) {
        escape(&text[at..mark.start], &mut html);
        html.push_str("<mark>");
        escape(&text[mark.clone()], &mut html);
        html.push_str("</mark>");
        at = mark.end;
    }
    escape(&text[at..part.end], &mut html);
    html
}

/// Matches with those beside them as one.
fn marks<'m>(text: &str, matches: impl Iterator<Item = &'m Range<usize>>) -> Vec<Range<usize>> {
    let mut marks: Vec<Range<usize>> = Vec::new();
    for next in matches {
        match marks.last_mut() {
            Some(last) if touch(text, last, next) => last.end = next.end,
            _ => marks.push(next.clone()),
        }
    }
    marks
}

/// A text as it was before it was escaped.
pub(crate) fn unescape(html: &str) -> String {
    let text = html.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"");
    text.replace("&#39;", "'").replace("&amp;", "&")
}

fn escape(text: &str, html: &mut String) {
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            '\'' => html.push_str("&#39;"),
            other => html.push(other),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn mark(query: &str, text: &str) -> String {
        Marker::new(&Query::read(query, jiff::civil::Date::MIN), &[]).mark(text)
    }

    #[test]
    fn marks_cover_whole_words_as_the_page_wrote_them() {
        assert_eq!(mark("uy ban", "của U\u{309}y ban"), "của <mark>U\u{309}y ban</mark>");
        assert_eq!(mark("phuong", "phư\u{200b}ờng Sài"), "<mark>phư\u{200b}ờng</mark> Sài");
        assert_eq!(mark("02-kh/du", "số 02-KH/ĐU."), "số <mark>02-KH/ĐU</mark>.");
        assert_eq!(mark("GPMB", "giải phóng mặt bằng"), "<mark>giải phóng mặt bằng</mark>");
        assert_eq!(mark("uy ban nhan dan", "UBND họp"), "<mark>UBND</mark> họp");
        assert_eq!(mark("đồng chí", "Đ/c Hương"), "<mark>Đ/c</mark> Hương");
        assert_eq!(mark("đ/c", "đồng chí Hương"), "<mark>đồng chí</mark> Hương");
        assert_eq!(
            mark("17/2/2023", "ngày 17 tháng 02 năm 2023"),
            "<mark>ngày 17 tháng 02 năm 2023</mark>"
        );
        assert_eq!(
            mark("2500", "rộng 2.500m2, 2500 hộ"),
            "rộng <mark>2.500m2</mark>, <mark>2500</mark> hộ"
        );
        assert_eq!(mark("2.500", "2500 hộ"), "<mark>2500</mark> hộ");
        assert_eq!(mark("a", "<a> & b"), "&lt;<mark>a</mark>&gt; &amp; b");
    }

    #[test]
    fn phrases_people_and_numbers_are_marked_as_a_whole() {
        assert_eq!(
            mark("\"thanh niên\"", "niên vụ, thanh niên"),
            "niên vụ, <mark>thanh niên</mark>"
        );
        assert_eq!(mark("\"thành phong\"", "thanh phong"), "thanh phong");
        assert_eq!(
            mark("người:\"Trần Phong\"", "Phong tục. Ông Trần Thành Phong họp."),
            "Phong tục. Ông <mark>Trần Thành Phong</mark> họp."
        );
        assert_eq!(mark("12-KH/ĐU", "Đảng ủy, số 12-KH/ĐU"), "Đảng ủy, số <mark>12-KH/ĐU</mark>");
        assert_eq!(
            mark("10/12/2020", "nhiệm kỳ 2020-2025, 10/12/2020"),
            "nhiệm kỳ 2020-2025, <mark>10/12/2020</mark>"
        );
    }

    #[test]
    fn other_accents_are_marked_only_where_the_exact_ones_are_missing() {
        assert_eq!(mark("má", "mà má"), "mà <mark>má</mark>");
        assert_eq!(mark("má", "mà mã"), "<mark>mà mã</mark>");
    }

    #[test]
    fn a_grammatical_syllable_is_marked_only_beside_another_match() {
        assert_eq!(mark("của phường", "của phường, của quận"), "<mark>của phường</mark>, của quận");
    }

    #[test]
    fn a_syllable_of_a_compound_is_not_marked_where_it_stands_alone() {
        assert_eq!(mark("Sài Đồng", "Sài Đồng, đồng chí"), "<mark>Sài Đồng</mark>, đồng chí");
        assert_eq!(mark("Sài Đồng", "đồng chí"), "<mark>đồng</mark> chí");
    }

    proptest! {
        #[test]
        fn without_its_marks_the_text_is_whole(query in "\\PC{0,20}", text in "\\PC{0,60}") {
            let html = mark(&query, &text);
            let plain = html.replace("<mark>", "").replace("</mark>", "");
            let mut escaped = String::new();
            escape(&text, &mut escaped);
            prop_assert_eq!(plain, escaped);
        }
    }
}
