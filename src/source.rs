//! `loa source`: which portals are crawled.

use std::collections::HashSet;
use std::path::Path;

use archive::{Actor, LastRun, Outcome, Source, SourceId, Trust, VIETNAM};
use crawler::{FetchError, missing_link};
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::args::{
    SourceAcceptArgs, SourceApplyArgs, SourceCheckArgs, SourceListArgs, SourceRemoveArgs,
};
use crate::failure::Failure;
use crate::output;
use crate::rooms::{Rooms, runtime};

/// The sources file.
#[derive(Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
struct SourcesFile {
    #[serde(default)]
    source: Vec<Source>,
}

pub(crate) fn list(rooms: &Rooms, args: &SourceListArgs) -> Result<(), Failure> {
    let archive = rooms.existing_archive()?;
    let mut rows = Vec::new();
    for source in archive.sources()? {
        rows.push((archive.freshness(&source.id)?, source));
    }
    if args.json {
        let rows = rows
            .iter()
            .map(|(freshness, source)| json!({ "source": source, "freshness": freshness }));
        return Ok(output::json(&rows.collect::<Vec<_>>())?);
    }
    for (freshness, source) in rows {
        output::line(&format!(
            "{}  {}  {}  {} articles, last success {}",
            source.id,
            source.name,
            if source.enabled { "enabled" } else { "disabled" },
            freshness.articles,
            freshness.last_success.as_deref().map_or("never".to_owned(), in_vietnam)
        ))?;
        if let Some(LastRun { outcome: Outcome::Failed(why), .. }) = archive.last_run(&source.id)? {
            output::line(&format!("  the last run failed: {why}"))?;
        }
    }
    Ok(())
}

pub(crate) fn apply(rooms: &Rooms, args: &SourceApplyArgs) -> Result<(), Failure> {
    let (path, file) = (args.file.display(), read_file(&args.file)?);
    let mut ids = HashSet::new();
    for source in &file.source {
        if !ids.insert(&source.id) {
            return Err(Failure::usage(format!("{path}: source `{}` is there twice", source.id)));
        }
        check(rooms, source).map_err(|why| Failure::usage(format!("{path}: {why}")))?;
    }
    let known = match rooms.existing_archive() {
        Ok(archive) => archive.sources()?,
        // The first sources of a new archive; without --yes not even its folder is made.
        Err(Failure::Usage(_)) => Vec::new(),
        Err(other) => return Err(other),
    };
    let changed = plan(&known, &file.source)?;
    if changed == 0 {
        return Ok(output::line("nothing to change")?);
    }
    if !args.yes {
        return Ok(output::line("nothing was changed; run again with --yes to apply this plan")?);
    }
    rooms.archive()?.acting(Actor::CommandLine).put_sources(&file.source, Timestamp::now())?;
    Ok(output::line(&format!("applied: {changed} sources"))?)
}

/// Prints what applying would change; the number of changes.
fn plan(known: &[Source], sources: &[Source]) -> anyhow::Result<usize> {
    let mut changed = 0;
    for source in sources {
        let verb = match known.iter().find(|known| known.id == source.id) {
            None => "add",
            Some(known) if known == source => continue,
            Some(_) => "change",
        };
        changed += 1;
        output::line(&format!("{verb} {} ({})", source.id, source.name))?;
    }
    Ok(changed)
}

fn check(rooms: &Rooms, source: &Source) -> Result<(), String> {
    let profiles = rooms.profiles().map_err(|failure| failure.to_string())?;
    let private = rooms.config.crawler.allow_private_addresses;
    crawler::admit(source, &profiles, private, Timestamp::now()).map_err(|why| why.to_string())
}

/// An instant as the clocks in Vietnam show it.
fn in_vietnam(instant: &str) -> String {
    let instant = instant.parse::<Timestamp>().map(|at| at.to_zoned(VIETNAM.to_time_zone()));
    instant.map_or_else(|_| String::new(), |at| at.strftime("%Y-%m-%d %H:%M").to_string())
}

/// Looks at a source's portal and prints what it found; what keeps it from being crawled is an
/// error.
pub(crate) fn look(rooms: &Rooms, args: &SourceCheckArgs) -> Result<(), Failure> {
    let source = match &args.file {
        Some(file) => defined(rooms, file, &args.id)?,
        None => {
            let known = rooms.existing_archive()?.source(&args.id)?;
            known.ok_or_else(|| no_such_source(&args.id))?
        }
    };
    let closed = match rooms.existing_archive() {
        Ok(archive) => source.start.first().map(|url| archive.host(&crawler::authority(url))),
        Err(_) => None,
    };
    if let Some(closed) = closed.transpose()?.and_then(|host| host.closed)
        && closed.until_ms > Timestamp::now().as_millisecond()
    {
        let until = Timestamp::from_millisecond(closed.until_ms).unwrap_or(Timestamp::MAX);
        return Err(anyhow::anyhow!("the host is left alone until {until}: {}", closed.why).into());
    }
    let (fetcher, profiles) = (rooms.fetcher()?, rooms.profiles()?);
    let checked =
        runtime()?.block_on(crawler::check(&fetcher, &profiles, &source, Timestamp::now))?;
    let Some(checked) = checked else {
        return Err(Failure::usage(format!("source `{}` has no start page", args.id)));
    };
    let robots = match checked.robots {
        Err(FetchError::Certificate { url, why }) => {
            output::line(&format!("the certificate of {url} cannot be trusted: {why}"))?;
            return pin(rooms, source, args.pin);
        }
        robots => robots?,
    };
    output::line(&format!(
        "robots.txt answers {}: the start page is {}, delay {} ms",
        robots.status,
        if robots.allows_start { "allowed" } else { "forbidden" },
        robots.delay_ms.max(source.delay_ms)
    ))?;
    let Some(start) = checked.start else {
        return Err(anyhow::anyhow!("the start page may not be fetched").into());
    };
    let start = start.map_err(|why| anyhow::anyhow!("the start page: {why}"))?;
    output::line(&format!(
        "the start page leads to {} articles and {} further list pages",
        start.articles, start.lists
    ))?;
    let Some(crawler::Sample { url, read, .. }) = checked.sample else {
        return Err(
            anyhow::anyhow!("no article was found; try another profile or start page").into()
        );
    };
    let article = read.map_err(|why| anyhow::anyhow!("{url}: {why}"))?;
    let fields = &article.fields;
    output::line(&format!("{url}, read by {}", article.profile))?;
    output::line(&format!("  title: {}", fields.title))?;
    let published = fields.published.map_or("none found".to_owned(), |time| time.to_string());
    output::line(&format!("  published: {published}"))?;
    let characters: usize = fields.body.iter().map(|p| p.chars().count()).sum();
    Ok(output::line(&format!(
        "  text: {} paragraphs, {characters} characters; {} files",
        fields.body.len(),
        fields.attachments.len()
    ))?)
}

/// A source of a sources file that was not applied yet.
fn defined(rooms: &Rooms, path: &Path, id: &SourceId) -> Result<Source, Failure> {
    let file = read_file(path)?;
    let found = file.source.into_iter().find(|source| source.id == *id);
    let source =
        found.ok_or_else(|| Failure::usage(format!("{} has no source `{id}`", path.display())))?;
    check(rooms, &source).map_err(Failure::usage)?;
    Ok(source)
}

fn read_file(path: &Path) -> Result<SourcesFile, Failure> {
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::usage(format!("cannot read {}: {error}", path.display())))?;
    toml::from_str(&text).map_err(|error| Failure::toml(path, &text, &error))
}

/// Looks for the certificate that the portal's chain lacks, and pins it where that was asked for.
fn pin(rooms: &Rooms, source: Source, wanted: bool) -> Result<(), Failure> {
    let now = Timestamp::now();
    let link = runtime()?.block_on(missing_link(&rooms.fetcher()?, &source.start[0], now));
    let link =
        link.map_err(|why| anyhow::anyhow!("no link that its chain lacks was found: {why}"))?;
    output::line(&format!(
        "the portal does not send its issuer's certificate; it is at {}, and the chain verifies \
         with it",
        link.url
    ))?;
    let id = source.id.clone();
    if !wanted {
        return Err(anyhow::anyhow!(
            "run `loa source check {id} --pin` to pin it; then the source can be crawled"
        )
        .into());
    }
    let source = Source { tls: Some(Trust::Intermediate(link.pem)), ..source };
    rooms.existing_archive()?.acting(Actor::CommandLine).put_sources(&[source], now)?;
    Ok(output::line(&format!("pinned; run `loa source check {id}` again to look at the pages"))?)
}

/// Takes what a portal shows now for right.
pub(crate) fn accept(rooms: &Rooms, args: &SourceAcceptArgs) -> Result<(), Failure> {
    let archive = rooms.existing_archive()?.acting(Actor::CommandLine);
    let source = archive.source(&args.id)?.ok_or_else(|| no_such_source(&args.id))?;
    let read = crawler::accept(&archive, &rooms.profiles()?, &source, Timestamp::now())?;
    rooms.index(&archive)?;
    Ok(output::line(&format!(
        "{read} articles that were held back were read; what is usual with {} is learned anew, its \
         closed spaces are visited again, and for two weeks many removals at once are believed",
        args.id
    ))?)
}

pub(crate) fn export(rooms: &Rooms) -> Result<(), Failure> {
    let file = SourcesFile { source: rooms.existing_archive()?.sources()? };
    Ok(output::line(&toml::to_string(&file)?)?)
}

/// Crawls a source on schedule, or no more.
pub(crate) fn enable(rooms: &Rooms, id: &SourceId, enabled: bool) -> Result<(), Failure> {
    let archive = rooms.existing_archive()?.acting(Actor::CommandLine);
    let source = archive.source(id)?.ok_or_else(|| no_such_source(id))?;
    let source = Source { enabled, ..source };
    check(rooms, &source).map_err(Failure::usage)?;
    archive.put_sources(&[source], Timestamp::now())?;
    let told =
        if enabled { "is crawled on schedule again" } else { "is crawled on schedule no more" };
    Ok(output::line(&format!("{id} {told}"))?)
}

pub(crate) fn remove(rooms: &Rooms, args: &SourceRemoveArgs) -> Result<(), Failure> {
    if rooms
        .existing_archive()?
        .acting(Actor::CommandLine)
        .remove_source(&args.id, Timestamp::now())?
    {
        return Ok(output::line(&format!("removed {}; its articles stay", args.id))?);
    }
    Err(no_such_source(&args.id))
}

pub(crate) fn no_such_source(id: &SourceId) -> Failure {
    Failure::usage(format!("there is no source `{id}`; `loa source list` shows those there are"))
}
