//! What can be looked up by its beginning, as fields of the index: people and document numbers;
//! and what the archive's own texts say that an abbreviation means.
//!
//! The index's term dictionaries are FSTs, so all of it follows every commit.

use std::collections::BTreeSet;

use vietnamese::{DocumentNumber, Tokens};

use crate::people;
use crate::terms::SEPARATOR;

/// The terms of an article by which its people and document numbers are suggested, each once.
pub(crate) fn phrases(
    text: &str,
    numbers: &[DocumentNumber],
    people: &BTreeSet<String>,
) -> BTreeSet<String> {
    let people = people.iter().map(|term| person_key(&people::name_in(term)));
    let numbers = numbers.iter().map(|number| {
        let written = &text[number.start..number.end];
        format!("{}{SEPARATOR}{written}", number_key(written))
    });
    people.chain(numbers).collect()
}

/// A name as it is typed, family name first; what it is in full, `people` knows.
pub(crate) fn person_key(typed: &str) -> String {
    format!("p{}", vietnamese::fold_phrase(typed))
}

/// A document number as it is typed: `2 kh du` for `02-KH/ĐU`. How it was written follows.
pub(crate) fn number_key(typed: &str) -> String {
    let key = vietnamese::fold_phrase(typed);
    let trimmed = key.trim_start_matches('0');
    let begins = trimmed.starts_with(|c: char| c.is_ascii_digit());
    format!("d{}", if begins { trimmed } else { &key })
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
        let short = defined.short;
        [
            format!("{}{long}", short_prefix(&short)),
            format!("{}{short}", long_prefix(&folded)),
            begins(&folded),
        ]
    })
    .collect()
}

/// Where the long forms of an abbreviation stand; what they are follows.
pub(crate) fn short_prefix(short: &str) -> String {
    format!("s{short}{SEPARATOR}")
}

/// Where the abbreviations of a long form, in folded keys, stand; what they are follows.
pub(crate) fn long_prefix(long: &str) -> String {
    format!("l{long}{SEPARATOR}")
}

/// The term that tells that some long form begins with these two folded keys.
pub(crate) fn begins(long: &str) -> String {
    let two: Vec<&str> = long.splitn(3, ' ').take(2).collect();
    format!("b{}", two.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_typed_without_its_zeros() {
        assert_eq!(number_key("02-KH/ĐU"), "d2 kh du");
        assert_eq!(number_key("0"), "d0");
    }

    #[test]
    fn people_and_numbers_are_found_by_what_is_typed() {
        let text = "Bà Đinh Thị Thu Hương ký Kế hoạch 02-KH/ĐU";
        let tokens = vietnamese::scan(text);
        let people = people::people(text, &tokens);
        let found = phrases(text, &vietnamese::documents(text), &people);
        let begins = |prefix: &str| found.iter().any(|term| term.starts_with(prefix));
        assert!(begins(&person_key("dinh thi")) && begins(&number_key("2-kh")), "{found:?}");
    }
}
