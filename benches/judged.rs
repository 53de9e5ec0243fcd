//! Judged queries in three forms: as written, without accents, and with wrong tones.

use std::collections::{HashMap, HashSet};
use std::fs;
use std::path::Path;

use fastrand::Rng;
use serde_json::Value;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::corpus::{self, Document};

/// Share of the syllables with a tone mark whose tone is made wrong.
const WRONG_TONES: f64 = 0.2;
/// Queries made of short stretches of news.
const STRETCHES: usize = 400;

/// A set of documents with queries, and which documents answer each.
pub(crate) struct Set {
    pub(crate) name: &'static str,
    pub(crate) documents: Vec<Document>,
    pub(crate) queries: Vec<Query>,
}

/// A query and the ids of the documents that answer it.
pub(crate) struct Query {
    pub(crate) text: String,
    pub(crate) relevant: HashSet<String>,
}

/// How a query is typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Form {
    AsWritten,
    WithoutAccents,
    WrongTones,
}

impl Form {
    pub(crate) const ALL: [Self; 3] = [Self::AsWritten, Self::WithoutAccents, Self::WrongTones];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::AsWritten => "as written",
            Self::WithoutAccents => "without accents",
            Self::WrongTones => "wrong tones",
        }
    }

    pub(crate) fn of(self, text: &str) -> String {
        match self {
            Self::AsWritten => text.to_owned(),
            Self::WithoutAccents => {
                let bare = text.nfd().filter(|c| !is_combining_mark(*c));
                bare.map(|c| {
                    if c == 'đ' {
                        'd'
                    } else if c == 'Đ' {
                        'D'
                    } else {
                        c
                    }
                })
                .collect()
            }
            Self::WrongTones => wrong_tones(text),
        }
    }
}

/// The judged sets of the data folder, and short stretches of news that find their article again.
pub(crate) fn sets(news: &[Document]) -> Vec<Set> {
    vec![
        read("xquad_vi"),
        read("zalo2019_test_weak"),
        Set { name: "stretches of news", documents: news.to_vec(), queries: stretches(news) },
    ]
}

fn read(name: &'static str) -> Set {
    let folder = corpus::folder().join("retrieval").join(name);
    let mut relevant: HashMap<String, HashSet<String>> = HashMap::new();
    for line in text(&folder.join("qrels.tsv")).lines() {
        let mut columns = line.split_whitespace().map(str::to_owned);
        let (Some(query), Some(document)) = (columns.next(), columns.next()) else { continue };
        relevant.entry(query).or_default().insert(document);
    }
    let queries = text(&folder.join("queries.jsonl"));
    let queries = queries.lines().filter_map(|line| {
        let line: Value = serde_json::from_str(line).unwrap();
        let relevant = relevant.remove(line["id"].as_str().unwrap())?;
        Some(Query { text: line["query"].as_str().unwrap().to_owned(), relevant })
    });
    let queries = queries.collect();
    Set { name, documents: corpus::documents(&folder.join("docs.jsonl.gz")), queries }
}

fn text(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Five to eight syllables that stand together in one article.
fn stretches(news: &[Document]) -> Vec<Query> {
    let mut dice = Rng::with_seed(20_250_701);
    let mut queries = Vec::new();
    while queries.len() < STRETCHES {
        let document = &news[dice.usize(..news.len())];
        let lines: Vec<&str> = document.body.lines().filter(|l| l.len() > 200).collect();
        let Some(line) = dice.choice(&lines) else { continue };
        let tokens = vietnamese::scan(line);
        let length = dice.usize(5..=8);
        if tokens.len() < length {
            continue;
        }
        let first = dice.usize(..=tokens.len() - length);
        let (Some(from), Some(to)) = (tokens.get(first), tokens.get(first + length - 1)) else {
            continue;
        };
        let text = line[from.start..to.end].to_owned();
        queries.push(Query { text, relevant: HashSet::from([document.id.clone()]) });
    }
    queries
}

/// Gives some of the marked syllables another tone; the same ones at every run.
fn wrong_tones(text: &str) -> String {
    const TONES: [char; 5] = ['\u{300}', '\u{301}', '\u{303}', '\u{309}', '\u{323}'];
    let mut dice = Rng::with_seed(text.len() as u64);
    let wrong = |word: &str, dice: &mut Rng| -> String {
        let stopped = word.ends_with(['c', 'p', 't', 'h']) && !word.ends_with("nh");
        let other = |tone: char, dice: &mut Rng| match tone {
            '\u{301}' if stopped => '\u{323}',
            '\u{323}' if stopped => '\u{301}',
            _ => {
                let others: Vec<char> = TONES.into_iter().filter(|t| *t != tone).collect();
                others[dice.usize(..others.len())]
            }
        };
        word.nfd().map(|c| if TONES.contains(&c) { other(c, dice) } else { c }).nfc().collect()
    };
    let words = text.split(' ').map(|word| {
        if dice.f64() < WRONG_TONES { wrong(word, &mut dice) } else { word.to_owned() }
    });
    words.collect::<Vec<_>>().join(" ")
}
