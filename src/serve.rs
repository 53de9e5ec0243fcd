//! `loa serve`: API, pages and scheduler, with the index following the archive.

use std::net::SocketAddr;
use std::time::Duration;

use anyhow::Context;
use index::{Index, IndexError};
use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;
use web::App;

use crate::args::ServeArgs;
use crate::failure::Failure;
use crate::output;
use crate::rooms::{Rooms, runtime};
use crate::scheduler;

/// How often the index looks for changes that another process made.
const FOLLOW_EVERY: Duration = Duration::from_secs(1);

pub(crate) fn run(rooms: &Rooms, args: &ServeArgs) -> Result<(), Failure> {
    let archive = rooms.archive()?;
    let index = rooms.index(&archive)?;
    let listen = args.listen.unwrap_or(rooms.config.web.listen);
    Ok(runtime()?.block_on(async {
        let stop = CancellationToken::new();
        let scheduler = tokio::spawn(scheduler::run(rooms.clone(), archive.clone(), stop.clone()));
        let served = serve(App { index, archive }, listen).await;
        stop.cancel();
        scheduler.await.context("the scheduler stopped abnormally")?;
        served
    })?)
}

/// Serves until Ctrl-C or SIGTERM, then finishes the requests under way.
pub(crate) async fn serve(app: App, listen: SocketAddr) -> anyhow::Result<()> {
    let listener = TcpListener::bind(listen).await.with_context(|| {
        format!("cannot listen on {listen}; choose another address with --listen")
    })?;
    let stop = CancellationToken::new();
    let follower = tokio::spawn(follow(app.index.clone(), stop.clone()));
    output::line(&format!("Loa Phường: http://{}", listener.local_addr()?))?;
    let stopping = stop.clone();
    let stopped = async move {
        stop_signal().await;
        stopping.cancel();
    };
    let served = web::serve(listener, app, stopped).await;
    stop.cancel();
    follower.await.context("the index's follower stopped abnormally")?;
    served.context("the server failed")
}

/// Keeps the index up to the archive.
async fn follow(index: Index, stop: CancellationToken) {
    let mut ticks = tokio::time::interval(FOLLOW_EVERY);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = ticks.tick() => {}
        }
        let index = index.clone();
        match tokio::task::spawn_blocking(move || index.catch_up()).await {
            // Another process is indexing: it does this work.
            Ok(Ok(_) | Err(IndexError::Busy)) => {}
            Ok(Err(error)) => tracing::error!(%error, "the index does not follow the archive"),
            Err(error) => tracing::error!(%error, "the index's follower panicked"),
        }
    }
}

async fn stop_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        return std::future::pending().await;
    };
    tokio::select! {
        interrupted = tokio::signal::ctrl_c() => {
            if interrupted.is_err() {
                std::future::pending::<()>().await;
            }
        }
        _ = terminate.recv() => {}
    }
}
