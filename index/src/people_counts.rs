//! How many of the matching articles name each official. An archive names more people than can be
//! looked through at every query, so only those who were met are.

use std::sync::{Mutex, PoisonError};

/// Counts of officials, by their numbers in the archive.
#[derive(Debug, Default)]
pub(crate) struct PeopleCounts {
    counts: Vec<u32>,
    /// The numbers that have a count.
    met: Vec<u32>,
}

/// Counts that nobody uses: it takes long to make room for all officials, and none to take what
/// another query left.
#[derive(Debug, Default)]
pub(crate) struct SpareCounts(Mutex<Vec<PeopleCounts>>);

/// Counts that are kept for later queries.
const SPARE_MAX: usize = 4;

impl PeopleCounts {
    /// Adds to the count of an official.
    pub(crate) fn add(&mut self, number: u32, articles: u32) {
        let at = number as usize;
        if at >= self.counts.len() {
            self.counts.resize(at + 1, 0);
        }
        if self.counts[at] == 0 {
            self.met.push(number);
        }
        self.counts[at] += articles;
    }

    /// Officials who were counted so often.
    pub(crate) fn at_least(&self, least: u64) -> Vec<u32> {
        let often = |number: &u32| u64::from(self.counts[*number as usize]) >= least;
        self.met.iter().copied().filter(often).collect()
    }

    /// The `wanted` officials whom most articles name, with their counts; of equal ones those who
    /// were known first.
    pub(crate) fn commonest(&mut self, wanted: usize) -> Vec<(u32, u64)> {
        let order = |number: &u32| (u32::MAX - self.counts[*number as usize], *number);
        if wanted < self.met.len() {
            self.met.select_nth_unstable_by_key(wanted, order);
        }
        let mut first: Vec<u32> = self.met.iter().copied().take(wanted).collect();
        first.sort_unstable_by_key(order);
        first.into_iter().map(|number| (number, self.counts[number as usize].into())).collect()
    }
}

impl SpareCounts {
    /// Counts in which nobody is counted.
    pub(crate) fn take(&self) -> PeopleCounts {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop().unwrap_or_default()
    }

    /// Keeps counts that are done with.
    pub(crate) fn give_back(&self, mut counts: PeopleCounts) {
        let PeopleCounts { counts: counted, met } = &mut counts;
        met.drain(..).for_each(|number| counted[number as usize] = 0);
        let mut spare = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if spare.len() < SPARE_MAX {
            spare.push(counts);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_commonest_come_first_and_nothing_is_left_for_the_next_query() {
        let spare = SpareCounts::default();
        let mut counts = spare.take();
        for officials in [&[7, 2][..], &[2], &[9, 7], &[2, 4]] {
            officials.iter().for_each(|number| counts.add(*number, 1));
        }
        assert_eq!(counts.commonest(3), [(2, 3), (7, 2), (4, 1)]);
        assert_eq!(counts.commonest(9).len(), 4);
        spare.give_back(counts);
        let mut counts = spare.take();
        assert_eq!(counts.commonest(9), []);
        counts.add(2, 1);
        assert_eq!(counts.commonest(9), [(2, 1)]);
    }
}
