//! The languages of the site: Vietnamese first, English by a switch. Words stand in both where they
//! are used; numbers and times are written as readers of each write them.

use archive::{PageTime, VIETNAM};
use jiff::Timestamp;
use jiff::civil::{Date, Weekday};

/// A language of the site.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(crate) enum Language {
    #[default]
    Vietnamese,
    English,
}

impl Language {
    /// The language of a code, if the site has it.
    pub(crate) fn of_code(code: &str) -> Option<Self> {
        [Self::Vietnamese, Self::English].into_iter().find(|one| one.code() == code)
    }

    /// Its code (BCP 47).
    pub(crate) fn code(self) -> &'static str {
        self.say("vi", "en")
    }

    /// The other one.
    pub(crate) fn other(self) -> Self {
        match self {
            Self::Vietnamese => Self::English,
            Self::English => Self::Vietnamese,
        }
    }

    /// The text in this language.
    pub(crate) fn say<'a>(self, vietnamese: &'a str, english: &'a str) -> &'a str {
        match self {
            Self::Vietnamese => vietnamese,
            Self::English => english,
        }
    }

    /// `1.656`, and `1,656` in English.
    pub(crate) fn number(self, number: u64) -> String {
        let digits = number.to_string();
        let mut text = String::with_capacity(digits.len() + digits.len() / 3);
        for (i, digit) in digits.chars().enumerate() {
            if i > 0 && (digits.len() - i).is_multiple_of(3) {
                text.push_str(self.say(".", ","));
            }
            text.push(digit);
        }
        text
    }

    /// A count with its noun: `1.656 bài`, `1 article`, `1,656 articles`.
    pub(crate) fn counted(self, count: u64, vietnamese: &str, one: &str, many: &str) -> String {
        let noun = self.say(vietnamese, if count == 1 { one } else { many });
        format!("{} {noun}", self.number(count))
    }

    /// `20/02/2023`, and `20 February 2023` in English, where `02/03` would be two days.
    pub(crate) fn date(self, day: Date) -> String {
        day.strftime(self.say("%d/%m/%Y", "%-d %B %Y")).to_string()
    }

    /// A day, with the clock where the page told it: `20/02/2023, 09:24`.
    pub(crate) fn time(self, time: PageTime) -> String {
        match time {
            PageTime::Day(day) => self.date(day),
            PageTime::Minute(time) => {
                format!("{}, {}", self.date(time.date()), time.strftime("%H:%M"))
            }
        }
    }

    /// A moment to come, in words: `thứ Năm 26/11/2026, 05:00 (sau 8 giờ)`.
    pub(crate) fn moment(self, at: Timestamp, now: Timestamp) -> String {
        let there = at.to_zoned(VIETNAM.to_time_zone());
        let weekday = match there.weekday() {
            Weekday::Monday => self.say("thứ Hai", "Monday"),
            Weekday::Tuesday => self.say("thứ Ba", "Tuesday"),
            Weekday::Wednesday => self.say("thứ Tư", "Wednesday"),
            Weekday::Thursday => self.say("thứ Năm", "Thursday"),
            Weekday::Friday => self.say("thứ Sáu", "Friday"),
            Weekday::Saturday => self.say("thứ Bảy", "Saturday"),
            Weekday::Sunday => self.say("Chủ nhật", "Sunday"),
        };
        let minutes = at.duration_since(now).as_mins().max(0);
        let minutes = minutes.unsigned_abs();
        let after = match minutes {
            0..120 => self.counted(minutes, "phút", "minute", "minutes"),
            120..2880 => self.counted(minutes / 60, "giờ", "hour", "hours"),
            _ => self.counted(minutes / 1440, "ngày", "day", "days"),
        };
        let (date, clock) = (self.date(there.date()), there.strftime("%H:%M"));
        format!("{weekday} {date}, {clock} ({} {after})", self.say("sau", "in"))
    }

    /// So many bytes: `1,5 GB`.
    pub(crate) fn bytes(self, bytes: u64) -> String {
        const UNITS: [&str; 5] = ["B", "kB", "MB", "GB", "TB"];
        #[expect(clippy::cast_precision_loss, reason = "one decimal is shown")]
        let mut size = bytes as f64;
        let mut unit = 0;
        while size >= 1000.0 && unit + 1 < UNITS.len() {
            size /= 1000.0;
            unit += 1;
        }
        let digits = if unit == 0 { format!("{size:.0}") } else { format!("{size:.1}") };
        format!("{} {}", digits.replace('.', self.say(",", ".")), UNITS[unit])
    }

    /// A day as `2023-02-20`, as it is written here; another text as it is.
    pub(crate) fn day(self, iso: &str) -> String {
        iso.parse::<Date>().map_or_else(|_| iso.to_owned(), |day| self.date(day))
    }

    /// An instant (RFC 3339) as the clocks in Vietnam show it; another text as it is.
    pub(crate) fn instant(self, rfc3339: &str) -> String {
        rfc3339.parse::<Timestamp>().map_or_else(
            |_| rfc3339.to_owned(),
            |at| {
                let at = at.to_zoned(VIETNAM.to_time_zone());
                format!("{}, {}", self.date(at.date()), at.strftime("%H:%M"))
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use super::Language::{English, Vietnamese};

    #[test]
    fn dots_part_thousands() {
        for (value, text) in [(0, "0"), (370, "370"), (1656, "1.656"), (4_798_809, "4.798.809")] {
            assert_eq!(Vietnamese.number(value), text);
            assert_eq!(English.number(value), text.replace('.', ","));
        }
    }

    #[test]
    fn moments_to_come_are_told_in_words() {
        let now = "2026-11-25T14:00:00Z".parse().unwrap();
        let at = "2026-11-25T22:00:00Z".parse().unwrap();
        assert_eq!(Vietnamese.moment(at, now), "thứ Năm 26/11/2026, 05:00 (sau 8 giờ)");
        assert_eq!(English.moment(at, now), "Thursday 26 November 2026, 05:00 (in 8 hours)");
        assert_eq!(English.counted(1, "bài", "article", "articles"), "1 article");
        assert_eq!(Vietnamese.counted(1656, "bài", "article", "articles"), "1.656 bài");
        assert_eq!(Vietnamese.bytes(1_530_000_000), "1,5 GB");
        assert_eq!(English.bytes(999), "999 B");
    }

    #[test]
    fn times_are_as_precise_as_the_page() {
        let day = "2023-02-20".parse().unwrap();
        assert_eq!(
            (Vietnamese.time(day), English.time(day)),
            ("20/02/2023".into(), "20 February 2023".into())
        );
        let minute = "2023-02-20T09:24:00+07:00".parse().unwrap();
        assert_eq!(Vietnamese.time(minute), "20/02/2023, 09:24");
        assert_eq!(Vietnamese.instant("2023-02-20T20:24:00Z"), "21/02/2023, 03:24");
    }
}
