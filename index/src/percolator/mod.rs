//! Matching new articles against saved searches, instead of running each search again.
//!
//! Of every search it is known what any match must have (`need`); those of which an article has
//! nothing are not looked at (the presearcher of Woodward's Luwak, 2014, now Lucene's monitor).
//! The others are tried on the article's own keys (`trial`), with the plan that a search is run by:
//! a saved search finds what the same search, read strictly, would find in the index.

mod need;
mod reading;
mod trial;

use std::collections::HashMap;

use archive::{AlertId, Article, SavedSearch};
use jiff::Timestamp;

use self::need::{Need, need};
use self::reading::Reading;
use self::trial::{Names, Trial};
use crate::features::body_texts;
use crate::highlight::{Marker, unescape};
use crate::plan::{Plan, Sort};
use crate::query::Query;
use crate::rerank::Places;
use crate::search::plan_of;
use crate::snippet::snippet;
use crate::{Index, IndexError, Request};

/// Saved searches, ready to be tried on articles.
pub struct Percolator {
    searches: Vec<Prepared>,
    /// The searches of which any match has this.
    by_need: HashMap<Need, Vec<u32>>,
    /// Those of which nothing can be said.
    always: Vec<u32>,
}

/// Why a saved search finds an article.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Why {
    /// A fragment, escaped and marked.
    pub html: String,
    /// What matched in title and fragment, as it is written there, each once.
    pub words: Vec<String>,
}

/// Matching words that are told.
const WORDS_TOLD: usize = 8;

/// What stands in the marks of a marked text.
fn marked(html: &str) -> impl Iterator<Item = String> {
    let parts = html.split("<mark>").skip(1);
    parts.filter_map(|part| Some(unescape(part.split_once("</mark>")?.0)))
}

fn alike(one: &str, other: &str) -> bool {
    vietnamese::fold_phrase(one) == vietnamese::fold_phrase(other)
}

struct Prepared {
    alert: AlertId,
    plan: Plan,
}

impl Request {
    /// A saved search: strict, the newest first.
    pub fn saved(search: &SavedSearch, now: Timestamp) -> Self {
        Self {
            text: search.text.clone(),
            filters: search.into(),
            sort: Sort::Newest,
            strict: true,
            now,
            ..Self::default()
        }
    }
}

impl Index {
    /// A search as it is saved. One that asks for a person by name and post follows that person
    /// from then on, whatever the archive learns of others.
    ///
    /// # Errors
    /// When the archive cannot be read.
    pub fn to_be_saved(
        &self,
        search: &SavedSearch,
        now: Timestamp,
    ) -> Result<SavedSearch, IndexError> {
        let query = Query::read(&search.text, Request::saved(search, now).today());
        let offered = self.offered(&query)?;
        Ok(match offered.into_iter().next().filter(|one| one.is_asked_for()) {
            Some(person) if search.official.is_none() => SavedSearch {
                text: String::new(),
                official: Some(person.official.id.to_string()),
                ..search.clone()
            },
            _ => search.clone(),
        })
    }

    /// Why a saved search finds an article: the fragment that says most, and the words in it.
    ///
    /// # Errors
    /// When the archive cannot be read.
    pub fn why(
        &self,
        search: &SavedSearch,
        article: &Article,
        now: Timestamp,
    ) -> Result<Why, IndexError> {
        let request = Request::saved(search, now);
        let query = Query::read(&request.text, request.today());
        let marker = Marker::new(&query, &self.names_of(&request.filters.officials)?);
        let texts: Vec<&str> = body_texts(article).collect();
        let html = snippet(&marker, &article.fields.title, &texts, &Places::default());
        let title = marker.mark(&article.fields.title);
        let mut words: Vec<String> = Vec::new();
        for word in marked(&title).chain(marked(&html)) {
            if words.len() < WORDS_TOLD && !words.iter().any(|known| alike(known, &word)) {
                words.push(word);
            }
        }
        Ok(Why { html, words })
    }

    /// Prepares saved searches. What the archive's texts say of abbreviations is taken as it is now.
    ///
    /// # Errors
    /// When index or archive fail.
    pub fn percolator(
        &self,
        searches: impl IntoIterator<Item = (AlertId, SavedSearch)>,
        now: Timestamp,
    ) -> Result<Percolator, IndexError> {
        self.watched(|| self.prepared(searches, now))
    }

    fn prepared(
        &self,
        searches: impl IntoIterator<Item = (AlertId, SavedSearch)>,
        now: Timestamp,
    ) -> Result<Percolator, IndexError> {
        let snapshot = self.snapshot()?;
        let mut ready =
            Percolator { searches: Vec::new(), by_need: HashMap::new(), always: Vec::new() };
        for (alert, search) in searches {
            let request = Request::saved(&search, now);
            let request = Request { filters: self.known(&request.filters)?, ..request };
            let query = Query::read(&request.text, request.today());
            if query.is_signs(&request.text) {
                continue;
            }
            let plan = plan_of(&snapshot, &query, &request);
            let number = ready.searches.len() as u32;
            match need(&snapshot, &plan)? {
                Some(any) => any
                    .into_iter()
                    .for_each(|need| ready.by_need.entry(need).or_default().push(number)),
                None => ready.always.push(number),
            }
            ready.searches.push(Prepared { alert, plan });
        }
        Ok(ready)
    }
}

impl Percolator {
    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.searches.is_empty()
    }

    /// Begins to try the searches on articles that the index holds already.
    ///
    /// # Errors
    /// When the index fails.
    pub fn trials<'p>(&'p self, index: &'p Index) -> Result<Trials<'p>, IndexError> {
        Ok(Trials { percolator: self, index, names: Names::new(index.snapshot()?) })
    }
}

/// Trials of articles, in one state of the index: who is meant by names is looked up once.
pub struct Trials<'p> {
    percolator: &'p Percolator,
    index: &'p Index,
    names: Names,
}

impl Trials<'_> {
    /// The alerts whose searches find an article, in order.
    ///
    /// # Errors
    /// When index or archive fail.
    pub fn matching(&mut self, article: &Article) -> Result<Vec<AlertId>, IndexError> {
        let index = self.index;
        index.watched(|| self.found(article))
    }

    fn found(&mut self, article: &Article) -> Result<Vec<AlertId>, IndexError> {
        let Percolator { searches, by_need, always } = self.percolator;
        let officials = self.index.archive().officials_in(&article.id, article.version)?;
        let officials = officials.into_iter().map(|(_, id)| id).collect();
        let reading = Reading::of(article, officials);
        let mut candidates = always.clone();
        for need in reading.has() {
            candidates.extend(by_need.get(&need).into_iter().flatten());
        }
        candidates.sort_unstable();
        candidates.dedup();
        let mut found = Vec::new();
        for number in candidates {
            let Prepared { alert, plan } = &searches[number as usize];
            if (Trial { plan, reading: &reading }).succeeds(&mut self.names)? {
                found.push(*alert);
            }
        }
        Ok(found)
    }
}
