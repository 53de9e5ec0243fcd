//! Tokens on their way from the thread that reads articles to the one that indexes them: no text is
//! scanned twice.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use tantivy::tokenizer::Tokenizer;
use vietnamese::Tokens;
use vietnamese::tantivy::{Analyzer, Syllables, take_over};

/// Texts on their way, at most; the indexing thread scans the others itself. Each takes some tens of
/// KiB.
const ON_THEIR_WAY_MAX: usize = 64;

/// A text with its tokens.
type Text = (String, Arc<Tokens>);

/// Texts on their way, in the order of their documents.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scanned(Arc<Mutex<VecDeque<Text>>>);

impl Scanned {
    /// Sends the tokens of a text to whoever indexes it.
    pub(crate) fn send(&self, text: &str, tokens: &Arc<Tokens>) {
        let mut queue = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if queue.len() < ON_THEIR_WAY_MAX {
            queue.push_back((text.to_owned(), tokens.clone()));
        }
    }

    /// The tokens of a text, where they are on their way; texts before it were never indexed.
    fn receive(&self, text: &str) -> Option<Text> {
        let mut queue = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let at = queue.iter().position(|(known, _)| known == text)?;
        queue.drain(..=at).next_back()
    }
}

/// An analyzer that takes over what was scanned already.
#[derive(Clone)]
pub(crate) struct TakingOver {
    pub(crate) analyzer: Analyzer,
    pub(crate) scanned: Scanned,
}

impl Tokenizer for TakingOver {
    type TokenStream<'a> = Syllables;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Syllables {
        if let Some((text, tokens)) = self.scanned.receive(text) {
            take_over(text, tokens);
        }
        self.analyzer.token_stream(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tantivy::tokenizer::TokenStream;

    #[test]
    fn what_was_scanned_is_taken_over_once_and_in_order() {
        let scanned = Scanned::default();
        for text in ["một", "hai ba"] {
            scanned.send(text, &Arc::new(vietnamese::scan(text)));
        }
        assert!(scanned.receive("bốn").is_none());
        let (text, tokens) = scanned.receive("hai ba").unwrap();
        assert_eq!((text.as_str(), tokens.len()), ("hai ba", 2));
        assert!(scanned.receive("một").is_none(), "it was before, and never asked for");
        let mut analyzer = TakingOver { analyzer: Analyzer::Folded, scanned };
        let mut stream = analyzer.token_stream("Sài Đồng");
        assert!(stream.advance() && stream.advance() && stream.token().text == "dong");
    }
}
