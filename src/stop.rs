//! Being told to stop: Ctrl-C or SIGTERM.

use tokio::runtime::Runtime;
use tokio::signal::unix::{SignalKind, signal};
use tokio_util::sync::CancellationToken;

/// Waits until the process is told to stop.
pub(crate) async fn told() {
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

/// A token that is cancelled when the process is told to stop.
pub(crate) fn token(runtime: &Runtime) -> CancellationToken {
    let token = CancellationToken::new();
    let cancelled = token.clone();
    runtime.spawn(async move {
        told().await;
        cancelled.cancel();
    });
    token
}
