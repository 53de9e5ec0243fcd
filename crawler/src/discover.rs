//! Which pages a page leads to. Only links that the profile names are followed: lists, their
//! further pages, and articles on the same host. Menus, languages and log-ins never are.

use archive::{NewPage, PageKind};
use scraper::{Html, Selector};
use url::Url;

use crate::extract::{Diagnosis, Directives, challenge, parse, to_text};
use crate::profile::{HtmlRules, Profile, Profiles, Rules};
use crate::url_key::{article_id, list_key};

/// Longest URL that is followed.
const URL_BYTES_MAX: usize = 2048;
/// Most links taken from one page.
const LINKS_MAX: usize = 5000;
/// Without a profile, a link with at least so many syllables is taken for a headline.
const HEADLINE_SYLLABLES_MIN: usize = 5;

/// The pages that a list page leads to.
///
/// # Errors
/// When it cannot be read, or is a wall before the list.
pub(crate) fn links(
    body: &[u8],
    content_type: &str,
    robots_tags: &[String],
    url: &Url,
    (named, profiles): (Option<&Profile>, &Profiles),
) -> Result<Vec<NewPage>, Diagnosis> {
    let text = to_text(body, content_type);
    let document = parse(&text).ok_or(Diagnosis::TooDeep)?;
    let directives = Directives::of(&document, robots_tags.iter().map(String::as_str));
    if directives.no_follow {
        return Ok(Vec::new());
    }
    let profile = named.unwrap_or_else(|| profiles.of_page(&document));
    let mut found = match &profile.rules {
        Rules::Html(rules) => by_rules(&document, url, profile, rules),
        Rules::Text(_) => Vec::new(),
        Rules::Generic => headlines(&document, url, profile),
    };
    found.truncate(LINKS_MAX);
    match challenge(&text) {
        Some(wall) if found.is_empty() => Err(Diagnosis::Challenge(wall)),
        _ => Ok(found),
    }
}

fn by_rules(document: &Html, base: &Url, profile: &Profile, rules: &HtmlRules) -> Vec<NewPage> {
    let articles = anchors(document, &rules.list_articles, base).filter_map(|(url, label)| {
        let key = article_id(&url, profile)?;
        Some(NewPage { key, kind: PageKind::Article, url: url.into(), label })
    });
    let lists = anchors(document, &rules.list_pages, base).map(|(url, _)| NewPage {
        key: list_key(&url, profile),
        kind: PageKind::List,
        url: url.into(),
        label: None,
    });
    articles.chain(lists).collect()
}

/// Links whose text is as long as a headline, below the list page or beside it.
fn headlines(document: &Html, base: &Url, profile: &Profile) -> Vec<NewPage> {
    let all = Selector::parse("a[href]").expect("it is a literal");
    let long = anchors(document, &all, base).filter_map(|(url, label)| {
        let label = label.filter(|l| vietnamese::scan(l).len() >= HEADLINE_SYLLABLES_MIN)?;
        let key = article_id(&url, profile)?;
        Some(NewPage { key, kind: PageKind::Article, url: url.into(), label: Some(label) })
    });
    long.collect()
}

/// Links to pages on the same host, with their text.
fn anchors<'a>(
    document: &'a Html,
    selector: &'a Selector,
    base: &'a Url,
) -> impl Iterator<Item = (Url, Option<String>)> + 'a {
    document.select(selector).filter_map(move |anchor| {
        let href = anchor.attr("href")?.trim();
        let mut url = base.join(href).ok()?;
        url.set_fragment(None);
        let near = url.authority() == base.authority() && matches!(url.scheme(), "http" | "https");
        let label: String = anchor.text().collect();
        let label = label.split_whitespace().collect::<Vec<_>>().join(" ");
        (near && url.as_str().len() <= URL_BYTES_MAX)
            .then(|| (url, Some(label).filter(|l| !l.is_empty())))
    })
}

/// A start page as the frontier knows it.
pub(crate) fn start_page(url: &Url, profile: Option<&Profile>) -> NewPage {
    let generic = Profile::generic();
    let key = list_key(url, profile.unwrap_or(&generic));
    NewPage { key, kind: PageKind::List, url: url.to_string(), label: None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_links_that_the_profile_names_are_followed() {
        let html = "<h3 class='asset-title'><a href='-/view_content/17-tin.html'>Tin một</a></h3>\
            <h3 class='asset-title'><a href='http://khac.vn/-/view_content/18-x.html'>Khác</a></h3>\
            <a href='en/vi.html'>English</a><a href='/dang-nhap?p_p_id=58'>Đăng nhập</a>\
            <div class='taglib-page-iterator'><ul class='lfr-menu-list'><li>\
            <a href='?p_p_id=101&_101_cur=2'>2</a></li></ul></div>";
        let profiles = Profiles::built_in();
        let profile = profiles.named("liferay-hanoi").unwrap();
        let base = "http://a.vn/tin".parse().unwrap();
        let named = (profile, &profiles);
        let found = links(html.as_bytes(), "text/html", &[], &base, named).unwrap();
        let keys: Vec<&str> = found.iter().map(|p| p.key.as_str()).collect();
        assert_eq!(keys, ["17", "list:/tin#2"]);
        assert_eq!(found[0].label.as_deref(), Some("Tin một"));
    }
}
