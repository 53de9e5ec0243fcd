//! The fields of the index. Text is indexed twice, exact and folded; nothing is stored: hits get
//! their text from the archive.

use archive::{Article, OfficialId};
use tantivy::TantivyDocument;
use tantivy::schema::{
    FAST, Field, INDEXED, IndexRecordOption, Schema, TextFieldIndexing, TextOptions,
};
use tantivy::tokenizer::TokenizerManager;
use vietnamese::Tokens;
use vietnamese::tantivy::Analyzer;

use crate::alteration::Alteration;
use crate::features::Features;
use crate::phrases::{definitions, phrases};
use crate::plan::TextField;
use crate::scanned::{Scanned, TakingOver};
use crate::twins;

/// Rises whenever an index of an older form would answer differently; old ones are rebuilt.
pub(crate) const FORMAT: u32 = 6;

pub(crate) const ID: &str = "id";
pub(crate) const SOURCE: &str = "source";
pub(crate) const CATEGORY: &str = "category_as_written";
/// The numbers of officials in the archive.
pub(crate) const OFFICIAL: &str = "official_number";
pub(crate) const ALTERATION: &str = "alteration";
pub(crate) const TITLE: &str = "title_as_written";
pub(crate) const TWIN: &str = "twin";
pub(crate) const YEAR: &str = "year";
pub(crate) const PUBLISHED: &str = "published";

/// The schema with its fields at hand.
#[derive(Clone, Debug)]
pub(crate) struct Fields {
    pub(crate) schema: Schema,
    pub(crate) id: Field,
    pub(crate) source: Field,
    /// The section's folded keys, to filter by.
    pub(crate) category: Field,
    category_as_written: Field,
    pub(crate) year: Field,
    pub(crate) published: Field,
    /// Document numbers, dates and grouped numbers, by folded keys.
    pub(crate) fact: Field,
    /// The names of people; see `people`.
    pub(crate) official: Field,
    /// The ids of the officials whom it names, to filter by, and their numbers, to count.
    pub(crate) person: Field,
    official_number: Field,
    /// What happened to it since; see `Alteration`.
    pub(crate) alteration: Field,
    /// What near-duplicates share; see `twins`.
    pub(crate) twin: Field,
    title_as_written: Field,
    /// People and document numbers that can be suggested; see `phrases`.
    pub(crate) phrase: Field,
    /// What abbreviations mean; see `phrases`.
    pub(crate) definition: Field,
    title_exact: Field,
    title_folded: Field,
    body_exact: Field,
    body_folded: Field,
}

impl Fields {
    pub(crate) fn new() -> Self {
        let mut schema = Schema::builder();
        let id = schema.add_u64_field(ID, INDEXED | FAST);
        let source = schema.add_text_field(SOURCE, keys() | FAST);
        let category = schema.add_text_field("category", keys());
        let category_as_written = schema.add_text_field(CATEGORY, FAST);
        let year = schema.add_u64_field(YEAR, FAST);
        let published = schema.add_i64_field(PUBLISHED, INDEXED | FAST);
        let fact = schema.add_text_field("fact", keys());
        let official = schema.add_text_field("official", keys());
        let person = schema.add_text_field("person", keys());
        let official_number = schema.add_u64_field(OFFICIAL, FAST);
        let alteration = schema.add_text_field(ALTERATION, keys() | FAST);
        let twin = schema.add_u64_field(TWIN, INDEXED | FAST);
        let title_as_written = schema.add_text_field(TITLE, FAST);
        let phrase = schema.add_text_field("phrase", keys());
        let definition = schema.add_text_field("definition", keys());
        let mut text =
            |name: &str, analyzer: &str| schema.add_text_field(name, positions(analyzer));
        let title_exact = text("title_exact", "marked");
        let title_folded = text("title_folded", "folded");
        let body_exact = text("body_exact", "marked");
        let body_folded = text("body_folded", "folded");
        Self {
            schema: schema.build(),
            id,
            source,
            category,
            category_as_written,
            year,
            published,
            fact,
            official,
            person,
            official_number,
            alteration,
            twin,
            title_as_written,
            phrase,
            definition,
            title_exact,
            title_folded,
            body_exact,
            body_folded,
        }
    }

    pub(crate) fn text(&self, field: TextField) -> Field {
        match field {
            TextField::TitleExact => self.title_exact,
            TextField::TitleFolded => self.title_folded,
            TextField::BodyExact => self.body_exact,
            TextField::BodyFolded => self.body_folded,
        }
    }

    /// What the index knows of an article and of the officials in it; its syllables are given to
    /// `count`, and sent to whoever indexes it.
    pub(crate) fn document(
        &self,
        article: &Article,
        officials: &[(u32, OfficialId)],
        count: impl FnOnce(&Tokens),
        scanned: &Scanned,
    ) -> TantivyDocument {
        let mut document = TantivyDocument::default();
        let fields = &article.fields;
        document.add_u64(self.id, article.id.to_bits());
        document.add_text(self.source, article.source.as_str());
        if let Some(category) = &fields.category {
            document.add_text(self.category, vietnamese::fold_phrase(category));
            document.add_text(self.category_as_written, category);
        }
        if let Some(published) = fields.published {
            document.add_u64(self.year, published.day().year().unsigned_abs().into());
            document.add_i64(self.published, published.instant().as_second());
        }
        let features = Features::of(article);
        count(&features.tokens);
        document.add_text(self.title_as_written, &fields.title);
        for term in phrases(&features.text, &features.numbers, &features.people) {
            document.add_text(self.phrase, term);
        }
        for term in definitions(&features.text, &features.tokens) {
            document.add_text(self.definition, term);
        }
        for fact in features.facts {
            document.add_text(self.fact, fact);
        }
        for person in features.people {
            document.add_text(self.official, person);
        }
        for (number, official) in officials {
            document.add_u64(self.official_number, u64::from(*number));
            document.add_text(self.person, official.as_str());
        }
        for alteration in Alteration::of(article) {
            document.add_text(self.alteration, alteration.key());
        }
        for band in twins::bands(article, &features.tokens) {
            document.add_u64(self.twin, band);
        }
        scanned.send(&features.text, &features.tokens);
        document.add_text(self.title_exact, &fields.title);
        document.add_text(self.title_folded, &fields.title);
        document.add_text(self.body_exact, &features.text);
        document.add_text(self.body_folded, features.text);
        document
    }
}

/// Registers the analysers that the schema names.
pub(crate) fn register(tokenizers: &TokenizerManager, scanned: &Scanned) {
    for (name, analyzer) in [("marked", Analyzer::Marked), ("folded", Analyzer::Folded)] {
        tokenizers.register(name, TakingOver { analyzer, scanned: scanned.clone() });
    }
}

/// Whole keys, which are looked up and not ranked.
fn keys() -> TextOptions {
    let indexing = TextFieldIndexing::default()
        .set_tokenizer("raw")
        .set_fieldnorms(false)
        .set_index_option(IndexRecordOption::Basic);
    TextOptions::default().set_indexing_options(indexing)
}

fn positions(analyzer: &str) -> TextOptions {
    let indexing = TextFieldIndexing::default()
        .set_tokenizer(analyzer)
        .set_index_option(IndexRecordOption::WithFreqsAndPositions);
    TextOptions::default().set_indexing_options(indexing)
}
