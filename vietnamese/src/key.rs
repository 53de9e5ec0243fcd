//! The two keys of a syllable: exact (one spelling, all marks) and folded (no marks).
//!
//! Keys are for comparing and indexing only; what is shown is always what the page wrote.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use crate::scan::{is_invisible, scan};
use crate::syllable::{Syllable, Tone, fold_i_to_y};

/// The exact key: lower case, NFC, one place for the tone, one letter for đ, `y` for `i` where
/// both are in use. `Hoà`, `hòa`, and decomposed or doubled marks all give `hoà`.
pub fn exact_key(word: &str) -> String {
    if word.is_ascii() {
        return word.to_ascii_lowercase();
    }
    let marks = decompose(word);
    respell(&marks).unwrap_or_else(|| marks.iter().copied().nfc().collect())
}

/// The folded key of an exact key: no marks, `d` for `đ`, `y` for `i` where both are in use.
pub fn fold_key(exact: &str) -> String {
    let mut folded: String = if exact.is_ascii() {
        exact.to_ascii_lowercase()
    } else {
        exact.nfd().filter(|c| !is_combining_mark(*c)).map(unbar).collect()
    };
    fold_i_to_y(&mut folded);
    folded
}

/// The exact keys of a text, joined by spaces: for comparing names of sections, people, places.
pub fn exact_phrase(text: &str) -> String {
    join(scan(text).iter().map(|token| token.acc))
}

/// The folded keys of a text, joined by spaces.
pub fn fold_phrase(text: &str) -> String {
    join(scan(text).iter().map(|token| token.fold))
}

fn join<'a>(keys: impl Iterator<Item = &'a str>) -> String {
    keys.collect::<Vec<_>>().join(" ")
}

fn unbar(c: char) -> char {
    if c == 'đ' { 'd' } else { c }
}

/// Lower-case letters and marks, decomposed: invisible characters gone, the eths and deprecated
/// tone marks replaced, and a mark that stands twice on one letter kept once.
fn decompose(word: &str) -> Vec<char> {
    let letters = word.chars().filter(|c| !is_invisible(*c)).map(modern);
    let mut out: Vec<char> = Vec::with_capacity(word.len());
    for c in letters.flat_map(char::to_lowercase).nfd() {
        let doubled = is_combining_mark(c)
            && out.iter().rev().take_while(|p| is_combining_mark(**p)).any(|p| *p == c);
        if !doubled {
            out.push(c);
        }
    }
    out
}

/// Look-alikes that are typed for Vietnamese letters.
fn modern(c: char) -> char {
    match c {
        '\u{d0}' | '\u{f0}' | '\u{189}' | '\u{256}' => 'đ',
        '\u{340}' => '\u{300}',
        '\u{341}' => '\u{301}',
        '\u{b2}' => '2',
        '\u{b3}' => '3',
        // Full-width forms, as East Asian keyboards give them, stand 0xFEE0 above ASCII.
        '\u{ff10}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        other => other,
    }
}

/// Spells the syllable in its one way, wherever its tone was written; `None` when the letters are
/// no Vietnamese syllable or carry two different tones.
fn respell(decomposed: &[char]) -> Option<String> {
    let mut tone = Tone::Ngang;
    for found in decomposed.iter().filter_map(|c| Tone::from_mark(*c)) {
        if tone != Tone::Ngang && tone != found {
            return None;
        }
        tone = found;
    }
    let toneless = decomposed.iter().copied().filter(|c| Tone::from_mark(*c).is_none());
    let letters: String = toneless.nfc().collect();
    let syllable = Syllable::parse(&letters, tone)?;
    let mut spelled = String::with_capacity(letters.len() + 2);
    syllable.write_to(&mut spelled);
    Some(compose(&spelled))
}

/// Whether a word is a well-formed Vietnamese syllable, however its tone is written.
pub fn is_syllable(word: &str) -> bool {
    respell(&decompose(word)).is_some()
}

/// Text in normalisation form C, as patterns and comparisons expect it.
pub fn compose(text: &str) -> String {
    text.nfc().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn every_spelling_of_a_syllable_has_one_exact_key() {
        for (written, key) in [
            ("Hòa", "hoà"),
            ("Hoà", "hoà"),
            ("THÚY", "thuý"),
            ("khỏe", "khoẻ"),
            ("quí", "quý"),
            ("kĩ", "kỹ"),
            ("rựơu", "rượu"),
            ("thửơng", "thưởng"),
            ("hoa\u{300}\u{300}", "hoà"),
            ("Ðồng", "đồng"),
            ("ðồng", "đồng"),
            ("phư\u{200b}ờng", "phường"),
            ("u\u{309}y", "uỷ"),
            ("COVID", "covid"),
        ] {
            assert_eq!(exact_key(written), key, "{written}");
        }
    }

    #[test]
    fn the_folded_key_has_no_marks_and_one_letter_for_i_and_y() {
        for (written, key) in [
            ("Đinh", "dinh"),
            ("kỉ", "ky"),
            ("Lí", "ly"),
            ("li", "ly"),
            ("thị", "thi"),
            ("ưu", "uu"),
        ] {
            assert_eq!(fold_key(&exact_key(written)), key, "{written}");
        }
    }

    proptest! {
        #[test]
        fn keys_are_stable_and_blind_to_unicode_form(word in "\\PC{0,12}") {
            let key = exact_key(&word);
            prop_assert_eq!(&exact_key(&key), &key);
            let decomposed: String = word.nfd().collect();
            prop_assert_eq!(exact_key(&decomposed), key.clone());
            let folded = fold_key(&key);
            prop_assert_eq!(&fold_key(&folded), &folded);
        }

        #[test]
        fn vietnamese_syllables_keep_their_key_in_any_case_and_form(
            onset in "(ngh|ng|nh|th|tr|ph|qu|gi|h|l|đ|)",
            rhyme in "(oa|uy|oe|ươu|uyên|iêng|ai|a|i|y|oanh|ưa)",
            mark in 0usize..6,
        ) {
            let tone = ["", "\u{300}", "\u{301}", "\u{309}", "\u{303}", "\u{323}"][mark];
            let word = format!("{onset}{rhyme}{tone}");
            let composed: String = word.nfc().collect();
            prop_assert_eq!(exact_key(&composed), exact_key(&word));
            prop_assert_eq!(exact_key(&composed.to_uppercase()), exact_key(&word));
        }
    }
}
