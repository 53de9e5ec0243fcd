//! From a query to a plan.
//!
//! A syllable written with marks asks the exact and the folded field, a bare one only the folded
//! field: asked exactly, it would meet the few texts without marks, whose words look rare. The
//! weights were chosen with `cargo bench -- tune`.

use std::collections::HashSet;
use std::hash::Hash;

use crate::Alteration;
use crate::phrasing::{document, fact, phrase, phrase_in, title};
use crate::plan::{Clause, Cover, Filters, Minimum, Person, Plan, Sort, TextField, Word, WordTerm};
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
/// Of four or more words, this part must match; of fewer, all.
const STRICT_SHARE: f32 = 0.7;
/// Of four or more words, this part must match where the strict reading finds little.
const LOOSE_SHARE: f32 = 0.2;
/// Syllables of a phrase or name; more make a question. Phrases are read loosely only when the
/// strict reading finds nothing.
const PHRASE_SYLLABLES_MAX: usize = 4;
/// A strict reading of a question that finds fewer is followed by a loose one: of a question in a
/// whole sentence few articles have most words.
const QUESTION_HITS_ENOUGH: usize = 100;
/// Digits from which on a number may be written in groups.
const GROUPED_DIGITS_MIN: usize = 4;
/// Pairs of a long form and its abbreviation that an archive explains in its own texts.
pub trait Learned {
    /// The long forms of an abbreviation, as exact phrases.
    fn expansions(&self, short: &str) -> Vec<String>;
    /// The abbreviations of what is written out among folded keys: the first key, how many, and
    /// the abbreviation's exact key.
    fn abbreviations(&self, folds: &[&str]) -> Vec<(usize, usize, String)>;
}

/// Knows of no such pair.
pub struct NothingLearned;

impl Learned for NothingLearned {
    fn expansions(&self, _: &str) -> Vec<String> {
        Vec::new()
    }

    fn abbreviations(&self, _: &[&str]) -> Vec<(usize, usize, String)> {
        Vec::new()
    }
}

/// Words of a query, and syllables of a phrase, that are searched; more are no question but a text.
pub(crate) const WORDS_MAX: usize = 32;
/// Required and excluded phrases that are searched.
const CLAUSES_MAX: usize = 32;

/// Values of one filter.
const VALUES_MAX: usize = 256;
/// People of one filter: who is meant by each name is looked up among all names.
const PEOPLE_MAX: usize = 8;

impl Plan {
    /// Plans a query. Its own filters hold besides those `chosen`. What the archive's own texts
    /// say of abbreviations, `learned` knows.
    pub fn new(query: &Query, chosen: Filters, sort: Sort, learned: &dyn Learned) -> Self {
        let mut plan = Self { chosen, sort, ..Self::default() };
        let texts = query.parts.iter().filter_map(|part| match part {
            Part::Words(text) => Some(text.as_str()),
            _ => None,
        });
        let marked = texts.flat_map(|text| {
            vietnamese::scan(text).iter().map(|t| t.is_marked()).collect::<Vec<_>>()
        });
        let marked = marked.into_iter().any(|marked| marked);
        for part in &query.parts {
            plan.add(part, marked, learned);
        }
        if matches!(query.parts.last(), Some(Part::Words(_)))
            && let Some(last) = plan.words.last_mut()
        {
            last.begins = last.fold.bytes().all(|b| b.is_ascii_lowercase());
        }
        keep_once(&mut plan.required);
        keep_once(&mut plan.excluded);
        bound(&mut plan.own);
        bound(&mut plan.barred);
        bound(&mut plan.chosen);
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

    fn add(&mut self, part: &Part, marked: bool, learned: &dyn Learned) {
        let own = &mut self.own;
        match part {
            Part::Words(text) => self.add_words(text, marked, learned),
            Part::AnyOf(alternatives) => {
                self.required.extend(any_of(alternatives, learned));
            }
            Part::Phrase(text) => self.required.extend(phrase(text)),
            Part::Without(text) => self.excluded.extend(phrase(text)),
            Part::Filter(field, value) => match clause_of(*field, value) {
                Some(clause) => self.required.push(clause),
                None => restrict(own, *field, value),
            },
            Part::WithoutFilter(field, value) => match clause_of(*field, value) {
                Some(clause) => self.excluded.push(clause),
                None => restrict(&mut self.barred, *field, value),
            },
            Part::From(day) => own.from = own.from.max(Some(*day)),
            Part::To(day) => own.to = Some(own.to.map_or(*day, |known| known.min(*day))),
        }
    }

    /// Plain words; a document number among them is required as such.
    fn add_words(&mut self, text: &str, marked: bool, learned: &dyn Learned) {
        let tokens = vietnamese::scan(text);
        let facts = facts(text);
        self.required.extend(facts.iter().map(|(_, fact)| fact.clone()));
        let grouped = vietnamese::numbers_in(text, &tokens);
        let mut follows = false;
        let first = self.words.len();
        for token in tokens.iter() {
            let inside =
                |n: &&vietnamese::GroupedNumber| n.start <= token.start && token.start < n.end;
            if let Some(number) = grouped.iter().find(inside) {
                if number.start == token.start && self.words.len() < WORDS_MAX {
                    self.words.push(number_word(&number.digits));
                }
                follows = false;
            } else if is_inside(&token, &facts) {
                follows = false;
            } else if self.words.len() < WORDS_MAX {
                self.words.push(word(&token, marked, follows, learned));
                follows = true;
            }
        }
        self.add_covers(first, learned);
    }

    /// The abbreviations of what stands written out among the words from `first` on.
    fn add_covers(&mut self, first: usize, learned: &dyn Learned) {
        let words = &self.words[first..];
        let keys: Vec<&str> = words.iter().map(|word| word.typed.as_str()).collect();
        let known = vietnamese::abbreviations(&keys).into_iter().map(|(at, length, short)| {
            let readings = vietnamese::expansions(short).len();
            let share = if readings > 1 { AMBIGUOUS_WEIGHT } else { ABBREVIATION_WEIGHT };
            (at, length, short.to_owned(), share)
        });
        let folds: Vec<&str> = words.iter().map(|word| word.fold.as_str()).collect();
        let learned = learned.abbreviations(&folds).into_iter();
        let learned = learned.map(|(at, length, short)| (at, length, short, AMBIGUOUS_WEIGHT));
        // `đ/c` is read as two syllables; what it stands for stands for both.
        let split = keys.windows(2).enumerate().flat_map(|(at, pair)| {
            let long = vietnamese::expansions(&pair.join(" "));
            long.iter().map(move |keys| (at, 2, keys.join(" "), ABBREVIATION_WEIGHT))
        });
        let found: Vec<_> = known.chain(learned).chain(split).collect();
        for (at, length, other, share) in found {
            // `CA` is `công an`, but `cả` is not, and the texts are asked without regard to capitals.
            if vietnamese::is_syllable(&other) {
                continue;
            }
            if self.words[first + at + 1..first + at + length].iter().all(|word| word.follows) {
                self.covers.push(cover(first + at, length, other, share));
            }
        }
    }
}

/// Some words under another name, which is an exact phrase.
fn cover(first: usize, length: usize, written: String, weight: f32) -> Cover {
    let (mut terms, mut phrases) = (Vec::new(), Vec::new());
    if written.contains(' ') {
        phrases.extend(phrase_in(&written, TextField::BodyExact, TextField::BodyFolded, weight));
    } else {
        terms.push(WordTerm { field: text_field(&written), key: written.clone(), weight });
    }
    Cover { first, length, terms, phrases, written }
}

fn minimum(plan: &Plan) -> Minimum {
    let words = plan.words.iter().filter(|word| word.matters).count();
    let share =
        |share: f32| if words < 4 { words as f32 } else { words as f32 * share }.ceil() as u32;
    let is_phrase = plan.words.len() <= PHRASE_SYLLABLES_MAX;
    // By date, an article with a few of the words would come before those that are meant.
    let by_date = plan.sort != Sort::Relevance;
    let enough = if is_phrase || by_date { 1 } else { QUESTION_HITS_ENOUGH };
    Minimum { strict: share(STRICT_SHARE), loose: share(LOOSE_SHARE), enough }
}

/// What an article must have for a field that is a part of its text.
fn clause_of(field: Field, value: &str) -> Option<Clause> {
    match field {
        Field::Document => Some(document(value)),
        Field::Title => title(value),
        _ => None,
    }
}

/// Keeps each value once, and no more of them than anybody means.
fn bound(filters: &mut Filters) {
    fn keep<T: Clone + Eq + Hash>(values: &mut Vec<T>, most: usize) {
        let mut seen = HashSet::new();
        values.retain(|value| seen.insert(value.clone()));
        values.truncate(most);
    }
    keep(&mut filters.sources, VALUES_MAX);
    keep(&mut filters.categories, VALUES_MAX);
    keep(&mut filters.officials, PEOPLE_MAX);
    keep(&mut filters.alterations, Alteration::ALL.len());
}

/// Keeps each clause once, and no more of them than are searched.
fn keep_once(clauses: &mut Vec<Clause>) {
    let mut kept: Vec<Clause> = Vec::new();
    for clause in clauses.drain(..) {
        if kept.len() < CLAUSES_MAX && !kept.contains(&clause) {
            kept.push(clause);
        }
    }
    *clauses = kept;
}

/// Adds a value to a restriction.
fn restrict(filters: &mut Filters, field: Field, value: &str) {
    match field {
        Field::Source => filters.sources.push(value.to_lowercase()),
        Field::Category => filters.categories.push(vietnamese::fold_phrase(value)),
        Field::Official => filters.officials.push(Person::from(value)),
        Field::Alteration => filters.alterations.extend(Alteration::named(value)),
        Field::Document | Field::Title | Field::From | Field::To | Field::Day => {}
    }
}

/// One or the other.
fn any_of(alternatives: &[Part], learned: &dyn Learned) -> Option<Clause> {
    let one = |part: &Part| match part {
        Part::Words(text) => all_words(text, learned),
        Part::Phrase(text) => phrase(text),
        Part::Filter(field, value) => clause_of(*field, value),
        _ => None,
    };
    let all: Vec<Clause> = alternatives.iter().take(CLAUSES_MAX).filter_map(one).collect();
    (!all.is_empty()).then_some(Clause::Any(all))
}

/// All words of a text; document numbers and days as such.
fn all_words(text: &str, learned: &dyn Learned) -> Option<Clause> {
    let marked = vietnamese::scan(text).iter().any(|token| token.is_marked());
    let mut plan = Plan::default();
    plan.add_words(text, marked, learned);
    let term = |WordTerm { field, key, weight }| Clause::Term { field, key, weight };
    let mut all = plan.required;
    for (at, word) in plan.words.into_iter().enumerate().filter(|(_, word)| word.matters) {
        let covers = plan.covers.iter().filter(|cover| cover.bits() >> at & 1 == 1).cloned();
        let covers = covers.flat_map(|cover| {
            cover.terms.into_iter().map(term).chain(cover.phrases).collect::<Vec<_>>()
        });
        all.push(Clause::Any(
            word.terms.into_iter().map(term).chain(word.phrases).chain(covers).collect(),
        ));
    }
    (!all.is_empty()).then_some(Clause::All(all))
}

/// The document numbers and days of a text, each with its bytes.
fn facts(text: &str) -> Vec<(std::ops::Range<usize>, Clause)> {
    let numbers = vietnamese::documents_any_case(text).into_iter();
    let numbers = numbers.map(|n| (n.start..n.end, document(&text[n.start..n.end])));
    let dates = vietnamese::dates(text).into_iter();
    let dates = dates.map(|d| (d.start..d.end, fact(&d.date.to_string(), &text[d.start..d.end])));
    numbers.chain(dates).collect()
}

fn is_inside(token: &vietnamese::Token<'_>, facts: &[(std::ops::Range<usize>, Clause)]) -> bool {
    facts.iter().any(|(range, _)| range.start <= token.start && token.end <= range.end)
}

/// One syllable in titles and bodies.
fn word(token: &vietnamese::Token<'_>, marked: bool, follows: bool, learned: &dyn Learned) -> Word {
    // An `OR` that parted nothing says nothing.
    let stop = (marked && vietnamese::is_stop_syllable(token.acc)) || token.acc == "or";
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
    // What is a syllable as well is an abbreviation only in capitals.
    let may_be_short =
        token.shape == vietnamese::Shape::Capitals || !vietnamese::is_syllable(token.acc);
    let known = if may_be_short { vietnamese::expansions(token.acc) } else { &[] };
    let share = if known.len() > 1 { AMBIGUOUS_WEIGHT } else { ABBREVIATION_WEIGHT };
    let known_phrases = known.iter().map(|keys| (keys.join(" "), share));
    let learned = if may_be_short { learned.expansions(token.acc) } else { Vec::new() };
    let learned = learned.into_iter();
    let learned = learned.filter(|long| !known.iter().any(|keys| keys.join(" ") == *long));
    if token.acc.len() >= GROUPED_DIGITS_MIN && token.acc.bytes().all(|b| b.is_ascii_digit()) {
        return Word { follows, ..number_word(token.acc) };
    }
    let long: Vec<(String, f32)> =
        known_phrases.chain(learned.map(|long| (long, AMBIGUOUS_WEIGHT))).collect();
    let phrase = |(long, share): &(String, f32)| {
        phrase_in(long, TextField::BodyExact, TextField::BodyFolded, *share)
    };
    Word {
        typed: token.acc.to_owned(),
        phrases: long.iter().filter_map(phrase).collect(),
        long_forms: long.into_iter().map(|(long, _)| long).collect(),
        begins: false,
        pair_count: 0,
        fold: token.fold.to_owned(),
        terms,
        weight,
        matters: !stop,
        follows,
    }
}

/// A number, however its thousands are written.
fn number_word(digits: &str) -> Word {
    let folded =
        |field: TextField| WordTerm { field, key: digits.to_owned(), weight: field.weight() };
    Word {
        typed: digits.to_owned(),
        fold: digits.to_owned(),
        terms: [TextField::BodyFolded, TextField::TitleFolded].map(folded).into(),
        phrases: vec![Clause::Fact { key: digits.to_owned(), weight: 1.0 }],
        long_forms: Vec::new(),
        weight: 1.0,
        matters: true,
        follows: false,
        begins: false,
        pair_count: 0,
    }
}

/// A syllable as a word of a query by itself.
pub(crate) fn plain_word(token: &vietnamese::Token<'_>, follows: bool) -> Word {
    word(token, true, follows, &NothingLearned)
}

/// Where an exact key is looked up: the exact field has only those with marks.
fn text_field(acc: &str) -> TextField {
    if acc.is_ascii() { TextField::BodyFolded } else { TextField::BodyExact }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::Date;

    const TODAY: Date = Date::constant(2024, 3, 6);

    fn plan(text: &str) -> Plan {
        let query = Query::read(text, TODAY);
        Plan::new(&query, Filters::default(), Sort::Relevance, &NothingLearned)
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
        let query = Query::read("họp nguồn:a từ:2023-01-01 đến:2023-12-31", TODAY);
        let given = Filters { from: Some(Date::constant(2023, 6, 1)), ..Filters::default() };
        let plan = Plan::new(&query, given, Sort::Relevance, &NothingLearned);
        let (own, given) = (&plan.own, &plan.chosen);
        assert_eq!(own.sources, ["a"]);
        assert_eq!(
            (own.from, own.to),
            (Some(Date::constant(2023, 1, 1)), Some(Date::constant(2023, 12, 31)))
        );
        assert_eq!(given.from, Some(Date::constant(2023, 6, 1)));
    }
}
