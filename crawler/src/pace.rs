//! Politeness: when a host may be asked next.
//!
//! The time is durable before a request leaves, and counts again from its end, so that neither a
//! restart nor a slow answer brings two requests closer than the delay. Sources on one host take
//! turns: one connection a host. A host that turns us away (429, 503, a broken robots.txt) is left
//! alone as a whole, as long as it asks for, or ever longer.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use archive::{Archive, ClosedHost, HostState};
use jiff::{SignedDuration, Timestamp};
use tokio::sync::OwnedMutexGuard;
use tokio_util::sync::CancellationToken;

use crate::CrawlError;
use crate::blocking::blocking;

/// A host that takes long to answer is left alone for so many times its last answer's time.
const LATENCY_FACTOR: u32 = 5;
/// The delay is lengthened by up to this part of itself, so that visits do not beat in time.
const JITTER: f64 = 0.1;

/// A delay of zero is what the operator of a portal gives to his own crawler: then nothing is added.
const NO_DELAY: Duration = Duration::ZERO;

/// A host that is closed for so long is waited for; a run ends where it is closed for longer.
const CLOSED_WAIT_MAX: Duration = Duration::from_secs(60);
/// How long a host is left alone that turned us away and does not say how long; doubled each time.
const REFUSED_MIN: Duration = Duration::from_secs(60);
const REFUSED_MAX: Duration = Duration::from_secs(6 * 3600);
/// Longest time that a host may ask for.
const ASKED_MAX: Duration = Duration::from_secs(24 * 3600);
/// No host is left alone for longer than this: what was noted for later was noted while the clock was
/// wrong.
const AHEAD_MAX: Duration = Duration::from_secs(2 * 24 * 3600);
/// No page waits for longer than this: articles are visited yearly at least.
const PAGE_AHEAD_MAX: Duration = Duration::from_secs(2 * 365 * 24 * 3600);
/// After so many refusals in a row the host is closed for an hour at least.
const REFUSALS_MAX: u32 = 5;
const CIRCUIT: Duration = Duration::from_secs(3600);
/// How long a host whose robots.txt cannot be had is left alone: the first time, the second, then.
const ROBOTS_RETRIES: [Duration; 3] =
    [Duration::from_secs(300), Duration::from_secs(3600), Duration::from_secs(6 * 3600)];

/// A clock that shows less is wrong itself, as that of a machine that has just started: nothing is
/// forgotten then. The program is not older: 1 July 2025.
const CLOCK_MIN: Timestamp = Timestamp::constant(1_751_328_000, 0);

/// The latest Unix time in milliseconds that can have been noted while the clock was right; none
/// where it is wrong now.
fn latest_ms(now: Timestamp) -> Option<i64> {
    let latest = now.as_millisecond().saturating_add(AHEAD_MAX.as_millis() as i64);
    (now >= CLOCK_MIN).then_some(latest)
}

/// Whether a time can have been noted while the clock was right; all can where it is wrong now.
pub(crate) fn was_right(time: Timestamp, now: Timestamp) -> bool {
    latest_ms(now).is_none_or(|latest| time.as_millisecond() <= latest)
}

/// Forgets of all hosts and pages what was noted while the clock was wrong: a run that waits for such
/// a host would never begin, such a page would not be visited for years.
///
/// # Errors
/// When the archive fails.
pub fn forget_wrong_times(archive: &Archive, now: Timestamp) -> Result<(), CrawlError> {
    let Some(latest) = latest_ms(now) else { return Ok(()) };
    archive.forget_times_after(latest, now.as_millisecond())?;
    let latest = now.saturating_add(PAGE_AHEAD_MAX).unwrap_or(Timestamp::MAX);
    Ok(archive.forget_visits_after(latest, now)?)
}

/// Why a host is to be left alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// It answered 429 or 503, and may have said for how long.
    Asked(Option<Duration>),
    /// Its robots.txt cannot be had.
    Robots,
}

/// How waiting for a host ended.
#[derive(Debug)]
pub(crate) enum Wait {
    /// It may be asked now.
    Turn(Turn),
    /// The run was stopped.
    Stopped,
    /// It is left alone for longer than is worth waiting.
    Closed(ClosedHost),
}

/// The hosts that are being asked, for all runs of a crawler.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hosts {
    by_authority: Arc<Mutex<HashMap<String, Arc<Host>>>>,
}

/// A host, as all sources on it share it.
#[derive(Debug, Default)]
struct Host {
    turn: Arc<tokio::sync::Mutex<()>>,
    /// The longest delay in ms that any source or the host itself asks for; it holds for all.
    delay_ms: AtomicU64,
    /// Whether it turned us away and has not answered since.
    refused: AtomicBool,
}

/// The right to ask a host; nobody else asks it until this is dropped.
#[derive(Debug)]
pub(crate) struct Turn {
    _alone: OwnedMutexGuard<()>,
}

/// The pace at one host.
#[derive(Debug)]
pub(crate) struct Pace {
    archive: Archive,
    host: Arc<Host>,
    /// `host:port`.
    pub(crate) authority: String,
    now: fn() -> Timestamp,
}

impl Pace {
    pub(crate) fn new(
        archive: Archive,
        hosts: &Hosts,
        authority: String,
        delay: Duration,
        now: fn() -> Timestamp,
    ) -> Self {
        let mut hosts = hosts.by_authority.lock().unwrap_or_else(PoisonError::into_inner);
        let host = hosts.entry(authority.clone()).or_default().clone();
        let pace = Self { archive, host, authority, now };
        pace.lengthen(delay);
        pace
    }

    /// Keeps at least this delay from now on, the request just made included.
    pub(crate) async fn slow_down(&self, delay: Duration) -> Result<(), CrawlError> {
        self.lengthen(delay);
        let (archive, authority, next) =
            (self.archive.clone(), self.authority.clone(), self.next_at_ms());
        blocking(move || archive.hold_host_until(&authority, next)).await
    }

    fn lengthen(&self, delay: Duration) {
        let ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
        self.host.delay_ms.fetch_max(ms, Ordering::Relaxed);
    }

    /// The least time between the end of one request and the start of the next.
    fn delay(&self) -> Duration {
        Duration::from_millis(self.host.delay_ms.load(Ordering::Relaxed))
    }

    /// Waits until the host may be asked, or `cancel`.
    pub(crate) async fn wait(&self, cancel: &CancellationToken) -> Result<Wait, CrawlError> {
        let turn = tokio::select! {
            () = cancel.cancelled() => return Ok(Wait::Stopped),
            alone = self.host.turn.clone().lock_owned() => Turn { _alone: alone },
        };
        loop {
            let state = self.state().await?;
            self.host.refused.store(state.refusals > 0, Ordering::Relaxed);
            let latest = latest_ms((self.now)());
            if let Some(latest) = latest.filter(|latest| state.left_until_ms() > *latest) {
                self.forget_times_after(latest).await?;
                continue;
            }
            let now = (self.now)().as_millisecond();
            let closed_ms = state.closed.as_ref().map_or(i64::MIN, |closed| closed.until_ms - now);
            if let Some(closed) = state.closed
                && closed_ms > CLOSED_WAIT_MAX.as_millis() as i64
            {
                return Ok(Wait::Closed(closed));
            }
            let Ok(ms) = u64::try_from(closed_ms.max(state.next_at_ms - now)) else {
                let stopped = cancel.is_cancelled();
                return Ok(if stopped { Wait::Stopped } else { Wait::Turn(turn) });
            };
            tokio::select! {
                () = cancel.cancelled() => return Ok(Wait::Stopped),
                // One more millisecond: clocks round down, delays may not.
                // And looked at again each minute: the clock may be set meanwhile.
                () = tokio::time::sleep(Duration::from_millis(ms + 1).min(CLOSED_WAIT_MAX)) => {}
            }
        }
    }

    /// The time to be made durable before a request leaves.
    pub(crate) fn next_at_ms(&self) -> i64 {
        self.after(self.delay())
    }

    /// Holds the host after an answer that took `latency`, and ends the turn.
    pub(crate) async fn answered(&self, turn: Turn, latency: Duration) -> Result<(), CrawlError> {
        let delay = match self.delay() {
            NO_DELAY => NO_DELAY,
            delay => delay.max(latency * LATENCY_FACTOR),
        };
        let next = self.after(delay.mul_f64(1.0 + JITTER * chance()));
        let (archive, authority) = (self.archive.clone(), self.authority.clone());
        blocking(move || archive.hold_host_until(&authority, next)).await?;
        drop(turn);
        Ok(())
    }

    /// Leaves the host alone after it turned us away; until when, and why.
    pub(crate) async fn refused(
        &self,
        refusal: Refusal,
        why: String,
    ) -> Result<ClosedHost, CrawlError> {
        let before = self.state().await?.refusals;
        let own = REFUSED_MIN.saturating_mul(1 << before.min(16)).min(REFUSED_MAX);
        let wait = match refusal {
            Refusal::Asked(asked) => {
                let wait = asked.unwrap_or(own).min(ASKED_MAX);
                if before + 1 >= REFUSALS_MAX { wait.max(CIRCUIT) } else { wait }
            }
            Refusal::Robots => ROBOTS_RETRIES[(before as usize).min(ROBOTS_RETRIES.len() - 1)],
        };
        let closed = ClosedHost { until_ms: self.after(wait), why };
        let (archive, authority, told) =
            (self.archive.clone(), self.authority.clone(), closed.clone());
        blocking(move || archive.close_host(&authority, &told)).await?;
        self.host.refused.store(true, Ordering::Relaxed);
        Ok(closed)
    }

    /// Notes that the host answers as it should.
    pub(crate) async fn welcomed(&self) -> Result<(), CrawlError> {
        if !self.host.refused.swap(false, Ordering::Relaxed) {
            return Ok(());
        }
        let (archive, authority) = (self.archive.clone(), self.authority.clone());
        blocking(move || archive.reopen_host(&authority)).await
    }

    /// Leaves the host alone for its delay only, after the clock was set back.
    async fn forget_times_after(&self, latest_ms: i64) -> Result<(), CrawlError> {
        tracing::warn!(
            host = self.authority,
            "the host was to be left alone for days, as the clock was wrong; that is forgotten"
        );
        let (archive, next) = (self.archive.clone(), self.next_at_ms());
        blocking(move || archive.forget_times_after(latest_ms, next)).await
    }

    async fn state(&self) -> Result<HostState, CrawlError> {
        let (archive, authority) = (self.archive.clone(), self.authority.clone());
        blocking(move || archive.host(&authority)).await
    }

    fn after(&self, delay: Duration) -> i64 {
        let delay = SignedDuration::try_from(delay).unwrap_or(SignedDuration::MAX);
        (self.now)().saturating_add(delay).unwrap_or(Timestamp::MAX).as_millisecond() + 1
    }
}

/// A number from 0 to 1; the standard library's hasher is seeded anew each time.
fn chance() -> f64 {
    let random = std::hash::RandomState::new().build_hasher().finish();
    random as f64 / u64::MAX as f64
}
