//! Tokenizers for Tantivy: each token's text is its exact or its folded key, its offsets are
//! those of the original text, its position its number in the text.
//!
//! ```
//! use tantivy_tokenizer_api::{TokenStream, Tokenizer};
//! use vietnamese::tantivy::Analyzer;
//!
//! let mut analyzer = Analyzer::Folded;
//! let mut stream = analyzer.token_stream("Sài Đồng");
//! assert!(stream.advance());
//! assert_eq!(stream.token().text, "sai");
//! ```

use tantivy_tokenizer_api::{Token, TokenStream, Tokenizer};

/// Which key of the syllables goes to the index.
#[derive(Clone, Copy, Debug)]
pub enum Analyzer {
    /// Exact keys: accents count.
    Exact,
    /// Folded keys: accents do not.
    Folded,
}

impl Tokenizer for Analyzer {
    type TokenStream<'a> = Syllables;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Syllables {
        let tokens = crate::scan(text).into_iter().enumerate().map(|(position, token)| Token {
            offset_from: token.start,
            offset_to: token.end,
            position,
            position_length: 1,
            text: match self {
                Self::Exact => token.acc,
                Self::Folded => token.fold,
            },
        });
        let rest: Vec<Token> = tokens.collect();
        Syllables { rest: rest.into_iter(), current: Token::default() }
    }
}

/// The tokens of one text.
#[derive(Debug)]
pub struct Syllables {
    rest: std::vec::IntoIter<Token>,
    current: Token,
}

impl TokenStream for Syllables {
    fn advance(&mut self) -> bool {
        match self.rest.next() {
            Some(token) => {
                self.current = token;
                true
            }
            None => false,
        }
    }

    fn token(&self) -> &Token {
        &self.current
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.current
    }
}
