//! When a page is visited next: the oftener something new was found, the sooner.
//!
//! List pages halve their wait when they brought new links and lengthen it by half when not,
//! between half an hour and a day. Articles are looked at again after an hour, six hours, a day,
//! three days, a week, a month, three months, then yearly; an edit goes one step back.

use std::hash::{DefaultHasher, Hash, Hasher};

use archive::{NextVisit, PageKind, SourceId};
use jiff::Timestamp;

const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// The steps of an article, in seconds.
const ARTICLE_WAITS: [i64; 8] =
    [HOUR, 6 * HOUR, DAY, 3 * DAY, 7 * DAY, 30 * DAY, 90 * DAY, 365 * DAY];
/// The waits of a list page, in seconds: the shortest, the first, the longest.
const LIST_WAIT_MIN: i64 = 30 * MINUTE;
const LIST_WAIT_FIRST: i64 = 2 * HOUR;
const LIST_WAIT_MAX: i64 = DAY;
/// The wait after a visit that failed, or found the page gone.
const RETRY_WAIT: i64 = DAY;
/// The wait after a visit to a page that is known to be gone, or never was an article.
const GONE_WAIT: i64 = 7 * DAY;
/// Waits are spread by up to this part of themselves, so that pages do not all come at once.
const SPREAD: f64 = 0.1;

/// What a visit found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// New links, a new article, or an edit.
    Change,
    /// What was there before.
    Same,
    /// Nothing that could be read.
    Failure,
    /// Nothing, where no article is known to be any more.
    StillGone,
}

/// Plans the next visit to a page whose last two visits were planned `wait_s` apart.
pub(crate) fn next_visit(
    (source, key): (&SourceId, &str),
    kind: PageKind,
    wait_s: i64,
    found: Found,
    now: Timestamp,
) -> NextVisit {
    let wait_s = match (kind, found) {
        (_, Found::Failure) => return at(now, RETRY_WAIT, wait_s, (source, key)),
        (_, Found::StillGone) => return at(now, GONE_WAIT, wait_s, (source, key)),
        (PageKind::List, _) if wait_s == 0 => LIST_WAIT_FIRST,
        (PageKind::List, Found::Change) => (wait_s / 2).max(LIST_WAIT_MIN),
        (PageKind::List, Found::Same) => (wait_s * 3 / 2).min(LIST_WAIT_MAX),
        (PageKind::Article, _) if wait_s == 0 => ARTICLE_WAITS[0],
        (PageKind::Article, Found::Change) => {
            let shorter = ARTICLE_WAITS.iter().rev().find(|step| **step < wait_s);
            shorter.copied().unwrap_or(ARTICLE_WAITS[0])
        }
        (PageKind::Article, Found::Same) => {
            let longer = ARTICLE_WAITS.iter().find(|step| **step > wait_s);
            longer.copied().unwrap_or(ARTICLE_WAITS[ARTICLE_WAITS.len() - 1])
        }
    };
    at(now, wait_s, wait_s, (source, key))
}

/// The visit after `delay` seconds, spread by what page it is.
fn at(now: Timestamp, delay: i64, wait_s: i64, page: (&SourceId, &str)) -> NextVisit {
    let mut hasher = DefaultHasher::new();
    (page.0.as_str(), page.1).hash(&mut hasher);
    let part = hasher.finish() as f64 / u64::MAX as f64;
    let spread = (delay as f64 * SPREAD * part) as i64;
    NextVisit { at_s: now.as_second() + delay + spread, wait_s }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::constant(1_700_000_000, 0);

    fn waits(kind: PageKind, found: &[Found]) -> Vec<i64> {
        let source: SourceId = "a".parse().unwrap();
        let mut wait_s = 0;
        let next = |found: &Found| {
            wait_s = next_visit((&source, "k"), kind, wait_s, *found, NOW).wait_s;
            wait_s
        };
        found.iter().map(next).collect()
    }

    #[test]
    fn an_article_that_stays_as_it_is_is_visited_ever_less() {
        let mut steps = waits(PageKind::Article, &[Found::Same; 10]);
        assert_eq!(steps.split_off(7), [365 * DAY; 3]);
        assert_eq!(steps, ARTICLE_WAITS[..7]);
    }

    #[test]
    fn an_edit_goes_one_step_back() {
        use Found::{Change, Failure, Same};
        let steps = waits(PageKind::Article, &[Change, Same, Same, Change, Same, Failure, Same]);
        assert_eq!(steps, [HOUR, 6 * HOUR, DAY, 6 * HOUR, DAY, DAY, 3 * DAY]);
    }

    #[test]
    fn a_list_keeps_within_half_an_hour_and_a_day() {
        assert_eq!(waits(PageKind::List, &[Found::Change; 5]).last(), Some(&LIST_WAIT_MIN));
        assert_eq!(waits(PageKind::List, &[Found::Same; 9]).last(), Some(&LIST_WAIT_MAX));
    }

    #[test]
    fn the_time_is_spread_but_never_early() {
        let source: SourceId = "a".parse().unwrap();
        for key in ["1", "2", "3"] {
            let next = next_visit((&source, key), PageKind::List, DAY, Found::Same, NOW);
            let delay = next.at_s - NOW.as_second();
            assert!((DAY..=DAY + DAY / 10).contains(&delay), "{delay}");
        }
    }
}
