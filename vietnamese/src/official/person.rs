//! A person as an article speaks of them.

use super::link::Tenure;

/// A person whom an article names in full.
#[derive(Clone, Debug, PartialEq)]
pub struct Person {
    /// The fullest name, as it is written where it is not in capitals.
    pub name: String,
    /// Where the article speaks of them, in its order.
    pub mentions: Vec<Mention>,
    /// The posts they hold or held, each once, the fullest wording.
    pub posts: Vec<HeldPost>,
}

/// A place where an article speaks of a person.
#[derive(Clone, Debug, PartialEq)]
pub struct Mention {
    /// Which paragraph, from 0.
    pub paragraph: usize,
    /// First byte of the name in the paragraph, or of the post where there is no name.
    pub start: usize,
    /// One past its last byte.
    pub end: usize,
    /// The bytes of its sentence.
    pub sentence: (usize, usize),
    /// What stands there: `bà Hương` for `Đinh Thị Thu Hương`.
    pub written: String,
    /// How the person is addressed there: `đồng chí`.
    pub honorific: Option<String>,
    /// How the person is named there.
    pub kind: MentionKind,
    /// How sure it is that this is a person, and this one: from 0 to 1.
    pub confidence: f32,
    /// What is said there of posts.
    pub posts: Vec<HeldPost>,
}

/// How a person is named.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MentionKind {
    /// By the full name.
    Full,
    /// By a part of it: `bà Hương`.
    Short,
    /// By the post alone: `đồng chí Bí thư Đảng ủy`.
    Post,
}

/// A post as an article states it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeldPost {
    /// First byte in the paragraph.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
    /// As it is written: `phó Chủ tịch UBND quận Long Biên`.
    pub written: String,
    /// Exact keys of the title in full: `phó chủ tịch`.
    pub title: String,
    /// Exact keys of the body or office in full: `uỷ ban nhân dân`; empty where none is named.
    pub body: String,
    /// Levels and names of places and institutions, the nearest first, as exact keys; a name may be
    /// missing (`UBND phường`).
    pub places: Vec<(String, String)>,
    /// Whether it is held now.
    pub tenure: Tenure,
}

impl HeldPost {
    /// Title, body and places as one key: two wordings of one post have the same.
    pub fn key(&self) -> String {
        let places: Vec<String> =
            self.places.iter().map(|(level, name)| format!("{level} {name}")).collect();
        format!("{}|{}|{}", self.title, self.body, places.join("|"))
    }
}

impl Person {
    pub(super) fn add(&mut self, mention: Mention) {
        for post in &mention.posts {
            let fuller = |known: &HeldPost| is_wording_of(post, known);
            match self.posts.iter_mut().find(|known| is_wording_of(known, post) || fuller(known)) {
                Some(known) if known.written.len() < post.written.len() => *known = post.clone(),
                Some(_) => {}
                None => self.posts.push(post.clone()),
            }
        }
        self.mentions.push(mention);
    }
}

/// Whether one wording says no more than another of the same post: `Chủ tịch UBND phường` of
/// `Chủ tịch UBND phường Bồ Đề`.
pub(super) fn is_wording_of(short: &HeldPost, long: &HeldPost) -> bool {
    let same_body = short.body == long.body || short.body.is_empty();
    let place = |(level, name): &(String, String)| {
        long.places
            .iter()
            .any(|(other, known)| level == other && (name == known || name.is_empty()))
    };
    short.tenure == long.tenure
        && short.title == long.title
        && same_body
        && short.places.iter().all(place)
}
