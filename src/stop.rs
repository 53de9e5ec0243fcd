//! Being told to stop: Ctrl-C or SIGTERM. The first time, work ends in order; the second time, at
//! once, which loses nothing that was committed.

use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// The status of a process that was interrupted, as shells know it.
const INTERRUPTED: i32 = 130;

/// A token that is cancelled when the process is told to stop.
pub(crate) fn token(runtime: &Runtime) -> CancellationToken {
    let token = CancellationToken::new();
    let cancelled = token.clone();
    runtime.spawn(async move {
        told().await;
        cancelled.cancel();
        told().await;
        std::process::exit(INTERRUPTED);
    });
    token
}

/// Waits until the process is told to stop.
async fn told() {
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
