//! Who is served next: whoever waits, in turn by client, not by request. One client who asks a
//! thousand things, or one whose questions take long, keeps nobody else waiting behind them.
//!
//! A fixed number of requests is worked on at once, of one client at most half of them; the others
//! wait in their client's own queue, and the queues take turns (fair queueing, Nagle, RFC 970).
//! Where a queue is full the client is told to come back later.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::sync::oneshot;

use super::Full;
use super::client::Client;

/// Requests that are worked on at once, for each core: some wait for the disk.
const PER_CORE: usize = 4;
/// Requests of one client that wait.
const OF_CLIENT_MAX: usize = 64;
/// Requests that wait in all.
const WAITING_MAX: usize = 2_000;

/// The queue of a server.
#[derive(Clone, Debug)]
pub(crate) struct Queue(Arc<Mutex<Clients>>);

#[derive(Debug)]
struct Clients {
    free: usize,
    /// Most of one client at once.
    of_client_max: usize,
    /// Those who have a turn or wait for one.
    known: HashMap<Client, Requests>,
    /// Clients with requests that wait, in the order of their turns.
    turns: VecDeque<Client>,
    waiting: usize,
}

/// The requests of one client.
#[derive(Debug, Default)]
struct Requests {
    running: usize,
    waiting: VecDeque<oneshot::Sender<Turn>>,
}

/// The right to be worked on, until it is dropped.
#[derive(Debug)]
pub(crate) struct Turn {
    queue: Queue,
    client: Client,
}

impl Queue {
    /// A queue for this machine.
    pub(crate) fn new() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self::of_slots(cores * PER_CORE)
    }

    pub(super) fn of_slots(slots: usize) -> Self {
        Self(Arc::new(Mutex::new(Clients {
            free: slots,
            of_client_max: (slots / 2).max(1),
            known: HashMap::new(),
            turns: VecDeque::new(),
            waiting: 0,
        })))
    }

    /// Asks for a turn; it comes through the channel.
    pub(crate) fn enter(&self, client: Client) -> Result<oneshot::Receiver<Turn>, Full> {
        let (give, take) = oneshot::channel();
        {
            let mut clients = self.clients();
            clients.forget_gone(client);
            if clients.waiting >= WAITING_MAX {
                clients.forget_all_gone();
            }
            if clients.waiting >= WAITING_MAX {
                return Err(Full::Server);
            }
            let requests = clients.known.entry(client).or_default();
            if requests.waiting.len() >= OF_CLIENT_MAX {
                return Err(Full::Client);
            }
            requests.waiting.push_back(give);
            if requests.waiting.len() == 1 {
                clients.turns.push_back(client);
            }
            clients.waiting += 1;
        }
        self.give_turns();
        Ok(take)
    }

    /// Gives free turns to those who wait.
    fn give_turns(&self) {
        while let Some((client, give)) = self.next() {
            // Who went away meanwhile drops the turn, which then is the next one's.
            let _ = give.send(Turn { queue: self.clone(), client });
        }
    }

    /// The next request; the lock is held no longer than that.
    fn next(&self) -> Option<(Client, oneshot::Sender<Turn>)> {
        self.clients().next()
    }

    fn clients(&self) -> MutexGuard<'_, Clients> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Clients {
    /// The next request, which now runs. Whoever went away meanwhile is passed over.
    fn next(&mut self) -> Option<(Client, oneshot::Sender<Turn>)> {
        while self.free > 0 {
            let most = self.of_client_max;
            let may = |client: &Client| self.known.get(client).is_some_and(|c| c.running < most);
            let at = self.turns.iter().position(may)?;
            let client = self.turns.remove(at)?;
            let requests = self.known.get_mut(&client)?;
            let give = requests.waiting.pop_front()?;
            self.waiting -= 1;
            if !requests.waiting.is_empty() {
                self.turns.push_back(client);
            }
            if give.is_closed() {
                self.forget_idle(client);
                continue;
            }
            requests.running += 1;
            self.free -= 1;
            return Some((client, give));
        }
        None
    }

    /// Forgets who went away before its turn.
    fn forget_gone(&mut self, client: Client) {
        let Some(requests) = self.known.get_mut(&client) else { return };
        let before = requests.waiting.len();
        requests.waiting.retain(|give| !give.is_closed());
        let gone = before - requests.waiting.len();
        if gone == 0 {
            return;
        }
        self.waiting -= gone;
        if requests.waiting.is_empty() {
            self.turns.retain(|other| *other != client);
        }
        self.forget_idle(client);
    }

    fn forget_all_gone(&mut self) {
        let waiting: Vec<Client> = self.turns.iter().copied().collect();
        waiting.into_iter().for_each(|client| self.forget_gone(client));
    }

    fn forget_idle(&mut self, client: Client) {
        let idle = |one: &Requests| one.running == 0 && one.waiting.is_empty();
        if self.known.get(&client).is_some_and(idle) {
            self.known.remove(&client);
        }
    }

    fn ended(&mut self, client: Client) {
        self.free += 1;
        if let Some(requests) = self.known.get_mut(&client) {
            requests.running -= 1;
        }
        self.forget_idle(client);
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.queue.clients().ended(self.client);
        self.queue.give_turns();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn client(number: u8) -> Client {
        Client::at([127, 0, 0, number].into())
    }

    #[test]
    fn a_client_who_asks_much_does_not_keep_others_waiting() {
        let queue = Queue::of_slots(4);
        let mut many: Vec<_> = (0..50).map(|_| queue.enter(client(1)).unwrap()).collect();
        let first: Vec<Turn> = many.iter_mut().filter_map(|one| one.try_recv().ok()).collect();
        assert_eq!(first.len(), 2, "half of all turns");
        let other = queue.enter(client(2)).unwrap().try_recv().unwrap();
        let third = queue.enter(client(3)).unwrap().try_recv().unwrap();
        let mut late = queue.enter(client(4)).unwrap();
        assert!(late.try_recv().is_err(), "all turns are taken");
        drop(first);
        assert!(late.try_recv().is_ok(), "not after the forty-eight that came before");
        drop((other, third));
    }

    #[test]
    fn a_full_queue_is_its_own_client_s() {
        let queue = Queue::of_slots(2);
        let waiting: Vec<_> =
            (0..=OF_CLIENT_MAX).map(|_| queue.enter(client(1)).unwrap()).collect();
        assert_eq!(queue.enter(client(1)).unwrap_err(), Full::Client);
        assert!(queue.enter(client(2)).unwrap().try_recv().is_ok());
        drop(waiting);
        assert!(queue.enter(client(1)).unwrap().try_recv().is_ok(), "who went away waits no more");
    }

    #[test]
    fn who_went_away_fills_no_queue() {
        let queue = Queue::of_slots(2);
        let running = queue.enter(client(1)).unwrap().try_recv().unwrap();
        for _ in 0..2 * OF_CLIENT_MAX {
            drop(queue.enter(client(1)).unwrap());
        }
        let mut patient = queue.enter(client(1)).unwrap();
        let in_all = |queue: &Queue| queue.clients().waiting;
        assert_eq!(in_all(&queue), 1);
        let gone: Vec<_> = (0..WAITING_MAX)
            .map(|n| queue.enter(Client::at(std::net::Ipv4Addr::from(n as u32).into())))
            .collect();
        drop(gone);
        assert!(queue.enter(client(2)).is_ok());
        drop(running);
        assert!(patient.try_recv().is_ok());
    }

    proptest! {
        #[test]
        fn no_turn_is_lost(steps in prop::collection::vec((0..4_u8, any::<bool>()), 0..200)) {
            let queue = Queue::of_slots(4);
            let mut taken = Vec::new();
            for (number, ends) in steps {
                if ends && !taken.is_empty() {
                    taken.swap_remove(0);
                } else if let Ok(turn) = queue.enter(client(number)) {
                    taken.push(turn);
                }
            }
            drop(taken);
            let clients = queue.clients();
            prop_assert_eq!((clients.free, clients.waiting), (4, 0));
            prop_assert!(clients.known.is_empty() && clients.turns.is_empty());
        }
    }
}
