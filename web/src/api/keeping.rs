//! How archive and index stand, backups, and the jobs that check, copy and rebuild them.

use std::path::Path;

use archive::{Action, Archive};
use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use index::Index;
use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;
use utoipa::ToSchema;

use crate::App;
use crate::address::NoParameters;
use crate::blocking::blocking;
use crate::jobs::{Job, JobKind};
use crate::operator::{Admin, Operator, Viewer};
use crate::problem::Problem;

/// How archive and index stand.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct KeepingBody {
    pub(crate) archive: ArchiveFigures,
    pub(crate) index: IndexFigures,
    /// The backups that operators ordered, the newest first.
    pub(crate) backups: Vec<BackupBody>,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct ArchiveFigures {
    /// Pages that the crawler knows.
    pub(crate) pages: u64,
    /// Articles that search may return.
    pub(crate) articles: u64,
    /// Of these, articles that are gone at their source.
    pub(crate) removed: u64,
    /// Articles taken down here.
    pub(crate) hidden: u64,
    /// Versions of all articles.
    pub(crate) versions: u64,
    /// Answers and imported files kept.
    pub(crate) captures: u64,
    /// WARC files.
    pub(crate) files: u64,
    /// Their bytes.
    pub(crate) warc_bytes: u64,
}

#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct IndexFigures {
    pub(crate) articles: u64,
    pub(crate) segments: usize,
    pub(crate) bytes: u64,
    /// Changes of the archive that it has not taken up.
    pub(crate) behind: u64,
}

/// A backup.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct BackupBody {
    /// Its folder, by the time it was begun: `2026-11-25T120000Z`.
    pub(crate) name: String,
    /// Bytes of its files.
    pub(crate) bytes: u64,
}

/// How archive and index stand, and which backups there are.
#[utoipa::path(get, path = "/api/v1/keeping", tag = "operators",
    responses((status = 200, body = KeepingBody), (status = 400, body = Problem),
        (status = 401, body = Problem)))]
pub(crate) async fn keeping(
    _: Viewer,
    State(app): State<App>,
    NoParameters: NoParameters,
) -> Result<Json<KeepingBody>, Problem> {
    Ok(Json(stand(app).await?))
}

/// How everything that is kept stands.
pub(crate) async fn stand(app: App) -> Result<KeepingBody, Problem> {
    blocking(move || {
        let (stats, index) = (app.archive.stats()?, app.index.stats()?);
        Ok::<_, index::IndexError>(KeepingBody {
            archive: ArchiveFigures {
                pages: stats.pages,
                articles: stats.articles,
                removed: stats.removed,
                hidden: stats.hidden,
                versions: stats.versions,
                captures: stats.captures,
                files: stats.files,
                warc_bytes: stats.warc_bytes,
            },
            index: IndexFigures {
                articles: index.articles,
                segments: index.segments,
                bytes: index.bytes,
                behind: index.behind(),
            },
            backups: backups(&app.site.backups(&app.archive)),
        })
    })
    .await
}

/// The backups in a folder, the newest first; none where there is no folder.
fn backups(folder: &Path) -> Vec<BackupBody> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let made = entries.filter(|entry| entry.path().join("archive.sqlite").exists());
    let mut backups: Vec<BackupBody> = made
        .map(|entry| BackupBody {
            name: entry.file_name().to_string_lossy().into_owned(),
            bytes: size(&entry.path()),
        })
        .collect();
    backups.sort_by(|a, b| b.name.cmp(&a.name));
    backups
}

fn size(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let sizes = entries.map(|entry| match entry.metadata() {
        Ok(metadata) if metadata.is_dir() => size(&entry.path()),
        Ok(metadata) => metadata.len(),
        Err(_) => 0,
    });
    sizes.sum()
}

/// Work on what is kept that an admin may order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Order {
    Backup,
    VerifyArchive,
    VerifyIndex,
    RebuildIndex,
}

/// The jobs of this process, the newest first.
#[utoipa::path(get, path = "/api/v1/jobs", tag = "operators",
    responses((status = 200, body = Vec<Job>), (status = 400, body = Problem),
        (status = 401, body = Problem)))]
pub(crate) async fn jobs(
    _: Viewer,
    State(app): State<App>,
    NoParameters: NoParameters,
) -> Json<Vec<Job>> {
    Json(app.jobs.all())
}

macro_rules! ordering {
    ($name:ident, $path:literal, $order:expr, $about:literal) => {
        #[doc = $about]
        #[utoipa::path(post, path = $path, tag = "operators",
                    responses((status = 202, body = Job), (status = 400, body = Problem),
                        (status = 401, body = Problem), (status = 403, body = Problem),
                        (status = 409, body = Problem, description = "one goes on already")))]
        pub(crate) async fn $name(
            Admin(operator): Admin,
            State(app): State<App>,
            NoParameters: NoParameters,
        ) -> Result<(StatusCode, Json<Job>), Problem> {
            Ok((StatusCode::ACCEPTED, Json(order(&app, &operator, $order).await?)))
        }
    };
}

ordering!(backup, "/api/v1/keeping/backups", Order::Backup, "Makes a backup, and verifies it.");
ordering!(
    verify_archive,
    "/api/v1/keeping/verify-archive",
    Order::VerifyArchive,
    "Reads every capture and compares its digest."
);
ordering!(
    verify_index,
    "/api/v1/keeping/verify-index",
    Order::VerifyIndex,
    "Compares the index with the archive, article by article."
);
ordering!(
    rebuild_index,
    "/api/v1/keeping/rebuild-index",
    Order::RebuildIndex,
    "Builds the index anew; the old one serves until then."
);

/// Starts a job on what is kept.
pub(crate) async fn order(app: &App, operator: &Operator, order: Order) -> Result<Job, Problem> {
    let (archive, index) = (operator.archive(app), app.index.clone());
    let started = match order {
        Order::Backup => {
            let name = Timestamp::now().strftime("%Y-%m-%dT%H%M%SZ").to_string();
            let (folder, target) = (name.clone(), app.site.backups(&app.archive).join(&name));
            app.jobs.start(JobKind::Backup, &name, &operator.name, move |tell| {
                make_backup(&archive, &folder, &target, tell)
            })
        }
        Order::VerifyArchive => {
            app.jobs.start(JobKind::VerifyArchive, "", &operator.name, move |tell| {
                let verified = archive.verify(&mut |file| tell(file)).map_err(said)?;
                verdict(verified)
            })
        }
        Order::VerifyIndex => {
            app.jobs.start(JobKind::VerifyIndex, "", &operator.name, move |_| compare(&index))
        }
        Order::RebuildIndex => {
            app.jobs.start(JobKind::RebuildIndex, "", &operator.name, move |tell| {
                archive
                    .log_change(Action::RebuildIndex, "", json!({}), Timestamp::now())
                    .map_err(said)?;
                let built = index.rebuild(&mut |done| tell(&format!("{done} articles")));
                Ok(format!("{} articles", built.map_err(said)?))
            })
        }
    };
    started.map_err(|running| {
        let why = format!("{} ordered this at {}, and it goes on", running.by, running.started_at);
        Problem::new(StatusCode::CONFLICT, why)
    })
}

fn make_backup(
    archive: &Archive,
    name: &str,
    target: &Path,
    tell: &dyn Fn(&str),
) -> Result<String, String> {
    archive.log_backup(name, target, Timestamp::now()).map_err(said)?;
    std::fs::create_dir_all(target).map_err(|error| format!("{}: {error}", target.display()))?;
    let verified = archive.backup(target, &mut |file| tell(file)).map_err(said)?;
    Ok(format!("{}: {}", target.display(), verdict(verified)?))
}

fn verdict(verified: archive::Verified) -> Result<String, String> {
    match verified.faults.first() {
        None => Ok(format!("{} captures are whole", verified.captures)),
        Some(first) => Err(format!("{} faults, the first: {first}", verified.faults.len())),
    }
}

fn compare(index: &Index) -> Result<String, String> {
    let verified = index.verify().map_err(said)?;
    match verified.is_whole() {
        true => Ok(format!("{} articles are as the archive says", verified.articles)),
        false => Err(format!(
            "{} articles are missing, {} too many, {} doubled, {} files damaged; build it anew",
            verified.missing.len(),
            verified.extra.len(),
            verified.doubled.len(),
            verified.damaged.len()
        )),
    }
}

fn said(error: impl std::fmt::Display) -> String {
    error.to_string()
}
