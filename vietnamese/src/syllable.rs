//! The grammar of the syllable: onset, rhyme, tone, and where the tone mark is written.
//!
//! A syllable is parsed from its letters and its tone, wherever the tone was typed, and spelled
//! again in one way. Not here: deciding which stretch of a text is a syllable (see `scan`).

use std::collections::HashSet;
use std::sync::LazyLock;

use unicode_normalization::UnicodeNormalization;

/// Onsets, the longest first, so that `ngh` is tried before `ng` and `gi` before `g`.
pub(crate) const ONSETS: [&str; 28] = [
    "ngh", "ch", "gh", "gi", "kh", "ng", "nh", "ph", "qu", "th", "tr", "b", "c", "d", "đ", "g",
    "h", "k", "l", "m", "n", "p", "r", "s", "t", "v", "x", "",
];

/// Rhymes as written without their tone (the inventory of Vietnamese orthography; see
/// Đoàn Thiện Thuật, *Ngữ âm tiếng Việt*, 1977, and the rare ones of loans such as `oong`).
const RHYMES: &str = "a ac ach ai am an ang anh ao ap at au ay \
    ăc ăm ăn ăng ăp ăt âc âm ân âng âp ât âu ây \
    e ec em en eng eo ep et ê êch êm ên ênh êp êt êu \
    i ia ich im in inh ip it iu iêc iêm iên iêng iêp iêt iêu \
    o oa oac oach oai oam oan oang oanh oao oap oat oay oăc oăm oăn oăng oăt oe oem oen oeo oet \
    oc oi om on ong ooc oong op ot ô ôc ôi ôm ôn ông ôp ôt ơ ơi ơm ơn ơp ơt \
    u ua uân uâng uât uây uc ui um un ung uôc uôi uôm uôn uông uôt uơ up ut uê uêch uên uênh uêt \
    uy uya uych uyên uyêt uyn uynh uyp uyt uyu \
    ư ưa ưc ưi ưm ưn ưng ươc ươi ươm ươn ương ươp ươt ươu ưt ưu \
    y yêm yên yêng yêt yêu ych yn ynh yt";

static RHYME_SET: LazyLock<HashSet<&'static str>> =
    LazyLock::new(|| RHYMES.split_whitespace().collect());

/// All rhymes, without their tone.
pub(crate) fn rhymes() -> impl Iterator<Item = &'static str> {
    RHYMES.split_whitespace()
}

/// Syllables written with `i` or `y` alike when open (`kĩ`/`kỹ`, `lí`/`lý`); never after v, b, n, d.
const I_OR_Y: [&str; 7] = ["hi", "ki", "li", "mi", "qui", "si", "ti"];

/// Syllables that carry grammar rather than subject; a query leans on its other words.
const STOP_SYLLABLES: [&str; 34] = [
    "là", "gì", "ở", "đâu", "có", "được", "của", "những", "các", "và", "với", "cho", "về", "tại",
    "trong", "để", "khi", "nào", "như", "thế", "này", "đó", "thì", "mà", "bị", "bởi", "từ", "đến",
    "ra", "vào", "một", "bao", "nhiêu", "ai",
];

/// The six tones, by their Vietnamese names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Tone {
    /// Level, unmarked: `ma`.
    Ngang,
    /// Falling, grave: `mà`.
    Huyen,
    /// Rising, acute: `má`.
    Sac,
    /// Dipping, hook above: `mả`.
    Hoi,
    /// Broken, tilde: `mã`.
    Nga,
    /// Heavy, dot below: `mạ`.
    Nang,
}

impl Tone {
    pub(crate) const ALL: [Self; 6] =
        [Self::Ngang, Self::Huyen, Self::Sac, Self::Hoi, Self::Nga, Self::Nang];

    /// The letters of an exact key without its tone, and the tone.
    pub(crate) fn split(acc: &str) -> (String, Self) {
        let mut tone = Self::Ngang;
        let letters = acc.nfd().filter(|c| match Self::from_mark(*c) {
            Some(found) => {
                tone = found;
                false
            }
            None => true,
        });
        let letters: String = letters.nfc().collect();
        (letters, tone)
    }

    /// The tone that a combining mark writes, if it writes one.
    pub(crate) fn from_mark(mark: char) -> Option<Self> {
        match mark {
            '\u{300}' => Some(Self::Huyen),
            '\u{301}' => Some(Self::Sac),
            '\u{309}' => Some(Self::Hoi),
            '\u{303}' => Some(Self::Nga),
            '\u{323}' => Some(Self::Nang),
            _ => None,
        }
    }

    pub(crate) fn mark(self) -> Option<char> {
        match self {
            Self::Ngang => None,
            Self::Huyen => Some('\u{300}'),
            Self::Sac => Some('\u{301}'),
            Self::Hoi => Some('\u{309}'),
            Self::Nga => Some('\u{303}'),
            Self::Nang => Some('\u{323}'),
        }
    }
}

/// A well-formed written syllable.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Syllable<'a> {
    /// Consonants before the vowel, as written (`ngh`, `qu`, `gi`, or empty).
    pub(crate) onset: &'a str,
    /// Vowels and final consonant, without the tone mark.
    pub(crate) rhyme: &'a str,
    /// The tone.
    pub(crate) tone: Tone,
}

impl<'a> Syllable<'a> {
    /// Parses lower-case precomposed letters without tone marks, and the tone that was found
    /// anywhere among them. `None` when Vietnamese orthography knows no such syllable.
    pub(crate) fn parse(letters: &'a str, tone: Tone) -> Option<Self> {
        ONSETS.iter().find_map(|onset| {
            let rhyme = letters.strip_prefix(onset)?;
            RHYME_SET.contains(rhyme).then_some(())?;
            let stopped = rhyme.ends_with(['c', 'p', 't']) || rhyme.ends_with("ch");
            if stopped && !matches!(tone, Tone::Ngang | Tone::Sac | Tone::Nang) {
                return None;
            }
            Some(Self { onset: &letters[..onset.len()], rhyme, tone })
        })
    }

    /// Writes the syllable in its one spelling: the tone mark on the vowel of the newer school
    /// (`hoà`, `thuỷ`), and `y` for `i` in open toned syllables where both are in use.
    /// The result is decomposed only where the tone mark stands.
    pub(crate) fn write_to(&self, out: &mut String) {
        let either = self.tone != Tone::Ngang
            && self.rhyme == "i"
            && I_OR_Y.iter().any(|s| s.strip_suffix('i') == Some(self.onset));
        let rhyme = if either { "y" } else { self.rhyme };
        let marked = tone_position(rhyme);
        out.push_str(self.onset);
        for (i, letter) in rhyme.chars().enumerate() {
            out.push(letter);
            if i == marked {
                out.extend(self.tone.mark());
            }
        }
    }
}

/// The index, in letters, of the vowel that carries the tone mark.
fn tone_position(rhyme: &str) -> usize {
    let letters: Vec<char> = rhyme.chars().collect();
    let is_vowel = |c: &char| "aăâeêioôơuưy".contains(*c);
    if let Some(i) = letters.iter().rposition(|c| "ăâêôơư".contains(*c)) {
        return i;
    }
    let vowels = letters.iter().take_while(|c| is_vowel(c)).count();
    let open = vowels == letters.len();
    match (open, vowels) {
        (false, _) => vowels.saturating_sub(1),
        (true, 3) => 1,
        (true, _) if matches!(rhyme, "oa" | "oe" | "uy") => 1,
        (true, _) => 0,
    }
}

/// `i` and `y` made one in a folded key (`ly` for both `li` and `ly`).
pub(crate) fn fold_i_to_y(folded: &mut String) {
    if I_OR_Y.contains(&folded.as_str()) {
        folded.pop();
        folded.push('y');
    }
}

/// Whether an exact key is one of the grammatical syllables: `của`, `các`, `cho` …
pub fn is_stop_syllable(acc: &str) -> bool {
    static STOP: LazyLock<HashSet<String>> =
        LazyLock::new(|| STOP_SYLLABLES.iter().map(|s| crate::exact_key(s)).collect());
    STOP.contains(acc)
}

/// Whether a folded key is that of a grammatical syllable. In a text without marks it may as well
/// be another word: `cho` is `chợ`, `bao` is `báo`, `dau` is `đấu`.
pub fn folds_to_stop_syllable(fold: &str) -> bool {
    static STOP: LazyLock<HashSet<String>> = LazyLock::new(|| {
        STOP_SYLLABLES.iter().map(|s| crate::fold_key(&crate::exact_key(s))).collect()
    });
    STOP.contains(fold)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn respell(letters: &str, tone: Tone) -> Option<String> {
        let mut out = String::new();
        Syllable::parse(letters, tone)?.write_to(&mut out);
        Some(crate::key::compose(&out))
    }

    #[test]
    fn the_tone_is_written_on_one_vowel() {
        for (letters, tone, expected) in [
            ("hoa", Tone::Huyen, "hoà"),
            ("thuy", Tone::Sac, "thuý"),
            ("cua", Tone::Hoi, "của"),
            ("ngoai", Tone::Huyen, "ngoài"),
            ("rươu", Tone::Nang, "rượu"),
            ("chuyên", Tone::Hoi, "chuyển"),
            ("quy", Tone::Sac, "quý"),
            ("qui", Tone::Sac, "quý"),
            ("gin", Tone::Huyen, "gìn"),
            ("giêng", Tone::Sac, "giếng"),
            ("quôc", Tone::Sac, "quốc"),
            ("toan", Tone::Huyen, "toàn"),
            ("ly", Tone::Sac, "lý"),
            ("li", Tone::Sac, "lý"),
            ("vi", Tone::Nang, "vị"),
        ] {
            assert_eq!(respell(letters, tone).as_deref(), Some(expected), "{letters}");
        }
    }

    #[test]
    fn what_is_no_syllable_is_not_parsed() {
        for letters in ["covid", "xyz", "strong", "ubnd", ""] {
            assert_eq!(Syllable::parse(letters, Tone::Ngang), None, "{letters}");
        }
        assert_eq!(Syllable::parse("cac", Tone::Hoi), None, "stopped codas take sắc or nặng");
    }
}
