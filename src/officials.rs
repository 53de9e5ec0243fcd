//! `loa officials`: who held which post when, and on what evidence; merging and splitting.

use archive::{Actor, Archive, Dossier, Evidence, Official, OfficialId};
use jiff::Timestamp;

use crate::args::{
    OfficialsArgs, OfficialsCommand, OfficialsDecisionsArgs, OfficialsMergeArgs, OfficialsSplitArgs,
};
use crate::failure::Failure;
use crate::output;
use crate::rooms::Rooms;

/// Officials in a list.
const LISTED: usize = 20;
/// Articles and people that a printed dossier shows.
const SHOWN: usize = 10;

pub(crate) fn run(rooms: &Rooms, args: &OfficialsArgs) -> Result<(), Failure> {
    let archive = rooms.existing_archive()?.acting(Actor::CommandLine);
    crawler::read_people(&archive, Timestamp::now())?;
    match &args.command {
        Some(OfficialsCommand::Merge(args)) => merge(&archive, args),
        Some(OfficialsCommand::Split(args)) => split(&archive, args),
        Some(OfficialsCommand::Undo(args)) => undo(&archive, args.number),
        Some(OfficialsCommand::Decisions(args)) => decisions(&archive, args),
        None => show(rooms, &archive, args),
    }
}

fn show(rooms: &Rooms, archive: &Archive, args: &OfficialsArgs) -> Result<(), Failure> {
    let found = match args.name.as_deref().map(str::trim) {
        None | Some("") => archive.commonest_officials(LISTED)?,
        Some(name) => match name.parse::<OfficialId>() {
            Ok(id) => archive.official(&id)?.into_iter().collect(),
            Err(_) => {
                let meant = rooms.index(archive)?.officials(name, LISTED)?;
                meant.into_iter().map(|meant| meant.official).collect()
            }
        },
    };
    let Some((first, others)) = found.split_first().filter(|_| args.name.is_some()) else {
        if args.name.is_some() {
            return Err(anyhow::anyhow!("the archive names nobody like that").into());
        }
        return Ok(list(&found, args.json)?);
    };
    let dossier = archive.dossier(&first.id)?;
    let dossier = dossier.ok_or_else(|| anyhow::anyhow!("{} is hidden", first.name))?;
    if args.json {
        return Ok(output::json(&dossier)?);
    }
    if args.csv {
        return Ok(output::raw(&web::api::dossier_table(&dossier))?);
    }
    print(&dossier)?;
    if !others.is_empty() {
        output::line("\nOthers who may be meant:")?;
        list(others, false)?;
    }
    Ok(())
}

fn list(officials: &[Official], as_json: bool) -> anyhow::Result<()> {
    if as_json {
        return output::json(&officials);
    }
    for official in officials {
        let role = official.role.as_deref().unwrap_or("no post given");
        output::line(&format!(
            "{}  {}, {role}; {} articles",
            official.id, official.name, official.articles
        ))?;
    }
    Ok(())
}

fn print(dossier: &Dossier) -> std::io::Result<()> {
    let Dossier { official, names, posts, articles, with, sources, years } = dossier;
    output::line(&format!("{}  {}", official.id, official.name))?;
    let written: Vec<&str> = names.iter().take(SHOWN).map(|name| name.value.as_str()).collect();
    output::line(&format!("written: {}", written.join("; ")))?;
    let wards: Vec<String> =
        sources.iter().map(|source| format!("{} ({})", source.value, source.articles)).collect();
    output::line(&format!("named by: {}", wards.join(", ")))?;
    let years: Vec<String> =
        years.iter().map(|year| format!("{} ({})", year.value, year.articles)).collect();
    output::line(&format!("in the years: {}", years.join(", ")))?;
    output::line("\nPosts:")?;
    for post in posts {
        let tenure = match post.tenure.as_str() {
            "former" => " (over)",
            "acting" => " (acting)",
            _ => "",
        };
        output::line(&format!(
            "  {} to {}  {}{tenure}; {} articles",
            post.first, post.last, post.written, post.articles
        ))?;
        for Evidence { article, day, sentence, .. } in &post.evidence {
            output::line(&format!("    {day} {article}: {sentence}"))?;
        }
    }
    output::line(&format!("\nArticles: {}", official.articles))?;
    for Evidence { article, day, title, source, .. } in articles.iter().take(SHOWN) {
        output::line(&format!("  {day} {article} {source}: {title}"))?;
    }
    output::line("\nTogether with:")?;
    for other in with.iter().take(SHOWN) {
        output::line(&format!("  {}  {}: {} articles", other.id, other.name, other.articles))?;
    }
    Ok(())
}

fn merge(archive: &Archive, args: &OfficialsMergeArgs) -> Result<(), Failure> {
    let reason = reason(&args.reason)?;
    let merged = archive.merge_officials(&args.kept, &args.other, reason, Timestamp::now())?;
    let Some(number) = merged else {
        let why = "one of them is not known, or both are the same; `loa officials NAME` shows ids";
        return Err(Failure::usage(why));
    };
    Ok(output::line(&format!("merged; `loa officials undo {number}` undoes it"))?)
}

fn split(archive: &Archive, args: &OfficialsSplitArgs) -> Result<(), Failure> {
    let reason = reason(&args.reason)?;
    let split = archive.split_official(&args.official, &args.articles, reason, Timestamp::now())?;
    let Some((number, id)) = split else {
        return Err(Failure::usage("none of these articles names this official"));
    };
    Ok(output::line(&format!("split: the other is {id}; `loa officials undo {number}` undoes it"))?)
}

fn undo(archive: &Archive, number: i64) -> Result<(), Failure> {
    if archive.undo_decision(number, Timestamp::now())? {
        return Ok(output::line(&format!("decision {number} is undone"))?);
    }
    let why = format!(
        "there is no decision {number} that could be undone; `loa officials decisions` lists them"
    );
    Err(Failure::usage(why))
}

fn decisions(archive: &Archive, args: &OfficialsDecisionsArgs) -> Result<(), Failure> {
    let decisions = archive.decisions()?;
    if args.json {
        return Ok(output::json(&decisions)?);
    }
    for decision in decisions {
        let who = if decision.by_machine { ", on evidence" } else { "" };
        let undone = decision.undone_at.map(|at| format!(", undone {at}")).unwrap_or_default();
        output::line(&format!(
            "{}  {} {}, {} articles{who}{undone}: {}",
            decision.id, decision.at, decision.kind, decision.moved, decision.reason
        ))?;
    }
    Ok(())
}

fn reason(given: &str) -> Result<&str, Failure> {
    match given.trim() {
        "" => Err(Failure::usage("--reason is empty; say why")),
        reason => Ok(reason),
    }
}
