//! Which pages a page leads to. Only links that the profile names are followed: lists, their
//! further pages, and articles on the same host. Menus, languages and log-ins never are.

use std::sync::LazyLock;

use archive::{NewPage, PageKind};
use scraper::{Html, Selector};
use url::Url;

use crate::extract::{Diagnosis, Directives, base_of, challenge, parse, to_text};
use crate::feed::{Entry, entries, is_feed};
use crate::profile::{HtmlRules, Profile, Profiles, Rules};
use crate::url_key::{article_id, list_key, session_free};

static ALL_LINKS: LazyLock<Selector> =
    LazyLock::new(|| Selector::parse("a[href]").expect("it is a literal"));

/// Longest URL that is followed.
pub(crate) const URL_BYTES_MAX: usize = 2048;
/// Parts of a path that no section of a portal is deeper than.
const SEGMENTS_MAX: usize = 12;
/// So often no part of a path stands in it by intention.
const REPEATS_MAX: usize = 3;
/// Most links taken from one page.
const LINKS_MAX: usize = 5000;
/// The same of one feed or sitemap.
const FEED_LINKS_MAX: usize = 50_000;
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
    let text = to_text(body, content_type, named.and_then(Profile::charset)).text;
    if is_feed(&text) {
        return Ok(from_feed(&text, url, named, profiles));
    }
    let document = parse(&text).ok_or(Diagnosis::TooDeep)?;
    let directives = Directives::of(&document, robots_tags.iter().map(String::as_str));
    if directives.no_follow {
        return Ok(Vec::new());
    }
    let profile = named.unwrap_or_else(|| profiles.of_page(&document, url));
    let mut found = match &profile.rules {
        Rules::Html(rules) => by_rules(&document, url, profile, rules),
        Rules::Text(_) => Vec::new(),
        Rules::Generic => {
            let mut found = headlines(&document, url, profile);
            found.extend(further_pages(&document, url, profile));
            found
        }
    };
    found.truncate(LINKS_MAX);
    match challenge(&text) {
        Some(wall) if found.is_empty() => Err(Diagnosis::Challenge(wall)),
        _ => Ok(found),
    }
}

/// The articles and further sitemaps that a feed or sitemap names. Without a named profile an
/// article is known by the rules of the family that its URL belongs to.
fn from_feed(text: &str, base: &Url, named: Option<&Profile>, profiles: &Profiles) -> Vec<NewPage> {
    let pages = entries(text, base).into_iter().filter(|entry| is_near(&entry.url, base));
    let page = |entry: Entry| {
        let profile = named.unwrap_or_else(|| profiles.of_url(&entry.url));
        let (key, kind) = match entry.is_sitemap {
            true => (list_key(&entry.url, profile), PageKind::List),
            false => (article_id(&entry.url, profile)?, PageKind::Article),
        };
        Some(NewPage { key, kind, url: entry.url.into(), label: entry.title })
    };
    pages.filter_map(page).take(FEED_LINKS_MAX).collect()
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
    let long = anchors(document, &ALL_LINKS, base).filter_map(|(url, label)| {
        let label = label.filter(|l| vietnamese::scan(l).len() >= HEADLINE_SYLLABLES_MIN)?;
        let key = article_id(&url, profile)?;
        Some(NewPage { key, kind: PageKind::Article, url: url.into(), label: Some(label) })
    });
    long.collect()
}

/// The list's own further pages: links on the same path, or one page number below it, that say
/// only a number or "next".
fn further_pages<'a>(
    document: &'a Html,
    base: &'a Url,
    profile: &'a Profile,
) -> impl Iterator<Item = NewPage> + 'a {
    const NEXT: [&str; 7] = ["sau", "tiep", "trang sau", "tiep theo", "trang tiep", "next", "cuoi"];
    let says_page = |label: &str| {
        let is_number = (1..=4).contains(&label.len()) && label.bytes().all(|b| b.is_ascii_digit());
        is_number || matches!(label, "»" | "›" | ">") || {
            NEXT.contains(&vietnamese::fold_phrase(label).as_str())
        }
    };
    let own = list_path(base);
    let found = anchors(document, &ALL_LINKS, base).filter(move |(url, label)| {
        label.as_deref().is_some_and(says_page) && list_path(url) == own
    });
    found.map(|(url, _)| NewPage {
        key: list_key(&url, profile),
        kind: PageKind::List,
        url: url.into(),
        label: None,
    })
}

/// The path of a list without its page number: `/tin` of `/tin/page/2/` and `/tin?trang=2`.
fn list_path(url: &Url) -> &str {
    let path = url.path().trim_end_matches('/');
    let without_number = path.trim_end_matches(|c: char| c.is_ascii_digit());
    let numbered = without_number.len() < path.len();
    let page = ["/page/", "/trang/", "/trang-", "/"];
    let before = page.iter().find_map(|mark| without_number.strip_suffix(mark));
    before.filter(|_| numbered).unwrap_or(path)
}

/// Links to pages on the same host, with their text.
fn anchors<'a>(
    document: &'a Html,
    selector: &'a Selector,
    page: &'a Url,
) -> impl Iterator<Item = (Url, Option<String>)> + 'a {
    let base = base_of(document, page);
    document.select(selector).filter_map(move |anchor| {
        let href = anchor.attr("href")?.trim();
        let mut url = base.join(&session_free(href)).ok()?;
        url.set_fragment(None);
        let label: String = anchor.text().collect();
        let label = label.split_whitespace().collect::<Vec<_>>().join(" ");
        is_near(&url, page).then(|| (url, Some(label).filter(|l| !l.is_empty())))
    })
}

/// Whether a link stays on the host, and leads somewhere.
fn is_near(url: &Url, base: &Url) -> bool {
    url.authority() == base.authority()
        && matches!(url.scheme(), "http" | "https")
        && url.as_str().len() <= URL_BYTES_MAX
        && !is_trap(url)
}

/// Whether a path goes in circles: `/vi/en/vi/en/vi/tin`, or deeper than any section lies.
fn is_trap(url: &Url) -> bool {
    let segments: Vec<&str> = url.path().split('/').filter(|part| !part.is_empty()).collect();
    let times = |segment: &&str| segments.iter().filter(|other| *other == segment).count();
    segments.len() > SEGMENTS_MAX || segments.iter().any(|part| times(part) >= REPEATS_MAX)
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
    fn paths_in_circles_are_not_followed() {
        let trap = |path: &str| is_trap(&format!("http://a.vn{path}").parse().unwrap());
        assert!(trap("/vi/en/vi/en/vi/tin") && trap("/a/b/c/d/e/f/g/h/i/j/k/l/m"));
        assert!(!trap("/vi/tin/vi/-/view_content/1-x.html"));
    }

    #[test]
    fn links_are_relative_to_the_base_of_the_page() {
        let html =
            "<base href='/'><a href='tin/bai-1.html'>Lịch tiêm chủng tháng này của phường</a>";
        let page: Url = "http://a.vn/muc/tin".parse().unwrap();
        let document = Html::parse_document(html);
        let found = headlines(&document, &page, &Profile::generic());
        assert_eq!(found[0].url, "http://a.vn/tin/bai-1.html");
    }

    #[test]
    fn a_list_of_no_family_is_turned_by_its_numbers() {
        let html = "<a href='?trang=2'>2</a><a href='/tin/page/3/'>3</a><a href='/tin/4'>»</a>\
            <a href='/lien-he?trang=2'>2</a><a href='/tin?x=1'>Liên hệ</a><a href='en/vi.html'>2</a>";
        let profiles = Profiles::built_in();
        let generic = profiles.named("generic").unwrap();
        let base = "http://a.vn/tin".parse().unwrap();
        let found = links(html.as_bytes(), "text/html", &[], &base, (generic, &profiles)).unwrap();
        let urls: Vec<&str> = found.iter().map(|p| p.url.as_str()).collect();
        assert_eq!(
            urls,
            ["http://a.vn/tin?trang=2", "http://a.vn/tin/page/3/", "http://a.vn/tin/4"]
        );
    }

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
