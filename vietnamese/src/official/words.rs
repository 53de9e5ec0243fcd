//! The tokens of a text with the gaps between them, as the grammar of posts and names reads them.

use std::cell::OnceCell;

use super::lexicon::{Found, lookup};
use crate::scan::{Shape, Token, Tokens};

/// Capitals in a row that are looked at: names of places with a name of a person behind.
const CAPITALS_MAX: usize = 12;

/// A text and its tokens.
pub(super) struct Words<'t> {
    pub(super) text: &'t str,
    tokens: &'t Tokens,
    /// What the lexicon has at each token, the longest first; looked up once.
    found: Vec<OnceCell<Vec<Found>>>,
    is_all_capitals: bool,
}

impl<'t> Words<'t> {
    pub(super) fn new(text: &'t str, tokens: &'t Tokens) -> Self {
        let found = (0..tokens.len()).map(|_| OnceCell::new()).collect();
        let is_all_capitals = !text.chars().any(char::is_lowercase);
        Self { text, tokens, found, is_all_capitals }
    }

    /// What the lexicon has at a token, the longest first.
    pub(super) fn lexicon(&self, at: usize) -> &[Found] {
        let Some(cell) = self.found.get(at) else { return &[] };
        cell.get_or_init(|| lookup(self, at))
    }

    pub(super) fn get(&self, at: usize) -> Option<Token<'t>> {
        self.tokens.get(at)
    }

    /// What stands between a token and the one before it.
    pub(super) fn gap(&self, at: usize) -> &'t str {
        let before = at.checked_sub(1).and_then(|i| self.tokens.get(i));
        match (before, self.tokens.get(at)) {
            (Some(before), Some(token)) => &self.text[before.end..token.start],
            _ => "",
        }
    }

    /// Whether a token may follow inside a phrase: `Tư pháp - Hộ tịch`, `LĐ-TB&XH`.
    /// A comma only where the phrase is a list itself, a point only behind a short form.
    pub(super) fn is_within(&self, at: usize, with_commas: bool) -> bool {
        let short =
            at.checked_sub(1).and_then(|i| self.get(i)).is_some_and(|t| t.text_length() <= 3);
        let allowed = |c: char| match c {
            '-' | '–' | '&' | '/' => true,
            ',' => with_commas,
            '.' => short,
            c => is_space(c),
        };
        let gap = self.gap(at);
        gap.chars().all(allowed) && gap.matches('.').count() <= 1
    }

    /// Whether a token follows with nothing but spaces, or behind the point of `TP.`
    pub(super) fn is_adjacent(&self, at: usize) -> bool {
        let gap = self.gap(at);
        if at == 0 || gap.is_empty() {
            return false;
        }
        if gap.chars().all(is_space) {
            return true;
        }
        let before = self.tokens.get(at - 1);
        let abbreviated = before
            .is_some_and(|b| matches!(b.fold, "tp" | "q" | "p" | "h" | "tx" | "tt" | "kp" | "x"));
        abbreviated && gap.trim_matches(is_space) == "."
    }

    /// Whether the whole text is in capitals, as headlines are.
    pub(super) fn is_all_capitals(&self) -> bool {
        self.is_all_capitals
    }

    /// Whether what may be an institution is one: a name follows, and `Cầu Lụa` is a name itself.
    pub(super) fn is_institution(&self, at: usize, length: usize) -> bool {
        let name = length == 1 && self.is_capital(at);
        let school = self.get(at).is_some_and(|t| t.acc == "trường");
        self.names_something(at + length) && (!name || school)
    }

    /// Whether a name or number stands at a token that follows.
    pub(super) fn names_something(&self, at: usize) -> bool {
        self.is_adjacent(at) && (self.is_capital(at) || self.is_number(at))
    }

    /// Whether a token is written with a capital.
    pub(super) fn is_capital(&self, at: usize) -> bool {
        self.get(at).is_some_and(|t| matches!(t.shape, Shape::Capital | Shape::Capitals))
    }

    /// Whether a token is a number, or begins with one: `14`, `3A`.
    pub(super) fn is_number(&self, at: usize) -> bool {
        self.get(at).is_some_and(|t| t.acc.starts_with(|c: char| c.is_ascii_digit()))
    }

    /// The text of tokens.
    pub(super) fn span(&self, first: usize, end: usize) -> &'t str {
        let (start, stop) = self.bytes(first, end);
        &self.text[start..stop]
    }

    /// The bytes of tokens.
    pub(super) fn bytes(&self, first: usize, end: usize) -> (usize, usize) {
        let start = self.get(first).map_or(self.text.len(), |t| t.start);
        let stop = end.checked_sub(1).and_then(|i| self.get(i)).map_or(start, |t| t.end);
        (start, stop.max(start))
    }

    /// Exact keys of tokens, with spaces between.
    pub(super) fn keys(&self, first: usize, end: usize) -> String {
        let keys: Vec<&str> = (first..end).filter_map(|i| self.get(i)).map(|t| t.acc).collect();
        keys.join(" ")
    }

    /// How many tokens from `at` on are capitalised alike with nothing but spaces, or the
    /// apostrophe and hyphen of highland names, between them.
    pub(super) fn capital_run(&self, at: usize) -> usize {
        let Some(first) = self.get(at).filter(|_| self.is_capital(at)) else { return 0 };
        let alike = |token: &Token<'_>| {
            let single = token.text_length() == 1;
            let first_single = first.text_length() == 1;
            self.is_capital_token(token) && (token.shape == first.shape || single || first_single)
        };
        let rest = (at + 1..at + CAPITALS_MAX).take_while(|i| {
            let joined =
                matches!(self.gap(*i).trim_matches(is_space), "'" | "’") || self.gap(*i) == "-";
            self.get(*i).is_some_and(|t| alike(&t))
                && (self.gap(*i).chars().all(is_space) || joined)
        });
        1 + rest.count()
    }

    fn is_capital_token(&self, token: &Token<'_>) -> bool {
        matches!(token.shape, Shape::Capital | Shape::Capitals)
    }
}

impl Token<'_> {
    /// Letters and digits of its exact key.
    pub(super) fn text_length(&self) -> usize {
        self.acc.chars().count()
    }
}

pub(super) fn is_space(c: char) -> bool {
    matches!(c, ' ' | '\u{a0}' | '\t')
}
