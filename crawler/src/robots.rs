//! robots.txt (RFC 9309): what a host allows, and how fast.

use std::time::Duration;

use robotxt::Robots;
use url::Url;

/// The product token that rules are looked up by.
pub(crate) const PRODUCT: &str = "loaphuong";
/// Bytes of the file that are read (RFC 9309, section 2.5).
const ROBOTS_BYTES_MAX: usize = 512 * 1024;
/// Longest `Crawl-delay` that is honoured; a longer one is a mistake or a refusal in disguise.
const CRAWL_DELAY_MAX: Duration = Duration::from_secs(300);

/// What a host's robots.txt says to us.
#[derive(Clone, Debug)]
pub(crate) struct Rules {
    robots: Robots,
}

impl Rules {
    /// Reads the answer to a request for robots.txt (RFC 9309, section 2.3.1): a file is obeyed,
    /// a 4xx but 429 allows all; `None` when the host must be left alone.
    pub(crate) fn from_answer(status: u16, body: &[u8]) -> Option<Self> {
        match status {
            200..300 => Some(Self::parse(body, PRODUCT)),
            429 => None,
            400..500 => Some(Self::allow_all()),
            _ => None,
        }
    }

    /// What holds where there is no file.
    pub(crate) fn allow_all() -> Self {
        Self { robots: Robots::allow_all() }
    }

    fn parse(body: &[u8], product: &str) -> Self {
        let read = &body[..body.len().min(ROBOTS_BYTES_MAX)];
        Self { robots: Robots::parse(&with_bare_names(read), product) }
    }

    /// Whether a URL may be fetched.
    pub(crate) fn allow(&self, url: &Url) -> bool {
        self.robots.is_url_allowed(url)
    }

    /// The least time between two requests that the host asks for.
    pub(crate) fn crawl_delay(&self) -> Duration {
        self.robots.crawl_delay().unwrap_or_default().min(CRAWL_DELAY_MAX)
    }
}

/// Cuts what stands behind a product token, as in `User-agent: Foo/1.0 (bar)`: a token has letters,
/// `-` and `_` only (section 2.2.1), and a group that is addressed to us by more must hold as well.
fn with_bare_names(file: &[u8]) -> Vec<u8> {
    let mut bare = Vec::with_capacity(file.len());
    for line in file.split_inclusive(|byte| matches!(byte, b'\r' | b'\n')) {
        let named =
            line.iter().position(|byte| *byte == b':').map(|colon| line.split_at(colon + 1));
        match named {
            Some((key, value))
                if key[..key.len() - 1].trim_ascii().eq_ignore_ascii_case(b"user-agent") =>
            {
                let token = value.trim_ascii_start();
                let is_token = |byte: &u8| byte.is_ascii_alphabetic() || b"-_*".contains(byte);
                let end = token.iter().position(|byte| !is_token(byte)).unwrap_or(token.len());
                bare.extend_from_slice(key);
                bare.extend_from_slice(&token[..end]);
                bare.push(b'\n');
            }
            _ => bare.extend_from_slice(line),
        }
    }
    bare
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allow(status: u16, body: &str, path: &str) -> Option<bool> {
        let rules = Rules::from_answer(status, body.as_bytes())?;
        Some(rules.allow(&format!("http://a.vn{path}").parse().unwrap()))
    }

    #[test]
    fn an_empty_disallow_allows_and_a_missing_file_too() {
        assert_eq!(allow(200, "User-Agent: *\nDisallow:\nSitemap: x", "/tin"), Some(true));
        assert_eq!(allow(404, "User-agent: *\nDisallow: /", "/tin"), Some(true));
        assert_eq!(allow(200, "User-agent: *\nDisallow: /admin", "/admin/x"), Some(false));
        assert_eq!(allow(200, "User-agent: LoaPhuong\nDisallow: /", "/tin"), Some(false));
    }

    /// The cases of Google's parser, where they are at hand: all that RFC 9309 asks.
    #[test]
    fn the_cases_of_googles_parser_pass() {
        // Google matches `ツ` and `%62` byte by byte; section 2.2.2 asks to encode the one and to
        // decode the other before, as `url` and `robotxt` do.
        const EXCEPT: [&str; 3] = ["/foo/bar/ツ\n", "/foo/bar/%E3%83%84\n", "/foo/bar/%62%61%7A\n"];
        let folder = env!("CARGO_MANIFEST_DIR");
        let path = format!("{folder}/../../shared/data/crawling/robots_cases.json");
        let Ok(text) = std::fs::read(path) else { return };
        let cases: Vec<serde_json::Value> = serde_json::from_slice(&text).unwrap();
        let mut checked = 0;
        for case in cases.iter().filter(|case| case["google_only"] == false) {
            let of = |key: &str| case[key].as_str().unwrap();
            let except = of("test") == "ID_Encoding"
                && EXCEPT.iter().any(|end| of("robots").ends_with(end))
                && !of("url").contains('%');
            if !except {
                let rules = Rules::parse(of("robots").as_bytes(), of("ua"));
                let allowed = rules.allow(&of("url").parse().unwrap());
                assert_eq!(allowed, case["allowed"], "{case}");
                checked += 1;
            }
        }
        assert!(checked >= 69, "{checked}");
    }

    #[test]
    fn a_name_ends_where_a_product_token_ends() {
        let rules = Rules::parse(b"User-agent: Loaphuong/2.0 (tin)\nDisallow: /", PRODUCT);
        assert!(!rules.allow(&"http://a.vn/tin".parse().unwrap()));
    }

    #[test]
    fn an_error_of_the_host_closes_it() {
        assert_eq!(allow(503, "", "/tin"), None);
        assert_eq!(allow(429, "", "/tin"), None);
    }

    #[test]
    fn a_crawl_delay_is_honoured_up_to_five_minutes() {
        let delay = |text: &str| Rules::from_answer(200, text.as_bytes()).unwrap().crawl_delay();
        assert_eq!(delay("User-agent: *\nCrawl-delay: 2.5"), Duration::from_millis(2500));
        assert_eq!(delay("User-agent: *\nCrawl-delay: 86400"), CRAWL_DELAY_MAX);
        assert_eq!(delay("User-agent: *\nDisallow: /x"), Duration::ZERO);
    }
}
