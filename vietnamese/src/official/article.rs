//! The people of one article: all that it says of each, in the order of its paragraphs.

use std::collections::{HashMap, HashSet};

use super::byline::names_in_byline;
use super::lines::{announced, former_posts, is_list_item};
use super::link::{Linked, Tenure, linked};
use super::named::Context;
use super::person::{HeldPost, Mention, MentionKind, Person, is_wording_of};
use super::sentence::{sentence_at, sentences};
use super::tag::{Tag, Tagged, tags};
use super::words::Words;
use crate::scan::{Shape, scan};

/// How sure it is that whoever a byline names is a person.
const CONFIDENCE_OF_AUTHORS: f32 = 0.8;
/// Words of a line of capitals that may be a name.
const NAME_SYLLABLES_MAX: usize = 5;
/// Mentions after which no further paragraph is read: such a text is a table, or worse.
const MENTIONS_MAX: usize = 2000;

/// The people whom the paragraphs of an article name in full. Short forms and posts without a name
/// are theirs where the article leaves no doubt.
pub fn people(paragraphs: &[&str]) -> Vec<Person> {
    let mut article = Article::default();
    for (number, text) in paragraphs.iter().enumerate() {
        // A headline is no byline, and an article of two lines has none.
        let is_last = number > 1 && number + 1 == paragraphs.len();
        article.read(number, text, is_last);
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
    /// Posts that the line before says the people on the lines below hold.
    announced: Vec<HeldPost>,
    /// Exact keys of the person who stands alone on the line before, as in an obituary.
    subject: Vec<String>,
}

/// A mention whose person is not settled.
struct Found {
    mention: Mention,
    /// Exact keys of the name; empty where there is none.
    keys: Vec<String>,
    /// In a line of capitals, the words from the name on: nothing there shows where it ends.
    line: Vec<(String, Ending)>,
}

/// A name that ends with some word of a line of capitals.
#[derive(Clone)]
struct Ending {
    end: usize,
    written: String,
}

impl Article {
    fn read(&mut self, paragraph: usize, text: &str, is_last: bool) {
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
        for (first, end) in names_in_byline(&words, is_last) {
            if !tags.iter().any(|tag| tag.first < end && first < tag.end) {
                self.mentions.push(of_author(&words, (first, end), (paragraph, &sentences)));
            }
        }
        self.read_lines(&words, &tags, &named, (paragraph, &sentences));
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

    /// What one line says of the people on others.
    fn read_lines(
        &mut self,
        words: &Words<'_>,
        tags: &[Tagged],
        named: &[Linked],
        place: (usize, &[(usize, usize)]),
    ) {
        let names = || tags.iter().enumerate().filter(|(_, t)| matches!(t.tag, Tag::Name(_)));
        if is_list_item(words, tags) {
            let item = self.mentions.iter_mut().rev().find(|f| f.mention.paragraph == place.0);
            if let Some(found) = item.filter(|found| found.mention.posts.is_empty()) {
                found.mention.posts.clone_from(&self.announced);
            }
        } else {
            self.announced = announced(words, tags, named);
        }
        let subject = std::mem::take(&mut self.subject);
        if !subject.is_empty() && names().next().is_none() {
            for post in former_posts(words, tags) {
                let mut found = of_post(words, tags, post, place);
                found.mention.posts.iter_mut().for_each(|held| held.tenure = Tenure::Former);
                self.mentions.push(Found { keys: subject.clone(), ..found });
            }
        }
        if let [(_, name)] = names().collect::<Vec<_>>()[..]
            && words.get(name.end).is_none()
            && tags.iter().all(|t| matches!(t.tag, Tag::Name(_) | Tag::Honorific { .. }))
            && tags.first().is_some_and(|first| first.first == 0)
        {
            self.subject = keys_of(words, name.first, name.end);
        }
    }

    /// Lets names in lines of capitals end where they end elsewhere in the article.
    fn end_names_in_capitals(&mut self) {
        let plain = self.mentions.iter().filter(|f| f.is_full() && f.line.is_empty());
        let known: HashSet<Vec<String>> = plain.map(|found| found.keys.clone()).collect();
        for found in self.mentions.iter_mut().filter(|f| f.is_full() && !f.line.is_empty()) {
            let begin = |length: &usize| {
                let keys: Vec<String> =
                    found.line[..*length].iter().map(|(key, _)| key.clone()).collect();
                known.contains(&keys)
            };
            let Some(length) = (2..=found.line.len()).rev().find(begin) else { continue };
            let (keys, words): (Vec<String>, Vec<Ending>) =
                found.line[..length].iter().cloned().unzip();
            let Some(last) = words.last() else { continue };
            found.mention.end = last.end;
            found.mention.written.clone_from(&last.written);
            found.keys = keys;
        }
    }

    fn people(mut self) -> Vec<Person> {
        self.end_names_in_capitals();
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
        for Found { mut mention, keys, .. } in self.mentions {
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
                (MentionKind::Post, Some(at)) => Some(*at),
                (MentionKind::Post, None) => holder(&people, &mention.posts),
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
    place: (usize, &[(usize, usize)]),
) -> Found {
    let (first, end) = (tags[link.name].first, tags[link.name].end);
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
    let mention = Mention {
        honorific: honorific.map(|h| words.span(h.first, h.end).to_owned()),
        kind,
        confidence,
        posts,
        ..mention_at(words, (first, end), place)
    };
    Found { mention, keys: keys_of(words, first, end), line: rest_of_capitals(words, first) }
}

/// A mention by what stands there alone.
fn mention_at(
    words: &Words<'_>,
    (first, end): (usize, usize),
    (paragraph, sentences): (usize, &[(usize, usize)]),
) -> Mention {
    let (start, end) = words.bytes(first, end);
    Mention {
        paragraph,
        start,
        end,
        sentence: sentence_at(sentences, start),
        written: words.text[start..end].to_owned(),
        honorific: None,
        kind: MentionKind::Full,
        confidence: CONFIDENCE_OF_AUTHORS,
        posts: Vec::new(),
    }
}

/// The exact keys of a name.
fn keys_of(words: &Words<'_>, first: usize, end: usize) -> Vec<String> {
    (first..end).filter_map(|i| words.get(i)).map(|token| token.acc.to_owned()).collect()
}

/// The words of a line of capitals from a name on.
fn rest_of_capitals(words: &Words<'_>, first: usize) -> Vec<(String, Ending)> {
    if !words.is_all_capitals() {
        return Vec::new();
    }
    let run = words.capital_run(first).min(NAME_SYLLABLES_MAX);
    let rest = (first..first + run).filter_map(|i| words.get(i));
    let (start, _) = words.bytes(first, first + 1);
    let ending = |end: usize| Ending { end, written: words.text[start..end].to_owned() };
    rest.map(|t| (t.acc.to_owned(), ending(t.end))).collect()
}

/// Whoever is named in a byline.
fn of_author(
    words: &Words<'_>,
    (first, end): (usize, usize),
    place: (usize, &[(usize, usize)]),
) -> Found {
    let mention = mention_at(words, (first, end), place);
    Found { mention, keys: keys_of(words, first, end), line: Vec::new() }
}

fn of_post(
    words: &Words<'_>,
    tags: &[Tagged],
    at: usize,
    place: (usize, &[(usize, usize)]),
) -> Found {
    let honorific = &tags[at - 1];
    let mention = Mention {
        honorific: Some(words.span(honorific.first, honorific.end).to_owned()),
        kind: MentionKind::Post,
        confidence: 0.7,
        posts: held(words, &tags[at], Tenure::Current).into_iter().collect(),
        ..mention_at(words, (tags[at].first, tags[at].end), place)
    };
    Found { mention, keys: Vec::new(), line: Vec::new() }
}

pub(super) fn held(words: &Words<'_>, tagged: &Tagged, tenure: Tenure) -> Option<HeldPost> {
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
    fn a_post_held_by_another_or_for_the_time_being_is_not_held() {
        for begin in ["Thay mặt", "Thừa ủy quyền", "Thừa lệnh", "Được sự ủy quyền của"]
        {
            let text = format!("{begin} Chủ tịch UBND phường Bồ Đề, ông Trần Văn Nam phát biểu.");
            assert_eq!(found(&[&text]), [one("Trần Văn Nam", &[])], "{text}");
        }
        let acting = people(&["bà Lê Thị Hoa được giao Quyền Chủ tịch UBND phường Bồ Đề."]);
        assert_eq!(acting[0].posts[0].tenure, Tenure::Acting);
        assert_eq!(found(&["Cử tri Bến Láng kiến nghị; 43 công dân Bến Láng nhận giấy."]), []);
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
