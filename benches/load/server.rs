//! The real server on the archive: how soon it is ready, and what it holds in memory.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// A running `loa serve`; stopped when dropped.
pub(crate) struct Server {
    child: Child,
    pub(crate) base: String,
    /// From the start of the process to the first answer that it is ready.
    pub(crate) ready_after: Duration,
}

impl Server {
    pub(crate) fn start(data: &Path) -> Self {
        let started = Instant::now();
        let mut child = Command::new(env!("CARGO_BIN_EXE_loa"))
            .env("LOA_DATA", data)
            .env("LOA_CRAWLER_ALLOW_PRIVATE_ADDRESSES", "true")
            .env("LOA_WEB_CLIENT_HEADER", "x-forwarded-for")
            .args(["serve", "--listen", "127.0.0.1:0"])
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut first = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
        let base = first.trim().strip_prefix("Loa Phường: ").unwrap().to_owned();
        while ureq::get(format!("{base}/readyz")).call().is_err() {}
        Self { child, base, ready_after: started.elapsed() }
    }

    /// Bytes of memory that are the process's own: resident, without files in the page cache.
    pub(crate) fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:")).unwrap();
        let kib: u64 = line.trim().trim_end_matches(" kB").parse().unwrap();
        kib * 1024
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = Command::new("kill").arg(self.child.id().to_string()).status();
        let _ = self.child.wait();
    }
}
