//! `loa archive`: the record itself.

use std::io::{IsTerminal, Seek, Write};
use std::path::Path;

use archive::{
    Action, Actor, Archive, Article, ArticleId, Audience, Captures, Fields, Stats, Verified,
};
use crawler::{Reread, reextract};
use index::Request;
use jiff::Timestamp;
use serde_json::json;
use web::{HitsFormat, SearchParameters, found_articles, write_hits};

use crate::args::{
    ArchiveCommand, BackupArgs, ExportArgs, ExportFormat, ReextractArgs, RemovalsArgs, RestoreArgs,
    StatsArgs, VerifyArgs,
};
use crate::failure::Failure;
use crate::output;
use crate::progress::Progress;
use crate::rooms::Rooms;
use crate::source::no_such_source;

pub(crate) fn run(rooms: &Rooms, command: &ArchiveCommand) -> Result<(), Failure> {
    match command {
        ArchiveCommand::Stats(args) => stats(rooms, args),
        ArchiveCommand::Verify(args) => verify(rooms, args),
        ArchiveCommand::Reextract(args) => reread(rooms, args),
        ArchiveCommand::Removals(args) => removals(rooms, args),
        ArchiveCommand::Export(args) => export(rooms, args),
        ArchiveCommand::Cdxj => {
            let files = rooms.existing_archive()?.write_cdxj()?;
            Ok(output::line(&format!("listed what {files} files hold"))?)
        }
        ArchiveCommand::Backup(args) => backup(rooms, args),
        ArchiveCommand::Restore(args) => restore(rooms, args),
    }
}

fn stats(rooms: &Rooms, args: &StatsArgs) -> Result<(), Failure> {
    let stats = rooms.existing_archive()?.stats()?;
    if args.json {
        return Ok(output::json(&stats)?);
    }
    let Stats { articles, removed, hidden, versions, sources, pages, .. } = stats;
    output::line(&format!(
        "{articles} articles ({removed} gone at their source), {hidden} hidden, {versions} versions"
    ))?;
    output::line(&format!("{sources} sources, {pages} known pages, {} runs", stats.runs))?;
    let Stats { captures, revisits, files, warc_bytes, .. } = stats;
    Ok(output::line(&format!(
        "{captures} captures ({revisits} of them repeat an earlier one) in {files} WARC files, \
         {warc_bytes} bytes"
    ))?)
}

fn verify(rooms: &Rooms, args: &VerifyArgs) -> Result<(), Failure> {
    let archive = rooms.existing_archive()?;
    let progress = Progress::new("archive", "files");
    let mut files = 0;
    let verified = archive.verify(&mut |name| {
        files += 1;
        progress.tell(files, name);
    })?;
    drop(progress);
    report(&verified, args.json)
}

/// Prints what verifying found; an archive with faults is an error.
fn report(verified: &Verified, as_json: bool) -> Result<(), Failure> {
    let faults: Vec<String> = verified.faults.iter().map(ToString::to_string).collect();
    let Verified { files, records, captures, .. } = verified;
    if as_json {
        let report =
            json!({ "files": files, "records": records, "captures": captures, "faults": faults });
        output::json(&report)?;
    } else {
        faults.iter().try_for_each(|fault| output::line(fault))?;
        output::line(&format!("{files} files, {records} records, {captures} captures read"))?;
    }
    if faults.is_empty() {
        return Ok(());
    }
    Err(anyhow::anyhow!("faults in the archive: {}", faults.len()).into())
}

fn reread(rooms: &Rooms, args: &ReextractArgs) -> Result<(), Failure> {
    let archive = rooms.existing_archive()?.acting(Actor::CommandLine);
    if let Some(id) = &args.source {
        archive.source(id)?.ok_or_else(|| no_such_source(id))?;
    }
    if args.yes {
        let subject = args.source.as_ref().map_or("", |id| id.as_str());
        archive.log_change(Action::Reextract, subject, json!({}), Timestamp::now())?;
    }
    let done = reextract(&archive, &rooms.profiles()?, args.source.as_ref(), |reread| {
        // A closed pipe ends the printing, not the work.
        let _ = print_changes(reread);
        Ok(args.yes)
    })?;
    let (read, differ, unreadable) = (done.read, done.differ, done.unreadable);
    let end = match (differ, args.yes) {
        (0, _) => "nothing to change",
        (_, true) => "they were replaced; no article has a new version",
        (_, false) => "nothing was changed; run again with --yes to replace them",
    };
    output::line(&format!(
        "{read} versions read again, {differ} differ, {unreadable} give no article now; {end}"
    ))?;
    if args.yes && differ > 0 {
        rooms.index(&archive)?;
    }
    Ok(())
}

fn removals(rooms: &Rooms, args: &RemovalsArgs) -> Result<(), Failure> {
    let removed = rooms.existing_archive()?.removed_articles(args.limit)?;
    if args.json {
        return Ok(output::json(&removed)?);
    }
    for one in removed {
        let (article, source, at) = (one.article, one.source, one.at);
        output::line(&format!("{article}  {source}  {at}  {}: {}", one.title, one.signal))?;
    }
    Ok(())
}

fn print_changes(reread: &Reread) -> std::io::Result<()> {
    let Reread { article, version, fields, profile } = reread;
    output::line(&format!(
        "{} version {} ({} → {profile})  {}",
        article.id, version.number, version.profile, article.url
    ))?;
    for (name, before, now) in changes(&version.fields, fields) {
        output::line(&format!("  {name}\n  - {before}\n  + {now}"))?;
    }
    Ok(())
}

/// The fields that differ, as text.
fn changes(before: &Fields, now: &Fields) -> Vec<(String, String, String)> {
    let texts = |fields: &Fields| serde_json::to_value(fields).unwrap_or_default();
    let (before, now) = (texts(before), texts(now));
    let keys = now.as_object().into_iter().flat_map(|fields| fields.keys());
    let differing = keys.filter(|key| before[key.as_str()] != now[key.as_str()]);
    let written = |value: &serde_json::Value| match value.as_str() {
        Some(text) => text.to_owned(),
        None => value.to_string(),
    };
    differing.map(|key| (key.clone(), written(&before[key]), written(&now[key]))).collect()
}

/// Articles or captures, in forms that `loa import` takes, or that others verify.
fn export(rooms: &Rooms, args: &ExportArgs) -> Result<(), Failure> {
    let archive = rooms.existing_archive()?;
    let binary = matches!(args.format, ExportFormat::Warc | ExportFormat::Pack);
    if binary && args.output.is_none() && std::io::stdout().is_terminal() {
        let why = "this is no text; name a file with --output, or redirect";
        return Err(Failure::usage(why));
    }
    let all = args.query.is_none() && args.official.is_none();
    let mut out = std::io::BufWriter::new(output::sink(args.output.as_deref())?);
    let now = Timestamp::now();
    match args.format {
        ExportFormat::Jsonl if all => export_lines(&archive, args, &mut out)?,
        ExportFormat::Jsonl => write_found(rooms, &archive, args, HitsFormat::Jsonl, &mut out)?,
        ExportFormat::Csv => write_found(rooms, &archive, args, HitsFormat::Csv, &mut out)?,
        ExportFormat::Warc if all => {
            let captures = args.source.as_ref().map_or(Captures::All, Captures::OfSource);
            archive.export_warc(captures, &mut out, now)?;
        }
        ExportFormat::Warc => {
            let found = found(rooms, &archive, args)?;
            archive.export_warc_of(&found, &mut out, now)?;
        }
        ExportFormat::Pack => {
            let found = found(rooms, &archive, args)?;
            let about = args.query.as_deref().or(args.official.as_deref()).unwrap_or("*");
            // A ZIP file is written to and fro, so in full before it goes anywhere.
            let mut file = tempfile::tempfile_in(archive.folder())?;
            let about = format!("Tìm kiếm / search: {about}");
            let audience = Audience::Operators;
            archive.write_citation_pack(&found, &about, audience, &mut file, now)?;
            file.rewind()?;
            std::io::copy(&mut file, &mut out)?;
        }
    }
    Ok(out.flush()?)
}

fn request(args: &ExportArgs) -> Result<Request, Failure> {
    let parameters = SearchParameters {
        q: args.query.clone().unwrap_or_default(),
        official: args.official.clone(),
        source: args.source.iter().map(ToString::to_string).collect(),
        ..SearchParameters::default()
    };
    let request = parameters.request(Timestamp::now());
    request.map_err(|problem| Failure::usage(problem.detail))
}

fn found(rooms: &Rooms, archive: &Archive, args: &ExportArgs) -> Result<Vec<ArticleId>, Failure> {
    Ok(found_articles(&rooms.index(archive)?, request(args)?, usize::MAX)?)
}

fn write_found(
    rooms: &Rooms,
    archive: &Archive,
    args: &ExportArgs,
    format: HitsFormat,
    out: &mut dyn Write,
) -> Result<(), Failure> {
    let mut written = Ok(());
    let mut write = |page: String| {
        written = out.write_all(page.as_bytes());
        written.is_ok()
    };
    write_hits(&rooms.index(archive)?, request(args)?, format, &mut write)?;
    Ok(written?)
}

fn export_lines(archive: &Archive, args: &ExportArgs, out: &mut dyn Write) -> anyhow::Result<()> {
    archive.for_each_article(|article| {
        let wanted = args.source.as_ref().is_none_or(|only| *only == article.source);
        if wanted && article.status != archive::ArticleStatus::Hidden {
            serde_json::to_writer(&mut *out, &line(&article))?;
            out.write_all(b"\n")?;
        }
        Ok::<(), anyhow::Error>(())
    })
}

fn line(article: &Article) -> serde_json::Value {
    let Fields { category, title, lead, body, captions, attachments, credit, published, updated } =
        &article.fields;
    json!({
        "id": article.id, "source": article.source, "status": article.status, "url": article.url,
        "title": title, "category": category, "lead": lead, "body": body, "captions": captions,
        "attachments": attachments, "credit": credit, "published_at": published,
        "updated_at": updated, "views": article.views, "first_seen": article.first_seen,
        "last_seen": article.last_seen, "version": article.version,
    })
}

fn backup(rooms: &Rooms, args: &BackupArgs) -> Result<(), Failure> {
    let archive = rooms.existing_archive()?.acting(Actor::CommandLine);
    archive.log_backup("", &args.folder, Timestamp::now())?;
    let verified = copied(&args.folder, |tell| archive.backup(&args.folder, tell))?;
    output::line(&format!("backed up to {}", args.folder.display()))?;
    report(&verified, false)
}

fn restore(rooms: &Rooms, args: &RestoreArgs) -> Result<(), Failure> {
    let verified = copied(&args.folder, |tell| Archive::restore(&args.folder, &rooms.data, tell))?;
    output::line(&format!("restored from {}", args.folder.display()))?;
    report(&verified, false)
}

fn copied(
    folder: &Path,
    copy: impl FnOnce(&mut dyn FnMut(&str)) -> Result<Verified, archive::ArchiveError>,
) -> Result<Verified, Failure> {
    let progress = Progress::new(folder.display().to_string(), "files");
    let mut files = 0;
    let mut tell = |name: &str| {
        files += 1;
        progress.tell(files, name);
    };
    copy(&mut tell).map_err(|error| match error {
        archive::ArchiveError::Occupied { .. } | archive::ArchiveError::Missing { .. } => {
            Failure::usage(error.to_string())
        }
        other => other.into(),
    })
}
