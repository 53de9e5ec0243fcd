//! Stretches of the calendar as people name them: `tháng 2/2023`, `quý I năm 2023`, `năm 2023`,
//! `tuần trước`, `7 ngày qua`.

use jiff::ToSpan;
use jiff::civil::Date;

use crate::date::dates;
use crate::scan::scan;

/// Most days that `… ngày qua` may reach back: ten years.
const DAYS_BACK_MAX: i32 = 3660;

/// A stretch of days, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// Its first day.
    pub first: Date,
    /// Its last day.
    pub last: Date,
}

/// Reads a text that names a day, a week, a month, a quarter or a year, with or without accents,
/// and nothing else. `today` is what `tuần trước` is counted from; weeks begin on Monday. Months
/// and quarters by number need their year.
pub fn period(text: &str, today: Date) -> Option<Period> {
    let tokens = scan(text);
    if let [found] = dates(text).as_slice()
        && tokens.iter().all(|token| found.start <= token.start && token.end <= found.end)
    {
        return Some(Period { first: found.date, last: found.date });
    }
    let keys: Vec<&str> = tokens.iter().map(|token| token.fold).collect();
    relative(&keys, today).or_else(|| named(&keys))
}

/// `tháng 2/2023`, `quý I năm 2023`, `năm 2023`.
fn named(keys: &[&str]) -> Option<Period> {
    let keys: Vec<&str> = keys.iter().copied().filter(|key| *key != "nam").collect();
    match keys.as_slice() {
        [year] => months(year_of(year)?, 1, 12),
        ["thang", month, year] => {
            let month = month.parse().ok()?;
            months(year_of(year)?, month, month)
        }
        ["quy", quarter, year] => {
            let quarter = number(quarter).filter(|quarter| *quarter <= 4)?;
            months(year_of(year)?, 3 * quarter - 2, 3 * quarter)
        }
        _ => None,
    }
}

/// What is named by how far it lies from today.
fn relative(keys: &[&str], today: Date) -> Option<Period> {
    let day = |date: Date| Some(Period { first: date, last: date });
    match keys {
        ["hom", "nay"] => day(today),
        ["hom", "qua"] => day(today.yesterday().ok()?),
        ["hom", "kia"] => day(today.checked_sub(2.days()).ok()?),
        ["tuan", "nay"] => week(today),
        ["tuan", "truoc" | "qua"] => week(today.checked_sub(1.week()).ok()?),
        ["thang", "nay"] => month_of(today),
        ["thang", "truoc" | "qua"] => month_of(today.checked_sub(1.month()).ok()?),
        ["quy", "nay"] => quarter_of(today),
        ["quy", "truoc" | "qua"] => quarter_of(today.checked_sub(3.months()).ok()?),
        ["nam", "nay"] => months(today.year(), 1, 12),
        ["nam", "truoc" | "ngoai" | "qua"] => months(today.year().checked_sub(1)?, 1, 12),
        [days, "ngay", "qua" | "truoc"] | [days, "ngay", "gan", "day"] => {
            let days: i32 = days.parse().ok().filter(|days| (1..=DAYS_BACK_MAX).contains(days))?;
            Some(Period { first: today.checked_sub(days.days()).ok()?, last: today })
        }
        _ => None,
    }
}

fn week(day: Date) -> Option<Period> {
    let back = i32::from(day.weekday().to_monday_zero_offset());
    let first = day.checked_sub(back.days()).ok()?;
    Some(Period { first, last: first.checked_add(6.days()).ok()? })
}

fn month_of(day: Date) -> Option<Period> {
    months(day.year(), day.month(), day.month())
}

fn quarter_of(day: Date) -> Option<Period> {
    let first = (day.month() - 1) / 3 * 3 + 1;
    months(day.year(), first, first + 2)
}

/// From the first day of a month to the last day of another.
fn months(year: i16, first: i8, last: i8) -> Option<Period> {
    let first = Date::new(year, first, 1).ok()?;
    Some(Period { first, last: Date::new(year, last, 1).ok()?.last_of_month() })
}

fn year_of(key: &str) -> Option<i16> {
    Some(key).filter(|key| key.len() == 4)?.parse().ok()
}

/// A quarter in figures or in Roman numerals.
fn number(key: &str) -> Option<i8> {
    let roman = ["i", "ii", "iii", "iv"].iter().position(|roman| *roman == key);
    match roman {
        Some(place) => Some(place as i8 + 1),
        None => key.parse().ok().filter(|number| *number >= 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TODAY: Date = Date::constant(2024, 3, 6);

    #[test]
    fn stretches_of_the_calendar_have_their_ends() {
        for (text, first, last) in [
            ("tháng 2/2023", "2023-02-01", "2023-02-28"),
            ("thang 2 nam 2024", "2024-02-01", "2024-02-29"),
            ("quý I năm 2023", "2023-01-01", "2023-03-31"),
            ("Quý 4/2023", "2023-10-01", "2023-12-31"),
            ("năm 2023", "2023-01-01", "2023-12-31"),
            ("2023", "2023-01-01", "2023-12-31"),
            ("17/2/2023", "2023-02-17", "2023-02-17"),
            ("hôm qua", "2024-03-05", "2024-03-05"),
            ("tuần này", "2024-03-04", "2024-03-10"),
            ("tuan truoc", "2024-02-26", "2024-03-03"),
            ("tháng trước", "2024-02-01", "2024-02-29"),
            ("quý trước", "2023-10-01", "2023-12-31"),
            ("năm ngoái", "2023-01-01", "2023-12-31"),
            ("7 ngày qua", "2024-02-28", "2024-03-06"),
        ] {
            let period = period(text, TODAY).unwrap_or_else(|| panic!("{text}"));
            assert_eq!(
                (period.first.to_string(), period.last.to_string()),
                (first.into(), last.into())
            );
        }
        for text in [
            "",
            "tháng 13/2023",
            "quý 5/2023",
            "tháng 2",
            "hôm nào",
            "tháng 2/23",
            "53",
            "0 ngày qua",
        ] {
            assert_eq!(period(text, TODAY), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(
            text in "(tháng|quý|năm|tuần|trước|này|ngày qua|[0-9]{1,5}|IV|/| ){0,6}|\\PC{0,20}",
            today in prop::sample::select(vec![TODAY, Date::MIN, Date::MAX]),
        ) {
            if let Some(period) = period(&text, today) {
                prop_assert!(period.first <= period.last);
            }
        }
    }
}
