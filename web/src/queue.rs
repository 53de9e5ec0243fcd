//! Who is served next: whoever waits, in turn by client, not by request. One client who asks a
//! thousand things, or one whose questions take long, keeps nobody else waiting behind them.
//!
//! A fixed number of requests is worked on at once, of one client at most half of them; the others
//! wait in their client's own queue, and the queues take turns (fair queueing, Nagle, RFC 970).
//! Where a queue is full the client is told to come back later.

use std::collections::{HashMap, VecDeque};
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use tokio::sync::{Semaphore, SemaphorePermit, oneshot};

use crate::App;
use crate::pages::refused_early;
use crate::problem::Problem;

/// Requests that are worked on at once, for each core: some wait for the disk.
const PER_CORE: usize = 4;
/// Requests of one client that wait.
const OF_CLIENT_MAX: usize = 64;
/// Requests that wait in all.
const WAITING_MAX: usize = 2_000;
/// How long a request waits.
const WAIT_MAX: Duration = Duration::from_secs(10);
/// How long one is worked on until its answer begins. The longest are looks at a portal.
const WORK_MAX: Duration = Duration::from_secs(120);
/// Bytes of what a request carries, and how long they may take to come.
const BODY_BYTES_MAX: usize = 2 * 1024 * 1024;
const BODY_TIME_MAX: Duration = Duration::from_secs(20);
/// Of those that carry more than this, or do not say how much, so many are received or wait at once.
const SMALL_BYTES: usize = 64 * 1024;
const LARGE_AT_ONCE: usize = 16;
/// When to come back, in seconds.
const RETRY_AFTER: &str = "5";

/// Paths that are answered at once: what watches over the server, and files that cost nothing.
const AT_ONCE: [&str; 3] = ["/healthz", "/readyz", "/metrics"];
/// What the paths of such files begin with.
const FILES: &str = "/assets/";

/// Who asks: an address, of IPv6 the network that one household gets (a /56); `None` for those whom
/// the proxy does not name.
type Client = Option<IpAddr>;

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

/// Why a request is not even queued.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Full {
    /// So many requests of this client wait already.
    Client,
    /// So many wait in all.
    Server,
}

impl Queue {
    /// A queue for this machine.
    pub(crate) fn new() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, usize::from);
        Self::of_slots(cores * PER_CORE)
    }

    fn of_slots(slots: usize) -> Self {
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

/// Waits for a request's turn, and bounds the time that it takes.
pub(crate) async fn in_turn(State(app): State<App>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if AT_ONCE.contains(&path) || path.starts_with(FILES) {
        return next.run(request).await;
    }
    let client = app.site.client(request.headers(), request.extensions()).map(network);
    let (parts, body) = request.into_parts();
    let (body, place) = match received(&parts.headers, body).await {
        Ok(received) => received,
        Err(problem) => return refused_early(&app, parts, problem).await,
    };
    let refuse = match app.queue.enter(client) {
        Ok(turn) => match tokio::time::timeout(WAIT_MAX, turn).await {
            Ok(Ok(turn)) => {
                // From here on its turn bounds how much is held.
                drop(place);
                let request = Request::from_parts(parts.clone(), body.into());
                // A task of its own: whoever goes away, or waits for too long, does not end the work,
                // and so must not give the turn away. A panic in it is an error of ours.
                let work = tokio::spawn(async move {
                    let _turn = turn;
                    next.run(request).await
                });
                match tokio::time::timeout(WORK_MAX, work).await {
                    Ok(Ok(response)) => return response,
                    Ok(Err(panic)) => Problem::internal(&panic),
                    Err(_) => busy("this took too long and was given up; ask for less at once"),
                }
            }
            Ok(Err(_)) | Err(_) => busy("so many are asking that this waited for too long"),
        },
        Err(Full::Client) => Problem::new(
            StatusCode::TOO_MANY_REQUESTS,
            "you have asked for so much at once that no more is queued; wait for answers",
        ),
        Err(Full::Server) => busy("too many are asking at this moment"),
    };
    let mut response = refused_early(&app, parts, refuse).await;
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static(RETRY_AFTER));
    response
}

/// The whole body of a request, before it takes anybody's turn; a large one with the place that it
/// has until then.
async fn received(
    headers: &HeaderMap,
    body: Body,
) -> Result<(Bytes, Option<SemaphorePermit<'static>>), Problem> {
    static LARGE: Semaphore = Semaphore::const_new(LARGE_AT_ONCE);
    let length = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    let length = length.and_then(|length| length.parse().ok());
    let is_small =
        body.is_end_stream() || length.is_some_and(|length: usize| length <= SMALL_BYTES);
    let read = async {
        let place = if is_small { None } else { LARGE.acquire().await.ok() };
        axum::body::to_bytes(body, BODY_BYTES_MAX).await.map(|bytes| (bytes, place))
    };
    match tokio::time::timeout(BODY_TIME_MAX, read).await {
        Ok(Ok(received)) => Ok(received),
        Ok(Err(error)) => {
            let is_long = error.to_string().contains("length limit");
            let status =
                if is_long { StatusCode::PAYLOAD_TOO_LARGE } else { StatusCode::BAD_REQUEST };
            Err(Problem::new(status, format!("what was sent could not be read: {error}")))
        }
        Err(_) => Err(Problem::new(StatusCode::REQUEST_TIMEOUT, "what was sent came too slowly")),
    }
}

fn busy(why: &str) -> Problem {
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, format!("{why}; try again in {RETRY_AFTER} s"))
}

/// Of IPv6 the first 56 bits.
fn network(address: IpAddr) -> IpAddr {
    match address {
        IpAddr::V4(_) => address,
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() >> 72 << 72)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn client(number: u8) -> Client {
        Some(IpAddr::from([127, 0, 0, number]))
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
            .map(|n| queue.enter(Some(IpAddr::from((n as u128).to_be_bytes()))))
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
