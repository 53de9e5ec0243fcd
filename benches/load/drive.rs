//! Asking at a rate, whatever the answers take: each request has its moment, and what it waits
//! behind others counts as its own time. (A client that waits for an answer before it asks again
//! would not notice a server that stops: "coordinated omission".)

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use fastrand::Rng;

use super::day::{Kind, Search};

/// Requests under way at once, at most.
const CLIENTS: usize = 48;

/// A request that was answered.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answered {
    pub(crate) kind: Kind,
    pub(crate) took: Duration,
    pub(crate) well: bool,
}

/// Asks at a mean `rate` a second, at random moments, for so long; from the search of this number on.
pub(crate) fn at_rate(
    base: &str,
    (searches, first): (&[Search], usize),
    rate: f64,
    lasts: Duration,
) -> Vec<Answered> {
    let moments = moments(rate, lasts);
    let next = AtomicUsize::new(0);
    let answered = Mutex::new(Vec::with_capacity(moments.len()));
    let started = Instant::now();
    std::thread::scope(|threads| {
        for _ in 0..CLIENTS {
            threads.spawn(|| {
                let agent = agent();
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    let Some(moment) = moments.get(number) else { return };
                    std::thread::sleep(moment.saturating_sub(started.elapsed()));
                    let search = &searches[(first + number) % searches.len()];
                    let well = ask(&agent, base, search);
                    let took = started.elapsed().saturating_sub(*moment);
                    answered.lock().unwrap().push(Answered { kind: search.kind, took, well });
                }
            });
        }
    });
    answered.into_inner().unwrap()
}

/// Asks one after the other.
pub(crate) fn in_turn(base: &str, searches: &[Search]) -> Vec<Answered> {
    let agent = agent();
    let one = |search: &Search| {
        let started = Instant::now();
        let well = ask(&agent, base, search);
        Answered { kind: search.kind, took: started.elapsed(), well }
    };
    searches.iter().map(one).collect()
}

fn agent() -> ureq::Agent {
    ureq::Agent::new_with_config(
        ureq::Agent::config_builder().timeout_global(Some(Duration::from_secs(60))).build(),
    )
}

fn ask(agent: &ureq::Agent, base: &str, search: &Search) -> bool {
    // Each request is another reader's, as a proxy would say.
    static READER: AtomicUsize = AtomicUsize::new(0);
    let reader = READER.fetch_add(1, Ordering::Relaxed);
    let reader = format!("203.0.{}.{}", reader / 256 % 256, reader % 256);
    let request = agent.get(format!("{base}{}", search.target));
    let answer = request.header("x-forwarded-for", reader).call();
    let read = answer.and_then(|mut answer| answer.body_mut().read_to_vec());
    if let Err(error) = &read {
        println!("{}: {error}", search.target);
    }
    read.is_ok()
}

/// Moments whose distances are exponential: requests of many who know nothing of each other.
fn moments(rate: f64, lasts: Duration) -> Vec<Duration> {
    let mut rng = Rng::with_seed(2);
    let mut at = 0.0;
    let next = || {
        at -= (1.0 - rng.f64()).ln() / rate;
        (at < lasts.as_secs_f64()).then(|| Duration::from_secs_f64(at))
    };
    std::iter::from_fn(next).collect()
}

/// A quantile of the times, in milliseconds.
pub(crate) fn quantile(answered: &[Answered], share: f64) -> f64 {
    let mut times: Vec<Duration> = answered.iter().map(|one| one.took).collect();
    times.sort_unstable();
    let at = ((times.len() - 1) as f64 * share).round() as usize;
    times[at].as_secs_f64() * 1e3
}
