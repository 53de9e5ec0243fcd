//! Connections: how many there may be, and how long each may take to say what it wants. A client that
//! opens many and says nothing keeps nobody out for long ("slowloris").

use std::io;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::ConnectInfo;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::net::{TcpListener, TcpStream};
use tower_service::Service;

use crate::admission::{Client, Place, Places};

/// Connections at once, and of one peer; more are closed. A proxy is one peer: it may pass on as many
/// requests as wait at most.
const CONNECTIONS_MAX: usize = 4_096;
const OF_PEER_MAX: usize = 2_048;
/// How long a client may take to send the head of a request, or do nothing between two.
const HEAD_MAX: Duration = Duration::from_secs(20);
/// How long what we send may wait for a client that does not read.
const UNTAKEN_MAX: Duration = Duration::from_secs(60);
/// Bytes of a request's head.
const HEAD_BYTES_MAX: usize = 64 * 1024;
/// How long to wait after the system could not give a connection, as when all files are in use.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// How often it is told that connections are refused.
const TELL_EVERY: Duration = Duration::from_secs(60);
/// Files that the rest of the program has open: archive, index, portals that are crawled.
const OTHER_FILES: u64 = 512;

/// Serves connections until `stop` is done, then lets the requests under way finish.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    stop: impl Future<Output = ()>,
) -> io::Result<()> {
    let (all, of_peer) = places(open_files());
    let patience = Patience { head: HEAD_MAX, untaken: UNTAKEN_MAX };
    serve_within(Places::new(all, of_peer), patience, listener, router, stop).await
}

/// How long a client may take.
#[derive(Clone, Copy)]
struct Patience {
    /// To send the head of a request.
    head: Duration,
    /// To read what we send.
    untaken: Duration,
}

/// How many connections there may be with so many files, and how many of one peer.
fn places(files: u64) -> (usize, usize) {
    let all = usize::try_from(files.saturating_sub(OTHER_FILES)).unwrap_or(usize::MAX);
    let all = all.clamp(64, CONNECTIONS_MAX);
    (all, OF_PEER_MAX.min(all / 2))
}

/// How many files this process may open: as many as it may allow itself.
fn open_files() -> u64 {
    let limit = getrlimit(Resource::Nofile);
    let wanted = Rlimit { current: limit.maximum, ..limit };
    match setrlimit(Resource::Nofile, wanted) {
        Ok(()) => limit.maximum,
        Err(_) => limit.current,
    }
    .unwrap_or(u64::MAX)
}

async fn serve_within(
    places: Places,
    patience: Patience,
    listener: TcpListener,
    router: Router,
    stop: impl Future<Output = ()>,
) -> io::Result<()> {
    let under_way = GracefulShutdown::new();
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new())
        .header_read_timeout(patience.head)
        .max_header_size(HEAD_BYTES_MAX);
    let mut told: Option<Instant> = None;
    tokio::pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, peer)) => match places.take(Client::at(peer.ip())) {
                    Ok(place) => {
                        tune(&stream, patience.untaken);
                        answer(&http, stream, peer, &router, &under_way, place);
                    }
                    // It is closed with its stream.
                    Err(full) => if told.is_none_or(|at| at.elapsed() > TELL_EVERY) {
                        tracing::warn!(?full, "connections are refused: there are too many");
                        told = Some(Instant::now());
                    },
                },
                Err(error) => {
                    tracing::warn!(%error, "a connection could not be accepted");
                    tokio::time::sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }
    drop(listener);
    under_way.shutdown().await;
    Ok(())
}

/// Tells the system what a connection is for; where it cannot be told, the connection serves as well.
fn tune(stream: &TcpStream, untaken: Duration) {
    // Answers are small: none waits for the next one.
    let _ = stream.set_nodelay(true);
    // Who does not take what we send is closed by the system.
    let untaken_ms = u32::try_from(untaken.as_millis()).unwrap_or(u32::MAX);
    let _ = rustix::net::sockopt::set_tcp_user_timeout(stream, untaken_ms);
}

/// Answers the requests of one connection, in a task of its own.
fn answer(
    http: &http1::Builder,
    stream: TcpStream,
    peer: SocketAddr,
    router: &Router,
    under_way: &GracefulShutdown,
    place: Place,
) {
    let router = router.clone();
    let service = service_fn(move |mut request: hyper::Request<hyper::body::Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        router.clone().call(request)
    });
    let connection = http.serve_connection(TokioIo::new(stream), service);
    let connection = under_way.watch(connection);
    tokio::spawn(async move {
        if let Err(error) = connection.await {
            tracing::debug!(%error, "a connection ended early");
        }
        drop(place);
    });
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::routing::get;
    use std::io::{Read, Write};

    const PATIENCE: Duration = Duration::from_secs(20);

    const PATIENT: Patience = Patience { head: PATIENCE, untaken: PATIENCE };
    /// More than the buffers of a connection hold.
    const LARGE: usize = 64 * 1024 * 1024;

    /// Serves something large, and else nothing, at an address.
    async fn serve_for_test(places: Places, patience: Patience) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let never = std::future::pending();
        let router = Router::new().route("/large", get(|| async { vec![0_u8; LARGE] }));
        tokio::spawn(serve_within(places, patience, listener, router, never));
        address
    }

    /// Connects and says something: how the answer begins, if there is one before the connection ends.
    fn answer_to(address: SocketAddr, said: &[u8]) -> (std::net::TcpStream, String) {
        let mut stream = std::net::TcpStream::connect(address).unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        let mut answer = [0; 12];
        let answered = stream.write_all(said).and_then(|()| stream.read_exact(&mut answer));
        if let Err(error) = &answered {
            assert_ne!(error.kind(), io::ErrorKind::WouldBlock, "it stays open");
        }
        let answer = answered.map_or(String::new(), |()| String::from_utf8_lossy(&answer).into());
        (stream, answer)
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn who_finds_no_place_is_closed_until_there_is_one() {
        let address = serve_for_test(Places::new(8, 2), PATIENT).await;
        let ask = move || answer_to(address, b"GET /nowhere HTTP/1.1\r\nhost: loa\r\n\r\n");
        let asked = tokio::task::spawn_blocking(move || {
            let held = [ask(), ask()];
            assert!(held.iter().all(|(_, answer)| answer == "HTTP/1.1 404"));
            assert_eq!(ask().1, "");
            drop(held);
            let started = Instant::now();
            while ask().1.is_empty() {
                assert!(started.elapsed() < PATIENCE, "a place was lost");
            }
        });
        asked.await.unwrap();
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn who_says_half_a_request_is_closed() {
        let patience = Patience { head: Duration::from_millis(50), ..PATIENT };
        let address = serve_for_test(Places::new(8, 8), patience).await;
        let asked =
            tokio::task::spawn_blocking(move || answer_to(address, b"GET / HTTP/1.1\r\nho"));
        let (_, answer) = asked.await.unwrap();
        assert!(["", "HTTP/1.1 408"].contains(&answer.as_str()), "{answer}");
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn who_does_not_read_is_closed() {
        let patience = Patience { untaken: Duration::from_millis(50), ..PATIENT };
        let address = serve_for_test(Places::new(8, 1), patience).await;
        let asked = tokio::task::spawn_blocking(move || {
            let held = answer_to(address, b"GET /large HTTP/1.1\r\nhost: loa\r\n\r\n");
            assert_eq!(held.1, "HTTP/1.1 200");
            let ask = || answer_to(address, b"GET /nowhere HTTP/1.1\r\nhost: loa\r\n\r\n").1;
            let started = Instant::now();
            while ask().is_empty() {
                assert!(started.elapsed() < PATIENCE, "it keeps its place");
            }
        });
        asked.await.unwrap();
    }

    #[test]
    fn there_are_no_more_connections_than_files() {
        assert_eq!(places(u64::MAX), (4_096, 2_048));
        assert_eq!(places(1_024), (512, 256));
        assert_eq!(places(100), (64, 32));
    }
}
