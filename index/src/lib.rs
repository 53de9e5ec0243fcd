//! Searching the archive.
//!
//! [`Index`] follows the archive's outbox and answers queries. A query goes text → [`Query`]
//! (never an error) → [`Plan`] (plain data) → engine → hits, whose text comes from the archive →
//! marked titles and snippets. The index is derived: it can be deleted or rebuilt at any time.

mod accumulate;
mod clause;
mod engine;
mod error;
mod explain;
mod facets;
mod generation;
mod highlight;
mod index;
mod plan;
mod planner;
mod query;
mod rerank;
mod schema;
mod search;
mod snippet;
mod writer;

pub use error::IndexError;
pub use facets::{FacetCount, Facets};
pub use highlight::Marker;
pub use index::{Index, Stats};
pub use plan::{Clause, Cover, Filters, Minimum, Plan, Sort, TextField, Word, WordTerm};
pub use query::{Field, Part, Query};
pub use search::{Answer, Hit, PAGE_DEPTH_MAX, PAGE_SIZE_MAX, Request};
