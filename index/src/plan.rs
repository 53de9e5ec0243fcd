//! The plan of a search: plain data of our own, which an engine translates.
//!
//! Weights follow the measurements that the project's language notes report: a syllable written
//! with marks asks the exact and the folded field; in a query that has marks elsewhere a bare
//! syllable asks only the folded one; in a query without any mark the folded field leads.

use jiff::civil::Date;

use crate::query::{Field, Part, Query};

/// Weight of a title's match against the body's.
const TITLE_WEIGHT: f32 = 0.5;
/// Weight of an exact match in a query without any mark.
const BARE_EXACT_WEIGHT: f32 = 0.3;
/// Weight of syllables that carry grammar.
const STOP_WEIGHT: f32 = 0.2;
/// Weight of the whole query found as a phrase.
const WHOLE_PHRASE_WEIGHT: f32 = 1.5;
/// Weight of a document number.
const DOCUMENT_WEIGHT: f32 = 4.0;
/// Of four or more syllables, this part must match; of fewer, all.
const STRICT_SHARE: f32 = 0.7;
/// Of four or more syllables, this part must match where the strict reading finds little.
const LOOSE_SHARE: f32 = 0.3;
/// What it is worth, for each clause, that none of a long query's is missing: a long article that
/// has them all must not fall behind short ones that lack one.
const FULL_MATCH_SCORE: f32 = 0.5;
/// Syllables of a query that are searched; more are no question but a text.
const SYLLABLES_MAX: usize = 64;

/// The indexed texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TextField {
    /// Titles, exact keys.
    TitleExact,
    /// Titles, folded keys.
    TitleFolded,
    /// All other text, exact keys.
    BodyExact,
    /// All other text, folded keys.
    BodyFolded,
}

impl TextField {
    /// What a match in this field is worth against one in the body.
    pub fn weight(self) -> f32 {
        match self {
            Self::TitleExact | Self::TitleFolded => TITLE_WEIGHT,
            Self::BodyExact | Self::BodyFolded => 1.0,
        }
    }
}

/// What a document must have, and what it gains by it.
#[derive(Clone, Debug, PartialEq)]
pub enum Clause {
    /// A key in a field.
    Term {
        /// Where.
        field: TextField,
        /// An exact or folded key, as the field has them.
        key: String,
        /// Factor of its score.
        weight: f32,
    },
    /// Keys next to each other in a field.
    Phrase {
        /// Where.
        field: TextField,
        /// Two keys or more.
        keys: Vec<String>,
        /// Factor of its score.
        weight: f32,
    },
    /// A document number.
    Document {
        /// Its folded key: `2|kh-du`.
        key: String,
        /// Factor of its score.
        weight: f32,
    },
    /// At least so many of the clauses; their scores add up.
    AtLeast {
        /// How many.
        minimum: usize,
        /// Of which.
        clauses: Vec<Clause>,
    },
    /// A clause that gives the same score wherever it holds.
    Constant {
        /// What must hold.
        clause: Box<Clause>,
        /// What it is worth.
        score: f32,
    },
    /// Required, optional and excluded clauses together.
    All {
        /// Every one of these.
        must: Vec<Clause>,
        /// These only add to the score.
        lift: Vec<Clause>,
        /// None of these.
        without: Vec<Clause>,
    },
}

/// Two syllables that follow each other in the query: side by side in a text they are worth more
/// than apart.
#[derive(Clone, Debug, PartialEq)]
pub struct Pair {
    /// Folded key of the first.
    pub first: String,
    /// Folded key of the second.
    pub second: String,
    /// Factor of its score: less where one of them carries grammar.
    pub weight: f32,
}

/// Restrictions that do not score. Empty lists restrict nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filters {
    /// Any of these sources.
    pub sources: Vec<String>,
    /// Any of these sections, by exact key.
    pub categories: Vec<String>,
    /// From this day on, Vietnam time.
    pub from: Option<Date>,
    /// To the end of this day, Vietnam time.
    pub to: Option<Date>,
}

/// The order of hits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// The best first.
    #[default]
    Relevance,
    /// The newest first; undated articles last.
    Newest,
    /// The oldest first; undated articles last.
    Oldest,
}

/// How many of the plain words must be there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Matching {
    /// Most: what is found is about the question.
    Strict,
    /// Few: for questions in whole sentences, of which no article has most words.
    Loose,
}

/// What the engine is to do.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// What to match; `None` matches every article.
    pub clause: Option<Clause>,
    /// What lifts the best hits further.
    pub pairs: Vec<Pair>,
    /// What to restrict to.
    pub filters: Filters,
    /// In which order.
    pub sort: Sort,
}

impl Plan {
    /// Plans a query. Filters in the query add to `filters`; `official` must be named in the text.
    pub fn new(
        query: &Query,
        mut filters: Filters,
        official: Option<&str>,
        sort: Sort,
        matching: Matching,
    ) -> Self {
        let (mut must, mut lift, mut without) = (Vec::new(), Vec::new(), Vec::new());
        for part in &query.parts {
            match part {
                Part::Words(text) => words(text, matching, &mut must, &mut lift),
                Part::Phrase(text) => must.extend(phrase(text)),
                Part::Without(text) => without.extend(phrase(text)),
                Part::Filter(Field::Source, id) => filters.sources.push(id.to_lowercase()),
                Part::Filter(Field::Category, name) => {
                    filters.categories.push(vietnamese::exact_phrase(name));
                }
                Part::Filter(Field::Document, number) => must.push(document(number)),
                Part::Filter(Field::Official, name) => must.extend(phrase(name)),
                Part::Filter(Field::Title, text) => must.extend(title(text)),
                Part::Filter(Field::From | Field::To, _) => {}
                Part::Day(Field::From, day) => filters.from = filters.from.max(Some(*day)),
                Part::Day(_, day) => {
                    filters.to = Some(filters.to.map_or(*day, |known| known.min(*day)));
                }
            }
        }
        must.extend(official.and_then(phrase));
        let empty = must.is_empty() && lift.is_empty() && without.is_empty();
        let pairs = query.parts.iter().flat_map(|part| match part {
            Part::Words(text) => pairs(text),
            _ => Vec::new(),
        });
        let pairs = pairs.collect();
        let clause = (!empty).then_some(Clause::All { must, lift, without });
        Self { clause, pairs, filters, sort }
    }
}

/// Plain words: most of them must be there, and adjacency lifts.
fn words(text: &str, matching: Matching, must: &mut Vec<Clause>, lift: &mut Vec<Clause>) {
    let mut tokens = vietnamese::scan(text);
    tokens.truncate(SYLLABLES_MAX);
    let marked = tokens.iter().any(|t| t.acc != t.fold);
    let numbers = vietnamese::documents_any_case(text);
    let mut required = Vec::new();
    for number in &numbers {
        required.push(document(&text[number.start..number.end]));
    }
    let in_number =
        |t: &vietnamese::Token<'_>| numbers.iter().any(|n| n.start <= t.start && t.end <= n.end);
    let free: Vec<vietnamese::Token<'_>> = tokens.iter().filter(|t| !in_number(t)).collect();
    let all_stop = free.iter().all(|t| vietnamese::is_stop_syllable(t.acc));
    for token in &free {
        let stop = !all_stop && vietnamese::is_stop_syllable(token.acc);
        let clause = syllable(token, marked, if stop { STOP_WEIGHT } else { 1.0 });
        if stop { lift.push(clause) } else { required.push(clause) }
    }
    let minimum = minimum_match(required.len(), matching);
    if minimum < required.len() {
        let score = FULL_MATCH_SCORE * required.len() as f32;
        let all = Clause::AtLeast { minimum: required.len(), clauses: required.clone() };
        lift.push(Clause::Constant { clause: Box::new(all), score });
    }
    if !required.is_empty() {
        must.push(Clause::AtLeast { minimum, clauses: required });
    }
    if tokens.len() > 1 {
        let folded: Vec<String> = tokens.iter().map(|t| t.fold.to_owned()).collect();
        let exact: Vec<String> = tokens.iter().map(|t| t.acc.to_owned()).collect();
        let both = [(TextField::BodyFolded, &folded), (TextField::TitleFolded, &folded)];
        let exact = [(TextField::BodyExact, &exact), (TextField::TitleExact, &exact)];
        let fields = both.into_iter().chain(exact.into_iter().filter(|_| marked));
        lift.extend(fields.map(|(field, keys)| {
            let weight = WHOLE_PHRASE_WEIGHT * field.weight();
            Clause::Phrase { field, keys: keys.clone(), weight }
        }));
    }
}

/// The pairs of neighbours in plain words.
fn pairs(text: &str) -> Vec<Pair> {
    let mut tokens = vietnamese::scan(text);
    tokens.truncate(SYLLABLES_MAX);
    let pair = |(first, second): (vietnamese::Token<'_>, vietnamese::Token<'_>)| {
        let stop = [first, second].iter().any(|t| vietnamese::is_stop_syllable(t.acc));
        let weight = if stop { STOP_WEIGHT } else { 1.0 };
        Pair { first: first.fold.to_owned(), second: second.fold.to_owned(), weight }
    };
    tokens.iter().zip(tokens.iter().skip(1)).map(pair).collect()
}

fn minimum_match(clauses: usize, matching: Matching) -> usize {
    let share = match matching {
        _ if clauses < 4 => 1.0,
        Matching::Strict => STRICT_SHARE,
        Matching::Loose => LOOSE_SHARE,
    };
    (clauses as f32 * share).ceil() as usize
}

/// One syllable in titles and bodies.
fn syllable(token: &vietnamese::Token<'_>, marked: bool, weight: f32) -> Clause {
    let exact = match (token.acc != token.fold, marked) {
        (true, _) => Some(1.0),
        (false, true) => None,
        (false, false) => Some(BARE_EXACT_WEIGHT),
    };
    let mut clauses = Vec::with_capacity(4);
    for field in [TextField::BodyFolded, TextField::TitleFolded] {
        let weight = weight * field.weight();
        clauses.push(Clause::Term { field, key: token.fold.to_owned(), weight });
    }
    if let Some(exact) = exact {
        for field in [TextField::BodyExact, TextField::TitleExact] {
            let weight = weight * exact * field.weight();
            clauses.push(Clause::Term { field, key: token.acc.to_owned(), weight });
        }
    }
    Clause::AtLeast { minimum: 1, clauses }
}

/// A phrase in title or body: with exact accents where it has any, folded where it has none.
fn phrase(text: &str) -> Option<Clause> {
    let tokens = vietnamese::scan(text);
    let marked = tokens.iter().any(|t| t.acc != t.fold);
    let fields = if marked {
        [TextField::BodyExact, TextField::TitleExact]
    } else {
        [TextField::BodyFolded, TextField::TitleFolded]
    };
    let keys: Vec<String> =
        tokens.iter().map(|t| if marked { t.acc } else { t.fold }.to_owned()).collect();
    if keys.is_empty() {
        return None;
    }
    let clauses = fields.map(|field| {
        let weight = field.weight();
        match keys.as_slice() {
            [key] => Clause::Term { field, key: key.clone(), weight },
            _ => Clause::Phrase { field, keys: keys.clone(), weight },
        }
    });
    Some(Clause::AtLeast { minimum: 1, clauses: clauses.into() })
}

/// Words that must be in the title.
fn title(text: &str) -> Option<Clause> {
    let clauses: Vec<Clause> = vietnamese::scan(text)
        .iter()
        .map(|token| {
            let field = TextField::TitleFolded;
            let folded = Clause::Term { field, key: token.fold.to_owned(), weight: 1.0 };
            let field = TextField::TitleExact;
            let exact = Clause::Term { field, key: token.acc.to_owned(), weight: 1.0 };
            Clause::AtLeast { minimum: 1, clauses: vec![folded, exact] }
        })
        .collect();
    let minimum = clauses.len();
    (minimum > 0).then_some(Clause::AtLeast { minimum, clauses })
}

/// A document number: the number itself, or all its syllables in order.
fn document(text: &str) -> Clause {
    let numbers = vietnamese::documents_any_case(text).into_iter();
    let mut clauses: Vec<Clause> =
        numbers.map(|n| Clause::Document { key: n.fold, weight: DOCUMENT_WEIGHT }).collect();
    let keys: Vec<String> = vietnamese::scan(text).iter().map(|t| t.fold.to_owned()).collect();
    for field in [TextField::BodyFolded, TextField::TitleFolded] {
        let weight = field.weight();
        clauses.push(match keys.as_slice() {
            [key] => Clause::Term { field, key: key.clone(), weight },
            _ => Clause::Phrase { field, keys: keys.clone(), weight },
        });
    }
    Clause::AtLeast { minimum: 1, clauses }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fields_of(text: &str, key: &str) -> Vec<TextField> {
        let plan = Plan::new(
            &Query::read(text),
            Filters::default(),
            None,
            Sort::Relevance,
            Matching::Strict,
        );
        let mut found = Vec::new();
        let mut queue: Vec<Clause> = plan.clause.into_iter().collect();
        while let Some(clause) = queue.pop() {
            match clause {
                Clause::Term { field, key: k, .. } if k == key => found.push(field),
                Clause::AtLeast { clauses, .. } => queue.extend(clauses),
                Clause::All { must, lift, .. } => queue.extend(must.into_iter().chain(lift)),
                _ => {}
            }
        }
        found
    }

    #[test]
    fn a_bare_syllable_among_marked_ones_asks_the_folded_field_only() {
        assert!(!fields_of("giải phong", "phong").contains(&TextField::BodyExact));
        assert!(fields_of("giai phong", "phong").contains(&TextField::BodyExact));
        assert!(fields_of("giải phong", "giải").contains(&TextField::BodyExact));
    }

    #[test]
    fn most_of_a_long_query_must_match_and_all_of_a_short_one() {
        let minimum = |matching| [1, 2, 3, 4, 10].map(|n| minimum_match(n, matching));
        assert_eq!(minimum(Matching::Strict), [1, 2, 3, 3, 7]);
        assert_eq!(minimum(Matching::Loose), [1, 2, 3, 2, 3]);
    }

    #[test]
    fn filters_in_the_query_add_to_those_given() {
        let query = Query::read("họp nguồn:a từ:2023-01-01 đến:2023-12-31");
        let given = Filters { from: Some(Date::constant(2023, 6, 1)), ..Filters::default() };
        let plan = Plan::new(&query, given, None, Sort::Relevance, Matching::Strict);
        assert_eq!(plan.filters.sources, ["a"]);
        assert_eq!(plan.filters.from, Some(Date::constant(2023, 6, 1)));
        assert_eq!(plan.filters.to, Some(Date::constant(2023, 12, 31)));
    }
}
