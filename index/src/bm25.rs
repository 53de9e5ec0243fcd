//! What a match is worth, by BM25 (Robertson and Zaragoza, 2009).

use tantivy::Searcher;
use tantivy::fieldnorm::FieldNormReader;
use tantivy::schema::Field;

/// Saturation of repeated matches.
pub(crate) const K1: f32 = 1.2;
/// Share of the length normalisation.
pub(crate) const B: f32 = 0.75;

/// How much longer than before articles may be on average where a bound still holds.
pub(crate) const GROWTH_MAX: f32 = 1.02;
/// The most that a match of weight 1 may be worth, as bounds count it.
pub(crate) const WORTH_MAX: f32 = (K1 + 1.0) * GROWTH_MAX;
/// Bounds are whole parts of it, so many.
pub(crate) const PARTS: u8 = u8::MAX;

/// What is known of a field over all segments.
pub(crate) struct FieldStats {
    pub(crate) field: Field,
    articles: f32,
    /// The average length of articles, in words.
    pub(crate) average: f32,
    /// `K1 × (1 − B + B × length ÷ average length)` for each length as the index keeps it.
    lengths: Vec<f32>,
    /// What so few matches are worth, by their number and the length: almost all are so few, and
    /// a division takes longer than all else that is done for one.
    few: Box<[[f32; NORMS]; FEW]>,
    /// The same as a bound.
    few_parts: Box<[[u8; NORMS]; FEW]>,
}

/// Matches whose worth is computed beforehand: fewer than this.
const FEW: usize = 8;
/// Lengths that the index tells apart.
const NORMS: usize = 256;

impl FieldStats {
    pub(crate) fn new(searcher: &Searcher, field: Field) -> tantivy::Result<Self> {
        let (mut articles, mut tokens) = (0, 0);
        for segment in searcher.segment_readers() {
            articles += u64::from(segment.max_doc());
            tokens += segment.inverted_index(field)?.total_num_tokens();
        }
        let articles = articles.max(1) as f32;
        let average = (tokens as f32 / articles).max(1.0);
        let length = |id| FieldNormReader::id_to_fieldnorm(id) as f32;
        let length = |id| K1 * (1.0 - B + B * length(id) / average);
        let lengths: Vec<f32> = (0..=u8::MAX).map(length).collect();
        let worth = |count| std::array::from_fn(|norm| saturated(count as f32, lengths[norm]));
        let few: Box<[[f32; NORMS]; FEW]> = Box::new(std::array::from_fn(worth));
        let in_parts = |count: usize| few[count].map(parts);
        let few_parts = Box::new(std::array::from_fn(in_parts));
        Ok(Self { field, articles, average, lengths, few, few_parts })
    }

    /// How rare it is to hold what `frequency` articles hold.
    pub(crate) fn rarity(&self, frequency: u32) -> f32 {
        let frequency = frequency as f32;
        (1.0 + (self.articles - frequency + 0.5).max(0.0) / (frequency + 0.5)).ln()
    }

    /// The most that `count` matches are worth in an article of this length, in [`PARTS`] of
    /// [`WORTH_MAX`], even when articles have become longer on average by [`GROWTH_MAX`].
    pub(crate) fn bound(&self, count: u32, norm: u8) -> u8 {
        match self.few_parts.get(count as usize) {
            Some(parts) => parts[usize::from(norm)],
            None => parts(self.saturated(count, norm)),
        }
    }

    /// What `count` matches are worth in an article of the length that `norm` stands for.
    pub(crate) fn saturated(&self, count: u32, norm: u8) -> f32 {
        match self.few.get(count as usize) {
            Some(worth) => worth[usize::from(norm)],
            None => saturated(count as f32, self.lengths[usize::from(norm)]),
        }
    }
}

/// What a match is worth, in parts of [`WORTH_MAX`], rounded up. A match becomes worth more as
/// other articles become longer, by as large a share at most.
fn parts(worth: f32) -> u8 {
    (worth * GROWTH_MAX / WORTH_MAX * f32::from(PARTS)).ceil() as u8
}

fn saturated(count: f32, length: f32) -> f32 {
    count * (K1 + 1.0) / (count + length)
}
