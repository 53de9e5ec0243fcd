//! When a source is crawled next, and why then: cron in Vietnam time, or `adaptive`.
//!
//! On cron, a run visits all list pages and the articles whose time has come; adaptive, whatever
//! has come. Slots that were missed count once. A host that is closed, or a run that reached its
//! limit, puts the next one off.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::str::FromStr;

use archive::{Archive, LastRun, Outcome, PageKind, Round, Source, VIETNAM};
use croner::Cron;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::CrawlError;
use crate::pace::was_right;
use crate::visit::authority;

/// Sources with one slot are spread over so many seconds behind it.
const SPREAD_S: u64 = 300;
/// After a run that reached its limit of pages, the next one comes a day after its begin: the
/// limit is what a portal is asked a day.
const AFTER_LIMIT: SignedDuration = SignedDuration::from_hours(24);
/// After a run that failed.
const AFTER_FAILURE: SignedDuration = SignedDuration::from_hours(1);

/// A source's schedule.
#[derive(Clone, Debug)]
pub enum Schedule {
    /// Five fields, Asia/Ho_Chi_Minh.
    Cron(Box<Cron>),
    /// When the first of its pages is to be visited.
    Adaptive,
}

/// The next run of a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NextRun {
    /// Not before then.
    pub at: Timestamp,
    /// Why then, in words.
    pub why: String,
}

/// A schedule that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{given}` is no schedule ({why}); use five cron fields as in `0 5,17 * * *`, or `adaptive`"
)]
pub struct InvalidSchedule {
    given: String,
    why: String,
}

impl Schedule {
    /// Which pages a run on this schedule visits.
    pub fn round(&self) -> Round {
        match self {
            Self::Cron(_) => Round::Lists,
            Self::Adaptive => Round::Due,
        }
    }

    /// The next moments that it names, at most so many; none where pages themselves say when.
    pub fn upcoming(&self, now: Timestamp, most: usize) -> Vec<Timestamp> {
        let next = |time: &Timestamp| self.slot_after(*time);
        std::iter::successors(self.slot_after(now), next).take(most).collect()
    }

    /// Whether a moment after `now` is in it.
    pub fn ever_comes(&self, now: Timestamp) -> bool {
        matches!(self, Self::Adaptive) || self.slot_after(now).is_some()
    }

    /// The slot behind a time; `None` when there never is one.
    fn slot_after(&self, time: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Adaptive => None,
            Self::Cron(cron) => {
                let after = time.to_zoned(TimeZone::fixed(VIETNAM));
                cron.find_next_occurrence(&after, false).ok().map(|next| next.timestamp())
            }
        }
    }
}

/// When a source is crawled next; `None` when it never is. `since` stands in for the last run of a
/// source on cron that never ran: an old slot is no reason to start at once. A run that began days
/// after `now` did so by a clock that was wrong, and says nothing.
///
/// # Errors
/// When its schedule cannot be read, or the archive fails.
pub fn next_run(
    archive: &Archive,
    source: &Source,
    since: Timestamp,
    now: Timestamp,
) -> Result<Option<NextRun>, CrawlError> {
    if !source.enabled {
        return Ok(None);
    }
    let schedule: Schedule = source.schedule.parse()?;
    let newest = archive.last_run(&source.id)?;
    let ran = newest.is_some();
    let last = newest.filter(|last| was_right(last.started_at, now));
    let by_schedule = match &schedule {
        Schedule::Cron(_) => {
            let last = last.as_ref().map(|last| last.started_at);
            let from = last
                .or(Some(since).filter(|since| was_right(*since, now)))
                .unwrap_or(Timestamp::UNIX_EPOCH);
            schedule.slot_after(from).map(|slot| NextRun {
                at: spread(slot, source),
                why: format!("cron `{}`", source.schedule),
            })
        }
        Schedule::Adaptive => adaptive(archive, source, ran)?,
    };
    let Some(mut next) = by_schedule else { return Ok(None) };
    for delay in [after_last(last.as_ref(), source), closed(archive, source)?].into_iter().flatten()
    {
        if delay.at > next.at {
            next = delay;
        }
    }
    Ok(Some(next))
}

fn adaptive(archive: &Archive, source: &Source, ran: bool) -> Result<Option<NextRun>, CrawlError> {
    let next = match archive.next_visit(&source.id)? {
        None if ran && source.start.is_empty() => return Ok(None),
        // Also one that was removed and is here again.
        None => NextRun { at: Timestamp::UNIX_EPOCH, why: "it was never crawled".to_owned() },
        Some((0, _)) => NextRun {
            at: Timestamp::UNIX_EPOCH,
            why: "the last run left pages that are due".to_owned(),
        },
        Some((at_s, kind)) => NextRun {
            at: Timestamp::from_second(at_s).unwrap_or(Timestamp::MAX),
            why: match kind {
                PageKind::List => "a list page is to be looked at again".to_owned(),
                PageKind::Article => "an article is to be looked at again".to_owned(),
            },
        },
    };
    Ok(Some(next))
}

/// What the last run says about the next.
fn after_last(last: Option<&LastRun>, source: &Source) -> Option<NextRun> {
    let LastRun { started_at, fetched, outcome } = last?;
    let (wait, why) = match outcome {
        // Who asked for a few pages only leaves the schedule alone.
        Outcome::PageLimit if *fetched < source.max_pages => return None,
        Outcome::PageLimit => (AFTER_LIMIT, "the last run reached its limit of pages".to_owned()),
        Outcome::Failed(why) => (AFTER_FAILURE, format!("the last run failed: {why}")),
        Outcome::Running | Outcome::Done | Outcome::Stopped | Outcome::Interrupted => return None,
    };
    Some(NextRun { at: started_at.saturating_add(wait).unwrap_or(Timestamp::MAX), why })
}

fn closed(archive: &Archive, source: &Source) -> Result<Option<NextRun>, CrawlError> {
    let Some(start) = source.start.first() else { return Ok(None) };
    let closed = archive.host(&authority(start))?.closed;
    Ok(closed.and_then(|closed| {
        let at = Timestamp::from_millisecond(closed.until_ms).ok()?;
        Some(NextRun { at, why: format!("the host is left alone: {}", closed.why) })
    }))
}

/// Puts a source behind its slot, by what it is called, so that they do not all start at once.
fn spread(slot: Timestamp, source: &Source) -> Timestamp {
    let mut hasher = DefaultHasher::new();
    source.id.as_str().hash(&mut hasher);
    let seconds = i64::try_from(hasher.finish() % SPREAD_S).unwrap_or_default();
    slot.saturating_add(SignedDuration::from_secs(seconds)).unwrap_or(slot)
}

impl FromStr for Schedule {
    type Err = InvalidSchedule;

    fn from_str(text: &str) -> Result<Self, InvalidSchedule> {
        if text == "adaptive" {
            return Ok(Self::Adaptive);
        }
        let fields = text.split_whitespace().count();
        if !text.trim_start().starts_with('@') && fields != 5 {
            let why = format!("it has {fields} fields");
            return Err(InvalidSchedule { given: text.to_owned(), why });
        }
        let cron = text.parse().map(|cron| Self::Cron(Box::new(cron)));
        cron.map_err(|error: croner::errors::CronError| InvalidSchedule {
            given: text.to_owned(),
            why: error.to_string(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use archive::{Counters, Run};

    struct Setting {
        _folder: tempfile::TempDir,
        archive: Archive,
        source: Source,
    }

    fn setting(schedule: &str) -> Setting {
        let folder = tempfile::tempdir().unwrap();
        let archive = Archive::open(folder.path()).unwrap();
        let source = Source {
            enabled: true,
            schedule: schedule.to_owned(),
            start: vec!["http://a.vn/tin".parse().unwrap()],
            ..Source::import_only("a".parse().unwrap())
        };
        archive.put_sources(std::slice::from_ref(&source), Timestamp::UNIX_EPOCH).unwrap();
        Setting { _folder: folder, archive, source }
    }

    impl Setting {
        fn next(&self, since: &str) -> NextRun {
            next_run(&self.archive, &self.source, at(since), at(since)).unwrap().unwrap()
        }

        fn ran(&self, started: &str, outcome: Outcome) {
            let id = self.archive.start_run(&self.source.id, started).unwrap();
            let counters = Counters { fetched: self.source.max_pages, ..Counters::default() };
            let source = self.source.id.clone();
            self.archive.finish_run(&Run { id, source, counters, outcome }, started).unwrap();
        }
    }

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn within_spread(slot: &str, next: Timestamp) -> bool {
        (0..SPREAD_S as i64).contains(&next.duration_since(at(slot)).as_secs())
    }

    #[test]
    fn cron_counts_in_vietnam_time_and_missed_slots_once() {
        let setting = setting("0 5,17 * * *");
        let next = setting.next("2026-01-01T12:00:00+07:00");
        assert!(within_spread("2026-01-01T17:00:00+07:00", next.at), "{next:?}");
        setting.ran("2026-01-01T17:02:00+07:00", Outcome::Done);
        let next = setting.next("2026-01-09T12:00:00+07:00");
        assert!(within_spread("2026-01-02T05:00:00+07:00", next.at), "{next:?}");
    }

    #[test]
    fn runs_of_a_wrong_clock_say_nothing() {
        let setting = setting("0 5,17 * * *");
        setting.ran("2036-01-01T17:02:00+07:00", Outcome::Failed("dead".to_owned()));
        let next = setting.next("2026-01-01T12:00:00+07:00");
        assert!(within_spread("2026-01-01T17:00:00+07:00", next.at), "{next:?}");
        // The server started by that clock as well.
        let (since, now) = (at("2036-01-01T12:00:00Z"), at("2026-01-01T12:00:00Z"));
        let next = next_run(&setting.archive, &setting.source, since, now).unwrap().unwrap();
        assert!(next.at < now, "{next:?}");
        // A clock that is wrong now, as at the start of a machine, is no reason to crawl.
        let (since, now) = (at("1970-01-01T00:00:00Z"), at("1970-01-01T00:01:00Z"));
        let next = next_run(&setting.archive, &setting.source, since, now).unwrap().unwrap();
        assert!(next.at > at("2036-01-01T17:02:00+07:00"), "{next:?}");
    }

    #[test]
    fn a_new_adaptive_source_is_due_at_once_and_a_failed_run_waits() {
        let setting = setting("adaptive");
        assert_eq!(setting.next("2026-01-01T00:00:00Z").why, "it was never crawled");
        setting
            .archive
            .begin_round(
                &setting.source.id,
                Round::Due,
                &[crate::discover::start_page(&setting.source.start[0], None)],
                at("2026-01-01T00:00:00Z"),
            )
            .unwrap();
        setting.ran("2026-01-01T00:00:00Z", Outcome::Failed("dead".to_owned()));
        let next = setting.next("2026-01-01T00:00:00Z");
        assert_eq!(next.at, at("2026-01-01T01:00:00Z"), "{next:?}");
        setting.ran("2026-01-02T00:00:00Z", Outcome::PageLimit);
        assert_eq!(setting.next("2026-01-01T00:00:00Z").at, at("2026-01-03T00:00:00Z"));
    }

    #[test]
    fn a_closed_host_puts_the_next_run_off() {
        let setting = setting("adaptive");
        let until = at("2026-01-05T00:00:00Z");
        let why = "it answered 429".to_owned();
        let closed = archive::ClosedHost { until_ms: until.as_millisecond(), why };
        setting.archive.close_host("a.vn", &closed).unwrap();
        let next = setting.next("2026-01-01T00:00:00Z");
        assert_eq!((next.at, next.why.contains("429")), (until, true));
    }

    #[test]
    fn a_wrong_schedule_says_what_is_expected() {
        for text in ["", "hourly", "61 * * * *", "* * * *"] {
            let error = text.parse::<Schedule>().unwrap_err().to_string();
            assert!(error.contains("adaptive"), "{error}");
        }
    }
}
