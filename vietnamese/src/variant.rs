//! What a syllable may have been meant for: the same letters with other marks, the pairs that
//! dialects and spelling confuse, and slips of one letter.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, LazyLock, PoisonError, RwLock};

use crate::key::{exact_key, fold_key};
use crate::syllable::{ONSETS, Syllable, Tone, rhymes};

/// Letters of a folded syllable that may be marked.
const MARKED_LETTERS_MAX: usize = 5;

/// Onsets that are heard alike in one dialect or another, and codas.
const ONSET_PAIRS: [(&str, &str); 8] = [
    ("s", "x"),
    ("ch", "tr"),
    ("d", "gi"),
    ("d", "r"),
    ("gi", "r"),
    ("n", "l"),
    ("ng", "ngh"),
    ("g", "gh"),
];
const CODA_PAIRS: [(&str, &str); 3] = [("n", "ng"), ("c", "t"), ("n", "nh")];
const RHYME_PAIRS: [(&str, &str); 4] = [("i", "y"), ("ươu", "ưu"), ("iêu", "ưu"), ("ai", "ay")];

/// The exact keys of all syllables whose folded key this is: `sai` gives `sai`, `sài`, `sái` …
pub fn accented(fold: &str) -> Arc<[String]> {
    /// There are 2,276 folded syllables; what is none gives nothing, and is not remembered.
    static KNOWN: LazyLock<RwLock<HashMap<String, Arc<[String]>>>> =
        LazyLock::new(Default::default);
    if let Some(known) = KNOWN.read().unwrap_or_else(PoisonError::into_inner).get(fold) {
        return known.clone();
    }
    let keys: Arc<[String]> = all_accented(fold).into();
    if !keys.is_empty() {
        let mut known = KNOWN.write().unwrap_or_else(PoisonError::into_inner);
        known.insert(fold.to_owned(), keys.clone());
    }
    keys
}

fn all_accented(fold: &str) -> Vec<String> {
    let choices: Vec<&[char]> = fold.chars().map(marked).collect();
    if !fold.is_ascii() || choices.iter().filter(|c| c.len() > 1).count() > MARKED_LETTERS_MAX {
        return Vec::new();
    }
    let mut letters = vec![String::new()];
    for choice in &choices {
        let longer =
            letters.iter().flat_map(|begun| choice.iter().map(move |c| format!("{begun}{c}")));
        letters = longer.collect();
    }
    let spelled = letters.iter().flat_map(|letters| Tone::ALL.map(|tone| spell(letters, tone)));
    let mut keys: Vec<String> = spelled.flatten().filter(|key| fold_key(key) == fold).collect();
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// The exact keys of syllables that are often written for this one: other onsets and codas that
/// sound alike, `hỏi` for `ngã`. Empty when the key is no syllable.
pub fn confused(acc: &str) -> Vec<String> {
    let (letters, tone) = Tone::split(acc);
    let Some(Syllable { onset, rhyme, tone }) = Syllable::parse(&letters, tone) else {
        // `gậi` is none; `gậy` is.
        let ends = letters.strip_suffix('i').map(|begun| format!("{begun}y"));
        return ends.and_then(|letters| spell(&letters, tone)).into_iter().collect();
    };
    let mut found = Vec::new();
    for (one, other) in either_way(&ONSET_PAIRS) {
        if onset == one {
            found.extend(spell(&format!("{other}{rhyme}"), tone));
        }
    }
    for (one, other) in either_way(&CODA_PAIRS) {
        if let Some(vowels) = rhyme.strip_suffix(one).filter(|v| v.ends_with(is_vowel)) {
            found.extend(spell(&format!("{onset}{vowels}{other}"), tone));
        }
    }
    for (one, other) in either_way(&RHYME_PAIRS) {
        if rhyme == one {
            found.extend(spell(&format!("{onset}{other}"), tone));
        }
    }
    let swapped = match tone {
        Tone::Hoi => Some(Tone::Nga),
        Tone::Nga => Some(Tone::Hoi),
        _ => None,
    };
    found.extend(swapped.and_then(|tone| spell(&letters, tone)));
    found.retain(|key| key != acc);
    found.sort_unstable();
    found.dedup();
    found
}

/// The folded keys of syllables one slip away: a letter too many, too few, another, or two swapped.
pub fn slips(fold: &str) -> Vec<String> {
    /// Longest folded syllable (`nghieng`), and one letter more.
    const LETTERS_MAX: usize = 8;
    static FOLDED: LazyLock<HashSet<String>> = LazyLock::new(|| {
        let all =
            ONSETS.iter().flat_map(|onset| rhymes().map(move |rhyme| format!("{onset}{rhyme}")));
        all.map(|letters| fold_key(&exact_key(&letters))).collect()
    });
    if fold.len() > LETTERS_MAX || !fold.bytes().all(|b| b.is_ascii_lowercase()) {
        return Vec::new();
    }
    let mut found = Vec::new();
    for at in 0..=fold.len() {
        let (before, after) = fold.split_at(at);
        let mut letters = after.chars();
        let (first, rest) = (letters.next(), letters.as_str());
        for letter in 'a'..='z' {
            found.push(format!("{before}{letter}{after}"));
            if first.is_some() {
                found.push(format!("{before}{letter}{rest}"));
            }
        }
        if let Some(first) = first {
            found.push(format!("{before}{rest}"));
            if let Some(second) = rest.chars().next() {
                found.push(format!("{before}{second}{first}{}", &rest[1..]));
            }
        }
    }
    found.retain(|slip| slip != fold && FOLDED.contains(slip));
    found.sort_unstable();
    found.dedup();
    found
}

/// Whether a syllable that is being typed may become this one: letters typed without marks stand
/// for any, and a tone that was typed holds. Both are exact keys.
pub fn may_become(typed: &str, acc: &str) -> bool {
    let ((typed, tone), (letters, own)) = (Tone::split(typed), Tone::split(acc));
    let mut rest = letters.chars();
    (tone == Tone::Ngang || tone == own)
        && typed.chars().all(|c| {
            let same = |own: char| c == own || fold_key(&own.to_string()) == c.to_string();
            rest.next().is_some_and(same)
        })
}

fn either_way<'a>(pairs: &[(&'a str, &'a str)]) -> impl Iterator<Item = (&'a str, &'a str)> {
    pairs.iter().flat_map(|(a, b)| [(*a, *b), (*b, *a)])
}

/// The exact key of letters with a tone, where they are a syllable.
fn spell(letters: &str, tone: Tone) -> Option<String> {
    let mut spelled = String::with_capacity(letters.len() + 2);
    Syllable::parse(letters, tone)?.write_to(&mut spelled);
    Some(exact_key(&spelled))
}

fn is_vowel(c: char) -> bool {
    "aăâeêioôơuưy".contains(c)
}

/// The letters that fold to this one.
fn marked(letter: char) -> &'static [char] {
    match letter {
        'a' => &['a', 'ă', 'â'],
        'd' => &['d', 'đ'],
        'e' => &['e', 'ê'],
        'i' => &['i'],
        'o' => &['o', 'ô', 'ơ'],
        'u' => &['u', 'ư'],
        // `ly` is the folded key of `li` as well.
        'y' => &['y', 'i'],
        'b' => &['b'],
        'c' => &['c'],
        'g' => &['g'],
        'h' => &['h'],
        'k' => &['k'],
        'l' => &['l'],
        'm' => &['m'],
        'n' => &['n'],
        'p' => &['p'],
        'q' => &['q'],
        'r' => &['r'],
        's' => &['s'],
        't' => &['t'],
        'v' => &['v'],
        'x' => &['x'],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn has(keys: &[String], key: &str) -> bool {
        keys.iter().any(|k| *k == exact_key(key))
    }

    #[test]
    fn a_folded_key_has_all_its_accents() {
        for (fold, keys) in [
            ("dong", ["đồng", "dòng", "động"]),
            ("uy", ["ủy", "uỷ", "uy"]),
            ("phuong", ["phường", "phương", "phượng"]),
            ("ly", ["lý", "lí", "lỵ"]),
        ] {
            let found = accented(fold);
            assert!(keys.iter().all(|key| has(&found, key)), "{fold}: {found:?}");
        }
        assert!(accented("covid").is_empty());
        assert!(!has(&accented("cat"), "cảt"));
    }

    #[test]
    fn what_sounds_alike_is_confused() {
        for (written, meant) in [
            ("hổ", "hỗ"),
            ("xử", "sử"),
            ("trống", "chống"),
            ("dành", "giành"),
            ("nên", "lên"),
            ("khoăn", "khoăng"),
            ("biếc", "biết"),
            ("mỹ", "mĩ"),
            ("gậi", "gậy"),
        ] {
            let (written, meant) = (exact_key(written), exact_key(meant));
            assert!(written == meant || confused(&written).contains(&meant), "{written}");
        }
        assert_eq!(confused("covid"), [""; 0]);
    }

    #[test]
    fn marks_that_were_typed_hold() {
        for (typed, acc, may) in [
            ("ph", "phường", true),
            ("phuo", "phường", true),
            ("phươ", "phường", true),
            ("phườ", "phường", true),
            ("phướ", "phường", false),
            ("phô", "phòng", false),
            ("phường", "phường", true),
            ("phườngs", "phường", false),
            ("d", "đồng", true),
            ("đ", "dòng", false),
        ] {
            assert_eq!(may_become(typed, acc), may, "{typed} {acc}");
        }
    }

    #[test]
    fn a_slip_of_one_letter_leads_to_a_syllable() {
        assert!(slips("phuog").contains(&"phuong".to_owned()));
        assert!(slips("hpuong").contains(&"phuong".to_owned()));
        assert!(!slips("phuong").contains(&"phuongs".to_owned()));
    }

    proptest! {
        #[test]
        fn variants_are_keys_of_their_own(word in "[a-z]{0,7}|\\PC{0,6}") {
            let fold = fold_key(&exact_key(&word));
            for key in accented(&fold).iter() {
                prop_assert_eq!(fold_key(key), fold.clone());
            }
            for key in confused(&exact_key(&word)) {
                prop_assert_eq!(exact_key(&key), key);
            }
            for key in slips(&fold) {
                prop_assert_eq!(fold_key(&exact_key(&key)), key);
            }
        }
    }
}
