//! `loa runs`: what crawls did, and what they had to tell.

use archive::{Counters, Outcome, RunId, RunRecord};

use crate::args::RunsArgs;
use crate::failure::Failure;
use crate::output;
use crate::rooms::Rooms;
use crate::source::no_such_source;

pub(crate) fn run(rooms: &Rooms, args: &RunsArgs) -> Result<(), Failure> {
    match args.id {
        Some(id) => show(rooms, RunId(id), args.json),
        None => list(rooms, args),
    }
}

fn list(rooms: &Rooms, args: &RunsArgs) -> Result<(), Failure> {
    let archive = rooms.existing_archive()?;
    if let Some(id) = &args.source
        && archive.source(id)?.is_none()
    {
        return Err(no_such_source(id));
    }
    let runs = archive.runs(args.source.as_ref(), args.limit)?;
    if args.json {
        return Ok(output::json(&runs)?);
    }
    runs.iter().try_for_each(|run| output::line(&line(run)))?;
    Ok(())
}

fn show(rooms: &Rooms, id: RunId, as_json: bool) -> Result<(), Failure> {
    let archive = rooms.existing_archive()?;
    let run = archive.run(id)?.ok_or_else(|| {
        Failure::usage(format!("there is no run {}; `loa runs` shows those there are", id.0))
    })?;
    let events = archive.events(id)?;
    if as_json {
        return Ok(output::json(&serde_json::json!({ "run": run, "events": events }))?);
    }
    output::line(&line(&run))?;
    for event in events {
        let (at, kind, url) = (event.at, event.kind, event.url);
        output::line(&format!("  {at}  {kind}  {url}  {}", event.detail))?;
    }
    Ok(())
}

fn line(record: &RunRecord) -> String {
    let run = &record.run;
    let outcome = match &run.outcome {
        Outcome::Running => "running".to_owned(),
        Outcome::Done => "done".to_owned(),
        Outcome::PageLimit => "reached its limit of pages".to_owned(),
        Outcome::Stopped => "stopped".to_owned(),
        Outcome::Interrupted => "interrupted".to_owned(),
        Outcome::Failed(why) => format!("failed: {why}"),
    };
    let Counters { fetched, new, edited, errors, .. } = run.counters;
    format!(
        "{}  {}  {}  {outcome}; {fetched} pages, {new} new, {edited} edited, {errors} errors",
        run.id.0, run.source, record.started_at
    )
}
