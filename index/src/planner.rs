//! From a query to a plan.
//!
//! A syllable written with marks asks the exact and the folded field, a bare one only the folded
//! field: asked exactly, it would meet the few texts without marks, whose words look rare. The
//! weights were chosen with `cargo bench -- tune`.

use crate::plan::{Clause, Cover, Filters, Minimum, Plan, Sort, TextField, Word, WordTerm};
use crate::query::{Field, Part, Query};

/// Weight of an exact match against a folded one.
const EXACT_WEIGHT: f32 = 0.3;
/// Weight of syllables that carry grammar.
const STOP_WEIGHT: f32 = 0.2;
/// Weight of syllables that may carry grammar, in a query without marks.
const MAYBE_STOP_WEIGHT: f32 = 0.5;
/// Weight of what an abbreviation stands for, and of the abbreviation for the long form.
const ABBREVIATION_WEIGHT: f32 = 0.5;
/// The same where it may stand for several things: the literal word must come first.
const AMBIGUOUS_WEIGHT: f32 = 0.1;
/// Weight of a document number or a date.
const FACT_WEIGHT: f32 = 4.0;
/// Of four or more words, this part must match; of fewer, all.
const STRICT_SHARE: f32 = 0.7;
/// Of four or more words, this part must match where the strict reading finds little.
const LOOSE_SHARE: f32 = 0.2;
/// Syllables of a phrase or name; more make a question. Phrases are read loosely only when the
/// strict reading finds nothing.
const PHRASE_SYLLABLES_MAX: usize = 4;
/// A strict reading of a question that finds fewer is followed by a loose one: of a question in a
/// whole sentence few articles have most words.
const QUESTION_HITS_ENOUGH: usize = 10;
/// Words of a query that are searched; more are no question but a text.
pub(crate) const WORDS_MAX: usize = 64;
/// Required and excluded phrases that are searched.
const CLAUSES_MAX: usize = 32;

impl Plan {
    /// Plans a query. Its own filters hold besides `filters`; `official` must be named in the text.
    pub fn new(query: &Query, filters: Filters, official: Option<&str>, sort: Sort) -> Self {
        let own = Filters::default();
        let mut plan = Self { filters: vec![own, filters], sort, ..Self::default() };
        let texts = query.parts.iter().filter_map(|part| match part {
            Part::Words(text) => Some(text.as_str()),
            _ => None,
        });
        let marked = texts.flat_map(|text| {
            vietnamese::scan(text).iter().map(|t| t.is_marked()).collect::<Vec<_>>()
        });
        let marked = marked.into_iter().any(|marked| marked);
        for part in &query.parts {
            plan.add(part, marked);
        }
        plan.required.extend(official.and_then(phrase));
        plan.required.truncate(CLAUSES_MAX);
        plan.excluded.truncate(CLAUSES_MAX);
        if plan.words.iter().all(|word| !word.matters) {
            plan.words.iter_mut().for_each(|word| word.matters = true);
        }
        plan.minimum = minimum(&plan);
        if plan.sort == Sort::Relevance && !plan.scores() {
            // Nothing to rank by: the newest are what people look for.
            plan.sort = Sort::Newest;
        }
        plan
    }

    fn add(&mut self, part: &Part, marked: bool) {
        let own = &mut self.filters[0];
        match part {
            Part::Words(text) => self.add_words(text, marked),
            Part::AnyOf(texts) => self.required.extend(any_of(texts)),
            Part::Phrase(text) => self.required.extend(phrase(text)),
            Part::Without(text) => self.excluded.extend(phrase(text)),
            Part::Filter(Field::Source, id) => own.sources.push(id.to_lowercase()),
            Part::Filter(Field::Category, name) => {
                own.categories.push(vietnamese::fold_phrase(name));
            }
            Part::Filter(Field::Document, number) => self.required.push(document(number)),
            Part::Filter(Field::Official, name) => self.required.extend(phrase(name)),
            Part::Filter(Field::Title, text) => self.required.extend(title(text)),
            Part::Filter(Field::From | Field::To, _) => {}
            Part::Day(Field::From, day) => own.from = own.from.max(Some(*day)),
            Part::Day(_, day) => {
                own.to = Some(own.to.map_or(*day, |known| known.min(*day)));
            }
        }
    }

    /// Plain words; a document number among them is required as such.
    fn add_words(&mut self, text: &str, marked: bool) {
        let tokens = vietnamese::scan(text);
        let numbers = vietnamese::documents_any_case(text);
        let dates = vietnamese::dates(text);
        for number in &numbers {
            self.required.push(document(&text[number.start..number.end]));
        }
        for date in &dates {
            self.required.push(fact(&date.date.to_string(), &text[date.start..date.end]));
        }
        let facts: Vec<(usize, usize)> = numbers
            .iter()
            .map(|n| (n.start, n.end))
            .chain(dates.iter().map(|d| (d.start, d.end)))
            .collect();
        let mut follows = false;
        let first = self.words.len();
        for token in tokens.iter() {
            if facts.iter().any(|(start, end)| *start <= token.start && token.end <= *end) {
                follows = false;
            } else if self.words.len() < WORDS_MAX {
                self.words.push(word(&token, marked, follows));
                follows = true;
            }
        }
        self.add_covers(first);
    }

    /// The abbreviations of what stands written out among the words from `first` on.
    fn add_covers(&mut self, first: usize) {
        let words = &self.words[first..];
        let keys: Vec<&str> = words.iter().map(|word| word.typed.as_str()).collect();
        for (at, length, short) in vietnamese::abbreviations(&keys) {
            if words[at + 1..at + length].iter().all(|word| word.follows) {
                let readings = vietnamese::expansions(short).len();
                let share = if readings > 1 { AMBIGUOUS_WEIGHT } else { ABBREVIATION_WEIGHT };
                let field = TextField::BodyExact;
                let term = WordTerm { field, key: short.to_owned(), weight: share };
                self.covers.push(Cover { first: first + at, length, terms: vec![term] });
            }
        }
    }
}

fn minimum(plan: &Plan) -> Minimum {
    let words = plan.words.iter().filter(|word| word.matters).count();
    let share =
        |share: f32| if words < 4 { words as f32 } else { words as f32 * share }.ceil() as u32;
    let is_phrase = plan.words.len() <= PHRASE_SYLLABLES_MAX;
    let enough = if is_phrase { 1 } else { QUESTION_HITS_ENOUGH };
    Minimum { strict: share(STRICT_SHARE), loose: share(LOOSE_SHARE), enough }
}

/// One text or the other: all words of one of them.
fn any_of(texts: &[String]) -> Option<Clause> {
    let all = texts.iter().filter_map(|text| {
        let tokens = vietnamese::scan(text);
        let marked = tokens.iter().any(|token| token.is_marked());
        let words = tokens.iter().take(WORDS_MAX).map(|token| {
            let terms = word(&token, marked, false).terms.into_iter();
            let term = |WordTerm { field, key, weight }| Clause::Term { field, key, weight };
            Clause::Any(terms.map(term).collect())
        });
        let words: Vec<Clause> = words.collect();
        (!words.is_empty()).then_some(Clause::All(words))
    });
    let all: Vec<Clause> = all.collect();
    (!all.is_empty()).then_some(Clause::Any(all))
}

/// One syllable in titles and bodies.
fn word(token: &vietnamese::Token<'_>, marked: bool, follows: bool) -> Word {
    let stop = marked && vietnamese::is_stop_syllable(token.acc);
    let weight = match marked {
        true if stop => STOP_WEIGHT,
        // `cho` may be `chợ`: it says less, but it must be there.
        false if vietnamese::folds_to_stop_syllable(token.fold) => MAYBE_STOP_WEIGHT,
        _ => 1.0,
    };
    let mut terms = Vec::with_capacity(4);
    let mut add = |field: TextField, key: &str, share: f32| {
        let weight = weight * share * field.weight();
        terms.push(WordTerm { field, key: key.to_owned(), weight });
    };
    for field in [TextField::BodyFolded, TextField::TitleFolded] {
        add(field, token.fold, 1.0);
    }
    if token.is_marked() {
        for field in [TextField::BodyExact, TextField::TitleExact] {
            add(field, token.acc, EXACT_WEIGHT);
        }
    }
    let phrases = vietnamese::expansions(token.acc);
    let share = if phrases.len() > 1 { AMBIGUOUS_WEIGHT } else { ABBREVIATION_WEIGHT };
    let phrases = phrases.iter().map(|keys| Clause::Phrase {
        field: TextField::BodyExact,
        keys: keys.clone(),
        weight: share,
    });
    Word {
        typed: token.acc.to_owned(),
        phrases: phrases.collect(),
        fold: token.fold.to_owned(),
        terms,
        weight,
        matters: !stop,
        follows,
    }
}

/// A phrase in title or body: with exact accents where it has any, folded where it has none.
fn phrase(text: &str) -> Option<Clause> {
    let tokens = vietnamese::scan(text);
    let exact: Vec<String> = tokens.iter().map(|t| t.acc.to_owned()).collect();
    let folded: Vec<String> = tokens.iter().map(|t| t.fold.to_owned()).collect();
    let marked: Vec<&String> =
        tokens.iter().zip(&exact).filter(|(t, _)| t.is_marked()).map(|(_, acc)| acc).collect();
    if tokens.is_empty() {
        return None;
    }
    let places = [
        (TextField::BodyExact, TextField::BodyFolded),
        (TextField::TitleExact, TextField::TitleFolded),
    ];
    let clause = |(exact_field, folded_field)| match marked.len() {
        0 => keys_clause(folded_field, &folded),
        // A grammatical syllable without marks is one in any writing.
        n if n == exact.len() => keys_clause(exact_field, &exact),
        _ => {
            let term = |key: &&String| Clause::Term {
                field: exact_field,
                key: (*key).clone(),
                weight: TextField::weight(exact_field),
            };
            let all = [keys_clause(folded_field, &folded)].into_iter();
            Clause::All(all.chain(marked.iter().map(term)).collect())
        }
    };
    Some(Clause::Any(places.map(clause).into()))
}

/// Keys in this order in a field.
fn keys_clause(field: TextField, keys: &[String]) -> Clause {
    let weight = field.weight();
    match keys {
        [key] => Clause::Term { field, key: key.clone(), weight },
        _ => Clause::Phrase { field, keys: keys.to_vec(), weight },
    }
}

/// Words that must be in the title.
fn title(text: &str) -> Option<Clause> {
    let clauses: Vec<Clause> = vietnamese::scan(text)
        .iter()
        .map(|token| {
            let term = |field, key: &str| Clause::Term { field, key: key.to_owned(), weight: 1.0 };
            Clause::Any(vec![
                term(TextField::TitleFolded, token.fold),
                term(TextField::TitleExact, token.acc),
            ])
        })
        .collect();
    (!clauses.is_empty()).then_some(Clause::All(clauses))
}

/// A document number: the number itself, or all its syllables in order.
fn document(text: &str) -> Clause {
    let number = vietnamese::documents_any_case(text).into_iter().next();
    fact(number.map(|n| n.fold).as_deref().unwrap_or_default(), text)
}

/// A fact by its key, or the syllables in order by which it is written.
fn fact(key: &str, text: &str) -> Clause {
    let mut clauses = Vec::new();
    if !key.is_empty() {
        clauses.push(Clause::Fact { key: key.to_owned(), weight: FACT_WEIGHT });
    }
    let keys: Vec<String> = vietnamese::scan(text).iter().map(|t| t.fold.to_owned()).collect();
    if !keys.is_empty() {
        let fields = [TextField::BodyFolded, TextField::TitleFolded];
        clauses.extend(fields.map(|field| keys_clause(field, &keys)));
    }
    Clause::Any(clauses)
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::Date;

    fn plan(text: &str) -> Plan {
        Plan::new(&Query::read(text), Filters::default(), None, Sort::Relevance)
    }

    fn fields_of(text: &str, key: &str) -> Vec<TextField> {
        let words = plan(text).words.into_iter().filter(|word| word.fold == key);
        words.flat_map(|word| word.terms).map(|term| term.field).collect()
    }

    #[test]
    fn a_bare_syllable_asks_the_folded_field_only() {
        assert!(!fields_of("giải phong", "phong").contains(&TextField::BodyExact));
        assert!(fields_of("giải phong", "giai").contains(&TextField::BodyExact));
    }

    #[test]
    fn most_of_a_long_query_must_match_and_all_of_a_short_one() {
        let minimum = |count: usize| {
            let minimum = plan(&["phường"; 10][..count].join(" ")).minimum;
            (minimum.strict, minimum.loose)
        };
        assert_eq!([1, 2, 3, 4, 10].map(minimum), [(1, 1), (2, 2), (3, 3), (3, 1), (7, 2)]);
    }

    #[test]
    fn grammatical_words_matter_only_among_themselves() {
        assert_eq!(plan("của phường").mattering(), 0b10);
        assert_eq!(plan("của các").mattering(), 0b11);
    }

    #[test]
    fn filters_in_the_query_hold_besides_those_given() {
        let query = Query::read("họp nguồn:a từ:2023-01-01 đến:2023-12-31");
        let given = Filters { from: Some(Date::constant(2023, 6, 1)), ..Filters::default() };
        let plan = Plan::new(&query, given, None, Sort::Relevance);
        let [own, given] = plan.filters.as_slice() else { panic!("{plan:?}") };
        assert_eq!(own.sources, ["a"]);
        assert_eq!(
            (own.from, own.to),
            (Some(Date::constant(2023, 1, 1)), Some(Date::constant(2023, 12, 31)))
        );
        assert_eq!(given.from, Some(Date::constant(2023, 6, 1)));
    }
}
