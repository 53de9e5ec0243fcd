//! Messages to subscribers: fixed before they are sent, tried again until they arrive.

use jiff::civil::time;
use jiff::{SignedDuration, Timestamp};
use rusqlite::{OptionalExtension, Row, Transaction, params};

use super::subscription::{ALERT_COLUMNS, COLUMNS, end, from_row};
use super::{Alert, AlertId, Notification, Pace};
use crate::article::parsed;
use crate::{Archive, ArchiveError, Seq, VIETNAM};

/// Seconds from each failed attempt to the next; after the last a message is given up.
const WAITS_S: [i64; 7] = [60, 300, 1800, 7200, 6 * 3600, 12 * 3600, 24 * 3600];
/// Matches told in one message to a webhook; others follow in the next. Mails count what they do
/// not show.
const MATCHES_MAX: usize = 100;
/// Least time between two mails of one alert: what matches meanwhile goes together.
const MAILS_APART: SignedDuration = SignedDuration::from_mins(10);
/// The hour in Vietnam from which daily messages are sent.
const MORNING: i8 = 7;
/// Alerts whose messages are made in one go.
const ALERTS_AT_ONCE: u32 = 20_000;

/// What a message is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessageKind {
    /// Whether its receiver wants the alert.
    Confirm,
    /// What the alert matched.
    Matches,
}

/// A message to a subscriber.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// Its number.
    pub id: i64,
    /// Its name towards others, the same at every attempt: 32 hexadecimal digits.
    pub public_id: String,
    /// The alert.
    pub alert: Alert,
    /// What it is about.
    pub kind: MessageKind,
    /// When it was made, RFC 3339, UTC.
    pub created_at: String,
    /// It tells of the matches behind the first of these entries of the outbox, up to the second.
    span: (u64, u64),
    /// How often it was tried before.
    pub attempts: u32,
}

/// How an attempt to send a message ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Sent {
    /// Its receiver took it.
    Delivered,
    /// It may arrive later.
    Failed(String),
    /// Its receiver wants nothing any more.
    Refused(String),
}

impl Archive {
    /// Makes messages of the matches that are to be told now; their number. An alert whose last
    /// message has not arrived gets no other.
    pub fn make_messages(&self, now: Timestamp) -> Result<usize, ArchiveError> {
        self.write(|tx| {
            let mut query = tx.prepare_cached(&format!(
                "SELECT {}, (SELECT max(created_at) FROM message
                     WHERE message.alert = alert.id AND kind = 'matches'),
                     told_up_to, CASE WHEN channel = 'mail' OR pace = 'daily' THEN newest_match ELSE
                         coalesce((SELECT seq FROM notification
                             WHERE notification.alert = alert.id AND seq > told_up_to
                             ORDER BY seq LIMIT 1 OFFSET {MATCHES_MAX} - 1), newest_match) END
                 FROM alert
                 WHERE newest_match > told_up_to AND ended_at IS NULL AND NOT EXISTS (
                         SELECT 1 FROM message WHERE message.alert = alert.id
                         AND delivered_at IS NULL AND given_up_at IS NULL)
                 ORDER BY alert.id LIMIT {ALERTS_AT_ONCE}",
                COLUMNS
            ))?;
            let rows = query.query_map([], |row| {
                let span: (u64, u64) = (row.get(ALERT_COLUMNS + 1)?, row.get(ALERT_COLUMNS + 2)?);
                Ok((from_row(row)?, row.get::<_, Option<String>>(ALERT_COLUMNS)?, span))
            })?;
            let waiting: Vec<_> = rows.collect::<Result<_, _>>()?;
            let mut tell = tx.prepare_cached("UPDATE alert SET told_up_to = ?2 WHERE id = ?1")?;
            let mut made = 0;
            for (alert, last, span) in waiting {
                let last = last.and_then(|last| last.parse().ok());
                if is_due(&alert, last, now) {
                    add(tx, alert.id, MessageKind::Matches, span, now)?;
                    tell.execute(params![alert.id.0, span.1])?;
                    made += 1;
                }
            }
            Ok(made)
        })
    }

    /// The messages whose time has come, the oldest first.
    pub fn due_messages(&self, now: Timestamp, limit: u32) -> Result<Vec<Message>, ArchiveError> {
        self.read(|db| {
            let mut query = db.prepare_cached(&format!(
                "SELECT {}, message.id, message.public_id, message.kind, message.created_at,
                     message.attempts, message.after_seq, message.up_to_seq
                 FROM message JOIN alert ON alert.id = message.alert
                 WHERE delivered_at IS NULL AND given_up_at IS NULL AND next_at_s <= ?1
                 ORDER BY message.id LIMIT ?2",
                COLUMNS
            ))?;
            let rows = query.query_map(params![now.as_second(), limit], message_from_row)?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// The matches that a message tells of, the newest first.
    pub fn matches_of(&self, message: &Message) -> Result<Vec<Notification>, ArchiveError> {
        self.read(|db| {
            let sql = "SELECT alert, seq, article, version, event, lost FROM notification
                 WHERE alert = ?1 AND seq > ?2 AND seq <= ?3 ORDER BY seq DESC";
            let mut query = db.prepare_cached(sql)?;
            let (after, up_to) = message.span;
            let rows = query.query_map(params![message.alert.id.0, after, up_to], |row| {
                Ok(Notification {
                    alert: AlertId(row.get(0)?),
                    seq: Seq(row.get(1)?),
                    article: parsed(row, 2)?,
                    version: row.get(3)?,
                    event: row.get(4)?,
                    lost: row.get(5)?,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Notes that messages are being sent. A process that is killed now does not try at once again.
    pub fn begin_attempts(&self, messages: &[Message], now: Timestamp) -> Result<(), ArchiveError> {
        self.write(|tx| {
            let mut update = tx.prepare_cached(
                "UPDATE message SET attempts = attempts + 1, next_at_s = ?2, error = NULL
                 WHERE id = ?1",
            )?;
            for message in messages {
                let wait = WAITS_S[(message.attempts as usize).min(WAITS_S.len() - 1)];
                update.execute(params![message.id, now.as_second() + wait])?;
            }
            Ok(())
        })
    }

    /// Lets attempts that a kill interrupted be made again now. Only for whoever sends alone.
    pub fn retry_interrupted(&self, now: Timestamp) -> Result<(), ArchiveError> {
        self.write(|tx| {
            tx.execute(
                "UPDATE message SET next_at_s = ?1 WHERE attempts > 0 AND error IS NULL
                     AND delivered_at IS NULL AND given_up_at IS NULL",
                [now.as_second()],
            )?;
            Ok(())
        })
    }

    /// Notes how attempts ended. An alert that nobody takes any more ends.
    pub fn finish_attempts(
        &self,
        ended: &[(i64, Sent)],
        now: Timestamp,
    ) -> Result<(), ArchiveError> {
        self.write(|tx| ended.iter().try_for_each(|(id, sent)| finish(tx, *id, sent, now)))
    }

    /// How many messages wait to be sent, and how many were given up.
    pub fn count_messages(&self) -> Result<(u64, u64), ArchiveError> {
        self.read(|db| {
            let sql = "SELECT coalesce(sum(delivered_at IS NULL AND given_up_at IS NULL), 0),
                 coalesce(sum(given_up_at IS NOT NULL), 0) FROM message";
            Ok(db.query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?)))?)
        })
    }
}

/// Whether what an alert matched is told now.
fn is_due(alert: &Alert, last: Option<Timestamp>, now: Timestamp) -> bool {
    let Some(last) = last else { return alert.pace == Pace::Immediate || is_morning(now) };
    match (alert.pace, alert.channel) {
        (Pace::Immediate, super::Channel::Webhook) => true,
        (Pace::Immediate, super::Channel::Mail) => now.duration_since(last) >= MAILS_APART,
        (Pace::Daily, _) => is_morning(now) && morning(now).is_some_and(|begin| last < begin),
    }
}

fn is_morning(now: Timestamp) -> bool {
    morning(now).is_some_and(|begin| now >= begin)
}

/// When the day's messages begin to be sent.
fn morning(now: Timestamp) -> Option<Timestamp> {
    let day = VIETNAM.to_datetime(now).date();
    VIETNAM.to_timestamp(day.to_datetime(time(MORNING, 0, 0, 0))).ok()
}

fn finish(tx: &Transaction<'_>, id: i64, sent: &Sent, now: Timestamp) -> Result<(), ArchiveError> {
    let at = now.to_string();
    let (error, is_last) = match sent {
        Sent::Delivered => {
            let sql = "UPDATE message SET delivered_at = ?2 WHERE id = ?1";
            tx.prepare_cached(sql)?.execute(params![id, at])?;
            return Ok(());
        }
        Sent::Failed(error) => {
            let sql = "SELECT attempts FROM message WHERE id = ?1";
            let attempts = tx.prepare_cached(sql)?.query_row([id], |row| row.get(0)).optional()?;
            (error, attempts.is_some_and(|attempts: usize| attempts > WAITS_S.len()))
        }
        Sent::Refused(error) => (error, true),
    };
    let sql = "UPDATE message SET error = ?2, given_up_at = ?3 WHERE id = ?1 RETURNING alert";
    let values = params![id, error, is_last.then_some(&at)];
    // It is gone where its alert was ended meanwhile.
    let alert: Option<i64> =
        tx.prepare_cached(sql)?.query_row(values, |row| row.get(0)).optional()?;
    if let Some(alert) = alert.filter(|_| is_last) {
        end(tx, alert, &format!("messages do not arrive: {error}"), now)?;
    }
    Ok(())
}

/// Adds a message of the matches of a span of the outbox.
pub(super) fn add(
    tx: &Transaction<'_>,
    alert: AlertId,
    kind: MessageKind,
    (after, up_to): (u64, u64),
    now: Timestamp,
) -> Result<(), ArchiveError> {
    let kind = match kind {
        MessageKind::Confirm => "confirm",
        MessageKind::Matches => "matches",
    };
    tx.prepare_cached(
        "INSERT INTO message (public_id, alert, kind, after_seq, up_to_seq, created_at, next_at_s)
         VALUES (lower(hex(randomblob(16))), ?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![alert.0, kind, after, up_to, now.to_string(), now.as_second()])?;
    Ok(())
}

/// Drops the messages of an alert that have not arrived.
pub(super) fn drop_open(tx: &Transaction<'_>, alert: i64) -> Result<(), ArchiveError> {
    tx.execute(
        "DELETE FROM message WHERE alert = ?1 AND delivered_at IS NULL AND given_up_at IS NULL",
        [alert],
    )?;
    Ok(())
}

fn message_from_row(row: &Row<'_>) -> rusqlite::Result<Message> {
    let kind: String = row.get(ALERT_COLUMNS + 2)?;
    Ok(Message {
        alert: from_row(row)?,
        id: row.get(ALERT_COLUMNS)?,
        public_id: row.get(ALERT_COLUMNS + 1)?,
        kind: if kind == "confirm" { MessageKind::Confirm } else { MessageKind::Matches },
        created_at: row.get(ALERT_COLUMNS + 3)?,
        attempts: row.get(ALERT_COLUMNS + 4)?,
        span: (row.get(ALERT_COLUMNS + 5)?, row.get(ALERT_COLUMNS + 6)?),
    })
}
