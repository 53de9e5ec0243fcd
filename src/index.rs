//! `loa index`: the derived index.

use std::time::Duration;

use indicatif::{ProgressBar, ProgressStyle};
use serde_json::json;

use crate::args::IndexStatsArgs;
use crate::failure::Failure;
use crate::output;
use crate::rooms::Rooms;

pub(crate) fn rebuild(rooms: &Rooms) -> Result<(), Failure> {
    let archive = rooms.existing_archive()?;
    let index = rooms.index(&archive)?;
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} articles")
        .expect("the template is a literal");
    let bar = ProgressBar::new(archive.count_articles()?).with_style(style);
    bar.enable_steady_tick(Duration::from_millis(120));
    let written = index.rebuild(&mut |done| bar.set_position(done))?;
    bar.finish_and_clear();
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
