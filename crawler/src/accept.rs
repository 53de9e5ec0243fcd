//! Accepting a great change: the operator says that what a portal shows now is right.

use archive::{Archive, Source};
use jiff::{SignedDuration, Timestamp};

use crate::extract::{Context, extract};
use crate::{CrawlError, Profiles};

/// How long many removals at once are believed: time for the three visits that a removal takes.
const BELIEVED_FOR: SignedDuration = SignedDuration::from_hours(14 * 24);

/// Reads the pages of a source that were held back as suspect, and forgets what is usual with it,
/// so that it is learned anew. The number of articles read.
///
/// # Errors
/// When the archive fails, or the source names a profile that does not exist.
pub fn accept(
    archive: &Archive,
    profiles: &Profiles,
    source: &Source,
    now: Timestamp,
) -> Result<u64, CrawlError> {
    let profile = profiles.named(&source.profile)?;
    let mut accepted = 0;
    for capture in archive.suspects(&source.id)? {
        let payload = archive.payload(&capture)?;
        let label = archive.page_label(&source.id, &capture.page_key)?;
        let fetched_at = capture.fetched_at.parse().unwrap_or(now);
        let context = Context { profile, label: label.as_deref(), fetched_at };
        // A page that gives no article at all is no version of one.
        if let Ok(mut article) = extract(&payload, profiles, &context) {
            article.key.clone_from(&capture.page_key);
            archive.record_articles(&capture, &[article], &now.to_string())?;
            accepted += 1;
        }
    }
    archive.accept_changes(&source.id, now + BELIEVED_FOR, now)?;
    Ok(accepted)
}
