//! Who is meant by a query: `Đinh Thị Thu Hương, phó Chủ tịch UBND quận Long Biên`, in any
//! accents, or `bà Hương phó chủ tịch Long Biên`.
//!
//! Every stretch of up to five words may be the name. It is compared with the officials of that
//! given name; what else the query says must speak of their posts.

use std::collections::HashMap;

use archive::{Archive, Official, OfficialId};
use vietnamese::{Token, Tokens};

use crate::query::{Field, Part, Query};
use crate::{Index, IndexError};

/// Words of a name.
const NAME_WORDS_MAX: usize = 5;
/// Words of a query that are looked at.
const QUERY_WORDS_MAX: usize = 40;
/// Least likeness of a name.
const LIKENESS_MIN: f32 = 0.5;
/// What a word of the name counts, against the whole of what is said of posts.
const NAME_WORD: f32 = 0.6;
/// Officials whose posts are compared.
const COMPARED_MAX: usize = 300;
/// Least part of the other words that must speak of posts where only a given name is asked for.
const POSTS_MIN: f32 = 0.5;

/// Middle names that most people have, folded.
const COMMON_MIDDLE: [&str; 2] = ["thi", "van"];

/// Words that are no part of a name or post.
const ADDRESS: [&str; 10] = ["ong", "ba", "dong", "chi", "anh", "c", "d", "nguyen", "quyen", "co"];

/// An official who may be meant.
#[derive(Clone, Debug, PartialEq)]
pub struct Meant {
    /// Who.
    pub official: Official,
    /// How well name and posts agree; only for comparing within one answer.
    pub score: f32,
    /// The bytes of the query that name them.
    pub name: (usize, usize),
    /// How many words name them, and how many others there are.
    words: (usize, usize),
    /// How like the name is.
    likeness: f32,
    /// The part of these others that speaks of their posts.
    posts: f32,
}

impl Meant {
    /// Whether a query asks for this person: it names them and says little but their posts.
    pub(crate) fn is_asked_for(&self) -> bool {
        self.words.1 > 0 && self.posts >= ASKED_POSTS_MIN
    }

    /// The query as it is searched: the name in any accents must be there, each word lifts.
    pub(crate) fn query(&self, asked: &Query) -> Query {
        let name = Part::Phrase(vietnamese::fold_phrase(&self.official.name));
        let mut parts = vec![name];
        parts.extend(asked.parts.iter().cloned());
        Query { parts }
    }

    /// The query as it was read, for whoever asked.
    pub(crate) fn interpreted(&self, asked: &Query) -> String {
        let filter = Part::Filter(Field::Official, self.official.name.clone());
        let rest = words_of(asked).map(|text| {
            let (start, end) = self.name;
            let rest = format!("{} {}", &text[..start], &text[end..]);
            let rest = rest.trim_matches(|c: char| !c.is_alphanumeric());
            rest.split_whitespace().collect::<Vec<_>>().join(" ")
        });
        let rest = rest.filter(|rest| !rest.is_empty()).map(Part::Words);
        Query { parts: [filter].into_iter().chain(rest).collect() }.to_string()
    }
}

/// The words of a query that has nothing else.
fn words_of(query: &Query) -> Option<&str> {
    match query.parts.as_slice() {
        [Part::Words(text)] => Some(text),
        _ => None,
    }
}

/// Least part of the words beside the name that must speak of posts, for the query to ask for the
/// person rather than for what they did.
const ASKED_POSTS_MIN: f32 = 0.6;
/// What posts are called, folded: a query with one of these may ask for its holder.
const POSTS: [&str; 16] = [
    "chu tich",
    "bi thu",
    "truong",
    "giam doc",
    "uy vien",
    "chi huy",
    "pho ",
    "can bo",
    "cong chuc",
    "thu tuong",
    "bo truong",
    "chu nhiem",
    "chanh ",
    "dai bieu",
    "vien truong",
    "tong ",
];
/// Least likeness of a name of two words that a search offers.
const SHORT_LIKENESS_MIN: f32 = 0.95;
/// Officials that a search offers.
const OFFERED: usize = 3;
/// Least words of a name that a search takes for one without an address before it.
const OFFERED_WORDS_MIN: usize = 2;

impl Index {
    /// The officials that a search for anything offers: only where somebody is named by more than a
    /// given name, or addressed.
    pub(crate) fn offered(&self, query: &Query) -> Result<Vec<Meant>, IndexError> {
        let Some(query) = words_of(query) else { return Ok(Vec::new()) };
        let folded = vietnamese::fold_phrase(query);
        let names_a_post = POSTS.iter().any(|post| folded.contains(post));
        // Questions are about things: who is looked for is named by little else.
        if !names_a_post && vietnamese::count(query).0 > NAME_WORDS_MAX + 1 {
            return Ok(Vec::new());
        }
        let addressed = vietnamese::scan(query).iter().next().is_some_and(|first| {
            matches!(first.acc, "ông" | "bà" | "đồng" | "đ" | "ong" | "ba" | "dong")
        });
        let least = if addressed { 1 } else { OFFERED_WORDS_MIN };
        let mut meant = self.meant(query, OFFERED, least)?;
        // Two syllables with other accents are rather other words.
        meant.retain(|one| one.words.0 != 2 || one.likeness >= SHORT_LIKENESS_MIN);
        Ok(meant)
    }

    /// The officials who may be meant by a query, the likeliest first.
    ///
    /// # Errors
    /// When the archive cannot be read.
    pub fn officials(&self, query: &str, limit: usize) -> Result<Vec<Meant>, IndexError> {
        self.meant(query, limit, 1)
    }

    /// The same for names of so many words at least.
    fn meant(&self, query: &str, limit: usize, least: usize) -> Result<Vec<Meant>, IndexError> {
        let mut tokens = vietnamese::scan(query);
        tokens.truncate(QUERY_WORDS_MAX);
        let mut found = likenesses(self.archive(), query, &tokens, least)?;
        found.sort_by(|a, b| b.strength().total_cmp(&a.strength()).then(a.id.cmp(&b.id)));
        found.truncate(COMPARED_MAX);
        let mut likely = Vec::with_capacity(found.len());
        for one in found {
            let posts = one.agreement(self.archive(), &tokens)?;
            if let Some(share) = posts.filter(|share| one.is_enough(*share, tokens.len())) {
                likely.push((one.strength() + share, share, one));
            }
        }
        likely.sort_by(|a, b| b.0.total_cmp(&a.0));
        let mut meant: Vec<Meant> = Vec::new();
        // Who is as likely is told apart by how often each is named. What else is known of an
        // official takes long to look up: only for those who are shown.
        for equals in likely.chunk_by(|a, b| a.0 == b.0) {
            let mut named = Vec::with_capacity(equals.len());
            for (score, share, one) in equals {
                named.push((self.archive().appearances_of(&one.id)?, *score, *share, one));
            }
            named.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.3.id.cmp(&b.3.id)));
            for (_, score, posts, one) in named {
                if meant.len() == limit {
                    return Ok(meant);
                }
                if let Some(official) = self.archive().official(&one.id)? {
                    let bytes = |at: usize| tokens.get(at).map_or((0, 0), |t| (t.start, t.end));
                    let name = (bytes(one.first).0, bytes(one.end - 1).1);
                    let others = others_of(&tokens, one.first, one.end).count();
                    let (words, likeness) = ((one.end - one.first, others), one.likeness);
                    meant.push(Meant { official, score, name, words, likeness, posts });
                }
            }
        }
        Ok(meant)
    }
}

/// The words of a query beside those of a name, without words of address.
fn others_of(
    tokens: &Tokens,
    first: usize,
    end: usize,
) -> impl Iterator<Item = Token<'_>> + use<'_> {
    let outside = tokens
        .iter()
        .enumerate()
        .filter(move |(at, token)| !(first..end).contains(at) && !ADDRESS.contains(&token.fold));
    outside.map(|(_, token)| token)
}

/// A stretch of the query that is like an official's name.
struct Likeness {
    id: OfficialId,
    first: usize,
    end: usize,
    likeness: f32,
}

impl Likeness {
    fn strength(&self) -> f32 {
        self.likeness * NAME_WORD * (self.end - self.first) as f32
    }

    /// Which part of the query's other words speaks of the official's posts; `None` where there is
    /// nothing but the name to go by and the name is one word.
    fn agreement(&self, archive: &Archive, tokens: &Tokens) -> Result<Option<f32>, IndexError> {
        let others: Vec<Token<'_>> = others_of(tokens, self.first, self.end).collect();
        if others.is_empty() {
            return Ok(Some(0.0));
        }
        let posts = vietnamese::fold_phrase(&archive.post_keys(&self.id)?);
        let posts: Vec<&str> = posts.split_whitespace().collect();
        let said = |token: &&Token<'_>| {
            posts.contains(&token.fold)
                || vietnamese::expansions(token.acc).iter().any(|long| {
                    long.iter().all(|word| posts.contains(&vietnamese::fold_key(word).as_str()))
                })
        };
        let agreed = others.iter().filter(said).count();
        Ok(Some(agreed as f32 / others.len() as f32))
    }

    /// Whether a name of one word is told by what else is said.
    fn is_enough(&self, share: f32, words: usize) -> bool {
        let alone = words <= self.end - self.first + 1;
        self.end - self.first > 1 || share >= POSTS_MIN || alone
    }
}

/// Of each official the longest stretch that is like the name.
fn likenesses(
    archive: &Archive,
    query: &str,
    tokens: &Tokens,
    least: usize,
) -> Result<Vec<Likeness>, IndexError> {
    let mut best: HashMap<OfficialId, Likeness> = HashMap::new();
    for last in 0..tokens.len() {
        let Some(given) = tokens.get(last) else { break };
        let (mut others, mut end) = (Vec::new(), given.start);
        for words in 1..=NAME_WORDS_MAX.min(last + 1) {
            let first = last + 1 - words;
            let Some(begin) = tokens.get(first) else { break };
            if words > 1 {
                others.push(begin.fold);
            }
            end = end.min(begin.start);
            if words < least {
                continue;
            }
            // `Thị` and `Văn` may be left out of a name, or put in.
            let telling: Vec<&str> =
                others.iter().copied().filter(|word| !COMMON_MIDDLE.contains(word)).collect();
            let asked_for = if telling.is_empty() { &others } else { &telling };
            let named = archive.officials_named(given.fold, asked_for)?;
            if named.is_empty() {
                // No longer stretch is a name either.
                break;
            }
            let asked = &query[end..given.end];
            for (id, name) in named {
                let Some(likeness) = vietnamese::name_match(asked, &name) else { continue };
                if likeness < LIKENESS_MIN {
                    continue;
                }
                let one = Likeness { id: id.clone(), first, end: last + 1, likeness };
                let known = best.get(&id).map_or(0.0, Likeness::strength);
                if one.strength() > known {
                    best.insert(id, one);
                }
            }
        }
    }
    Ok(best.into_values().collect())
}
