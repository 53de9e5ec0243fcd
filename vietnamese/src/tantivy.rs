//! Tokenizers for Tantivy: each token's text is its exact or its folded key, its offsets are
//! those of the original text, its position its number in the text.
//!
//! Register them under names of your own, and let the fields name them. [`Analyzer::Folded`] finds a
//! word in any accents; [`Analyzer::Exact`] beside it ranks those that were typed first.
//!
//! ```
//! use tantivy::schema::{IndexRecordOption, Schema, TextFieldIndexing, TextOptions};
//! use tantivy::{Index, Term, collector::Count, query::TermQuery};
//! use vietnamese::tantivy::Analyzer;
//!
//! # fn main() -> tantivy::Result<()> {
//! let indexing = TextFieldIndexing::default()
//!     .set_tokenizer("vi-folded")
//!     .set_index_option(IndexRecordOption::WithFreqsAndPositions);
//! let mut schema = Schema::builder();
//! let text = schema.add_text_field("text", TextOptions::default().set_indexing_options(indexing));
//! let index = Index::create_in_ram(schema.build());
//! index.tokenizers().register("vi-folded", Analyzer::Folded);
//!
//! let mut writer = index.writer(15_000_000)?;
//! writer.add_document(tantivy::doc!(text => "Ủy ban nhân dân phường Sài Đồng"))?;
//! writer.commit()?;
//!
//! // A question goes the same way: `vietnamese::scan` gives the keys to ask for.
//! let key = vietnamese::fold_phrase("ĐỒNG");
//! let query = TermQuery::new(Term::from_field_text(text, &key), IndexRecordOption::Basic);
//! assert_eq!(index.reader()?.searcher().search(&query, &Count)?, 1);
//! # Ok(())
//! # }
//! ```

use std::cell::RefCell;
use std::sync::Arc;

use tantivy_tokenizer_api::{Token, TokenStream, Tokenizer};

use crate::Tokens;

/// Positions left free between two lines, so that no phrase runs from one paragraph into the next.
const LINE_GAP: usize = 1;

/// Which key of the syllables goes to the index.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Analyzer {
    /// Exact keys: accents count.
    Exact,
    /// Exact keys of those that have marks, at their places among all: beside a folded field, the
    /// others say nothing new.
    Marked,
    /// Folded keys: accents do not count.
    Folded,
}

thread_local! {
    /// The text scanned last. The exact and the folded field of one text follow each other, and
    /// share its scan.
    static LAST: RefCell<(String, Arc<Tokens>)> = RefCell::default();
}

/// The tokens of a text, which the analyzers of this thread then share.
pub fn scanned(text: &str) -> Arc<Tokens> {
    LAST.with_borrow_mut(|(known, tokens)| {
        if known != text {
            *tokens = Arc::new(crate::scan(text));
            text.clone_into(known);
        }
        tokens.clone()
    })
}

/// Takes over the tokens of a text that another thread scanned, for this thread's analyzers.
pub fn take_over(text: String, tokens: Arc<Tokens>) {
    LAST.set((text, tokens));
}

impl Tokenizer for Analyzer {
    type TokenStream<'a> = Syllables;

    fn token_stream<'a>(&'a mut self, text: &'a str) -> Syllables {
        let current = Token { position: usize::MAX, ..Token::default() };
        Syllables { tokens: scanned(text), next: 0, analyzer: *self, current }
    }
}

/// The tokens of one text.
#[derive(Debug)]
pub struct Syllables {
    tokens: Arc<Tokens>,
    next: usize,
    analyzer: Analyzer,
    current: Token,
}

impl TokenStream for Syllables {
    fn advance(&mut self) -> bool {
        let current = &mut self.current;
        while let Some(token) = self.tokens.get(self.next) {
            let gap = if token.starts_line && self.next > 0 { LINE_GAP } else { 0 };
            current.position = current.position.wrapping_add(1 + gap);
            self.next += 1;
            if self.analyzer == Analyzer::Marked && !token.is_marked() {
                continue;
            }
            current.offset_from = token.start;
            current.offset_to = token.end;
            current.text.clear();
            current.text.push_str(match self.analyzer {
                Analyzer::Exact | Analyzer::Marked => token.acc,
                Analyzer::Folded => token.fold,
            });
            return true;
        }
        false
    }

    fn token(&self) -> &Token {
        &self.current
    }

    fn token_mut(&mut self) -> &mut Token {
        &mut self.current
    }
}
