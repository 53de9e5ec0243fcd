//! What can be suggested, as a field of the index: stretches of titles, people, document numbers;
//! and what the archive's own texts say that an abbreviation means.
//!
//! A term is the folded text that is typed, then a sign of its kind, then the accented text that
//! is shown. The index's term dictionary is the FST, so suggestions follow every commit.

use std::collections::BTreeSet;

use vietnamese::{DocumentNumber, Tokens};

use crate::people::name_in;
use crate::terms::SEPARATOR;

/// Syllables of a stretch: longer phrases are rarely said twice.
const STRETCH: usize = 5;
/// Stretches of one title.
const STRETCHES_MAX: usize = 12;

/// What a term of the field is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A stretch from the middle of a title, in exact keys.
    Stretch,
    /// The beginning of a title, in exact keys.
    Opening,
    /// A person's name, in exact keys.
    Person,
    /// A document number, as it was written.
    Document,
}

impl Kind {
    fn sign(self) -> char {
        match self {
            Self::Stretch => 's',
            Self::Opening => 'o',
            Self::Person => 'p',
            Self::Document => 'd',
        }
    }

    /// A term's folded key, its kind, and what is shown.
    pub(crate) fn read(term: &str) -> Option<(&str, Self, &str)> {
        let (key, said) = term.split_once(SEPARATOR)?;
        let sign = said.chars().next()?;
        let kinds = [Self::Stretch, Self::Opening, Self::Person, Self::Document];
        let kind = kinds.into_iter().find(|kind| kind.sign() == sign)?;
        Some((key, kind, &said[sign.len_utf8()..]))
    }

    fn term(self, key: &str, said: &str) -> String {
        format!("{key}{SEPARATOR}{}{said}", self.sign())
    }
}

/// The terms of an article, each once.
pub(crate) fn phrases(
    title: &str,
    text: &str,
    numbers: &[DocumentNumber],
    people: &BTreeSet<String>,
) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let tokens = vietnamese::scan(title);
    let starts = (0..tokens.len()).filter(|at| *at == 0 || begins_phrase(&tokens, *at));
    for start in starts.take(STRETCHES_MAX) {
        let stretch: Vec<_> = (start..start + STRETCH).map_while(|at| tokens.get(at)).collect();
        let key: Vec<&str> = stretch.iter().map(|token| token.fold).collect();
        let said: Vec<&str> = stretch.iter().map(|token| token.acc).collect();
        let kind = if start == 0 { Kind::Opening } else { Kind::Stretch };
        found.insert(kind.term(&key.join(" "), &said.join(" ")));
    }
    for term in people {
        let name = name_in(term);
        found.insert(Kind::Person.term(&vietnamese::fold_phrase(&name), &name));
    }
    for number in numbers {
        let written = &text[number.start..number.end];
        found.insert(Kind::Document.term(&number_key(written), written));
    }
    found
}

/// A document number as it is typed: `2 kh du` for `02-KH/ĐU`.
pub(crate) fn number_key(typed: &str) -> String {
    let key = vietnamese::fold_phrase(typed);
    let trimmed = key.trim_start_matches('0');
    if trimmed.starts_with(|c: char| c.is_ascii_digit()) { trimmed.to_owned() } else { key }
}

/// Whether a phrase may begin here: not with a grammatical syllable or a number, and not with the
/// last syllable of a title.
fn begins_phrase(tokens: &Tokens, at: usize) -> bool {
    let is_word = |acc: &str| {
        !vietnamese::is_stop_syllable(acc) && !acc.starts_with(|c: char| c.is_ascii_digit())
    };
    at + 1 < tokens.len() && tokens.get(at).is_some_and(|token| is_word(token.acc))
}

/// The terms of what a text says that its abbreviations mean, in both directions.
pub(crate) fn definitions(text: &str, tokens: &Tokens) -> BTreeSet<String> {
    if !text.contains('(') {
        return BTreeSet::new();
    }
    let read = vietnamese::definitions_in(text, tokens).into_iter();
    read.flat_map(|defined| {
        let long = defined.long.join(" ");
        let folded = vietnamese::fold_phrase(&long);
        [short_term(&defined.short, &long), long_term(&folded, &defined.short)]
    })
    .collect()
}

/// Where the long forms of an abbreviation stand; what they are follows.
pub(crate) fn short_term(short: &str, long: &str) -> String {
    format!("s{short}{SEPARATOR}{long}")
}

/// Where the abbreviations of a long form, in folded keys, stand; what they are follows.
pub(crate) fn long_term(long: &str, short: &str) -> String {
    format!("l{long}{SEPARATOR}{short}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_title_gives_its_stretches_and_a_term_is_read_back() {
        let found = phrases("Thông báo về giải phóng mặt bằng", "", &[], &BTreeSet::new());
        let read: Vec<_> = found.iter().map(|term| Kind::read(term).unwrap()).collect();
        assert!(read.contains(&("giai phong mat bang", Kind::Stretch, "giải phóng mặt bằng")));
        assert!(read.contains(&(
            "thong bao ve giai phong",
            Kind::Opening,
            "thông báo về giải phóng"
        )));
        assert!(read.iter().all(|(key, ..)| !key.starts_with("ve ")));
    }

    #[test]
    fn a_number_is_typed_without_its_zeros() {
        assert_eq!(number_key("02-KH/ĐU"), "2 kh du");
        assert_eq!(number_key("0"), "0");
    }
}
