//! Telling subscribers of articles that a saved search finds: by mail, or by a signed request to an
//! address of theirs.
//!
//! Somebody asks for an alert ([`ask`]), is asked back over the same channel, and says yes. From
//! then on, each article that is new, edited, removed or back at its source is matched against all
//! alerts ([`Worker`], with [`index::Percolator`]); what matches is put into messages ([`compose`]),
//! which are sent until they arrive. What was matched and what was sent is kept by the archive.

mod ask;
mod compose;
mod error;
mod links;
mod mail;
mod matcher;
mod webhook;
mod worker;

use lettre::message::Mailbox;
use url::Url;

pub use ask::{Ask, AskError, DAYS_PREVIEWED, Preview, Target, ask, preview};
pub use compose::{Item, Told, compose, in_words};
pub use error::AlertError;
pub use links::Links;
pub use webhook::signature;
pub use worker::{Worked, Worker};

/// How subscribers are told.
#[derive(Clone, Debug)]
pub struct Config {
    /// Where the site is, as its readers reach it.
    pub site: Url,
    /// By which server mails are sent; none are where there is none.
    pub mail: Option<MailServer>,
    /// Whether webhooks may have private and loopback addresses.
    pub allow_private_addresses: bool,
}

/// A server that takes mails.
#[derive(Clone, Debug)]
pub struct MailServer {
    /// `smtp://host:25`, `smtps://user:password@host`, or `smtp://host:587?tls=required`.
    pub url: String,
    /// Whom mails come from.
    pub from: Mailbox,
}
