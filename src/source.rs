//! `loa source`: which portals are crawled.

use std::collections::HashSet;
use std::net::IpAddr;

use archive::{LastRun, Outcome, Source, SourceId, Trust, VIETNAM};
use crawler::{FetchError, check_pin, missing_link};
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
    let path = args.file.display();
    let text = std::fs::read_to_string(&args.file)
        .map_err(|error| Failure::usage(format!("cannot read {path}: {error}")))?;
    let file: SourcesFile =
        toml::from_str(&text).map_err(|error| Failure::toml(&args.file, &text, &error))?;
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
    rooms.archive()?.put_sources(&file.source, &Timestamp::now().to_string())?;
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
    source.check().map_err(|error| error.to_string())?;
    let profiles = rooms.profiles().map_err(|failure| failure.to_string())?;
    profiles.named(&source.profile).map_err(|error| format!("source `{}`: {error}", source.id))?;
    source
        .schedule
        .parse::<crawler::Schedule>()
        .map_err(|error| format!("source `{}`: {error}", source.id))
        .and_then(|schedule| match schedule.ever_comes(Timestamp::now()) {
            true => Ok(()),
            false => {
                Err(format!("source `{}`: `schedule` names a day that never comes", source.id))
            }
        })?;
    let pin = source.tls.as_ref().map_or(Ok(()), check_pin);
    pin.map_err(|error| format!("source `{}`: {error}", source.id))?;
    let private = source.start.iter().find(|url| {
        let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
        host == "localhost" || host.parse::<IpAddr>().is_ok_and(|ip| !crawler::is_public(ip))
    });
    let public = private.is_none() && !rooms.config.crawler.allow_private_addresses;
    if public && let Some(url) = source.start.iter().find(|url| !crawler::is_asked_port(url)) {
        return Err(format!(
            "source `{}`: {url} is on a port that is never asked; 80, 443, 8080 and 8443 are",
            source.id
        ));
    }
    if public && source.delay_ms == 0 && source.enabled {
        return Err(format!(
            "source `{}`: `delay_ms` is 0, which is for one's own portals only; give at least 1000",
            source.id
        ));
    }
    match private {
        Some(url) if !rooms.config.crawler.allow_private_addresses => Err(format!(
            "source `{}`: {url} is a private address; only with crawler.allow_private_addresses = \
             true in the configuration are such addresses crawled",
            source.id
        )),
        _ => Ok(()),
    }
}

/// An instant as the clocks in Vietnam show it.
fn in_vietnam(instant: &str) -> String {
    let instant = instant.parse::<Timestamp>().map(|at| at.to_zoned(VIETNAM.to_time_zone()));
    instant.map_or_else(|_| String::new(), |at| at.strftime("%Y-%m-%d %H:%M").to_string())
}

/// Looks at a source's portal and prints what it found; what keeps it from being crawled is an
/// error.
pub(crate) fn look(rooms: &Rooms, args: &SourceCheckArgs) -> Result<(), Failure> {
    let archive = rooms.existing_archive()?;
    let source = archive.source(&args.id)?.ok_or_else(|| no_such_source(&args.id))?;
    let closed = source.start.first().map(crawler::authority).map(|host| archive.host(&host));
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
    let Some((url, read)) = checked.sample else {
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
    rooms.existing_archive()?.put_sources(&[source], &now.to_string())?;
    Ok(output::line(&format!("pinned; run `loa source check {id}` again to look at the pages"))?)
}

/// Takes what a portal shows now for right.
pub(crate) fn accept(rooms: &Rooms, args: &SourceAcceptArgs) -> Result<(), Failure> {
    let archive = rooms.existing_archive()?;
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

pub(crate) fn remove(rooms: &Rooms, args: &SourceRemoveArgs) -> Result<(), Failure> {
    if rooms.existing_archive()?.remove_source(&args.id)? {
        return Ok(output::line(&format!("removed {}; its articles stay", args.id))?);
    }
    Err(no_such_source(&args.id))
}

pub(crate) fn no_such_source(id: &SourceId) -> Failure {
    Failure::usage(format!("there is no source `{id}`; `loa source list` shows those there are"))
}
