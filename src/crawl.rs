//! `loa crawl`: crawls sources now, side by side, in the foreground.

use std::collections::BTreeSet;

use anyhow::Context;
use archive::{Archive, Outcome, Round, Run, Source};
use crawler::{Crawler, Order};
use indicatif::MultiProgress;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

use crate::args::CrawlArgs;
use crate::failure::Failure;
use crate::progress::Progress;
use crate::rooms::{Rooms, runtime};
use crate::source::no_such_source;
use crate::{output, stop};

pub(crate) fn run(rooms: &Rooms, args: &CrawlArgs) -> Result<(), Failure> {
    let archive = rooms.existing_archive()?;
    let sources = chosen(&archive, args)?;
    if args.dry_run {
        return Ok(describe(&sources)?);
    }
    let crawler = rooms.crawler(&archive)?;
    let runtime = runtime()?;
    let stop = stop::token(&runtime);
    let runs = runtime.block_on(crawl_all(&crawler, &sources, args.max_pages, &stop))?;
    rooms.index(&archive)?;
    if args.json {
        output::json(&runs)?;
    } else {
        for run in &runs {
            output::line(&summary(run))?;
        }
    }
    Ok(refuse_failed(&runs)?)
}

/// An error that names the first run that failed.
pub(crate) fn refuse_failed(runs: &[Run]) -> anyhow::Result<()> {
    match runs.iter().find_map(|run| Some((run, failure(run)?))) {
        None => Ok(()),
        Some((run, why)) => {
            Err(anyhow::anyhow!("source {} was not crawled to the end: {why}", run.source))
        }
    }
}

fn chosen(archive: &Archive, args: &CrawlArgs) -> Result<Vec<Source>, Failure> {
    if args.all {
        let enabled: Vec<Source> = archive.sources()?.into_iter().filter(|s| s.enabled).collect();
        if enabled.is_empty() {
            let why = "there is no enabled source; add some with `loa source apply FILE --yes`";
            return Err(Failure::usage(why));
        }
        return Ok(enabled);
    }
    if args.sources.is_empty() {
        return Err(Failure::usage("say which sources to crawl, or give --all"));
    }
    let mut sources = Vec::new();
    for id in args.sources.iter().collect::<BTreeSet<_>>() {
        let source = archive.source(id)?.ok_or_else(|| no_such_source(id))?;
        sources.push(source);
    }
    Ok(sources)
}

/// Crawls sources side by side until all are done or `stop`; what was fetched is kept.
pub(crate) async fn crawl_all(
    crawler: &Crawler,
    sources: &[Source],
    pages_max: Option<u64>,
    stop: &CancellationToken,
) -> anyhow::Result<Vec<Run>> {
    let bars = MultiProgress::new();
    let mut running = JoinSet::new();
    for source in sources {
        let (source, crawler, stop) = (source.clone(), crawler.clone(), stop.clone());
        let progress = Progress::among(&bars, source.name.clone(), "pages");
        running.spawn(async move {
            let tell = |p: crawler::Progress<'_>| progress.tell(p.counters.fetched, p.url);
            let order = Order { source: &source, round: Round::All, pages_max };
            crawler.run(&order, &stop, &tell).await
        });
    }
    // One source's error ends none of the others' runs.
    let mut runs = Vec::new();
    let mut failed = None;
    while let Some(joined) = running.join_next().await {
        match joined.context("a crawl stopped abnormally").and_then(|run| Ok(run?)) {
            Ok(run) => runs.push(run),
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    runs.sort_by(|a, b| a.source.cmp(&b.source));
    failed.map_or(Ok(runs), Err)
}

fn summary(run: &Run) -> String {
    let c = &run.counters;
    let end = match &run.outcome {
        Outcome::Done => "done".to_owned(),
        Outcome::Running => "running".to_owned(),
        Outcome::PageLimit => "stopped at the page limit".to_owned(),
        Outcome::Interrupted => "interrupted; the next crawl goes on from here".to_owned(),
        Outcome::Stopped => "stopped; the next crawl goes on from here".to_owned(),
        Outcome::Failed(why) => format!("failed: {why}"),
    };
    format!(
        "{}: {end}; {} pages fetched, {} not modified, {} new articles, {} edited, {} unchanged, \
         {} forbidden, {} gone, {} errors",
        run.source,
        c.fetched,
        c.not_modified,
        c.new,
        c.edited,
        c.unchanged,
        c.forbidden,
        c.gone,
        c.errors
    )
}

fn failure(run: &Run) -> Option<&str> {
    match &run.outcome {
        Outcome::Failed(why) => Some(why),
        Outcome::Stopped => Some("it was stopped; the next crawl goes on from there"),
        _ => None,
    }
}

fn describe(sources: &[Source]) -> anyhow::Result<()> {
    for source in sources {
        let start: Vec<&str> = source.start.iter().map(|url| url.as_str()).collect();
        output::line(&format!(
            "{}: would begin at {}, with profile {}, at least {} ms between requests, at most {} pages",
            source.id,
            start.join(", "),
            source.profile,
            source.delay_ms,
            source.max_pages
        ))?;
    }
    Ok(())
}
