//! The best fragment of an article's texts.

use crate::highlight::{Marker, Match, render, touch};
use crate::rerank::Places;

/// Length of a fragment in bytes: about 160 letters, two lines on a phone held upright twice over.
const FRAGMENT_BYTES: usize = 300;
/// Bytes shown before the first match of a fragment cut out of a longer text.
const LEAD_IN_BYTES: usize = 60;
/// What two matches side by side add to a fragment's score.
const ADJACENCY: f32 = 1.5;
/// Bytes of an article that are looked through.
const READ_BYTES_MAX: usize = 128 * 1024;
/// Tokens of a fragment, about.
const WINDOW_TOKENS: u32 = 40;
/// What a word with other marks than typed, or typed without, is worth when texts are compared.
const OTHER_MARKS: f32 = 0.9;
/// Matches looked at in one text; more say nothing new.
const MATCHES_MAX: usize = 500;

/// The fragment of an article's texts that says most about the query, escaped and marked. Without
/// any match it is the beginning. Where the index knows the places of the words, only the text
/// where they stand best is read.
pub(crate) fn snippet(marker: &Marker, title: &str, texts: &[&str], places: &Places) -> String {
    if marker.is_plain()
        && let Some((text, place)) = best_place(marker, title, texts, places)
        && let Some((start, matches)) = around(marker, text, place)
    {
        return fragment(text, start, &matches);
    }
    let mut best: Option<(f32, &str, usize, Vec<Match>)> = None;
    let mut read = 0;
    for text in texts.iter().filter(|text| !text.is_empty()) {
        if read >= READ_BYTES_MAX {
            break;
        }
        // What stands behind that much text is found, but not shown.
        let text = &text[..text.floor_char_boundary(READ_BYTES_MAX - read)];
        read += text.len();
        if let Some((score, start, matches)) = best_fragment(marker, text)
            && best.as_ref().is_none_or(|(known, ..)| score > *known)
        {
            let whole = marker.is_whole(text, &matches);
            best = Some((score, text, start, matches));
            if whole {
                // No other text can say more than the whole query in one piece.
                break;
            }
        }
    }
    match best {
        Some((_, text, start, matches)) => fragment(text, start, &matches),
        None => {
            let first = texts.iter().find(|text| !text.is_empty());
            first.map(|text| fragment(text, 0, &[])).unwrap_or_default()
        }
    }
}

fn best_fragment(marker: &Marker, text: &str) -> Option<(f32, usize, Vec<Match>)> {
    let mut matches = marker.matches(text);
    matches.truncate(MATCHES_MAX);
    best_window(text, &matches).map(|(score, start)| (score, start, matches))
}

/// The best fragment near a place of a text: only what could be shown is read.
fn around(marker: &Marker, text: &str, place: usize) -> Option<(usize, Vec<Match>)> {
    let at = vietnamese::offset_of_place(text, place)?;
    let start = match at.saturating_sub(2 * LEAD_IN_BYTES) {
        0 => 0,
        from => after_space(text, from, at),
    };
    let end = text.len().min(at + 2 * FRAGMENT_BYTES);
    let end = if end == text.len() { end } else { before_space(text, end, at) };
    let (_, first, mut matches) = best_fragment(marker, &text[start..end])?;
    for found in &mut matches {
        found.range = found.range.start + start..found.range.end + start;
    }
    Some((first + start, matches))
}

/// The text in which the most words of the query stand closest, and the first place of these in
/// it; the first of equals. The title's places come first: it is shown beside the fragment.
fn best_place<'a>(
    marker: &Marker,
    title: &str,
    texts: &[&'a str],
    places: &Places,
) -> Option<(&'a str, usize)> {
    let mut best: Option<(f32, &str, usize)> = None;
    let mut end = places_of(title);
    let (mut words, mut read) = (&places.words[..], 0);
    for text in texts {
        let start = end;
        words = &words[words.partition_point(|(place, _)| *place < start)..];
        if words.is_empty() || read >= READ_BYTES_MAX {
            break;
        }
        let text = &text[..text.floor_char_boundary(READ_BYTES_MAX - read)];
        read += text.len();
        end += places_of(text);
        let own = &words[..words.partition_point(|(place, _)| *place < end)];
        let (score, place) = closest(marker, &own[..own.len().min(MATCHES_MAX)], &places.exact);
        if score > best.map_or(0.0, |(score, ..)| score) {
            best = Some((score, text, (place - start) as usize));
        }
    }
    best.map(|(_, text, place)| (text, place))
}

/// The places that a text takes up in an index: one for each token, and one before each line.
fn places_of(text: &str) -> u32 {
    let (tokens, lines) = vietnamese::count(text);
    (tokens + lines) as u32
}

/// The score of the best window and its first place: different words count whole, repeated ones little, neighbours
/// extra, as in [`score`].
fn closest(marker: &Marker, words: &[(u32, usize)], exact: &[u32]) -> (f32, u32) {
    let mut best = (0.0_f32, 0);
    for (at, (first, _)) in words.iter().enumerate() {
        let (mut total, mut seen) = (0.0, 0_u64);
        let window = words[at..].iter().take_while(|(place, _)| *place < first + WINDOW_TOKENS);
        let mut before: Option<(u32, usize)> = None;
        for (place, word) in window {
            let marks = if exact.binary_search(place).is_ok() { 1.0 } else { OTHER_MARKS };
            let weight = marker.weight(*word) * marks;
            let known = seen >> word & 1 == 1;
            total += if known { 0.1 * weight } else { weight };
            if !known && before.is_some_and(|(p, w)| p + 1 == *place && w + 1 == *word) {
                total += ADJACENCY;
            }
            seen |= 1 << word;
            before = Some((*place, *word));
        }
        if total > best.0 {
            best = (total, *first);
        }
    }
    best
}

/// The score and the first byte of the best window that begins at a match.
fn best_window(text: &str, matches: &[Match]) -> Option<(f32, usize)> {
    let windows = matches.iter().enumerate().map(|(i, first)| {
        let end = first.range.start + FRAGMENT_BYTES - LEAD_IN_BYTES;
        let window = &matches[i..];
        let window = &window[..window.iter().take_while(|m| m.range.end <= end).count()];
        (score(text, window), first.range.start)
    });
    // The first of equals: what stands earlier in a text is read first.
    windows.reduce(|best, next| if next.0 > best.0 { next } else { best })
}

/// Different words count whole, repeated ones little, neighbours extra.
fn score(text: &str, window: &[Match]) -> f32 {
    let mut total = 0.0;
    for (i, found) in window.iter().enumerate() {
        let known = window[..i].iter().any(|earlier| earlier.key == found.key);
        total += if known { 0.1 * found.weight } else { found.weight };
        if !known && i > 0 && touch(text, &window[i - 1].range, &found.range) {
            total += ADJACENCY;
        }
    }
    total
}

/// Cuts the fragment at spaces and marks it; `…` shows where text was left out.
fn fragment(text: &str, match_start: usize, matches: &[Match]) -> String {
    let start = if text.len() <= FRAGMENT_BYTES || match_start <= LEAD_IN_BYTES {
        0
    } else {
        after_space(text, match_start.saturating_sub(LEAD_IN_BYTES), match_start)
    };
    let end = if text.len() - start <= FRAGMENT_BYTES {
        text.len()
    } else {
        before_space(text, start + FRAGMENT_BYTES, match_start)
    };
    let mut html = String::new();
    if start > 0 {
        html.push('…');
    }
    html.push_str(&render(text, start..end, matches));
    if end < text.len() {
        html.push('…');
    }
    html
}

/// The first byte of a word at or after `from`, at the latest `latest`.
fn after_space(text: &str, from: usize, latest: usize) -> usize {
    let from = text.floor_char_boundary(from).min(latest);
    text[from..latest].split_inclusive(char::is_whitespace).next().map_or(latest, |word| {
        if word.ends_with(char::is_whitespace) { from + word.len() } else { latest }
    })
}

/// The end of a word before `to`, at the earliest behind `earliest`.
fn before_space(text: &str, to: usize, earliest: usize) -> usize {
    let to = text.floor_char_boundary(to.min(text.len()));
    match text[..to].rfind(char::is_whitespace) {
        Some(at) if at > earliest => at,
        _ => to,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::Query;
    use proptest::prelude::*;

    fn of(query: &str, texts: &[&str]) -> String {
        let query = Query::read(query, jiff::civil::Date::MIN);
        snippet(&Marker::new(&query, &[]), "", texts, &Places::default())
    }

    #[test]
    fn the_fragment_with_the_words_together_wins() {
        let far = format!("giải {} phóng mặt bằng tổ 3", "một hai ba ".repeat(60));
        let html = of("giai phong mat bang", &["giải ngân", &far, "cuối"]);
        assert!(html.contains("<mark>phóng mặt bằng</mark> tổ 3"), "{html}");
        assert!(html.starts_with('…'), "{html}");
    }

    #[test]
    fn the_whole_query_in_one_piece_ends_the_search() {
        let html = of(
            "giai phong mat bang",
            &["Giải phóng", "Về giải phóng mặt bằng", "giải phóng mặt bằng 2"],
        );
        assert_eq!(html, "Về <mark>giải phóng mặt bằng</mark>");
    }

    #[test]
    fn without_a_match_the_beginning_is_shown() {
        assert_eq!(of("xyz", &["", "Đầu tin.", "Thân tin."]), "Đầu tin.");
    }

    proptest! {
        #[test]
        fn a_fragment_is_a_part_of_the_text(words in prop::collection::vec("[a-zàêốữđ]{1,9}", 1..200), at in 0usize..200) {
            let text = words.join(" ");
            prop_assume!(!vietnamese::is_stop_syllable(&words[at % words.len()]));
            let html = of(&words[at % words.len()], &[&text]);
            let plain = html.replace("<mark>", "").replace("</mark>", "");
            prop_assert!(text.contains(plain.trim_matches('…')));
            prop_assert!(html.contains("<mark>"));
        }
    }
}
