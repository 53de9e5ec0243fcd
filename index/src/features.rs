//! What is read from an article besides its words: document numbers, dates, grouped numbers,
//! people. One scan of its text serves all.

use std::collections::BTreeSet;
use std::sync::Arc;

use archive::Article;
use vietnamese::tantivy::scanned;
use vietnamese::{DocumentNumber, Tokens};

use crate::people::people;

/// What is read from an article.
pub(crate) struct Features {
    /// The whole text; see [`text`].
    pub(crate) text: String,
    pub(crate) tokens: Arc<Tokens>,
    pub(crate) numbers: Vec<DocumentNumber>,
    /// The terms of the people who are named.
    pub(crate) people: BTreeSet<String>,
    /// Document numbers, grouped numbers and dates, by folded keys.
    pub(crate) facts: Vec<String>,
}

impl Features {
    pub(crate) fn of(article: &Article) -> Self {
        let text = text(article);
        let tokens = scanned(&text);
        let numbers = vietnamese::documents_in(&text, &tokens);
        let people = people(&text, &tokens);
        let mut facts: Vec<String> = numbers.iter().map(|number| number.fold.clone()).collect();
        let grouped = vietnamese::numbers_in(&text, &tokens).into_iter();
        facts.extend(grouped.map(|number| number.digits));
        let dates = vietnamese::dates_in(&text, &tokens).into_iter();
        facts.extend(dates.map(|date| date.date.to_string()));
        Self { text, tokens, numbers, people, facts }
    }
}

/// The whole text of an article. One text for both fields: they then share one scan. The title is
/// part of it, so that a query may have one word there and the next in the body.
pub(crate) fn text(article: &Article) -> String {
    let texts = [article.fields.title.as_str()].into_iter().chain(body_texts(article));
    texts.collect::<Vec<_>>().join("\n")
}

/// The texts of an article that are searched and shown in snippets, its title aside.
pub(crate) fn body_texts(article: &Article) -> impl Iterator<Item = &str> {
    let fields = &article.fields;
    let lead = fields.lead.iter();
    let files = fields.attachments.iter().map(|file| &file.name);
    let texts = lead.chain(&fields.body).chain(&fields.captions).chain(files).chain(&fields.credit);
    texts.map(String::as_str)
}
