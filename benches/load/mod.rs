//! A large archive under load: how each figure grows with the number of articles.

mod archive;
mod articles;
mod chain;

use std::path::PathBuf;

pub(crate) fn measure() {
    let folder = PathBuf::from(std::env::var_os("LOA_BENCH_FOLDER").unwrap());
    let articles = articles::Articles::new();
    for size in [10_000, 100_000, 1_000_000] {
        archive::grow(&folder, &articles, size);
    }
}
