//! How a command fails: wrong usage or configuration (2), or work that did not succeed (1).

use std::fmt;
use std::io;

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

    /// 2 for wrong usage, 1 for failed work.
    pub(crate) fn exit_status(&self) -> u8 {
        match self {
            Self::Usage(_) => 2,
            Self::Work(_) => 1,
        }
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
            // The chain in one sentence: doing what, to what, and why it failed.
            Self::Work(error) => write!(f, "{error:#}"),
        }
    }
}
