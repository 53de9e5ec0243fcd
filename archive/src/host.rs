//! How hosts want to be treated: when each may be asked again, whether it turned us away, and its
//! robots.txt. Durable, so that a restart cannot be impolite.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, params};

use crate::article::parsed;
use crate::{Archive, ArchiveError};

/// A host that is left alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClosedHost {
    /// Until when, in Unix milliseconds.
    pub until_ms: i64,
    /// Why, for the operator.
    pub why: String,
}

/// When a host may be asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HostState {
    /// The Unix time in milliseconds before which it must be left in peace.
    pub next_at_ms: i64,
    /// Set while it is closed, or was.
    pub closed: Option<ClosedHost>,
    /// Times in a row that it turned us away.
    pub refusals: u32,
}

impl HostState {
    /// The Unix time in milliseconds until which it is left in peace, for whatever reason.
    pub fn left_until_ms(&self) -> i64 {
        let closed = self.closed.as_ref().map_or(i64::MIN, |closed| closed.until_ms);
        closed.max(self.next_at_ms)
    }
}

/// A robots.txt that was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RobotsCopy {
    /// When.
    pub fetched_at: Timestamp,
    /// The HTTP status.
    pub status: u16,
    /// The file, decoded.
    pub body: Vec<u8>,
}

impl Archive {
    /// How a host (`name`, or `name:port`) stands.
    pub fn host(&self, authority: &str) -> Result<HostState, ArchiveError> {
        self.read(|db| {
            let sql = "SELECT next_at_ms, closed_until_ms, closed_why, refusals FROM host
                 WHERE authority = ?1";
            let state = db.prepare_cached(sql)?.query_row([authority], |row| {
                let (until_ms, why): (i64, Option<String>) = (row.get(1)?, row.get(2)?);
                Ok(HostState {
                    next_at_ms: row.get(0)?,
                    closed: why.map(|why| ClosedHost { until_ms, why }),
                    refusals: row.get(3)?,
                })
            });
            Ok(state.optional()?.unwrap_or_default())
        })
    }

    /// Leaves the hosts that were to be left alone for longer than `latest_ms` alone until `until_ms`.
    pub fn forget_times_after(&self, latest_ms: i64, until_ms: i64) -> Result<(), ArchiveError> {
        let is_later = "next_at_ms > ?1 OR closed_until_ms > ?1";
        let any = self.read(|db| {
            let sql = format!("SELECT EXISTS (SELECT 1 FROM host WHERE {is_later})");
            Ok(db.prepare_cached(&sql)?.query_row([latest_ms], |row| row.get(0))?)
        });
        // Looked at first: hardly ever is there anything to write.
        if !any? {
            return Ok(());
        }
        self.write(|tx| {
            let sql = format!(
                "UPDATE host SET next_at_ms = min(next_at_ms, ?2),
                     closed_until_ms = min(closed_until_ms, ?2) WHERE {is_later}"
            );
            tx.execute(&sql, [latest_ms, until_ms])?;
            Ok(())
        })
    }

    /// Sets the time before which a host must be left in peace; it never moves back.
    pub fn hold_host_until(&self, authority: &str, next_at_ms: i64) -> Result<(), ArchiveError> {
        self.write(|tx| {
            tx.prepare_cached(
                "INSERT INTO host (authority, next_at_ms) VALUES (?1, ?2)
                 ON CONFLICT (authority) DO UPDATE SET next_at_ms = max(next_at_ms, ?2)",
            )?
            .execute(params![authority, next_at_ms])?;
            Ok(())
        })
    }

    /// Notes that a host turned us away once more, and until when it is left alone.
    pub fn close_host(&self, authority: &str, closed: &ClosedHost) -> Result<(), ArchiveError> {
        self.write(|tx| {
            tx.prepare_cached(
                "INSERT INTO host (authority, next_at_ms, closed_until_ms, closed_why, refusals)
                 VALUES (?1, 0, ?2, ?3, 1)
                 ON CONFLICT (authority) DO UPDATE
                 SET closed_until_ms = max(closed_until_ms, ?2), closed_why = ?3,
                     refusals = refusals + 1",
            )?
            .execute(params![authority, closed.until_ms, closed.why])?;
            Ok(())
        })
    }

    /// Notes that a host answers again.
    pub fn reopen_host(&self, authority: &str) -> Result<(), ArchiveError> {
        self.write(|tx| {
            let sql = "UPDATE host SET closed_until_ms = 0, closed_why = NULL, refusals = 0
                 WHERE authority = ?1";
            tx.prepare_cached(sql)?.execute([authority])?;
            Ok(())
        })
    }

    /// The last good answer for an origin's robots.txt.
    pub fn robots_copy(&self, origin: &str) -> Result<Option<RobotsCopy>, ArchiveError> {
        self.read(|db| {
            let sql = "SELECT fetched_at, status, body FROM robots WHERE origin = ?1";
            let copy = db.prepare_cached(sql)?.query_row([origin], |row| {
                Ok(RobotsCopy {
                    fetched_at: parsed(row, 0)?,
                    status: row.get(1)?,
                    body: row.get(2)?,
                })
            });
            Ok(copy.optional()?)
        })
    }

    /// Keeps a good answer for an origin's robots.txt.
    pub fn keep_robots_copy(&self, origin: &str, copy: &RobotsCopy) -> Result<(), ArchiveError> {
        self.write(|tx| {
            let at = copy.fetched_at.to_string();
            tx.execute(
                "INSERT INTO robots VALUES (?1, ?2, ?3, ?4)
                 ON CONFLICT (origin) DO UPDATE SET fetched_at = ?2, status = ?3, body = ?4",
                params![origin, at, copy.status, copy.body],
            )?;
            Ok(())
        })
    }
}
