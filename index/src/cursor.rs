//! Cursors: where the next page of an answer begins, as a text that goes out and comes back.
//!
//! A cursor names the state of the index that its answer saw. That state is kept for a while, so
//! that turning pages neither loses nor repeats a hit while articles come in. Once it is gone, the
//! place in the order still holds, in the index as it is then.

use std::collections::VecDeque;
use std::str::FromStr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::engine::Start;
use crate::order::{Key, Mark};
use crate::snapshot::Snapshot;

/// How long a state is kept after a page of it was asked for.
const KEPT_FOR: Duration = Duration::from_secs(600);
/// States kept at once; the one that was asked for longest ago goes first.
const KEPT_MAX: usize = 16;

/// The place where the next page begins.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cursor {
    /// The state of the index.
    pub(crate) state: u64,
    /// The search that it belongs to.
    pub(crate) search: u64,
    /// When the first page was asked for, in seconds since 1970: `tuần trước` means the same on
    /// all pages.
    pub(crate) now: u32,
    pub(crate) start: Start,
}

/// A text that is no cursor of this search.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is no cursor that an answer to the same search gave")]
pub struct InvalidCursor;

impl std::fmt::Display for Cursor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:016x}{:016x}{:08x}", self.state, self.search, self.now)?;
        match self.start {
            Start::Offset(offset) => write!(f, "o{offset:x}"),
            Start::After(Mark { key, id }) => match key {
                Key::Score(score) => write!(f, "s{:08x}{id:016x}", score.to_bits()),
                Key::Time(Some(time)) => write!(f, "t{time:016x}{id:016x}"),
                Key::Time(None) => write!(f, "u{id:016x}"),
            },
        }
    }
}

impl FromStr for Cursor {
    type Err = InvalidCursor;

    fn from_str(text: &str) -> Result<Self, InvalidCursor> {
        let hex = |range: std::ops::Range<usize>| {
            let digits = text.get(range).filter(|d| d.bytes().all(|b| b.is_ascii_hexdigit()));
            digits.and_then(|digits| u64::from_str_radix(digits, 16).ok()).ok_or(InvalidCursor)
        };
        let short = |range| u32::try_from(hex(range)?).map_err(|_| InvalidCursor);
        let (state, search) = (hex(0..16)?, hex(16..32)?);
        let now = short(32..40)?;
        let (kind, end) = (text.get(40..41), text.len());
        let after = |key, id| Start::After(Mark { key, id });
        let start = match (kind, end - 40.min(end)) {
            (Some("o"), 2..=17) => {
                Start::Offset(usize::try_from(hex(41..end)?).map_err(|_| InvalidCursor)?)
            }
            (Some("s"), 25) => after(Key::Score(f32::from_bits(short(41..49)?)), hex(49..end)?),
            (Some("t"), 33) => after(Key::Time(Some(hex(41..57)?.cast_signed())), hex(57..end)?),
            (Some("u"), 17) => after(Key::Time(None), hex(41..end)?),
            _ => return Err(InvalidCursor),
        };
        Ok(Self { state, search, now, start })
    }
}

/// The states that are kept.
#[derive(Default)]
pub(crate) struct States {
    kept: Mutex<VecDeque<(Instant, Arc<Snapshot>)>>,
}

impl States {
    /// The state of this number, where it is still kept.
    pub(crate) fn get(&self, number: u64, now: Instant) -> Option<Arc<Snapshot>> {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|(at, _)| now.duration_since(*at) < KEPT_FOR);
        kept.iter().find(|(_, state)| state.number == number).map(|(_, state)| state.clone())
    }

    /// Keeps a state for a while from now on.
    pub(crate) fn keep(&self, state: Arc<Snapshot>, now: Instant) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.retain(|(at, old)| old.number != state.number && now.duration_since(*at) < KEPT_FOR);
        kept.push_back((now, state));
        if kept.len() > KEPT_MAX {
            kept.pop_front();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_cursor_is_read_as_it_was_written() {
        let mark = |key| Start::After(Mark { key, id: 7 });
        for start in [
            Start::Offset(0),
            Start::Offset(usize::MAX),
            mark(Key::Score(1.5)),
            mark(Key::Time(Some(-3))),
            mark(Key::Time(None)),
        ] {
            let cursor = Cursor { state: u64::MAX, search: 1, now: u32::MAX, start };
            assert_eq!(cursor.to_string().parse(), Ok(cursor));
        }
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in "[0-9a-f]{38,42}[ostu][0-9a-f]{0,40}|\\PC{0,40}") {
            let read: Result<Cursor, _> = text.parse();
            if let Ok(cursor) = read {
                prop_assert!(cursor.to_string().parse::<Cursor>().is_ok());
            }
        }
    }
}
