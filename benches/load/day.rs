//! The searches of a day: what citizens, journalists and operators type, in the shares below. Words
//! come from the archive's own titles and texts, so that they are as frequent as in real news.

use std::fmt;

use fastrand::Rng;
use url::form_urlencoded::Serializer;

use super::articles::{Article, Articles};
use crate::corpus;
use crate::judged::Form;

/// A kind of search.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// A few words without accents, as on a phone.
    Bare,
    /// A few words with accents.
    Accented,
    /// A few words with a wrong tone.
    WrongTones,
    /// A whole headline.
    Headline,
    /// A question in a sentence.
    Question,
    /// An official's name, with or without accents.
    Official,
    /// A document's number.
    Document,
    /// A few words within a ward, a section or some months.
    Filtered,
    /// A few words, the newest first.
    Newest,
    /// A phrase in quotes, words excluded, alternatives.
    Operators,
    /// A later page.
    Deep,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Bare => "words without accents",
            Self::Accented => "words with accents",
            Self::WrongTones => "a wrong tone",
            Self::Headline => "a headline",
            Self::Question => "a question",
            Self::Official => "an official",
            Self::Document => "a document number",
            Self::Filtered => "filters",
            Self::Newest => "the newest first",
            Self::Operators => "operators",
            Self::Deep => "a later page",
        })
    }
}

/// The share of each kind in percent. No log of a ward portal's search is public; these are what
/// logs of national news sites' searches suggest, with more names and numbers.
const SHARES: [(Kind, u32); 11] = [
    (Kind::Bare, 34),
    (Kind::Accented, 22),
    (Kind::WrongTones, 3),
    (Kind::Headline, 6),
    (Kind::Question, 4),
    (Kind::Official, 10),
    (Kind::Document, 5),
    (Kind::Filtered, 7),
    (Kind::Newest, 4),
    (Kind::Operators, 3),
    (Kind::Deep, 2),
];

/// A search as its address.
pub(crate) struct Search {
    pub(crate) kind: Kind,
    pub(crate) target: String,
}

/// So many searches over an archive of `size` articles.
pub(crate) fn searches(articles: &Articles, size: usize, count: usize) -> Vec<Search> {
    let rng = &mut Rng::with_seed(1);
    let questions = corpus::questions();
    (0..count)
        .map(|_| {
            let kind = drawn(rng);
            let article = articles.article(rng.usize(..size));
            let target = target(kind, articles, &article, &questions, rng);
            Search { kind, target }
        })
        .collect()
}

fn drawn(rng: &mut Rng) -> Kind {
    let mut at = rng.u32(..SHARES.iter().map(|(_, share)| share).sum::<u32>());
    for (kind, share) in SHARES {
        if at < share {
            return kind;
        }
        at -= share;
    }
    Kind::Bare
}

fn target(
    kind: Kind,
    articles: &Articles,
    article: &Article,
    questions: &[String],
    rng: &mut Rng,
) -> String {
    let ward = &articles.wards[rng.usize(..articles.wards.len())];
    let words = stretch(&article.title, rng);
    let mut asked = Serializer::new(String::from("/api/v1/search?"));
    match kind {
        Kind::Bare => asked.append_pair("q", &Form::WithoutAccents.of(&words)),
        Kind::Accented => asked.append_pair("q", &words),
        Kind::WrongTones => asked.append_pair("q", &Form::WrongTones.of(&words)),
        Kind::Headline => asked.append_pair("q", &article.title),
        Kind::Question => asked.append_pair("q", &questions[rng.usize(..questions.len())]),
        Kind::Official => {
            let (name, post) = &ward.officials[rng.usize(..ward.officials.len())];
            let form = if rng.bool() { Form::AsWritten } else { Form::WithoutAccents };
            match rng.u8(..3) {
                0 => asked.append_pair("q", &format!("{name}, {post}")),
                _ => asked.append_pair("q", &form.of(name)),
            }
        }
        Kind::Document => asked.append_pair("q", &format!("kế hoạch {}/KH-UBND", rng.u32(1..400))),
        Kind::Filtered => match rng.u8(..3) {
            0 => asked.append_pair("q", &words).append_pair("source", &ward.id),
            1 => asked.append_pair("q", &words).append_pair("category", article.category),
            _ => asked.append_pair("q", &words).append_pair("from", &article.published.to_string()),
        },
        Kind::Newest => asked.append_pair("q", &words).append_pair("sort", "newest"),
        Kind::Operators => match rng.u8(..3) {
            0 => asked.append_pair("q", &format!("\"{words}\"")),
            1 => asked.append_pair("q", &format!("{words} -\"thông báo\"")),
            _ => asked.append_pair("q", &words.replacen(' ', " HOẶC ", 1)),
        },
        Kind::Deep => {
            asked.append_pair("q", &words).append_pair("page", &rng.u32(2..6).to_string())
        }
    };
    asked.finish()
}

/// Two to five words that stand side by side.
fn stretch(title: &str, rng: &mut Rng) -> String {
    let words: Vec<&str> = title.split_whitespace().collect();
    let length = rng.usize(2..6).min(words.len());
    let first = rng.usize(..=words.len() - length);
    words[first..first + length].join(" ")
}
