//! Abbreviations as the archive's own texts explain them: "trạm xử lý nước thải (TXLNT)".

use std::collections::BTreeSet;

use tantivy::Searcher;

use crate::phrases::{long_term, short_term};
use crate::planner::Learned;
use crate::schema::Fields;
use crate::terms::{SEPARATOR, for_each_with_prefix};

/// Readings of one abbreviation that are looked at.
const READINGS_MAX: usize = 8;
/// Most syllables of a long form.
const SYLLABLES_MAX: usize = 8;

/// What one state of the index has learned.
pub(crate) struct LearnedIn<'s> {
    pub(crate) searcher: &'s Searcher,
    pub(crate) fields: &'s Fields,
}

impl LearnedIn<'_> {
    /// What follows a prefix; nothing where the index fails, for its search will say so.
    fn behind(&self, prefix: &str) -> Vec<String> {
        let mut found = Vec::new();
        let field = self.fields.definition;
        let read = for_each_with_prefix(self.searcher, field, prefix, READINGS_MAX, |term, _| {
            found.extend(term.split_once(SEPARATOR).map(|(_, said)| said.to_owned()));
        });
        if read.is_ok() { found } else { Vec::new() }
    }
}

impl Learned for LearnedIn<'_> {
    fn expansions(&self, short: &str) -> Vec<String> {
        self.behind(&short_term(short, ""))
    }

    fn abbreviations(&self, folds: &[&str]) -> Vec<(usize, usize, String)> {
        let mut found = BTreeSet::new();
        for first in 0..folds.len() {
            for length in 2..=SYLLABLES_MAX.min(folds.len() - first) {
                let long = folds[first..first + length].join(" ");
                let short = self.behind(&long_term(&long, "")).into_iter();
                found.extend(short.map(|short| (first, length, short)));
            }
        }
        found.into_iter().collect()
    }
}
