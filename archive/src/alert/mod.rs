//! Alerts: searches that somebody saved, the articles they matched, and the messages that tell of
//! these.
//!
//! Each step is one transaction, so that a kill between two of them loses nothing and tells nothing
//! twice: matches are written together with how far the outbox was read; a message is fixed, with
//! an id of its own, before the first attempt to send it; that an attempt begins is written before
//! it does.

mod message;
mod notification;
mod subscription;

use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use rusqlite::types::{FromSql, FromSqlError, FromSqlResult, ValueRef};
use serde::{Deserialize, Serialize};

pub use message::{Message, MessageKind, Sent};
pub use notification::{MatchedEvent, Notification};
pub use subscription::AlertsState;

/// The number of an alert in this archive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct AlertId(pub(crate) i64);

/// A search that somebody saved. Its words are read as any query's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SavedSearch {
    /// The query.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub text: String,
    /// Ids of sources.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sources: Vec<String>,
    /// Sections, in any spelling.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub categories: Vec<String>,
    /// A person who must be named: an official's id, or a name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub official: Option<String>,
    /// What must have happened to articles: `edited`, `removed`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub statuses: Vec<String>,
    /// The first day, Vietnam time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Date>,
    /// The last day, Vietnam time.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Date>,
}

impl SavedSearch {
    /// Whether it asks for nothing, so that every article would match.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// How a subscriber is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Channel {
    /// By e-mail.
    Mail,
    /// By a request to an address of theirs.
    Webhook,
}

/// How often a subscriber is told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Pace {
    /// As soon as something matches.
    #[default]
    Immediate,
    /// Once a day, in the morning.
    Daily,
}

/// An alert that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewAlert {
    /// What to look for.
    pub search: SavedSearch,
    /// How to tell.
    pub channel: Channel,
    /// A mail address, or a web address.
    pub address: String,
    /// How often.
    pub pace: Pace,
}

/// An alert.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Alert {
    /// Its number.
    pub id: AlertId,
    /// Its name towards others: 16 hexadecimal digits.
    pub public_id: String,
    /// Whoever has this may confirm and end it: 32 hexadecimal digits.
    pub token: String,
    /// What it looks for.
    pub search: SavedSearch,
    /// How to tell.
    pub channel: Channel,
    /// Whom.
    pub address: String,
    /// What messages to a webhook are signed with, 32 bytes in base64.
    pub secret: Option<String>,
    /// How often.
    pub pace: Pace,
    /// When it was asked for, RFC 3339, UTC.
    pub created_at: String,
    /// When the subscriber said so too.
    pub confirmed_at: Option<String>,
    /// When it ended.
    pub ended_at: Option<String>,
    /// Why it ended.
    pub ended_why: Option<String>,
}

impl fmt::Display for Channel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Channel {
    fn as_str(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Webhook => "webhook",
        }
    }
}

impl Pace {
    /// Its name: `daily`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Immediate => "immediate",
            Self::Daily => "daily",
        }
    }
}

impl FromStr for Pace {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text {
            "immediate" => Ok(Self::Immediate),
            "daily" => Ok(Self::Daily),
            other => Err(format!("`{other}` is neither `immediate` nor `daily`")),
        }
    }
}

impl FromSql for Channel {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        match value.as_str()? {
            "mail" => Ok(Self::Mail),
            "webhook" => Ok(Self::Webhook),
            _ => Err(FromSqlError::InvalidType),
        }
    }
}

impl FromSql for Pace {
    fn column_result(value: ValueRef<'_>) -> FromSqlResult<Self> {
        value.as_str()?.parse().map_err(|_| FromSqlError::InvalidType)
    }
}

impl Notification {
    /// A match as it is written down.
    pub fn new(alert: AlertId, of: &MatchedEvent, lost: bool) -> Self {
        let MatchedEvent { seq, ref article, version, event } = *of;
        Self { alert, seq, article: article.clone(), version, event, lost }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Archive;
    use jiff::Timestamp;

    fn archive() -> (tempfile::TempDir, Archive) {
        let folder = tempfile::tempdir().unwrap();
        let archive = Archive::open(folder.path()).unwrap();
        (folder, archive)
    }

    fn new(text: &str, channel: Channel) -> NewAlert {
        let search = SavedSearch { text: text.to_owned(), ..SavedSearch::default() };
        NewAlert { search, channel, address: "a@b.vn".to_owned(), pace: Pace::Immediate }
    }

    const NOW: Timestamp = Timestamp::UNIX_EPOCH;

    #[test]
    fn an_alert_is_asked_for_confirmed_and_ended() {
        let (_folder, archive) = archive();
        assert!(archive.ask_for_alert(&new("nước", Channel::Mail), NOW).unwrap());
        let asked = archive.alerts().unwrap().remove(0);
        assert!(archive.active_alerts().unwrap().is_empty(), "it is not confirmed");
        let messages = archive.due_messages(NOW, 10).unwrap();
        assert_eq!(messages[0].kind, MessageKind::Confirm);
        assert_eq!(archive.confirm_alert("nobody's", NOW).unwrap(), None);
        let confirmed = archive.confirm_alert(&asked.token, NOW).unwrap().unwrap();
        assert_eq!(archive.active_alerts().unwrap(), std::slice::from_ref(&confirmed));
        assert!(archive.due_messages(NOW, 10).unwrap().is_empty(), "nobody need be asked");
        archive.end_alert(&asked.token, "thôi", NOW).unwrap().unwrap();
        assert!(archive.active_alerts().unwrap().is_empty());
        assert_eq!(archive.confirm_alert(&asked.token, NOW).unwrap(), None, "it has ended");
    }

    #[test]
    fn nobody_can_be_flooded_with_questions() {
        let (_folder, archive) = archive();
        let ask = |text: &str| archive.ask_for_alert(&new(text, Channel::Mail), NOW).unwrap();
        assert!(ask("nước") && ask("nước"));
        assert_eq!(archive.alerts().unwrap().len(), 1, "the same is asked once");
        assert!(ask("điện") && ask("đường") && !ask("cầu"));
    }

    #[test]
    fn a_message_is_the_same_at_every_attempt() {
        let (_folder, archive) = archive();
        archive.ask_for_alert(&new("nước", Channel::Webhook), NOW).unwrap();
        let first = archive.due_messages(NOW, 10).unwrap();
        archive.begin_attempts(&first, NOW).unwrap();
        assert!(archive.due_messages(NOW, 10).unwrap().is_empty(), "it is under way");
        archive.retry_interrupted(NOW).unwrap();
        let second = archive.due_messages(NOW, 10).unwrap();
        assert_eq!((&second[0].public_id, second[0].attempts), (&first[0].public_id, 1));
        archive.begin_attempts(&second, NOW).unwrap();
        let failed = Sent::Failed("nobody answers".to_owned());
        archive.finish_attempts(&[(second[0].id, failed)], NOW).unwrap();
        archive.retry_interrupted(NOW).unwrap();
        assert!(archive.due_messages(NOW, 10).unwrap().is_empty(), "a failed one waits");
    }

    /// A match of an alert, at an entry of the outbox.
    fn matched(alert: AlertId, seq: u64) -> Notification {
        let (article, event) = ("0123456789abcdef".parse().unwrap(), crate::ArticleEvent::New);
        let event = MatchedEvent { seq: crate::Seq(seq), article, version: 1, event };
        Notification::new(alert, &event, false)
    }

    #[test]
    fn a_second_confirmation_drops_nothing_that_waits() {
        let (_folder, archive) = archive();
        archive.ask_for_alert(&new("nước", Channel::Webhook), NOW).unwrap();
        let token = archive.alerts().unwrap().remove(0).token;
        let alert = archive.confirm_alert(&token, NOW).unwrap().unwrap();
        archive.record_matches(&[matched(alert.id, 1)], crate::Seq(1)).unwrap();
        assert_eq!(archive.make_messages(NOW).unwrap(), 1);
        archive.confirm_alert(&token, NOW).unwrap().unwrap();
        let due = archive.due_messages(NOW, 10).unwrap();
        assert_eq!(archive.matches_of(&due[0]).unwrap().len(), 1);
    }

    #[test]
    fn many_matches_are_told_in_several_messages() {
        let (_folder, archive) = archive();
        let alert = archive.add_alerts(&[new("nước", Channel::Webhook)], NOW).unwrap().remove(0);
        let all: Vec<Notification> = (1..=150).map(|seq| matched(alert.id, seq)).collect();
        archive.record_matches(&all, crate::Seq(150)).unwrap();
        // What was written before is not written again.
        archive.record_matches(&all, crate::Seq(150)).unwrap();
        let mut told = Vec::new();
        while archive.make_messages(NOW).unwrap() > 0 {
            let due = archive.due_messages(NOW, 10).unwrap();
            told.push(archive.matches_of(&due[0]).unwrap().len());
            archive.finish_attempts(&[(due[0].id, Sent::Delivered)], NOW).unwrap();
        }
        assert_eq!(told, [100, 50]);
    }

    #[test]
    fn every_beginning_and_end_changes_the_state() {
        let (_folder, archive) = archive();
        for text in ["a", "b", "c"] {
            archive.ask_for_alert(&new(text, Channel::Mail), NOW).unwrap();
        }
        let tokens: Vec<String> =
            archive.alerts().unwrap().into_iter().map(|alert| alert.token).collect();
        let mut states = vec![archive.alerts_state().unwrap()];
        for token in [&tokens[0], &tokens[2]] {
            archive.confirm_alert(token, NOW).unwrap();
        }
        states.push(archive.alerts_state().unwrap());
        archive.end_alert(&tokens[0], "thôi", NOW).unwrap();
        archive.confirm_alert(&tokens[1], NOW).unwrap();
        states.push(archive.alerts_state().unwrap());
        assert!(states[0] != states[1] && states[1] != states[2]);
    }
}
