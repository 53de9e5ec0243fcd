//! Pages that a wall shows instead of the page that was asked for. They are recognised and told,
//! never passed: whoever built the wall does not want a crawler there.

use std::fmt;

/// Longest page that is only a wall, in bytes: real pages are longer, and may quote a wall's words.
const WALL_BYTES_MAX: usize = 30_000;

/// What kind of wall.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Challenge {
    /// It sets a cookie by script and loads again.
    Cookie,
    /// It runs a script that proves a browser.
    Script,
    /// It wants a password.
    Login,
}

impl fmt::Display for Challenge {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Cookie => "a page that sets a cookie by script",
            Self::Script => "a page that tests for a browser",
            Self::Login => "a log-in page",
        })
    }
}

/// The wall that a page is, by the marks of those in use.
pub(crate) fn challenge(html: &str) -> Option<Challenge> {
    if html.len() > WALL_BYTES_MAX {
        return None;
    }
    let html = html.to_ascii_lowercase();
    let has = |mark: &str| html.contains(mark);
    let script = ["cf-chl", "__cf_chl", "cf_chl_opt", "challenge-platform", "slowaes", "/aes.js"];
    if script.iter().any(|mark| has(mark)) {
        return Some(Challenge::Script);
    }
    let reloads = has("location.reload") || has("location.href") || has("location.replace");
    if has("document.cookie") && reloads && !has("<p") && !has("<article") {
        return Some(Challenge::Cookie);
    }
    let password = has("type=\"password\"") || has("type='password'") || has("type=password");
    (password && has("<form")).then_some(Challenge::Login)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn walls_are_told_from_pages() {
        let cookie =
            "<html><script>document.cookie='D1N=abc';window.location.reload(true);</script>";
        assert_eq!(challenge(cookie), Some(Challenge::Cookie));
        let script = "<title>Just a moment...</title><script>window._cf_chl_opt={}</script>";
        assert_eq!(challenge(script), Some(Challenge::Script));
        let login = "<form><input type='password' name='mk'></form>";
        assert_eq!(challenge(login), Some(Challenge::Login));
        let page = "<p>Tin</p><script>document.cookie='a=1'; if (x) location.href='/';</script>";
        assert_eq!(challenge(page), None);
    }
}
