//! Searching the archive.
//!
//! [`Index`] follows the archive's outbox and answers queries. A query goes text → [`Query`]
//! (never an error) → [`Plan`] (plain data) → engine → hits, whose text comes from the archive →
//! marked titles and snippets. The index is derived: it can be deleted or rebuilt at any time.

mod alteration;
mod bits;
mod bm25;
mod bounds;
mod clause;
mod collapse;
mod cursor;
mod doubt;
mod engine;
mod error;
#[cfg(test)]
mod exactness;
mod explain;
mod facets;
mod features;
mod generation;
mod highlight;
mod holders;
mod index;
mod known_phrases;
mod labels;
mod learned;
mod namings;
mod officials;
mod order;
mod pages;
mod pairs;
mod patience;
mod people;

mod percolator;
mod phrase_query;
mod phrases;
mod phrasing;
mod plan;
mod planner;
mod query;
mod recent;
mod rerank;
mod scanned;
mod schema;
mod scorer;
mod search;
mod shelf;
mod shelves;
mod similar;
mod snapshot;
mod snippet;
mod spell;
mod stream;
mod suggest;
mod tally;
mod terms;
mod twins;
mod verify;
mod words;
mod writer;

pub use alteration::Alteration;
pub use cursor::{Cursor, InvalidCursor};
pub use error::IndexError;
pub use facets::{FacetCount, Facets};
pub use highlight::Marker;
pub use index::{Index, Stats};
pub use officials::Meant;
pub use percolator::{Percolator, Trials, Why};
pub use plan::{Clause, Cover, Filters, Minimum, Person, Plan, Sort, TextField, Word, WordTerm};
pub use planner::{Learned, NothingLearned};
pub use query::{Field, Part, Query};
pub use search::{Answer, Hit, PAGE_DEPTH_MAX, PAGE_SIZE_MAX, Request};
pub use similar::Similar;
pub use suggest::{SUGGESTIONS_MAX, Suggestion, SuggestionKind};
pub use verify::Verified;
