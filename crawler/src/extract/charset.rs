//! Bytes to text. A page's own words about its encoding are believed only where they can be true.

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252, WINDOWS_1258};

/// How far into a page its `<meta charset>` is looked for (WHATWG HTML, section 13.2.3.2).
const META_BYTES_MAX: usize = 1024;
/// Fewest words with marks that say what encoding a text is in.
const MARKED_WORDS_MIN: usize = 3;

/// One in so many letters beyond ASCII may be broken in what is called UTF-8.
const BROKEN_PART: usize = 10;

/// A page as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Decoded {
    pub(crate) text: String,
    encoding: &'static Encoding,
    by: Evidence,
}

/// What said so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Evidence {
    ByteOrderMark,
    /// It decodes as UTF-8, which other encodings of Vietnamese text never do by chance.
    Valid,
    Profile,
    Meta,
    Header,
    /// Its words are Vietnamese that way.
    Words,
    Nothing,
}

impl Decoded {
    /// The encoding and what said so: `windows-1258, by meta`.
    pub(crate) fn charset(&self) -> String {
        let by = match self.by {
            Evidence::ByteOrderMark => "byte order mark",
            Evidence::Valid => "its bytes",
            Evidence::Profile => "profile",
            Evidence::Meta => "meta",
            Evidence::Header => "header",
            Evidence::Words => "its words",
            Evidence::Nothing => "default",
        };
        format!("{}, by {by}", self.encoding.name().to_ascii_lowercase())
    }
}

/// Decodes a page: byte order mark; UTF-8 wherever it is valid, also against the profile, as a
/// portal may have been mended; profile, `<meta>`, header; its words; at last windows-1252.
pub(crate) fn to_text(
    bytes: &[u8],
    content_type: &str,
    of_profile: Option<&'static Encoding>,
) -> Decoded {
    if let Some((encoding, _)) = Encoding::for_bom(bytes) {
        let text = encoding.decode(bytes).0.into_owned();
        return Decoded { text, encoding, by: Evidence::ByteOrderMark };
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return Decoded { text: text.to_owned(), encoding: UTF_8, by: Evidence::Valid };
    }
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(META_BYTES_MAX)]);
    let named = |text: &str, by| {
        let label = label_after(text, "charset=")?;
        Some((Encoding::for_label(label.as_bytes())?, by))
    };
    let of_profile = of_profile.map(|encoding| (encoding, Evidence::Profile));
    let said = [of_profile, named(&head, Evidence::Meta), named(content_type, Evidence::Header)];
    let said = said.into_iter().flatten().find(|(encoding, _)| can_be(encoding, bytes));
    let (encoding, by) = said.unwrap_or_else(|| detected(bytes));
    let text = encoding.decode_without_bom_handling(bytes).0;
    let text = if encoding == UTF_8 { text.into_owned() } else { vietnamese::compose(&text) };
    Decoded { text, encoding, by }
}

/// Whether bytes can be in an encoding. A page that calls itself UTF-8 with a few broken letters is
/// UTF-8 all the same; with many it is not.
fn can_be(encoding: &'static Encoding, bytes: &[u8]) -> bool {
    if encoding != UTF_8 {
        return true;
    }
    let text = String::from_utf8_lossy(bytes);
    let broken = text.matches(char::REPLACEMENT_CHARACTER).count();
    broken * BROKEN_PART <= text.chars().filter(|c| !c.is_ascii()).count()
}

/// Windows-1258 where that makes more Vietnamese words; it is the only other one of the web's
/// encodings that Vietnamese was written in. (TCVN3 and VNI are fonts, mended later.)
fn detected(bytes: &[u8]) -> (&'static Encoding, Evidence) {
    let words = |encoding: &'static Encoding| marked_words(&encoding.decode(bytes).0);
    let found = words(WINDOWS_1258);
    if found >= MARKED_WORDS_MIN && found > words(WINDOWS_1252) {
        return (WINDOWS_1258, Evidence::Words);
    }
    (WINDOWS_1252, Evidence::Nothing)
}

/// Words that are Vietnamese syllables with marks.
fn marked_words(text: &str) -> usize {
    let text = vietnamese::compose(text);
    let words = text.split(|c: char| !c.is_alphabetic());
    words.filter(|word| !word.is_ascii() && vietnamese::is_syllable(word)).count()
}

fn label_after<'a>(text: &'a str, name: &str) -> Option<&'a str> {
    // Lower-casing ASCII keeps all offsets.
    let at = text.to_ascii_lowercase().find(name)? + name.len();
    let rest = text[at..].trim_start_matches(['"', '\'', ' ']);
    let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || "-_:.".contains(c)));
    Some(&rest[..end.unwrap_or(rest.len())]).filter(|label| !label.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(bytes: &[u8], content_type: &str) -> (String, String) {
        let decoded = to_text(bytes, content_type, None);
        (decoded.charset(), decoded.text)
    }

    #[test]
    fn valid_utf_8_wins_over_what_page_header_and_profile_say() {
        let page = "<meta charset=windows-1252>Sài Đồng";
        let decoded = to_text(page.as_bytes(), "text/html; charset=iso-8859-1", Some(WINDOWS_1258));
        assert_eq!((decoded.text.as_str(), decoded.by), (page, Evidence::Valid));
    }

    #[test]
    fn windows_1258_comes_out_composed() {
        // "Sài": S, a, combining grave (0xCC), i in windows-1258.
        let bytes = b"<meta charset=\"windows-1258\">Sa\xCCi \xD0\xF4\xCCng";
        let (charset, text) = read(bytes, "");
        assert!(text.ends_with("Sài Đồng"), "{text}");
        assert_eq!(charset, "windows-1258, by meta");
    }

    #[test]
    fn windows_1258_is_known_by_its_words() {
        let bytes = b"Ph\xFD\xF5\xCCng Sa\xCCi \xD0\xF4\xCCng h\xF4m nay \xF0a\xDE h\xF2p";
        let (charset, text) = read(bytes, "text/html");
        assert_eq!(charset, "windows-1258, by its words", "{text}");
        assert!(text.contains("Sài Đồng"), "{text}");
        let of_profile = to_text(bytes, "", Some(WINDOWS_1252));
        assert_eq!(of_profile.charset(), "windows-1252, by profile");
    }

    #[test]
    fn what_cannot_be_utf_8_is_not() {
        let bytes = b"<meta charset=utf-8>Sa\xCCi \xD0\xF4\xCCng h\xF4m nay \xF0a\xDE h\xF2p";
        assert_eq!(read(bytes, "text/html; charset=utf-8").0, "windows-1258, by its words");
        let broken = [&b"\xC3\xA1\xC3"[..], "Sài Đồng, phường Gò Sen đã họp".as_bytes()].concat();
        assert_eq!(read(&broken, "text/html; charset=utf-8").0, "utf-8, by header");
    }

    #[test]
    fn a_page_without_a_word_is_windows_1252() {
        assert_eq!(read(b"caf\xE9", "text/html").1, "café");
        let header = read(b"caf\xE9", "text/html; charset=iso-8859-15");
        assert_eq!(header.0, "iso-8859-15, by header");
    }
}
