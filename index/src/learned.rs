//! Abbreviations as the archive's own texts explain them: "trạm xử lý nước thải (TXLNT)".

use std::collections::BTreeSet;

use crate::phrases::{begins, long_prefix, short_prefix};
use crate::planner::Learned;
use crate::snapshot::Snapshot;
use crate::terms::{SEPARATOR, for_each_with_prefix, frequency};

/// Readings of one abbreviation that are looked at.
const READINGS_MAX: usize = 8;
/// Most syllables of a long form.
const SYLLABLES_MAX: usize = 8;

impl Snapshot {
    /// What follows a prefix; nothing where the index fails, for its search will say so.
    fn behind(&self, prefix: &str) -> Vec<String> {
        let mut found = Vec::new();
        let field = self.fields().definition;
        let read = for_each_with_prefix(&self.searcher, field, prefix, READINGS_MAX, |term, _| {
            found.extend(term.split_once(SEPARATOR).map(|(_, said)| said.to_owned()));
        });
        if read.is_ok() { found } else { Vec::new() }
    }
}

impl Learned for Snapshot {
    fn expansions(&self, short: &str) -> Vec<String> {
        self.behind(&short_prefix(short))
    }

    fn abbreviations(&self, folds: &[&str]) -> Vec<(usize, usize, String)> {
        let mut found = BTreeSet::new();
        for first in 0..folds.len().saturating_sub(1) {
            let start = begins(&folds[first..first + 2].join(" "));
            let known = frequency(&self.searcher, self.fields().definition, &start);
            if known.unwrap_or_default() == 0 {
                continue;
            }
            for length in 2..=SYLLABLES_MAX.min(folds.len() - first) {
                let long = folds[first..first + length].join(" ");
                let short = self.behind(&long_prefix(&long)).into_iter();
                found.extend(short.map(|short| (first, length, short)));
            }
        }
        found.into_iter().collect()
    }
}
