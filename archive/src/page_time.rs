//! A time as a page states it: a day, or a day with a clock time, always Vietnam's.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::{Offset, TimeZone};
use serde::{Deserialize, Serialize};

/// Vietnam's offset from UTC since 13 June 1975 (IANA time zone `Asia/Ho_Chi_Minh`).
pub const VIETNAM: Offset = Offset::constant(7);

/// When a page says it was published: no more precise than the page itself.
///
/// As text: `2023-02-20`, or `2023-02-20T09:24:00+07:00`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum PageTime {
    /// A bare day stays a day.
    Day(Date),
    /// Day and clock time in Vietnam.
    Minute(DateTime),
}

/// A text that states no time.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no day (2023-02-20) and no time (2023-02-20T09:24:00+07:00)")]
pub struct InvalidPageTime(String);

impl PageTime {
    /// The day in Vietnam.
    pub fn day(self) -> Date {
        match self {
            Self::Day(day) => day,
            Self::Minute(time) => time.date(),
        }
    }

    /// The instant; a bare day counts from its first moment in Vietnam.
    pub fn instant(self) -> Timestamp {
        let civil = match self {
            Self::Day(day) => day.to_datetime(jiff::civil::Time::midnight()),
            Self::Minute(time) => time,
        };
        VIETNAM.to_timestamp(civil).unwrap_or(Timestamp::MAX)
    }

    /// The clock time in Vietnam of an instant.
    pub fn at(instant: Timestamp) -> Self {
        Self::Minute(TimeZone::fixed(VIETNAM).to_datetime(instant))
    }
}

impl FromStr for PageTime {
    type Err = InvalidPageTime;

    fn from_str(text: &str) -> Result<Self, InvalidPageTime> {
        let invalid = || InvalidPageTime(text.to_owned());
        if text.len() == 10 {
            return text.parse().map(Self::Day).map_err(|_| invalid());
        }
        // As it is written by `Display`: also the last hours of the year 9999, which no instant is.
        let own = text.strip_suffix("+07:00").and_then(|time| time.parse::<DateTime>().ok());
        if let Some(time) = own {
            return Ok(Self::Minute(time));
        }
        text.parse::<Timestamp>().map(Self::at).map_err(|_| invalid())
    }
}

impl fmt::Display for PageTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Day(day) => write!(f, "{day}"),
            Self::Minute(time) => write!(f, "{}+07:00", time.strftime("%Y-%m-%dT%H:%M:%S")),
        }
    }
}

impl TryFrom<String> for PageTime {
    type Error = InvalidPageTime;

    fn try_from(text: String) -> Result<Self, InvalidPageTime> {
        text.parse()
    }
}

impl From<PageTime> for String {
    fn from(time: PageTime) -> String {
        time.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_shown_as_vietnam_reads_the_clock() {
        let time: PageTime = "2023-02-20T02:24:00Z".parse().unwrap();
        assert_eq!(time.to_string(), "2023-02-20T09:24:00+07:00");
        assert_eq!(time.to_string().parse(), Ok(time));
    }

    #[test]
    fn whatever_is_written_can_be_read() {
        for time in [DateTime::ZERO, DateTime::MAX, DateTime::constant(9999, 12, 31, 23, 59, 0, 0)]
        {
            let time = PageTime::Minute(time.with().subsec_nanosecond(0).build().unwrap());
            assert_eq!(time.to_string().parse(), Ok(time));
        }
    }

    #[test]
    fn a_bare_day_stays_a_day() {
        let day: PageTime = "2023-02-20".parse().unwrap();
        assert_eq!(day.to_string(), "2023-02-20");
        assert_eq!(day.instant().to_string(), "2023-02-19T17:00:00Z");
        assert!("20/02/2023".parse::<PageTime>().is_err());
    }
}
