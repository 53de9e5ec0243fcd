//! Why a hit ranks where it does, in words: what matched, where, and what it is worth.

use crate::engine::Parts;
use crate::plan::{Clause, TextField};

/// The parts of a score, the weightiest first.
pub(crate) fn in_words(parts: &Parts<'_>) -> Vec<String> {
    let clauses = parts.clauses.iter().map(|(clause, score)| (describe(clause), *score));
    let adjacent = parts.adjacent.iter().map(|gain| {
        let pair = &gain.pair;
        let place = place(gain.field);
        (format!("“{} {}” side by side {place}", pair.first, pair.second), gain.score)
    });
    let mut parts: Vec<(String, f32)> = clauses.chain(adjacent).collect();
    parts.sort_by(|a, b| b.1.total_cmp(&a.1));
    parts.into_iter().map(|(what, score)| format!("{score:.2}  {what}")).collect()
}

fn describe(clause: &Clause) -> String {
    match clause {
        Clause::Term { field, key, .. } => format!("“{key}” {}", place(*field)),
        Clause::Phrase { field, keys, .. } => {
            format!("“{}” in this order {}", keys.join(" "), place(*field))
        }
        Clause::Document { key, .. } => format!("the document number {key}"),
        Clause::Constant { .. } => "no word is missing".to_owned(),
        Clause::AtLeast { .. } | Clause::All { .. } => String::new(),
    }
}

fn place(field: TextField) -> &'static str {
    match field {
        TextField::TitleExact => "with these accents in the title",
        TextField::TitleFolded => "with any accents in the title",
        TextField::BodyExact => "with these accents in the text",
        TextField::BodyFolded => "with any accents in the text",
    }
}
