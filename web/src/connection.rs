//! Connections: how many there may be, and how long each may take to say what it wants. A client that
//! opens many and says nothing keeps nobody out for long ("slowloris").

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::ConnectInfo;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tower_service::Service;

/// Connections at once; more wait until one ends.
const CONNECTIONS_MAX: usize = 4_096;
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
    let open = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let under_way = GracefulShutdown::new();
    tokio::pin!(stop);
    loop {
        let accepted = async {
            let place = open.clone().acquire_owned().await.expect("nobody closes it");
            listener.accept().await.map(|accepted| (accepted, place))
        };
        tokio::select! {
            () = &mut stop => break,
            accepted = accepted => match accepted {
                Ok(((stream, peer), place)) => answer(stream, peer, &router, &under_way, place),
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
    place: OwnedSemaphorePermit,
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
