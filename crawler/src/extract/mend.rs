//! Old encodings in an article, mended paragraph by paragraph. The capture keeps what the page
//! wrote; people read and find what its author meant.

use archive::Fields;

/// Mends every text of an article.
pub(super) fn mend(fields: &mut Fields) {
    let single = [&mut fields.category, &mut fields.lead, &mut fields.credit];
    let texts = [&mut fields.title].into_iter().chain(single.into_iter().flatten());
    let texts = texts.chain(&mut fields.body).chain(&mut fields.captions);
    for text in texts.chain(fields.attachments.iter_mut().map(|file| &mut file.name)) {
        if let Some(repair) = vietnamese::repair(text) {
            *text = repair.text;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_was_wrong_is_changed() {
        let body = vec!["thµnh phè".to_owned(), "Sài Đồng ^_^".to_owned()];
        let mut fields = Fields { title: "Tin".into(), body, ..Fields::default() };
        mend(&mut fields);
        assert_eq!(fields.title, "Tin");
        assert_eq!(fields.body, ["thành phố", "Sài Đồng ^_^"]);
    }
}
