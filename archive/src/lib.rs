//! The record: which sources there are, what was fetched from them (WARC files), the articles
//! read from it with every version, the runs, and the outbox that search engines follow.
//!
//! One folder holds `archive.sqlite` (WAL, full sync) and `warc/*.warc.gz`. It is the truth:
//! indexes and pages are derived from it. [`Archive`] reads it and keeps its small tables;
//! [`Recorder`], of which there is one at a time, adds captures and articles.

mod acceptance;
mod account;
mod alert;
mod archive;
mod article;
mod attention;
mod audit;
mod backup;
mod baseline;
mod capture;
mod cdxj;
mod citation;
mod content;
mod crawl_order;
mod csv;
mod diff;
mod error;
mod event;
mod exchange;
mod host;
mod identity;
mod official;
mod outbox;
mod page;
mod page_time;
mod recorder;
mod removal;
mod room;
mod run;
mod schema;
mod shape;
mod source;
mod stats;
mod trust;
mod verify;
pub mod warc;
mod warc_export;
mod warc_file;

pub use account::{
    Account, AccountRefusal, AccountResult, InvalidRole, PASSWORD_CHARACTERS_MIN, Role, Session,
    SignIn, TokenHolder, WeakPassword,
};
pub use alert::{
    Alert, AlertId, AlertsState, Channel, MatchedEvent, Message, MessageKind, NewAlert,
    Notification, Pace, SavedSearch, Sent,
};
pub use archive::Archive;
pub use article::{Article, ArticleStatus, Attachment, Extracted, Fields, Recorded, Version};
pub use attention::{Concern, Task};
pub use audit::{Action, Actor, AuditEntry, AuditFilter, InvalidAction};
pub use baseline::Baseline;
pub use capture::{Capture, CaptureId, Payload};
pub use citation::{Audience, CitationPack};
pub use content::{DECODED_BYTES_MAX, decode};
pub use csv::csv_row;
pub use diff::{DiffChange, DiffPart, FieldDiff, diff};
pub use error::ArchiveError;
pub use event::Event;
pub use exchange::Exchange;
pub use host::{ClosedHost, HostState, RobotsCopy};
pub use identity::{ArticleId, InvalidId, SourceId};
pub use official::{
    ArticleMention, ArticlePeople, CoMention, Decision, DecisionKind, Dossier, Evidence, Holding,
    InArticle, NamedPerson, Official, OfficialId, PersonMention, Post, Seen,
};
pub use outbox::{ArticleEvent, Change, Seq};
pub use page::{NewPage, NextVisit, Page, PageKind, Round, Validators};
pub use page_time::{InvalidPageTime, PageTime, VIETNAM};
pub use recorder::{Fetched, Mended, Recorder};
pub use removal::{GoneSignal, Removal, RemovedArticle, Takedown, end_of};
pub use room::is_about_room;
pub use run::{Counters, LastRun, Outcome, Run, RunId, RunRecord};
pub use source::{Freshness, InvalidSource, Source};
pub use stats::Stats;
pub use trust::{Trust, TrustException};
pub use verify::{Fault, Verified};
pub use warc_export::{Captures, ExportError};
