//! Stretches of the calendar as people name them: `tháng 2/2023`, `quý I năm 2023`, `năm 2023`.

use jiff::civil::Date;

use crate::date::dates;
use crate::scan::scan;

/// A stretch of days, both ends included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Period {
    /// Its first day.
    pub first: Date,
    /// Its last day.
    pub last: Date,
}

/// Reads a text that names a day, a month, a quarter or a year, with or without accents, and
/// nothing else. Months and quarters need their year.
pub fn period(text: &str) -> Option<Period> {
    let tokens = scan(text);
    if let [found] = dates(text).as_slice() {
        return Some(Period { first: found.date, last: found.date });
    }
    let keys: Vec<&str> =
        tokens.iter().map(|token| token.fold).filter(|key| *key != "nam").collect();
    match keys.as_slice() {
        [year] => months(year, 1, 12),
        ["thang", month, year] => {
            let month = month.parse().ok()?;
            months(year, month, month)
        }
        ["quy", quarter, year] => {
            let quarter = number(quarter).filter(|quarter| *quarter <= 4)?;
            months(year, 3 * quarter - 2, 3 * quarter)
        }
        _ => None,
    }
}

/// From the first day of a month to the last day of another.
fn months(year: &str, first: i8, last: i8) -> Option<Period> {
    let year = Some(year).filter(|year| year.len() == 4)?.parse().ok()?;
    let first = Date::new(year, first, 1).ok()?;
    Some(Period { first, last: Date::new(year, last, 1).ok()?.last_of_month() })
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

    #[test]
    fn months_quarters_and_years_have_their_ends() {
        for (text, first, last) in [
            ("tháng 2/2023", "2023-02-01", "2023-02-28"),
            ("thang 2 nam 2024", "2024-02-01", "2024-02-29"),
            ("quý I năm 2023", "2023-01-01", "2023-03-31"),
            ("Quý 4/2023", "2023-10-01", "2023-12-31"),
            ("năm 2023", "2023-01-01", "2023-12-31"),
            ("2023", "2023-01-01", "2023-12-31"),
            ("17/2/2023", "2023-02-17", "2023-02-17"),
        ] {
            let period = period(text).unwrap();
            assert_eq!(
                (period.first.to_string(), period.last.to_string()),
                (first.into(), last.into())
            );
        }
        for text in ["", "tháng 13/2023", "quý 5/2023", "tháng 2", "hôm kia", "tháng 2/23", "53"]
        {
            assert_eq!(period(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in "(tháng|quý|năm|[0-9]{1,5}|IV|/| ){0,6}|\\PC{0,20}") {
            if let Some(period) = period(&text) {
                prop_assert!(period.first <= period.last);
            }
        }
    }
}
