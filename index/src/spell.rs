//! "Ý bạn là …?": accents restored, wrong ones mended, keystrokes and slips read.
//!
//! Each syllable has candidates; the likeliest row of them is found by Viterbi's algorithm over
//! the archive's own counts of neighbours, smoothed by those of single syllables. It never
//! replaces the query; it is offered where it is better attested tenfold.

use vietnamese::{Shape, Token};

use crate::IndexError;
use crate::pairs::{Counted, PairCounts};
use crate::plan::TextField;
use crate::query::{Field, Part, Query};
use crate::snapshot::Snapshot;
use crate::terms::frequency;

/// Syllables that are looked at in one query.
const SYLLABLES_MAX: usize = 32;
/// Candidates of one syllable, the likeliest.
const CANDIDATES_MAX: usize = 16;
/// What it costs, in natural logarithms of probability, that the marks were typed wrong, that a
/// like sound was typed, that keystrokes were left over, and that a letter slipped.
const WRONG_MARKS: f64 = 4.0;
const LIKE_SOUND: f64 = 5.0;
const KEYSTROKES: f64 = 1.0;
const SLIP: f64 = 7.0;
/// How much more often a suggestion must occur than what was typed.
const GAIN_MIN: u32 = 10;
/// A pair that occurs so often is no slip.
const ATTESTED: u32 = 3;
/// Pseudo-counts of the single syllables in the probability of a pair.
const SMOOTHING: f64 = 2.0;

/// What may have been meant by a syllable.
#[derive(Clone, Debug, PartialEq)]
struct Candidate {
    key: String,
    /// What it costs that something else was typed.
    cost: f64,
}

impl Snapshot {
    /// The query with its plain words spelled better, where that is likely meant.
    pub(crate) fn did_you_mean(&self, query: &Query) -> Result<Option<String>, IndexError> {
        let mut better = query.clone();
        for part in &mut better.parts {
            if let Part::Words(text) = part
                && let Some(respelled) = self.respelled(text)?
            {
                *text = respelled;
            }
        }
        Ok((better != *query).then(|| better.to_string()))
    }

    fn respelled(&self, text: &str) -> Result<Option<String>, IndexError> {
        let tokens = vietnamese::scan(text);
        // `từ:"tháng 13/2023"` was meant for an operator, not for words; a number has no accents.
        let is_number = || !vietnamese::documents_any_case(text).is_empty();
        if tokens.len() > SYLLABLES_MAX || text.split(' ').any(names_field) || is_number() {
            return Ok(None);
        }
        // Whoever indexes counts under the same lock: held for counting only, never while the
        // dictionary is read.
        if is_attested(&self.generation.pairs(), &tokens) {
            return Ok(None);
        }
        let mut rows = Vec::with_capacity(tokens.len());
        for token in tokens.iter() {
            let candidates = self.candidates(text, &token)?;
            rows.push(likely_ones(&self.generation.pairs(), candidates));
        }
        let pairs = &*self.generation.pairs();
        let chosen = likeliest(pairs, &rows);
        let typed: Vec<&str> = tokens.iter().map(|token| token.acc).collect();
        let mut respelled = String::new();
        let (mut at, mut changed) = (0, false);
        for (i, token) in tokens.iter().enumerate() {
            respelled.push_str(&text[at..token.start]);
            if chosen[i] != typed[i] && is_better(pairs, &chosen, &typed, i, token.is_marked()) {
                respelled.push_str(&in_shape(&chosen[i], token.shape));
                changed = true;
            } else {
                respelled.push_str(&text[token.start..token.end]);
            }
            at = token.end;
        }
        respelled.push_str(&text[at..]);
        Ok(changed.then_some(respelled))
    }

    /// What may have been meant by a syllable, first what was typed. Of what is there twice, the first
    /// counts.
    fn candidates(&self, text: &str, token: &Token<'_>) -> Result<Vec<Candidate>, IndexError> {
        let literal = Candidate { key: token.acc.to_owned(), cost: 0.0 };
        let is_name = token.shape == Shape::Number
            || (token.shape == Shape::Capitals
                && (text.chars().any(char::is_lowercase) || !vietnamese::is_syllable(token.acc)))
            || !vietnamese::expansions(token.acc).is_empty();
        if is_name {
            return Ok(vec![literal]);
        }
        let mut found = vec![literal];
        let mut add = |keys: &[String], cost: f64| {
            found.extend(keys.iter().map(|key| Candidate { key: key.clone(), cost }));
        };
        let marks = if token.is_marked() { WRONG_MARKS } else { 0.0 };
        add(&vietnamese::accented(token.fold), marks);
        let field = self.fields().text(TextField::BodyFolded);
        if frequency(&self.searcher, field, token.fold)? == 0 {
            add(&vietnamese::retyped(&text[token.start..token.end]), KEYSTROKES);
            for slip in vietnamese::slips(token.fold) {
                if frequency(&self.searcher, field, &slip)? > 0 {
                    add(&vietnamese::accented(&slip), SLIP);
                }
            }
        }
        if token.is_marked() {
            add(&vietnamese::confused(token.acc), LIKE_SOUND);
        }
        Ok(found)
    }
}

/// Whether a text with marks stands so in the archive, pair by pair: nothing is wrong with it.
fn is_attested(counts: &PairCounts, tokens: &vietnamese::Tokens) -> bool {
    let mut pairs = (1..tokens.len()).filter_map(|at| tokens.get(at - 1).zip(tokens.get(at)));
    tokens.len() > 1
        && tokens.iter().any(|token| token.is_marked())
        && pairs
            .all(|(first, second)| counts.of(Counted::ExactPair(first.acc, second.acc)) >= ATTESTED)
}

/// Whether what is chosen at a place occurs so much oftener beside its neighbours.
fn is_better(
    counts: &PairCounts,
    chosen: &[String],
    typed: &[&str],
    at: usize,
    marked: bool,
) -> bool {
    let pair = |first: &str, second: &str| counts.of(Counted::ExactPair(first, second));
    let alone = chosen.len() == 1;
    let beside = |key: &str| {
        let before = at.checked_sub(1).map(|i| pair(&chosen[i], key));
        let behind = chosen.get(at + 1).map(|next| pair(key, next));
        before.max(behind).unwrap_or_else(|| counts.of(Counted::Exact(key)))
    };
    let (better, literal) = (beside(&chosen[at]), beside(typed[at]));
    // What was typed without marks says nothing against the marks, unless it stands alone.
    let tenfold = better >= GAIN_MIN.saturating_mul(literal);
    let restored = !marked && !alone && vietnamese::fold_key(&chosen[at]) == typed[at];
    let known = counts.of(Counted::Exact(&chosen[at])) > 0;
    known && ((better > 0 && tenfold) || (restored && better >= literal))
}

/// Of the candidates of a syllable those that occur, the likeliest; first what was typed, even if it
/// does not.
fn likely_ones(counts: &PairCounts, candidates: Vec<Candidate>) -> Vec<Candidate> {
    let mut candidates = candidates.into_iter();
    let Some(mut literal) = candidates.next() else { return Vec::new() };
    let count = |key: &str| counts.of(Counted::Exact(key));
    let mut others: Vec<Candidate> = Vec::new();
    for candidate in candidates {
        let is_known = || others.iter().chain([&literal]).any(|known| known.key == candidate.key);
        if count(&candidate.key) > 0 && !is_known() {
            others.push(candidate);
        }
    }
    if count(&literal.key) == 0 {
        // Nobody writes it so.
        literal.cost = SLIP;
    }
    // The likelier, the cheaper and the commoner; neighbours decide among those that are kept.
    let unlikely = |c: &Candidate| (1000.0 * (c.cost - 0.5 * f64::from(count(&c.key)).ln())) as i64;
    others.sort_by_cached_key(unlikely);
    others.truncate(CANDIDATES_MAX);
    others.insert(0, literal);
    others
}

/// The likeliest row of candidates.
fn likeliest(counts: &PairCounts, rows: &[Vec<Candidate>]) -> Vec<String> {
    // For each candidate of the last row, the cost of the best way to it, and that way.
    let mut ways: Vec<(f64, Vec<usize>)> = vec![(0.0, Vec::new())];
    let mut before: &[Candidate] = &[];
    for row in rows {
        let mut next = Vec::with_capacity(row.len());
        for (at, candidate) in row.iter().enumerate() {
            let cost = |way: usize| {
                let from = before.get(way).map(|from| from.key.as_str());
                ways[way].0 + candidate.cost + surprise(counts, from, &candidate.key)
            };
            let best = (0..ways.len()).map(|way| (cost(way), way));
            if let Some((cost, way)) = best.min_by(|a, b| a.0.total_cmp(&b.0)) {
                next.push((cost, ways[way].1.iter().copied().chain([at]).collect()));
            }
        }
        ways = next;
        before = row;
    }
    let best = ways.into_iter().min_by(|a, b| a.0.total_cmp(&b.0));
    let path = best.map(|(_, path)| path).unwrap_or_default();
    rows.iter().zip(path).map(|(row, at)| row[at].key.clone()).collect()
}

/// How unlikely a syllable is behind another, as a negative logarithm.
fn surprise(counts: &PairCounts, before: Option<&str>, key: &str) -> f64 {
    let count = |counted| f64::from(counts.of(counted));
    let alone = (count(Counted::Exact(key)) + 0.1) / (counts.syllables() as f64 + 1.0);
    let likely = match before {
        None => alone,
        Some(before) => {
            let pair = count(Counted::ExactPair(before, key));
            (pair + SMOOTHING * alone) / (count(Counted::Exact(before)) + SMOOTHING)
        }
    };
    -likely.ln()
}

/// Whether a word begins with the name of a field.
fn names_field(word: &str) -> bool {
    word.split_once(':').is_some_and(|(name, _)| Field::named(name).is_some())
}

/// A key capitalised as what was typed.
fn in_shape(key: &str, shape: Shape) -> String {
    match shape {
        Shape::Capitals => key.to_uppercase(),
        Shape::Capital => {
            let mut letters = key.chars();
            let first: String = letters.next().into_iter().flat_map(char::to_uppercase).collect();
            first + letters.as_str()
        }
        Shape::Lower | Shape::Number => key.to_owned(),
    }
}
