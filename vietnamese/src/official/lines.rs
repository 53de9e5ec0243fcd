//! What one line says of the people on others: lists below a post, and obituaries.

use super::article::held;
use super::link::{Linked, Tenure};
use super::person::HeldPost;
use super::tag::{Tag, Tagged};
use super::words::Words;
use crate::key::exact_phrase;

/// Whether a line is one of a list: a number or a title of address, then a name.
pub(super) fn is_list_item(words: &Words<'_>, tags: &[Tagged]) -> bool {
    let first = tags.iter().find(|tagged| !matches!(tagged.tag, Tag::Honorific { .. }));
    let begins = tags.first().map_or(usize::MAX, |tagged| tagged.first);
    let numbered = (0..begins.min(2)).all(|i| words.is_number(i));
    begins <= 1 && numbered && first.is_some_and(|first| matches!(first.tag, Tag::Name(_)))
}

/// The post that a line gives to the people on the lines below: `… sau đây giữ chức Phó Chủ tịch:`.
pub(super) fn announced(words: &Words<'_>, tags: &[Tagged], named: &[Linked]) -> Vec<HeldPost> {
    let Some((last, tagged)) = tags.iter().enumerate().next_back() else { return Vec::new() };
    let is_taken = named.iter().any(|link| link.posts.iter().any(|(post, _)| *post == last));
    let ends = words.text.trim_end().ends_with(':');
    let given = tags.iter().any(|t| matches!(t.tag, Tag::Link { .. }))
        || (0..tagged.first).any(|i| words.keys(i, i + 2) == exact_phrase("sau đây"));
    match tagged.tag {
        Tag::Post(_) if ends && given && !is_taken => {
            held(words, tagged, Tenure::Current).into_iter().collect()
        }
        _ => Vec::new(),
    }
}

/// The posts that a line without a name says were held: `nguyên Bí thư Đảng ủy xã, …`.
pub(super) fn former_posts(words: &Words<'_>, tags: &[Tagged]) -> Vec<usize> {
    let mut posts = Vec::new();
    for at in 1..tags.len() {
        let goes_on = tags[at - 1].end == tags[at].first
            && matches!(words.gap(tags[at].first).trim(), "" | "," | ";");
        let follows = matches!(tags[at - 1].tag, Tag::State { acting: false })
            || posts.last() == Some(&(at - 1));
        if matches!(tags[at].tag, Tag::Post(_)) && goes_on && follows {
            posts.push(at);
        }
    }
    posts
}
