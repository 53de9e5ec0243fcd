//! The most that each article of a segment may score, in whole units: enough to leave out all that
//! cannot come first before anything is added up exactly (the idea of MaxScore, Turtle and Flood,
//! 1995, with a bound for each article instead of each term).

use tantivy::DocId;

use crate::bits::Bits;
use crate::bm25::{PARTS, WORTH_MAX};
use crate::holders::Held;
use crate::tally::{Part, Tally};

/// Units of the most that an article can score.
const UNITS: f32 = 60_000.0;
/// What [`share`] divides by.
const SHARES: f32 = 256.0;
/// Articles whose sums one term after the other adds to; they take 64 KiB. Few in tests, so that
/// they see several.
const CHUNK: usize = if cfg!(test) { 1 << 8 } else { 1 << 15 };
/// A share by which sums of the same numbers may differ with their order.
const ROUNDING: f32 = 1e-4;

/// The most that each article may score.
pub(crate) struct Bounds {
    /// By document, in units, rounded down by `slack` at most.
    sums: Vec<u16>,
    unit: f32,
    slack: u16,
}

impl Bounds {
    /// Bounds of a segment's articles; those of `whole` get so much besides.
    pub(crate) fn of(tally: &Tally<'_>, whole: &Bits, besides: f32) -> Self {
        let all = besides + tally.parts.iter().map(most).sum::<f32>();
        let unit = (all * (1.0 + ROUNDING) / UNITS).max(f32::MIN_POSITIVE);
        let slack = u16::try_from(tally.parts.len()).unwrap_or(u16::MAX);
        let mut bounds = Self { sums: vec![0; tally.docs() as usize], unit, slack };
        bounds.add_common(&tally.parts);
        for part in &tally.parts {
            match part {
                Part::Term { holding, .. } => {
                    let Held::ByFew { docs, worth } = &holding.held else { continue };
                    let weight = bounds.weight(part);
                    for (doc, worth) in docs.iter().zip(worth) {
                        bounds.add(*doc, share(*worth, weight));
                    }
                }
                Part::Given(given) => {
                    for (doc, score) in given {
                        bounds.add(*doc, bounds.units(*score));
                    }
                }
            }
        }
        let units = bounds.units(besides);
        whole.list().into_iter().for_each(|doc| bounds.add(doc, units));
        bounds
    }

    /// Adds what common terms may be worth.
    fn add_common(&mut self, parts: &[Part<'_>]) {
        let common: Vec<(&[u8], u16)> = parts
            .iter()
            .filter_map(|part| {
                let Part::Term { holding, .. } = part else { return None };
                let Held::ByMany { worth, .. } = &holding.held else { return None };
                Some((&worth[..], self.weight(part)))
            })
            .collect();
        for (at, sums) in self.sums.chunks_mut(CHUNK).enumerate() {
            for (worth, weight) in &common {
                let worth = worth.get(at * CHUNK..).unwrap_or_default();
                for (sum, worth) in sums.iter_mut().zip(worth) {
                    *sum = sum.saturating_add(share(*worth, *weight));
                }
            }
        }
    }

    fn add(&mut self, doc: DocId, units: u16) {
        if let Some(sum) = self.sums.get_mut(doc as usize) {
            *sum = sum.saturating_add(units);
        }
    }

    /// What a term may be worth in units, for [`share`].
    fn weight(&self, part: &Part<'_>) -> u16 {
        self.units(most(part) * SHARES / f32::from(PARTS))
    }

    /// A score in units, rounded up.
    fn units(&self, score: f32) -> u16 {
        (score / self.unit).ceil() as u16
    }

    /// What the bound of an article is at least that scores so much.
    pub(crate) fn least(&self, score: f32) -> u16 {
        let least = score * (1.0 - ROUNDING) / self.unit;
        (least as u16).saturating_sub(self.slack)
    }

    /// The bound of an article.
    pub(crate) fn of_doc(&self, doc: DocId) -> u16 {
        self.sums.get(doc as usize).copied().unwrap_or_default()
    }

    /// The bound that so many of some articles reach.
    pub(crate) fn reached_by(&self, wanted: usize, docs: &[DocId]) -> u16 {
        let mut counts = [0_usize; 256];
        docs.iter().for_each(|doc| counts[usize::from(self.of_doc(*doc) >> 8)] += 1);
        let mut reached = 0;
        for (high, count) in counts.iter().enumerate().rev() {
            reached += count;
            if reached >= wanted {
                return (high as u16) << 8;
            }
        }
        0
    }
}

/// So many parts of a weight, rounded down: the upper half of a product, which processors make
/// several of at once.
fn share(parts: u8, weight: u16) -> u16 {
    ((u32::from(u16::from(parts) << 8) * u32::from(weight)) >> 16) as u16
}

/// The most that a part gives to an article.
fn most(part: &Part<'_>) -> f32 {
    match part {
        Part::Term { found, .. } => found.weight() * WORTH_MAX,
        Part::Given(given) => given.iter().map(|(_, score)| *score).fold(0.0, f32::max),
    }
}
