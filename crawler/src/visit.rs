//! One visit: asking a host in its turn, following redirects, and its robots.txt.

use std::time::Duration;

use archive::{ClosedHost, Exchange, Page, RobotsCopy, Source, Validators};
use jiff::{SignedDuration, Timestamp};
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::CrawlError;
use crate::blocking::blocking;
use crate::crawl::Crawler;
use crate::discover::URL_BYTES_MAX;
use crate::fetch::FetchError;
use crate::keep::{Kept, header};
use crate::pace::{Pace, Refusal, Turn, Wait};
use crate::robots::Rules;

/// Most redirects followed from one page.
pub(crate) const REDIRECTS_MAX: usize = 5;
/// How long an answer for robots.txt is used (RFC 9309, section 2.4), and how much longer where no
/// other can be had.
pub(crate) const ROBOTS_FRESH: SignedDuration = SignedDuration::from_hours(24);
const ROBOTS_STALE: SignedDuration = SignedDuration::from_hours(48);

/// Makes the requests of one run.
pub(crate) struct Visitor<'a> {
    pub(crate) crawler: &'a Crawler,
    pub(crate) source: &'a Source,
    pub(crate) cancel: &'a CancellationToken,
    /// Requests that were answered.
    pub(crate) fetched: u64,
}

/// How a visit ended.
#[derive(Debug)]
pub(crate) enum Visit {
    Kept(Kept),
    Forbidden,
    NoAnswer(String),
    /// The host turned us away: the page stays due.
    Refused(ClosedHost),
    /// We do not ask the host: its certificate, address or port is none to be trusted. The page
    /// stays due.
    Barred(String),
    Stopped,
}

/// What is known of a host's robots.txt.
#[derive(Debug)]
pub(crate) enum RobotsFile {
    Rules(Rules),
    /// The same, from a copy that is older than it should be, and why.
    Stale(Rules, String),
    Closed(ClosedHost),
    /// We do not ask it: its certificate, address or port is none to be trusted.
    Refused(String),
    Stopped,
}

/// How one request ended.
enum Answer {
    Exchange(Exchange),
    None(FetchError),
    Closed(ClosedHost),
    Stopped,
}

impl Visitor<'_> {
    /// Fetches a page, following redirects; each hop is checked, waits its turn, and is kept.
    pub(crate) async fn visit(
        &mut self,
        page: &Page,
        pace: &Pace,
        rules: &Rules,
    ) -> Result<Visit, CrawlError> {
        let Ok(mut url) = page.url.parse::<Url>() else {
            return Ok(Visit::NoAnswer("its URL cannot be read".into()));
        };
        for _ in 0..=REDIRECTS_MAX {
            if authority(&url) != pace.authority {
                return Ok(Visit::NoAnswer(format!("it redirects to another host: {url}")));
            }
            if !rules.allow(&url) {
                return Ok(Visit::Forbidden);
            }
            let exchange = match self.ask(&url, page, pace).await? {
                Answer::Exchange(exchange) => exchange,
                Answer::None(error) if error.is_about_trust() => {
                    return Ok(Visit::Barred(error.to_string()));
                }
                Answer::None(error) => return Ok(Visit::NoAnswer(error.to_string())),
                Answer::Closed(closed) => return Ok(Visit::Refused(closed)),
                Answer::Stopped => return Ok(Visit::Stopped),
            };
            if let Some(asked) = turned_away(&exchange) {
                self.keep_exchange(&format!("refusal:{url}"), &exchange).await?;
                let why = format!("it answered {} for {url}", exchange.status);
                return Ok(Visit::Refused(pace.refused(Refusal::Asked(asked), why).await?));
            }
            pace.welcomed().await?;
            match redirect_target(&exchange, &url) {
                Some(next) => {
                    self.keep_exchange(&format!("redirect:{url}"), &exchange).await?;
                    if next.as_str().len() > URL_BYTES_MAX {
                        return Ok(Visit::NoAnswer("it redirects to an endless URL".into()));
                    }
                    url = next;
                }
                None => {
                    let (keeper, source) = (self.crawler.keeper.clone(), self.source.clone());
                    let page = page.clone();
                    let keep = move || keeper.keep_visit(&source, &page, &exchange);
                    return Ok(Visit::Kept(blocking(keep).await?));
                }
            }
        }
        Ok(Visit::NoAnswer(format!("it redirects more than {REDIRECTS_MAX} times")))
    }

    /// The rules of a host: a copy of less than a day, or the file itself; where that cannot be
    /// had, a copy of less than two days, or else the host is closed.
    pub(crate) async fn robots(
        &mut self,
        start: &Url,
        pace: &Pace,
    ) -> Result<RobotsFile, CrawlError> {
        let origin = start.origin().ascii_serialization();
        let now = (self.crawler.keeper.now)();
        if let Some(rules) = self.known_rules(&origin, now, ROBOTS_FRESH).await? {
            return Ok(RobotsFile::Rules(rules));
        }
        let why = match self.ask_robots(start, pace).await? {
            Ok(Some(copy)) => {
                pace.welcomed().await?;
                let rules = Rules::from_answer(copy.status, &copy.body);
                let archive = self.crawler.keeper.archive.clone();
                blocking(move || archive.keep_robots_copy(&origin, &copy)).await?;
                return Ok(RobotsFile::Rules(rules.unwrap_or_else(Rules::allow_all)));
            }
            // Another source on this host asked while we waited for our turn.
            Ok(None) => {
                let known = self.known_rules(&origin, now, ROBOTS_FRESH).await?;
                return Ok(RobotsFile::Rules(known.unwrap_or_else(Rules::allow_all)));
            }
            Err(Unasked::Failed(why)) => why,
            Err(Unasked::Refused(why)) => return Ok(RobotsFile::Refused(why)),
            Err(Unasked::Closed(closed)) => return Ok(RobotsFile::Closed(closed)),
            Err(Unasked::Stopped) => return Ok(RobotsFile::Stopped),
        };
        if let Some(rules) = self.known_rules(&origin, now, ROBOTS_STALE).await? {
            return Ok(RobotsFile::Stale(rules, why));
        }
        Ok(RobotsFile::Closed(pace.refused(Refusal::Robots, why).await?))
    }

    async fn known_rules(
        &self,
        origin: &str,
        now: Timestamp,
        age_max: SignedDuration,
    ) -> Result<Option<Rules>, CrawlError> {
        let (archive, origin) = (self.crawler.keeper.archive.clone(), origin.to_owned());
        let copy = blocking(move || archive.robots_copy(&origin)).await?;
        // A copy from the future was made while the clock was wrong.
        let young = copy.filter(|copy| {
            let age = now.duration_since(copy.fetched_at);
            !age.is_negative() && age < age_max
        });
        Ok(young.and_then(|copy| Rules::from_answer(copy.status, &copy.body)))
    }

    /// Asks for robots.txt, following redirects; `None` when a copy came while we waited.
    async fn ask_robots(
        &mut self,
        start: &Url,
        pace: &Pace,
    ) -> Result<Result<Option<RobotsCopy>, Unasked>, CrawlError> {
        let failed = |why: String| Ok(Err(Unasked::Failed(why)));
        let mut url = start.join("/robots.txt").expect("an absolute path joins any HTTP URL");
        for hop in 0..=REDIRECTS_MAX {
            // A redirect may lead to another host, which has a pace of its own.
            let elsewhere = (authority(&url) != pace.authority).then(|| self.pace(authority(&url)));
            let pace = elsewhere.as_ref().unwrap_or(pace);
            let page = Page::unlisted(self.source.id.clone(), "robots", url.as_str());
            let turn = match pace.wait(self.cancel).await? {
                Wait::Turn(turn) => turn,
                Wait::Closed(closed) => return Ok(Err(Unasked::Closed(closed))),
                Wait::Stopped => return Ok(Err(Unasked::Stopped)),
            };
            let origin = start.origin().ascii_serialization();
            let now = (self.crawler.keeper.now)();
            if hop == 0 && self.known_rules(&origin, now, ROBOTS_FRESH).await?.is_some() {
                return Ok(Ok(None));
            }
            let exchange = match self.fetch(turn, &url, &page, pace).await? {
                Ok(exchange) => exchange,
                // Nobody was asked, and nobody is to be spared: an operator must decide.
                Err(error) if error.is_about_trust() => {
                    return Ok(Err(Unasked::Refused(error.to_string())));
                }
                Err(error) => return failed(error.to_string()),
            };
            self.keep_exchange("robots", &exchange).await?;
            if let Some(next) = redirect_target(&exchange, &url) {
                if next.as_str().len() > URL_BYTES_MAX {
                    return failed("robots.txt redirects to an endless URL".to_owned());
                }
                url = next;
                continue;
            }
            let encoding = header(&exchange.response_head, "content-encoding");
            // Half a file may lack the line that forbids; only its length is cut on purpose.
            if let Some(cut @ ("time" | "disconnect")) = exchange.truncated {
                return failed(format!("robots.txt was cut short ({cut})"));
            }
            let status = exchange.status;
            // A redirect that leads nowhere says nothing either.
            if status == 429 || !(200..300).contains(&status) && !(400..500).contains(&status) {
                return failed(format!("robots.txt answers {status}"));
            }
            return match archive::decode(&exchange.body, encoding.as_deref()) {
                Ok(body) => Ok(Ok(Some(RobotsCopy { fetched_at: exchange.at, status, body }))),
                Err(error) => failed(format!("robots.txt cannot be decoded: {error}")),
            };
        }
        failed(format!("robots.txt redirects more than {REDIRECTS_MAX} times"))
    }

    /// The pace at a host, for this run's source.
    pub(crate) fn pace(&self, authority: String) -> Pace {
        let keeper = &self.crawler.keeper;
        let delay = Duration::from_millis(self.source.delay_ms);
        Pace::new(keeper.archive.clone(), &self.crawler.hosts, authority, delay, keeper.now)
    }

    async fn ask(&mut self, url: &Url, page: &Page, pace: &Pace) -> Result<Answer, CrawlError> {
        let turn = match pace.wait(self.cancel).await? {
            Wait::Turn(turn) => turn,
            Wait::Closed(closed) => return Ok(Answer::Closed(closed)),
            Wait::Stopped => return Ok(Answer::Stopped),
        };
        let answer = self.fetch(turn, url, page, pace).await?;
        Ok(answer.map_or_else(Answer::None, Answer::Exchange))
    }

    /// One request: the host's next time is durable before it leaves.
    async fn fetch(
        &mut self,
        turn: Turn,
        url: &Url,
        page: &Page,
        pace: &Pace,
    ) -> Result<Result<Exchange, FetchError>, CrawlError> {
        let archive = self.crawler.keeper.archive.clone();
        let (host, next) = (pace.authority.clone(), pace.next_at_ms());
        blocking(move || archive.hold_host_until(&host, next)).await?;
        let started = tokio::time::Instant::now();
        // Validators belong to the page's own URL, not to where it redirects.
        let own = url.as_str() == page.url;
        let validators = if own { page.validators.clone() } else { Validators::default() };
        let now = (self.crawler.keeper.now)();
        let answer = self.crawler.fetcher.get(url, &validators, now).await;
        pace.answered(turn, started.elapsed()).await?;
        if answer.is_ok() {
            self.fetched += 1;
        }
        Ok(answer)
    }

    async fn keep_exchange(&self, key: &str, exchange: &Exchange) -> Result<(), CrawlError> {
        let (keeper, source) = (self.crawler.keeper.clone(), self.source.clone());
        let (key, exchange) = (key.to_owned(), exchange.clone());
        blocking(move || keeper.keep_exchange(&source, &key, &exchange)).await
    }
}

/// Why robots.txt was not had.
enum Unasked {
    Failed(String),
    Refused(String),
    Closed(ClosedHost),
    Stopped,
}

/// What politeness and scope count as one host: its name, with the port where it is unusual.
/// `http` and `https` on their own ports are one, as portals redirect from one to the other.
pub fn authority(url: &Url) -> String {
    let host = url.host_str().unwrap_or_default();
    url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"))
}

/// Where a redirect leads (RFC 9110, section 15.4).
fn redirect_target(exchange: &Exchange, url: &Url) -> Option<Url> {
    if !matches!(exchange.status, 301 | 302 | 303 | 307 | 308) {
        return None;
    }
    url.join(&header(&exchange.response_head, "location")?).ok()
}

/// Whether the host turns us away, and for how long it asks to be left alone.
fn turned_away(exchange: &Exchange) -> Option<Option<Duration>> {
    let asked = || retry_after(&header(&exchange.response_head, "retry-after")?, exchange.at);
    matches!(exchange.status, 429 | 503).then(asked)
}

/// Reads `Retry-After`: seconds, or a date (RFC 9110, section 10.2.3).
fn retry_after(value: &str, now: Timestamp) -> Option<Duration> {
    if let Ok(seconds) = value.trim().parse() {
        return Some(Duration::from_secs(seconds));
    }
    let at = jiff::fmt::rfc2822::parse(value.trim()).ok()?.timestamp();
    Some(at.duration_since(now).try_into().unwrap_or(Duration::ZERO))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_read_in_both_forms() {
        let now: Timestamp = "2026-11-23T10:00:00Z".parse().unwrap();
        let of = |value: &str| retry_after(value, now).map(|wait| wait.as_secs());
        assert_eq!(of("120"), Some(120));
        assert_eq!(of("Mon, 23 Nov 2026 10:05:00 GMT"), Some(300));
        assert_eq!(of("Mon, 23 Nov 2026 09:05:00 GMT"), Some(0));
        assert_eq!(of("soon"), None);
        assert_eq!(of("-5"), None);
    }
}
