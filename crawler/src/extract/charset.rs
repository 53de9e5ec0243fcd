//! Bytes to text. A page's own words about its encoding are believed only where they can be true.

use encoding_rs::{Encoding, UTF_8, WINDOWS_1252};

/// How far into a page its `<meta charset>` is looked for (WHATWG HTML, section 13.2.3.2).
const META_BYTES_MAX: usize = 1024;

/// Decodes a page: byte order mark; then UTF-8 wherever it is valid, which other encodings of
/// Vietnamese text never are by chance; then `<meta>`, header, and at last windows-1252.
pub(crate) fn to_text(bytes: &[u8], content_type: &str) -> String {
    if let Some((encoding, _)) = Encoding::for_bom(bytes) {
        return encoding.decode(bytes).0.into_owned();
    }
    if let Ok(text) = std::str::from_utf8(bytes) {
        return text.to_owned();
    }
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(META_BYTES_MAX)]);
    let named = [label_after(&head, "charset="), label_after(content_type, "charset=")];
    let encodings = named.into_iter().flatten().filter_map(|l| Encoding::for_label(l.as_bytes()));
    // A page that calls itself UTF-8 with a few broken bytes is UTF-8 all the same.
    let encoding = encodings.into_iter().next().unwrap_or(WINDOWS_1252);
    let text = encoding.decode_without_bom_handling(bytes).0;
    if encoding == UTF_8 { text.into_owned() } else { vietnamese::compose(&text) }
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

    #[test]
    fn valid_utf_8_wins_over_what_page_and_header_say() {
        let page = "<meta charset=windows-1252>Sài Đồng";
        assert_eq!(to_text(page.as_bytes(), "text/html; charset=iso-8859-1"), page);
    }

    #[test]
    fn windows_1258_comes_out_composed() {
        // S a-grave-base? "Sài": S, a, combining grave (0xCC), i in windows-1258.
        let bytes = b"<meta charset=\"windows-1258\">Sa\xCCi \xD0\xF4\xCCng";
        assert!(to_text(bytes, "").ends_with("Sài Đồng"));
    }

    #[test]
    fn a_page_without_a_word_is_windows_1252() {
        assert_eq!(to_text(b"caf\xE9", "text/html"), "café");
    }
}
