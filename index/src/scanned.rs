//! Tokens on their way from the thread that reads articles to those that index them: no text is
//! scanned twice.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;

use tantivy::tokenizer::Tokenizer;
use vietnamese::Tokens;
use vietnamese::tantivy::{Analyzer, Syllables, take_over};

/// Texts on their way, at most. Each takes some tens of KiB.
const ON_THEIR_WAY_MAX: usize = 64;
/// How long one more is held back.
const PATIENCE: Duration = Duration::from_secs(1);

/// A text with its tokens.
type Text = (String, Arc<Tokens>);

/// Texts on their way.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scanned(Arc<Way>);

#[derive(Debug, Default)]
struct Way {
    /// The oldest first.
    texts: Mutex<VecDeque<Text>>,
    /// Told when one has arrived.
    arrived: Condvar,
}

impl Scanned {
    /// Sends the tokens of a text to whoever indexes it; where too many are on their way, it waits
    /// until one has arrived.
    pub(crate) fn send(&self, text: &str, tokens: &Arc<Tokens>) {
        let texts = self.0.texts.lock().unwrap_or_else(PoisonError::into_inner);
        let is_full = |texts: &mut VecDeque<Text>| texts.len() >= ON_THEIR_WAY_MAX;
        let (mut texts, waited) = self
            .0
            .arrived
            .wait_timeout_while(texts, PATIENCE, is_full)
            .unwrap_or_else(PoisonError::into_inner);
        if waited.timed_out() {
            // Whoever was to index these is gone.
            texts.clear();
        }
        texts.push_back((text.to_owned(), tokens.clone()));
    }

    /// The tokens of a text, where they are on their way.
    fn receive(&self, text: &str) -> Option<Text> {
        let mut texts = self.0.texts.lock().unwrap_or_else(PoisonError::into_inner);
        let at = texts.iter().position(|(known, _)| known == text)?;
        self.0.arrived.notify_one();
        texts.remove(at)
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
    fn what_was_scanned_is_taken_over_once() {
        let scanned = Scanned::default();
        for text in ["một", "hai ba"] {
            scanned.send(text, &Arc::new(vietnamese::scan(text)));
        }
        assert!(scanned.receive("bốn").is_none());
        let (text, tokens) = scanned.receive("hai ba").unwrap();
        assert_eq!((text.as_str(), tokens.len()), ("hai ba", 2));
        assert!(scanned.receive("hai ba").is_none());
        assert!(scanned.receive("một").is_some());
        let mut analyzer = TakingOver { analyzer: Analyzer::Folded, scanned };
        let mut stream = analyzer.token_stream("Sài Đồng");
        assert!(stream.advance() && stream.advance() && stream.token().text == "dong");
    }
}
