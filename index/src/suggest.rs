//! Completions of what is being typed.

use std::collections::HashMap;

use tantivy::schema::IndexRecordOption;
use tantivy::{DocAddress, DocSet, Searcher, TERMINATED, Term};

use archive::ArticleId;

use crate::order::Columns;
use crate::phrases::{Kind, number_key};
use crate::schema::{CATEGORY, Fields};
use crate::terms::for_each_with_prefix;
use crate::{Index, IndexError};

/// Most completions of one answer.
pub const SUGGESTIONS_MAX: usize = 10;
/// Terms that are looked at in each segment.
const TERMS_MAX: usize = 20_000;
/// Sections that are looked at in each segment.
const CATEGORIES_MAX: u64 = 2_000;
/// Completions of one kind, so that no kind crowds out the others.
const OF_ONE_KIND: usize = 4;
/// Longest text that is completed, in syllables.
const SYLLABLES_MAX: usize = 12;

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
    /// Articles that have it.
    pub articles: u64,
    /// The id of the source or article that is meant.
    pub id: Option<String>,
}

/// What was typed.
struct Typed {
    /// Folded keys, joined.
    fold: String,
    /// Exact keys; the last one may be unfinished.
    keys: Vec<String>,
    /// As the beginning of a document number.
    number: String,
}

impl Index {
    /// At most [`SUGGESTIONS_MAX`] completions of what was typed so far, the likeliest first.
    /// Accents that were typed hold.
    ///
    /// # Errors
    /// When the index or the archive fails.
    pub fn suggest(&self, text: &str) -> Result<Vec<Suggestion>, IndexError> {
        let Some(typed) = Typed::read(text) else { return Ok(Vec::new()) };
        let generation = self.generation();
        let (searcher, fields) = (generation.reader.searcher(), &generation.fields);
        let mut found = self.sources_named(&typed);
        found.extend(categories(&searcher, &typed)?);
        let (others, openings) = phrases(&searcher, fields, &typed)?;
        found.extend(others);
        for address in openings {
            found.extend(self.title(&searcher, address, &typed)?);
        }
        Ok(ranked(found))
    }

    fn sources_named(&self, typed: &Typed) -> Vec<Suggestion> {
        let names = self.names();
        let mut found = Vec::new();
        for (id, name) in names.iter() {
            // `Phường Sài Đồng` is looked for as `sai dong`.
            let key = vietnamese::fold_phrase(name);
            let at = if key.starts_with(&typed.fold) {
                Some(0)
            } else {
                key.find(&format!(" {}", typed.fold)).map(|at| at + 1)
            };
            let Some(at) = at else { continue };
            let skipped = key[..at].matches(' ').count();
            let exact = vietnamese::exact_phrase(name);
            let rest: Vec<&str> = exact.split(' ').skip(skipped).collect();
            if typed.may_become(&rest) {
                let (text, id) = (name.clone(), Some(id.clone()));
                found.push(Suggestion { text, kind: SuggestionKind::Source, articles: 0, id });
            }
        }
        found.sort_by(|a, b| a.text.cmp(&b.text));
        found
    }

    /// The title of an article, if it still begins with what was typed.
    fn title(
        &self,
        searcher: &Searcher,
        address: DocAddress,
        typed: &Typed,
    ) -> Result<Option<Suggestion>, IndexError> {
        let segment = searcher.segment_reader(address.segment_ord);
        let id = ArticleId::from_bits(Columns::open(segment)?.id(address.doc_id));
        let Some(article) = self.archive().article(&id)? else { return Ok(None) };
        let title = article.fields.title;
        let exact = vietnamese::exact_phrase(&title);
        let keys: Vec<&str> = exact.split(' ').collect();
        let hidden = article.status == archive::ArticleStatus::Hidden;
        Ok((!hidden && typed.may_become(&keys)).then(|| Suggestion {
            text: title.split_whitespace().collect::<Vec<_>>().join(" "),
            kind: SuggestionKind::Title,
            articles: 1,
            id: Some(id.into()),
        }))
    }
}

impl Typed {
    fn read(text: &str) -> Option<Self> {
        let tokens = vietnamese::scan(text);
        if tokens.is_empty() || tokens.len() > SYLLABLES_MAX {
            return None;
        }
        let keys = tokens.iter().map(|token| token.acc.to_owned()).collect();
        Some(Self { fold: vietnamese::fold_phrase(text), keys, number: number_key(text) })
    }

    /// Whether these exact keys are what was typed, or go on from it.
    fn may_become(&self, keys: &[&str]) -> bool {
        keys.len() >= self.keys.len()
            && self.keys.iter().zip(keys).all(|(typed, key)| vietnamese::may_become(typed, key))
    }
}

/// Phrases, people and numbers that begin with what was typed, and articles whose titles do.
fn phrases(
    searcher: &Searcher,
    fields: &Fields,
    typed: &Typed,
) -> Result<(Vec<Suggestion>, Vec<DocAddress>), IndexError> {
    let mut counts: HashMap<String, u64> = HashMap::new();
    let mut found = Vec::new();
    let mut openings = Vec::new();
    let mut prefixes = vec![typed.fold.as_str()];
    if typed.number != typed.fold {
        prefixes.push(&typed.number);
    }
    for prefix in prefixes {
        let field = fields.phrase;
        for_each_with_prefix(searcher, field, prefix, TERMS_MAX, |term, articles| {
            let Some((_, kind, said)) = Kind::read(term) else { return };
            let suggestion = |kind| Suggestion { text: said.to_owned(), kind, articles, id: None };
            let exact;
            let keys: Vec<&str> = match kind {
                Kind::Person => {
                    exact = vietnamese::exact_phrase(said);
                    exact.split(' ').collect()
                }
                _ => said.split(' ').collect(),
            };
            if kind == Kind::Document {
                found.push(suggestion(SuggestionKind::Document));
            } else if !typed.may_become(&keys) {
            } else if kind == Kind::Person {
                found.push(suggestion(SuggestionKind::Official));
            } else {
                for length in typed.keys.len().max(2)..=keys.len() {
                    *counts.entry(keys[..length].join(" ")).or_default() += articles;
                }
                if kind == Kind::Opening && openings.len() < OF_ONE_KIND {
                    openings.push(term.to_owned());
                }
            }
        })?;
    }
    found.extend(common(&counts));
    let mut addresses = Vec::new();
    for term in openings {
        addresses.extend(first_with(searcher, fields, &term)?);
    }
    Ok((found, addresses))
}

/// The phrases that several titles have: the longest of those that are as common, and compounds of
/// two syllables.
fn common(counts: &HashMap<String, u64>) -> Vec<Suggestion> {
    let longer_as_common = |phrase: &str, count: u64| {
        let longer = counts.iter().any(|(other, n)| {
            *n >= count && other.strip_prefix(phrase).is_some_and(|rest| rest.starts_with(' '))
        });
        longer
    };
    let mut most: Vec<(&String, u64)> =
        counts.iter().filter(|(_, n)| **n > 1).map(|(phrase, n)| (phrase, *n)).collect();
    most.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| b.0.len().cmp(&a.0.len())).then(a.0.cmp(b.0)));
    most.truncate(16 * SUGGESTIONS_MAX);
    let kept = most.into_iter().filter(|(phrase, count)| {
        phrase.matches(' ').count() == 1 || !longer_as_common(phrase, *count)
    });
    let suggestion = |(phrase, articles): (&String, u64)| Suggestion {
        text: phrase.clone(),
        kind: SuggestionKind::Phrase,
        articles,
        id: None,
    };
    kept.map(suggestion).collect()
}

/// The first article that has a term.
fn first_with(
    searcher: &Searcher,
    fields: &Fields,
    term: &str,
) -> Result<Option<DocAddress>, IndexError> {
    let term = Term::from_field_text(fields.phrase, term);
    for (ordinal, segment) in (0..).zip(searcher.segment_readers()) {
        let index = segment.inverted_index(fields.phrase)?;
        let postings = index.read_postings(&term, IndexRecordOption::Basic);
        let Some(mut postings) = postings.map_err(tantivy::TantivyError::from)? else { continue };
        while postings.doc() != TERMINATED {
            if segment.alive_bitset().is_none_or(|alive| alive.is_alive(postings.doc())) {
                return Ok(Some(DocAddress::new(ordinal, postings.doc())));
            }
            postings.advance();
        }
    }
    Ok(None)
}

fn categories(searcher: &Searcher, typed: &Typed) -> Result<Vec<Suggestion>, IndexError> {
    let mut found: HashMap<String, Suggestion> = HashMap::new();
    for segment in searcher.segment_readers() {
        let Some(column) = segment.fast_fields().str(CATEGORY)? else { continue };
        for ordinal in 0..(column.num_terms() as u64).min(CATEGORIES_MAX) {
            let mut name = String::new();
            column.ord_to_str(ordinal, &mut name).map_err(tantivy::TantivyError::from)?;
            let exact = vietnamese::exact_phrase(&name);
            if typed.may_become(&exact.split(' ').collect::<Vec<_>>()) {
                let kind = SuggestionKind::Category;
                let suggestion = Suggestion { text: name, kind, articles: 0, id: None };
                found.entry(exact).or_insert(suggestion);
            }
        }
    }
    let mut found: Vec<Suggestion> = found.into_values().collect();
    found.sort_by(|a, b| a.text.cmp(&b.text));
    Ok(found)
}

/// The commonest of each kind, kind by kind; room that one kind leaves, the others take.
fn ranked(mut found: Vec<Suggestion>) -> Vec<Suggestion> {
    found.sort_by(|a, b| (a.kind, b.articles, &a.text).cmp(&(b.kind, a.articles, &b.text)));
    found.dedup_by(|a, b| a.kind == b.kind && a.text == b.text && a.id == b.id);
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
