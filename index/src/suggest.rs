//! Completions of what is being typed.

use std::collections::HashMap;

use tantivy::query::{EnableScoring, PhrasePrefixQuery, Query};
use tantivy::{DocAddress, DocSet, TERMINATED, Term};

use crate::people;
use crate::phrases::{number_key, person_key};
use crate::plan::TextField;
use crate::snapshot::Snapshot;
use crate::terms::{SEPARATOR, for_each_with_prefix, frequency, is_alive};
use crate::{Index, IndexError};

/// Most completions of one answer.
pub const SUGGESTIONS_MAX: usize = 10;
/// Titles that are read for phrases, in each segment.
const TITLES_MAX: usize = 1_000;
/// Words that an unfinished one may become, the first of the alphabet: more than begin with any
/// one letter, so that none is left out.
const EXPANSIONS_MAX: u32 = 5_000;
/// Terms that are looked at in each segment.
const TERMS_MAX: usize = 2_000;
/// Sections that are looked at in each segment.
const CATEGORIES_MAX: usize = 2_000;
/// Completions of one kind, so that no kind crowds out the others.
const OF_ONE_KIND: usize = 4;
/// Longest text that is completed, in syllables.
const SYLLABLES_MAX: usize = 12;
/// Syllables of a phrase; longer ones are rarely said twice.
const PHRASE_MAX: usize = 5;

/// What a completion is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SuggestionKind {
    /// Words that several titles have.
    Phrase,
    /// A person.
    Official,
    /// A source; its id is the suggestion's.
    Source,
    /// A section.
    Category,
    /// A document number.
    Document,
    /// An article's title; its id is the suggestion's.
    Title,
}

/// A completion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Suggestion {
    /// What it says, with its accents.
    pub text: String,
    /// What it is.
    pub kind: SuggestionKind,
    /// How often it was met: the likelier, the oftener.
    pub met: u64,
    /// The id of the source or article that is meant.
    pub id: Option<String>,
}

impl Index {
    /// At most [`SUGGESTIONS_MAX`] completions of what was typed so far, the likeliest first.
    /// Accents that were typed hold.
    ///
    /// # Errors
    /// When the index fails.
    pub fn suggest(&self, text: &str) -> Result<Vec<Suggestion>, IndexError> {
        let Some(typed) = Typed::read(text) else { return Ok(Vec::new()) };
        self.watched(|| self.suggestions(&typed))
    }

    fn suggestions(&self, typed: &Typed) -> Result<Vec<Suggestion>, IndexError> {
        let snapshot = &*self.snapshot()?;
        let mut found = self.sources(typed);
        found.extend(categories(snapshot, typed));
        found.extend(officials(snapshot, typed)?);
        found.extend(documents(snapshot, typed)?);
        found.extend(titles(snapshot, typed)?);
        Ok(ranked(found))
    }

    fn sources(&self, typed: &Typed) -> Vec<Suggestion> {
        let names = self.names();
        // `Phường Sài Đồng` is looked for as `sai dong`.
        let found = names.iter().filter(|(_, name)| {
            let keys = exact_keys(name);
            (0..keys.len()).any(|first| typed.may_become(&keys[first..]))
        });
        let suggestion = |(id, name): (&String, &String)| Suggestion {
            text: name.clone(),
            kind: SuggestionKind::Source,
            met: 0,
            id: Some(id.clone()),
        };
        found.map(suggestion).collect()
    }
}

/// What was typed.
struct Typed {
    text: String,
    /// Exact keys; the last one may be unfinished.
    keys: Vec<String>,
    folds: Vec<String>,
}

impl Typed {
    fn read(text: &str) -> Option<Self> {
        let tokens = vietnamese::scan(text);
        if tokens.is_empty() || tokens.len() > SYLLABLES_MAX {
            return None;
        }
        let keys = tokens.iter().map(|token| token.acc.to_owned()).collect();
        let folds = tokens.iter().map(|token| token.fold.to_owned()).collect();
        Some(Self { text: text.to_owned(), keys, folds })
    }

    /// Whether these exact keys are what was typed, or go on from it.
    fn may_become(&self, keys: &[String]) -> bool {
        let finished = self.keys.len() - 1;
        keys.len() >= self.keys.len()
            && self.keys.iter().zip(keys).enumerate().all(|(at, (typed, key))| {
                vietnamese::may_become(typed, key)
                    && (at == finished || vietnamese::fold_key(key) == self.folds[at])
            })
    }
}

fn exact_keys(text: &str) -> Vec<String> {
    vietnamese::scan(text).iter().map(|token| token.acc.to_owned()).collect()
}

fn officials(snapshot: &Snapshot, typed: &Typed) -> Result<Vec<Suggestion>, IndexError> {
    let mut folded: Vec<(u64, String)> = Vec::new();
    let (searcher, field) = (&snapshot.searcher, snapshot.fields().phrase);
    for_each_with_prefix(
        searcher,
        field,
        &person_key(&typed.text),
        TERMS_MAX,
        |term, articles| {
            folded.push((articles, term[1..].to_owned()));
        },
    )?;
    folded.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    let mut terms = Vec::new();
    for (_, name) in folded.iter().take(SUGGESTIONS_MAX) {
        terms.extend(
            people::meant(snapshot, name)?
                .into_iter()
                .filter(|term| vietnamese::fold_phrase(&people::name_in(term)) == *name),
        );
    }
    // Or by the given name alone.
    let turned: Vec<&str> = typed.folds.iter().rev().map(String::as_str).collect();
    let mut given: Vec<(u64, String)> = Vec::new();
    if let [one] = turned[..] {
        for separator in [" ".to_owned(), SEPARATOR.to_string()] {
            let prefix = format!("{one}{separator}");
            let field = snapshot.fields().official;
            for_each_with_prefix(searcher, field, &prefix, TERMS_MAX, |term, articles| {
                given.push((articles, term.to_owned()));
            })?;
        }
    }
    given.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    terms.extend(given.into_iter().take(SUGGESTIONS_MAX).map(|(_, term)| term));
    let official = snapshot.fields().official;
    let mut found = Vec::new();
    for term in terms {
        let met = frequency(searcher, official, &term)?;
        let text = people::name_in(&term);
        let keys = exact_keys(&text);
        let by_given = typed.keys.len() == 1 && typed.may_become(&keys[keys.len() - 1..]);
        if (typed.may_become(&keys) || by_given) && is_alive(searcher, official, &term)? {
            found.push(Suggestion { text, kind: SuggestionKind::Official, met, id: None });
        }
    }
    Ok(found)
}

fn documents(snapshot: &Snapshot, typed: &Typed) -> Result<Vec<Suggestion>, IndexError> {
    let mut terms = Vec::new();
    let (searcher, field) = (&snapshot.searcher, snapshot.fields().phrase);
    let prefix = number_key(&typed.text);
    for_each_with_prefix(searcher, field, &prefix, TERMS_MAX, |term, articles| {
        terms.push((articles, term.to_owned()));
    })?;
    terms.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1)));
    let mut found = Vec::new();
    for (met, term) in terms {
        if found.len() < SUGGESTIONS_MAX
            && let Some((_, written)) = term.split_once(SEPARATOR)
            && is_alive(searcher, field, &term)?
        {
            let (text, kind) = (written.to_owned(), SuggestionKind::Document);
            found.push(Suggestion { text, kind, met, id: None });
        }
    }
    Ok(found)
}

fn categories(snapshot: &Snapshot, typed: &Typed) -> Vec<Suggestion> {
    let mut found: HashMap<Vec<String>, Suggestion> = HashMap::new();
    let known = &snapshot.generation.shelves.categories;
    for number in 0..known.len().min(CATEGORIES_MAX) {
        let text = known.text(number as u32);
        let keys = exact_keys(&text);
        if typed.may_become(&keys) {
            let kind = SuggestionKind::Category;
            found.entry(keys).or_insert(Suggestion { text, kind, met: 0, id: None });
        }
    }
    found.into_values().collect()
}

/// Titles that begin with what was typed, and phrases that several titles have.
fn titles(snapshot: &Snapshot, typed: &Typed) -> Result<Vec<Suggestion>, IndexError> {
    let mut phrases: HashMap<Vec<String>, Phrase> = HashMap::new();
    let mut found = Vec::new();
    for address in articles(snapshot, typed)? {
        let Some(title) = title(snapshot, address)? else { continue };
        let tokens = vietnamese::scan(&title);
        let keys: Vec<String> = tokens.iter().map(|token| token.acc.to_owned()).collect();
        let capitals = title.chars().filter(|c| c.is_alphabetic()).all(char::is_uppercase);
        for first in (0..keys.len()).filter(|first| typed.may_become(&keys[*first..])) {
            if first == 0 && found.len() < OF_ONE_KIND {
                found.push(Suggestion {
                    text: title.split_whitespace().collect::<Vec<_>>().join(" "),
                    kind: SuggestionKind::Title,
                    met: 0,
                    id: Some(snapshot.id(address).into()),
                });
            }
            for length in typed.keys.len().max(2)..=PHRASE_MAX.min(keys.len() - first) {
                let (Some(from), Some(to)) = (tokens.get(first), tokens.get(first + length - 1))
                else {
                    break;
                };
                // A phrase ends where the title pauses.
                let written = &title[from.start..to.end];
                if written.contains([',', '.', ':', ';', '(', '"', '“']) {
                    break;
                }
                let phrase = phrases.entry(keys[first..first + length].to_vec()).or_default();
                phrase.met += 1;
                // What is written in capitals says nothing of capitals.
                let shown = if capitals { written.to_lowercase() } else { written.to_owned() };
                *phrase.written.entry(shown).or_default() += 1;
            }
        }
    }
    found.extend(common(phrases));
    Ok(found)
}

/// How often a phrase was met, and in which capitals.
#[derive(Default)]
struct Phrase {
    met: u64,
    written: HashMap<String, u64>,
}

/// The phrases that several titles have: the longest of those that are as common, and none that
/// ends in a grammatical syllable.
fn common(phrases: HashMap<Vec<String>, Phrase>) -> Vec<Suggestion> {
    let mut longer: HashMap<&[String], u64> = HashMap::new();
    for (keys, phrase) in &phrases {
        let met = longer.entry(&keys[..keys.len() - 1]).or_default();
        *met = phrase.met.max(*met);
    }
    let is_whole = |keys: &[String], met: u64| {
        let stops = keys.last().is_some_and(|last| vietnamese::is_stop_syllable(last));
        !stops && longer.get(keys).is_none_or(|longer| *longer < met)
    };
    let several = phrases.iter().filter(|(keys, p)| p.met > 1 && is_whole(keys, p.met));
    let suggestion = |(_, phrase): (&Vec<String>, &Phrase)| {
        let mut written: Vec<(&String, &u64)> = phrase.written.iter().collect();
        written.sort_by(|a, b| b.1.cmp(a.1).then_with(|| a.0.cmp(b.0)));
        let text = written.first().map(|(text, _)| (*text).clone()).unwrap_or_default();
        Suggestion { text, kind: SuggestionKind::Phrase, met: phrase.met, id: None }
    };
    several.map(suggestion).collect()
}

/// Articles whose titles have what was typed, with the last word unfinished.
fn articles(snapshot: &Snapshot, typed: &Typed) -> Result<Vec<DocAddress>, IndexError> {
    let field = snapshot.fields().text(TextField::TitleFolded);
    let terms = typed.folds.iter().map(|fold| Term::from_field_text(field, fold)).collect();
    let mut query = PhrasePrefixQuery::new(terms);
    query.set_max_expansions(EXPANSIONS_MAX);
    let weight = query.weight(EnableScoring::disabled_from_searcher(&snapshot.searcher))?;
    let mut found = Vec::new();
    for (ordinal, segment) in (0..).zip(snapshot.searcher.segment_readers()) {
        let mut scorer = weight.scorer(segment, 1.0)?;
        let mut left = TITLES_MAX;
        while scorer.doc() != TERMINATED && left > 0 {
            if segment.alive_bitset().is_none_or(|alive| alive.is_alive(scorer.doc())) {
                found.push(DocAddress::new(ordinal, scorer.doc()));
                left -= 1;
            }
            scorer.advance();
        }
    }
    Ok(found)
}

fn title(snapshot: &Snapshot, address: DocAddress) -> Result<Option<String>, IndexError> {
    let Some(column) = &snapshot.columns_of(address).title else { return Ok(None) };
    let Some(ordinal) = column.ords().first(address.doc_id) else { return Ok(None) };
    let mut title = String::new();
    column.ord_to_str(ordinal, &mut title).map_err(tantivy::TantivyError::from)?;
    Ok(Some(title))
}

/// The commonest of each kind, kind by kind; room that one kind leaves, the others take.
fn ranked(mut found: Vec<Suggestion>) -> Vec<Suggestion> {
    // Of phrases that are as common, the longer says more.
    found.sort_by(|a, b| {
        let length = |s: &Suggestion| std::cmp::Reverse(s.text.len());
        (a.kind, b.met, length(a), &a.text).cmp(&(b.kind, a.met, length(b), &b.text))
    });
    found.dedup_by(|a, b| a.kind == b.kind && a.text == b.text);
    let mut seen: HashMap<SuggestionKind, usize> = HashMap::new();
    let (mut chosen, mut spare) = (Vec::new(), Vec::new());
    for suggestion in found {
        let number = seen.entry(suggestion.kind).or_default();
        *number += 1;
        if *number <= OF_ONE_KIND { chosen.push(suggestion) } else { spare.push(suggestion) }
    }
    chosen.extend(spare.into_iter().take(SUGGESTIONS_MAX.saturating_sub(chosen.len())));
    chosen.truncate(SUGGESTIONS_MAX);
    chosen.sort_by_key(|suggestion| suggestion.kind);
    chosen
}
