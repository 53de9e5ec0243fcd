//! Abbreviations that a text explains itself: `ủy ban nhân dân (UBND)`.

use crate::scan::{Shape, Token, Tokens, scan};

/// Letters of an abbreviation that a text explains.
const LETTERS: std::ops::RangeInclusive<usize> = 2..=8;

/// An abbreviation with what it stands for, as exact keys.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Definition {
    /// `ubnd`
    pub short: String,
    /// `uỷ ban nhân dân`
    pub long: Vec<String>,
}

/// The abbreviations that a text explains in brackets right behind the long form: each letter
/// begins one of the syllables before the bracket.
pub fn definitions(text: &str) -> Vec<Definition> {
    if text.contains('(') { definitions_in(text, &scan(text)) } else { Vec::new() }
}

/// The same for a text that was scanned already.
pub fn definitions_in(text: &str, tokens: &Tokens) -> Vec<Definition> {
    let mut found = Vec::new();
    for at in 1..tokens.len() {
        let Some(short) = tokens.get(at) else { break };
        let bracketed = short.shape == Shape::Capitals
            && text[..short.start].ends_with('(')
            && text[short.end..].starts_with(')');
        let letters: Vec<char> = if bracketed { short.acc.chars().collect() } else { continue };
        if !LETTERS.contains(&letters.len()) || letters.len() > at {
            continue;
        }
        let long: Vec<Token<'_>> = (at - letters.len()..at).filter_map(|i| tokens.get(i)).collect();
        let begins =
            long.iter().zip(&letters).all(|(token, letter)| token.acc.starts_with(*letter));
        let one_line = !short.starts_line && long[1..].iter().all(|token| !token.starts_line);
        if begins && one_line {
            let long = long.iter().map(|token| token.acc.to_owned()).collect();
            found.push(Definition { short: short.acc.to_owned(), long });
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Vec<String> {
        let shown = |d: Definition| format!("{}={}", d.short, d.long.join(" "));
        definitions(text).into_iter().map(shown).collect()
    }

    #[test]
    fn a_long_form_before_its_letters_explains_them() {
        assert_eq!(read("Trạm xử lý nước thải (TXLNT) mới"), ["txlnt=trạm xử lý nước thải"]);
        assert_eq!(read("Ban Điều hành (BĐH)"), ["bđh=ban điều hành"]);
    }

    #[test]
    fn other_brackets_explain_nothing() {
        for text in [
            "họp ở phường (UBND)",
            "Điều phối viên (A)",
            "(UBND)",
            "sân bay\nđiện (BĐ)",
            "ngõ (số 3)",
        ] {
            assert_eq!(read(text), [""; 0], "{text}");
        }
    }
}
