//! `loa alert`: what subscribers are told of; an operator's own alerts.

use alerts::{Ask, AskError, Target};
use archive::{Actor, Alert, Archive, Pace, SavedSearch};
use jiff::Timestamp;
use serde_json::{Value, json};

use crate::args::{
    AlertAddArgs, AlertCommand, AlertListArgs, AlertPreviewArgs, AlertRemoveArgs, SavedSearchArgs,
};
use crate::failure::Failure;
use crate::output;
use crate::rooms::Rooms;

pub(crate) fn run(rooms: &Rooms, command: &AlertCommand) -> Result<(), Failure> {
    let archive = rooms.existing_archive()?.acting(Actor::CommandLine);
    match command {
        AlertCommand::List(args) => list(rooms, &archive, args),
        AlertCommand::Add(args) => add(rooms, &archive, args),
        AlertCommand::Preview(args) => preview(rooms, &archive, args),
        AlertCommand::Remove(args) => remove(&archive, args),
    }
}

fn list(rooms: &Rooms, archive: &Archive, args: &AlertListArgs) -> Result<(), Failure> {
    let index = rooms.index(archive)?;
    let mut rows = Vec::new();
    for alert in archive.alerts()? {
        let search = alerts::in_words(archive, &index, &alert.search)?;
        if args.json {
            rows.push(in_json(&alert, &search));
            continue;
        }
        let state = match (&alert.ended_at, &alert.ended_why, &alert.confirmed_at) {
            (Some(at), why, _) => format!("ended {at}: {}", why.as_deref().unwrap_or_default()),
            (None, _, Some(at)) => format!("since {at}"),
            (None, _, None) => "not confirmed".to_owned(),
        };
        let Alert { public_id, channel, address, .. } = &alert;
        output::line(&format!("{public_id}  {channel} {address}  {search}  ({state})"))?;
    }
    if args.json {
        return Ok(output::json(&rows)?);
    }
    let (waiting, given_up) = archive.count_messages()?;
    Ok(output::line(&format!("{waiting} messages wait to be sent, {given_up} were given up"))?)
}

fn in_json(alert: &Alert, search: &str) -> Value {
    json!({
        "id": alert.public_id, "search": alert.search, "interpreted": search,
        "channel": alert.channel, "address": alert.address, "pace": alert.pace,
        "created_at": alert.created_at, "confirmed_at": alert.confirmed_at,
        "ended_at": alert.ended_at, "ended_why": alert.ended_why,
    })
}

fn add(rooms: &Rooms, archive: &Archive, args: &AlertAddArgs) -> Result<(), Failure> {
    let index = rooms.index(archive)?;
    let target = match (&args.mail, &args.webhook) {
        (Some(address), _) => Target::Mail(address.clone()),
        (None, Some(url)) => Target::Webhook(url.clone()),
        (None, None) => return Err(Failure::usage("give --mail or --webhook")),
    };
    let pace = if args.daily { Pace::Daily } else { Pace::Immediate };
    let search = search(&args.search);
    let now = Timestamp::now();
    let asked = Ask { search, target, pace }.checked(&index, &rooms.alerts(None)?, now);
    let added = archive.add_alerts(&[asked.map_err(refused)?], now)?;
    for alert in added {
        let words = alerts::in_words(archive, &index, &alert.search)?;
        if args.json {
            let mut body = in_json(&alert, &words);
            body["secret"] = json!(alert.secret);
            output::json(&body)?;
            continue;
        }
        output::line(&format!("{}  {} will be told of: {words}", alert.public_id, alert.address))?;
        if let Some(secret) = &alert.secret {
            output::line(&format!("requests are signed with whsec_{secret}"))?;
        }
    }
    Ok(())
}

fn preview(rooms: &Rooms, archive: &Archive, args: &AlertPreviewArgs) -> Result<(), Failure> {
    let index = rooms.index(archive)?;
    let search = search(&args.search);
    let preview = alerts::preview(&index, &search, Timestamp::now()).map_err(refused)?;
    let words = alerts::in_words(archive, &index, &preview.search)?;
    output::line(&format!(
        "{words}: {} articles published in the last {} days",
        preview.found.total,
        alerts::DAYS_PREVIEWED
    ))?;
    for hit in &preview.found.hits {
        let day = hit.article.fields.published.map(|time| time.to_string()).unwrap_or_default();
        output::marked_line(&format!("  {} {day} ", hit.article.id), &hit.title_html)?;
    }
    Ok(())
}

fn remove(archive: &Archive, args: &AlertRemoveArgs) -> Result<(), Failure> {
    let Some(alert) = archive.alert_named(&args.id)? else {
        let why = format!("there is no alert {}; `loa alert list` shows ids", args.id);
        return Err(Failure::usage(why));
    };
    archive.end_alert(&alert.token, "an operator ended it", Timestamp::now())?;
    Ok(output::line(&format!("{} is told no more", alert.address))?)
}

fn search(args: &SavedSearchArgs) -> SavedSearch {
    SavedSearch {
        text: args.query.clone(),
        official: args.official.clone(),
        sources: args.source.clone(),
        ..SavedSearch::default()
    }
}

fn refused(error: AskError) -> Failure {
    match error {
        AskError::Failed(error) => Failure::Work(error.into()),
        wrong => Failure::usage(wrong.to_string()),
    }
}
