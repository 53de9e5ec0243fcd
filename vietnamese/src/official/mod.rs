//! Officials in the text of an article: who is named, with which posts, in which sentence.
//!
//! The grammar goes from left to right over the tokens: titles of address, posts with their units,
//! places and names are told apart (`tag`), and each post is given to the name it belongs to
//! (`link`). What an article says of one person in several places is put together (`article`).
//! Whether people of two articles are the same is not decided here.

mod article;
mod byline;
mod lexicon;
mod lines;
mod link;
mod named;
mod person;
mod place;
mod post;
mod sentence;
mod tag;
mod words;

pub use article::people;
pub use link::Tenure;
pub use person::{HeldPost, Mention, MentionKind, Person};
