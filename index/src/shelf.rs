//! What facets count of each article of a segment, decoded once: a query that finds half of the
//! archive looks at every one of these.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use tantivy::columnar::StrColumn;
use tantivy::{DocId, SegmentReader};

use crate::Alteration;
use crate::schema::{ALTERATION, CATEGORY, OFFICIAL, SOURCE, YEAR};

/// What an article has that lacks a value.
const NONE: u32 = u32::MAX;
/// Officials whom so few articles of a segment name are kept apart: they make up most of an
/// archive's names, and are hardly ever among the commonest of a search.
const RARE: u32 = 2;
/// In segments of fewer articles nobody is.
const APART_MIN: u32 = 1_000;

/// The numbers of texts that repeat in all segments: sources, and sections as they are written.
#[derive(Default)]
pub(crate) struct Numbers(RwLock<Numbered>);

#[derive(Default)]
struct Numbered {
    texts: Vec<String>,
    numbers: HashMap<String, u32>,
}

impl Numbers {
    /// The number of a text; the same as long as the index is open.
    fn number(&self, text: String) -> u32 {
        let mut numbered = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let Numbered { texts, numbers } = &mut *numbered;
        *numbers.entry(text).or_insert_with_key(|text| {
            texts.push(text.clone());
            texts.len() as u32 - 1
        })
    }

    /// How many texts have numbers.
    pub(crate) fn len(&self) -> usize {
        self.0.read().unwrap_or_else(PoisonError::into_inner).texts.len()
    }

    /// The text of a number.
    pub(crate) fn text(&self, number: u32) -> String {
        let numbered = self.0.read().unwrap_or_else(PoisonError::into_inner);
        numbered.texts.get(number as usize).cloned().unwrap_or_default()
    }

    /// The texts that are asked for, with their counts.
    pub(crate) fn named(&self, counts: &[u64]) -> HashMap<String, u64> {
        let numbered = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let counted = numbered.texts.iter().zip(counts).filter(|(_, count)| **count > 0);
        counted.map(|(text, count)| (text.clone(), *count)).collect()
    }
}

/// The values of a segment's articles, by document.
pub(crate) struct Shelf {
    /// Numbers of sources and sections.
    source: Vec<u32>,
    category: Vec<u32>,
    year: Vec<u16>,
    /// A bit for each [`Alteration`]; empty where nothing happened to any article.
    alterations: Vec<u8>,
    /// Officials by their places in `named`.
    officials: Lists,
    /// The numbers in the archive of the officials of this segment, who most articles name first:
    /// what is counted often then lies together.
    named: Vec<u32>,
    /// The numbers of those whom at most [`RARE`] articles name.
    rare: Lists,
    /// The same the other way round, by number.
    rare_in: Vec<(u32, DocId)>,
}

/// A list of numbers for each document.
#[derive(Default)]
struct Lists {
    /// Where each list begins in `numbers`, and where the last one ends.
    starts: Vec<u32>,
    numbers: Vec<u32>,
}

impl Lists {
    fn of(lists: impl Iterator<Item = impl Iterator<Item = u32>>) -> Self {
        let mut made = Self::default();
        for list in lists {
            made.starts.push(made.numbers.len() as u32);
            made.numbers.extend(list);
        }
        made.starts.push(made.numbers.len() as u32);
        made
    }

    fn get(&self, doc: DocId) -> &[u32] {
        let at = |doc: usize| self.starts.get(doc).map_or(0, |at| *at as usize);
        self.numbers.get(at(doc as usize)..at(doc as usize + 1)).unwrap_or_default()
    }
}

impl Shelf {
    /// Decodes a segment's columns.
    pub(crate) fn read(
        segment: &SegmentReader,
        sources: &Numbers,
        categories: &Numbers,
    ) -> tantivy::Result<Self> {
        let columns = segment.fast_fields();
        let docs = segment.max_doc();
        let year = columns.u64(YEAR)?;
        let year = |doc| year.first(doc).and_then(|y| u16::try_from(y).ok()).unwrap_or_default();
        let official = columns.u64(OFFICIAL)?;
        let all =
            |doc| official.values_for_doc(doc).filter_map(|number| u32::try_from(number).ok());
        let all = Lists::of((0..docs).map(all));
        let (all, rare) = if docs < APART_MIN { (all, Lists::default()) } else { apart(all) };
        let (officials, named) = placed(all);
        let with_doc = |doc| rare.get(doc).iter().map(move |number| (*number, doc));
        let mut rare_in: Vec<(u32, DocId)> = (0..docs).flat_map(with_doc).collect();
        rare_in.sort_unstable();
        Ok(Self {
            source: numbered(columns.str(SOURCE)?, docs, sources)?,
            category: numbered(columns.str(CATEGORY)?, docs, categories)?,
            year: (0..docs).map(year).collect(),
            alterations: alterations(columns.str(ALTERATION)?, docs)?,
            officials,
            named,
            rare,
            rare_in,
        })
    }

    /// The number of an article's source.
    pub(crate) fn source(&self, doc: DocId) -> Option<u32> {
        self.source.get(doc as usize).copied().filter(|number| *number != NONE)
    }

    /// The number of its section.
    pub(crate) fn category(&self, doc: DocId) -> Option<u32> {
        self.category.get(doc as usize).copied().filter(|number| *number != NONE)
    }

    /// The year in which it was published.
    pub(crate) fn year(&self, doc: DocId) -> Option<u16> {
        self.year.get(doc as usize).copied().filter(|year| *year > 0)
    }

    /// Whether anything happened to any article.
    pub(crate) fn has_altered(&self) -> bool {
        !self.alterations.is_empty()
    }

    /// A bit for each of its alterations.
    pub(crate) fn alterations(&self, doc: DocId) -> u8 {
        self.alterations.get(doc as usize).copied().unwrap_or_default()
    }

    /// The officials whom it names, but for the rare ones, by their places in [`Shelf::named`].
    pub(crate) fn officials(&self, doc: DocId) -> &[u32] {
        self.officials.get(doc)
    }

    /// The numbers in the archive of the officials of this segment.
    pub(crate) fn named(&self) -> &[u32] {
        &self.named
    }

    /// The numbers of the officials whom it names and few others do.
    pub(crate) fn rare(&self, doc: DocId) -> &[u32] {
        self.rare.get(doc)
    }

    /// The articles that name an official who is rare here.
    pub(crate) fn naming_rare(&self, number: u32) -> impl Iterator<Item = DocId> {
        let first = self.rare_in.partition_point(|(other, _)| *other < number);
        let here = self.rare_in[first..].iter().take_while(move |(other, _)| *other == number);
        here.map(|(_, doc)| *doc)
    }

    /// In how many articles at most one official is rare here.
    pub(crate) fn rare_max(&self) -> u64 {
        if self.rare.numbers.is_empty() { 0 } else { RARE.into() }
    }
}

/// Lists of places instead of numbers, and the number at each place: the commonest first.
fn placed(mut numbers: Lists) -> (Lists, Vec<u32>) {
    let mut counts: HashMap<u32, u32> = HashMap::new();
    numbers.numbers.iter().for_each(|number| *counts.entry(*number).or_default() += 1);
    let mut named: Vec<u32> = counts.keys().copied().collect();
    named.sort_unstable_by_key(|number| (std::cmp::Reverse(counts[number]), *number));
    let places: HashMap<u32, u32> = named.iter().copied().zip(0..).collect();
    numbers.numbers.iter_mut().for_each(|number| *number = places[number]);
    (numbers, named)
}

/// The officials whom more than [`RARE`] articles name, and the others.
fn apart(all: Lists) -> (Lists, Lists) {
    let most = all.numbers.iter().max().map_or(0, |most| *most as usize + 1);
    let mut articles = vec![0_u8; most];
    for number in &all.numbers {
        let count = &mut articles[*number as usize];
        *count = count.saturating_add(1);
    }
    let is_rare = |number: &u32| u32::from(articles[*number as usize]) <= RARE;
    let docs = 0..all.starts.len() as u32 - 1;
    let lists = |rare: bool| {
        let of = |doc| all.get(doc).iter().copied().filter(|number| is_rare(number) == rare);
        Lists::of(docs.clone().map(of).collect::<Vec<_>>().into_iter())
    };
    (lists(false), lists(true))
}

/// The numbers of a column's first values.
fn numbered(
    column: Option<StrColumn>,
    docs: DocId,
    numbers: &Numbers,
) -> tantivy::Result<Vec<u32>> {
    let Some(column) = column else { return Ok(vec![NONE; docs as usize]) };
    let by_ordinal: Vec<u32> = texts(&column)?.into_iter().map(|t| numbers.number(t)).collect();
    let ordinals = column.ords();
    let number = |doc| ordinals.first(doc).and_then(|o| by_ordinal.get(o as usize).copied());
    Ok((0..docs).map(|doc| number(doc).unwrap_or(NONE)).collect())
}

fn alterations(column: Option<StrColumn>, docs: DocId) -> tantivy::Result<Vec<u8>> {
    let Some(column) = column.filter(|column| column.num_terms() > 0) else {
        return Ok(Vec::new());
    };
    let bit = |text: String| Alteration::named(&text).map_or(0, |one| 1 << one as u8);
    let by_ordinal: Vec<u8> = texts(&column)?.into_iter().map(bit).collect();
    let bits = |doc| {
        let here = column.ords().values_for_doc(doc);
        here.fold(0, |bits, o| bits | by_ordinal.get(o as usize).copied().unwrap_or_default())
    };
    Ok((0..docs).map(bits).collect())
}

/// The texts of a column, by ordinal.
fn texts(column: &StrColumn) -> tantivy::Result<Vec<String>> {
    let mut texts = Vec::with_capacity(column.num_terms());
    let mut stream = column.dictionary().stream()?;
    while stream.advance() {
        texts.push(String::from_utf8_lossy(stream.key()).into_owned());
    }
    Ok(texts)
}
