//! Printing: the only place that writes to the terminal. Text from pages may hold control
//! characters that would drive the terminal; they are never printed.

use std::fs::File;
use std::io::{self, IsTerminal, Write};
use std::path::Path;

use serde::Serialize;

use crate::failure::Failure;

/// Prints a line.
pub(crate) fn line(text: &str) -> io::Result<()> {
    writeln!(io::stdout().lock(), "{}", plain(text))
}

/// Prints a table for other programs, as it is but for control characters.
pub(crate) fn raw(text: &str) -> io::Result<()> {
    let kept: String = text.chars().filter(|c| !c.is_control() || "\r\n\t".contains(*c)).collect();
    io::stdout().lock().write_all(kept.as_bytes())
}

/// Prints a line that ends in marked HTML, the marks in bold on a terminal.
pub(crate) fn marked_line(begin: &str, html: &str) -> io::Result<()> {
    let (on, off) = if io::stdout().is_terminal() { ("\u{1b}[1m", "\u{1b}[0m") } else { ("", "") };
    let text = plain(html)
        .replace("<mark>", on)
        .replace("</mark>", off)
        .replace("&lt;", "<")
        .replace("&gt;", ">")
        .replace("&quot;", "\"")
        .replace("&#39;", "'")
        .replace("&amp;", "&");
    writeln!(io::stdout().lock(), "{begin}{text}")
}

/// Prints a value as JSON, which escapes control characters by itself.
pub(crate) fn json(value: &impl Serialize) -> anyhow::Result<()> {
    Ok(writeln!(io::stdout().lock(), "{}", serde_json::to_string_pretty(value)?)?)
}

/// Where a long result goes: to a new file, or to the terminal's output.
pub(crate) fn sink(file: Option<&Path>) -> Result<Box<dyn Write>, Failure> {
    let Some(path) = file else { return Ok(Box::new(io::stdout().lock())) };
    match File::create_new(path) {
        Ok(file) => Ok(Box::new(file)),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            Err(Failure::usage(format!("{} is there already; name another file", path.display())))
        }
        Err(error) => Err(Failure::usage(format!("cannot write {}: {error}", path.display()))),
    }
}

/// Prints the one sentence that says why a command failed.
pub(crate) fn error(sentence: &str) {
    note(&format!("loa: {sentence}"));
}

/// Prints a line beside the output proper.
pub(crate) fn note(text: &str) {
    // When even standard error is closed there is nobody left to tell.
    let _ = writeln!(io::stderr().lock(), "{}", plain(text));
}

/// A text without control characters, line ends and tabs aside.
pub(crate) fn plain(text: &str) -> String {
    text.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_drives_the_terminal() {
        assert_eq!(plain("Tin\u{1b}]0;x\u{7}\u{9b}31m\tmột\n"), "Tin]0;x31m\tmột\n");
    }
}
