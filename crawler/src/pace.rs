//! Politeness: when a host may be asked next.
//!
//! The time is durable before a request leaves, and counts again from its end, so that neither a
//! restart nor a slow answer brings two requests closer than the delay. Sources on one host take
//! turns: one connection a host.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hasher};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use archive::Archive;
use jiff::{SignedDuration, Timestamp};
use tokio::sync::OwnedMutexGuard;
use tokio_util::sync::CancellationToken;

use crate::CrawlError;
use crate::blocking::blocking;

/// A host that takes long to answer is left alone for so many times its last answer's time.
const LATENCY_FACTOR: u32 = 5;
/// The delay is lengthened by up to this part of itself, so that visits do not beat in time.
const JITTER: f64 = 0.1;

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

    /// Waits until the host may be asked; `None` when `cancel` came first.
    pub(crate) async fn wait(
        &self,
        cancel: &CancellationToken,
    ) -> Result<Option<Turn>, CrawlError> {
        let turn = tokio::select! {
            () = cancel.cancelled() => return Ok(None),
            alone = self.host.turn.clone().lock_owned() => Turn { _alone: alone },
        };
        loop {
            let (archive, authority) = (self.archive.clone(), self.authority.clone());
            let next = blocking(move || archive.host_next_at_ms(&authority)).await?;
            let ms = next - (self.now)().as_millisecond();
            let Ok(ms) = u64::try_from(ms) else {
                return Ok((!cancel.is_cancelled()).then_some(turn));
            };
            tokio::select! {
                () = cancel.cancelled() => return Ok(None),
                // One more millisecond: clocks round down, delays may not.
                () = tokio::time::sleep(Duration::from_millis(ms + 1)) => {}
            }
        }
    }

    /// The time to be made durable before a request leaves.
    pub(crate) fn next_at_ms(&self) -> i64 {
        self.after(self.delay())
    }

    /// Holds the host after an answer that took `latency`, and ends the turn.
    pub(crate) async fn answered(&self, turn: Turn, latency: Duration) -> Result<(), CrawlError> {
        let delay = self.delay().max(latency * LATENCY_FACTOR);
        let next = self.after(delay.mul_f64(1.0 + JITTER * chance()));
        let (archive, authority) = (self.archive.clone(), self.authority.clone());
        blocking(move || archive.hold_host_until(&authority, next)).await?;
        drop(turn);
        Ok(())
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
