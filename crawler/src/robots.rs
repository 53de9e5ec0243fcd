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
            200..300 => {
                let read = &body[..body.len().min(ROBOTS_BYTES_MAX)];
                Some(Self { robots: Robots::parse(read, PRODUCT) })
            }
            429 => None,
            400..500 => Some(Self { robots: Robots::allow_all() }),
            _ => None,
        }
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
