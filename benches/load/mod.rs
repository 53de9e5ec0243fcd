//! A large archive under load: how each figure grows with the number of articles.
//!
//! `cargo bench -- load` makes the archive, measures at 10,000, 100,000 and 1,000,000 articles, and
//! writes the tables and the plot of `docs/performance.md`. The archive is kept in
//! `LOA_BENCH_FOLDER`, else in `target/load` (about 15 GB, and as much again while it is served), and
//! is not made again. Numbers behind `load` are other sizes; `brief` leaves out the quarter of an hour
//! at one rate.

mod archive;
mod articles;
mod build;
mod chain;
mod day;
mod drive;
mod portals;
mod report;
mod serve;
mod server;

use std::path::{Path, PathBuf};
use std::process::Command;

use build::Build;
use serve::Serving;

/// Numbers of articles.
const SIZES: [usize; 3] = [10_000, 100_000, 1_000_000];

/// What was measured at one size.
#[derive(serde::Serialize)]
pub(crate) struct Measured {
    articles: usize,
    build: Build,
    serving: Serving,
}

/// Measures at all sizes, or at those that are named.
pub(crate) fn measure(arguments: &[String]) {
    let named: Vec<usize> = arguments.iter().filter_map(|argument| argument.parse().ok()).collect();
    let sizes = if named.is_empty() { SIZES.to_vec() } else { named };
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("target/load");
    let folder = std::env::var_os("LOA_BENCH_FOLDER").map_or(beside, PathBuf::from);
    let articles = articles::Articles::new();
    let mut measured: Vec<Measured> = Vec::new();
    for size in sizes {
        let kept = folder.join(size.to_string());
        archive::make(&kept, &articles, size);
        let build = build::measure(&kept, &articles, size);
        println!("{size}: {build:#?}");
        // The portals' articles must not stay.
        let served = folder.join("served");
        copy(&kept, &served);
        let steady = size == SIZES[SIZES.len() - 1] && !arguments.iter().any(|a| a == "brief");
        let serving = serve::measure(&served, &articles, size, steady);
        println!("{size}: {serving:#?}");
        std::fs::remove_dir_all(&served).unwrap();
        measured.push(Measured { articles: size, build, serving });
        report::write(&measured);
    }
}

fn copy(from: &Path, to: &Path) {
    let _ = std::fs::remove_dir_all(to);
    assert!(Command::new("cp").arg("-r").args([from, to]).status().unwrap().success());
}
