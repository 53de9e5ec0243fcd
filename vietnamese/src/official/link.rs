//! Whose posts they are: those that follow a name, and those that stand before it.

use super::tag::{Tag, Tagged};
use super::words::Words;

/// Titles that many hold, so that they may be said of a list of people at once; and that mean no
/// one where they stand alone behind a comma (`cán bộ và nhân dân`).
const COLLECTIVE: [&str; 11] = [
    "cán bộ",
    "công chức",
    "viên chức",
    "giáo viên",
    "giảng viên",
    "đại biểu",
    "chuyên viên",
    "nhân viên y tế",
    "cộng tác viên",
    "công an viên",
    "thường trực",
];

/// Whether a post is held now.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Tenure {
    /// It is.
    Current,
    /// It was: `nguyên`.
    Former,
    /// For the time being: `quyền`.
    Acting,
}

/// A name's tag and the tags of its posts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Linked {
    pub(super) name: usize,
    pub(super) posts: Vec<(usize, Tenure)>,
}

/// The posts of every name; each post belongs to one, but for those said of a whole list.
pub(super) fn linked(words: &Words<'_>, tags: &[Tagged]) -> Vec<Linked> {
    let is_name = |i: &usize| matches!(tags[*i].tag, Tag::Name(_));
    let linker = Linker { words, tags };
    let mut claimed = vec![false; tags.len()];
    let mut all: Vec<Linked> = Vec::new();
    for name in (0..tags.len()).filter(is_name) {
        let mut posts = linker.before(name, &claimed);
        posts.extend(linker.after(name));
        posts.iter().for_each(|(post, _)| claimed[*post] = true);
        all.push(Linked { name, posts });
    }
    linker.appoint(&mut all, &mut claimed);
    linker.share(&mut all);
    all
}

struct Linker<'t> {
    words: &'t Words<'t>,
    tags: &'t [Tagged],
}

impl Linker<'_> {
    /// What stands between two tags that follow each other: the gap, where no word does; or
    /// the joining words.
    fn between(&self, left: usize, right: usize) -> Between<'_> {
        let (Some(a), Some(b)) = (self.tags.get(left), self.tags.get(right)) else {
            return Between::Words;
        };
        if a.end == b.first {
            return Between::Gap(self.words.gap(b.first).trim());
        }
        let joining = |i: usize| {
            let token = self.words.get(i);
            token.is_some_and(|t| {
                matches!(
                    t.acc,
                    "và" | "kiêm" | "kiêm nhiệm" | "đồng" | "thời" | "là" | "cũng" | "vừa"
                )
            }) && !self.words.gap(i).contains(['.', ';'])
        };
        if b.first - a.end <= 3 && (a.end..b.first).all(joining) {
            return Between::Joined;
        }
        Between::Words
    }

    /// The posts that follow a name.
    fn after(&self, name: usize) -> Vec<(usize, Tenure)> {
        let mut posts = Vec::new();
        let mut at = name;
        loop {
            let mut next = at + 1;
            let mut tenure = Tenure::Current;
            let mut linked = false;
            let mut joint = self.between(at, next);
            while let Some(tagged) = self.tags.get(next) {
                match &tagged.tag {
                    Tag::Link { ends } if !linked => {
                        linked = true;
                        if *ends {
                            tenure = Tenure::Former;
                        }
                    }
                    Tag::State { acting } => {
                        tenure = if *acting { Tenure::Acting } else { Tenure::Former };
                    }
                    _ => break,
                }
                if !joint.goes_on() {
                    return posts;
                }
                joint = self.between(next, next + 1);
                next += 1;
            }
            let Some(Tagged { tag: Tag::Post(post), .. }) = self.tags.get(next) else {
                return posts;
            };
            // `A - Thành viên` on a list of a group; in a sentence these are parts taken for an hour.
            let set_off = matches!(joint, Between::Gap("-" | "–" | ":" | "("));
            if post.is_of_the_moment() && !set_off {
                return posts;
            }
            let loose = !joint.goes_on() && (!linked || !matches!(joint, Between::Joined));
            if loose || self.names_another(next, matches!(joint, Between::Joined)) {
                return posts;
            }
            let bare = post.body.is_empty() && post.places.is_empty();
            if !posts.is_empty() && bare && COLLECTIVE.contains(&post.title.as_str()) {
                return posts;
            }
            posts.push((next, tenure));
            at = next;
        }
    }

    /// Whether a post is followed by the name of its holder: `Phó Chủ tịch UBND phường Trần Văn B`.
    fn names_another(&self, post: usize, and: bool) -> bool {
        let mut next = post + 1;
        let is_titled = matches!(self.tags.get(next).map(|t| &t.tag), Some(Tag::Honorific { .. }));
        let dashed =
            matches!(self.between(post, next), Between::Gap("-" | "–")) && is_titled && and;
        if !dashed && !matches!(self.between(post, next), Between::Gap("" | ":")) {
            return false;
        }
        while matches!(self.tags.get(next).map(|t| &t.tag), Some(Tag::Honorific { .. })) {
            next += 1;
        }
        matches!(self.tags.get(next).map(|t| &t.tag), Some(Tag::Name(_)))
            && matches!(self.between(next - 1, next), Between::Gap("" | "." | ":" | "-" | "–"))
    }

    /// The posts that stand before a name and belong to nobody else.
    fn before(&self, name: usize, claimed: &[bool]) -> Vec<(usize, Tenure)> {
        let mut posts = Vec::new();
        let mut at = name;
        while let Some(before) = at.checked_sub(1) {
            let honorific = matches!(self.tags[before].tag, Tag::Honorific { .. });
            if !honorific || !matches!(self.between(before, at), Between::Gap("" | "." | ":" | "/"))
            {
                break;
            }
            at = before;
        }
        let titled = at < name;
        while let Some(before) = at.checked_sub(1) {
            let Tag::Post(_) = &self.tags[before].tag else { break };
            let near = match self.between(before, at) {
                Between::Gap("" | ":" | "-" | "–" | "(") => true,
                Between::Gap(",") => !posts.is_empty() || titled,
                Between::Joined => !posts.is_empty(),
                _ => false,
            };
            if !near || claimed[before] || self.is_on_behalf(before) {
                break;
            }
            let state = before.checked_sub(1).map(|i| &self.tags[i].tag);
            let (tenure, first) = match state {
                Some(Tag::State { acting })
                    if self.tags[before - 1].end == self.tags[before].first =>
                {
                    (if *acting { Tenure::Acting } else { Tenure::Former }, before - 1)
                }
                _ => (Tenure::Current, before),
            };
            posts.insert(0, (before, tenure));
            at = first;
        }
        posts
    }

    /// `Thay mặt Chủ tịch UBND phường, ông A …`: the post is another's.
    fn is_on_behalf(&self, post: usize) -> bool {
        const WORDS: [&str; 6] =
            ["thay mặt", "thừa lệnh", "uỷ quyền", "uỷ quyền của", "thừa uỷ quyền", "theo uỷ quyền"];
        let first = match post.checked_sub(1).map(|i| &self.tags[i]) {
            Some(Tagged { first, end, tag: Tag::State { .. } })
                if *end == self.tags[post].first =>
            {
                *first
            }
            _ => self.tags[post].first,
        };
        let begins = |end: usize, phrase: &&str| {
            let length = phrase.split(' ').count();
            let key = crate::key::exact_phrase(phrase);
            end.checked_sub(length).is_some_and(|from| self.words.keys(from, end) == key)
        };
        // `uỷ quyền` itself may have been read as `quyền`.
        WORDS.iter().any(|phrase| begins(first, phrase) || begins(self.tags[post].first, phrase))
    }

    /// `… thôi tham gia Ban Chấp hành để giữ chức Phó Chủ tịch UBND quận`: the post of whoever was
    /// named last in the sentence.
    fn appoint(&self, all: &mut [Linked], claimed: &mut [bool]) {
        for link in 0..self.tags.len().saturating_sub(1) {
            let Tag::Link { ends } = self.tags[link].tag else { continue };
            let speaks_of_a_post = self.tags[link].end - self.tags[link].first >= 2;
            let mut post = link + 1;
            let mut tenure = if ends { Tenure::Former } else { Tenure::Current };
            if let Some(Tag::State { acting }) = self.tags.get(post).map(|t| &t.tag) {
                tenure = if *acting { Tenure::Acting } else { Tenure::Former };
                post += 1;
            }
            let is_post = matches!(self.tags.get(post).map(|t| &t.tag), Some(Tag::Post(_)));
            if !is_post || !speaks_of_a_post || claimed[post] || self.names_another(post, false) {
                continue;
            }
            let near = matches!(self.between(link, link + 1), Between::Gap("" | ":"));
            let named = all.iter_mut().rev().find(|l| l.name < link);
            if let Some(named) = named.filter(|_| near)
                && self.is_one_sentence(named.name, post)
            {
                named.posts.push((post, tenure));
                claimed[post] = true;
            }
        }
    }

    fn is_one_sentence(&self, left: usize, right: usize) -> bool {
        let (from, to) = (self.tags[left].end, self.tags[right].first);
        (from..=to).all(|i| !self.words.gap(i).contains(['.', ';', '!', '?']))
    }

    /// Gives a post that is said of a list to everybody in it.
    fn share(&self, all: &mut [Linked]) {
        for i in 1..all.len() {
            let (done, rest) = all.split_at_mut(i);
            let (Some(left), Some(right)) = (done.last(), rest.first_mut()) else { continue };
            // `các Phó Chủ tịch UBND phường: A, B và C`
            if right.posts.is_empty()
                && self.is_listed(left.name, right.name)
                && let Some((post, tenure)) =
                    left.posts.first().filter(|(post, _)| *post < left.name)
                && self.is_said_of_many(*post)
            {
                right.posts.push((*post, *tenure));
            }
        }
        // `các đồng chí A và B - Phó Chủ tịch UBND phường`
        for i in (1..all.len()).rev() {
            let (rest, done) = all.split_at_mut(i);
            let (Some(left), Some(right)) = (rest.last_mut(), done.first()) else { continue };
            if left.posts.is_empty()
                && self.is_listed(left.name, right.name)
                && let Some((post, tenure)) =
                    right.posts.first().filter(|(post, _)| *post > right.name)
                && self.many_may_hold(*post)
                && self.is_set_off(right.name, *post)
                && self.list_is_announced(left.name)
            {
                left.posts.push((*post, *tenure));
            }
        }
    }

    /// Whether a post behind a list is told from those of its last name: by a dash, or `giữ chức vụ`.
    fn is_set_off(&self, name: usize, post: usize) -> bool {
        let linked = matches!(self.tags[post - 1].tag, Tag::Link { .. });
        linked || matches!(self.between(name, post), Between::Gap("-" | "–" | "(" | ":"))
    }

    fn is_listed(&self, left: usize, right: usize) -> bool {
        let mut at = left;
        // A title of address may be said again: `ông A, ông B`.
        while at + 1 < right {
            if !matches!(self.tags[at + 1].tag, Tag::Honorific { .. }) {
                return false;
            }
            at += 1;
        }
        let (a, b) = (&self.tags[left], &self.tags[left + 1]);
        a.end == b.first && matches!(self.words.gap(b.first).trim(), "," | ";")
            || (a.end + 1 == b.first && self.words.get(a.end).is_some_and(|t| t.acc == "và"))
    }

    /// Whether `các` stands before a post, or before the title of address before it.
    fn is_said_of_many(&self, post: usize) -> bool {
        let first = self.tags[post].first;
        let plural = |i: usize| {
            self.words.get(i).is_some_and(|t| matches!(t.acc, "các" | "hai" | "ba" | "những"))
        };
        let before = post.checked_sub(1).map(|i| &self.tags[i]);
        let titled = before.filter(|tagged| tagged.end == first);
        first.checked_sub(1).is_some_and(plural)
            || titled.is_some_and(|t| matches!(t.tag, Tag::Honorific { plural: true }))
    }

    fn many_may_hold(&self, post: usize) -> bool {
        let Tag::Post(post) = &self.tags[post].tag else { return false };
        post.title.starts_with("phó ")
            || post.title.starts_with("uỷ viên")
            || post.title.starts_with("đại biểu")
            || COLLECTIVE.contains(&post.title.as_str())
    }

    /// Whether a list begins with `các đồng chí`.
    fn list_is_announced(&self, name: usize) -> bool {
        let mut at = name;
        while let Some(before) = at.checked_sub(1) {
            match &self.tags[before].tag {
                Tag::Honorific { plural } => return *plural,
                Tag::Name(_) if self.is_listed(before, at) => at = before,
                _ => return false,
            }
        }
        false
    }
}

/// What stands between two tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Between<'t> {
    /// Nothing but this.
    Gap(&'t str),
    /// Words like `và`, `kiêm`.
    Joined,
    /// Other words.
    Words,
}

impl Between<'_> {
    /// Whether what was said of somebody goes on.
    fn goes_on(self) -> bool {
        match self {
            Self::Gap(gap) => {
                matches!(gap, "" | "," | "-" | "–" | "—" | "(" | ":" | ", -" | "/" | "+" | "),")
            }
            Self::Joined => true,
            Self::Words => false,
        }
    }
}
