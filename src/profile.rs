//! `loa profile`: how the pages of each family are read.

use anyhow::Context as _;
use archive::{ArticleId, Payload};
use crawler::extract::{Context, Inspection, Reading, inspect};
use crawler::{Fetcher, Profile, lint};
use jiff::Timestamp;
use serde_json::json;

use crate::args::{
    ProfileCheckArgs, ProfileCommand, ProfileLintArgs, ProfileListArgs, ProfileTestArgs,
};
use crate::failure::Failure;
use crate::output;
use crate::rooms::{Rooms, runtime};

pub(crate) fn run(rooms: &Rooms, command: &ProfileCommand) -> Result<(), Failure> {
    match command {
        ProfileCommand::List(args) => list(rooms, args),
        ProfileCommand::Test(args) => test(rooms, args),
        ProfileCommand::Check(args) => check(rooms, args),
        ProfileCommand::Lint(args) => lint_file(rooms, args),
    }
}

fn list(rooms: &Rooms, args: &ProfileListArgs) -> Result<(), Failure> {
    let profiles = rooms.profiles()?;
    if args.json {
        let row = |p: &Profile| json!({ "name": p.name, "version": p.version, "about": p.about });
        return Ok(output::json(&profiles.iter().map(row).collect::<Vec<_>>())?);
    }
    for profile in profiles.iter() {
        output::line(&format!("{}  {}", profile.label(), profile.about))?;
    }
    Ok(())
}

fn test(rooms: &Rooms, args: &ProfileTestArgs) -> Result<(), Failure> {
    let profiles = rooms.profiles()?;
    let profile =
        profiles.named(&args.profile).map_err(|error| Failure::usage(error.to_string()))?;
    let payload = payload(rooms, &args.page)?;
    let context = Context { profile, label: None, fetched_at: Timestamp::now() };
    let inspection = inspect(&payload, &profiles, &context)
        .map_err(|error| anyhow::anyhow!("{}: {error}", args.page))?;
    if args.json {
        output::json(&as_json(&inspection))?;
    } else {
        print(&inspection)?;
    }
    match inspection.article {
        Ok(_) => Ok(()),
        Err(diagnosis) => Err(anyhow::anyhow!("{}: {diagnosis}", args.page).into()),
    }
}

/// Reads the golden pages of all profiles, or of one, and prints what is not as it must be.
fn check(rooms: &Rooms, args: &ProfileCheckArgs) -> Result<(), Failure> {
    let profiles = rooms.profiles()?;
    if let Some(name) = &args.profile {
        profiles.named(name).map_err(|error| Failure::usage(error.to_string()))?;
    }
    let wanted = |p: &&Profile| args.profile.as_ref().is_none_or(|name| *name == p.name);
    let mut found = 0;
    for profile in profiles.iter().filter(wanted) {
        let pages = profile.goldens.len();
        for golden in &profile.goldens {
            let faults = golden.faults(profile, &profiles);
            let faults = faults.with_context(|| format!("the golden page of {}", golden.url))?;
            found += faults.len();
            for fault in faults {
                output::line(&format!("{}  {}: {fault}", profile.label(), golden.url))?;
            }
        }
        output::line(&format!("{}  {pages} golden pages read", profile.label()))?;
    }
    match found {
        0 => Ok(()),
        found => Err(anyhow::anyhow!("faults in what golden pages give: {found}").into()),
    }
}

/// The page at a URL, in a file, or of an article's newest capture.
fn payload(rooms: &Rooms, page: &str) -> Result<Payload, Failure> {
    if let Ok(id) = page.parse::<ArticleId>()
        && !std::path::Path::new(page).exists()
    {
        let payload = rooms.existing_archive()?.newest_payload(&id)?;
        return payload.ok_or_else(|| Failure::usage(format!("there is no article {id}")));
    }
    if page.starts_with("http://") || page.starts_with("https://") {
        let url = page.parse().map_err(|_| Failure::usage(format!("`{page}` is no URL")))?;
        let fetcher: Fetcher = rooms.fetcher()?;
        return Ok(runtime()?.block_on(fetcher.page(&url, Timestamp::now()))?);
    }
    let path = std::path::absolute(page)?;
    let body = std::fs::read(&path)
        .map_err(|error| Failure::usage(format!("cannot read {page}: {error}")))?;
    let url = format!("file://{}", path.display());
    let headers = vec![("content-type".to_owned(), "text/html".to_owned())];
    Ok(Payload { url, headers, body })
}

fn print(inspection: &Inspection) -> std::io::Result<()> {
    output::line(&format!("profile {}", inspection.profile))?;
    for Reading { field, rule, raw, value } in &inspection.readings {
        let Some(rule) = rule else {
            output::line(&format!("{field}: nothing found"))?;
            continue;
        };
        output::line(&format!("{field}: {}", value.as_deref().unwrap_or("nothing")))?;
        output::line(&format!("  by {rule}"))?;
        if let Some(raw) = raw.as_ref().filter(|raw| Some(*raw) != value.as_ref()) {
            output::line(&format!("  from {raw}"))?;
        }
    }
    if let Ok(article) = &inspection.article {
        let charset = article.charset.as_deref().unwrap_or("text");
        output::line(&format!("\nkey {}\ncharset {charset}", article.key))?;
        let text = serde_json::to_string_pretty(&article.fields).unwrap_or_default();
        output::line(&text)?;
    }
    Ok(())
}

fn as_json(inspection: &Inspection) -> serde_json::Value {
    let reading =
        |r: &Reading| json!({ "field": r.field, "rule": r.rule, "raw": r.raw, "value": r.value });
    let readings: Vec<_> = inspection.readings.iter().map(reading).collect();
    let article = inspection.article.as_ref().ok().map(
        |article| json!({ "key": article.key, "fields": article.fields, "views": article.views }),
    );
    json!({ "profile": inspection.profile, "readings": readings, "article": article })
}

fn lint_file(rooms: &Rooms, args: &ProfileLintArgs) -> Result<(), Failure> {
    let path = args.file.display();
    let toml = std::fs::read_to_string(&args.file)
        .map_err(|error| Failure::usage(format!("cannot read {path}: {error}")))?;
    let faults = lint(&toml, &rooms.profiles()?);
    faults.iter().try_for_each(|fault| output::line(fault))?;
    match faults.len() {
        0 => Ok(output::line(&format!("{path}: nothing wrong found"))?),
        found => Err(anyhow::anyhow!("faults in {path}: {found}").into()),
    }
}
