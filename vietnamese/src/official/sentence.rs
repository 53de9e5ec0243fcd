//! Sentences: the evidence for a mention is the sentence that it stands in.

/// Short forms whose point ends no sentence.
const ABBREVIATIONS: [&str; 16] =
    ["tp", "q", "p", "h", "tx", "tt", "ths", "ts", "bs", "pgs", "gs", "đ", "ks", "ls", "th", "x"];

/// Letters of the longest short form, and one more.
const WORD_CHARS_MAX: usize = 4;

/// The sentences of a paragraph, by their bytes, in order.
pub(super) fn sentences(text: &str) -> Vec<(usize, usize)> {
    let mut found = Vec::new();
    let mut start = 0;
    for (i, c) in text.char_indices() {
        if ends_sentence(text, i, c) {
            let end = i + c.len_utf8();
            found.push(trimmed(text, start, end));
            start = end;
        }
    }
    found.push(trimmed(text, start, text.len()));
    found
}

/// The sentence that a byte lies in.
pub(super) fn sentence_at(sentences: &[(usize, usize)], at: usize) -> (usize, usize) {
    let next = sentences.partition_point(|(start, _)| *start <= at);
    sentences.get(next.saturating_sub(1)).copied().unwrap_or_default()
}

fn trimmed(text: &str, start: usize, end: usize) -> (usize, usize) {
    let inner = &text[start..end];
    let start = start + (inner.len() - inner.trim_start().len());
    (start, (start + inner.trim().len()).max(start))
}

/// A point, question or exclamation mark before a space and a capital; any line end.
fn ends_sentence(text: &str, i: usize, c: char) -> bool {
    if c == '\n' {
        return true;
    }
    if !matches!(c, '.' | '!' | '?' | '…') {
        return false;
    }
    let mut after = text[i + c.len_utf8()..].chars();
    let spaced = after.next().is_none_or(|next| next.is_whitespace() || matches!(next, '”' | '"'));
    let next = after.find(|next| !next.is_whitespace() && !matches!(next, '”' | '"'));
    let begins = next.is_none_or(|next| !next.is_lowercase());
    let before = text[..i].chars().rev().take(WORD_CHARS_MAX).take_while(|c| c.is_alphabetic());
    let word: String = before.collect::<Vec<_>>().into_iter().rev().collect();
    let short = c == '.' && ABBREVIATIONS.contains(&word.to_lowercase().as_str());
    spaced && begins && !short
}
