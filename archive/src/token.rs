//! Operators' tokens. Only digests are kept: who reads the archive learns no token.

use data_encoding::{BASE32_NOPAD, HEXLOWER};
use rusqlite::params;
use sha2::{Digest, Sha256};

use crate::{Archive, ArchiveError};

/// An operator who has a token.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct TokenHolder {
    /// The name that was given for it.
    pub name: String,
    /// When, RFC 3339, UTC.
    pub added_at: String,
}

impl Archive {
    /// Makes a token of 160 random bits for an operator, in place of an older one. It is shown here
    /// and never again.
    pub fn make_token(&self, name: &str, now: &str) -> Result<String, ArchiveError> {
        self.write(|tx| {
            let random: Vec<u8> = tx.query_row("SELECT randomblob(20)", [], |row| row.get(0))?;
            let token = BASE32_NOPAD.encode(&random).to_lowercase();
            tx.execute(
                "INSERT INTO token VALUES (?1, ?2, ?3)
                 ON CONFLICT (name) DO UPDATE SET digest = ?2, added_at = ?3",
                params![name, digest(&token), now],
            )?;
            Ok(token)
        })
    }

    /// The operators who have a token, by name.
    pub fn token_holders(&self) -> Result<Vec<TokenHolder>, ArchiveError> {
        self.read(|db| {
            let mut query = db.prepare("SELECT name, added_at FROM token ORDER BY name")?;
            let rows = query.query_map([], |row| {
                Ok(TokenHolder { name: row.get(0)?, added_at: row.get(1)? })
            })?;
            rows.collect::<Result<_, _>>().map_err(ArchiveError::from)
        })
    }

    /// Ends an operator's token; `false` when there was none.
    pub fn remove_token(&self, name: &str) -> Result<bool, ArchiveError> {
        self.write(|tx| Ok(tx.execute("DELETE FROM token WHERE name = ?1", [name])? > 0))
    }

    /// Whether some operator has this token.
    pub fn knows_token(&self, token: &str) -> Result<bool, ArchiveError> {
        self.read(|db| {
            let sql = "SELECT EXISTS (SELECT 1 FROM token WHERE digest = ?1)";
            Ok(db.prepare_cached(sql)?.query_row([digest(token)], |row| row.get(0))?)
        })
    }
}

fn digest(token: &str) -> String {
    HEXLOWER.encode(&Sha256::digest(token))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_known_until_it_is_replaced_or_removed() {
        let folder = tempfile::tempdir().unwrap();
        let archive = Archive::open(folder.path()).unwrap();
        let first = archive.make_token("lan", "2026-01-01T00:00:00Z").unwrap();
        assert!(archive.knows_token(&first).unwrap() && !archive.knows_token("").unwrap());
        let second = archive.make_token("lan", "2026-01-02T00:00:00Z").unwrap();
        assert!(!archive.knows_token(&first).unwrap() && archive.knows_token(&second).unwrap());
        assert!(archive.remove_token("lan").unwrap() && !archive.knows_token(&second).unwrap());
    }
}
