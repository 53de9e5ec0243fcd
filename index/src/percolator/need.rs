//! What any article that a search finds must have: one of a few keys, chosen to be rare.

use archive::OfficialId;
use tantivy::Term;
use tantivy::schema::Field;

use super::trial::given_name;
use crate::IndexError;
use crate::plan::{Clause, Filters, Person, Plan, TextField, Word};
use crate::snapshot::Snapshot;

/// Something that an article may have.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Need {
    /// A key in a text.
    Key(TextField, String),
    /// A document number, number or date.
    Fact(String),
    /// An official.
    Official(OfficialId),
    /// It is of this source.
    Source(String),
    /// It is of this section, folded.
    Category(String),
}

/// One of these any match has.
type AnyOf = Vec<Need>;

/// What any match must have one of, where something can be said: of all that can, the rarest.
pub(super) fn need(snapshot: &Snapshot, plan: &Plan) -> Result<Option<AnyOf>, IndexError> {
    let weigh = |any: AnyOf| {
        let mut articles = 0;
        for need in &any {
            articles += frequency(snapshot, need)?;
        }
        Ok::<_, IndexError>((articles, any))
    };
    let mut known = Vec::new();
    known.extend(plan.required.iter().filter_map(of_clause).map(weigh));
    known.extend([&plan.own, &plan.chosen].into_iter().flat_map(of_filters).map(weigh));
    let mut words = Vec::new();
    for (slot, word) in plan.words.iter().enumerate().filter(|(_, word)| word.matters) {
        words.push(of_word(plan, slot, word).map(weigh).transpose()?);
    }
    // Where most words must be there, one of any few is: those that lack all of them lack too many.
    let strict = plan.minimum.strict as usize;
    if strict > 0 && strict <= words.len() {
        words.sort_by_key(|word| word.as_ref().map_or(u64::MAX, |(articles, _)| *articles));
        let few: Option<Vec<_>> = words.into_iter().take(plan_spare(plan, strict)).collect();
        let few = few.map(|few| few.into_iter().flat_map(|(_, any)| any).collect());
        known.extend(few.map(weigh));
    }
    let known: Vec<(u64, AnyOf)> = known.into_iter().collect::<Result<_, _>>()?;
    Ok(known.into_iter().min_by_key(|(articles, _)| *articles).map(|(_, any)| any))
}

/// How many words cannot all be missing.
fn plan_spare(plan: &Plan, strict: usize) -> usize {
    plan.mattering().count_ones() as usize - strict + 1
}

/// What has a word: its own keys, what it is short for, and what stands for it and others.
fn of_word(plan: &Plan, slot: usize, word: &Word) -> Option<AnyOf> {
    let mut any: AnyOf =
        word.terms.iter().map(|term| Need::Key(term.field, term.key.clone())).collect();
    for phrase in &word.phrases {
        any.extend(of_clause(phrase)?);
    }
    for cover in plan.covers.iter().filter(|cover| cover.bits() >> slot & 1 == 1) {
        any.extend(cover.terms.iter().map(|term| Need::Key(term.field, term.key.clone())));
        for phrase in &cover.phrases {
            any.extend(of_clause(phrase)?);
        }
    }
    Some(any)
}

fn of_clause(clause: &Clause) -> Option<AnyOf> {
    match clause {
        Clause::Term { field, key, .. } => Some(vec![Need::Key(*field, key.clone())]),
        // The longest syllable is the rarest more often than not.
        Clause::Phrase { field, keys, .. } => {
            let (_, key) = keys.iter().max_by_key(|(_, key)| key.len())?;
            Some(vec![Need::Key(*field, key.clone())])
        }
        Clause::MarkedPhrase { keys } => {
            let (_, field, key) = keys.iter().max_by_key(|(_, _, key)| key.len())?;
            Some(vec![Need::Key(*field, key.clone())])
        }
        Clause::Fact { key, .. } => Some(vec![Need::Fact(key.clone())]),
        Clause::Any(clauses) => {
            let all: Option<Vec<AnyOf>> = clauses.iter().map(of_clause).collect();
            all.map(|all| all.into_iter().flatten().collect())
        }
        Clause::All(clauses) => clauses.iter().find_map(of_clause),
    }
}

/// What each kind of restriction asks for.
fn of_filters(filters: &Filters) -> Vec<AnyOf> {
    let person = |person: &Person| match person {
        Person::Official(id) => Some(Need::Official(id.clone())),
        Person::Named(name) => given_name(name).map(|(field, key)| Need::Key(field, key)),
    };
    let officials: Option<AnyOf> = filters.officials.iter().map(person).collect();
    let sources = filters.sources.iter().map(|id| Need::Source(id.clone())).collect();
    let categories = filters.categories.iter().map(|name| Need::Category(name.clone())).collect();
    let kinds = [officials.unwrap_or_default(), sources, categories];
    kinds.into_iter().filter(|any: &AnyOf| !any.is_empty()).collect()
}

/// How many articles have something.
fn frequency(snapshot: &Snapshot, need: &Need) -> Result<u64, IndexError> {
    let fields = snapshot.fields();
    let (field, key): (Field, &str) = match need {
        Need::Key(field, key) => (fields.text(*field), key),
        Need::Fact(key) => (fields.fact, key),
        Need::Official(id) => (fields.person, id.as_str()),
        Need::Source(id) => (fields.source, id),
        Need::Category(name) => (fields.category, name),
    };
    Ok(snapshot.searcher.doc_freq(&Term::from_field_text(field, key))?)
}
