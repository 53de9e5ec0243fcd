//! Why subscribers cannot be told.

/// An error of the alerts.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AlertError {
    /// The archive failed.
    #[error(transparent)]
    Archive(#[from] archive::ArchiveError),
    /// The index failed.
    #[error(transparent)]
    Index(#[from] index::IndexError),
    /// The mail server's address cannot be used.
    #[error("mail.server is `{url}`: {why}; write smtp://host:25 or smtps://user:password@host")]
    MailServer {
        /// What is configured, without its password.
        url: String,
        /// What is wrong with it.
        why: String,
    },
    /// A fault of ours.
    #[error("a step of the work panicked: {0}")]
    Panicked(String),
    /// There can be no client for webhooks.
    #[error("cannot make requests to webhooks: {0}")]
    Client(reqwest::Error),
}
