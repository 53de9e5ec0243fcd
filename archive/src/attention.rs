//! What an operator should look at first: sources whose newest run failed or told of something, and
//! those that were not visited in full for long.

use jiff::{SignedDuration, Timestamp};
use serde::Serialize;

use crate::{Archive, ArchiveError, Outcome, RunId, Source, SourceId};

/// Runs among which the newest that ended is looked for.
const RUNS: u32 = 10;
/// Failed pages of a run that are worth a look.
const ERRORS_MIN: u64 = 10;

/// What is wrong; the first is the most urgent. The first and the last two are about the whole.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Concern {
    /// WARC files lack captures that were kept.
    Captures,
    /// The newest run failed.
    Failing,
    /// So many articles fail that none counts as removed until an operator says so.
    FrozenRemovals,
    /// The portal answered with a challenge for browsers.
    Challenged,
    /// The portal turned us away.
    Refused,
    /// Pages lack what they had: they are held back.
    Changed,
    /// What articles give differs from what is usual.
    Drifting,
    /// The certificate cannot be trusted, or is about to end.
    Certificate,
    /// It was not visited in full for long.
    Stale,
    /// Many pages of the newest run failed.
    Errors,
    /// Messages to subscribers were given up.
    Messages,
    /// The index does not follow the archive.
    Index,
}

/// Something to look at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Task {
    /// What is wrong.
    pub concern: Concern,
    /// The source it is about; `None` where it is about the whole.
    pub source: Option<SourceId>,
    /// The source's name.
    pub name: Option<String>,
    /// What was noted.
    pub detail: String,
    /// The run in which it was.
    pub run: Option<RunId>,
}

impl Task {
    /// Something about the whole.
    pub fn of_all(concern: Concern, detail: String) -> Self {
        Self { concern, source: None, name: None, detail, run: None }
    }
}

impl Archive {
    /// What needs attention, the most urgent first. A source is stale when it was not visited in full
    /// for longer than `patience` has with it.
    pub fn attention(
        &self,
        now: Timestamp,
        patience: &dyn Fn(&Source) -> SignedDuration,
    ) -> Result<Vec<Task>, ArchiveError> {
        let mut tasks = Vec::new();
        for source in self.sources()? {
            tasks.extend(self.attention_of(&source, now, patience(&source))?);
        }
        for (name, lost) in self.lost_captures()? {
            let detail = format!("{name} lacks {lost} bytes");
            tasks.push(Task::of_all(Concern::Captures, detail));
        }
        let (_, given_up) = self.count_messages()?;
        if given_up > 0 {
            let detail = format!("{given_up} messages were given up");
            tasks.push(Task::of_all(Concern::Messages, detail));
        }
        tasks.sort_by_key(|task| task.concern);
        Ok(tasks)
    }

    fn attention_of(
        &self,
        source: &Source,
        now: Timestamp,
        patience: SignedDuration,
    ) -> Result<Vec<Task>, ArchiveError> {
        let mut tasks = Vec::new();
        let held = self.suspects(&source.id)?.len();
        let mut task = |concern, detail, run| {
            tasks.push(Task {
                concern,
                source: Some(source.id.clone()),
                name: Some(source.name.clone()),
                detail,
                run,
            });
        };
        if held > 0 {
            task(Concern::Changed, format!("{held} pages are held back"), None);
        }
        // A run that goes on has not shown yet that all is well.
        let runs = self.runs(Some(&source.id), RUNS)?.into_iter();
        let ended = runs.filter(|one| one.run.outcome != Outcome::Running);
        let Some(newest) = ended.take(1).next() else { return Ok(tasks) };
        let run = Some(newest.run.id);
        if let Outcome::Failed(why) = newest.run.outcome {
            task(Concern::Failing, why, run);
        }
        // One of a kind is enough to look.
        let mut told = Vec::new();
        for event in self.events(newest.run.id)? {
            if let Some(concern) = Concern::of_event(&event.kind)
                && !told.contains(&concern)
            {
                told.push(concern);
                task(concern, event.detail, run);
            }
        }
        let errors = newest.run.counters.errors;
        if errors >= ERRORS_MIN {
            task(Concern::Errors, format!("{errors} pages failed"), run);
        }
        let success = self.freshness(&source.id)?.last_success;
        let success = success.and_then(|at| at.parse::<Timestamp>().ok());
        if source.enabled && success.is_none_or(|at| now.duration_since(at) > patience) {
            let told = match success {
                Some(at) => format!("no full visit since {at}"),
                None => "it was never visited in full".to_owned(),
            };
            task(Concern::Stale, told, run);
        }
        Ok(tasks)
    }
}

impl Concern {
    fn of_event(kind: &str) -> Option<Self> {
        Some(match kind {
            "frozen" => Self::FrozenRemovals,
            "challenge" => Self::Challenged,
            "refused" => Self::Refused,
            "drift" => Self::Drifting,
            "certificate" => Self::Certificate,
            _ => return None,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Counters, Event, Run};

    #[test]
    fn what_fails_comes_before_what_is_stale() {
        let folder = tempfile::tempdir().unwrap();
        let archive = Archive::open(folder.path()).unwrap();
        let now: Timestamp = "2026-01-10T00:00:00Z".parse().unwrap();
        let source = Source { enabled: true, ..Source::import_only("a".parse().unwrap()) };
        archive.put_sources(std::slice::from_ref(&source), now).unwrap();
        let days = |_: &Source| SignedDuration::from_hours(72);
        assert_eq!(archive.attention(now, &days).unwrap(), [], "it was never crawled yet");
        let at = now.to_string();
        let id = archive.start_run(&source.id, &at).unwrap();
        for _ in 0..2 {
            let event = Event {
                at: at.clone(),
                kind: "challenge".to_owned(),
                url: String::new(),
                detail: "a challenge".to_owned(),
            };
            archive.add_event(id, &event).unwrap();
        }
        let run = Run {
            id,
            source: source.id.clone(),
            counters: Counters::default(),
            outcome: Outcome::Failed("no answer".to_owned()),
        };
        archive.finish_run(&run, &at).unwrap();
        // Trying again is no cure yet.
        archive.start_run(&source.id, &at).unwrap();
        let concerns: Vec<Concern> =
            archive.attention(now, &days).unwrap().into_iter().map(|task| task.concern).collect();
        assert_eq!(concerns, [Concern::Failing, Concern::Challenged, Concern::Stale]);
    }
}
