//! What all families share in writing pages.

/// Escapes text for HTML.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

/// Escapes text, and writes every letter beyond ASCII as a hexadecimal entity, as ASP.NET Core does.
pub(crate) fn escape_to_ascii(text: &str) -> String {
    let mut html = String::new();
    for c in escape(text).chars() {
        if c.is_ascii() {
            html.push(c);
        } else {
            html.push_str(&format!("&#x{:X};", u32::from(c)));
        }
    }
    html
}

/// The articles of one list page, the newest first, and the number of pages.
pub(crate) fn page_of<T>(articles: &[T], page: usize, size: usize) -> (Vec<&T>, usize) {
    let newest = articles.iter().rev();
    let shown = newest.skip(page.saturating_sub(1) * size).take(size).collect();
    (shown, articles.len().div_ceil(size))
}
