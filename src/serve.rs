//! `loa serve`: API, pages and scheduler, with the index following the archive.

use std::net::SocketAddr;
use std::os::fd::AsFd;
use std::time::{Duration, Instant};

use alerts::Worker;
use anyhow::Context;
use archive::{Archive, ArchiveError};
use index::{Index, IndexError};
use jiff::Timestamp;
use tokio::net::TcpListener;
use tokio::runtime::{Handle, Runtime};
use tokio_util::sync::CancellationToken;
use web::App;

use crate::args::ServeArgs;
use crate::failure::Failure;
use crate::rooms::{Rooms, background_runtime, runtime};
use crate::{output, scheduler, server_lock, stop};

/// How long requests under way may take when the server was told to stop.
const LAST_REQUESTS_MAX: Duration = Duration::from_secs(10);
/// How long jobs under way may take then.
const JOBS_MAX: Duration = Duration::from_secs(5);
/// How long the index rests before it takes up what the archive got meanwhile: at least so long, and
/// so many times as long as it last took, for searches need the cores as well; at most so long.
const REST_MIN: Duration = Duration::from_secs(1);
const REST_TIMES: u32 = 9;
const REST_MAX: Duration = Duration::from_secs(10);

pub(crate) fn run(rooms: &Rooms, args: &ServeArgs) -> Result<(), Failure> {
    let is_new = !Archive::exists(&rooms.data);
    // First: an archive of an older format is not to be changed under a server of an older program.
    let _serving = server_lock::hold(&rooms.data)?;
    // What the scheduler would only find at its first run.
    rooms.profiles()?;
    let (runtime, background) = (runtime()?, background_runtime()?);
    let listener = runtime.block_on(listen(args.listen.unwrap_or(rooms.config.web.listen)))?;
    let address = listener.local_addr().context("cannot tell the address to listen on")?;
    // Its mistakes are told before an archive is brought up, or an index built, for minutes.
    rooms.alerts(Some(address))?;
    let (archive, index) = while_starting(&runtime, &listener, || {
        let archive = rooms.archive_to_serve()?;
        if is_new {
            let folder = archive.folder().display();
            output::note(&format!("a new, empty archive was made in {folder}"));
        }
        mend(rooms, &archive);
        let index = rooms.index(&archive)?;
        Ok((archive, index))
    })?;
    let app = rooms.app(index, archive.clone(), address)?;
    let worker = worker(&app)?;
    // Only from here on: who stops it while an index is built, stops it at once.
    let stop = stop::token(&runtime);
    let served = runtime.block_on(async {
        let scheduler = tokio::spawn(scheduler::run(rooms.clone(), archive, stop.clone()));
        let served = serve(app, worker, listener, background.handle(), &stop).await;
        stop.cancel();
        scheduler.await.context("the scheduler stopped abnormally")?;
        served
    });
    end(runtime, background);
    Ok(served?)
}

/// Ends what still goes on when serving has ended. A backup, a rebuild or a commit under way is given up:
/// each leaves what was there before.
pub(crate) fn end(runtime: Runtime, background: Runtime) {
    let given_up_at = Instant::now() + JOBS_MAX;
    runtime.shutdown_timeout(JOBS_MAX);
    background.shutdown_timeout(given_up_at.saturating_duration_since(Instant::now()));
}

/// Puts right what a killed process left, and says so; nothing where another one adds to the archive now.
fn mend(rooms: &Rooms, archive: &Archive) {
    match rooms.recorder(archive).map_err(Failure::from) {
        Ok(_) => {}
        Err(failure) if failure.is_locked() => {}
        // Searching goes on; the first crawl tries again.
        Err(failure) => tracing::error!(error = %failure, "the archive cannot be added to"),
    }
}

/// Opens what may have to be built; whoever asks meanwhile is told.
fn while_starting<T>(
    runtime: &Runtime,
    listener: &TcpListener,
    open: impl FnOnce() -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let _inside = runtime.enter();
    let meanwhile = TcpListener::from_std(listener.as_fd().try_clone_to_owned()?.into())?;
    let opened = CancellationToken::new();
    runtime.spawn(web::serve_starting(meanwhile, opened.clone().cancelled_owned()));
    let result = open();
    opened.cancel();
    result
}

/// Who tells the site's subscribers.
pub(crate) fn worker(app: &App) -> Result<Worker, Failure> {
    let App { index, archive, alerts, .. } = app;
    Worker::new(archive.clone(), index.clone(), alerts, Timestamp::now)
        .map_err(|error| Failure::usage(error.to_string()))
}

/// Takes the site's address, before any work is done in vain.
pub(crate) async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| {
        format!("cannot listen on {address}; choose another address with --listen")
    })
}

/// Serves and tells subscribers until `stop`, then finishes the requests under way, if that does not
/// take too long.
pub(crate) async fn serve(
    app: App,
    worker: Worker,
    listener: TcpListener,
    background: &Handle,
    stop: &CancellationToken,
) -> anyhow::Result<()> {
    let follower = background.spawn(follow(app.index.clone(), stop.clone()));
    let app = app.with_jobs_on(background.clone());
    let telling = background.spawn({
        let stop = stop.clone();
        async move { worker.run(stop).await }
    });
    output::line(&format!("Loa Phường: http://{}", listener.local_addr()?))?;
    let too_long = async {
        stop.cancelled().await;
        tokio::time::sleep(LAST_REQUESTS_MAX).await;
    };
    let served = tokio::select! {
        served = web::serve(listener, app, stop.clone().cancelled_owned()) => served,
        () = too_long => Ok(()),
    };
    stop.cancel();
    follower.await.context("the index's follower stopped abnormally")??;
    telling.await.context("telling subscribers stopped abnormally")?;
    served.context("the server failed")
}

/// Keeps the index up to the archive, until `stop` or until the archive is another one.
async fn follow(index: Index, stop: CancellationToken) -> Result<(), ArchiveError> {
    let mut rest = Duration::ZERO;
    // What happened to the files since they were written, nobody knows.
    index.doubt();
    loop {
        tokio::select! {
            () = stop.cancelled() => return Ok(()),
            () = tokio::time::sleep(rest) => {}
        }
        let (index, started) = (index.clone(), Instant::now());
        let work = move || {
            // What other processes brought in, and what better rules read otherwise.
            if let Err(error) = crawler::read_people(index.archive(), Timestamp::now()) {
                tracing::error!(%error, "articles are not read for people");
            }
            // Where there is no room for a new index, the old one follows as well as it can.
            if let Err(error) = index.heal() {
                tracing::error!(%error, "a damaged index is not built anew; it is tried again");
            }
            index.catch_up()
        };
        let done = tokio::select! {
            // A rebuild may take minutes: whoever waits for threads at the end gives it up.
            () = stop.cancelled() => return Ok(()),
            done = tokio::task::spawn_blocking(work) => done,
        };
        match done {
            // Another process is indexing: it does this work.
            Ok(Ok(_) | Err(IndexError::Busy)) => {}
            Ok(Err(IndexError::Archive(error @ ArchiveError::Replaced { .. }))) => {
                stop.cancel();
                return Err(error);
            }
            Ok(Err(error)) => tracing::error!(%error, "the index does not follow the archive"),
            Err(error) => tracing::error!(%error, "the index's follower panicked"),
        }
        rest = rest_after(started.elapsed());
    }
}

/// How long the index rests when it took so long.
fn rest_after(took: Duration) -> Duration {
    (took * REST_TIMES).clamp(REST_MIN, REST_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_index_rests_nine_times_as_long_as_it_worked() {
        let rests = [0, 300, 5_000].map(|took| rest_after(Duration::from_millis(took)).as_millis());
        assert_eq!(rests, [1_000, 2_700, 10_000]);
    }
}
