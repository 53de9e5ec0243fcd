//! Sets of a segment's articles, a bit each: what half of an archive has is compared some dozens of
//! articles at a time.

use tantivy::DocId;

/// Articles of a lane.
const LANE: DocId = u64::BITS;

/// A set of articles.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Bits {
    lanes: Vec<u64>,
}

impl Bits {
    /// None of so many articles.
    pub(crate) fn none(docs: DocId) -> Self {
        Self { lanes: vec![0; docs.div_ceil(LANE) as usize] }
    }

    /// All of them.
    pub(crate) fn all(docs: DocId) -> Self {
        let mut all = Self { lanes: vec![u64::MAX; docs.div_ceil(LANE) as usize] };
        if let Some(last) = all.lanes.last_mut().filter(|_| !docs.is_multiple_of(LANE)) {
            *last = (1 << (docs % LANE)) - 1;
        }
        all
    }

    /// The bits that a set of so many articles takes.
    pub(crate) fn room(docs: DocId) -> u32 {
        docs.next_multiple_of(LANE)
    }

    /// Puts a set behind this one.
    pub(crate) fn append(&mut self, other: &Self) {
        self.lanes.extend_from_slice(&other.lanes);
    }

    /// Adds an article; one that the segment does not have is passed over.
    pub(crate) fn insert(&mut self, doc: DocId) {
        if let Some(lane) = self.lanes.get_mut((doc / LANE) as usize) {
            *lane |= 1 << (doc % LANE);
        }
    }

    pub(crate) fn contains(&self, doc: DocId) -> bool {
        self.lanes.get((doc / LANE) as usize).is_some_and(|lane| lane >> (doc % LANE) & 1 == 1)
    }

    /// Adds those of another set.
    pub(crate) fn add(&mut self, other: &Self) {
        self.lanes.iter_mut().zip(&other.lanes).for_each(|(lane, other)| *lane |= other);
    }

    /// Keeps those that are in another set as well.
    pub(crate) fn keep(&mut self, other: &Self) {
        self.lanes.iter_mut().zip(&other.lanes).for_each(|(lane, other)| *lane &= other);
    }

    /// Takes those of another set away.
    pub(crate) fn remove(&mut self, other: &Self) {
        self.lanes.iter_mut().zip(&other.lanes).for_each(|(lane, other)| *lane &= !other);
    }

    pub(crate) fn len(&self) -> usize {
        self.lanes.iter().map(|lane| lane.count_ones() as usize).sum()
    }

    /// The articles in their order.
    pub(crate) fn list(&self) -> Vec<DocId> {
        let mut list = Vec::with_capacity(self.len());
        for (at, lane) in (0..).zip(&self.lanes) {
            let mut left = *lane;
            while left != 0 {
                list.push(at * LANE + left.trailing_zeros());
                left &= left - 1;
            }
        }
        list
    }

    /// Those of so many articles that are in at least `least` of some sets. Counts of a lane's
    /// articles are kept a binary digit each, so that 64 are added at once (carry-save addition, as
    /// in Knuth, The Art of Computer Programming, 4A, 7.1.3).
    pub(crate) fn in_at_least(docs: DocId, sets: &[&Self], least: u32) -> Self {
        if least as usize > sets.len() {
            return Self::none(docs);
        }
        let mut found = Self::all(docs);
        let digits = (u32::BITS - (sets.len() as u32).leading_zeros()) as usize;
        for (at, lane) in found.lanes.iter_mut().enumerate() {
            let mut counts = [0_u64; u32::BITS as usize];
            for set in sets {
                let mut carry = set.lanes[at];
                for digit in &mut counts[..digits] {
                    (*digit, carry) = (*digit ^ carry, *digit & carry);
                }
            }
            let (mut more, mut same) = (0, u64::MAX);
            for (number, digit) in counts[..digits].iter().enumerate().rev() {
                if least >> number & 1 == 1 {
                    same &= digit;
                } else {
                    more |= same & digit;
                    same &= !digit;
                }
            }
            *lane &= more | same;
        }
        found
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn set(docs: DocId, members: &BTreeSet<DocId>) -> Bits {
        let mut bits = Bits::none(docs);
        members.iter().for_each(|doc| bits.insert(*doc));
        bits
    }

    fn members() -> impl Strategy<Value = BTreeSet<DocId>> {
        proptest::collection::btree_set(0_u32..300, 0..120)
    }

    proptest! {
        #[test]
        fn they_are_sets(one in members(), other in members(), docs in 0_u32..300) {
            let within = |all: &BTreeSet<DocId>| all.range(..docs).copied().collect::<BTreeSet<_>>();
            let (one, other) = (within(&one), within(&other));
            let bits = set(docs, &one);
            prop_assert_eq!(bits.list(), one.iter().copied().collect::<Vec<_>>());
            prop_assert_eq!(bits.len(), one.len());
            prop_assert!((0..400).all(|doc| bits.contains(doc) == one.contains(&doc)));
            let (mut both, mut either, mut rest) = (bits.clone(), bits.clone(), bits.clone());
            both.keep(&set(docs, &other));
            either.add(&set(docs, &other));
            rest.remove(&set(docs, &other));
            prop_assert_eq!(both, set(docs, &(&one & &other)));
            prop_assert_eq!(either, set(docs, &(&one | &other)));
            prop_assert_eq!(rest, set(docs, &(&one - &other)));
            prop_assert_eq!(Bits::all(docs).list(), (0..docs).collect::<Vec<_>>());
        }

        #[test]
        fn what_is_in_several_is_counted(
            sets in proptest::collection::vec(members(), 0..33),
            least in 0_u32..35,
        ) {
            let bits: Vec<Bits> = sets.iter().map(|members| set(300, members)).collect();
            let found = Bits::in_at_least(300, &bits.iter().collect::<Vec<_>>(), least);
            let count = |doc: &u32| sets.iter().filter(|set| set.contains(doc)).count();
            let wanted = (0..300).filter(|doc| count(doc) >= least as usize);
            prop_assert_eq!(found.list(), wanted.collect::<Vec<_>>());
        }
    }
}
