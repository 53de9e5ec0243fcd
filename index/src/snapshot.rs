//! One state of the index, opened for searching: what every query needs is opened once.

use std::sync::Arc;

use archive::ArticleId;
use tantivy::columnar::{Column, StrColumn};
use tantivy::{DocAddress, DocId, Searcher, SegmentReader};

use crate::bits::Bits;
use crate::bm25::FieldStats;
use crate::generation::Generation;
use crate::namings::Namings;
use crate::pairs::mix;
use crate::plan::TextField;
use crate::schema::{Fields, ID, PUBLISHED, TITLE, TWIN};
use crate::shelf::Shelf;

/// A state of the index.
pub(crate) struct Snapshot {
    /// The same state has the same number in every process.
    pub(crate) number: u64,
    pub(crate) generation: Arc<Generation>,
    pub(crate) searcher: Searcher,
    /// By segment.
    pub(crate) columns: Vec<Columns>,
    /// By segment.
    pub(crate) shelves: Vec<Arc<Shelf>>,
    /// The officials of the large segments.
    pub(crate) namings: Arc<Namings>,
    /// By segment, the articles that are not deleted, where some are.
    pub(crate) alive: Vec<Option<Bits>>,
    /// By text field.
    pub(crate) stats: Vec<FieldStats>,
}

/// The columns of a segment.
pub(crate) struct Columns {
    id: Column<u64>,
    published: Column<i64>,
    pub(crate) twin: Column<u64>,
    pub(crate) title: Option<StrColumn>,
}

impl Snapshot {
    pub(crate) fn open(generation: Arc<Generation>, searcher: Searcher) -> tantivy::Result<Self> {
        let number = searcher.segment_readers().iter().fold(0, |number, segment| {
            let id = segment.segment_id().uuid_string();
            let id = id.bytes().fold(0, |hash, byte| mix(hash, byte.into()));
            mix(number, mix(id, segment.num_docs().into()))
        });
        let columns = searcher.segment_readers().iter().map(Columns::open);
        let columns = columns.collect::<tantivy::Result<_>>()?;
        let stats = |field: &TextField| FieldStats::new(&searcher, generation.fields.text(*field));
        let stats = TextField::ALL.iter().map(stats).collect::<tantivy::Result<_>>()?;
        let (shelves, namings) = generation.shelves.of(&searcher, &generation.fields)?;
        let alive = searcher.segment_readers().iter().map(alive).collect();
        Ok(Self { number, generation, searcher, columns, shelves, namings, alive, stats })
    }

    pub(crate) fn fields(&self) -> &Fields {
        &self.generation.fields
    }

    /// The columns of an article's segment.
    pub(crate) fn columns_of(&self, article: DocAddress) -> &Columns {
        &self.columns[article.segment_ord as usize]
    }

    pub(crate) fn id(&self, article: DocAddress) -> ArticleId {
        ArticleId::from_bits(self.columns_of(article).id(article.doc_id))
    }
}

fn alive(segment: &SegmentReader) -> Option<Bits> {
    let bits = segment.alive_bitset()?;
    let mut alive = Bits::none(segment.max_doc());
    bits.iter_alive().for_each(|doc| alive.insert(doc));
    Some(alive)
}

impl Columns {
    fn open(segment: &SegmentReader) -> tantivy::Result<Self> {
        let columns = segment.fast_fields();
        Ok(Self {
            id: columns.u64(ID)?,
            published: columns.i64(PUBLISHED)?,
            twin: columns.u64(TWIN)?,
            title: columns.str(TITLE)?,
        })
    }

    pub(crate) fn id(&self, doc: DocId) -> u64 {
        self.id.first(doc).unwrap_or_default()
    }

    /// When an article was published, in seconds since 1970.
    pub(crate) fn published(&self, doc: DocId) -> Option<i64> {
        self.published.first(doc)
    }
}
