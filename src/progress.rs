//! How long work is getting on: a bar on a terminal, a line now and then elsewhere.

use std::io::{IsTerminal, stderr};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};

use crate::output;

/// Where there is no terminal, a line is printed each time so many were done.
const LINE_EVERY: u64 = 1000;

/// The progress of one piece of work.
pub(crate) struct Progress {
    bar: Option<ProgressBar>,
    name: String,
    unit: &'static str,
    told: AtomicU64,
}

impl Progress {
    /// Work of unknown length, counted in `unit`.
    pub(crate) fn new(name: impl Into<String>, unit: &'static str) -> Self {
        Self::among(&MultiProgress::new(), name, unit)
    }

    /// The same beside other work that goes on at the same time.
    pub(crate) fn among(
        others: &MultiProgress,
        name: impl Into<String>,
        unit: &'static str,
    ) -> Self {
        let name = name.into();
        let bar = stderr().is_terminal().then(|| {
            let style = ProgressStyle::with_template("{spinner} {prefix}: {wide_msg}")
                .expect("the template is a literal");
            let bar = ProgressBar::new_spinner().with_style(style).with_prefix(name.clone());
            bar.enable_steady_tick(Duration::from_millis(120));
            others.add(bar)
        });
        Self { bar, name, unit, told: AtomicU64::new(0) }
    }

    /// Tells that `done` were done, the last of them `what`.
    pub(crate) fn tell(&self, done: u64, what: &str) {
        match &self.bar {
            Some(bar) => bar.set_message(format!("{done} {}  {}", self.unit, output::plain(what))),
            None if done / LINE_EVERY > self.told.swap(done, Ordering::Relaxed) / LINE_EVERY => {
                output::note(&format!("{}: {done} {}", self.name, self.unit));
            }
            None => {}
        }
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }
}
