//! What is left in a text when the Vietnamese keyboard was off: Telex (`phuowngf`) and VNI
//! (`phu7o7ng2`) keystrokes, read as the syllable they would have given.
//!
//! The keys are those of the two input methods as Unikey and its kin define them. Many English words
//! are keystrokes of something, so this only proposes; whether it occurs, an index knows.

use crate::key::exact_key;
use crate::syllable::{Syllable, Tone};

/// Longest stretch of keystrokes for one syllable: `nghieengs`, `nghie6ng1`, and slips besides.
const KEYS_MAX: usize = 12;

/// The exact keys of the syllables that a word's keystrokes stand for: Telex, then VNI. Empty when
/// the word is already a syllable without them, or gives none.
pub fn retyped(word: &str) -> Vec<String> {
    if !word.is_ascii() || word.len() > KEYS_MAX {
        return Vec::new();
    }
    let word = word.to_ascii_lowercase();
    let found = [Telex::read(&word), Vni::read(&word)].into_iter().flatten();
    let mut keys: Vec<String> = found.filter(|key| *key != word).collect();
    keys.dedup();
    keys
}

/// Letters as they build up, and the tone typed so far.
#[derive(Default)]
struct Typed {
    letters: Vec<char>,
    tone: Option<Tone>,
    /// Whether any key did more than write its letter.
    changed: bool,
}

impl Typed {
    /// Changes the last of some letters into another; whether there was one.
    fn change_last(&mut self, from: &[char], to: impl Fn(char) -> char) -> bool {
        let Some(at) = self.letters.iter().rposition(|c| from.contains(c)) else { return false };
        self.letters[at] = to(self.letters[at]);
        self.changed = true;
        true
    }

    /// `uo` gets both horns, wherever the key was struck; a lone `u` or `o` gets its own.
    fn horn(&mut self) -> bool {
        if self.change_last(&['o'], |_| 'ơ') {
            let at = self.letters.iter().rposition(|c| *c == 'ơ').unwrap_or(0);
            let after_qu = at >= 2 && self.letters[at - 2] == 'q';
            if at > 0 && self.letters[at - 1] == 'u' && !after_qu && at + 1 < self.letters.len() {
                self.letters[at - 1] = 'ư';
            }
            return true;
        }
        self.change_last(&['u'], |_| 'ư')
    }

    fn has_vowel(&self) -> bool {
        self.letters.iter().any(|c| "aeiouyăâêôơư".contains(*c))
    }

    fn syllable(&self) -> Option<String> {
        let letters: String = self.letters.iter().collect();
        // `uơ` of `phuowng` typed before its coda.
        let with_horns = letters.replacen("uơ", "ươ", 1);
        let tone = self.tone.unwrap_or(Tone::Ngang);
        let syllable = [letters, with_horns].into_iter().find_map(|letters| {
            let mut spelled = String::new();
            Syllable::parse(&letters, tone)?.write_to(&mut spelled);
            Some(spelled)
        })?;
        self.changed.then(|| exact_key(&syllable))
    }
}

struct Telex;

impl Telex {
    fn read(word: &str) -> Option<String> {
        let mut typed = Typed::default();
        for key in word.chars() {
            if !key.is_ascii_alphabetic() {
                return None;
            }
            Self::strike(&mut typed, key);
        }
        typed.syllable()
    }

    fn strike(typed: &mut Typed, key: char) {
        let tone = match key {
            'f' => Some(Tone::Huyen),
            's' => Some(Tone::Sac),
            'r' => Some(Tone::Hoi),
            'x' => Some(Tone::Nga),
            'j' => Some(Tone::Nang),
            _ => None,
        };
        if tone.is_some() && typed.has_vowel() && typed.tone.is_none() {
            typed.tone = tone;
            typed.changed = true;
            return;
        }
        let struck = match key {
            'w' => {
                let breve = typed.letters.last() == Some(&'a')
                    || !typed.letters.iter().any(|c| "uo".contains(*c));
                (breve && typed.change_last(&['a'], |_| 'ă')) || typed.horn()
            }
            'a' | 'e' | 'o' if typed.letters.contains(&key) => {
                typed.change_last(&[key], |c| match c {
                    'a' => 'â',
                    'e' => 'ê',
                    _ => 'ô',
                })
            }
            'd' if typed.letters.first() == Some(&'d') => typed.change_last(&['d'], |_| 'đ'),
            _ => false,
        };
        if !struck {
            typed.letters.push(key);
        }
    }
}

struct Vni;

impl Vni {
    fn read(word: &str) -> Option<String> {
        let mut typed = Typed::default();
        for key in word.chars() {
            let struck = match key {
                '1' => Some(Tone::Sac),
                '2' => Some(Tone::Huyen),
                '3' => Some(Tone::Hoi),
                '4' => Some(Tone::Nga),
                '5' => Some(Tone::Nang),
                _ => None,
            };
            if let Some(tone) = struck {
                if typed.tone.is_some() || !typed.has_vowel() {
                    return None;
                }
                typed.tone = Some(tone);
                typed.changed = true;
                continue;
            }
            let done = match key {
                '6' => typed.change_last(&['a', 'e', 'o'], |c| match c {
                    'a' => 'â',
                    'e' => 'ê',
                    _ => 'ô',
                }),
                '7' => typed.horn(),
                '8' => typed.change_last(&['a'], |_| 'ă'),
                '9' => typed.change_last(&['d'], |_| 'đ'),
                letter if letter.is_ascii_alphabetic() => {
                    typed.letters.push(letter);
                    true
                }
                _ => false,
            };
            if !done {
                return None;
            }
        }
        typed.syllable()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn keystrokes_give_their_syllable() {
        for (typed, key) in [
            ("phuowngf", "phường"),
            ("phuwowngf", "phường"),
            ("phuongwf", "phường"),
            ("giair", "giải"),
            ("phongs", "phóng"),
            ("mawtj", "mặt"),
            ("bawngf", "bằng"),
            ("hoaf", "hoà"),
            ("ddoongf", "đồng"),
            ("dongdf", "đòng"),
            ("uwu", "ưu"),
            ("Vieetj", "việt"),
            ("d9o62ng", "đồng"),
            ("phu7o7ng2", "phường"),
            ("phuong72", "phường"),
            ("ba8ng2", "bằng"),
            ("quowr", "quở"),
        ] {
            assert_eq!(retyped(typed).first().map(String::as_str), Some(key), "{typed}");
        }
    }

    #[test]
    fn what_gives_no_syllable_is_left_alone() {
        for typed in
            ["UBND", "phường", "phuong", "strong", "covid19", "2023", "m2", "", "wwwwwwwwwwwwww"]
        {
            assert_eq!(retyped(typed), [""; 0], "{typed}");
        }
    }

    proptest! {
        #[test]
        fn what_is_given_is_a_key(word in "[a-z0-9]{0,14}|\\PC{0,8}") {
            for key in retyped(&word) {
                prop_assert_eq!(exact_key(&key), key);
            }
        }
    }
}
