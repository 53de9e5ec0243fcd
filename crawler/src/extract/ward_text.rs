//! Reading a ward's page that was saved as text.

use archive::{Extracted, Fields};

use super::{Context, Diagnosis, body, html, page_date};
use crate::profile::{Profile, Rules};

/// Longest name of a section, in syllables.
const SECTION_SYLLABLES_MAX: usize = 6;
/// Longest line that can be a caption, in syllables; a longer one is text again.
const CAPTION_SYLLABLES_MAX: usize = 60;

/// A headline without a date line is looked for in the first line only.
pub(super) fn extract(
    text: &str,
    url: &str,
    profile: &Profile,
    context: &Context<'_>,
) -> Result<Extracted, Diagnosis> {
    let no_title = || Diagnosis::NoTitle { profile: profile.name.clone() };
    let Rules::Text(rules) = &profile.rules else { return Err(no_title()) };
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let date_at =
        lines.iter().position(|line| rules.date_line.is_match(&vietnamese::compose(line)));
    let (head, rest) = match date_at {
        Some(at) => (&lines[..at], &lines[at..]),
        None => lines.split_at(lines.len().min(if begins_with_section(&lines) { 2 } else { 1 })),
    };
    let title = (*head.last().ok_or_else(no_title)?).to_owned();
    let mut fields = Fields {
        title,
        category: head.len().checked_sub(2).map(|i| head[i].to_owned()),
        ..Fields::default()
    };
    let (date_line, paragraphs) = match date_at {
        Some(_) => (Some(vietnamese::compose(rest[0])), &rest[1..]),
        None => (None, rest),
    };
    let published = date_line.as_deref().and_then(|l| page_date::read(l, context.fetched_at));
    fields.published = published.map(|date| date.at);
    let views = date_line.as_deref().and_then(|l| rules.views.captures(l)?.get(1)?.as_str().into());
    let mut pictures = false;
    for line in paragraphs {
        if let Some(found) = rules.credit.captures(&vietnamese::compose(line)) {
            fields.credit = found.get(1).map(|m| m.as_str().trim().to_owned());
        } else if body::is_photo_heading(line) {
            pictures = true;
        } else if pictures && vietnamese::scan(line).len() <= CAPTION_SYLLABLES_MAX {
            fields.captions.push((*line).to_owned());
        } else {
            pictures = false;
            fields.body.push((*line).to_owned());
        }
    }
    Ok(Extracted {
        key: url.to_owned(),
        url: url.to_owned(),
        views: views.and_then(html::count),
        fields,
        times_within: published.map(|date| date.within).unwrap_or_default(),
        date_is_doubtful: published.is_some_and(|date| date.is_doubtful),
        charset: None,
        no_archive: false,
        profile: profile.label(),
    })
}

/// Without a date line: portals write a section's name in small letters, headlines never.
fn begins_with_section(lines: &[&str]) -> bool {
    let small = |line: &&&str| line.starts_with(char::is_lowercase);
    let section = lines.first().filter(small);
    section.is_some_and(|l| vietnamese::scan(l).len() <= SECTION_SYLLABLES_MAX)
        && lines.get(1).is_some_and(|l| l.starts_with(char::is_uppercase))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Profiles;

    fn read(text: &str) -> Result<Extracted, Diagnosis> {
        let profiles = Profiles::built_in();
        let context =
            Context { profile: None, label: None, fetched_at: jiff::Timestamp::UNIX_EPOCH };
        extract(text, "file:a.txt", profiles.text(), &context)
    }

    #[test]
    fn a_saved_page_gives_all_its_fields() {
        let text = "chính quyền\n\nPhường họp giao ban\nNgày đăng 03/04/2023 | 08:05  | Lượt xem: 1.204\n\n\
            Sáng 3/4, UBND phường họp.\n\nMột số ảnh tại cuộc họp:\n\nToàn cảnh\n\nNguồn: Ban Biên tập";
        let article = read(text).unwrap();
        let fields = &article.fields;
        assert_eq!(fields.category.as_deref(), Some("chính quyền"));
        assert_eq!(fields.title, "Phường họp giao ban");
        assert_eq!(fields.published.unwrap().to_string(), "2023-04-03T08:05:00+07:00");
        assert_eq!(article.views, Some(1204));
        assert_eq!(fields.body, ["Sáng 3/4, UBND phường họp."]);
        assert_eq!(fields.captions, ["Toàn cảnh"]);
        assert_eq!(fields.credit.as_deref(), Some("Ban Biên tập"));
    }

    #[test]
    fn a_day_to_enrol_by_is_no_date_line() {
        let text = "Thông báo tuyển sinh\nTrường nhận hồ sơ.\nNgày đăng ký: 05/06/2024\nHết.";
        let article = read(text).unwrap();
        assert_eq!(article.fields.title, "Thông báo tuyển sinh");
        assert_eq!(article.fields.body.len(), 3);
    }

    #[test]
    fn a_section_in_small_letters_is_no_headline() {
        let article = read("thông báo\n\nLịch tiếp công dân\nThứ hai.").unwrap();
        assert_eq!(article.fields.title, "Lịch tiếp công dân");
        assert_eq!(article.fields.category.as_deref(), Some("thông báo"));
    }

    #[test]
    fn an_empty_file_is_no_article() {
        assert!(matches!(read(" \n"), Err(Diagnosis::NoTitle { .. })));
    }
}
