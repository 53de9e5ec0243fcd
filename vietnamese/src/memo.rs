//! The keys of words met before. A few thousand syllables make up almost all Vietnamese text, so
//! most words are looked up, not computed. The memo is bounded: a new word takes the place of an
//! older one of the same hash.

use std::cell::RefCell;

use crate::key::{exact_key, fold_key};
use crate::scan::Shape;

/// Words remembered; a power of two.
const SLOTS: usize = 1 << 14;
/// Longest word that is remembered, in bytes; longer ones are no syllables.
const WORD_BYTES_MAX: usize = 48;
/// Longest word whose keys are whole, in bytes; of a longer one only the begin counts.
const KEY_BYTES_MAX: usize = 255;

/// What is known of a word.
#[derive(Clone, Debug, Default)]
pub(crate) struct Keys {
    word: String,
    pub(crate) acc: String,
    pub(crate) fold: String,
    pub(crate) shape: Shape,
}

/// The words of one thread.
#[derive(Debug, Default)]
pub(crate) struct Memo {
    slots: Vec<Keys>,
}

thread_local! {
    static MEMO: RefCell<Memo> = RefCell::default();
}

/// Runs `work` with this thread's memo.
pub(crate) fn with<T>(work: impl FnOnce(&mut Memo) -> T) -> T {
    MEMO.with_borrow_mut(work)
}

impl Memo {
    /// The keys of a word.
    pub(crate) fn keys(&mut self, word: &str) -> &Keys {
        if self.slots.is_empty() {
            // The last slot is for words too long to be remembered.
            self.slots.resize(SLOTS + 1, Keys::default());
        }
        let short = word.len() <= WORD_BYTES_MAX;
        let slot = &mut self.slots[if short { hash(word) % SLOTS } else { SLOTS }];
        if slot.word != word {
            *slot = Keys::of(word);
        }
        slot
    }
}

impl Keys {
    fn of(word: &str) -> Self {
        let word = &word[..word.floor_char_boundary(KEY_BYTES_MAX)];
        let acc = exact_key(word);
        Self { word: word.to_owned(), fold: fold_key(&acc), acc, shape: Shape::of(word) }
    }
}

/// Multiply and rotate over eight bytes at a time (the scheme of Firefox's FxHash).
fn hash(word: &str) -> usize {
    let mut hash = 0_u64;
    let mut add =
        |part: u64| hash = (hash.rotate_left(5) ^ part).wrapping_mul(0x517c_c1b7_2722_0a95);
    let (wholes, rest) = word.as_bytes().as_chunks::<8>();
    wholes.iter().for_each(|part| add(u64::from_le_bytes(*part)));
    add(rest.iter().fold(word.len() as u64, |part, byte| part << 8 | u64::from(*byte)));
    (hash >> 40) as usize
}
