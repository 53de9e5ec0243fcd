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
    let _inside = runtime.enter();
    // Here, not in the task: whoever sees what is printed next may ask at once.
    let asked = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()));
    let (Ok(mut terminate), Ok(mut interrupt)) = asked else { return token };
    runtime.spawn(async move {
        let mut told = async || {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
        };
        told().await;
        cancelled.cancel();
        told().await;
        std::process::exit(INTERRUPTED);
    });
    token
}
