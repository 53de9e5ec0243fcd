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

/// Words of a query that are searched; more are no question but a text.
pub(crate) const WORDS_MAX: usize = 64;
/// Required and excluded phrases that are searched.
const CLAUSES_MAX: usize = 32;

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

    fn add(&mut self, part: &Part, marked: bool, learned: &dyn Learned) {
        let own = &mut self.own;
        match part {
            Part::Words(text) => self.add_words(text, marked, learned),
            Part::AnyOf(texts) => self.required.extend(any_of(texts)),
            Part::Phrase(text) => self.required.extend(phrase(text)),
            Part::Without(text) => self.excluded.extend(phrase(text)),
            Part::Filter(Field::Source, id) => own.sources.push(id.to_lowercase()),
            Part::Filter(Field::Category, name) => {
                own.categories.push(vietnamese::fold_phrase(name));
            }
            Part::Filter(Field::Document, number) => self.required.push(document(number)),
            Part::Filter(Field::Official, name) => own.officials.push(name.clone()),
            Part::Filter(Field::Title, text) => self.required.extend(title(text)),
            Part::Filter(Field::From | Field::To | Field::Day, _) => {}
            Part::From(day) => own.from = own.from.max(Some(*day)),
            Part::To(day) => own.to = Some(own.to.map_or(*day, |known| known.min(*day))),
        }
    }

    /// Plain words; a document number among them is required as such.
    fn add_words(&mut self, text: &str, marked: bool, learned: &dyn Learned) {
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
            } else if facts.iter().any(|(start, end)| *start <= token.start && token.end <= *end) {
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

/// One text or the other: all words of one of them.
fn any_of(texts: &[String]) -> Option<Clause> {
    let all = texts.iter().filter_map(|text| {
        let tokens = vietnamese::scan(text);
        let marked = tokens.iter().any(|token| token.is_marked());
        let words = tokens.iter().take(WORDS_MAX).map(|token| {
            let terms = word(&token, marked, false, &NothingLearned).terms.into_iter();
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
fn word(token: &vietnamese::Token<'_>, marked: bool, follows: bool, learned: &dyn Learned) -> Word {
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
    let known = vietnamese::expansions(token.acc);
    let share = if known.len() > 1 { AMBIGUOUS_WEIGHT } else { ABBREVIATION_WEIGHT };
    let known_phrases = known.iter().map(|keys| (keys.join(" "), share));
    let may_be_short =
        token.shape == vietnamese::Shape::Capitals || !vietnamese::is_syllable(token.acc);
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
fn phrase_in(text: &str, exact: TextField, folded: TextField, weight: f32) -> Option<Clause> {
    let tokens = vietnamese::scan(text);
    let keys = |key: fn(&vietnamese::Token<'_>) -> String,
                wanted: &dyn Fn(&vietnamese::Token<'_>) -> bool| {
        let places = tokens.iter().enumerate().filter(|(_, token)| wanted(token));
        places.map(|(place, token)| (place, key(&token))).collect::<Vec<_>>()
    };
    let marked = keys(|token| token.acc.to_owned(), &|token| token.is_marked());
    if marked.len() == tokens.len() {
        return keys_clause(exact, marked, weight);
    }
    let all = keys_clause(folded, keys(|token| token.fold.to_owned(), &|_| true), weight)?;
    // The order is worth the weight; that the marks are these is asked besides.
    Some(match keys_clause(exact, marked, 0.0) {
        Some(marked) => Clause::All(vec![all, marked]),
        None => all,
    })
}

/// Keys at their places in a field.
fn keys_clause(field: TextField, mut keys: Vec<(usize, String)>, weight: f32) -> Option<Clause> {
    match keys.len() {
        0 => None,
        1 => keys.pop().map(|(_, key)| Clause::Term { field, key, weight }),
        _ => Some(Clause::Phrase { field, keys, weight }),
    }
}

/// Where an exact key is looked up: the exact field has only those with marks.
fn text_field(acc: &str) -> TextField {
    if acc.is_ascii() { TextField::BodyFolded } else { TextField::BodyExact }
}

/// Words that must be in the title.
fn title(text: &str) -> Option<Clause> {
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
    for field in [TextField::BodyFolded, TextField::TitleFolded] {
        let tokens = vietnamese::scan(text);
        let keys = tokens.iter().map(|token| token.fold.to_owned()).enumerate().collect();
        clauses.extend(keys_clause(field, keys, field.weight()));
    }
    Clause::Any(clauses)
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
