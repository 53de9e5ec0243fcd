//! When each host may be asked again. Durable, so that a restart cannot be impolite.

use rusqlite::{OptionalExtension, Transaction, params};

use crate::{Archive, ArchiveError};

impl Archive {
    /// The Unix time in milliseconds before which `authority` (host:port) must be left in peace.
    pub fn host_next_at_ms(&self, authority: &str) -> Result<i64, ArchiveError> {
        self.read(|db| {
            let next = db
                .prepare_cached("SELECT next_at_ms FROM host WHERE authority = ?1")?
                .query_row([authority], |row| row.get(0))
                .optional()?;
            Ok(next.unwrap_or(0))
        })
    }

    /// Sets that time; it never moves back.
    pub fn hold_host_until(&self, authority: &str, next_at_ms: i64) -> Result<(), ArchiveError> {
        self.write(|tx| hold(tx, authority, next_at_ms))
    }
}

pub(crate) fn hold(
    tx: &Transaction<'_>,
    authority: &str,
    next_at_ms: i64,
) -> Result<(), ArchiveError> {
    tx.prepare_cached(
        "INSERT INTO host VALUES (?1, ?2)
         ON CONFLICT (authority) DO UPDATE SET next_at_ms = max(next_at_ms, ?2)",
    )?
    .execute(params![authority, next_at_ms])?;
    Ok(())
}
