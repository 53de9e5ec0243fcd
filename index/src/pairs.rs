//! How often syllables, and pairs of neighbours, occur in the archive: what re-ranking and
//! spelling need to know.
//!
//! A count-min sketch with conservative update (Cormode and Muthukrishnan, 2005; Estan and
//! Varghese, 2002): its size is bounded, a count is never too low, and rarely too high. It follows
//! the outbox like the index itself. An article that changed is counted again, so that counts
//! drift upwards a little until the next rebuild.

use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::Path;

use archive::Seq;
use vietnamese::Tokens;

use crate::plan::Word;

/// Counters for a small archive, and for the largest: 512 KiB to 64 MiB.
const SLOTS_MIN: usize = 1 << 18;
const SLOTS_MAX: usize = 1 << 25;
/// Counters that an article needs, so that few of them are shared: the first thousands of articles
/// bring about 500 new pairs each, later ones fewer.
const SLOTS_PER_ARTICLE: u64 = 256;
/// Counters in a line of the processor's cache: both of a pair lie in one, so that counting waits
/// for memory once.
const LINE_BITS: u32 = 5;
const LINE: usize = 1 << LINE_BITS;
/// The first bytes of the file; the digit rises with its form.
const MAGIC: &[u8; 8] = b"loapair3";

/// The counts of an archive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PairCounts {
    /// The last entry of the outbox that is counted.
    pub(crate) seq: Seq,
    /// Articles counted.
    articles: u64,
    /// Syllables counted.
    syllables: u64,
    slots: Vec<u16>,
    /// Articles counted since the counts were last written down.
    unkept: u64,
}

/// What is counted.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Counted<'k> {
    /// A syllable, by its exact key.
    Exact(&'k str),
    /// Two neighbours, by their exact keys.
    ExactPair(&'k str, &'k str),
    /// Two neighbours, by their folded keys.
    FoldedPair(&'k str, &'k str),
}

impl PairCounts {
    /// Room for about so many articles.
    pub(crate) fn for_articles(articles: u64) -> Self {
        let wanted = usize::try_from(articles * SLOTS_PER_ARTICLE).unwrap_or(SLOTS_MAX);
        let slots = vec![0; wanted.next_power_of_two().clamp(SLOTS_MIN, SLOTS_MAX)];
        Self { seq: Seq(0), articles: 0, syllables: 0, slots, unkept: 0 }
    }

    /// Counts an article's text.
    pub(crate) fn add(&mut self, tokens: &Tokens) {
        self.articles += 1;
        self.unkept += 1;
        if self.articles * SLOTS_PER_ARTICLE > self.slots.len() as u64
            && self.slots.len() < SLOTS_MAX
        {
            // One more bit of each hash counts: what shared a counter goes on with the same count.
            self.slots.extend_from_within(..);
        }
        // All hashes first: the increments then follow each other so closely that the processor
        // waits for several lines of memory at once.
        let mut hashes = Vec::with_capacity(3 * tokens.len());
        let mut before: Option<(u64, u64)> = None;
        for token in tokens.iter() {
            let here = (hash(token.acc), hash(token.fold));
            hashes.push(Self::exact(here.0));
            if let Some(before) = before.filter(|_| !token.starts_line) {
                hashes.push(Self::exact_pair(before.0, here.0));
                hashes.push(Self::folded_pair(before.1, here.1));
            }
            before = Some(here);
        }
        self.syllables += tokens.len() as u64;
        hashes.into_iter().for_each(|hash| self.increment(hash));
    }

    /// How often it occurs, at most 65,535.
    pub(crate) fn of(&self, counted: Counted<'_>) -> u32 {
        let hash = match counted {
            Counted::Exact(key) => Self::exact(hash(key)),
            Counted::ExactPair(first, second) => Self::exact_pair(hash(first), hash(second)),
            Counted::FoldedPair(first, second) => Self::folded_pair(hash(first), hash(second)),
        };
        let (one, other) = self.places(hash);
        self.slots[one].min(self.slots[other]).into()
    }

    /// Notes in the words of a plan how often each stands behind the one before it.
    pub(crate) fn note(&self, words: &mut [Word]) {
        for second in 1..words.len() {
            let pair = Counted::FoldedPair(&words[second - 1].fold, &words[second].fold);
            words[second].pair_count = self.of(pair);
        }
    }

    /// Articles counted.
    pub(crate) fn articles(&self) -> u64 {
        self.articles
    }

    /// Articles counted since the counts were last written down.
    pub(crate) fn unkept(&self) -> u64 {
        self.unkept
    }

    /// Notes that the counts were written down.
    pub(crate) fn kept(&mut self) {
        self.unkept = 0;
    }

    /// Syllables counted.
    pub(crate) fn syllables(&self) -> u64 {
        self.syllables
    }

    fn exact(key: u64) -> u64 {
        mix(key, 1)
    }

    fn exact_pair(first: u64, second: u64) -> u64 {
        mix(mix(first, second), 2)
    }

    fn folded_pair(first: u64, second: u64) -> u64 {
        mix(mix(first, second), 3)
    }

    fn increment(&mut self, hash: u64) {
        let (one, other) = self.places(hash);
        let count = self.slots[one].min(self.slots[other]);
        let more = count.saturating_add(1);
        for place in [one, other] {
            self.slots[place] = self.slots[place].max(more);
        }
    }

    fn places(&self, hash: u64) -> (usize, usize) {
        let line = (hash >> 16) as usize & (self.slots.len() / LINE - 1);
        let other = (hash as usize >> LINE_BITS) & (LINE - 1);
        (line * LINE + (hash as usize & (LINE - 1)), line * LINE + other)
    }

    /// Reads the counts of a file.
    pub(crate) fn read(path: &Path) -> io::Result<Self> {
        let mut file = BufReader::new(File::open(path)?);
        let mut magic = [0; 8];
        file.read_exact(&mut magic)?;
        let mut number = || {
            let mut bytes = [0; 8];
            file.read_exact(&mut bytes).map(|()| u64::from_le_bytes(bytes))
        };
        let (seq, articles, syllables, slots) = (number()?, number()?, number()?, number()?);
        let known = magic == *MAGIC
            && slots.is_power_of_two()
            && (SLOTS_MIN as u64..=SLOTS_MAX as u64).contains(&slots);
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        if !known || bytes.len() as u64 != 2 * slots {
            return Err(io::Error::new(io::ErrorKind::InvalidData, "these are no counts"));
        }
        let slots = bytes.as_chunks().0.iter().map(|two| u16::from_le_bytes(*two)).collect();
        Ok(Self { seq: Seq(seq), articles, syllables, slots, unkept: 0 })
    }

    /// Writes the counts to a file, all or nothing.
    pub(crate) fn write(&self, path: &Path) -> io::Result<()> {
        let fresh = path.with_extension("new");
        let mut file = BufWriter::new(File::create(&fresh)?);
        file.write_all(MAGIC)?;
        for number in [self.seq.0, self.articles, self.syllables, self.slots.len() as u64] {
            file.write_all(&number.to_le_bytes())?;
        }
        for slot in &self.slots {
            file.write_all(&slot.to_le_bytes())?;
        }
        file.into_inner().map_err(io::IntoInnerError::into_error)?.sync_all()?;
        fs::rename(fresh, path)
    }
}

/// Multiply and rotate over eight bytes at a time (the scheme of Firefox's FxHash): stable over
/// versions and machines, as a file's hashes must be.
fn hash(key: &str) -> u64 {
    let (wholes, rest) = key.as_bytes().as_chunks::<8>();
    let last = rest.iter().fold(key.len() as u64, |part, byte| part << 8 | u64::from(*byte));
    wholes.iter().fold(last, |hash, part| mix_quickly(hash, u64::from_le_bytes(*part)))
}

fn mix_quickly(hash: u64, part: u64) -> u64 {
    (hash.rotate_left(5) ^ part).wrapping_mul(0x517c_c1b7_2722_0a95)
}

/// Two hashes into one; the finaliser of MurmurHash3 spreads them over all bits.
pub(crate) fn mix(one: u64, other: u64) -> u64 {
    let mut hash = one.rotate_left(23) ^ other.wrapping_mul(0x9e37_79b9_7f4a_7c15);
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xff51_afd7_ed55_8ccd);
    hash = (hash ^ (hash >> 33)).wrapping_mul(0xc4ce_b9fe_1a85_ec53);
    hash ^ (hash >> 33)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn counts(texts: &[&str]) -> PairCounts {
        let mut counts = PairCounts::for_articles(1);
        texts.iter().for_each(|text| counts.add(&vietnamese::scan(text)));
        counts
    }

    #[test]
    fn syllables_and_neighbours_are_counted() {
        let counts = counts(&["Sài Đồng họp", "phường Sài Đồng\nhọp"]);
        assert_eq!(counts.of(Counted::Exact("sài")), 2);
        assert_eq!(counts.of(Counted::ExactPair("sài", "đồng")), 2);
        assert_eq!(counts.of(Counted::FoldedPair("sai", "dong")), 2);
        assert_eq!(counts.of(Counted::ExactPair("đồng", "họp")), 1, "a new line parts them");
        assert_eq!(counts.of(Counted::ExactPair("đồng", "sài")), 0);
    }

    #[test]
    fn counts_outlive_growth_and_the_disk() {
        let mut counts = counts(&["giải phóng mặt bằng"]);
        for i in 0..2_000 {
            counts.add(&vietnamese::scan(&format!("tin {i}")));
        }
        assert!(counts.slots.len() > SLOTS_MIN);
        assert_eq!(counts.of(Counted::ExactPair("giải", "phóng")), 1);
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("pairs");
        counts.write(&path).unwrap();
        counts.kept();
        assert!(PairCounts::read(&path).unwrap() == counts);
        fs::write(&path, b"loapair3 torn").unwrap();
        assert!(PairCounts::read(&path).is_err());
    }
}
