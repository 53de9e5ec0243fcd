//! The dates that pages print about themselves: `Ngày đăng 20/02/2023 | 09:24`, `5:30:00 CH`,
//! `17 giờ 30 phút, ngày 19 tháng 02 năm 2023`, `2 giờ trước`. Day first, Vietnam time.

use std::sync::LazyLock;

use archive::{PageTime, VIETNAM};
use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use regex::{Captures, Regex};

/// A two-digit year `yy` means `20yy`: portals are younger than the century.
const CENTURY: i16 = 2000;

static ISO: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"\b(\d{4})-(\d{2})-(\d{2})(?:[T ](\d{2}):(\d{2})(?::(\d{2})(?:\.\d+)?)?(Z|[+-]\d{2}:?\d{2})?)?",
    )
});
static AGO: LazyLock<Regex> =
    LazyLock::new(|| regex(r"(?i)(\d{1,4})\s*(phút|giờ|ngày|tuần)\s+trước"));
static NEAR_DAY: LazyLock<Regex> = LazyLock::new(|| regex(r"(?i)\b(hôm nay|hôm qua)\b"));
/// Day, month and year with one sign between them: in `09:24 - 20/02/2023` the dash is no part.
static FIGURES: LazyLock<[Regex; 3]> = LazyLock::new(|| {
    ["/", r"\.", "-"].map(|sign| {
        regex(&format!(r"\b(\d{{1,2}})\s*{sign}\s*(\d{{1,2}})\s*{sign}\s*(\d{{4}}|\d{{2}})\b"))
    })
});
static WORDS: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)\b(\d{1,2})\s+tháng\s+(\d{1,2}|một|hai|ba|tư|bốn|năm|sáu|bảy|tám|chín|mười hai|mười một|mười)\s*(?:,|năm)?\s*(\d{4})\b",
    )
});
static ENGLISH: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)\b(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\s+(\d{1,2})\b.*?\b(\d{4})\b",
    )
});
static CLOCK: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)\b(\d{1,2})\s*(?::|h|giờ|g)\s*(\d{2})(?:\s*phút)?(?::\d{2})?(?:\s*(AM|PM|SA|CH)\b)?",
    )
});

static WEEKDAY: LazyLock<Regex> = LazyLock::new(|| {
    regex(
        r"(?i)\b(?:(?:thứ\s*|t)(hai|ba|tư|năm|sáu|bảy|[2-7])|(chủ nhật|cn)|(mon|tue|wed|thu|fri|sat|sun)[a-z]*)\b",
    )
});

/// A date as a page printed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageDate {
    /// What it says, as precisely as it is written.
    pub at: PageTime,
    /// How far off that may be: "two hours ago" is right within an hour. Zero for a date in full.
    pub within: SignedDuration,
    /// Whether the weekday that stands before it is that of another day: one of the two is wrong.
    pub is_doubtful: bool,
}

/// Reads the first date of a text; `base` is the moment of capture, from which "two hours ago"
/// counts.
pub fn read(text: &str, base: Timestamp) -> Option<PageDate> {
    let text = vietnamese::compose(text);
    let exactly = |at| PageDate { at, within: SignedDuration::ZERO, is_doubtful: false };
    if let Some(found) = ISO.captures(&text) {
        return iso(&found).map(exactly);
    }
    if let Some(found) = AGO.captures(&text) {
        return ago(&found, base);
    }
    let today = TimeZone::fixed(VIETNAM).to_datetime(base).date();
    let (date, range) = if let Some(found) = NEAR_DAY.captures(&text) {
        let yesterday = found[1].to_lowercase() == "hôm qua";
        (if yesterday { today.yesterday().ok()? } else { today }, found.get(0)?.range())
    } else {
        day(&text)?
    };
    // The clock may stand before or after the day; the day's own figures are no clock, and what
    // follows the next day belongs to that one.
    let after = &text[range.end..];
    let until = day(after).map_or(after.len(), |(_, next)| next.start);
    let before = &text[..range.start];
    let time = [&after[..until], before].iter().find_map(|part| clock(part));
    let at = time.map_or(PageTime::Day(date), |time| PageTime::Minute(date.to_datetime(time)));
    let weekday = weekday(before);
    let is_doubtful = weekday.is_some_and(|weekday| weekday != date.weekday());
    Some(PageDate { is_doubtful, ..exactly(at) })
}

/// The weekday that stands last in a text.
fn weekday(text: &str) -> Option<Weekday> {
    const VIETNAMESE: [&str; 6] = ["hai", "ba", "tư", "năm", "sáu", "bảy"];
    const ENGLISH: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
    let found = WEEKDAY.captures_iter(text).last()?;
    let from_monday = if let Some(name) = found.get(1) {
        let name = name.as_str().to_lowercase();
        let number = name.parse::<usize>().ok().map(|number| number - 2);
        number.or_else(|| VIETNAMESE.iter().position(|day| *day == name))?
    } else if found.get(2).is_some() {
        6
    } else {
        ENGLISH.iter().position(|day| found[3].eq_ignore_ascii_case(day))?
    };
    Weekday::from_monday_zero_offset(from_monday as i8).ok()
}

fn day(text: &str) -> Option<(Date, std::ops::Range<usize>)> {
    let figures = FIGURES.iter().flat_map(|figures| figures.captures_iter(text));
    let figures = figures.filter_map(|found| {
        let date = civil(&found[3], &found[2], &found[1])?;
        Some((date, found.get(0)?.range()))
    });
    // Of those in figures the first: the regular expressions are tried one after the other.
    let figures = figures.min_by_key(|(_, range)| range.start).into_iter();
    let words = WORDS.captures_iter(text).filter_map(|found| {
        let month = month_by_name(&found[2].to_lowercase()).unwrap_or_else(|| found[2].to_owned());
        Some((civil(&found[3], &month, &found[1])?, found.get(0)?.range()))
    });
    let english = ENGLISH.captures_iter(text).filter_map(|found| {
        let names =
            ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
        let month = names.iter().position(|n| found[1].eq_ignore_ascii_case(n))? + 1;
        let range = found.get(1)?.start()..found.get(2)?.end();
        Some((civil(&found[3], &month.to_string(), &found[2])?, range))
    });
    figures.chain(words).chain(english).next()
}

fn civil(year: &str, month: &str, day: &str) -> Option<Date> {
    let year: i16 = year.parse().ok()?;
    let year = if year < 100 { CENTURY + year } else { year };
    Date::new(year, month.parse().ok()?, day.parse().ok()?).ok()
}

fn month_by_name(name: &str) -> Option<String> {
    let names = [
        "một",
        "hai",
        "ba",
        "tư",
        "năm",
        "sáu",
        "bảy",
        "tám",
        "chín",
        "mười",
        "mười một",
        "mười hai",
    ];
    let name = if name == "bốn" { "tư" } else { name };
    names.iter().position(|n| *n == name).map(|i| (i + 1).to_string())
}

fn clock(text: &str) -> Option<Time> {
    let found = CLOCK.captures(text)?;
    let hour: i8 = found[1].parse().ok()?;
    let minute: i8 = found[2].parse().ok()?;
    let half = found.get(3).map(|m| m.as_str().to_uppercase());
    let hour = match half.as_deref() {
        Some("PM" | "CH") if hour < 12 => hour + 12,
        Some("AM" | "SA") if hour == 12 => 0,
        _ => hour,
    };
    Time::new(hour, minute, 0, 0).ok()
}

fn iso(found: &Captures<'_>) -> Option<PageTime> {
    let date = civil(&found[1], &found[2], &found[3])?;
    let (Some(hour), Some(minute)) = (found.get(4), found.get(5)) else {
        return Some(PageTime::Day(date));
    };
    let second = found.get(6).map_or(Ok(0), |s| s.as_str().parse()).ok()?;
    let time =
        Time::new(hour.as_str().parse().ok()?, minute.as_str().parse().ok()?, second, 0).ok()?;
    match found.get(7).map(|m| m.as_str()) {
        // A time without an offset is Vietnam's.
        None => Some(PageTime::Minute(date.to_datetime(time))),
        Some(offset) => {
            let offset = if offset.len() == 5 {
                format!("{}:{}", &offset[..3], &offset[3..])
            } else {
                offset.to_owned()
            };
            format!("{}T{}{offset}", date, time.strftime("%H:%M:%S")).parse().ok()
        }
    }
}

fn ago(found: &Captures<'_>, base: Timestamp) -> Option<PageDate> {
    let count: i64 = found[1].parse().ok()?;
    let unit = match found[2].to_lowercase().as_str() {
        "phút" => SignedDuration::from_mins(1),
        "giờ" => SignedDuration::from_hours(1),
        "ngày" => SignedDuration::from_hours(24),
        _ => SignedDuration::from_hours(7 * 24),
    };
    let span = unit.checked_mul(i32::try_from(count).ok()?)?;
    let at = PageTime::at(base.checked_sub(span).ok()?);
    Some(PageDate { at, within: unit, is_doubtful: false })
}

fn regex(pattern: &str) -> Regex {
    Regex::new(pattern).expect("it is a literal")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn reads(text: &str) -> Option<String> {
        let base = "2023-02-20T12:00:00+07:00".parse().unwrap();
        let date = read(text, base)?;
        let written = date.at.to_string().trim_end_matches(":00+07:00").to_owned();
        Some(if date.is_doubtful { format!("{written}?") } else { written })
    }

    #[test]
    fn the_dates_of_portals_are_read_as_precisely_as_they_are_written() {
        for (text, expected) in [
            ("Ngày đăng 20/02/2023 | 09:24", "2023-02-20T09:24"),
            ("21/07/2022 | 10:00 AM", "2022-07-21T10:00"),
            ("Ngày đăng 18/03/2019 | 12:05 AM", "2019-03-18T00:05"),
            ("Cập nhật lúc: 17 giờ 30 phút, ngày 19 tháng 02 năm 2023", "2023-02-19T17:30"),
            ("19/02/2023 5:30:00 CH", "2023-02-19T17:30"),
            ("20 Tháng Hai 2023", "2023-02-20"),
            ("23h15 19/02/2023", "2023-02-19T23:15"),
            ("2023-02-20T02:24:00Z", "2023-02-20T09:24"),
            ("Mon Feb 20 09:24:00 ICT 2023", "2023-02-20T09:24"),
            ("20/02/23", "2023-02-20"),
            ("2 giờ trước", "2023-02-20T10:00"),
            ("2 ngày trước", "2023-02-18T12:00"),
            ("Thứ Hai, 20/02/2023", "2023-02-20"),
            ("T3, 20/02/2023 08:00", "2023-02-20T08:00?"),
            ("Chủ nhật, ngày 20 tháng 2 năm 2023", "2023-02-20?"),
            ("Tue Feb 20 09:24:00 ICT 2023", "2023-02-20T09:24?"),
            ("Ngày đăng 20/02/2023 | Cập nhật: 21/02/2023 10:15", "2023-02-20"),
            ("Hôm qua, 08:15", "2023-02-19T08:15"),
        ] {
            assert_eq!(reads(text).as_deref(), Some(expected), "{text}");
        }
        for text in ["31/13/2020", "Lượt xem: 370", "(24/06)", ""] {
            assert_eq!(reads(text), None, "{text}");
        }
    }

    /// The shared cases, where they are at hand; `W` is a weekday that contradicts its day.
    #[test]
    fn the_dates_of_real_portals_are_read() {
        let folder = env!("CARGO_MANIFEST_DIR");
        let path = format!("{folder}/../../shared/data/crawling/dates.json");
        let Ok(text) = std::fs::read(path) else { return };
        let cases: Vec<serde_json::Value> = serde_json::from_slice(&text).unwrap();
        assert!(cases.len() >= 34);
        for case in cases {
            let of = |key: &str| case[key].as_str().unwrap();
            let read = read(of("text"), of("base").parse().unwrap());
            let read = read.unwrap_or_else(|| panic!("{case}"));
            let written = read.at.to_string();
            let expected = if read.is_doubtful { "W" } else { &written };
            assert_eq!(expected.trim_end_matches(":00+07:00"), of("expect"), "{case}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in "[0-9/:.T Zhgiờngàytháng+-]{0,40}") {
            let _ = reads(&text);
        }
    }
}
