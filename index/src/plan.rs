//! The plan of a search: plain data of our own, which an engine translates.

use archive::{OfficialId, SavedSearch};
use jiff::civil::Date;

use crate::Alteration;

/// Weight of a title's match against the body's.
const TITLE_WEIGHT: f32 = 0.1;

/// The indexed texts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TextField {
    /// Titles, exact keys.
    TitleExact,
    /// Titles, folded keys.
    TitleFolded,
    /// All other text, exact keys.
    BodyExact,
    /// All other text, folded keys.
    BodyFolded,
}

impl TextField {
    /// All of them, in the order of their numbers.
    pub const ALL: [Self; 4] =
        [Self::TitleExact, Self::TitleFolded, Self::BodyExact, Self::BodyFolded];

    /// What a match in this field is worth against one in the body.
    pub fn weight(self) -> f32 {
        match self {
            Self::TitleExact | Self::TitleFolded => TITLE_WEIGHT,
            Self::BodyExact | Self::BodyFolded => 1.0,
        }
    }
}

/// A word of the query: a syllable, or a number that stands for itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Word {
    /// Its exact key, as it was typed.
    pub typed: String,
    /// Its folded key.
    pub fold: String,
    /// What it is asked by; an article that has any of these has the word.
    pub terms: Vec<WordTerm>,
    /// What an abbreviation stands for: an article that has this phrase has the word.
    pub phrases: Vec<Clause>,
    /// What it may be short for, as exact phrases.
    pub long_forms: Vec<String>,
    /// What it is worth: less for a grammatical one.
    pub weight: f32,
    /// Whether it should be there; the others only add to the score.
    pub matters: bool,
    /// Whether it stands right after the word before it, so that adjacency lifts.
    pub follows: bool,
    /// How often it stands right behind the word before it in the archive; such pairs are the rarer
    /// the more telling.
    pub pair_count: u32,
    /// Whether it may be the beginning of a word, where no article has it as it is.
    pub begins: bool,
}

impl Word {
    /// What a match of all its terms in the body is worth against one of a bare word.
    pub(crate) fn strength(&self) -> f32 {
        let body =
            |term: &&WordTerm| matches!(term.field, TextField::BodyExact | TextField::BodyFolded);
        self.terms.iter().filter(body).map(|term| term.weight).sum()
    }
}

/// A key in a field.
#[derive(Clone, Debug, PartialEq)]
pub struct WordTerm {
    /// Where.
    pub field: TextField,
    /// An exact or folded key, as the field has them.
    pub key: String,
    /// Factor of its score.
    pub weight: f32,
}

/// A term that stands for several words of the query: `UBND` for `uỷ ban nhân dân`.
#[derive(Clone, Debug, PartialEq)]
pub struct Cover {
    /// The number of the first word.
    pub first: usize,
    /// How many words.
    pub length: usize,
    /// The terms.
    pub terms: Vec<WordTerm>,
    /// Phrases that stand for them.
    pub phrases: Vec<Clause>,
    /// What is found by them, as an exact phrase.
    pub written: String,
}

impl Cover {
    /// A bit for each word that is covered.
    pub(crate) fn bits(&self) -> u32 {
        (self.first..self.first + self.length).fold(0, |bits, word| bits | 1 << word)
    }
}

/// How many of the words that matter an article needs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Minimum {
    /// Most of them: what is found is about the question.
    pub strict: u32,
    /// Few of them: for questions in whole sentences, of which no article has most words.
    pub loose: u32,
    /// When the strict reading finds fewer articles, the loose one counts.
    pub enough: usize,
}

/// What an article must have, or must not.
#[derive(Clone, Debug, PartialEq)]
pub enum Clause {
    /// A key in a field.
    Term {
        /// Where.
        field: TextField,
        /// An exact or folded key, as the field has them.
        key: String,
        /// Factor of its score.
        weight: f32,
    },
    /// Keys at their places in a field.
    Phrase {
        /// Where.
        field: TextField,
        /// Two keys or more, each with its place among the syllables of the phrase.
        keys: Vec<(usize, String)>,
        /// Factor of its score.
        weight: f32,
    },
    /// Keys at their places in two fields whose places are the same. It does not score.
    MarkedPhrase {
        /// Each key with its place among the syllables of the phrase, and its field.
        keys: Vec<(usize, TextField, String)>,
    },
    /// A document number or a date.
    Fact {
        /// Its folded key: `2|kh-du`, `2023-02-17`.
        key: String,
        /// Factor of its score.
        weight: f32,
    },
    /// At least one of them; their scores add up.
    Any(Vec<Clause>),
    /// Every one.
    All(Vec<Clause>),
}

/// Restrictions that do not score. Empty lists restrict nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filters {
    /// Any of these sources.
    pub sources: Vec<String>,
    /// Any of these sections, by folded key.
    pub categories: Vec<String>,
    /// From this day on, Vietnam time.
    pub from: Option<Date>,
    /// To the end of this day, Vietnam time.
    pub to: Option<Date>,
    /// Any of these people must be named.
    pub officials: Vec<Person>,
    /// Any of these must have happened.
    pub alterations: Vec<Alteration>,
}

impl From<&SavedSearch> for Filters {
    fn from(search: &SavedSearch) -> Self {
        Self {
            sources: search.sources.clone(),
            categories: search.categories.clone(),
            from: search.from,
            to: search.to,
            officials: search.official.iter().map(|one| Person::from(one.as_str())).collect(),
            alterations: search.statuses.iter().filter_map(|one| Alteration::named(one)).collect(),
        }
    }
}

/// Whom articles must name.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Person {
    /// This official and no namesake.
    Official(OfficialId),
    /// Whoever may be meant by a name.
    Named(String),
}

impl From<&str> for Person {
    /// An official's id, or else a name.
    fn from(text: &str) -> Self {
        text.parse().map_or_else(|_| Self::Named(text.to_owned()), Self::Official)
    }
}

/// The order of hits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sort {
    /// The best first.
    #[default]
    Relevance,
    /// The newest first; undated articles last.
    Newest,
    /// The oldest first; undated articles last.
    Oldest,
}

/// What the engine is to do.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Plan {
    /// Plain words, at most 32, so that a bit for each fits; they score.
    pub words: Vec<Word>,
    /// Terms that stand for several of the words.
    pub covers: Vec<Cover>,
    /// How many of the words must be there.
    pub minimum: Minimum,
    /// What must be there besides; it scores.
    pub required: Vec<Clause>,
    /// What must not be there.
    pub excluded: Vec<Clause>,
    /// What the query itself restricts to.
    pub own: Filters,
    /// Sources, sections and people that the query leaves out.
    pub barred: Filters,
    /// What is restricted to besides: the count of a facet leaves out its own restriction.
    pub chosen: Filters,
    /// In which order.
    pub sort: Sort,
    /// The time from which articles age, in seconds since 1970; without it age says nothing.
    pub now: Option<i64>,
}

impl Plan {
    /// A bit for each word that should be there.
    pub(crate) fn mattering(&self) -> u32 {
        let words = self.words.iter().enumerate().filter(|(_, word)| word.matters);
        words.fold(0, |bits, (i, _)| bits | 1 << i)
    }

    /// Whether there is anything to rank by.
    pub(crate) fn scores(&self) -> bool {
        !self.words.is_empty() || !self.required.is_empty()
    }
}
