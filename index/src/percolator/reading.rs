//! One article as the index would hold it, in memory: what the searches are tried on.

use std::collections::{BTreeSet, HashMap, HashSet};

use archive::{Article, OfficialId};
use tantivy::tokenizer::{TokenStream, Tokenizer};
use vietnamese::tantivy::Analyzer;

use super::need::Need;
use crate::Alteration;
use crate::features::Features;
use crate::plan::TextField;

/// An article's keys.
pub(super) struct Reading {
    /// By number of the text field: keys with their places.
    texts: [HashMap<String, Vec<u32>>; 4],
    pub(super) facts: HashSet<String>,
    /// The terms of the people who are named.
    pub(super) people: BTreeSet<String>,
    pub(super) officials: Vec<OfficialId>,
    pub(super) alterations: Vec<Alteration>,
    pub(super) source: String,
    /// Folded.
    pub(super) category: Option<String>,
    /// Seconds since 1970.
    pub(super) published: Option<i64>,
}

impl Reading {
    pub(super) fn of(article: &Article, officials: Vec<OfficialId>) -> Self {
        let features = Features::of(article);
        let fields = &article.fields;
        let keys = |field: TextField| match field {
            TextField::TitleExact => keys(&fields.title, Analyzer::Marked),
            TextField::TitleFolded => keys(&fields.title, Analyzer::Folded),
            TextField::BodyExact => keys(&features.text, Analyzer::Marked),
            TextField::BodyFolded => keys(&features.text, Analyzer::Folded),
        };
        Self {
            texts: TextField::ALL.map(keys),
            facts: features.facts.iter().cloned().collect(),
            officials,
            alterations: Alteration::of(article).collect(),
            source: article.source.to_string(),
            category: fields.category.as_deref().map(vietnamese::fold_phrase),
            published: fields.published.map(|time| time.instant().as_second()),
            people: features.people,
        }
    }

    /// Whether it has a key.
    pub(super) fn has_key(&self, field: TextField, key: &str) -> bool {
        self.texts[field as usize].contains_key(key)
    }

    /// The places of a key, in order.
    pub(super) fn places(&self, field: TextField, key: &str) -> &[u32] {
        self.texts[field as usize].get(key).map_or(&[], Vec::as_slice)
    }

    /// All that a search may need.
    pub(super) fn has(&self) -> impl Iterator<Item = Need> {
        let texts = TextField::ALL.into_iter().flat_map(|field| {
            let keys = self.texts[field as usize].keys();
            keys.map(move |key| Need::Key(field, key.clone()))
        });
        let facts = self.facts.iter().map(|fact| Need::Fact(fact.clone()));
        let officials = self.officials.iter().map(|id| Need::Official(id.clone()));
        let source = [Need::Source(self.source.clone())].into_iter();
        let category = self.category.iter().map(|name| Need::Category(name.clone()));
        texts.chain(facts).chain(officials).chain(source).chain(category)
    }
}

fn keys(text: &str, mut analyzer: Analyzer) -> HashMap<String, Vec<u32>> {
    let mut keys: HashMap<String, Vec<u32>> = HashMap::new();
    let mut tokens = analyzer.token_stream(text);
    while tokens.advance() {
        let token = tokens.token();
        match keys.get_mut(token.text.as_str()) {
            Some(places) => places.push(token.position as u32),
            None => {
                keys.insert(token.text.clone(), vec![token.position as u32]);
            }
        }
    }
    keys
}
