//! Printing: the only place that writes to the terminal.

use std::io::{self, IsTerminal, Write};

use serde::Serialize;

/// Prints a line.
pub(crate) fn line(text: &str) -> io::Result<()> {
    writeln!(io::stdout().lock(), "{text}")
}

/// Prints a value as JSON.
pub(crate) fn json(value: &impl Serialize) -> anyhow::Result<()> {
    Ok(line(&serde_json::to_string_pretty(value)?)?)
}

/// Prints the one sentence that says why a command failed.
pub(crate) fn error(sentence: &str) {
    // When even standard error is closed there is nobody left to tell.
    let _ = writeln!(io::stderr().lock(), "loa: {sentence}");
}

/// Marked HTML as a terminal shows it: bold on a terminal, plain elsewhere.
pub(crate) fn marked(html: &str) -> String {
    let (on, off) = if io::stdout().is_terminal() { ("\u{1b}[1m", "\u{1b}[0m") } else { ("", "") };
    html.replace("<mark>", on)
        .replace("</mark>", off)
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&amp;", "&")
}
