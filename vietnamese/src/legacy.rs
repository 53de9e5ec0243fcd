//! Text in encodings from before Unicode, or read in the wrong one: found by what it becomes.
//!
//! Each candidate reading is tried on a paragraph; it is right when far more of its words are
//! Vietnamese syllables than before. The tables are those of TCVN 5712:1993 (VN3, "ABC"), of VNI
//! for Windows, of RFC 1456 (VIQR) and of Microsoft's code page 1258.

use unicode_normalization::UnicodeNormalization;

use crate::key::is_syllable;
use crate::scan::{Shape, scan};

/// Least share of syllables among the words of a mended text.
const SHARE_MIN: f32 = 0.8;
/// Least rise of that share.
const RISE_MIN: f32 = 0.3;

/// How a text was written, or misread.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LegacyEncoding {
    /// TCVN 5712 VN3, the fonts that begin with `.Vn`.
    Tcvn3,
    /// VNI for Windows, the fonts that begin with `VNI-`.
    VniWindows,
    /// VIQR, marks typed as ASCII signs.
    Viqr,
    /// UTF-8 read as windows-1252 or ISO 8859-1.
    MisreadUtf8,
    /// Windows-1258 read as windows-1252.
    Misread1258,
}

/// A text that was mended.
#[derive(Clone, Debug, PartialEq)]
pub struct Repair {
    /// The text in Unicode, normalisation form C.
    pub text: String,
    /// What it was.
    pub encoding: LegacyEncoding,
    /// The share of its words that are Vietnamese syllables, from 0.8 to 1.
    pub confidence: f32,
}

/// Mends a paragraph; `None` when it needs no mending, or when no reading is clearly better.
pub fn repair(text: &str) -> Option<Repair> {
    // The letters that only Vietnamese has in Unicode: such a text was read rightly.
    if text.chars().any(|c| ('\u{1ea0}'..='\u{1ef9}').contains(&c)) || !is_suspect(text) {
        return None;
    }
    let before = share(text);
    let readings = [
        (LegacyEncoding::MisreadUtf8, misread_utf8(text)),
        (LegacyEncoding::Tcvn3, Some(tcvn3(text))),
        (LegacyEncoding::VniWindows, Some(vni(text))),
        (LegacyEncoding::Misread1258, Some(misread_1258(text))),
        (LegacyEncoding::Viqr, Some(viqr(text))),
    ];
    let repairs = readings.into_iter().filter_map(|(encoding, reading)| {
        let text: String = reading.filter(|reading| reading != text)?.nfc().collect();
        let confidence = share(&text);
        // Bytes that happen to be well-formed UTF-8 are proof enough of it.
        let rises = encoding == LegacyEncoding::MisreadUtf8 || confidence >= before + RISE_MIN;
        let better = confidence >= SHARE_MIN && rises;
        better.then_some(Repair { text, encoding, confidence })
    });
    repairs.reduce(|best, next| if next.confidence > best.confidence { next } else { best })
}

/// Whether a text has any sign that a legacy encoding would leave.
fn is_suspect(text: &str) -> bool {
    let sign = |c: char| ('\u{80}'..='\u{ff}').contains(&c) || matches!(c, '^' | '*' | '(' | '`');
    text.chars().any(|c| sign(c) || to_1252(c).is_some_and(|byte| byte >= 0x80))
}

/// The share of syllables among the words; numbers count neither way.
fn share(text: &str) -> f32 {
    let tokens = scan(text);
    let words = tokens.iter().filter(|token| token.shape != Shape::Number);
    let (mut all, mut good) = (0, 0);
    for token in words {
        all += 1;
        good += u32::from(is_syllable(token.acc));
    }
    if all == 0 { 0.0 } else { good as f32 / all as f32 }
}

fn misread_utf8(text: &str) -> Option<String> {
    let bytes: Option<Vec<u8>> = text.chars().map(to_1252).collect();
    String::from_utf8(bytes?).ok()
}

/// The byte that windows-1252 has for a character; what it leaves open is as in ISO 8859-1.
fn to_1252(c: char) -> Option<u8> {
    const HIGH: &str = "€\u{81}‚ƒ„…†‡ˆ‰Š‹Œ\u{8d}Ž\u{8f}\u{90}‘’“”•–—˜™š›œ\u{9d}žŸ";
    match u8::try_from(u32::from(c)) {
        Ok(byte) => Some(byte),
        Err(_) => HIGH.chars().zip(0x80..).find(|(high, _)| *high == c).map(|(_, byte)| byte),
    }
}

fn tcvn3(text: &str) -> String {
    // From 0xA1 on; a space where the encoding has no letter.
    const LETTERS: &str = "ĂÂÊÔƠƯĐăâêôơưđ      àảãáạ ằẳẵắ       ặầẩẫấậè ẻẽéẹềểễếệìỉ   ĩíịò ỏõóọồổỗốộờởỡớợù ủũúụừửữứựỳỷỹýỵ";
    let letter = |c: char| {
        let place = u32::from(c).checked_sub(0xa1).filter(|_| u32::from(c) <= 0xfe)?;
        LETTERS.chars().nth(place as usize).filter(|letter| *letter != ' ')
    };
    text.chars().map(|c| letter(c).unwrap_or(c)).collect()
}

fn misread_1258(text: &str) -> String {
    let letter = |c: char| match c {
        'Ã' => 'Ă',
        'ã' => 'ă',
        'Ì' => '\u{300}',
        'Ò' => '\u{309}',
        'Þ' => '\u{303}',
        'ì' => '\u{301}',
        'ò' => '\u{323}',
        'Ð' => 'Đ',
        'ð' => 'đ',
        'Õ' => 'Ơ',
        'õ' => 'ơ',
        'Ý' => 'Ư',
        'ý' => 'ư',
        other => other,
    };
    text.chars().map(letter).collect()
}

/// VNI writes a vowel, then one sign for its mark and tone.
fn vni(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 16);
    let mut last = ' ';
    for c in text.chars() {
        let small = c.to_lowercase().next().unwrap_or(c);
        let base = last.to_ascii_lowercase();
        let alone = match small {
            'ô' => "ơ",
            'ö' => "ư",
            'ñ' => "đ",
            'í' => "í",
            'ì' => "ì",
            'æ' => "ỉ",
            'ó' => "ĩ",
            'ò' => "ị",
            'î' => "ỵ",
            _ => "",
        };
        let marks = vni_marks(small);
        let takes = match small {
            'ê' | 'é' | 'è' | 'ú' | 'ü' | 'ë' => base == 'a',
            'â' | 'á' | 'à' | 'å' | 'ã' | 'ä' => matches!(base, 'a' | 'e' | 'o'),
            _ => matches!(base, 'a' | 'e' | 'i' | 'o' | 'u' | 'y' | 'ơ' | 'ư'),
        };
        if !marks.is_empty() && takes {
            out.push_str(marks);
            last = ' ';
        } else if alone.is_empty() {
            out.push(c);
            last = c;
        } else {
            let letter = if c.is_uppercase() { alone.to_uppercase() } else { alone.to_owned() };
            out.push_str(&letter);
            last = alone.chars().next().unwrap_or(' ');
        }
    }
    out
}

fn vni_marks(sign: char) -> &'static str {
    match sign {
        'ù' => "\u{301}",
        'ø' => "\u{300}",
        'û' => "\u{309}",
        'õ' => "\u{303}",
        'ï' => "\u{323}",
        'â' => "\u{302}",
        'á' => "\u{302}\u{301}",
        'à' => "\u{302}\u{300}",
        'å' => "\u{302}\u{309}",
        'ã' => "\u{302}\u{303}",
        'ä' => "\u{302}\u{323}",
        'ê' => "\u{306}",
        'é' => "\u{306}\u{301}",
        'è' => "\u{306}\u{300}",
        'ú' => "\u{306}\u{309}",
        'ü' => "\u{306}\u{303}",
        'ë' => "\u{306}\u{323}",
        _ => "",
    }
}

/// RFC 1456: `^` `(` `+` or `*` after a vowel, then `'` `` ` `` `?` `~` or `.` for the tone; `dd`.
fn viqr(text: &str) -> String {
    let chars: Vec<char> = text.chars().collect();
    let mut out = String::with_capacity(text.len());
    // Whether the letter before may take a mark, and whether it has one.
    let (mut vowel, mut marked) = (false, false);
    for (i, c) in chars.iter().copied().enumerate() {
        let next_is_letter = chars.get(i + 1).is_some_and(|next| next.is_alphabetic());
        let mark = match c {
            '^' => Some('\u{302}'),
            '(' => Some('\u{306}'),
            '+' | '*' => Some('\u{31b}'),
            '`' => Some('\u{300}'),
            '\'' => Some('\u{301}'),
            '~' => Some('\u{303}'),
            // At the end of a word these are punctuation more often than tones.
            '?' if marked || next_is_letter => Some('\u{309}'),
            '.' if marked || next_is_letter => Some('\u{323}'),
            _ => None,
        };
        match mark.filter(|_| vowel) {
            Some(mark) => {
                out.push(mark);
                marked = true;
            }
            None if matches!(c, 'd' | 'D') && out.ends_with(['d', 'D']) => {
                let first = out.pop();
                out.push(if first == Some('D') { 'Đ' } else { 'đ' });
                (vowel, marked) = (false, false);
            }
            None => {
                out.push(c);
                vowel = matches!(c.to_ascii_lowercase(), 'a' | 'e' | 'i' | 'o' | 'u' | 'y');
                marked = false;
            }
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn mended(text: &str) -> Option<(String, LegacyEncoding)> {
        repair(text).map(|repair| (repair.text, repair.encoding))
    }

    #[test]
    fn each_encoding_is_found_and_mended() {
        use LegacyEncoding::*;
        for (text, encoding) in [
            ("thµnh phè", Tcvn3),
            ("thaønh phoá", VniWindows),
            ("tha`nh pho^'", Viqr),
            ("thÃ\u{a0}nh phá»‘", MisreadUtf8),
        ] {
            assert_eq!(mended(text), Some(("thành phố".to_owned(), encoding)), "{text}");
        }
        assert_eq!(mended("hôòi ðôÌng"), Some(("hội đồng".to_owned(), Misread1258)));
    }

    #[test]
    fn what_was_read_rightly_is_left_alone() {
        for text in [
            "Sài Gòn và Hà Nam",
            "giải phóng mặt bằng",
            "giai phong mat bang",
            "Café de Flore à Paris (2024)",
            "Điện thoại: (024) 3827-1234 * máy lẻ 5",
            "rock'n'roll, l'été",
            "",
        ] {
            assert_eq!(mended(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in "\\PC{0,40}|[a-zµøûïÃ©á»\u{ad}^*'`?.~()d ]{0,40}") {
            if let Some(repair) = repair(&text) {
                prop_assert!(repair.confidence >= SHARE_MIN);
            }
        }

        #[test]
        fn misread_utf_8_comes_back(words in prop::collection::vec("(phường|hội|nghị|đảng|ủy|thành|phố)", 2..6)) {
            let text = words.join(" ");
            let misread: String = text.bytes().map(char::from).collect();
            prop_assert_eq!(mended(&misread), Some((text, LegacyEncoding::MisreadUtf8)));
        }
    }
}
