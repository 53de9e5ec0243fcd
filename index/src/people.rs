//! The people whom articles name, as a field of the index. Who they are and which post they held
//! is decided elsewhere; here a person is a name.
//!
//! A name is kept with its parts turned round, given name first: `huong thu thi dinh`, then the
//! exact keys. So whoever is asked for by the last parts of a name lies in one stretch of the terms.

use std::collections::{BTreeMap, BTreeSet};

use vietnamese::Tokens;

use crate::IndexError;
use crate::snapshot::Snapshot;
use crate::terms::{SEPARATOR, for_each_with_prefix};

/// Names with one given name that are looked through.
const NAMES_MAX: usize = 50_000;
/// Least likeness of a name to the one asked for.
const LIKENESS_MIN: f32 = 0.5;
/// How far behind the best likeness a name may lie: with a `Thị` left out it is the same person,
/// with other accents it is not, where there is one with these.
const LIKENESS_SPREAD: f32 = 0.1;

/// The terms of the people that a text names, each once.
pub(crate) fn people(text: &str, tokens: &Tokens) -> BTreeSet<String> {
    let names = vietnamese::names_in(text, tokens).into_iter();
    names.map(|found| term(&found.name)).collect()
}

/// The term of a name.
fn term(name: &str) -> String {
    let tokens = vietnamese::scan(name);
    let turned: Vec<&str> = tokens.iter().rev().map(|token| token.fold).collect();
    format!("{}{SEPARATOR}{}", turned.join(" "), vietnamese::exact_phrase(name))
}

/// The name in a term, with capitals: `Đinh Thị Thu Hương`.
pub(crate) fn name_in(term: &str) -> String {
    let keys = term.split_once(SEPARATOR).map_or(term, |(_, exact)| exact);
    let capital = |key: &str| {
        let mut letters = key.chars();
        let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
        first + letters.as_str()
    };
    keys.split(' ').map(capital).collect::<Vec<_>>().join(" ")
}

/// The terms of the people who may be meant by a name, the likeliest kind only; empty when the
/// archive names nobody like that.
pub(crate) fn meant(snapshot: &Snapshot, name: &str) -> Result<Vec<String>, IndexError> {
    let tokens = vietnamese::scan(name);
    let Some(given) = tokens.iter().next_back() else { return Ok(Vec::new()) };
    let mut likeness: BTreeMap<String, f32> = BTreeMap::new();
    // The given name itself, and names that go on behind it.
    for prefix in [format!("{}{SEPARATOR}", given.fold), format!("{} ", given.fold)] {
        for_each_with_prefix(
            &snapshot.searcher,
            snapshot.fields().official,
            &prefix,
            NAMES_MAX,
            |term, _| {
                let alike = vietnamese::name_match(name, &name_in(term));
                if let Some(alike) = alike.filter(|alike| *alike >= LIKENESS_MIN) {
                    likeness.insert(term.to_owned(), alike);
                }
            },
        )?;
    }
    let best = likeness.values().copied().fold(0.0, f32::max);
    let near = likeness.into_iter().filter(|(_, alike)| *alike >= best - LIKENESS_SPREAD);
    Ok(near.map(|(term, _)| term).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_in_any_capitals_is_one_term() {
        let text = "Bà Đinh Thị Thu Hương. ĐINH THỊ THU HƯƠNG";
        let found = people(text, &vietnamese::scan(text));
        assert_eq!(found.len(), 1);
        let term = found.first().unwrap();
        assert!(term.starts_with("huong thu thi dinh"));
        assert_eq!(name_in(term), "Đinh Thị Thu Hương");
    }
}
