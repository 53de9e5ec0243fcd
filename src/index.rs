//! `loa index`: the derived index.

use anyhow::Context;
use archive::{Action, Actor};
use index::Index;
use jiff::Timestamp;
use serde_json::json;

use crate::args::IndexStatsArgs;
use crate::failure::Failure;
use crate::output;
use crate::progress::Progress;
use crate::rooms::Rooms;

pub(crate) fn rebuild(rooms: &Rooms) -> Result<(), Failure> {
    let archive = rooms.existing_archive()?.acting(Actor::CommandLine);
    archive.log_change(Action::RebuildIndex, "", json!({}), Timestamp::now())?;
    let folder = rooms.index_folder();
    let progress = Progress::new("index", "articles");
    let written = Index::build(&folder, archive, &mut |done| progress.tell(done, ""))
        .with_context(|| format!("cannot build the index in {}", folder.display()))?;
    drop(progress);
    Ok(output::line(&format!("rebuilt: {written} articles"))?)
}

pub(crate) fn stats(rooms: &Rooms, args: &IndexStatsArgs) -> Result<(), Failure> {
    let archive = rooms.existing_archive()?;
    let stats = rooms.index(&archive)?.stats()?;
    if args.json {
        return Ok(output::json(&json!({
            "articles": stats.articles,
            "segments": stats.segments,
            "bytes": stats.bytes,
            "seq": stats.seq.0,
            "newest": stats.newest.0,
        }))?);
    }
    Ok(output::line(&format!(
        "{} articles in {} segments, {} bytes, at change {} of {}",
        stats.articles, stats.segments, stats.bytes, stats.seq.0, stats.newest.0
    ))?)
}

/// An index that is not as the archive says is an error; the next command rebuilds it.
pub(crate) fn verify(rooms: &Rooms) -> Result<(), Failure> {
    let archive = rooms.existing_archive()?;
    let verified = rooms.index(&archive)?.verify()?;
    let told = [
        ("is not found by search", &verified.missing),
        ("is found by search, but must not be", &verified.extra),
        ("is there more than once", &verified.doubled),
    ];
    for (what, articles) in told {
        articles.iter().try_for_each(|id| output::line(&format!("article {id} {what}")))?;
    }
    verified.damaged.iter().try_for_each(|file| output::line(&format!("{file} is damaged")))?;
    output::line(&format!("{} articles are as the archive says", verified.articles))?;
    if verified.is_whole() {
        return Ok(());
    }
    Err(anyhow::anyhow!("the index is not whole; `loa index rebuild` makes it anew").into())
}
