//! How fast one client may ask over a while. Fair turns alone would let one who is alone at it have
//! half of the machine all day.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use super::client::Client;

/// What one request costs: 20 a second over a while. Behind one address there may be thousands of
/// phones (carrier-grade NAT), so that this is much for one reader.
const COST: Duration = Duration::from_millis(50);
/// What may be spent at once after a rest: 200 requests.
const SAVED_MAX: Duration = Duration::from_secs(10);
/// Clients that are remembered before it is looked for those who rested.
const REMEMBERED: usize = 1_024;

/// How much each client has spent: the generic cell rate algorithm (ITU-T I.371), a token bucket that
/// needs one number a client.
#[derive(Debug)]
pub(crate) struct Rates(Mutex<Spent>);

#[derive(Debug)]
struct Spent {
    /// When all that a client spent will have come in again. Who rested for so long is as good as new.
    until: HashMap<Client, Instant>,
    /// At how many clients those who rested are forgotten.
    look_at: usize,
}

impl Rates {
    pub(crate) fn new() -> Self {
        Self(Mutex::new(Spent { until: HashMap::new(), look_at: REMEMBERED }))
    }

    /// Lets a client ask once more now, or says how long it must wait before it may.
    pub(crate) fn spend(&self, client: Client, now: Instant) -> Result<(), Duration> {
        let mut spent = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        spent.forget_rested(now);
        let until = spent.until.entry(client).or_insert(now);
        let then = (*until).max(now) + COST;
        match then.saturating_duration_since(now).checked_sub(SAVED_MAX) {
            Some(wait) if !wait.is_zero() => Err(wait),
            _ => {
                *until = then;
                Ok(())
            }
        }
    }
}

impl Spent {
    fn forget_rested(&mut self, now: Instant) {
        if self.until.len() >= self.look_at {
            self.until.retain(|_, until| *until > now);
            // So rarely that it costs little for each request.
            self.look_at = REMEMBERED.max(2 * self.until.len());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn client(number: u32) -> Client {
        Client::at(std::net::Ipv4Addr::from(number).into())
    }

    #[test]
    fn two_hundred_at_once_then_twenty_a_second() {
        let (rates, now) = (Rates::new(), Instant::now());
        for _ in 0..200 {
            rates.spend(client(1), now).unwrap();
        }
        assert_eq!(rates.spend(client(1), now), Err(COST));
        assert!(rates.spend(client(2), now).is_ok(), "another one's is another's");
        let a_second_later = now + Duration::from_secs(1);
        let answered = (0..50).filter(|_| rates.spend(client(1), a_second_later).is_ok());
        assert_eq!(answered.count(), 20);
    }

    #[test]
    fn who_rested_is_forgotten() {
        let (rates, now) = (Rates::new(), Instant::now());
        for number in 0..REMEMBERED as u32 {
            rates.spend(client(number), now).unwrap();
        }
        rates.spend(client(u32::MAX), now + COST).unwrap();
        assert_eq!(rates.0.lock().unwrap().until.len(), 1);
    }

    proptest! {
        #[test]
        fn nobody_gets_more_than_was_saved_and_came_in(
            gaps in prop::collection::vec(0_u64..200, 1..2_000)
        ) {
            let (rates, start) = (Rates::new(), Instant::now());
            let (mut now, mut answered) = (start, 0_u32);
            for gap in gaps {
                now += Duration::from_millis(gap);
                answered += u32::from(rates.spend(client(1), now).is_ok());
            }
            prop_assert!(COST * answered <= SAVED_MAX + (now - start) + COST);
        }
    }
}
