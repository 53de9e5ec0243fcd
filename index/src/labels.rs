//! What officials are called beside the count of a facet. The same few hundred come up in most
//! searches, and to look each up in the archive takes longer than to count them.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use archive::{Archive, OfficialId};

use crate::IndexError;

/// How long a label holds: an operator may have merged the official, an article named a new post.
const HOLDS_FOR: Duration = Duration::from_secs(30);
/// Labels that are remembered; when there are more, all are forgotten.
const REMEMBERED_MAX: usize = 20_000;

/// What an official is called.
#[derive(Clone, Debug)]
pub(crate) struct Label {
    pub(crate) id: OfficialId,
    pub(crate) name: String,
    /// The newest post.
    pub(crate) role: Option<String>,
}

/// Labels by the official's number in the archive, `None` for who is no more.
#[derive(Debug, Default)]
pub(crate) struct Labels(Mutex<HashMap<u32, (Instant, Option<Label>)>>);

impl Labels {
    /// The label of an official.
    pub(crate) fn get(&self, archive: &Archive, number: u32) -> Result<Option<Label>, IndexError> {
        let now = Instant::now();
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&number).cloned();
        if let Some((at, label)) = known
            && now.duration_since(at) < HOLDS_FOR
        {
            return Ok(label);
        }
        let label = archive.official_of_number(number)?;
        let label = label.map(|(id, name, role)| Label { id, name, role });
        let mut labels = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if labels.len() >= REMEMBERED_MAX {
            labels.clear();
        }
        labels.insert(number, (now, label.clone()));
        Ok(label)
    }
}
