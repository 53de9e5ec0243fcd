//! When a source is crawled next: cron in Vietnam time, or `adaptive`.

use std::str::FromStr;

use archive::VIETNAM;
use croner::Cron;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// Time between two runs of an adaptive source.
const ADAPTIVE_INTERVAL: SignedDuration = SignedDuration::from_hours(12);

/// A source's schedule.
#[derive(Clone, Debug)]
pub enum Schedule {
    /// Five fields, Asia/Ho_Chi_Minh.
    Cron(Box<Cron>),
    /// Twice a day, counted from the last run.
    Adaptive,
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
    /// When the source is due, given the start of its last run. `since` stands in for the last run
    /// of a source on cron that never ran: an old slot is no reason to start at once. Slots missed
    /// since the last run count once.
    pub fn due_at(&self, last: Option<Timestamp>, since: Timestamp) -> Option<Timestamp> {
        match self {
            Self::Adaptive => match last {
                Some(last) => last.checked_add(ADAPTIVE_INTERVAL).ok(),
                None => Some(since),
            },
            Self::Cron(cron) => {
                let after = last.unwrap_or(since).to_zoned(TimeZone::fixed(VIETNAM));
                cron.find_next_occurrence(&after, false).ok().map(|next| next.timestamp())
            }
        }
    }
}

impl FromStr for Schedule {
    type Err = InvalidSchedule;

    fn from_str(text: &str) -> Result<Self, InvalidSchedule> {
        if text == "adaptive" {
            return Ok(Self::Adaptive);
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

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn cron_counts_in_vietnam_time() {
        let schedule: Schedule = "0 5,17 * * *".parse().unwrap();
        let since = at("2026-01-01T12:00:00+07:00");
        assert_eq!(schedule.due_at(None, since), Some(at("2026-01-01T17:00:00+07:00")));
        let last = at("2026-01-01T17:00:30+07:00");
        assert_eq!(schedule.due_at(Some(last), since), Some(at("2026-01-02T05:00:00+07:00")));
    }

    #[test]
    fn missed_slots_count_once() {
        let schedule: Schedule = "0 5 * * *".parse().unwrap();
        let last = at("2026-01-01T05:00:10+07:00");
        let now = at("2026-01-09T08:00:00+07:00");
        assert!(schedule.due_at(Some(last), now).unwrap() < now);
        assert!(schedule.due_at(Some(now), now).unwrap() > now);
    }

    #[test]
    fn a_new_adaptive_source_is_due_at_once() {
        let now = at("2026-01-01T00:00:00Z");
        assert_eq!(Schedule::Adaptive.due_at(None, now), Some(now));
    }

    #[test]
    fn a_wrong_schedule_says_what_is_expected() {
        for text in ["", "hourly", "61 * * * *", "* * * *"] {
            let error = text.parse::<Schedule>().unwrap_err().to_string();
            assert!(error.contains("adaptive"), "{error}");
        }
    }
}
