//! The order of hits: the greatest key first, equal ones by id, so that pages neither lose nor
//! repeat a hit and a rebuilt index gives the same order.

use std::cmp::Ordering;

use archive::ArticleId;
use tantivy::{DocAddress, DocId};

use crate::engine::Ranked;
use crate::plan::Sort;
use crate::snapshot::Columns;

/// What a hit is ordered by.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub(crate) enum Key {
    Score(f32),
    /// Undated articles come last either way.
    Time(Option<i64>),
}

/// A place in the order.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Mark {
    pub(crate) key: Key,
    /// The article that stands there.
    pub(crate) id: u64,
}

impl Key {
    /// The key of an article with this score.
    pub(crate) fn of(sort: Sort, columns: &Columns, doc: DocId, score: f32) -> Self {
        match sort {
            Sort::Relevance => Self::Score(score),
            Sort::Newest => Self::Time(columns.published(doc)),
            Sort::Oldest => Self::Time(columns.published(doc).map(|at| -at)),
        }
    }
}

impl Mark {
    pub(crate) fn is_before(&self, other: &Self) -> bool {
        self.order(other) == Ordering::Less
    }

    pub(crate) fn order(&self, other: &Self) -> Ordering {
        let key = other.key.partial_cmp(&self.key).unwrap_or(Ordering::Equal);
        key.then(self.id.cmp(&other.id))
    }
}

/// The best so far, at least as many as wanted.
pub(crate) struct Top {
    wanted: usize,
    /// Only what comes behind this counts.
    after: Option<Mark>,
    held: Vec<(Mark, DocAddress)>,
    /// The worst that is still wanted, once there are enough.
    bar: Option<Key>,
    cut: bool,
}

impl Top {
    pub(crate) fn new(wanted: usize, after: Option<Mark>) -> Self {
        Self { wanted, after, held: Vec::new(), bar: None, cut: false }
    }

    /// How many are wanted.
    pub(crate) fn wanted(&self) -> usize {
        self.wanted
    }

    /// The least score that is still wanted.
    pub(crate) fn bar(&self) -> f32 {
        match self.bar {
            Some(Key::Score(bar)) => bar,
            _ => 0.0,
        }
    }

    /// Notes that something below all that are wanted was not even offered.
    pub(crate) fn leave_out(&mut self) {
        self.cut = true;
    }

    /// Whether a key may be among those that are wanted; where not, that is noted.
    pub(crate) fn wants(&mut self, key: Key) -> bool {
        let below = match (self.bar, key) {
            (Some(Key::Score(bar)), Key::Score(score)) => score < bar,
            (Some(bar), key) => key < bar,
            (None, _) => false,
        };
        self.cut |= below;
        !below
    }

    pub(crate) fn offer(&mut self, key: Key, id: impl FnOnce() -> u64, address: DocAddress) {
        if !self.wants(key) {
            return;
        }
        if self.after.is_some_and(|after| key > after.key) {
            return;
        }
        let mark = Mark { key, id: id() };
        if self.after.is_some_and(|after| !after.is_before(&mark)) {
            return;
        }
        self.held.push((mark, address));
        if self.held.len() >= 4 * self.wanted {
            self.settle();
        }
    }

    /// Whether something was left out.
    pub(crate) fn is_cut(&self) -> bool {
        self.cut || self.held.len() > self.wanted
    }

    pub(crate) fn into_hits(mut self) -> Vec<Ranked> {
        self.settle();
        let hit = |(mark, address): (Mark, DocAddress)| {
            let score = if let Key::Score(score) = mark.key { score } else { 0.0 };
            Ranked { id: ArticleId::from_bits(mark.id), score, address, gains: None }
        };
        self.held.into_iter().map(hit).collect()
    }

    /// Forgets all but the best: what comes next is measured by them.
    pub(crate) fn settle(&mut self) {
        let order = |a: &(Mark, DocAddress), b: &(Mark, DocAddress)| a.0.order(&b.0);
        if self.held.len() > self.wanted {
            self.cut = true;
            self.held.select_nth_unstable_by(self.wanted - 1, order);
            self.held.truncate(self.wanted);
        }
        self.held.sort_unstable_by(order);
        if self.held.len() == self.wanted {
            self.bar = self.held.last().map(|(mark, _)| mark.key);
        }
    }
}
