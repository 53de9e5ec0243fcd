//! The people whom most of the articles name.
//!
//! An archive names more people than can be listed at every query, so each segment gives its
//! commonest first, and more of them only while an unseen one could still belong to the answer
//! (the threshold algorithm of Fagin, Lotem and Naor, 2003).

use std::collections::HashMap;

use tantivy::columnar::StrColumn;

use crate::facets::Texts;

/// Counts by segment.
#[derive(Default)]
pub(crate) struct PeopleCounts<'s> {
    segments: Vec<Segment<'s>>,
}

struct Segment<'s> {
    column: &'s StrColumn,
    /// By ordinal.
    counts: Vec<u64>,
    /// The ordinals with a count; see [`Segment::order_to`].
    order: Vec<u64>,
}

impl<'s> PeopleCounts<'s> {
    /// Adds a segment's counts.
    pub(crate) fn add(&mut self, Texts { column, counts }: Texts<'s>) {
        let Some(column) = column else { return };
        let order: Vec<u64> =
            (0..counts.len() as u64).filter(|ordinal| counts[*ordinal as usize] > 0).collect();
        if !order.is_empty() {
            self.segments.push(Segment { column, counts, order });
        }
    }

    /// The terms of the `wanted` commonest people with their counts; equal ones by term.
    pub(crate) fn commonest(&mut self, wanted: usize) -> tantivy::Result<Vec<(String, u64)>> {
        let mut depth = wanted;
        loop {
            self.segments.iter_mut().for_each(|segment| segment.order_to(depth + 1));
            let mut found = self.down_to(depth)?;
            found.sort_by(|a, b| b.1.cmp(&a.1).then_with(|| a.0.cmp(&b.0)));
            found.truncate(wanted);
            // What no segment has shown yet can have no more than this.
            let unseen: u64 = self.segments.iter().map(|segment| segment.below(depth)).sum();
            let last = if found.len() < wanted { 0 } else { found.last().map_or(0, |(_, n)| *n) };
            // With one segment, what is unseen comes behind what was seen.
            if unseen < last || unseen == 0 || self.segments.len() == 1 {
                return Ok(found);
            }
            depth *= 4;
        }
    }

    /// The people among the first `depth` of any segment, with their counts in all of them.
    fn down_to(&self, depth: usize) -> tantivy::Result<Vec<(String, u64)>> {
        let mut total: HashMap<String, u64> = HashMap::new();
        for segment in &self.segments {
            for ordinal in segment.order.iter().take(depth) {
                let mut term = String::new();
                segment.column.ord_to_str(*ordinal, &mut term)?;
                let count = match (self.segments.len(), total.get(&term)) {
                    (_, Some(_)) => continue,
                    (1, None) => segment.counts[*ordinal as usize],
                    (_, None) => self.count_everywhere(&term)?,
                };
                total.insert(term, count);
            }
        }
        Ok(total.into_iter().collect())
    }

    fn count_everywhere(&self, term: &str) -> tantivy::Result<u64> {
        let mut sum = 0;
        for segment in &self.segments {
            let ordinal = segment.column.dictionary().term_ord(term.as_bytes())?;
            sum += ordinal.map_or(0, |ordinal| segment.counts[ordinal as usize]);
        }
        Ok(sum)
    }
}

impl Segment<'_> {
    /// Puts the `depth` commonest first, in order; equal ones by term.
    fn order_to(&mut self, depth: usize) {
        let key = |ordinal: &u64| (u64::MAX - self.counts[*ordinal as usize], *ordinal);
        let depth = depth.min(self.order.len());
        if depth < self.order.len() {
            self.order.select_nth_unstable_by_key(depth, key);
        }
        self.order[..depth].sort_unstable_by_key(key);
    }

    /// The greatest count behind the first `depth`.
    fn below(&self, depth: usize) -> u64 {
        self.order.get(depth).map_or(0, |ordinal| self.counts[*ordinal as usize])
    }
}
