//! How often somebody may try passwords: so often from one address, and fewer for one name from one
//! address. Neither keeps an operator out who comes from elsewhere.

use std::collections::HashMap;
use std::hash::Hash;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Semaphore;

/// Tries of one address in a window.
const TRIES_MAX: u32 = 20;
/// How long that window is.
const WINDOW: SignedDuration = SignedDuration::from_mins(5);
/// Wrong passwords for one name from one address.
const FAILURES_MAX: u32 = 5;
/// How long that address may not try that name again.
const LOCKED_FOR: SignedDuration = SignedDuration::from_mins(15);
/// What is remembered; beyond it the oldest is forgotten.
const REMEMBERED_MAX: usize = 10_000;
/// Passwords that are hashed at the same time: each takes 19 MiB.
const HASHED_AT_ONCE: usize = 2;

/// Where tries come from: an address, of IPv6 the network that one customer has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Origin([u8; 8]);

impl Origin {
    pub(crate) fn of(address: Option<IpAddr>) -> Self {
        let mut bytes = [0; 8];
        match address.map(|address| address.to_canonical()) {
            Some(IpAddr::V4(v4)) => bytes[..4].copy_from_slice(&v4.octets()),
            Some(IpAddr::V6(v6)) => bytes.copy_from_slice(&v6.octets()[..8]),
            None => {}
        }
        Self(bytes)
    }
}

/// Counts by key, each in a window of its own.
#[derive(Debug)]
struct Counts<K> {
    counts: HashMap<K, (Timestamp, u32)>,
    window: SignedDuration,
}

impl<K: Clone + Eq + Hash> Counts<K> {
    fn new(window: SignedDuration) -> Self {
        Self { counts: HashMap::new(), window }
    }

    fn count(&self, key: &K, now: Timestamp) -> u32 {
        let found = self.counts.get(key);
        found.filter(|(since, _)| now.duration_since(*since) < self.window).map_or(0, |one| one.1)
    }

    fn add(&mut self, key: K, now: Timestamp) -> u32 {
        if self.counts.len() >= REMEMBERED_MAX && !self.counts.contains_key(&key) {
            let oldest = self.counts.iter().min_by_key(|(_, (since, _))| *since);
            if let Some(oldest) = oldest.map(|(key, _)| key.clone()) {
                self.counts.remove(&oldest);
            }
        }
        let (since, count) = self.counts.entry(key).or_insert((now, 0));
        if now.duration_since(*since) >= self.window {
            (*since, *count) = (now, 0);
        }
        *count += 1;
        *count
    }
}

/// Tries of passwords.
#[derive(Debug)]
pub(crate) struct Attempts {
    tries: Mutex<Counts<Origin>>,
    failures: Mutex<Counts<(Origin, String)>>,
    /// Places for hashing.
    pub(crate) hashing: Semaphore,
}

impl Attempts {
    pub(crate) fn new() -> Self {
        Self {
            tries: Mutex::new(Counts::new(WINDOW)),
            failures: Mutex::new(Counts::new(LOCKED_FOR)),
            hashing: Semaphore::new(HASHED_AT_ONCE),
        }
    }

    /// Counts a try for a name; whether it is allowed.
    pub(crate) fn allow(&self, origin: Origin, name: &str, now: Timestamp) -> bool {
        let mut tries = self.tries.lock().unwrap_or_else(PoisonError::into_inner);
        if tries.add(origin, now) > TRIES_MAX {
            return false;
        }
        let failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        failures.count(&(origin, name.to_lowercase()), now) < FAILURES_MAX
    }

    /// Notes that the password was wrong.
    pub(crate) fn failed(&self, origin: Origin, name: &str, now: Timestamp) {
        let mut failures = self.failures.lock().unwrap_or_else(PoisonError::into_inner);
        failures.add((origin, name.to_lowercase()), now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(text: &str) -> Origin {
        Origin::of(Some(text.parse().unwrap()))
    }

    #[test]
    fn an_address_may_try_twenty_times_in_five_minutes() {
        let attempts = Attempts::new();
        let (one, other) = (origin("192.0.2.1"), origin("192.0.2.2"));
        let now = Timestamp::UNIX_EPOCH;
        assert_eq!((0..30).filter(|_| attempts.allow(one, "lan", now)).count(), 20);
        assert!(attempts.allow(other, "lan", now));
        assert!(attempts.allow(one, "lan", now + WINDOW));
    }

    #[test]
    fn wrong_passwords_lock_a_name_for_the_address_they_come_from() {
        let attempts = Attempts::new();
        let (one, other) = (origin("2001:db8::1"), origin("2001:db8:0:1::1"));
        let now = Timestamp::UNIX_EPOCH;
        (0..5).for_each(|_| attempts.failed(one, "lan", now));
        assert!(!attempts.allow(origin("2001:db8::ffff"), "Lan", now), "the same network");
        assert!(attempts.allow(one, "minh", now) && attempts.allow(other, "lan", now));
        assert!(attempts.allow(one, "lan", now + LOCKED_FOR));
    }

    #[test]
    fn what_is_remembered_is_bounded_and_nobody_is_refused_for_it() {
        let mut counts = Counts::new(WINDOW);
        for key in 0..=REMEMBERED_MAX {
            assert_eq!(counts.add(key, Timestamp::UNIX_EPOCH), 1);
        }
        assert_eq!(counts.counts.len(), REMEMBERED_MAX);
    }
}
