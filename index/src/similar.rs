//! Articles like an article, and the same text at other sources.

use std::time::{Duration, Instant};

use archive::{Article, ArticleId, ArticleStatus};
use tantivy::DocAddress;

use crate::engine::{self, Start, Window};
use crate::features::text;
use crate::pairs::{Counted, PairCounts};
use crate::patience::Patience;
use crate::plan::{Minimum, Plan, Word};
use crate::planner;
use crate::snapshot::Snapshot;
use crate::twins::Twins;
use crate::{Index, IndexError};

/// Pairs of syllables that an article is known by.
const PAIRS: usize = 16;
/// The part of these syllables that a similar article has.
const SHARE_MIN: f32 = 0.3;
/// Syllables of an article that are read: the beginning says what it is about.
const READ_MAX: usize = 1_000;

/// How long it may take to look for them.
const SIMILAR_MAX: Duration = Duration::from_secs(2);

/// What is like an article.
#[derive(Clone, Debug, Default)]
pub struct Similar {
    /// Articles about the same things, the likest first, with their scores.
    pub articles: Vec<(Article, f32)>,
    /// The same text at other sources.
    pub also_in: Vec<Article>,
}

impl Index {
    /// Articles that are like this one, at most `limit`; `None` when there is no such article.
    ///
    /// # Errors
    /// When the index or the archive fails.
    pub fn similar(&self, id: &ArticleId, limit: usize) -> Result<Option<Similar>, IndexError> {
        self.watched(|| self.like(id, limit))
    }

    fn like(&self, id: &ArticleId, limit: usize) -> Result<Option<Similar>, IndexError> {
        let Some(article) = self.visible(id)? else { return Ok(None) };
        let snapshot = &*self.snapshot()?;
        let twins = match address(snapshot, id)? {
            Some(address) => Twins::new(snapshot).of(address)?,
            None => [].into(),
        };
        let mut similar = Similar::default();
        for twin in twins.iter() {
            similar.also_in.extend(self.visible(&snapshot.id(*twin))?);
        }
        let plan = plan(&article, &snapshot.generation.pairs());
        if plan.words.is_empty() {
            return Ok(Some(similar));
        }
        // Room for the article itself and for its twins.
        let limit_with_own = limit + 1 + twins.len();
        let window = Window {
            start: Start::Offset(0),
            limit: limit_with_own,
            collapse: true,
            facets: false,
        };
        let patience = Patience { since: Instant::now(), most: Some(SIMILAR_MAX) };
        let hits = match engine::run(snapshot, &plan, window, patience) {
            Ok(found) => found.hits,
            // The article's own page must not wait for it.
            Err(IndexError::TooLong { .. }) => return Ok(Some(similar)),
            Err(error) => return Err(error),
        };
        for hit in hits {
            let own = hit.ranked.id == *id || twins.contains(&hit.ranked.address);
            if !own && similar.articles.len() < limit {
                let found = self.visible(&hit.ranked.id)?;
                similar.articles.extend(found.map(|article| (article, hit.ranked.score)));
            }
        }
        Ok(Some(similar))
    }

    fn visible(&self, id: &ArticleId) -> Result<Option<Article>, IndexError> {
        let article = self.archive().article(id)?;
        Ok(article.filter(|article| article.status != ArticleStatus::Hidden))
    }
}

/// A search for the pairs of syllables that are frequent in the article and rare elsewhere.
fn plan(article: &Article, pairs: &PairCounts) -> Plan {
    let text = text(article);
    let mut tokens = vietnamese::scan(&text);
    tokens.truncate(READ_MAX);
    let mut counts: std::collections::BTreeMap<(&str, &str), (u32, usize)> = Default::default();
    for (at, second) in tokens.iter().enumerate().skip(1) {
        let Some(first) = tokens.get(at - 1) else { continue };
        let stops = [&first, &second].iter().any(|t| vietnamese::is_stop_syllable(t.acc));
        if !second.starts_line && !stops {
            counts.entry((first.fold, second.fold)).or_insert((0, at)).0 += 1;
        }
    }
    let all = pairs.articles() as f32;
    let mut telling: Vec<(f32, usize)> = counts
        .into_iter()
        .filter_map(|((first, second), (count, at))| {
            let everywhere = pairs.of(Counted::FoldedPair(first, second));
            // What only this article has, no other one is like.
            (everywhere > count).then(|| (count as f32 * (1.0 + all / everywhere as f32).ln(), at))
        })
        .collect();
    telling.sort_by(|a, b| b.0.total_cmp(&a.0).then(a.1.cmp(&b.1)));
    let mut words: Vec<Word> = Vec::new();
    for (_, at) in telling.into_iter().take(PAIRS) {
        for (place, follows) in [(at - 1, false), (at, true)] {
            words.extend(tokens.get(place).map(|token| planner::plain_word(&token, follows)));
        }
    }
    let needed = (words.len() as f32 * SHARE_MIN).ceil() as u32;
    let minimum = Minimum { strict: needed, loose: needed, enough: 0 };
    pairs.note(&mut words);
    Plan { words, minimum, ..Plan::default() }
}

/// Where an article lies in the index.
fn address(snapshot: &Snapshot, id: &ArticleId) -> Result<Option<DocAddress>, IndexError> {
    let term = tantivy::Term::from_field_u64(snapshot.fields().id, id.to_bits());
    let query = tantivy::query::TermQuery::new(term, tantivy::schema::IndexRecordOption::Basic);
    let found = snapshot.searcher.search(&query, &tantivy::collector::DocSetCollector)?;
    Ok(found.into_iter().next())
}
