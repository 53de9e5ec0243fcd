//! Calendar dates in running text, day first: `17/2/2023`, `ngày 17 tháng 2 năm 2023`.
//!
//! Only whole dates with a year of four digits; `24/7` and `3/5` are none. The time of day and
//! the dates that a page prints about itself are the extractor's business.

use jiff::civil::Date;

use crate::scan::{Token, scan};

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
    let tokens = scan(text);
    let tokens: Vec<Token<'_>> = tokens.iter().collect();
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        match in_figures(text, &tokens[at..]).or_else(|| in_words(&tokens[at..])) {
            Some((date, length)) if !follows_a_figure(text, &tokens, at) => {
                let (start, end) = (tokens[at].start, tokens[at + length - 1].end);
                found.push(DateMention { start, end, date });
                at += length;
            }
            _ => at += 1,
        }
    }
    found
}

/// `17/02/2023`, `17-2-2023`, `17.02.2023`: one kind of separator throughout.
fn in_figures(text: &str, tokens: &[Token<'_>]) -> Option<(Date, usize)> {
    let [day, month, year, ..] = tokens else { return None };
    let gap = |a: &Token<'_>, b: &Token<'_>| text[a.end..b.start].to_owned();
    let separator = gap(day, month);
    if !matches!(separator.as_str(), "/" | "-" | ".") || gap(month, year) != separator {
        return None;
    }
    Some((civil(day, month, year)?, 3))
}

/// `[ngày] 17 tháng 2 năm 2023`, with or without accents.
fn in_words(tokens: &[Token<'_>]) -> Option<(Date, usize)> {
    let lead = usize::from(tokens.first().is_some_and(|t| t.fold == "ngay"));
    let [day, thang, month, nam, year, ..] = tokens.get(lead..)? else { return None };
    if thang.fold != "thang" || nam.fold != "nam" {
        return None;
    }
    Some((civil(day, month, year)?, lead + 5))
}

fn civil(day: &Token<'_>, month: &Token<'_>, year: &Token<'_>) -> Option<Date> {
    if day.acc.len() > 2 || month.acc.len() > 2 || year.acc.len() != 4 {
        return None;
    }
    Date::new(year.acc.parse().ok()?, month.acc.parse().ok()?, day.acc.parse().ok()?).ok()
}

/// Whether the first figure is the tail of something longer, as in `1.17/2/2023`.
fn follows_a_figure(text: &str, tokens: &[Token<'_>], at: usize) -> bool {
    at.checked_sub(1).is_some_and(|i| {
        let gap = &text[tokens[i].end..tokens[at].start];
        tokens[i].acc.ends_with(|c: char| c.is_ascii_digit()) && matches!(gap, "/" | "-" | ".")
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
