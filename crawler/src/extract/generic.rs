//! Reading a page of no known family: what any page of news shows.
//!
//! The text comes from a readability library; headline and dates need rules of our own, because
//! portals put the section's or the site's name into `<title>` and mark no date.

use std::sync::LazyLock;

use archive::{Attachment, Extracted, Fields};
use dom_smoothie::{Config, Readability};
use ego_tree::NodeId;
use scraper::{ElementRef, Html, Selector};
use url::Url;

use super::body::selector;
use super::page_date::{self, PageDate};
use super::{Context, Diagnosis, body, paragraph};
use crate::profile::Profile;
use crate::url_key::normal_form;

/// Fewest letters that make a text worth calling an article.
const BODY_LETTERS_MIN: usize = 80;

static TITLES: LazyLock<[Selector; 4]> = LazyLock::new(|| {
    ["meta[property='og:title']", "h1", "h2[class*='title']", "div[class*='title']"].map(selector)
});
/// Parts of a page that are the same on every page.
static MENUS: LazyLock<Selector> = LazyLock::new(|| {
    selector(
        "nav, footer, header, aside, [class*='menu'], [id*='menu'], [class*='footer'],
         [id*='footer'], [class*='sidebar'], [id*='sidebar'], [class*='banner']",
    )
});
static TIMES: LazyLock<[Selector; 3]> = LazyLock::new(|| {
    [
        "meta[property='article:published_time']",
        "time[datetime]",
        "[class*='date'], [class*='Date'], [class*='time'], [class*='ngay']",
    ]
    .map(selector)
});

pub(super) fn extract(
    document: &Html,
    text: &str,
    url: &Url,
    profile: &Profile,
    context: &Context<'_>,
) -> Result<Extracted, Diagnosis> {
    let not_an_article = || Diagnosis::NotAnArticle { profile: profile.name.clone() };
    let title = title(document, context.label)
        .ok_or_else(|| Diagnosis::NoTitle { profile: profile.name.clone() })?;
    let mut reader =
        Readability::new(text, None, Some(Config::default())).map_err(|_| not_an_article())?;
    let content = reader.parse().map_err(|_| not_an_article())?;
    let fragment = Html::parse_fragment(&content.content);
    let base = super::base_of(document, url);
    let files = body::files(fragment.root_element(), &base);
    let (published, date_line) = published(document, context).unzip();
    let mut fields = Fields {
        title,
        published: published.map(|date| date.at),
        body: paragraph::lines(
            fragment.root_element(),
            &body::file_lines(fragment.root_element(), &files),
        ),
        attachments: files.into_iter().map(|(_, file)| file).collect(),
        ..Fields::default()
    };
    body::tidy(&mut fields);
    fields.body.retain(|line| date_line.as_ref() != Some(line));
    let letters: usize = fields.body.iter().map(|p| p.chars().count()).sum();
    if letters < BODY_LETTERS_MIN && fields.attachments.is_empty() {
        // A notice that is nothing but a file, which the readability library takes for a menu.
        fields.attachments = files_outside_menus(document, &base);
    }
    if letters < BODY_LETTERS_MIN && fields.attachments.is_empty() {
        return Err(not_an_article());
    }
    let key = normal_form(url);
    Ok(Extracted {
        key,
        url: url.to_string(),
        fields,
        times_within: published.map(|date| date.within).unwrap_or_default(),
        date_is_doubtful: published.is_some_and(|date| date.is_doubtful),
        charset: None,
        views: None,
        no_archive: false,
        profile: profile.label(),
    })
}

fn files_outside_menus(document: &Html, base: &Url) -> Vec<Attachment> {
    let files = body::files(document.root_element(), base).into_iter();
    let in_menu = |id: NodeId| {
        let ancestors = document.tree.get(id).into_iter().flat_map(|node| node.ancestors());
        ancestors.filter_map(ElementRef::wrap).any(|e| MENUS.matches(&e))
    };
    files.filter(|(id, _)| !in_menu(*id)).map(|(_, file)| file).collect()
}

/// The text of the link that led here names the article best, as portals put their own name into
/// `<title>`; where lists shorten it, the page's heading that begins with it does.
fn title(document: &Html, label: Option<&str>) -> Option<String> {
    let mut headings = TITLES.iter().filter_map(|css| {
        let element = document.select(css).next()?;
        match element.attr("content") {
            Some(content) => Some(content.trim().to_owned()).filter(|c| !c.is_empty()),
            None => paragraph::line(element),
        }
    });
    let Some(label) = label.filter(|l| vietnamese::scan(l).len() >= 3) else {
        return headings.next();
    };
    let begin = vietnamese::exact_phrase(label);
    let whole = headings.find(|heading| vietnamese::exact_phrase(heading).starts_with(&begin));
    Some(whole.unwrap_or_else(|| label.to_owned()))
}

/// The date that a page shows, and the line that says it.
fn published(document: &Html, context: &Context<'_>) -> Option<(PageDate, String)> {
    TIMES.iter().find_map(|css| {
        document.select(css).find_map(|element| {
            let text = element.attr("content").or_else(|| element.attr("datetime"));
            let text = text.map(str::to_owned).or_else(|| paragraph::line(element))?;
            Some((page_date::read(&text, context.fetched_at)?, text))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Profiles;

    #[test]
    fn a_page_of_no_family_gives_title_date_and_text() {
        let sentence =
            "Ủy ban nhân dân phường thông báo lịch cấp nước cho các tổ dân phố trong tuần. ";
        let html = format!(
            "<title>Trang chủ</title><body><div id=menu><a href=/>Trang chủ</a></div><div class=main>\
             <h1>Thông báo lịch cấp nước</h1><span class=date>Ngày đăng: 05/06/2024</span>\
             <div class=text><p>{0}</p><p>{0}{0}</p><p>{0}</p></div></div></body>",
            sentence.repeat(4)
        );
        let profile = Profiles::built_in().named("generic").unwrap().unwrap().clone();
        let context =
            Context { profile: None, label: None, fetched_at: jiff::Timestamp::UNIX_EPOCH };
        let url: Url = "http://a.vn/tin?id=7".parse().unwrap();
        let document = Html::parse_document(&html);
        let article = extract(&document, &html, &url, &profile, &context).unwrap();
        assert_eq!(article.fields.title, "Thông báo lịch cấp nước");
        assert_eq!(article.fields.published.unwrap().to_string(), "2024-06-05");
        assert!(article.fields.body.iter().any(|p| p.starts_with("Ủy ban nhân dân")));
    }
}
