//! One pass over the original text: its syllables, where they stand, and their keys.

use std::ops::Range;

use unicode_normalization::char::is_combining_mark;

use crate::key::is_syllable;
use crate::memo;

/// How a token is capitalised; half of real ward headlines are all capitals, so this is a hint.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Shape {
    /// No capital first letter: `phường`, `m2`.
    #[default]
    Lower,
    /// A capital, then none: `Hương`.
    Capital,
    /// Two letters or more, all capitals: `UBND`.
    Capitals,
    /// Digits only.
    Number,
}

impl Shape {
    pub(crate) fn of(word: &str) -> Self {
        let mut letters = word.chars().filter(|c| c.is_alphabetic());
        match letters.next() {
            None => Self::Number,
            Some(first) if !first.is_uppercase() => Self::Lower,
            Some(_) => {
                let (mut rest, mut small) = (0, 0);
                for c in letters {
                    rest += 1;
                    small += usize::from(c.is_lowercase());
                }
                if rest > 0 && small == 0 { Self::Capitals } else { Self::Capital }
            }
        }
    }
}

/// A syllable, word or number of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token<'s> {
    /// First byte in the original text.
    pub start: usize,
    /// One past the last byte in the original text.
    pub end: usize,
    /// How it is capitalised.
    pub shape: Shape,
    /// Whether it is the first of its line.
    pub starts_line: bool,
    /// The exact key; of words of more than 255 bytes that of the beginning.
    pub acc: &'s str,
    /// The folded key.
    pub fold: &'s str,
}

impl Token<'_> {
    /// Whether it is written with a mark, or with đ. `ki`, whose folded key is `ky`, is not.
    pub fn is_marked(&self) -> bool {
        self.acc != self.fold && !self.acc.is_ascii()
    }
}

/// The tokens of a text, in order. All keys lie in one string: a text costs two allocations, not
/// two a token.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tokens {
    spans: Vec<Span>,
    keys: String,
}

/// A token and where its keys are: the folded one behind the exact one, or, where they are the
/// same, at its place. Small, as an article has hundreds and many articles are read at once.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Span {
    start: u32,
    end: u32,
    acc: u32,
    fold: u32,
    acc_length: u16,
    fold_length: u16,
    shape: Shape,
    starts_line: bool,
}

/// Bytes of a text that are read: 4 GiB less one.
const TEXT_BYTES_MAX: usize = u32::MAX as usize;
/// Bytes of keys behind which none begin: the last ones must end before 4 GiB.
const KEYS_BYTES_MAX: usize = TEXT_BYTES_MAX - 2 * u16::MAX as usize;

/// Reads the tokens of a text, in order. Offsets are bytes of `text` and lie on character
/// boundaries; a letter's combining marks and invisible characters inside a word belong to it.
/// What lies behind the first 4 GiB of text, or of keys, is not read.
pub fn scan(text: &str) -> Tokens {
    let text = &text[..text.floor_char_boundary(TEXT_BYTES_MAX)];
    let mut tokens = Tokens {
        spans: Vec::with_capacity(text.len() / 6),
        keys: String::with_capacity(text.len() * 2),
    };
    memo::with(|memo| {
        words(text, |start, end, starts_line| {
            tokens.push((start, end), starts_line, memo.keys(&text[start..end]));
        });
    });
    tokens
}

/// How many tokens a text has, and how many of its lines have any: quicker than reading them.
pub fn count(text: &str) -> (usize, usize) {
    let (mut tokens, mut lines) = (0, 0);
    words(text, |_, _, starts_line| {
        tokens += 1;
        lines += usize::from(starts_line);
    });
    (tokens, lines)
}

impl Tokens {
    /// The number of tokens.
    pub fn len(&self) -> usize {
        self.spans.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.spans.is_empty()
    }

    /// The token at an index.
    pub fn get(&self, index: usize) -> Option<Token<'_>> {
        self.spans.get(index).map(|span| self.token(span))
    }

    /// All tokens, in order.
    pub fn iter(&self) -> impl DoubleEndedIterator<Item = Token<'_>> + ExactSizeIterator + Clone {
        self.spans.iter().map(|span| self.token(span))
    }

    /// Keeps the first tokens and forgets the rest.
    pub fn truncate(&mut self, length: usize) {
        self.spans.truncate(length);
    }

    fn token(&self, span: &Span) -> Token<'_> {
        let key = |at: u32, length: u16| &self.keys[at as usize..at as usize + length as usize];
        Token {
            start: span.start as usize,
            end: span.end as usize,
            shape: span.shape,
            starts_line: span.starts_line,
            acc: key(span.acc, span.acc_length),
            fold: key(span.fold, span.fold_length),
        }
    }

    fn push(&mut self, (start, end): (usize, usize), starts_line: bool, keys: &memo::Keys) {
        // Places fit, as the text does; and a word's keys are made of its first 255 bytes.
        if self.keys.len() > KEYS_BYTES_MAX {
            return;
        }
        let acc = self.keys.len();
        let same = keys.fold == keys.acc;
        let fold = if same { acc } else { acc + keys.acc.len() };
        self.keys.push_str(&keys.acc);
        if !same {
            self.keys.push_str(&keys.fold);
        }
        self.spans.push(Span {
            start: start as u32,
            end: end as u32,
            acc: acc as u32,
            fold: fold as u32,
            acc_length: keys.acc.len() as u16,
            fold_length: keys.fold.len() as u16,
            shape: keys.shape,
            starts_line,
        });
    }
}

/// What a character does to the word before it.
enum Class {
    Letter,
    Mark,
    Invisible,
    Separator,
}

/// The first byte of the token at a place, where a line takes one place besides its tokens, as the
/// Tantivy adaptor counts; the first place is that of the first token.
pub fn offset_of_place(text: &str, place: usize) -> Option<usize> {
    let (mut next, mut found) = (0, None);
    words(text, |start, _, starts_line| {
        next += usize::from(starts_line && next > 0);
        if next >= place && found.is_none() {
            found = Some(start);
        }
        next += 1;
    });
    found
}

/// Calls `visit` with the first byte of each word, the one past its last, and whether it is the
/// first of its line.
fn words(text: &str, mut visit: impl FnMut(usize, usize, bool)) {
    let bytes = text.as_bytes();
    let (mut at, mut open, mut end, mut hidden) = (0, None, 0, false);
    let mut starts_line = true;
    let mut close = |start: usize, end: usize, hidden: bool, starts_line: &mut bool| {
        let parts = if hidden { hidden_words(&text[start..end]) } else { None };
        match parts {
            None => visit(start, end, std::mem::take(starts_line)),
            Some(parts) => parts.into_iter().for_each(|part| {
                visit(start + part.start, start + part.end, std::mem::take(starts_line));
            }),
        }
    };
    while let Some(byte) = bytes.get(at) {
        let (class, length) = if byte.is_ascii() {
            let letter = byte.is_ascii_alphanumeric();
            (if letter { Class::Letter } else { Class::Separator }, 1)
        } else {
            let c = text[at..].chars().next().unwrap_or_default();
            (class(c), c.len_utf8())
        };
        match class {
            Class::Letter => {
                open = open.or(Some(at));
                end = at + length;
            }
            Class::Mark if open.is_some() => end = at + length,
            Class::Invisible if open.is_some() => hidden = true,
            Class::Mark | Class::Invisible => {}
            Class::Separator => {
                if let Some(start) = open.take() {
                    close(start, end, std::mem::take(&mut hidden), &mut starts_line);
                }
                starts_line |= matches!(byte, b'\n' | b'\r');
            }
        }
        at += length;
    }
    if let Some(start) = open {
        close(start, end, hidden, &mut starts_line);
    }
}

/// The words between invisible characters, where these stand for spaces: each part is a syllable
/// and the whole is none.
fn hidden_words(word: &str) -> Option<Vec<Range<usize>>> {
    let mut parts = Vec::new();
    for part in word.split(is_invisible).filter(|part| !part.is_empty()) {
        if !is_syllable(part) {
            return None;
        }
        let start = part.as_ptr() as usize - word.as_ptr() as usize;
        parts.push(start..start + part.len());
    }
    (parts.len() > 1 && !is_syllable(word)).then_some(parts)
}

fn class(c: char) -> Class {
    match c {
        '\u{d7}' | '\u{f7}' => Class::Separator,
        // Latin letters, Vietnamese ones among them.
        '\u{c0}'..='\u{24f}' | '\u{1e00}'..='\u{1eff}' => Class::Letter,
        '\u{300}'..='\u{36f}' => Class::Mark,
        c if is_invisible(c) => Class::Invisible,
        '\u{2010}'..='\u{206f}' => Class::Separator,
        c if c.is_alphanumeric() => Class::Letter,
        c if is_combining_mark(c) => Class::Mark,
        _ => Class::Separator,
    }
}

/// Characters that show nothing and separate nothing: soft hyphen, zero-width ones, BOM.
pub(crate) fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::exact_key;
    use proptest::prelude::*;

    fn acc(text: &str) -> String {
        scan(text).iter().map(|t| t.acc).collect::<Vec<_>>().join(" | ")
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
        let of = |text: &str, index| {
            let tokens = scan(text);
            let token = tokens.get(index).unwrap();
            (text[token.start..token.end].to_owned(), token.acc.to_owned())
        };
        assert_eq!(of(text, 0).0, "phư\u{200b}ờng");
        assert_eq!(of("cu\u{309}a U\u{309}y ban", 1), ("U\u{309}y".into(), "uỷ".into()));
    }

    #[test]
    fn an_invisible_character_between_two_syllables_is_a_space() {
        assert_eq!(acc("tiêm\u{200b}chủng"), "tiêm | chủng");
        assert_eq!(acc("phư\u{ad}ờng"), "phường");
    }

    #[test]
    fn lines_are_told_apart() {
        let starts: Vec<bool> = scan("một hai\nba\n\nbốn").iter().map(|t| t.starts_line).collect();
        assert_eq!(starts, [true, false, true, true]);
    }

    #[test]
    fn a_line_takes_a_place_besides_its_tokens() {
        let text = "một hai\nba bốn";
        let at = |place| offset_of_place(text, place).map(|byte| &text[byte..]);
        assert_eq!([0, 1, 3, 4].map(at), [text, "hai\nba bốn", "ba bốn", "bốn"].map(Some));
        assert_eq!(at(5), None);
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
            let lines = scan(&text).iter().filter(|token| token.starts_line).count();
            prop_assert_eq!(count(&text), (scan(&text).len(), lines));
            prop_assert_eq!(offset_of_place(&text, 0), scan(&text).get(0).map(|token| token.start));
            for token in scan(&text).iter() {
                prop_assert!(last <= token.start && token.start < token.end);
                prop_assert!(text.get(token.start..token.end).is_some());
                prop_assert_eq!(exact_key(&text[token.start..token.end]), token.acc);
                last = token.end;
            }
        }
    }
}
