//! `loa index`: the derived index.

use serde_json::json;

use crate::args::IndexStatsArgs;
use crate::failure::Failure;
use crate::output;
use crate::progress::Progress;
use crate::rooms::Rooms;

pub(crate) fn rebuild(rooms: &Rooms) -> Result<(), Failure> {
    let archive = rooms.existing_archive()?;
    let index = rooms.index(&archive)?;
    let progress = Progress::new("index", "articles");
    let written = index.rebuild(&mut |done| progress.tell(done, ""))?;
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
