//! `loa schedule`: when each source is crawled next, and why then.

use archive::{Archive, Source, VIETNAM};
use crawler::{NextRun, Schedule, next_run};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::json;

use crate::args::{ScheduleCommand, ScheduleListArgs, ScheduleNextArgs, SchedulePreviewArgs};
use crate::failure::Failure;
use crate::output;
use crate::rooms::Rooms;
use crate::source::no_such_source;

/// Times that a preview shows.
const PREVIEWED: usize = 5;

pub(crate) fn run(rooms: &Rooms, command: &ScheduleCommand) -> Result<(), Failure> {
    match command {
        ScheduleCommand::List(args) => list(rooms, args),
        ScheduleCommand::Next(args) => next(rooms, args),
        ScheduleCommand::Preview(args) => preview(args),
    }
}

fn list(rooms: &Rooms, args: &ScheduleListArgs) -> Result<(), Failure> {
    let archive = rooms.existing_archive()?;
    let sources = archive.sources()?;
    let planned = planned(&archive, sources)?;
    show(&planned, args.json)
}

/// The next run of all, or of one source.
fn next(rooms: &Rooms, args: &ScheduleNextArgs) -> Result<(), Failure> {
    let archive = rooms.existing_archive()?;
    let sources = match &args.source {
        Some(id) => vec![archive.source(id)?.ok_or_else(|| no_such_source(id))?],
        None => archive.sources()?,
    };
    let planned = planned(&archive, sources)?;
    let first = planned.into_iter().take(1).collect::<Vec<_>>();
    show(&first, args.json)
}

/// The next times of a schedule.
fn preview(args: &SchedulePreviewArgs) -> Result<(), Failure> {
    let schedule: Schedule = args
        .schedule
        .parse()
        .map_err(|error: crawler::InvalidSchedule| Failure::usage(error.to_string()))?;
    let upcoming = schedule.upcoming(Timestamp::now(), PREVIEWED);
    if args.json {
        return Ok(output::json(&json!(upcoming))?);
    }
    if upcoming.is_empty() {
        output::line("no fixed times: each page is visited again as often as it changes")?;
    }
    for at in upcoming {
        let at = at.to_zoned(TimeZone::fixed(VIETNAM));
        output::line(&at.strftime("%A %Y-%m-%d %H:%M").to_string())?;
    }
    Ok(())
}

/// The sources in the order of their next runs; those that have none come last.
fn planned(
    archive: &Archive,
    sources: Vec<Source>,
) -> Result<Vec<(Source, Option<NextRun>)>, Failure> {
    let now = Timestamp::now();
    let mut planned = Vec::with_capacity(sources.len());
    for source in sources {
        let next = next_run(archive, &source, now, now)?;
        planned.push((source, next));
    }
    planned.sort_by_key(|(source, next)| {
        (next.as_ref().map_or(Timestamp::MAX, |next| next.at), source.id.clone())
    });
    Ok(planned)
}

fn show(planned: &[(Source, Option<NextRun>)], as_json: bool) -> Result<(), Failure> {
    let now = Timestamp::now();
    if as_json {
        let row = |(source, next): &(Source, Option<NextRun>)| {
            let at = next.as_ref().map(|next| next.at.max(now).to_string());
            json!({ "source": source.id, "at": at, "why": next.as_ref().map(|next| &next.why) })
        };
        return Ok(output::json(&planned.iter().map(row).collect::<Vec<_>>())?);
    }
    for (source, next) in planned {
        let told = match next {
            None if source.enabled => "never".to_owned(),
            None => "never: it is disabled".to_owned(),
            Some(next) if next.at <= now => format!("now: {}", next.why),
            Some(next) => {
                let at = next.at.to_zoned(TimeZone::fixed(VIETNAM));
                format!("{}: {}", at.strftime("%Y-%m-%d %H:%M"), next.why)
            }
        };
        output::line(&format!("{}  {told}", source.id))?;
    }
    Ok(())
}
