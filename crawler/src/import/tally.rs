//! What an import did.

use std::path::{Path, PathBuf};

/// What an import did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Imported {
    /// Files read.
    pub files: u64,
    /// Articles not known before.
    pub new: u64,
    /// Articles with a new version.
    pub edited: u64,
    /// Articles that were known as they are.
    pub unchanged: u64,
    /// Pages of WARC files that are no articles: lists, menus, forms.
    pub other_pages: u64,
    /// What was not imported.
    pub rejected: Vec<Rejected>,
    /// Whether it was told to stop before all was read.
    pub stopped: bool,
}

/// Something that was not imported, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejected {
    /// The file.
    pub file: PathBuf,
    /// The line or record in it, from 1.
    pub number: Option<u64>,
    /// What is wrong.
    pub why: String,
}

impl Imported {
    pub(super) fn reject(&mut self, file: &Path, number: Option<u64>, why: &str) {
        self.rejected.push(Rejected { file: file.to_owned(), number, why: why.to_owned() });
    }
}
