//! Asking for alerts, confirming them, ending them.

use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension, Row, Transaction, params};
use serde_json::json;

use super::{Alert, AlertId, NewAlert};
use crate::article;
use crate::audit::Action;
use crate::{Archive, ArchiveError};

/// Alerts of one address that wait to be confirmed: nobody is to be flooded with questions.
const UNCONFIRMED_MAX: u32 = 3;
/// Alerts of all addresses that wait to be confirmed: who asks for others bothers so many at most.
const UNCONFIRMED_EVERYWHERE_MAX: u32 = 1000;
/// Alerts of one address.
const OF_ADDRESS_MAX: u32 = 200;
/// How long an alert waits to be confirmed.
const UNCONFIRMED_FOR: SignedDuration = SignedDuration::from_hours(7 * 24);

/// The columns of [`from_row`].
pub(super) const COLUMNS: &str = "alert.id, alert.public_id, alert.token, alert.search, alert.channel, \
    alert.address, alert.secret, alert.pace, alert.created_at, alert.confirmed_at, \
    alert.ended_at, alert.ended_why";
/// How many columns those are.
pub(super) const ALERT_COLUMNS: usize = 12;

/// See [`Archive::alerts_state`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AlertsState {
    begun: u64,
    ended: u64,
    decisions: u64,
}

impl Archive {
    /// Notes that somebody asks for an alert, and that they are to be asked whether they do. The
    /// same alert is noted once. `false` where the address has too many.
    pub fn ask_for_alert(&self, asked: &NewAlert, now: Timestamp) -> Result<bool, ArchiveError> {
        let search = serde_json::to_string(&asked.search).expect("texts and days serialise");
        self.write(|tx| {
            forget_unconfirmed(tx, now)?;
            let known = "SELECT EXISTS (SELECT 1 FROM alert WHERE address = ?1 AND search = ?2
                 AND channel = ?3 AND pace = ?4 AND ended_at IS NULL)";
            let (channel, pace) = (asked.channel.as_str(), asked.pace.as_str());
            let values = params![asked.address, search, channel, pace];
            if tx.query_row(known, values, |row| row.get(0))? {
                return Ok(true);
            }
            let count = "SELECT count(*), coalesce(sum(confirmed_at IS NULL), 0) FROM alert
                 WHERE address = ?1 AND ended_at IS NULL";
            let (all, open): (u32, u32) =
                tx.query_row(count, [&asked.address], |row| Ok((row.get(0)?, row.get(1)?)))?;
            let everywhere = "SELECT count(*) FROM alert WHERE confirmed_at IS NULL";
            let everywhere: u32 = tx.query_row(everywhere, [], |row| row.get(0))?;
            if all >= OF_ADDRESS_MAX
                || open >= UNCONFIRMED_MAX
                || everywhere >= UNCONFIRMED_EVERYWHERE_MAX
            {
                return Ok(false);
            }
            let id = add(tx, asked, &search, now)?;
            super::message::add(tx, AlertId(id), super::MessageKind::Confirm, (0, 0), now)?;
            Ok(true)
        })
    }

    /// Adds alerts that need not be confirmed: an operator's own. Their number is in order.
    pub fn add_alerts(
        &self,
        asked: &[NewAlert],
        now: Timestamp,
    ) -> Result<Vec<Alert>, ArchiveError> {
        let ids = self.write(|tx| {
            let mut ids = Vec::with_capacity(asked.len());
            for one in asked {
                let search = serde_json::to_string(&one.search).expect("texts and days serialise");
                let id = add(tx, one, &search, now)?;
                confirm(tx, id, now)?;
                ids.push(id);
            }
            Ok(ids)
        })?;
        self.read(|db| {
            let sql = format!("SELECT {COLUMNS} FROM alert WHERE id = ?1");
            let mut query = db.prepare_cached(&sql)?;
            ids.into_iter().map(|id| Ok(query.query_row([id], from_row)?)).collect()
        })
    }

    /// The alert that a token stands for.
    pub fn alert_of(&self, token: &str) -> Result<Option<Alert>, ArchiveError> {
        self.read(|db| {
            let sql = format!("SELECT {COLUMNS} FROM alert WHERE token = ?1");
            Ok(db.prepare_cached(&sql)?.query_row([token], from_row).optional()?)
        })
    }

    /// The alert of a public id.
    pub fn alert_named(&self, public_id: &str) -> Result<Option<Alert>, ArchiveError> {
        self.read(|db| {
            let sql = format!("SELECT {COLUMNS} FROM alert WHERE public_id = ?1");
            Ok(db.prepare_cached(&sql)?.query_row([public_id], from_row).optional()?)
        })
    }

    /// Begins an alert: its subscriber wants it. `None` where there is no such token, or it ended.
    pub fn confirm_alert(
        &self,
        token: &str,
        now: Timestamp,
    ) -> Result<Option<Alert>, ArchiveError> {
        self.write(|tx| {
            let sql = "SELECT id FROM alert WHERE token = ?1 AND ended_at IS NULL";
            let id: Option<i64> = tx.query_row(sql, [token], |row| row.get(0)).optional()?;
            if let Some(id) = id {
                confirm(tx, id, now)?;
            }
            Ok(id)
        })?
        .map_or(Ok(None), |_| self.alert_of(token))
    }

    /// Ends an alert, and forgets what it has not told. `None` where there is no such token.
    pub fn end_alert(
        &self,
        token: &str,
        why: &str,
        now: Timestamp,
    ) -> Result<Option<Alert>, ArchiveError> {
        self.write(|tx| {
            let sql = "SELECT id FROM alert WHERE token = ?1";
            let id: Option<i64> = tx.query_row(sql, [token], |row| row.get(0)).optional()?;
            if let Some(id) = id {
                end(tx, id, why, now)?;
                let sql = "SELECT public_id FROM alert WHERE id = ?1";
                let public_id: String = tx.query_row(sql, [id], |row| row.get(0))?;
                self.log(tx, now, Action::EndAlert, &public_id, json!({ "reason": why }))?;
            }
            Ok(())
        })?;
        self.alert_of(token)
    }

    /// All alerts, the oldest first.
    pub fn alerts(&self) -> Result<Vec<Alert>, ArchiveError> {
        self.alerts_where("true")
    }

    /// The alerts that are to be matched, the oldest first.
    pub fn active_alerts(&self) -> Result<Vec<Alert>, ArchiveError> {
        self.alerts_where("confirmed_at IS NOT NULL AND ended_at IS NULL")
    }

    /// What changes whenever an active alert comes or goes, or officials are merged or split: whom
    /// an alert follows may then be another.
    pub fn alerts_state(&self) -> Result<AlertsState, ArchiveError> {
        self.read(|db| {
            // Rows of alerts that began are never deleted: each beginning and end counts up.
            let sql = "SELECT count(confirmed_at), count(ended_at),
                     (SELECT count(*) + count(undone_at) FROM official_decision) FROM alert";
            let state = db.prepare_cached(sql)?.query_row([], |row| {
                Ok(AlertsState { begun: row.get(0)?, ended: row.get(1)?, decisions: row.get(2)? })
            })?;
            Ok(state)
        })
    }

    fn alerts_where(&self, condition: &str) -> Result<Vec<Alert>, ArchiveError> {
        self.read(|db| {
            let sql = format!("SELECT {COLUMNS} FROM alert WHERE {condition} ORDER BY id");
            let mut query = db.prepare_cached(&sql)?;
            let rows = query.query_map([], from_row)?;
            rows.collect::<Result<_, _>>().map_err(ArchiveError::from)
        })
    }
}

fn add(
    tx: &Transaction<'_>,
    asked: &NewAlert,
    search: &str,
    now: Timestamp,
) -> Result<i64, ArchiveError> {
    let secret = match asked.channel {
        super::Channel::Mail => None,
        super::Channel::Webhook => {
            let bytes: Vec<u8> = tx.query_row("SELECT randomblob(32)", [], |row| row.get(0))?;
            Some(data_encoding::BASE64.encode(&bytes))
        }
    };
    tx.prepare_cached(
        "INSERT INTO alert (public_id, token, search, channel, address, secret, pace, created_at)
         VALUES (lower(hex(randomblob(8))), lower(hex(randomblob(16))), ?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![
        search,
        asked.channel.as_str(),
        asked.address,
        secret,
        asked.pace.as_str(),
        now.to_string()
    ])?;
    Ok(tx.last_insert_rowid())
}

/// What happened before is not told.
fn confirm(tx: &Transaction<'_>, id: i64, now: Timestamp) -> Result<(), ArchiveError> {
    let begun = tx
        .prepare_cached(
            "UPDATE alert SET confirmed_at = ?2,
                 begins_after = (SELECT coalesce(max(seq), 0) FROM outbox)
             WHERE id = ?1 AND confirmed_at IS NULL",
        )?
        .execute(params![id, now.to_string()])?;
    // Who says so twice loses nothing that waits to be told.
    if begun > 0 { super::message::drop_open(tx, id) } else { Ok(()) }
}

pub(super) fn end(
    tx: &Transaction<'_>,
    id: i64,
    why: &str,
    now: Timestamp,
) -> Result<(), ArchiveError> {
    tx.execute(
        "UPDATE alert SET ended_at = ?2, ended_why = ?3 WHERE id = ?1 AND ended_at IS NULL",
        params![id, now.to_string(), why],
    )?;
    super::message::drop_open(tx, id)?;
    tx.execute("DELETE FROM notification WHERE alert = ?1", [id])?;
    Ok(())
}

/// Addresses of people who never answered are not kept.
fn forget_unconfirmed(tx: &Transaction<'_>, now: Timestamp) -> Result<(), ArchiveError> {
    let before = (now - UNCONFIRMED_FOR).to_string();
    let old = "SELECT id FROM alert WHERE confirmed_at IS NULL AND created_at < ?1";
    tx.execute(&format!("DELETE FROM message WHERE alert IN ({old})"), [&before])?;
    tx.execute("DELETE FROM alert WHERE confirmed_at IS NULL AND created_at < ?1", [&before])?;
    Ok(())
}

pub(super) fn from_row(row: &Row<'_>) -> rusqlite::Result<Alert> {
    Ok(Alert {
        id: AlertId(row.get(0)?),
        public_id: row.get(1)?,
        token: row.get(2)?,
        search: article::json(row, 3)?,
        channel: row.get(4)?,
        address: row.get(5)?,
        secret: row.get(6)?,
        pace: row.get(7)?,
        created_at: row.get(8)?,
        confirmed_at: row.get(9)?,
        ended_at: row.get(10)?,
        ended_why: row.get(11)?,
    })
}
