//! Officials by two words of their names: the given one and any other.

use std::collections::BTreeSet;

use rusqlite::{Transaction, params};

use crate::article::parsed;
use crate::{Archive, ArchiveError, OfficialId};

/// Officials of a name that are given: of a very common one, those whose names have the fewest words.
const NAMESAKES_MAX: usize = 300;
/// The same where nothing but a given name is asked for.
const OF_GIVEN_MAX: usize = 2_000;

impl Archive {
    /// The ids and names of the officials whose given name has this folded key, and whose name has
    /// all the other ones. Of many namesakes only some: those whose names have the fewest words.
    pub fn officials_named(
        &self,
        given_fold: &str,
        others: &[&str],
    ) -> Result<Vec<(OfficialId, String)>, ArchiveError> {
        let sql = if others.is_empty() {
            format!(
                "SELECT public_id, name FROM official
                 WHERE given_fold = ?1 AND merged_into IS NULL LIMIT {OF_GIVEN_MAX}"
            )
        } else {
            // Names are fetched of those only that have all the words, which the words' index tells.
            let mut joined = String::new();
            for number in 1..others.len() {
                joined += &format!(
                    " JOIN official_word AS other{number} ON other{number}.given_fold = ?1
                          AND other{number}.word_fold = ?{} AND other{number}.words = first.words
                          AND other{number}.official = first.official",
                    number + 2
                );
            }
            format!(
                "SELECT public_id, name FROM official_word AS first {joined}
                 CROSS JOIN official ON official.id = first.official
                 WHERE first.given_fold = ?1 AND first.word_fold = ?2 AND merged_into IS NULL
                 ORDER BY first.words, first.official LIMIT {NAMESAKES_MAX}"
            )
        };
        self.read(|db| {
            let mut query = db.prepare_cached(&sql)?;
            let words = [given_fold].into_iter().chain(others.iter().copied());
            let rows = query.query_map(rusqlite::params_from_iter(words), |row| {
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
