//! How often an address may try to sign in.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};

use jiff::{SignedDuration, Timestamp};
use tokio::sync::Semaphore;

/// Tries of one address in a window.
const TRIES_MAX: u32 = 20;
/// How long the window is.
const WINDOW: SignedDuration = SignedDuration::from_mins(5);
/// Addresses that are remembered; beyond it, those whose window is over are forgotten.
const ADDRESSES_MAX: usize = 10_000;
/// Passwords that are hashed at the same time: each takes 19 MiB.
const HASHED_AT_ONCE: usize = 2;

/// Tries to sign in, by address.
#[derive(Debug)]
pub(crate) struct Attempts {
    tries: Mutex<HashMap<IpAddr, (Timestamp, u32)>>,
    /// Places for hashing.
    pub(crate) hashing: Semaphore,
}

impl Attempts {
    pub(crate) fn new() -> Self {
        Self { tries: Mutex::default(), hashing: Semaphore::new(HASHED_AT_ONCE) }
    }

    /// Counts a try; whether it is allowed.
    pub(crate) fn allow(&self, address: IpAddr, now: Timestamp) -> bool {
        let mut tries = self.tries.lock().unwrap_or_else(PoisonError::into_inner);
        if tries.len() >= ADDRESSES_MAX {
            tries.retain(|_, (since, _)| now.duration_since(*since) < WINDOW);
        }
        if tries.len() >= ADDRESSES_MAX && !tries.contains_key(&address) {
            return false;
        }
        let (since, count) = tries.entry(address).or_insert((now, 0));
        if now.duration_since(*since) >= WINDOW {
            (*since, *count) = (now, 0);
        }
        *count += 1;
        *count <= TRIES_MAX
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_may_try_twenty_times_in_five_minutes() {
        let attempts = Attempts::new();
        let (one, other) = ("192.0.2.1".parse().unwrap(), "192.0.2.2".parse().unwrap());
        let now = Timestamp::UNIX_EPOCH;
        assert_eq!((0..30).filter(|_| attempts.allow(one, now)).count(), 20);
        assert!(attempts.allow(other, now));
        assert!(attempts.allow(one, now + WINDOW));
    }
}
