//! Reading kept captures again, with the profiles of today. What a better profile reads replaces
//! what the same capture gave before: it is no edit by the ward, and no new version.

use archive::{Archive, ArchiveError, Article, Fields, SourceId, Version};
use jiff::Timestamp;

use crate::extract::{self, Context};
use crate::{CrawlError, Profiles};

/// A version that would be read differently now.
#[derive(Clone, Debug)]
pub struct Reread {
    /// The article that it is a version of.
    pub article: Article,
    /// The version as it is.
    pub version: Version,
    /// What its capture gives now.
    pub fields: Fields,
    /// The profile that read it.
    pub profile: String,
}

/// What reading again did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Reextracted {
    /// Versions whose captures were read.
    pub read: u64,
    /// Versions that differ.
    pub differ: u64,
    /// Versions whose captures give no article now; they stay as they are.
    pub unreadable: u64,
}

/// Reads the captures of all versions again, those of one source if one is given. `found` is told
/// each that differs, and says whether it is to be replaced.
///
/// # Errors
/// When the archive fails, or a source names a profile that does not exist.
pub fn reextract(
    archive: &Archive,
    profiles: &Profiles,
    only: Option<&SourceId>,
    mut found: impl FnMut(&Reread) -> Result<bool, CrawlError>,
) -> Result<Reextracted, CrawlError> {
    let mut done = Reextracted::default();
    archive.for_each_article(|article| {
        if only.is_some_and(|only| *only != article.source) {
            return Ok(());
        }
        for version in archive.versions(&article.id)? {
            let read = match reread(archive, profiles, &article, &version)? {
                Again::Imported => continue,
                Again::Unreadable => {
                    done.unreadable += 1;
                    None
                }
                Again::Same => None,
                Again::Differs(fields, profile) => {
                    Some(Reread { article: article.clone(), version, fields: *fields, profile })
                }
            };
            done.read += 1;
            if let Some(reread) = read {
                done.differ += 1;
                if found(&reread)? {
                    let Reread { article, version, fields, profile } = &reread;
                    archive.replace_version(&article.id, version.number, fields, profile)?;
                }
            }
        }
        Ok::<(), CrawlError>(())
    })?;
    Ok(done)
}

/// What a capture gives when it is read again.
enum Again {
    /// It came from lines of fields, which no profile reads.
    Imported,
    Unreadable,
    Same,
    Differs(Box<Fields>, String),
}

fn reread(
    archive: &Archive,
    profiles: &Profiles,
    article: &Article,
    version: &Version,
) -> Result<Again, CrawlError> {
    let Some(capture) = archive.capture(version.capture)? else { return Ok(Again::Unreadable) };
    let payload = match archive.payload(&capture) {
        Ok(payload) => payload,
        // A damaged record costs itself, not the reading of all others.
        Err(error @ (ArchiveError::Io { .. } | ArchiveError::Damaged { .. })) => {
            tracing::error!(url = capture.url, %error, "a capture cannot be read");
            return Ok(Again::Unreadable);
        }
        Err(error) => return Err(error.into()),
    };
    if payload.header("content-type").is_some_and(|t| t.starts_with("application/x-ndjson")) {
        return Ok(Again::Imported);
    }
    let source = archive.source(&article.source)?;
    let profile = source.map(|source| source.profile).unwrap_or_else(|| "auto".to_owned());
    let label = archive.page_label(&article.source, &capture.page_key)?;
    let context = Context {
        profile: profiles.named(&profile)?,
        label: label.as_deref(),
        fetched_at: capture.fetched_at.parse().unwrap_or(Timestamp::UNIX_EPOCH),
    };
    Ok(match extract::extract(&payload, profiles, &context) {
        Err(_) => Again::Unreadable,
        Ok(read) if read.times_within.is_zero() && read.fields.digest() == version.digest => {
            Again::Same
        }
        // Relative times were taken from an earlier version; they are not compared.
        Ok(read) => {
            let mut fields = read.fields;
            if !read.times_within.is_zero() {
                (fields.published, fields.updated) =
                    (version.fields.published, version.fields.updated);
            }
            match fields.digest() == version.digest {
                true => Again::Same,
                false => Again::Differs(Box::new(fields), read.profile),
            }
        }
    })
}
