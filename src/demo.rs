//! `loa demo`: the whole path at work, on simulated portals.

use std::net::{SocketAddr, TcpListener};
use std::time::Instant;

use anyhow::Context;
use archive::{Archive, Role, Run, Source};
use portal::{Family, Portal, Ward};

use crate::args::DemoArgs;
use crate::crawl::{crawl_all, refuse_failed};
use crate::failure::Failure;
use crate::rooms::{Rooms, background_runtime, runtime};
use crate::serve::{end, listen, serve, worker};
use crate::{output, scheduler, server_lock, stop};

/// The portals listen from this port on, as long as it is free, so that their URLs stay the same.
const FIRST_PORT: u16 = 9001;
/// Who signs in to the demo's desk.
const OPERATOR: &str = "demo";
/// The portals are ours: a tenth of a second between requests is polite enough.
const DELAY_MS: u64 = 100;

pub(crate) fn run(mut rooms: Rooms, args: &DemoArgs) -> Result<(), Failure> {
    let started = Instant::now();
    rooms.config.crawler.allow_private_addresses = true;
    let _serving = server_lock::hold(&rooms.data)?;
    let archive = rooms.archive_to_serve()?;
    refuse_others(&archive)?;
    let (runtime, background) = (runtime()?, background_runtime()?);
    let site = if args.once {
        None
    } else {
        Some(runtime.block_on(listen(args.listen.unwrap_or(rooms.config.web.listen)))?)
    };
    let mut portals = Vec::new();
    let mut sources = Vec::new();
    for (port, (family, ward)) in (FIRST_PORT..).zip(portal::demo()) {
        let portal = start(port, family, &ward)?;
        sources.push(source(family, &ward, &portal)?);
        portals.push(portal);
    }
    archive.put_sources(&sources, jiff::Timestamp::now())?;
    let crawler = rooms.crawler(&archive)?;
    let stop = stop::token(&runtime);
    let runs = runtime.block_on(crawl_all(&crawler, &sources, None, &stop))?;
    correct(&portals);
    let again = runtime.block_on(crawl_all(&crawler, &sources[..1], None, &stop))?;
    refuse_failed(&again)?;
    drop(crawler);
    let index = rooms.index(&archive)?;
    let articles = archive.count_articles()?;
    output::line(&summary(&runs, articles, started))?;
    refuse_failed(&runs)?;
    match site {
        Some(site) if !stop.is_cancelled() => {
            let address = site.local_addr().context("cannot tell the address to listen on")?;
            let app = rooms.app(index, archive.clone(), address)?;
            let worker = worker(&app)?;
            welcome(&archive, address)?;
            let served = runtime.block_on(async {
                // Crawls that are ordered at the desk; none comes by itself.
                let scheduler = tokio::spawn(scheduler::run(rooms, archive, stop.clone()));
                let served = serve(app, worker, site, background.handle(), &stop).await;
                stop.cancel();
                scheduler.await.context("the scheduler stopped abnormally")?;
                served
            });
            end(runtime, background);
            Ok(served?)
        }
        _ => Ok(()),
    }
}

/// A ward corrects what it published, so that there is an article with two versions to look at.
fn correct(portals: &[Portal]) {
    let Some(portal) = portals.first() else { return };
    let articles = portal.ward().articles;
    let with_figure = articles.iter().find(|article| article.title.contains("CÁN BỘ"));
    if let Some(article) = with_figure.or(articles.first()) {
        portal.edit(article.id, |article| {
            article.body.push("Đính chính: bản tin đã được bổ sung, sửa lại thời gian.".to_owned());
        });
    }
}

/// Adds an operator whose password is new each time, and says how to sign in.
fn welcome(archive: &Archive, address: SocketAddr) -> anyhow::Result<()> {
    let password = archive.random_password()?;
    let now = jiff::Timestamp::now();
    if archive.add_account(OPERATOR, Role::Admin, Some(&password), now)?.is_err() {
        archive.set_password(OPERATOR, &password, now)??;
    }
    output::line(&format!(
        "Operators sign in at http://{address}/dang-nhap as `{OPERATOR}` with `{password}`"
    ))?;
    Ok(())
}

/// The demo's wards are invented: they must not get among real ones.
fn refuse_others(archive: &Archive) -> Result<(), Failure> {
    let wards: Vec<String> = portal::demo().into_iter().map(|(_, ward)| ward.id).collect();
    let sources = archive.sources()?;
    match sources.iter().find(|source| !wards.iter().any(|id| id == source.id.as_str())) {
        None => Ok(()),
        Some(other) => Err(Failure::usage(format!(
            "{} holds other sources ({}); the demo's wards are invented, so give the demo a \
             folder of its own with --data",
            archive.folder().display(),
            other.id
        ))),
    }
}

fn start(port: u16, family: Family, ward: &Ward) -> anyhow::Result<Portal> {
    let listener = TcpListener::bind(("127.0.0.1", port))
        .or_else(|_| TcpListener::bind("127.0.0.1:0"))
        .context("cannot listen on loopback for the simulated portals")?;
    Portal::start(listener, family, ward.clone()).context("cannot start a simulated portal")
}

fn source(family: Family, ward: &Ward, portal: &Portal) -> anyhow::Result<Source> {
    Ok(Source {
        name: ward.name.clone(),
        unit: ward.unit.clone(),
        start: vec![portal.start_url().parse()?],
        profile: family.profile().to_owned(),
        schedule: "0 5,17 * * *".to_owned(),
        delay_ms: DELAY_MS,
        // The portals are there only while the demo runs: nothing crawls them later.
        enabled: false,
        ..Source::import_only(ward.id.parse()?)
    })
}

fn summary(runs: &[Run], articles: u64, started: Instant) -> String {
    let fetched: u64 = runs.iter().map(|run| run.counters.fetched).sum();
    let errors: u64 = runs.iter().map(|run| run.counters.errors).sum();
    format!(
        "{} portals, {fetched} pages fetched, {articles} articles, {errors} errors, {:.1} seconds",
        runs.len(),
        started.elapsed().as_secs_f64()
    )
}
