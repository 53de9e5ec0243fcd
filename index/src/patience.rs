//! How long a search may take. No query is known to be too much before it was tried; one that is
//! must not keep the others waiting.

use std::time::{Duration, Instant};

use crate::IndexError;

/// Since when a search runs, and how long it may.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Patience {
    pub(crate) since: Instant,
    /// As long as it takes, where it is not said.
    pub(crate) most: Option<Duration>,
}

impl Patience {
    /// Looks at the clock.
    ///
    /// # Errors
    /// [`IndexError::TooLong`] when the time is over.
    pub(crate) fn check(self) -> Result<(), IndexError> {
        match self.most {
            Some(patience) if self.since.elapsed() > patience => {
                Err(IndexError::TooLong { patience })
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_ends() {
        let with = |most| Patience { since: Instant::now(), most };
        assert!(matches!(with(Some(Duration::ZERO)).check(), Err(IndexError::TooLong { .. })));
        assert!(with(None).check().is_ok());
    }
}
