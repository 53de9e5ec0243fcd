//! Work that takes longer than a request: backups, verifying, rebuilding, reading again. It runs
//! beside the site, one of a kind and subject at a time; what came of it is remembered while the process runs.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use serde::Serialize;
use tokio::runtime::Handle;
use utoipa::ToSchema;

/// Jobs that are remembered.
const REMEMBERED: usize = 50;

/// What a job does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub(crate) enum JobKind {
    /// Copies the archive.
    Backup,
    /// Reads every capture and compares its digest.
    VerifyArchive,
    /// Compares the index with the archive.
    VerifyIndex,
    /// Builds the index anew.
    RebuildIndex,
    /// Reads kept pages again with the profiles of today.
    Reextract,
}

impl fmt::Display for JobKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Backup => "backup",
            Self::VerifyArchive => "verify_archive",
            Self::VerifyIndex => "verify_index",
            Self::RebuildIndex => "rebuild_index",
            Self::Reextract => "reextract",
        })
    }
}

/// A job.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub(crate) struct Job {
    /// Its number; it begins anew with the process.
    pub(crate) id: u64,
    pub(crate) kind: JobKind,
    /// What it is about; empty where the kind says it all.
    pub(crate) subject: String,
    /// Who ordered it.
    pub(crate) by: String,
    /// RFC 3339, UTC.
    pub(crate) started_at: String,
    /// How far it is.
    pub(crate) progress: String,
    /// When it ended.
    pub(crate) ended_at: Option<String>,
    /// What came of it.
    pub(crate) result: Option<String>,
    /// Whether it failed.
    pub(crate) failed: bool,
}

/// The jobs of this process.
#[derive(Clone, Debug, Default)]
pub(crate) struct Jobs {
    remembered: Arc<Mutex<Vec<Job>>>,
    /// What they run on; else on what the handler that starts them runs on.
    runtime: Option<Handle>,
}

impl Jobs {
    /// Jobs that run on a runtime of their own.
    pub(crate) fn on(runtime: Handle) -> Self {
        Self { runtime: Some(runtime), ..Self::default() }
    }

    /// Starts a job, unless one of its kind on the same subject goes on: then that one is given
    /// back.
    pub(crate) fn start(
        &self,
        kind: JobKind,
        subject: &str,
        by: &str,
        work: impl FnOnce(&dyn Fn(&str)) -> Result<String, String> + Send + 'static,
    ) -> Result<Job, Box<Job>> {
        let job = self.with(|jobs| {
            let same = |job: &&Job| {
                job.kind == kind && (kind == JobKind::Backup || job.subject == subject)
            };
            let running = jobs.iter().filter(same).find(|job| job.ended_at.is_none());
            if let Some(running) = running {
                return Err(Box::new(running.clone()));
            }
            let job = Job {
                id: jobs.last().map_or(1, |last| last.id + 1),
                kind,
                subject: subject.to_owned(),
                by: by.to_owned(),
                started_at: Timestamp::now().to_string(),
                progress: String::new(),
                ended_at: None,
                result: None,
                failed: false,
            };
            jobs.push(job.clone());
            // One that goes on is not forgotten.
            let mut over = jobs.len().saturating_sub(REMEMBERED);
            jobs.retain(|job| {
                let forgotten = over > 0 && job.ended_at.is_some();
                over -= usize::from(forgotten);
                !forgotten
            });
            Ok(job)
        })?;
        let (jobs, id) = (self.clone(), job.id);
        let runtime = self.runtime.clone().unwrap_or_else(Handle::current);
        runtime.spawn_blocking(move || {
            let tell = |progress: &str| jobs.change(id, |job| job.progress = progress.to_owned());
            // Whatever happens in it, the job has an end.
            let done = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| work(&tell)));
            let done = done.unwrap_or_else(|_| Err("it ended abnormally".to_owned()));
            if let Err(error) = &done {
                tracing::error!(job.kind = %kind, error, "a job failed");
            }
            jobs.change(id, |job| {
                job.ended_at = Some(Timestamp::now().to_string());
                job.failed = done.is_err();
                job.result = Some(done.unwrap_or_else(|why| why));
            });
        });
        Ok(job)
    }

    /// All that are remembered, the newest first.
    pub(crate) fn all(&self) -> Vec<Job> {
        self.with(|jobs| jobs.iter().rev().cloned().collect())
    }

    fn change(&self, id: u64, change: impl FnOnce(&mut Job)) {
        self.with(|jobs| jobs.iter_mut().find(|job| job.id == id).map(change));
    }

    fn with<T>(&self, work: impl FnOnce(&mut Vec<Job>) -> T) -> T {
        work(&mut self.remembered.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn ended(jobs: &Jobs) -> Job {
        loop {
            match jobs.all().into_iter().next() {
                Some(job) if job.ended_at.is_some() => return job,
                _ => tokio::task::yield_now().await,
            }
        }
    }

    #[tokio::test]
    async fn one_of_a_kind_runs_at_a_time_and_every_job_ends() {
        let jobs = Jobs::default();
        let (go, wait) = std::sync::mpsc::channel::<()>();
        let first = jobs.start(JobKind::Backup, "", "lan", move |tell| {
            tell("half");
            wait.recv().map_err(|error| error.to_string())?;
            Ok("done".to_owned())
        });
        let first = first.unwrap();
        let second = jobs.start(JobKind::Backup, "", "minh", |_| Ok(String::new()));
        assert_eq!(second.unwrap_err().id, first.id);
        go.send(()).unwrap();
        let done = ended(&jobs).await;
        assert_eq!((done.failed, done.result.as_deref()), (false, Some("done")));
        jobs.start(JobKind::Backup, "", "lan", |_| panic!("as a test of it")).unwrap();
        assert!(ended(&jobs).await.failed);
    }
}
