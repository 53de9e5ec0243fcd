//! Numbers and times as Vietnamese readers write them.

use archive::PageTime;

/// `20/02/2023`, or `20/02/2023, 09:24` where the page told the time.
pub(crate) fn time(time: PageTime) -> String {
    match time {
        PageTime::Day(day) => day.strftime("%d/%m/%Y").to_string(),
        PageTime::Minute(time) => time.strftime("%d/%m/%Y, %H:%M").to_string(),
    }
}

/// `1.656`: dots part thousands.
pub(crate) fn number(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            text.push('.');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_part_thousands() {
        for (value, text) in [(0, "0"), (370, "370"), (1656, "1.656"), (4_798_809, "4.798.809")] {
            assert_eq!(number(value), text);
        }
    }

    #[test]
    fn times_are_as_precise_as_the_page() {
        assert_eq!(time("2023-02-20".parse().unwrap()), "20/02/2023");
        assert_eq!(time("2023-02-20T09:24:00+07:00".parse().unwrap()), "20/02/2023, 09:24");
    }
}
