//! Fetching the pages of ward portals, politely, and reading articles from them.
//!
//! [`Crawler`] runs one source at a time: it asks the archive which page is due, waits until the
//! page's host may be asked, fetches, keeps the answer, and only then reads the article from the
//! archive. [`extract`] is pure; nothing in it touches network or disk. [`Importer`] takes articles
//! from files by the same way.

mod accept;
mod address;
mod admission;
mod blocking;
mod certificate;
mod check;
mod crawl;
mod discover;
mod drift;
mod error;
pub mod extract;
mod feed;
mod fetch;
#[cfg(fuzzing)]
pub mod fuzzing;
mod import;
mod keep;
mod lanes;
mod officials;
mod pace;
mod profile;
mod reextract;
mod revisit;
mod robots;
mod round;
mod schedule;
mod url_key;
mod visit;

pub use accept::accept;
pub use address::{PublicResolver, is_public, private_literal};
pub use admission::{NotAdmitted, admit};
pub use certificate::{InvalidPin, MissingLink, NoLink, check_pin, missing_link};
pub use check::{CheckFailure, Checked, RobotsSay, Sample, StartPage, check, page_at};
pub use crawl::{Crawler, Order, Progress};
pub use error::CrawlError;
pub use fetch::{Config, FetchError, Fetcher, is_asked_port};
pub use import::{Imported, Importer, Rejected};
pub use officials::read_people;
pub use pace::forget_wrong_times;
pub use profile::{Golden, GoldenFault, InvalidProfile, Profile, Profiles, ProfilesError, lint};
pub use reextract::{Reextracted, Reread, reextract};
pub use schedule::{InvalidSchedule, NextRun, Schedule, next_run};
pub use visit::authority;
