//! Calendar dates in running text, day first: `17/2/2023`, `ngày 17 tháng 2 năm 2023`.
//!
//! Only whole dates with a year of four digits; `24/7` and `3/5` are none. The time of day and
//! the dates that a page prints about itself are the extractor's business.

use jiff::civil::Date;

use crate::scan::{Token, Tokens, scan};

/// A date found in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DateMention {
    /// First byte in the text.
    pub start: usize,
    /// One past the last byte in the text.
    pub end: usize,
    /// The day.
    pub date: Date,
}

/// The dates of a text, in order.
pub fn dates(text: &str) -> Vec<DateMention> {
    dates_in(text, &scan(text))
}

/// The same for a text that was scanned already.
pub fn dates_in(text: &str, tokens: &Tokens) -> Vec<DateMention> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(first) = tokens.get(at) {
        let read = match first.acc.bytes().next().unwrap_or_default() {
            b'0'..=b'9' => in_figures(text, tokens, at).or_else(|| in_words(tokens, at, 0)),
            _ if first.fold == "ngay" => in_words(tokens, at, 1),
            _ => None,
        };
        match read.and_then(|(date, length)| Some((date, length, tokens.get(at + length - 1)?))) {
            Some((date, length, last)) if !follows_a_figure(text, tokens, at) => {
                found.push(DateMention { start: first.start, end: last.end, date });
                at += length;
            }
            _ => at += 1,
        }
    }
    found
}

/// `17/02/2023`, `17-2-2023`, `17.02.2023`: one kind of separator throughout.
fn in_figures(text: &str, tokens: &Tokens, at: usize) -> Option<(Date, usize)> {
    let (day, month, year) = (tokens.get(at)?, tokens.get(at + 1)?, tokens.get(at + 2)?);
    let separator = &text[day.end..month.start];
    if !matches!(separator, "/" | "-" | ".") || text[month.end..year.start] != *separator {
        return None;
    }
    Some((civil(&day, &month, &year)?, 3))
}

/// `[ngày] 17 tháng 2 năm 2023`, with or without accents; the day stands `lead` tokens behind `at`.
fn in_words(tokens: &Tokens, at: usize, lead: usize) -> Option<(Date, usize)> {
    let token = |i: usize| tokens.get(at + lead + i);
    if token(1)?.fold != "thang" || token(3)?.fold != "nam" {
        return None;
    }
    Some((civil(&token(0)?, &token(2)?, &token(4)?)?, lead + 5))
}

fn civil(day: &Token<'_>, month: &Token<'_>, year: &Token<'_>) -> Option<Date> {
    if day.acc.len() > 2 || month.acc.len() > 2 || year.acc.len() != 4 {
        return None;
    }
    Date::new(year.acc.parse().ok()?, month.acc.parse().ok()?, day.acc.parse().ok()?).ok()
}

/// Whether the first figure is the tail of something longer, as in `1.17/2/2023`.
fn follows_a_figure(text: &str, tokens: &Tokens, at: usize) -> bool {
    let before = at.checked_sub(1).and_then(|i| tokens.get(i));
    before.zip(tokens.get(at)).is_some_and(|(before, first)| {
        let gap = &text[before.end..first.start];
        before.acc.ends_with(|c: char| c.is_ascii_digit()) && matches!(gap, "/" | "-" | ".")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn found(text: &str) -> Vec<String> {
        dates(text).into_iter().map(|d| d.date.to_string()).collect()
    }

    #[test]
    fn a_day_is_read_in_figures_and_in_words() {
        for text in [
            "17/02/2023",
            "17-2-2023",
            "17.02.2023",
            "ngày 17 tháng 2 năm 2023",
            "ngay 17 thang 2 nam 2023",
            "Chiều ngày 17/2/2023, Đảng ủy",
        ] {
            assert_eq!(found(text), ["2023-02-17"], "{text}");
        }
        assert_eq!(found("7/12/2023"), ["2023-12-07"], "day first");
    }

    #[test]
    fn what_is_no_day_is_not_read() {
        for text in ["31/13/2020", "24/7", "3/5", "30/02/2023", "15/2020/NĐ-CP", "2020-2025"] {
            assert_eq!(found(text), [""; 0], "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_day_is_read_back(year in 1900i16..2100, month in 1i8..=12, day in 1i8..=28) {
            let expected = Date::new(year, month, day).unwrap().to_string();
            prop_assert_eq!(found(&format!("ngày {day} tháng {month} năm {year}")), [expected.clone()]);
            prop_assert_eq!(found(&format!("({day}/{month:02}/{year})")), [expected]);
        }
    }
}
