//! The Vietnamese language as a search engine needs it.
//!
//! Everything here is a pure function over text. One [`scan`] reads the original text and yields
//! its syllables with **original byte offsets** and two keys: the exact key (`acc`: one spelling
//! for every way of writing the same syllable) and the folded key (`fold`: no marks at all).
//! Document numbers, dates and personal names are read from those tokens.
//!
//! ```
//! let tokens = vietnamese::scan("Ủy ban");
//! let first = tokens.get(0).unwrap();
//! assert_eq!((first.acc, first.fold), ("uỷ", "uy"));
//! assert_eq!(&"Ủy ban"[first.start..first.end], "Ủy");
//! ```
//!
//! With the feature `tantivy`, the module `tantivy` offers the two keys as Tantivy tokenizers.

/// Rises whenever a text gives other keys or tokens than before: what was indexed with the keys
/// of another version does not agree with new queries.
pub const KEYS_VERSION: u32 = 3;

mod abbreviation;
mod date;
mod definition;
mod document;
mod key;
mod legacy;
mod memo;
mod name;
mod number;
pub mod official;
mod period;
mod person;
mod scan;
mod syllable;
#[cfg(feature = "tantivy")]
pub mod tantivy;
mod typing;
mod variant;

pub use abbreviation::{abbreviations, expansions};
pub use date::{DateMention, dates, dates_in};
pub use definition::{Definition, definitions, definitions_in};
pub use document::{DocumentNumber, documents, documents_any_case, documents_in};
pub use key::{compose, exact_key, exact_phrase, fold_key, fold_phrase, is_syllable};
pub use legacy::{LegacyEncoding, Repair, repair};
pub use name::{PersonName, names, names_in};
pub use number::{GroupedNumber, numbers, numbers_in};
pub use period::{Period, period};
pub use person::name_match;
pub use scan::{Shape, Token, Tokens, count, offset_of_place, scan};
pub use syllable::{folds_to_stop_syllable, is_stop_syllable};
pub use typing::retyped;
pub use variant::{accented, confused, may_become, slips};
