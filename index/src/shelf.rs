//! What is known of a segment's articles, decoded once: what facets count, how long they are, and who
//! has the terms that were asked for last. A query that finds half of the archive looks at every one.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use tantivy::columnar::StrColumn;
use tantivy::{DocId, SegmentReader};

use crate::Alteration;
use crate::holders::Holders;
use crate::plan::TextField;
use crate::schema::{ALTERATION, CATEGORY, Fields, OFFICIAL, SOURCE, YEAR};

/// What an article has that lacks a value.
const NONE: u32 = u32::MAX;
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
    pub(crate) fn named(&self, counts: &[u32]) -> HashMap<String, u64> {
        let numbered = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let counted = numbered.texts.iter().zip(counts).filter(|(_, count)| **count > 0);
        counted.map(|(text, count)| (text.clone(), u64::from(*count))).collect()
    }
}

/// What one article has, side by side: a look at it waits for memory once.
#[derive(Clone, Copy)]
pub(crate) struct Row {
    /// The numbers of its source and section, [`NONE`] where it has none.
    pub(crate) source: u32,
    pub(crate) category: u32,
    /// The year in which it was published, or 0.
    pub(crate) year: u16,
    /// Where its officials begin, and how many they are.
    officials: u32,
    officials_count: u16,
}

/// The values of a segment's articles, by document.
pub(crate) struct Shelf {
    rows: Vec<Row>,
    /// A bit for each [`Alteration`]; empty where nothing happened to any article.
    alterations: Vec<u8>,
    /// The numbers in the archive of the officials whom they name, article after article.
    officials: Vec<u32>,
    /// How long each article is, as the index keeps it, by text field.
    pub(crate) norms: Vec<Vec<u8>>,
    /// Who has the terms that were asked for last.
    pub(crate) holders: Holders,
}

impl Shelf {
    /// Decodes a segment's columns.
    pub(crate) fn read(
        segment: &SegmentReader,
        fields: &Fields,
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
        let norms = |field: &TextField| {
            let norms = segment.get_fieldnorms_reader(fields.text(*field))?;
            Ok((0..docs).map(|doc| norms.fieldnorm_id(doc)).collect())
        };
        let source = numbered(columns.str(SOURCE)?, docs, sources)?;
        let category = numbered(columns.str(CATEGORY)?, docs, categories)?;
        let mut officials: Vec<u32> = Vec::new();
        let row = |doc: DocId| {
            let first = officials.len();
            officials.extend(all(doc));
            Row {
                source: source[doc as usize],
                category: category[doc as usize],
                year: year(doc),
                officials: first as u32,
                officials_count: u16::try_from(officials.len() - first).unwrap_or(u16::MAX),
            }
        };
        Ok(Self {
            rows: (0..docs).map(row).collect(),
            alterations: alterations(columns.str(ALTERATION)?, docs)?,
            officials,
            norms: TextField::ALL.iter().map(norms).collect::<tantivy::Result<_>>()?,
            holders: Holders::new(docs),
        })
    }

    /// One of articles that have nothing but officials.
    #[cfg(test)]
    pub(crate) fn naming(articles: impl Iterator<Item = Vec<u32>>) -> Self {
        let (mut rows, mut officials) = (Vec::new(), Vec::new());
        for who in articles {
            let (first, count) = (officials.len() as u32, who.len() as u16);
            rows.push(Row {
                source: NONE,
                category: NONE,
                year: 0,
                officials: first,
                officials_count: count,
            });
            officials.extend(who);
        }
        let (norms, holders) = (Vec::new(), Holders::new(rows.len() as DocId));
        Self { rows, alterations: Vec::new(), officials, norms, holders }
    }

    /// What an article has.
    pub(crate) fn row(&self, doc: DocId) -> Option<Row> {
        self.rows.get(doc as usize).copied()
    }

    /// The number of an article's source.
    pub(crate) fn source(&self, doc: DocId) -> Option<u32> {
        self.row(doc).map(|row| row.source).filter(|number| *number != NONE)
    }

    /// Whether anything happened to any article.
    pub(crate) fn has_altered(&self) -> bool {
        !self.alterations.is_empty()
    }

    /// A bit for each of its alterations.
    pub(crate) fn alterations(&self, doc: DocId) -> u8 {
        self.alterations.get(doc as usize).copied().unwrap_or_default()
    }

    /// The numbers in the archive of the officials whom an article names.
    pub(crate) fn officials(&self, row: Row) -> &[u32] {
        let first = row.officials as usize;
        self.officials.get(first..first + usize::from(row.officials_count)).unwrap_or_default()
    }

    /// What each article has.
    pub(crate) fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// How many articles there are.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }
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
