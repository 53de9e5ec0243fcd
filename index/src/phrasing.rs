//! Phrases, titles, document numbers and days as clauses: how what is typed is asked of the fields.

use crate::plan::{Clause, TextField};
use crate::planner::WORDS_MAX;

/// Weight of a document number or a date.
const FACT_WEIGHT: f32 = 4.0;

/// A phrase in title or body: with exact accents where it has any, folded where it has none.
pub(crate) fn phrase(text: &str) -> Option<Clause> {
    let places = [
        (TextField::BodyExact, TextField::BodyFolded),
        (TextField::TitleExact, TextField::TitleFolded),
    ];
    let clauses = places.map(|(exact, folded)| phrase_in(text, exact, folded, exact.weight()));
    let clauses: Vec<Clause> = clauses.into_iter().flatten().collect();
    (!clauses.is_empty()).then_some(Clause::Any(clauses))
}

/// A phrase in one text: its syllables in order, and those with marks with these marks.
pub(crate) fn phrase_in(
    text: &str,
    exact: TextField,
    folded: TextField,
    weight: f32,
) -> Option<Clause> {
    let mut tokens = vietnamese::scan(text);
    tokens.truncate(WORDS_MAX);
    let marked = tokens.iter().filter(|token| token.is_marked()).count();
    let exactly = tokens.iter().map(|token| token.acc.to_owned()).enumerate();
    if marked == tokens.len() {
        return keys_clause(exact, exactly.collect(), weight);
    }
    let folds = tokens.iter().map(|token| token.fold.to_owned()).enumerate();
    let all = keys_clause(folded, folds.collect(), weight)?;
    if marked == 0 {
        return Some(all);
    }
    // The order is worth the weight; that the marks are these is asked besides.
    let key = |(place, token): (usize, vietnamese::Token<'_>)| match token.is_marked() {
        true => (place, exact, token.acc.to_owned()),
        false => (place, folded, token.fold.to_owned()),
    };
    let keys = tokens.iter().enumerate().map(key).collect();
    Some(Clause::All(vec![all, Clause::MarkedPhrase { keys }]))
}

/// Keys at their places in a field.
fn keys_clause(field: TextField, mut keys: Vec<(usize, String)>, weight: f32) -> Option<Clause> {
    match keys.len() {
        0 => None,
        1 => keys.pop().map(|(_, key)| Clause::Term { field, key, weight }),
        _ => Some(Clause::Phrase { field, keys, weight }),
    }
}

/// Words that must be in the title.
pub(crate) fn title(text: &str) -> Option<Clause> {
    let clauses: Vec<Clause> = vietnamese::scan(text)
        .iter()
        .map(|token| {
            let term = |field, key: &str| Clause::Term { field, key: key.to_owned(), weight: 1.0 };
            let folded = term(TextField::TitleFolded, token.fold);
            if token.is_marked() {
                Clause::Any(vec![folded, term(TextField::TitleExact, token.acc)])
            } else {
                folded
            }
        })
        .collect();
    (!clauses.is_empty()).then_some(Clause::All(clauses))
}

/// A document number: the number itself, or all its syllables in order.
pub(crate) fn document(text: &str) -> Clause {
    let number = vietnamese::documents_any_case(text).into_iter().next();
    fact(number.map(|n| n.fold).as_deref().unwrap_or_default(), text)
}

/// A fact by its key, or the syllables in order by which it is written.
pub(crate) fn fact(key: &str, text: &str) -> Clause {
    let mut clauses = Vec::new();
    if !key.is_empty() {
        clauses.push(Clause::Fact { key: key.to_owned(), weight: FACT_WEIGHT });
    }
    for field in [TextField::BodyFolded, TextField::TitleFolded] {
        let mut tokens = vietnamese::scan(text);
        tokens.truncate(WORDS_MAX);
        let keys = tokens.iter().map(|token| token.fold.to_owned()).enumerate().collect();
        clauses.extend(keys_clause(field, keys, field.weight()));
    }
    Clause::Any(clauses)
}
