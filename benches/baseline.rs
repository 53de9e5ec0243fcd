//! What plain Tantivy reaches: its default tokenizer, the same with ASCII folding, and each of them
//! with bigrams of its tokens in a second field. Texts and queries are brought to NFC first.

use std::path::Path;

use tantivy::collector::TopDocs;
use tantivy::query::{BooleanQuery, BoostQuery, Occur, Query, TermQuery};
use tantivy::schema::{
    FAST, Field, IndexRecordOption, STORED, STRING, Schema, TextFieldIndexing, TextOptions, Value,
};
use tantivy::tokenizer::{
    AsciiFoldingFilter, LowerCaser, RemoveLongFilter, SimpleTokenizer, TextAnalyzer,
};
use tantivy::{Index, IndexReader, TantivyDocument, Term};
use unicode_normalization::UnicodeNormalization;

use crate::corpus::Document;

/// Longest token of Tantivy's default tokenizer, in bytes.
const TOKEN_BYTES_MAX: usize = 40;
/// Weight of a bigram against a single token.
const BIGRAM_WEIGHT: f32 = 0.75;
/// Bytes of postings in memory, as the search itself has them.
const WRITER_BYTES: usize = 256 * 1024 * 1024;

/// One of the four.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Kind {
    pub(crate) folded: bool,
    pub(crate) bigrams: bool,
}

impl Kind {
    pub(crate) const ALL: [Self; 4] = [
        Self { folded: false, bigrams: false },
        Self { folded: true, bigrams: false },
        Self { folded: false, bigrams: true },
        Self { folded: true, bigrams: true },
    ];

    pub(crate) fn name(self) -> &'static str {
        match (self.folded, self.bigrams) {
            (false, false) => "default",
            (true, false) => "folded",
            (false, true) => "default + bigrams",
            (true, true) => "folded + bigrams",
        }
    }

    fn analyzer(self) -> TextAnalyzer {
        let default = TextAnalyzer::builder(SimpleTokenizer::default())
            .filter(RemoveLongFilter::limit(TOKEN_BYTES_MAX))
            .filter(LowerCaser);
        if self.folded { default.filter(AsciiFoldingFilter).build() } else { default.build() }
    }
}

/// A plain index.
pub(crate) struct Baseline {
    kind: Kind,
    pub(crate) reader: IndexReader,
    fields: Fields,
}

#[derive(Clone, Copy)]
struct Fields {
    id: Field,
    text: Field,
    bigrams: Field,
    source: Field,
    category: Field,
    year: Field,
    official: Field,
}

impl Baseline {
    /// Indexes the documents in a folder, with one thread.
    pub(crate) fn build(kind: Kind, folder: &Path, documents: &[Document]) -> Self {
        Self::build_with(kind, 1, folder, documents)
    }

    /// The same with so many threads.
    pub(crate) fn build_with(
        kind: Kind,
        threads: usize,
        folder: &Path,
        documents: &[Document],
    ) -> Self {
        let mut schema = Schema::builder();
        let indexing = |name: &str| {
            TextOptions::default().set_indexing_options(
                TextFieldIndexing::default()
                    .set_tokenizer(name)
                    .set_index_option(IndexRecordOption::WithFreqsAndPositions),
            )
        };
        let fields = Fields {
            id: schema.add_text_field("id", STRING | STORED),
            text: schema.add_text_field("text", indexing("plain")),
            bigrams: schema.add_text_field("bigrams", indexing("whitespace")),
            source: schema.add_text_field("source", STRING | FAST),
            category: schema.add_text_field("category", STRING | FAST),
            year: schema.add_u64_field("year", FAST),
            official: schema.add_text_field("official", STRING | FAST),
        };
        std::fs::create_dir_all(folder).unwrap();
        let index = Index::create_in_dir(folder, schema.build()).unwrap();
        index.tokenizers().register("plain", kind.analyzer());
        let mut writer = index.writer_with_num_threads(threads, WRITER_BYTES).unwrap();
        for document in documents {
            let mut row = TantivyDocument::default();
            row.add_text(fields.id, &document.id);
            row.add_text(fields.source, "d");
            row.add_text(fields.category, "–");
            row.add_u64(fields.year, 2018);
            for name in &document.people {
                row.add_text(fields.official, name);
            }
            let text: String = format!("{}\n{}", document.title, document.body).nfc().collect();
            if kind.bigrams {
                // The parts of a bigram are joined by a character that no token has.
                let tokens = tokens(&mut kind.analyzer(), &text);
                row.add_text(fields.bigrams, bigrams(&tokens).collect::<Vec<_>>().join(" "));
            }
            row.add_text(fields.text, text);
            writer.add_document(row).unwrap();
        }
        writer.commit().unwrap();
        writer.wait_merging_threads().unwrap();
        let reader = index.reader().unwrap();
        Self { kind, reader, fields }
    }

    /// The words as OR.
    pub(crate) fn query(&self, text: &str) -> Box<dyn Query> {
        let text: String = text.nfc().collect();
        let tokens = tokens(&mut self.kind.analyzer(), &text);
        let term = |field, word: &str| -> Box<dyn Query> {
            let term = Term::from_field_text(field, word);
            Box::new(TermQuery::new(term, IndexRecordOption::WithFreqs))
        };
        let words = tokens.iter().map(|word| (Occur::Should, term(self.fields.text, word)));
        let mut clauses: Vec<(Occur, Box<dyn Query>)> = words.collect();
        if self.kind.bigrams {
            clauses.extend(bigrams(&tokens).map(|bigram| {
                let query = term(self.fields.bigrams, &bigram);
                let query: Box<dyn Query> = Box::new(BoostQuery::new(query, BIGRAM_WEIGHT));
                (Occur::Should, query)
            }));
        }
        Box::new(BooleanQuery::new(clauses))
    }

    /// The ids of the best documents.
    pub(crate) fn search(&self, text: &str, limit: usize) -> Vec<String> {
        let searcher = self.reader.searcher();
        let top = TopDocs::with_limit(limit).order_by_score();
        let hits = searcher.search(&self.query(text), &top).unwrap();
        let id = |address| {
            let document: TantivyDocument = searcher.doc(address).unwrap();
            document.get_first(self.fields.id).unwrap().as_str().unwrap().to_owned()
        };
        hits.into_iter().map(|(_, address)| id(address)).collect()
    }
}

fn tokens(analyzer: &mut TextAnalyzer, text: &str) -> Vec<String> {
    let mut stream = analyzer.token_stream(text);
    let mut tokens = Vec::new();
    while stream.advance() {
        tokens.push(stream.token().text.clone());
    }
    tokens
}

fn bigrams(tokens: &[String]) -> impl Iterator<Item = String> {
    tokens.windows(2).map(|pair| format!("{}_{}", pair[0], pair[1]))
}
