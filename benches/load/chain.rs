//! Text with the word frequencies of real news: a Markov chain of the second order over its words
//! (Shannon, 1948). What follows two words is what follows them at a random place of the news; now
//! and then only the last word counts, so that no long stretch is a copy.
//!
//! Nothing of the news is kept but in memory.

use std::collections::HashMap;

use fastrand::Rng;

use crate::corpus::Document;

/// How often only the last word counts.
const JUMPS: f64 = 0.15;
/// How often a new paragraph begins where a sentence ends.
const PARAGRAPHS: f64 = 0.25;
/// Numbers that occur more rarely than this are drawn anew: their digits say nothing.
const RARE: u32 = 5;

/// The chain.
pub(crate) struct Chain {
    words: Vec<String>,
    /// How often each word occurs.
    counts: Vec<u32>,
    /// The words of all texts, one after the other, each text ended by [`END`].
    text: Vec<u32>,
    /// All places, by the word before each and the one before that.
    places: Vec<u32>,
    /// For each place, the places behind the same two words, as a stretch of `places`.
    after_two: Vec<(u32, u32)>,
    /// For each word, the places behind it, as a stretch of `places`.
    after_one: Vec<(u32, u32)>,
    titles: Starts,
    bodies: Starts,
}

/// Where texts begin, and how many words they have.
#[derive(Default)]
struct Starts(Vec<(u32, u32)>);

/// The number of the word that ends a text.
const END: u32 = 0;

impl Chain {
    /// Learns from titles and bodies.
    pub(crate) fn of(news: &[Document]) -> Self {
        let mut numbers: HashMap<&str, u32> = HashMap::from([("", END)]);
        let (mut words, mut text) = (vec![String::new()], Vec::new());
        let (mut titles, mut bodies) = (Starts::default(), Starts::default());
        for document in news {
            for (starts, written) in [(&mut titles, &document.title), (&mut bodies, &document.body)]
            {
                let start = text.len() as u32;
                for word in written.split_whitespace() {
                    text.push(*numbers.entry(word).or_insert_with(|| {
                        words.push(word.to_owned());
                        words.len() as u32 - 1
                    }));
                }
                let length = text.len() as u32 - start;
                text.push(END);
                if length > 1 {
                    starts.0.push((start, length));
                }
            }
        }
        let mut counts = vec![0; words.len()];
        text.iter().for_each(|word| counts[*word as usize] += 1);
        let key = |at: u32| {
            let at = at as usize;
            (text[at - 1], if at < 2 { END } else { text[at - 2] })
        };
        let mut places: Vec<u32> = (1..text.len() as u32).collect();
        places.sort_unstable_by_key(|at| (key(*at), *at));
        let mut after_two = vec![(0, 0); text.len()];
        let mut after_one = vec![(0, 0); words.len()];
        for (from, to) in stretches(&places, key) {
            places[from as usize..to as usize]
                .iter()
                .for_each(|at| after_two[*at as usize] = (from, to));
        }
        for (from, to) in stretches(&places, |at| key(at).0) {
            after_one[key(places[from as usize]).0 as usize] = (from, to);
        }
        Self { words, counts, text, places, after_two, after_one, titles, bodies }
    }

    /// A headline.
    pub(crate) fn title(&self, rng: &mut Rng) -> String {
        let (start, _) = self.titles.draw(rng);
        let (_, length) = self.titles.draw(rng);
        self.walk(rng, start, length).join(" ")
    }

    /// A text as long as some real one; its lines are paragraphs.
    pub(crate) fn body(&self, rng: &mut Rng) -> String {
        let (start, _) = self.bodies.draw(rng);
        let (_, length) = self.bodies.draw(rng);
        let mut body = String::with_capacity(length as usize * 7);
        for word in self.walk(rng, start, length) {
            let ends = word.ends_with(['.', '!', '?']);
            body.push_str(&word);
            body.push(if ends && rng.f64() < PARAGRAPHS { '\n' } else { ' ' });
        }
        body
    }

    /// So many words from a place on.
    fn walk(&self, rng: &mut Rng, start: u32, length: u32) -> Vec<String> {
        let mut words = Vec::with_capacity(length as usize);
        let mut at = start as usize;
        while words.len() < length as usize {
            let mut word = self.text[at];
            if word == END {
                at = self.bodies.draw(rng).0 as usize;
                word = self.text[at];
            }
            words.push(self.written(rng, word));
            let jumps = rng.f64() < JUMPS;
            let (from, to) =
                if jumps { self.after_one[word as usize] } else { self.after_two[at + 1] };
            at = self.places[rng.u32(from..to) as usize] as usize;
        }
        words
    }

    fn written(&self, rng: &mut Rng, word: u32) -> String {
        let written = &self.words[word as usize];
        let digits = written.bytes().filter(u8::is_ascii_digit).count();
        if digits < 2 || self.counts[word as usize] >= RARE {
            return written.clone();
        }
        let other = |c: char| if c.is_ascii_digit() { rng.digit(10) } else { c };
        written.chars().map(other).collect()
    }
}

/// The stretches of places that have the same key.
fn stretches<K: PartialEq>(places: &[u32], key: impl Fn(u32) -> K) -> Vec<(u32, u32)> {
    let mut from = 0;
    let chunks = places.chunk_by(|a, b| key(*a) == key(*b));
    chunks
        .map(|chunk| {
            let bounds = (from, from + chunk.len() as u32);
            from = bounds.1;
            bounds
        })
        .collect()
}

impl Starts {
    fn draw(&self, rng: &mut Rng) -> (u32, u32) {
        self.0[rng.usize(..self.0.len())]
    }
}
