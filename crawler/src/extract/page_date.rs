//! The dates that pages print about themselves: `Ngày đăng 20/02/2023 | 09:24`, `5:30:00 CH`,
//! `17 giờ 30 phút, ngày 19 tháng 02 năm 2023`, `2 giờ trước`. Day first, Vietnam time.

use std::sync::LazyLock;

use archive::{PageTime, VIETNAM};
use jiff::civil::{Date, Time};
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
static FIGURES: LazyLock<Regex> =
    LazyLock::new(|| regex(r"\b(\d{1,2})\s*([/.-])\s*(\d{1,2})\s*[/.-]\s*(\d{4}|\d{2})\b"));
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

/// Reads the first date of a text, as precisely as it is written; `base` is the moment of
/// capture, from which "two hours ago" counts.
pub fn read(text: &str, base: Timestamp) -> Option<PageTime> {
    let text = vietnamese::compose(text);
    if let Some(found) = ISO.captures(&text) {
        return iso(&found);
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
    let around = [&after[..until], &text[..range.start]];
    match around.iter().find_map(|part| clock(part)) {
        Some(time) => Some(PageTime::Minute(date.to_datetime(time))),
        None => Some(PageTime::Day(date)),
    }
}

fn day(text: &str) -> Option<(Date, std::ops::Range<usize>)> {
    let figures = FIGURES.captures_iter(text).filter_map(|found| {
        let date = civil(&found[4], &found[3], &found[1])?;
        Some((date, found.get(0)?.range()))
    });
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

fn ago(found: &Captures<'_>, base: Timestamp) -> Option<PageTime> {
    let count: i64 = found[1].parse().ok()?;
    let span = match found[2].to_lowercase().as_str() {
        "phút" => SignedDuration::from_mins(count),
        "giờ" => SignedDuration::from_hours(count),
        "ngày" => SignedDuration::from_hours(24 * count),
        _ => SignedDuration::from_hours(7 * 24 * count),
    };
    let at = PageTime::at(base.checked_sub(span).ok()?);
    // "Two days ago" tells no clock: read an hour later it must not be another time.
    let coarse = span >= SignedDuration::from_hours(24);
    Some(if coarse { PageTime::Day(at.day()) } else { at })
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
        read(text, base).map(|t| t.to_string().trim_end_matches(":00+07:00").to_owned())
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
            ("2 ngày trước", "2023-02-18"),
            ("Ngày đăng 20/02/2023 | Cập nhật: 21/02/2023 10:15", "2023-02-20"),
            ("Hôm qua, 08:15", "2023-02-19T08:15"),
        ] {
            assert_eq!(reads(text).as_deref(), Some(expected), "{text}");
        }
        for text in ["31/13/2020", "Lượt xem: 370", "(24/06)", ""] {
            assert_eq!(reads(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in "[0-9/:.T Zhgiờngàytháng+-]{0,40}") {
            let _ = reads(&text);
        }
    }
}
