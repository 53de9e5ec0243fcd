//! Whom most of some articles name. An archive names more people than can be looked through at every
//! search, so those whom most articles name at all come first, until nobody behind them can be named
//! more often than the last of those found.

use std::cmp::Reverse;
use std::collections::{BTreeSet, HashMap};

use tantivy::DocId;

use crate::bits::Bits;
use crate::shelf::Shelf;

/// What is looked through article by article.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Segments of fewer articles.
    large_min: usize,
    /// So few articles altogether.
    few: usize,
}

/// Where it is quicker to go from one to the other. Small in tests, so that they see both.
pub(crate) const LIMITS: Limits = match cfg!(test) {
    true => Limits { large_min: 800, few: 200 },
    false => Limits { large_min: 10_000, few: 20_000 },
};

impl Limits {
    /// Whether a segment's officials are among the [`Namings`].
    pub(crate) fn is_large(self, shelf: &Shelf) -> bool {
        shelf.len() >= self.large_min
    }
}

impl Default for Limits {
    fn default() -> Self {
        LIMITS
    }
}

/// The officials of the large segments of a state, with the articles that name them.
#[derive(Debug, Default)]
pub(crate) struct Namings {
    /// By their numbers in the archive, whom most articles name first.
    officials: Vec<u32>,
    /// Where the articles of each begin in `articles`, and where the last ones end.
    starts: Vec<u32>,
    /// By their bits in the large segments' sets, one behind the other.
    articles: Vec<u32>,
    limits: Limits,
}

impl Namings {
    /// Those of the large ones of some segments.
    pub(crate) fn of<'s>(shelves: impl Iterator<Item = &'s Shelf>, limits: Limits) -> Self {
        let (mut pairs, mut first) = (Vec::new(), 0);
        for shelf in shelves.filter(|shelf| limits.is_large(shelf)) {
            for (doc, row) in (first..).zip(shelf.rows()) {
                pairs.extend(shelf.officials(*row).iter().map(|number| (*number, doc)));
            }
            first += Bits::room(shelf.len() as DocId);
        }
        pairs.sort_unstable();
        let mut groups: Vec<&[(u32, u32)]> = pairs.chunk_by(|a, b| a.0 == b.0).collect();
        groups.sort_by_key(|group| Reverse(group.len()));
        let mut people = Self { limits, ..Self::default() };
        for group in groups {
            people.officials.push(group[0].0);
            people.starts.push(people.articles.len() as u32);
            people.articles.extend(group.iter().map(|(_, article)| article));
        }
        people.starts.push(people.articles.len() as u32);
        people
    }

    fn iter(&self) -> impl Iterator<Item = (u32, &[u32])> {
        let bounds = self.starts.windows(2).map(|pair| pair[0] as usize..pair[1] as usize);
        self.officials.iter().copied().zip(bounds.map(|range| &self.articles[range]))
    }

    /// The `wanted` officials whom most of some articles name, with the number of these; of equal
    /// ones those who were known first. The articles are those of the segments from which the people
    /// are, in the same order.
    pub(crate) fn commonest(&self, segments: &[(&Shelf, Bits)], wanted: usize) -> Vec<(u32, u64)> {
        let articles: usize = segments.iter().map(|(_, found)| found.len()).sum();
        let by_article =
            |shelf: &Shelf| articles <= self.limits.few || !self.limits.is_large(shelf);
        let mut counted: HashMap<u32, u64> = HashMap::new();
        let mut large = Bits::none(0);
        for (shelf, found) in segments {
            if by_article(shelf) {
                for row in found.list().into_iter().filter_map(|doc| shelf.row(doc)) {
                    for number in shelf.officials(row) {
                        *counted.entry(*number).or_default() += 1;
                    }
                }
            } else {
                large.append(found);
            }
        }
        let mut best = Commonest { wanted, ranks: BTreeSet::new() };
        if articles > self.limits.few {
            let most_besides = counted.values().copied().max().unwrap_or_default();
            for (number, naming) in self.iter() {
                if best.is_above(naming.len() as u64 + most_besides) {
                    break;
                }
                let here = naming.iter().filter(|article| large.contains(**article)).count();
                best.offer(number, here as u64 + counted.remove(&number).unwrap_or_default());
            }
        }
        // Those who come later here were not looked for in the large ones.
        counted.into_iter().for_each(|(number, count)| best.offer(number, count));
        best.ranks.into_iter().map(|(count, number)| (number, count.0)).collect()
    }
}

/// The best so far.
struct Commonest {
    wanted: usize,
    ranks: BTreeSet<(Reverse<u64>, u32)>,
}

impl Commonest {
    fn offer(&mut self, number: u32, count: u64) {
        if count > 0 && !self.is_above(count) {
            self.ranks.insert((Reverse(count), number));
        }
        if self.ranks.len() > self.wanted {
            self.ranks.pop_last();
        }
    }

    /// Whether all that are wanted are above a count.
    fn is_above(&self, count: u64) -> bool {
        let last = self.ranks.last().filter(|_| self.ranks.len() == self.wanted);
        last.is_some_and(|(least, _)| least.0 > count)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    /// Who is named in each article, and whether it was found.
    type Segment = Vec<(BTreeSet<u32>, bool)>;

    fn segments() -> impl Strategy<Value = Vec<Segment>> {
        let article = (proptest::collection::btree_set(0_u32..30, 0..5), any::<bool>());
        proptest::collection::vec(proptest::collection::vec(article, 0..80), 0..4)
    }

    fn found(articles: &Segment) -> Bits {
        let mut found = Bits::none(articles.len() as DocId);
        let hits = (0..).zip(articles).filter(|(_, (_, hit))| *hit);
        hits.for_each(|(doc, _)| found.insert(doc));
        found
    }

    proptest! {
        #[test]
        fn the_commonest_are_found_either_way(
            all in segments(),
            wanted in 1_usize..8,
            large_min in 0_usize..80,
            few in 0_usize..100,
        ) {
            let shelf = |articles: &Segment| {
                Shelf::naming(articles.iter().map(|(who, _)| who.iter().copied().collect()))
            };
            let shelves: Vec<Shelf> = all.iter().map(shelf).collect();
            let people = Namings::of(shelves.iter(), Limits { large_min, few });
            let segments: Vec<(&Shelf, Bits)> = shelves.iter().zip(all.iter().map(found)).collect();
            let mut counts: BTreeMap<u32, u64> = BTreeMap::new();
            let hits = all.iter().flatten().filter(|(_, hit)| *hit);
            hits.flat_map(|(who, _)| who).for_each(|who| *counts.entry(*who).or_default() += 1);
            let mut expected: Vec<(u32, u64)> = counts.into_iter().collect();
            expected.sort_by_key(|(who, count)| (Reverse(*count), *who));
            expected.truncate(wanted);
            prop_assert_eq!(people.commonest(&segments, wanted), expected);
        }
    }
}
