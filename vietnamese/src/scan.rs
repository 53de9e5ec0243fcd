//! One pass over the original text: its syllables, where they stand, and their keys.

use unicode_normalization::char::is_combining_mark;

use crate::key::{exact_key, fold_key};

/// How a token is capitalised; half of real ward headlines are all capitals, so this is a hint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// No capital first letter: `phường`, `m2`.
    Lower,
    /// A capital, then none: `Hương`.
    Capital,
    /// Two letters or more, all capitals: `UBND`.
    Capitals,
    /// Digits only.
    Number,
}

/// A syllable, word or number of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    /// First byte in the original text.
    pub start: usize,
    /// One past the last byte in the original text.
    pub end: usize,
    /// How it is capitalised.
    pub shape: Shape,
    /// The exact key.
    pub acc: String,
    /// The folded key.
    pub fold: String,
}

/// Reads the tokens of a text, in order. Offsets are bytes of `text` and lie on character
/// boundaries; a letter's combining marks and invisible characters inside a word belong to it.
pub fn scan(text: &str) -> Vec<Token> {
    let mut tokens = Vec::with_capacity(text.len() / 6);
    let mut open: Option<(usize, usize)> = None;
    for (at, c) in text.char_indices() {
        let next = at + c.len_utf8();
        let in_word = c.is_alphanumeric() || (open.is_some() && is_combining_mark(c));
        if in_word {
            open = Some((open.map_or(at, |(start, _)| start), next));
        } else if !is_invisible(c)
            && let Some((start, end)) = open.take()
        {
            tokens.push(token(text, start, end));
        }
    }
    tokens.extend(open.map(|(start, end)| token(text, start, end)));
    tokens
}

fn token(text: &str, start: usize, end: usize) -> Token {
    let word = &text[start..end];
    let acc = exact_key(word);
    let fold = fold_key(&acc);
    Token { start, end, shape: shape(word), acc, fold }
}

fn shape(word: &str) -> Shape {
    let mut letters = word.chars().filter(|c| c.is_alphabetic());
    match letters.next() {
        None => Shape::Number,
        Some(first) if !first.is_uppercase() => Shape::Lower,
        Some(_) => {
            let rest: Vec<char> = letters.collect();
            if !rest.is_empty() && rest.iter().all(|c| !c.is_lowercase()) {
                Shape::Capitals
            } else {
                Shape::Capital
            }
        }
    }
}

/// Characters that show nothing and separate nothing: soft hyphen, zero-width ones, BOM.
pub(crate) fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn acc(text: &str) -> String {
        scan(text).into_iter().map(|t| t.acc).collect::<Vec<_>>().join(" | ")
    }

    #[test]
    fn words_end_at_spaces_hyphens_slashes_and_commas() {
        assert_eq!(acc("TTĐT,TTXD"), "ttđt | ttxd");
        assert_eq!(acc("UBND-HĐND phường"), "ubnd | hđnd | phường");
        assert_eq!(acc("COVID-19"), "covid | 19");
        assert_eq!(acc("2.500m2"), "2 | 500m2");
        assert_eq!(acc("Sài\u{a0}Đồng"), "sài | đồng");
        assert_eq!(acc("\u{feff}Thông báo"), "thông | báo");
    }

    #[test]
    fn offsets_cover_marks_and_invisible_characters_inside_a_word() {
        let text = "phư\u{200b}ờng Sài";
        let tokens = scan(text);
        assert_eq!(&text[tokens[0].start..tokens[0].end], "phư\u{200b}ờng");
        let decomposed = "cu\u{309}a U\u{309}y ban";
        let tokens = scan(decomposed);
        assert_eq!(&decomposed[tokens[1].start..tokens[1].end], "U\u{309}y");
        assert_eq!(tokens[1].acc, "uỷ");
    }

    #[test]
    fn shapes_tell_capitals_from_capitalised() {
        let shapes: Vec<Shape> = scan("Hương UBND phường 53 Đ").iter().map(|t| t.shape).collect();
        use Shape::*;
        assert_eq!(shapes, [Capital, Capitals, Lower, Number, Capital]);
    }

    proptest! {
        #[test]
        fn offsets_are_ordered_and_on_character_boundaries(text in "\\PC{0,60}") {
            let mut last = 0;
            for token in scan(&text) {
                prop_assert!(last <= token.start && token.start < token.end);
                prop_assert!(text.get(token.start..token.end).is_some());
                prop_assert_eq!(exact_key(&text[token.start..token.end]), token.acc);
                last = token.end;
            }
        }
    }
}
