//! Crawling on schedule while the site is served: the loop waits, a step crawls what is due.

use std::time::Duration;

use archive::{Archive, ArchiveError, Source};
use crawler::{Crawler, Schedule};
use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use crate::rooms::Rooms;

/// How often the schedules are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Runs until `stop`; a run under way ends after its current page.
pub(crate) async fn run(rooms: Rooms, archive: Archive, stop: CancellationToken) {
    let since = Timestamp::now();
    let mut ticks = tokio::time::interval(LOOK_EVERY);
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = ticks.tick() => {}
        }
        if let Err(error) = step(&rooms, &archive, since, &stop).await {
            tracing::error!(%error, "the schedule could not be kept; it is tried again");
        }
    }
}

/// Crawls every source that is due, side by side.
async fn step(
    rooms: &Rooms,
    archive: &Archive,
    since: Timestamp,
    stop: &CancellationToken,
) -> anyhow::Result<()> {
    let looked_at = archive.clone();
    let due =
        tokio::task::spawn_blocking(move || due(&looked_at, since, Timestamp::now())).await??;
    if due.is_empty() {
        return Ok(());
    }
    // Opened for these runs only, so that imports and crawls by hand find the archive free.
    let (opened, at) = (rooms.clone(), archive.clone());
    let crawler: Crawler = tokio::task::spawn_blocking(move || opened.crawler(&at)).await??;
    let mut runs = tokio::task::JoinSet::new();
    for source in due {
        let (crawler, stop) = (crawler.clone(), stop.clone());
        runs.spawn(async move { crawler.run(&source, None, &stop, &|_| {}).await });
    }
    while let Some(run) = runs.join_next().await {
        run??;
    }
    Ok(())
}

fn due(archive: &Archive, since: Timestamp, now: Timestamp) -> Result<Vec<Source>, ArchiveError> {
    let mut due = Vec::new();
    for source in archive.sources()?.into_iter().filter(|source| source.enabled) {
        let Ok(schedule) = source.schedule.parse::<Schedule>() else {
            tracing::warn!(source.id = %source.id, source.schedule, "schedule cannot be read");
            continue;
        };
        let last = archive.last_run_start(&source.id)?;
        if schedule.due_at(last, since).is_some_and(|at| at <= now) {
            due.push(source);
        }
    }
    Ok(due)
}
