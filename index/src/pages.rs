//! Which hits a page shows: of one text at several sources only the best, and where the next page
//! begins.

use std::cell::RefCell;
use std::cmp::Ordering;
use std::collections::HashMap;

use tantivy::DocAddress;

use crate::IndexError;
use crate::collapse::Collapse;
use crate::engine::{FoundHit, Order, Run, Start, Window};
use crate::order::Mark;
use crate::twins::Twins;

/// The hits of a window, and where the next one begins.
pub(crate) fn page(
    run: &Run<'_, '_>,
    order: &Order,
    window: Window,
) -> Result<(Vec<FoundHit>, Option<Start>), IndexError> {
    let places = Places::new(run, order, window.start);
    let twins = Twins::new(run.snapshot);
    let (skipped, candidates) = match window.start {
        Start::Offset(offset) => (offset, order.head.iter().chain(&order.rest)),
        Start::After(_) => (0, order.rest.iter().chain(&[])),
    };
    let (mut leaders, mut hits) = (0, Vec::with_capacity(window.limit));
    let (mut collapse, mut last) = (Collapse::default(), None);
    for hit in candidates {
        if leaders < skipped && !window.collapse {
            leaders += 1;
            continue;
        }
        if window.collapse {
            let rivals = |hit| places.before(hit, &twins.of(hit)?);
            if !collapse.shows(hit.address, rivals)? {
                continue;
            }
        }
        leaders += 1;
        if leaders <= skipped {
            continue;
        }
        if hits.len() == window.limit {
            let last = last.map(|last| places.of(last)).transpose()?;
            let next = last.map(|last| match last {
                Place::Rest(mark) => Start::After(mark),
                // Those that were re-ranked are counted.
                Place::Head(_) | Place::Behind => Start::Offset(skipped + window.limit),
            });
            return Ok((hits, next));
        }
        last = Some(hit.address);
        let also_in = twins.sources(&twins.of(hit.address)?).into_iter().collect();
        hits.push(FoundHit { ranked: hit.clone(), also_in });
    }
    Ok((hits, None))
}

/// Where hits stand in the final order.
struct Places<'p, 's, 'r> {
    run: &'p Run<'s, 'r>,
    heads: HashMap<DocAddress, usize>,
    /// Of those behind the head, as far as they are known.
    marks: RefCell<HashMap<DocAddress, Mark>>,
    /// Whether those known are all that come first.
    from_the_first: bool,
}

/// Where a hit stands in the final order.
#[derive(Clone, Copy)]
enum Place {
    /// Among those of the second stage.
    Head(usize),
    /// Behind them.
    Rest(Mark),
    /// Behind all that are known.
    Behind,
}

impl<'p, 's, 'r> Places<'p, 's, 'r> {
    fn new(run: &'p Run<'s, 'r>, order: &Order, start: Start) -> Self {
        let heads = order.head.iter().enumerate().map(|(at, hit)| (hit.address, at)).collect();
        let marks = order.rest.iter().map(|hit| (hit.address, run.mark(hit.address, hit.score)));
        let marks = RefCell::new(marks.collect());
        Self { run, heads, marks, from_the_first: matches!(start, Start::Offset(_)) }
    }

    /// Those of some articles that match as well and come before a hit, the first one first.
    fn before(
        &self,
        hit: DocAddress,
        articles: &[DocAddress],
    ) -> Result<Vec<DocAddress>, IndexError> {
        let mut twins = articles.iter().copied().filter(|one| self.run.is_hit(*one)).peekable();
        if twins.peek().is_none() {
            return Ok(Vec::new());
        }
        let own = self.of(hit)?;
        let mut before = Vec::new();
        for twin in twins {
            let place = self.of(twin)?;
            before.extend((place.order(&own) == Ordering::Less).then_some((place, twin)));
        }
        before.sort_by(|(one, _), (other, _)| one.order(other));
        Ok(before.into_iter().map(|(_, twin)| twin).collect())
    }

    fn of(&self, address: DocAddress) -> Result<Place, IndexError> {
        if let Some(at) = self.heads.get(&address) {
            return Ok(Place::Head(*at));
        }
        if let Some(mark) = self.marks.borrow().get(&address) {
            return Ok(Place::Rest(*mark));
        }
        if self.from_the_first {
            return Ok(Place::Behind);
        }
        let mark = self.run.mark(address, self.run.score(address)?);
        self.marks.borrow_mut().insert(address, mark);
        Ok(Place::Rest(mark))
    }
}

impl Place {
    fn order(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Head(one), Self::Head(other)) => one.cmp(other),
            (Self::Rest(one), Self::Rest(other)) => one.order(other),
            _ => self.part().cmp(&other.part()),
        }
    }

    /// Which part of the order it is in.
    fn part(&self) -> u8 {
        match self {
            Self::Head(_) => 0,
            Self::Rest(_) => 1,
            Self::Behind => 2,
        }
    }
}
