//! How a command fails: wrong usage or configuration (2), or work that did not succeed (1).

use std::fmt;
use std::io;
use std::path::Path;

use archive::ArchiveError;

/// Why a command failed.
#[derive(Debug)]
pub(crate) enum Failure {
    /// What was typed or configured is wrong.
    Usage(String),
    /// The work failed.
    Work(anyhow::Error),
}

impl Failure {
    pub(crate) fn usage(why: impl Into<String>) -> Self {
        Self::Usage(why.into())
    }

    /// A TOML file that cannot be used: which line of it, and why.
    pub(crate) fn toml(path: &Path, text: &str, error: &toml::de::Error) -> Self {
        let line = error.span().map(|span| {
            let before = text.get(..span.start).unwrap_or_default();
            format!(", line {}", before.matches('\n').count() + 1)
        });
        let why = error.message().lines().collect::<Vec<_>>().join("; ");
        Self::Usage(format!("{}{}: {why}", path.display(), line.unwrap_or_default()))
    }

    /// A fault of the program. Damaged files of the index may bring one about.
    pub(crate) fn panicked() -> Self {
        Self::Work(anyhow::anyhow!(
            "a fault of the program ended this; `loa index verify` tells whether the index is damaged, and \
             `loa index rebuild` makes it anew"
        ))
    }

    /// 2 for wrong usage, 1 for failed work.
    pub(crate) fn exit_status(&self) -> u8 {
        match self {
            Self::Usage(_) => 2,
            Self::Work(_) => 1,
        }
    }

    /// Whether another process holds the archive.
    pub(crate) fn is_locked(&self) -> bool {
        let Self::Work(error) = self else { return false };
        matches!(error.downcast_ref(), Some(ArchiveError::Locked { .. }))
    }

    /// Whether the reader of our output simply stopped reading.
    pub(crate) fn is_broken_pipe(&self) -> bool {
        let Self::Work(error) = self else { return false };
        let io = error.chain().find_map(|cause| cause.downcast_ref::<io::Error>());
        io.is_some_and(|io| io.kind() == io::ErrorKind::BrokenPipe)
    }
}

impl<E: Into<anyhow::Error>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Work(error.into())
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(why) => f.write_str(why),
            Self::Work(error) => f.write_str(&in_one_sentence(error)),
        }
    }
}

/// The chain in one sentence: doing what, to what, and why it failed. Many errors say their cause
/// themselves; it is not said again.
fn in_one_sentence(error: &anyhow::Error) -> String {
    let mut said = String::new();
    for cause in error.chain().map(ToString::to_string) {
        if said.is_empty() {
            said = cause;
        } else if !said.contains(&cause) {
            said = format!("{said}: {cause}");
        }
    }
    said
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::Context;

    #[test]
    fn a_wrong_line_is_named() {
        let text = "a = 1\nb = x\n";
        let error = toml::from_str::<toml::Table>(text).unwrap_err();
        let said = Failure::toml(Path::new("s.toml"), text, &error).to_string();
        assert!(said.starts_with("s.toml, line 2: ") && !said.contains('\n'), "{said}");
    }

    #[test]
    fn no_cause_is_said_twice() {
        let io = io::Error::new(io::ErrorKind::PermissionDenied, "permission denied");
        let archive = archive::ArchiveError::Io { path: "a".into(), source: io };
        let error = Err::<(), _>(archive).context("cannot open the archive").unwrap_err();
        let said = Failure::Work(error).to_string();
        assert_eq!(said, "cannot open the archive: cannot use a: permission denied");
    }
}
