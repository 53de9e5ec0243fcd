//! What changed between two versions, word by word.

use serde::Serialize;
use similar::{Algorithm, ChangeTag, TextDiff};

use crate::Fields;

/// Longest time that one field's comparison may take; a worse answer is better than none.
const TIME_MAX: std::time::Duration = std::time::Duration::from_millis(200);

/// A field that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct FieldDiff {
    /// Its name, as in [`Fields`].
    pub field: &'static str,
    /// Its text, in stretches of words that stayed, went or came.
    pub parts: Vec<DiffPart>,
}

/// A stretch of words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DiffPart {
    /// What became of it.
    pub change: DiffChange,
    /// The words, with the spaces and line ends between them.
    pub text: String,
}

/// What became of a stretch of words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum DiffChange {
    /// It is in both versions.
    Same,
    /// It is in the older one only.
    Deleted,
    /// It is in the newer one only.
    Inserted,
}

/// The fields in which two versions differ.
pub fn diff(older: &Fields, newer: &Fields) -> Vec<FieldDiff> {
    let (older, newer) = (texts(older), texts(newer));
    let pairs = older.into_iter().zip(newer);
    let differing = pairs.filter(|((_, older), (_, newer))| older != newer);
    differing.map(|((field, older), (_, newer))| words(field, &older, &newer)).collect()
}

fn words(field: &'static str, older: &str, newer: &str) -> FieldDiff {
    let mut config = TextDiff::configure();
    let config = config.algorithm(Algorithm::Patience).timeout(TIME_MAX);
    let diff = config.diff_words(older, newer);
    let mut parts: Vec<DiffPart> = Vec::new();
    for change in diff.iter_all_changes() {
        let kind = match change.tag() {
            ChangeTag::Equal => DiffChange::Same,
            ChangeTag::Delete => DiffChange::Deleted,
            ChangeTag::Insert => DiffChange::Inserted,
        };
        match parts.last_mut() {
            Some(last) if last.change == kind => last.text.push_str(change.value()),
            _ => parts.push(DiffPart { change: kind, text: change.value().to_owned() }),
        }
    }
    FieldDiff { field, parts }
}

/// Each field as one text.
fn texts(fields: &Fields) -> [(&'static str, String); 9] {
    let Fields { category, title, lead, body, captions, attachments, credit, published, updated } =
        fields;
    let some = |text: &Option<String>| text.clone().unwrap_or_default();
    let time = |time: &Option<crate::PageTime>| time.map(|t| t.to_string()).unwrap_or_default();
    let files: Vec<String> = attachments.iter().map(|f| format!("{} {}", f.name, f.url)).collect();
    [
        ("category", some(category)),
        ("title", title.clone()),
        ("lead", some(lead)),
        ("body", body.join("\n")),
        ("captions", captions.join("\n")),
        ("attachments", files.join("\n")),
        ("credit", some(credit)),
        ("published", time(published)),
        ("updated", time(updated)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn body(text: &str) -> Fields {
        Fields { body: text.split('\n').map(str::to_owned).collect(), ..Fields::default() }
    }

    #[test]
    fn only_what_changed_is_marked() {
        let found = diff(&body("thu hồi 2.500 m2 đất"), &body("thu hồi 3.200 m2 đất"));
        let parts: Vec<(DiffChange, &str)> =
            found[0].parts.iter().map(|p| (p.change, p.text.as_str())).collect();
        use DiffChange::{Deleted, Inserted, Same};
        assert_eq!(
            parts,
            [(Same, "thu hồi "), (Deleted, "2.500"), (Inserted, "3.200"), (Same, " m2 đất")]
        );
        assert_eq!(diff(&body("a"), &body("a")), []);
    }

    proptest! {
        #[test]
        fn both_versions_can_be_read_from_it(older in "[ab ]{0,20}", newer in "[ab ]{0,20}") {
            for found in diff(&body(&older), &body(&newer)) {
                let without = |left_out: DiffChange| -> String {
                    let kept = found.parts.iter().filter(|part| part.change != left_out);
                    kept.map(|part| part.text.as_str()).collect()
                };
                prop_assert_eq!(without(DiffChange::Inserted), older.clone());
                prop_assert_eq!(without(DiffChange::Deleted), newer.clone());
            }
        }
    }
}
