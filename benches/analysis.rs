//! How fast texts are analysed: normal form, scan, exact and folded keys, on one thread.

use std::hint::black_box;
use std::time::Instant;

use tantivy::tokenizer::{LowerCaser, SimpleTokenizer, TextAnalyzer};
use unicode_normalization::UnicodeNormalization;

use crate::corpus::Document;

/// Times each text set is read; the best counts.
const ROUNDS: usize = 5;

/// MB of NFC text a second, and ratios to the baseline.
#[derive(Debug, serde::Serialize)]
pub(crate) struct Analysis {
    /// Tantivy's simple tokenizer and lower-caser, on NFC text.
    pub(crate) baseline_mb_s: f64,
    /// Ours, on NFC text.
    pub(crate) nfc_mb_s: f64,
    /// Ours, on NFD text, counted in bytes of NFD.
    pub(crate) nfd_mb_s: f64,
    pub(crate) nfc_ratio: f64,
    pub(crate) nfd_ratio: f64,
}

pub(crate) fn measure(documents: &[Document]) -> Analysis {
    let nfc: Vec<String> = documents.iter().map(|d| d.body.nfc().collect()).collect();
    let nfd: Vec<String> = documents.iter().map(|d| d.body.nfd().collect()).collect();
    let mut simple = TextAnalyzer::builder(SimpleTokenizer::default()).filter(LowerCaser).build();
    let mut baseline = |text: &str| {
        let mut stream = simple.token_stream(text);
        let mut bytes = 0;
        while stream.advance() {
            bytes += stream.token().text.len();
        }
        bytes
    };
    let mut ours = |text: &str| vietnamese::scan(text).iter().map(|t| t.acc.len()).sum();
    let baseline_mb_s = best(&nfc, &mut baseline);
    let nfc_mb_s = best(&nfc, &mut ours);
    let nfd_mb_s = best(&nfd, &mut ours);
    Analysis {
        baseline_mb_s,
        nfc_mb_s,
        nfd_mb_s,
        nfc_ratio: nfc_mb_s / baseline_mb_s,
        nfd_ratio: nfd_mb_s / baseline_mb_s,
    }
}

/// The best of some rounds, in MB/s.
fn best(texts: &[String], read: &mut dyn FnMut(&str) -> usize) -> f64 {
    let bytes: usize = texts.iter().map(String::len).sum();
    let round = |_| {
        let started = Instant::now();
        for text in texts {
            black_box(read(black_box(text)));
        }
        bytes as f64 / 1e6 / started.elapsed().as_secs_f64()
    };
    (0..ROUNDS).map(round).fold(0.0, f64::max)
}
