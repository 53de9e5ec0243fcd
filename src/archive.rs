//! `loa archive`: the record itself.

use std::io::{IsTerminal, Write};
use std::path::Path;

use archive::{Archive, Article, Captures, Fields, Stats, Verified};
use crawler::{Reread, reextract};
use jiff::Timestamp;
use serde_json::json;

use crate::args::{
    ArchiveCommand, BackupArgs, ExportArgs, ExportFormat, ReextractArgs, RestoreArgs, StatsArgs,
    VerifyArgs,
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
    Err(anyhow::anyhow!("the archive has {} fault(s)", faults.len()).into())
}

fn reread(rooms: &Rooms, args: &ReextractArgs) -> Result<(), Failure> {
    let archive = rooms.existing_archive()?;
    if let Some(id) = &args.source {
        archive.source(id)?.ok_or_else(|| no_such_source(id))?;
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

/// Articles or captures, in forms that `loa import` takes.
fn export(rooms: &Rooms, args: &ExportArgs) -> Result<(), Failure> {
    let archive = rooms.existing_archive()?;
    let mut out = std::io::BufWriter::new(output::sink(args.output.as_deref())?);
    match args.format {
        ExportFormat::Jsonl => export_lines(&archive, args, &mut out)?,
        ExportFormat::Warc => {
            if args.output.is_none() && std::io::stdout().is_terminal() {
                let why = "a WARC file is no text; name a file with --output, or redirect";
                return Err(Failure::usage(why));
            }
            let captures = args.source.as_ref().map_or(Captures::All, Captures::OfSource);
            archive.export_warc(captures, &mut out, Timestamp::now())?;
        }
    }
    Ok(out.flush()?)
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
    let archive = rooms.existing_archive()?;
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
