//! The people of one article: all that it says of each, in the order of its paragraphs.

use std::collections::{HashMap, HashSet};

use super::link::{Linked, Tenure, linked};
use super::named::Context;
use super::sentence::{sentence_at, sentences};
use super::tag::{Tag, Tagged, tags};
use super::words::Words;
use crate::scan::{Shape, scan};

/// Mentions after which no further paragraph is read: such a text is a table, or worse.
const MENTIONS_MAX: usize = 2000;

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

/// The people whom the paragraphs of an article name in full. Short forms and posts without a name
/// are theirs where the article leaves no doubt.
pub fn people(paragraphs: &[&str]) -> Vec<Person> {
    let mut article = Article::default();
    for (number, text) in paragraphs.iter().enumerate() {
        article.read(number, text);
        if article.mentions.len() > MENTIONS_MAX {
            break;
        }
    }
    article.people()
}

/// What was read so far.
#[derive(Default)]
struct Article {
    mentions: Vec<Found>,
}

/// A mention whose person is not settled.
struct Found {
    mention: Mention,
    /// Exact keys of the name; empty where there is none.
    keys: Vec<String>,
}

impl Article {
    fn read(&mut self, paragraph: usize, text: &str) {
        let tokens = scan(text);
        let words = Words::new(text, &tokens);
        let tags = tags(&words);
        let named = linked(&words, &tags);
        let sentences = sentences(text);
        let taken: HashSet<usize> =
            named.iter().flat_map(|l| l.posts.iter().map(|p| p.0)).collect();
        for link in &named {
            self.mentions.push(of_name(&words, &tags, link, (paragraph, &sentences)));
        }
        for at in 1..tags.len() {
            if let Tag::Post(_) = &tags[at].tag
                && !taken.contains(&at)
                && matches!(tags[at - 1].tag, Tag::Honorific { plural: false })
                && tags[at - 1].end == tags[at].first
            {
                self.mentions.push(of_post(&words, &tags, at, (paragraph, &sentences)));
            }
        }
        self.mentions.sort_by_key(|found| (found.mention.paragraph, found.mention.start));
    }

    fn people(self) -> Vec<Person> {
        let mut people: Vec<(Vec<String>, Person)> = Vec::new();
        let mut by_name: HashMap<Vec<String>, usize> = HashMap::new();
        // Full names first: short forms may come before them, in a headline or a caption.
        for found in self.mentions.iter().filter(|f| f.is_full()) {
            let next = people.len();
            let at = *by_name.entry(found.keys.clone()).or_insert(next);
            if at == next {
                let name = in_small_letters(&found.mention.written);
                let person = Person { name, mentions: Vec::new(), posts: Vec::new() };
                people.push((found.keys.clone(), person));
            }
        }
        let longer = |keys: &[String]| {
            let ends = |(_, (known, _)): &(usize, &(Vec<String>, Person))| {
                // Highland names are cut at their end: `Y Čuin` of `Y Čuin Adrơng`.
                let cut = matches!(keys[0].as_str(), "y" | "h" | "k") && known.starts_with(keys);
                known.len() > keys.len() && (known.ends_with(keys) || cut)
            };
            let mut longer = people.iter().enumerate().filter(ends).map(|(at, _)| at);
            longer.next().filter(|_| longer.next().is_none())
        };
        // `Thu Hương` is `Đinh Thị Thu Hương`, where nobody else can be meant.
        let merged: Vec<Option<usize>> = people
            .iter()
            .map(|(keys, _)| if keys.len() == 2 { longer(keys) } else { None })
            .collect();
        let mut last: HashMap<String, usize> = HashMap::new();
        for Found { mut mention, keys } in self.mentions {
            let person = match (mention.kind, by_name.get(&keys)) {
                (MentionKind::Full, Some(at)) => {
                    if merged[*at].is_some() {
                        mention.kind = MentionKind::Short;
                    }
                    Some(merged[*at].unwrap_or(*at))
                }
                (MentionKind::Short, _) => keys.first().and_then(|given| {
                    let near = last.get(given).copied();
                    let named = |(_, (known, _)): &(usize, &(Vec<String>, Person))| {
                        known.last() == Some(given)
                    };
                    near.or_else(|| {
                        let mut all = people.iter().enumerate().filter(named).map(|(at, _)| at);
                        all.next().filter(|_| all.next().is_none())
                    })
                }),
                (MentionKind::Post, _) => holder(&people, &mention.posts),
                _ => None,
            };
            let Some(person) = person else { continue };
            if let (MentionKind::Full, Some(given)) = (mention.kind, keys.last()) {
                last.insert(given.clone(), person);
            }
            people[person].1.add(mention);
        }
        let spoken_of = people.into_iter().map(|(_, person)| person);
        spoken_of.filter(|person| !person.mentions.is_empty()).collect()
    }
}

impl Found {
    fn is_full(&self) -> bool {
        self.mention.kind == MentionKind::Full
    }
}

impl Person {
    fn add(&mut self, mention: Mention) {
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
fn is_wording_of(short: &HeldPost, long: &HeldPost) -> bool {
    let same_body = short.body == long.body || short.body.is_empty();
    let place = |(level, name): &(String, String)| {
        long.places
            .iter()
            .any(|(other, known)| level == other && (name == known || name.is_empty()))
    };
    short.title == long.title && same_body && short.places.iter().all(place)
}

/// The one person who holds a post that is named without a name.
fn holder(people: &[(Vec<String>, Person)], posts: &[HeldPost]) -> Option<usize> {
    let post = posts.first()?;
    let holds = |(_, (_, person)): &(usize, &(Vec<String>, Person))| {
        person.posts.iter().any(|held| is_wording_of(post, held))
    };
    let mut holders = people.iter().enumerate().filter(holds).map(|(at, _)| at);
    holders.next().filter(|_| holders.next().is_none())
}

fn of_name(
    words: &Words<'_>,
    tags: &[Tagged],
    link: &Linked,
    (paragraph, sentences): (usize, &[(usize, usize)]),
) -> Found {
    let (first, end) = (tags[link.name].first, tags[link.name].end);
    let (start, stop) = words.bytes(first, end);
    let by = match &tags[link.name].tag {
        Tag::Name(named) => named.by,
        _ => Context::Form,
    };
    let posts: Vec<HeldPost> =
        link.posts.iter().filter_map(|(at, tenure)| held(words, &tags[*at], *tenure)).collect();
    let kind = if end - first == 1 { MentionKind::Short } else { MentionKind::Full };
    let confidence = match (by, posts.is_empty(), kind) {
        (_, _, MentionKind::Short) => 0.85,
        (Context::Title | Context::Post, _, _) | (_, false, _) => 0.95,
        (Context::List, ..) => 0.9,
        (Context::Form, ..) => 0.75,
    };
    let honorific = link
        .name
        .checked_sub(1)
        .map(|i| &tags[i])
        .filter(|before| matches!(before.tag, Tag::Honorific { .. }) && before.end == first);
    let keys = (first..end).filter_map(|i| words.get(i)).map(|t| t.acc.to_owned()).collect();
    let mention = Mention {
        paragraph,
        start,
        end: stop,
        sentence: sentence_at(sentences, start),
        written: words.text[start..stop].to_owned(),
        honorific: honorific.map(|h| words.span(h.first, h.end).to_owned()),
        kind,
        confidence,
        posts,
    };
    Found { mention, keys }
}

fn of_post(
    words: &Words<'_>,
    tags: &[Tagged],
    at: usize,
    (paragraph, sentences): (usize, &[(usize, usize)]),
) -> Found {
    let (start, end) = words.bytes(tags[at].first, tags[at].end);
    let honorific = &tags[at - 1];
    let mention = Mention {
        paragraph,
        start,
        end,
        sentence: sentence_at(sentences, start),
        written: words.text[start..end].to_owned(),
        honorific: Some(words.span(honorific.first, honorific.end).to_owned()),
        kind: MentionKind::Post,
        confidence: 0.7,
        posts: held(words, &tags[at], Tenure::Current).into_iter().collect(),
    };
    Found { mention, keys: Vec::new() }
}

fn held(words: &Words<'_>, tagged: &Tagged, tenure: Tenure) -> Option<HeldPost> {
    let Tag::Post(post) = &tagged.tag else { return None };
    if post.is_address() {
        return None;
    }
    let (start, end) = words.bytes(tagged.first, tagged.end);
    Some(HeldPost {
        start,
        end,
        written: words.text[start..end].to_owned(),
        title: post.title.clone(),
        body: post.body.clone(),
        places: post.places.clone(),
        tenure,
    })
}

/// A name in capitals as it is written elsewhere: `ĐINH THỊ THU HƯƠNG`.
fn in_small_letters(name: &str) -> String {
    let tokens = scan(name);
    if !tokens.iter().all(|t| t.shape == Shape::Capitals || t.end - t.start <= 3) {
        return name.to_owned();
    }
    let capital = |token: crate::Token<'_>| {
        let written = &name[token.start..token.end];
        let mut letters = written.chars();
        let first: String = letters.next().into_iter().collect();
        first + &letters.as_str().to_lowercase()
    };
    tokens.iter().map(capital).collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn found(paragraphs: &[&str]) -> Vec<(String, Vec<String>)> {
        let person = |p: Person| (p.name, p.posts.into_iter().map(|post| post.written).collect());
        people(paragraphs).into_iter().map(person).collect()
    }

    fn one(name: &str, posts: &[&str]) -> (String, Vec<String>) {
        (name.to_owned(), posts.iter().map(|post| (*post).to_owned()).collect())
    }

    #[test]
    fn posts_behind_names() {
        let text = "Đến dự có đồng chí Đinh Thị Thu Hương, Thường vụ quận ủy, phó Chủ tịch UBND quận \
                    Long Biên, đồng chí Tăng Quang Huy, Quận ủy viên, Trưởng Ban kinh tế quận. Đại biểu \
                    phường có các đồng chí trong Ban chấp hành.";
        assert_eq!(
            found(&[text]),
            [
                one(
                    "Đinh Thị Thu Hương",
                    &["Thường vụ quận ủy", "phó Chủ tịch UBND quận Long Biên"]
                ),
                one("Tăng Quang Huy", &["Quận ủy viên", "Trưởng Ban kinh tế quận"]),
            ]
        );
    }

    #[test]
    fn places_and_works_that_bear_names_are_no_people() {
        for text in [
            "Trường THCS Lý Tự Trọng, số 36 Ngô Quyền, đường Vũ Xuân Thiều",
            "học tập và làm theo tấm gương đạo đức Hồ Chí Minh tại Thành phố Hồ Chí Minh",
            "đồng chí Bí thư Đảng ủy phát biểu tại Hà Tĩnh",
            "các tuyến Phan Đình Phùng, Hà Huy Tập và Nguyễn Ái Quốc",
            "PHƯỜNG BẾN LÁNG TỔ CHỨC HỘI NGHỊ TỔNG KẾT",
        ] {
            assert_eq!(found(&[text]), [], "{text}");
        }
    }

    #[test]
    fn posts_before_names_lists_and_appointments() {
        let post = "Phó Chủ tịch UBND phường";
        assert_eq!(
            found(&["Phó Chủ tịch UBND phường Đoàn Ngọc Hải kiểm tra chợ"]),
            [one("Đoàn Ngọc Hải", &[post])]
        );
        assert_eq!(
            found(&["Chủ tịch UBND phường Bồ Đề Nguyễn Văn An phát biểu"]),
            [one("Nguyễn Văn An", &["Chủ tịch UBND phường Bồ Đề"])]
        );
        assert_eq!(
            found(&[
                "bổ nhiệm các ông, bà Lê Thế Vinh, Mai Thị Hoài giữ chức vụ Phó Chủ tịch UBND phường"
            ]),
            [one("Lê Thế Vinh", &[post]), one("Mai Thị Hoài", &[post])]
        );
        assert_eq!(
            found(&[
                "đồng chí Lê Văn Nam, phó Chủ tich UBND xã; nguyên Bí thư Huyện đoàn Trần Thị Mơ"
            ]),
            [
                one("Lê Văn Nam", &["phó Chủ tich UBND xã"]),
                one("Trần Thị Mơ", &["Bí thư Huyện đoàn"])
            ]
        );
    }

    #[test]
    fn short_forms_and_posts_are_tied_to_whom_the_article_names() {
        let people = people(&[
            "Bà Hoàng Thị Mai Hạnh, Chủ tịch UBND phường dự họp.",
            "Bà Hạnh đề nghị làm sớm. Đồng chí Chủ tịch UBND phường kết luận.",
        ]);
        let kinds: Vec<MentionKind> = people[0].mentions.iter().map(|m| m.kind).collect();
        assert_eq!(kinds, [MentionKind::Full, MentionKind::Short, MentionKind::Post]);
    }

    proptest! {
        #[test]
        fn mentions_lie_in_their_sentences(text in "(đồng chí |Ông |Nguyễn Văn A|, |\\. |Chủ tịch UBND phường |Bồ Đề|\n|và |; |\\(|TP\\.|Hà Nội |ê\u{302}|H'|36 |nguyên |giữ chức ){0,16}") {
            for person in people(&[&text]) {
                for m in &person.mentions {
                    prop_assert!(m.sentence.0 <= m.start && m.start < m.end);
                    prop_assert_eq!(text.get(m.start..m.end), Some(m.written.as_str()));
                    prop_assert!(text.get(m.sentence.0..m.sentence.1).is_some());
                    for post in &m.posts {
                        prop_assert_eq!(text.get(post.start..post.end), Some(post.written.as_str()));
                    }
                }
            }
        }
    }
}
