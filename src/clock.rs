//! Whether the clock can be believed for what cannot be taken back.

use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};

/// How long the clock must have gone with the machine's own count of time. One that is wrong when a
/// machine starts is put right much sooner.
const STEADY_MIN: Duration = Duration::from_secs(3600);
/// By how much it may differ meanwhile: corrections of seconds are no jumps.
const JUMP_MIN: SignedDuration = SignedDuration::from_secs(60);

/// The clock, beside a count of time that never jumps.
#[derive(Debug)]
pub(crate) struct Clock {
    /// What it showed when it last jumped, and the count then.
    wall: Timestamp,
    count: Instant,
}

impl Clock {
    pub(crate) fn new(wall: Timestamp, count: Instant) -> Self {
        Self { wall, count }
    }

    /// Whether it has not jumped for long, by what it shows now.
    pub(crate) fn is_steady(&mut self, wall: Timestamp, count: Instant) -> bool {
        let counted = count.duration_since(self.count);
        let shown = wall.duration_since(self.wall);
        let differs = shown - SignedDuration::try_from(counted).unwrap_or(SignedDuration::MAX);
        if differs.abs() > JUMP_MIN {
            *self = Self::new(wall, count);
            return false;
        }
        counted >= STEADY_MIN
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_steady_an_hour_after_it_jumped() {
        let (start, wall) = (Instant::now(), Timestamp::constant(1_790_000_000, 0));
        let mut clock = Clock::new(wall, start);
        let mut steady = |counted: u64, wrong_by: i64| {
            let shown = wall + SignedDuration::from_secs(counted as i64 + wrong_by);
            clock.is_steady(shown, start + Duration::from_secs(counted))
        };
        assert!(!steady(3_599, 0), "it has only started");
        assert!(steady(3_600, 3), "it was put right by seconds");
        let ten_years = 10 * 365 * 86_400;
        assert!(!steady(4_000, ten_years) && !steady(7_000, ten_years));
        assert!(!steady(7_100, 0) && !steady(10_600, 0));
        assert!(steady(10_700, 0));
    }
}
