//! `loa takedown`: articles that an operator hides. What was kept stays; every order is logged.

use archive::{Actor, Archive, ArticleId};
use jiff::Timestamp;
use serde_json::json;

use crate::args::{TakedownAddArgs, TakedownCommand, TakedownLiftArgs, TakedownListArgs};
use crate::failure::Failure;
use crate::output;
use crate::rooms::Rooms;

pub(crate) fn run(rooms: &Rooms, command: &TakedownCommand) -> Result<(), Failure> {
    let archive = rooms.existing_archive()?.acting(Actor::CommandLine);
    match command {
        TakedownCommand::Add(args) => add(rooms, &archive, args),
        TakedownCommand::Lift(args) => lift(rooms, &archive, args),
        TakedownCommand::List(args) => list(&archive, args),
    }
}

fn add(rooms: &Rooms, archive: &Archive, args: &TakedownAddArgs) -> Result<(), Failure> {
    let id = article(&args.id)?;
    if args.reason.trim().is_empty() {
        return Err(Failure::usage("--reason is empty; say why the article is hidden"));
    }
    let until = args.until.map(archive::end_of);
    let now = Timestamp::now();
    if until.is_some_and(|until| until <= now) {
        return Err(Failure::usage("--until is past; give a day to come, or none for good"));
    }
    if !archive.take_down(&id, args.reason.trim(), until, now)? {
        return Err(anyhow::anyhow!("there is no article {id}; `loa search` shows ids").into());
    }
    rooms.index(archive)?;
    let end = match args.until {
        Some(day) => format!("until the end of {day}"),
        None => "until it is lifted".to_owned(),
    };
    Ok(output::line(&format!("{id} is hidden {end}"))?)
}

fn lift(rooms: &Rooms, archive: &Archive, args: &TakedownLiftArgs) -> Result<(), Failure> {
    let id = article(&args.id)?;
    if !archive.lift(&id, args.reason.trim(), Timestamp::now())? {
        return Err(anyhow::anyhow!("article {id} is not hidden").into());
    }
    rooms.index(archive)?;
    Ok(output::line(&format!("{id} is shown again"))?)
}

fn list(archive: &Archive, args: &TakedownListArgs) -> Result<(), Failure> {
    let orders = archive.takedowns()?;
    if args.json {
        return Ok(output::json(&json!(orders))?);
    }
    for order in orders {
        let end = match (&order.lifted_at, &order.until) {
            (Some(at), _) => {
                let why = order.lifted_why.as_deref().unwrap_or_default();
                format!("lifted {at} ({why})")
            }
            (None, Some(until)) => format!("until {until}"),
            (None, None) => "until it is lifted".to_owned(),
        };
        output::line(&format!("{}  hidden {}, {end}: {}", order.article, order.at, order.reason))?;
    }
    Ok(())
}

fn article(id: &str) -> Result<ArticleId, Failure> {
    let id = id.to_lowercase().parse();
    id.map_err(|error: archive::InvalidId| Failure::usage(error.to_string()))
}
