//! Numbers with points between their thousands: `2.500` is 2500, `1.250.000` is 1250000.

use crate::scan::{Token, Tokens, is_invisible, scan};

/// Digits between two points.
const GROUP_DIGITS: usize = 3;
/// Most groups of one number.
const GROUPS_MAX: usize = 6;

/// A number of a thousand and more, written in groups.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupedNumber {
    /// First byte in the text.
    pub start: usize,
    /// One past the last digit in the text.
    pub end: usize,
    /// Its digits: `2500`.
    pub digits: String,
}

/// The grouped numbers of a text, in order. A unit may stand right behind them (`2.500m2`); days
/// (`17.02.2023`), telephone numbers and what goes on with other digits are none.
pub fn numbers(text: &str) -> Vec<GroupedNumber> {
    numbers_in(text, &scan(text))
}

/// The same for a text that was scanned already.
pub fn numbers_in(text: &str, tokens: &Tokens) -> Vec<GroupedNumber> {
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        match read(text, tokens, at) {
            Some((number, next)) => {
                found.push(number);
                at = next;
            }
            None => at += 1,
        }
    }
    found
}

fn read(text: &str, tokens: &Tokens, at: usize) -> Option<(GroupedNumber, usize)> {
    let first = tokens.get(at)?;
    let is_group = |key: &str| key.len() == GROUP_DIGITS && key.bytes().all(|b| b.is_ascii_digit());
    let begins = (1..=GROUP_DIGITS).contains(&first.acc.len())
        && first.acc.bytes().all(|b| b.is_ascii_digit())
        && !first.acc.starts_with('0');
    // What stands right behind a sign that joins digits is the rest of something else.
    if !begins || text[..first.start].ends_with(['.', ',', '+']) {
        return None;
    }
    let (mut digits, mut end, mut next) = (first.acc.to_owned(), first.end, at + 1);
    while let Some(group) = tokens.get(next)
        && text[end..group.start] == *"."
    {
        // `500m2`: the digits are the number, the rest is its unit.
        let own: &str = group.acc.get(..GROUP_DIGITS).unwrap_or_default();
        let rest = group.acc.get(GROUP_DIGITS..).unwrap_or_default();
        if !is_group(own) || rest.starts_with(|c: char| c.is_ascii_digit()) {
            return None;
        }
        digits.push_str(own);
        end = behind_digits(text, &group);
        next += 1;
        if !rest.is_empty() {
            break;
        }
    }
    (2..=GROUPS_MAX)
        .contains(&(next - at))
        .then_some((GroupedNumber { start: first.start, end, digits }, next))
}

/// One past the last digit of a group, in bytes of the text: invisible characters may lie between.
fn behind_digits(text: &str, group: &Token<'_>) -> usize {
    let word = &text[group.start..group.end];
    let mut seen = word.char_indices().filter(|(_, c)| !is_invisible(*c));
    let last = seen.nth(GROUP_DIGITS - 1);
    last.map_or(group.end, |(at, c)| group.start + at + c.len_utf8())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn found(text: &str) -> Vec<String> {
        numbers(text).into_iter().map(|n| n.digits).collect()
    }

    #[test]
    fn thousands_are_read_in_their_groups() {
        assert_eq!(found("rộng 2.500m2, 1.250.000 đồng"), ["2500", "1250000"]);
        assert_eq!(found("từ 3.000 đến 12.500 hộ."), ["3000", "12500"]);
    }

    #[test]
    fn days_and_other_figures_are_none() {
        for text in ["17.02.2023", "024.382.555", "1.2345", "167,3", "2500", "điều 1.2", "2.500.1"]
        {
            assert_eq!(found(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn what_is_longer_than_any_number_is_none() {
        assert_eq!(found("1.000.000.000.000.000"), ["1000000000000000"]);
        assert_eq!(found("1.000.000.000.000.000.000"), [""; 0]);
        assert_eq!(found("gọi +84.912.345.678"), [""; 0]);
        assert_eq!(found("2.500-3.000 hộ"), ["2500", "3000"]);
    }

    #[test]
    fn invisible_characters_between_digits_belong_to_the_number() {
        for text in ["2.5\u{200b}00 x", "2.5\u{ad}00m2", "1.2\u{2060}3\u{feff}4.567"] {
            let number = &numbers(text)[0];
            assert!(text.get(number.start..number.end).is_some(), "{text}");
        }
    }

    proptest! {
        #[test]
        fn what_is_read_stands_in_the_text(text in "[0-9.,m \u{200b}\u{ad}]{0,24}|\\PC{0,20}") {
            for number in numbers(&text) {
                let written = text[number.start..number.end].replace(['.', '\u{200b}', '\u{ad}'], "");
                prop_assert_eq!(written, number.digits);
            }
        }
    }
}
