//! Officials by two words of their names: the given one and any other.

use std::collections::BTreeSet;

use rusqlite::{Transaction, params};

use crate::article::parsed;
use crate::{Archive, ArchiveError, OfficialId};

/// Officials of a name that are given; the rest of a very common one have no more to tell.
const NAMESAKES_MAX: usize = 2_000;

impl Archive {
    /// The ids and names of the officials whose given name has this folded key, and whose name has
    /// the other one, where one is given; at most 2,000, those of the fewest words first.
    pub fn officials_named(
        &self,
        given_fold: &str,
        other_fold: Option<&str>,
    ) -> Result<Vec<(OfficialId, String)>, ArchiveError> {
        self.read(|db| {
            let sql = match other_fold {
                None => format!(
                    "SELECT public_id, name FROM official
                     WHERE given_fold = ?1 AND merged_into IS NULL AND ?2 IS NULL
                     LIMIT {NAMESAKES_MAX}"
                ),
                Some(_) => format!(
                    "SELECT public_id, name FROM official_word
                     JOIN official ON official.id = official_word.official
                     WHERE official_word.given_fold = ?1 AND word_fold = ?2
                         AND merged_into IS NULL
                     ORDER BY words, official LIMIT {NAMESAKES_MAX}"
                ),
            };
            let mut query = db.prepare_cached(&sql)?;
            let rows = query.query_map(params![given_fold, other_fold], |row| {
                Ok((parsed(row, 0)?, row.get(1)?))
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}

/// Notes the words of an official's name, whose exact keys are given.
pub(super) fn note_words(
    tx: &Transaction<'_>,
    official: i64,
    name_key: &str,
) -> Result<(), ArchiveError> {
    let words: Vec<String> = name_key.split(' ').map(vietnamese::fold_key).collect();
    let Some((given, others)) = words.split_last() else { return Ok(()) };
    let mut insert =
        tx.prepare_cached("INSERT OR IGNORE INTO official_word VALUES (?1, ?2, ?3, ?4)")?;
    for other in others.iter().collect::<BTreeSet<_>>() {
        insert.execute(params![given, other, words.len(), official])?;
    }
    Ok(())
}

/// Notes the words of all names: for archives that were made without.
pub(crate) fn note_words_of_all(tx: &Transaction<'_>) -> Result<(), ArchiveError> {
    let mut query = tx.prepare("SELECT id, name_key FROM official")?;
    let mut rows = query.query([])?;
    while let Some(row) = rows.next()? {
        note_words(tx, row.get(0)?, &row.get::<_, String>(1)?)?;
    }
    Ok(())
}
