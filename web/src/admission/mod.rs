//! How a request comes to be worked on: its client may not ask too fast, what it carries is received
//! whole, it waits for its turn, and its work is bounded in time.

mod client;
mod places;
mod queue;
mod rate;

use std::future::poll_fn;
use std::pin::Pin;
use std::time::{Duration, Instant};

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use axum::middleware::Next;
use axum::response::Response;
use futures_core::Stream;

use self::queue::{Queue, Turn};
use self::rate::Rates;
use crate::App;
use crate::pages::refused_early;
use crate::problem::Problem;

pub(crate) use self::client::Client;
pub(crate) use self::places::{Place, Places};

/// How long a request waits for its turn.
const WAIT_MAX: Duration = Duration::from_secs(10);
/// How long one is worked on until its answer begins. The longest are looks at a portal.
const WORK_MAX: Duration = Duration::from_secs(120);
/// Bytes of what a request carries, and how long they may take to come.
const BODY_BYTES_MAX: usize = 2 * 1024 * 1024;
const BODY_TIME_MAX: Duration = Duration::from_secs(20);
/// What carries more than this, or does not say how much, needs a place until its turn has come.
const SMALL_BYTES: usize = 64 * 1024;
const LARGE_AT_ONCE: usize = 16;
const LARGE_OF_CLIENT_MAX: usize = 4;
/// Exports that are written at the same time: each holds a thread, however slowly it is read.
const EXPORTS_AT_ONCE: usize = 8;
const EXPORTS_OF_CLIENT_MAX: usize = 3;
/// How long a client whose request is refused may still send.
const DISCARD_MAX: Duration = Duration::from_secs(2);
/// When to come back if there is no better guess.
const RETRY_AFTER: Duration = Duration::from_secs(5);

/// Paths that are answered at once: what watches over the server, and files that cost nothing.
const AT_ONCE: [&str; 3] = ["/healthz", "/readyz", "/metrics"];
/// What the paths of such files begin with.
const FILES: &str = "/assets/";

/// What clients share.
#[derive(Debug)]
pub(crate) struct Admission {
    rates: Rates,
    queue: Queue,
    /// For large bodies.
    bodies: Places,
    exports: Places,
}

/// Why there is no place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Full {
    /// This client has its share.
    Client,
    /// There is none for anybody.
    Server,
}

impl Admission {
    /// For this machine.
    pub(crate) fn new() -> Self {
        Self {
            rates: Rates::new(),
            queue: Queue::new(),
            bodies: Places::new(LARGE_AT_ONCE, LARGE_OF_CLIENT_MAX),
            exports: Places::new(EXPORTS_AT_ONCE, EXPORTS_OF_CLIENT_MAX),
        }
    }

    /// A place among the exports under way.
    pub(crate) fn export(&self, client: Client) -> Result<Place, Problem> {
        Ok(self.exports.take(client)?)
    }
}

/// Answers a request as soon as it is its turn.
pub(crate) async fn in_turn(State(app): State<App>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    if AT_ONCE.contains(&path) || path.starts_with(FILES) {
        return next.run(request).await;
    }
    let (parts, body) = request.into_parts();
    let problem = match admitted(&app, &parts, body).await {
        Ok((turn, body)) => {
            let request = Request::from_parts(parts.clone(), body.into());
            match worked_on(turn, next.run(request)).await {
                Ok(response) => return response,
                Err(problem) => problem,
            }
        }
        Err(problem) => problem,
    };
    refused_early(&app, parts, problem).await
}

/// A request's turn, and what it carries.
async fn admitted(app: &App, parts: &Parts, body: Body) -> Result<(Turn, Bytes), Problem> {
    let admission = &app.admission;
    let client = Client::of(&app.site, &parts.headers, &parts.extensions);
    let may_ask = match app.site.knows_client(&parts.headers, &parts.extensions) {
        true => admission.rates.spend(client, Instant::now()).map_err(too_fast),
        false => Ok(()),
    };
    let place = may_ask.and_then(|()| place(&admission.bodies, client, &parts.headers, &body));
    let place = match place {
        Ok(place) => place,
        Err(problem) => {
            discard(body).await;
            return Err(problem);
        }
    };
    let body = received(body).await?;
    let turn = turn(&admission.queue, client).await?;
    // From here on its turn bounds how much is held.
    drop(place);
    Ok((turn, body))
}

/// The place that a large body needs; none for a small one.
fn place(
    places: &Places,
    client: Client,
    headers: &HeaderMap,
    body: &Body,
) -> Result<Option<Place>, Problem> {
    let length = headers.get(header::CONTENT_LENGTH).and_then(|value| value.to_str().ok());
    let length: Option<usize> = length.and_then(|length| length.parse().ok());
    if length.is_some_and(|length| length > BODY_BYTES_MAX) {
        return Err(too_large());
    }
    let is_small = body.is_end_stream() || length.is_some_and(|length| length <= SMALL_BYTES);
    if is_small { Ok(None) } else { Ok(Some(places.take(client)?)) }
}

/// The whole body of a request, before it takes anybody's turn.
async fn received(body: Body) -> Result<Bytes, Problem> {
    let read = axum::body::to_bytes(body, BODY_BYTES_MAX);
    match tokio::time::timeout(BODY_TIME_MAX, read).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(error)) if error.to_string().contains("length limit") => Err(too_large()),
        Ok(Err(error)) => {
            Err(Problem::bad_request(format!("what was sent could not be read: {error}")))
        }
        Err(_) => Err(Problem::new(StatusCode::REQUEST_TIMEOUT, "what was sent came too slowly")),
    }
}

/// Waits for a client's turn.
async fn turn(queue: &Queue, client: Client) -> Result<Turn, Problem> {
    match tokio::time::timeout(WAIT_MAX, queue.enter(client)?).await {
        Ok(Ok(turn)) => Ok(turn),
        Ok(Err(_)) | Err(_) => Err(busy("so many are asking that this waited for too long")),
    }
}

/// Works on a request for as long as that may take until its answer begins.
async fn worked_on(
    turn: Turn,
    work: impl Future<Output = Response> + Send + 'static,
) -> Result<Response, Problem> {
    // A task of its own: whoever goes away, or waits for too long, does not end the work, and so must
    // not give the turn away. A panic in it is an error of ours.
    let work = tokio::spawn(async move {
        let _turn = turn;
        work.await
    });
    match tokio::time::timeout(WORK_MAX, work).await {
        Ok(Ok(response)) => Ok(response),
        Ok(Err(panic)) => Err(Problem::internal(&panic)),
        Err(_) => Err(busy("this took too long and was given up; ask for less at once")),
    }
}

/// Takes a little of what a client sends before it is refused: else the connection would be cut while
/// it sends, and it would not read why.
async fn discard(body: Body) {
    let mut pieces = body.into_data_stream();
    let all = async {
        let mut bytes = 0;
        while let Some(Ok(piece)) =
            poll_fn(|context| Pin::new(&mut pieces).poll_next(context)).await
            && bytes < BODY_BYTES_MAX
        {
            bytes += piece.len();
        }
    };
    let _ = tokio::time::timeout(DISCARD_MAX, all).await;
}

impl From<Full> for Problem {
    fn from(full: Full) -> Self {
        match full {
            Full::Client => {
                let why =
                    "you have asked for so much at once that no more is taken; wait for answers";
                too_many(why).again_in(RETRY_AFTER)
            }
            Full::Server => busy("too many are asking at this moment"),
        }
    }
}

fn too_large() -> Problem {
    let most = BODY_BYTES_MAX / 1024 / 1024;
    let why = format!("what a request carries may have {most} MiB at most");
    Problem::new(StatusCode::PAYLOAD_TOO_LARGE, why)
}

fn too_fast(wait: Duration) -> Problem {
    too_many("you ask faster than one reader may; slow down").again_in(wait)
}

fn too_many(why: &str) -> Problem {
    Problem::new(StatusCode::TOO_MANY_REQUESTS, why)
}

fn busy(why: &str) -> Problem {
    let detail = format!("{why}; try again in {} s", RETRY_AFTER.as_secs());
    Problem::new(StatusCode::SERVICE_UNAVAILABLE, detail).again_in(RETRY_AFTER)
}

#[cfg(test)]
mod tests {
    use std::task::{Context, Poll};

    use super::*;
    use axum::response::IntoResponse;

    /// A body of untold length: some bytes, and then its end or nothing more.
    struct Sent {
        bytes: Option<Bytes>,
        ends: bool,
    }

    impl Stream for Sent {
        type Item = Result<Bytes, std::io::Error>;

        fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
            match self.bytes.take() {
                None if !self.ends => Poll::Pending,
                rest => Poll::Ready(rest.map(Ok)),
            }
        }
    }

    async fn sent(places: &Places, ends: bool) -> Result<(Bytes, Option<Place>), Problem> {
        let body = Body::from_stream(Sent { bytes: Some(Bytes::from_static(b"q=x")), ends });
        let place = place(places, client(), &HeaderMap::new(), &body)?;
        Ok((received(body).await?, place))
    }

    fn client() -> Client {
        Client::at([203, 0, 113, 7].into())
    }

    fn refused<T>(result: Result<T, Problem>) -> (u16, bool) {
        let problem = result.err().unwrap();
        (problem.status, problem.again_in.is_some())
    }

    // With the clock paused, time passes as soon as all tasks wait for it.

    #[tokio::test(start_paused = true)]
    async fn a_body_that_drips_is_given_up() {
        let places = Places::new(1, 1);
        let came = sent(&places, false).await;
        assert_eq!(refused(came), (408, false));
        assert!(places.take(client()).is_ok(), "its place is free again");
    }

    #[tokio::test]
    async fn large_bodies_of_one_client_are_few() {
        let places = Places::new(2, 1);
        let held = sent(&places, true).await.unwrap();
        assert_eq!(refused(sent(&places, true).await), (429, true));
        drop(held);
        assert!(sent(&places, true).await.is_ok());
    }

    #[test]
    fn exports_of_one_client_are_few() {
        let admission = Admission::new();
        let held: Vec<Place> = (0..3).map(|_| admission.export(client()).unwrap()).collect();
        assert_eq!(admission.export(client()).unwrap_err().status, 429);
        assert!(admission.export(Client::at([203, 0, 113, 8].into())).is_ok());
        drop(held);
        assert!(admission.export(client()).is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn who_waits_for_too_long_is_told() {
        let queue = Queue::of_slots(1);
        let working = turn(&queue, client()).await.unwrap();
        assert_eq!(refused(turn(&queue, client()).await), (503, true));
        drop(working);
        assert!(turn(&queue, client()).await.is_ok());
    }

    #[tokio::test(start_paused = true)]
    async fn work_without_end_is_answered_and_keeps_its_turn() {
        let queue = Queue::of_slots(1);
        let (end, ended) = tokio::sync::oneshot::channel::<()>();
        let work = async move {
            let _ = ended.await;
            StatusCode::OK.into_response()
        };
        let answer = worked_on(turn(&queue, client()).await.unwrap(), work).await;
        assert_eq!(refused(answer), (503, true));
        assert_eq!(refused(turn(&queue, client()).await), (503, true));
        end.send(()).unwrap();
        assert!(turn(&queue, client()).await.is_ok());
    }

    #[tokio::test]
    async fn a_panic_gives_its_turn_back() {
        let queue = Queue::of_slots(1);
        let work = async { panic!("as a test of it") };
        let answer = worked_on(turn(&queue, client()).await.unwrap(), work).await;
        assert_eq!(refused(answer), (500, false));
        assert!(turn(&queue, client()).await.is_ok());
    }
}
