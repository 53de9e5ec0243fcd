//! Sentences: the evidence for a mention is the sentence that it stands in.

/// Short forms whose point ends no sentence.
const ABBREVIATIONS: [&str; 16] =
    ["tp", "q", "p", "h", "tx", "tt", "ths", "ts", "bs", "pgs", "gs", "đ", "ks", "ls", "th", "x"];

/// The bytes of the sentence that a byte of a paragraph lies in.
pub(super) fn sentence_at(text: &str, at: usize) -> (usize, usize) {
    let mut start = 0;
    for (i, c) in text.char_indices() {
        if !ends_sentence(text, i, c) {
            continue;
        }
        let end = i + c.len_utf8();
        if at < end {
            return trimmed(text, start, end);
        }
        start = end;
    }
    trimmed(text, start, text.len())
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
    let word = text[..i].rsplit(|c: char| !c.is_alphabetic()).next().unwrap_or_default();
    let short = c == '.' && ABBREVIATIONS.contains(&word.to_lowercase().as_str());
    spaced && begins && !short
}
