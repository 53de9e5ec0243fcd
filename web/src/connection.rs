//! Connections: how many there may be, and how long each may take to say what it wants. A client that
//! opens many and says nothing keeps nobody out for long ("slowloris").

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tower_service::Service;

use crate::admission::{Client, Place, Places};

/// Connections at once, and of one peer; more are closed. A proxy is one peer: it may pass on as many
/// requests as wait at most.
const CONNECTIONS_MAX: usize = 4_096;
const OF_PEER_MAX: usize = 2_048;
/// How long a client may take to send the head of a request, or do nothing between two.
const HEAD_MAX: Duration = Duration::from_secs(20);
/// How long what we send may wait for a client that does not read, in milliseconds.
const UNTAKEN_MAX_MS: u32 = 60_000;
/// Bytes of a request's head.
const HEAD_BYTES_MAX: usize = 64 * 1024;
/// How long to wait after the system could not give a connection, as when all files are in use.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// Serves connections until `stop` is done, then lets the requests under way finish.
pub(crate) async fn serve(
    listener: TcpListener,
    router: Router,
    stop: impl Future<Output = ()>,
) -> io::Result<()> {
    serve_within(Places::new(CONNECTIONS_MAX, OF_PEER_MAX), listener, router, stop).await
}

async fn serve_within(
    places: Places,
    listener: TcpListener,
    router: Router,
    stop: impl Future<Output = ()>,
) -> io::Result<()> {
    let under_way = GracefulShutdown::new();
    tokio::pin!(stop);
    loop {
        tokio::select! {
            () = &mut stop => break,
            accepted = listener.accept() => match accepted {
                // Who finds no place is closed with the stream.
                Ok((stream, peer)) => if let Ok(place) = places.take(Client::at(peer.ip())) {
                    answer(stream, peer, &router, &under_way, place);
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

/// Answers the requests of one connection, in a task of its own.
fn answer(
    stream: TcpStream,
    peer: SocketAddr,
    router: &Router,
    under_way: &GracefulShutdown,
    place: Place,
) {
    // Answers are small: none waits for the next one.
    let _ = stream.set_nodelay(true);
    // Who does not take what we send is closed by the system.
    let _ = rustix::net::sockopt::set_tcp_user_timeout(&stream, UNTAKEN_MAX_MS);
    let router = router.clone();
    let service = service_fn(move |mut request: hyper::Request<hyper::body::Incoming>| {
        request.extensions_mut().insert(ConnectInfo(peer));
        router.clone().call(request)
    });
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_MAX)
        .max_header_size(HEAD_BYTES_MAX)
        .serve_connection(TokioIo::new(stream), service);
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
    use std::io::{Read, Write};

    /// What a server with so many places answers to a client who connects, or that it closes.
    fn answer_of(address: SocketAddr) -> (std::net::TcpStream, String) {
        let mut stream = std::net::TcpStream::connect(address).unwrap();
        let mut answer = [0; 12];
        let asked = stream.write_all(b"GET /nowhere HTTP/1.1\r\nhost: loa\r\n\r\n");
        let answered = asked.and_then(|()| stream.read_exact(&mut answer));
        let answer = answered.map_or(String::new(), |()| String::from_utf8_lossy(&answer).into());
        (stream, answer)
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 1)]
    async fn who_finds_no_place_is_closed_until_there_is_one() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let places = Places::new(8, 2);
        let serving = serve_within(places.clone(), listener, Router::new(), std::future::pending());
        let serving = tokio::spawn(serving);
        let asked = tokio::task::spawn_blocking(move || {
            let held = [answer_of(address), answer_of(address)];
            assert!(held.iter().all(|(_, answer)| answer == "HTTP/1.1 404"));
            assert_eq!(answer_of(address).1, "");
            drop(held);
            while answer_of(address).1.is_empty() {
                std::thread::yield_now();
            }
        });
        asked.await.unwrap();
        serving.abort();
    }
}
