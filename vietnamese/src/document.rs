//! Numbers of official documents: `02-KH/ĐU`, `15/2020/NĐ-CP`, `1656/NQ-UBTVQH15`.
//!
//! The form is set by Decree 30/2020/NĐ-CP (number, for some kinds the year, then symbols of the
//! kind and of the issuing body) and by Party guidance for party papers (number-kind/body).

use unicode_normalization::UnicodeNormalization;

use crate::key::is_syllable;
use crate::scan::{Token, Tokens, scan};
use crate::syllable::Tone;

/// Longest number of a document, in digits.
const NUMBER_DIGITS_MAX: usize = 6;

/// A document number found in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentNumber {
    /// First byte in the text.
    pub start: usize,
    /// One past the last byte in the text.
    pub end: usize,
    /// `number|year|symbols`, lower case, without leading zeros: `2|kh-đu`, `15|2020|nđ-cp`.
    pub key: String,
    /// The key without marks, for questions typed without them: `2|kh-du`.
    pub fold: String,
}

/// The document numbers of a text; symbols must be in capitals (one small letter is allowed, as
/// in `TTg` or `CrT`). A date, a ratio and a model name are none.
pub fn documents(text: &str) -> Vec<DocumentNumber> {
    documents_in(text, &scan(text))
}

/// The same for a text that was scanned already.
pub fn documents_in(text: &str, tokens: &Tokens) -> Vec<DocumentNumber> {
    find(text, tokens, true)
}

/// The same for what a person types: `2-kh/du` counts as well.
pub fn documents_any_case(text: &str) -> Vec<DocumentNumber> {
    find(text, &scan(text), false)
}

fn find(text: &str, tokens: &Tokens, capitals: bool) -> Vec<DocumentNumber> {
    let reader = Reader { text, tokens, capitals };
    let mut found = Vec::new();
    let mut at = 0;
    while at < tokens.len() {
        match reader.read(at) {
            Some((document, next)) => {
                found.push(document);
                at = next;
            }
            None => at += 1,
        }
    }
    found
}

struct Reader<'a> {
    text: &'a str,
    tokens: &'a Tokens,
    capitals: bool,
}

impl<'a> Reader<'a> {
    fn token(&self, at: usize) -> Option<Token<'a>> {
        self.tokens.get(at)
    }

    /// Reads a number that begins at token `first`; gives it and the token after it.
    fn read(&self, first: usize) -> Option<(DocumentNumber, usize)> {
        let number = self.token(first)?;
        if !is_digits(number.acc, 1..=NUMBER_DIGITS_MAX) || self.continues_a_number(first) {
            return None;
        }
        let mut parts = vec![match number.acc.trim_start_matches('0') {
            "" => "0",
            digits => digits,
        }];
        let mut slash = false;
        let mut at = first;
        if self.separator(at).is_some_and(|separator| separator.is_slash)
            && let Some(year) = self.token(at + 1).filter(|t| is_digits(t.acc, 4..=4))
        {
            parts.push(year.acc);
            at += 1;
            slash = true;
        }
        let symbols_from = at + 1;
        while let Some(separator) = self.separator(at)
            && self.is_symbol(at + 1, separator.spaced)
        {
            slash |= separator.is_slash;
            at += 1;
        }
        let symbols: Vec<&str> =
            (symbols_from..=at).filter_map(|i| Some(self.token(i)?.acc)).collect();
        let letters: usize = symbols.iter().map(|symbol| symbol.chars().count()).sum();
        if !slash || letters < 2 {
            return None;
        }
        let symbols = symbols.join("-");
        parts.push(&symbols);
        let key = parts.join("|");
        let fold = key.split('|').map(crate::fold_key).collect::<Vec<_>>().join("|");
        let end = self.token(at)?.end;
        Some((DocumentNumber { start: number.start, end, key, fold }, at + 1))
    }

    /// The `/` or `-` between a token and the next, with at most one space on either side.
    fn separator(&self, at: usize) -> Option<Separator> {
        let gap = &self.text[self.token(at)?.end..self.token(at + 1)?.start];
        let inner = gap.trim_matches([' ', '\u{a0}']);
        let spaces = gap.chars().count() - inner.chars().count();
        let is_slash = inner == "/";
        let known = is_slash || matches!(inner, "-" | "\u{2010}" | "\u{2011}" | "–");
        (known && spaces <= 2).then_some(Separator { is_slash, spaced: spaces > 0 })
    }

    /// Symbols are short and in capitals: `KH`, `UBTVQH15`, `TTg`; `Đảng` is a word, and so is
    /// what has a tone mark. Behind a space, or where capitals tell nothing, a syllable is one.
    fn is_symbol(&self, at: usize, spaced: bool) -> bool {
        let Some(token) = self.token(at) else { return false };
        let word = &self.text[token.start..token.end];
        let long = token.acc.chars().count() > 3;
        if has_tone_mark(token.acc) || ((spaced || (long && !self.capitals)) && is_syllable(word)) {
            return false;
        }
        let capitals = word.chars().filter(|c| c.is_uppercase()).count();
        let small = word.chars().filter(|c| c.is_lowercase()).count();
        let starts_with_letter = word.starts_with(char::is_alphabetic);
        let length = token.acc.chars().count();
        starts_with_letter && length <= 12 && (!self.capitals || (capitals >= 1 && small <= 1))
    }

    /// Whether the token is the tail of a longer number: the 2023 of `17/2/2023`, the 500 of `2.500`.
    fn continues_a_number(&self, at: usize) -> bool {
        let Some(previous) = at.checked_sub(1).and_then(|i| self.token(i)) else { return false };
        let Some(token) = self.token(at) else { return false };
        let gap = &self.text[previous.end..token.start];
        previous.acc.ends_with(|c: char| c.is_ascii_digit()) && matches!(gap, "/" | "-" | "." | ",")
    }
}

/// What stands between two parts of a number.
struct Separator {
    is_slash: bool,
    spaced: bool,
}

fn has_tone_mark(key: &str) -> bool {
    key.nfd().any(|c| Tone::from_mark(c).is_some())
}

fn is_digits(key: &str, length: std::ops::RangeInclusive<usize>) -> bool {
    length.contains(&key.len()) && key.bytes().all(|b| b.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn keys(text: &str) -> Vec<String> {
        documents(text).into_iter().map(|d| d.key).collect()
    }

    #[test]
    fn numbers_are_read_in_all_their_forms() {
        for (text, key) in [
            ("Kế hoạch số 02-KH/ĐU ngày 17/2/2023", "2|kh-đu"),
            ("01-CrT/QU", "1|crt-qu"),
            ("số 01- CT/TU  của Thành ủy", "1|ct-tu"),
            ("Nghị quyết 1656/NQ-UBTVQH15", "1656|nq-ubtvqh15"),
            ("Nghị định 15/2020/NĐ-CP", "15|2020|nđ-cp"),
            ("Luật số 03/2026/QH16", "3|2026|qh16"),
            ("71/2011/NĐ - CP", "71|2011|nđ-cp"),
            ("số 2141 /STTTT-BCVT", "2141|stttt-bcvt"),
            ("233/KH-UBND ngày 24 tháng 6 năm 2026", "233|kh-ubnd"),
            ("02-KH/ĐU - Đảng ủy phường", "2|kh-đu"),
            ("SỐ 02-KH/ĐU - ĐẢNG ỦY PHƯỜNG", "2|kh-đu"),
        ] {
            assert_eq!(keys(text), [key], "{text}");
        }
        assert_eq!(keys("115/2020/NĐ-CP"), ["115|2020|nđ-cp"], "never a suffix of another");
    }

    #[test]
    fn dates_ratios_and_models_are_no_document_numbers() {
        for text in ["tỷ lệ 3/5", "17/2/2023", "F-16 và Su-34", "COVID-19", "24/7", "2020-2025"]
        {
            assert_eq!(keys(text), [""; 0], "{text}");
        }
    }

    #[test]
    fn what_a_person_types_needs_no_capitals_and_no_marks() {
        let typed = documents_any_case("2-kh/du");
        assert_eq!(typed[0].fold, documents("02-KH/ĐU")[0].fold);
        assert_eq!(documents_any_case("phường 5/quận 3 5/quan 3"), []);
    }

    proptest! {
        #[test]
        fn ranges_lie_in_the_text(text in "[0-9/ĐKHUđa .-]{0,30}") {
            for found in documents(&text) {
                prop_assert!(text.get(found.start..found.end).is_some());
            }
        }
    }
}
