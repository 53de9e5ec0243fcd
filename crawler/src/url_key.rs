//! What makes two URLs the same page.
//!
//! An article is its portal's own id, found in the URL by the profile; a list page is its path
//! and its page number. Only where no profile knows better is the URL itself the key, in normal
//! form: no fragment, no session or tracking parameters, the rest sorted.

use std::borrow::Cow;

use url::Url;

use crate::profile::{Profile, Rules};

/// Parameters that name a visit, not a page.
const VOLATILE_PARAMETERS: [&str; 6] =
    ["fbclid", "gclid", "jsessionid", "phpsessid", "redirect", "zarsrc"];
/// Characters that a session's name has at least.
const TOKEN_CHARS_MIN: usize = 16;
/// Digits of a clock in seconds.
const CLOCK_DIGITS_MIN: usize = 10;

/// The portal's own id of the article at a URL; `None` when the profile sees no article there.
pub(crate) fn article_id(url: &Url, profile: &Profile) -> Option<String> {
    match &profile.rules {
        Rules::Html(rules) => {
            let found = rules.article_url.captures(url.as_str())?;
            found.get(1).map(|id| id.as_str().to_owned())
        }
        Rules::Text(_) | Rules::Generic => Some(normal_form(url)),
    }
}

/// The key of a list page: its path, its page number, and the parameters that choose what it
/// lists. A portlet's own parameters (`p_p_id`) say how the page is drawn.
pub(crate) fn list_key(url: &Url, profile: &Profile) -> String {
    let Rules::Html(rules) = &profile.rules else { return format!("list:{}", normal_form(url)) };
    let number = rules.page_number.captures(url.as_str());
    let number = number.and_then(|c| c.get(1)).map_or("1", |m| m.as_str());
    let path = rules.page_number.replace(url.path(), "");
    let choosing = |pair: &str| {
        let name = pair.split('=').next().unwrap_or_default().to_ascii_lowercase();
        let numbers = rules.page_number.is_match(&format!("?{pair}"));
        let drawing = name.starts_with("p_p_") || name.starts_with('_');
        let value = pair.split_once('=').map_or("", |(_, value)| value);
        !(numbers || drawing || name.is_empty() || is_volatile(&name, value))
    };
    let mut kept: Vec<&str> =
        url.query().unwrap_or_default().split('&').filter(|pair| choosing(pair)).collect();
    kept.sort_unstable();
    let query = if kept.is_empty() { String::new() } else { format!("?{}", kept.join("&")) };
    format!("list:{}{query}#{number}", path.trim_end_matches('/'))
}

/// What URLs of one kind have in common: numbers and long slugs stand for all others of their
/// place. `/tin/2023/lich-cat-dien-tuan-nay?trang=7` is `/tin/#/*?trang=#`.
pub(crate) fn shape(url: &Url) -> String {
    let part = |segment: &str| {
        let digits = segment.bytes().any(|byte| byte.is_ascii_digit());
        match segment {
            "" => String::new(),
            _ if segment.bytes().all(|byte| byte.is_ascii_digit()) => "#".to_owned(),
            _ if digits || segment.matches('-').count() > 2 => "*".to_owned(),
            _ => segment.to_owned(),
        }
    };
    let path: Vec<String> = url.path().split('/').map(part).collect();
    let mut pairs: Vec<String> =
        url.query_pairs().map(|(name, value)| format!("{name}={}", part(&value))).collect();
    pairs.sort();
    let query = if pairs.is_empty() { String::new() } else { format!("?{}", pairs.join("&")) };
    path.join("/") + &query
}

/// The URL without what changes between visits, and without what makes no difference: under `http`
/// and with an end slash a page is the same.
pub(crate) fn normal_form(url: &Url) -> String {
    let mut kept: Vec<(String, String)> = url
        .query_pairs()
        .filter(|(name, value)| !is_volatile(&name.to_ascii_lowercase(), value))
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect();
    kept.sort();
    let mut normal = url.clone();
    normal.set_fragment(None);
    normal.set_query(None);
    normal.set_path(session_free(url.path()).trim_end_matches('/'));
    if normal.port().is_none() {
        // The one on its own port is the other on its own.
        let _ = normal.set_scheme("https");
    }
    if !kept.is_empty() {
        normal.query_pairs_mut().extend_pairs(kept);
    }
    normal.into()
}

fn is_volatile(name: &str, value: &str) -> bool {
    match name {
        // Also the names of what a portal numbers its articles by: then the value is short.
        "sid" => value.len() >= TOKEN_CHARS_MIN,
        "t" => value.len() >= CLOCK_DIGITS_MIN && value.bytes().all(|b| b.is_ascii_digit()),
        _ => VOLATILE_PARAMETERS.contains(&name) || name.starts_with("utm_"),
    }
}

/// Java servers write the session into the path: `/tin;jsessionid=0A1B`.
pub(crate) fn session_free(url: &str) -> Cow<'_, str> {
    let mut parts = url.split(";jsessionid=");
    let first = parts.next().unwrap_or_default();
    if first.len() == url.len() {
        return url.into();
    }
    let rests = parts.map(|part| &part[part.find(['?', '#', '/']).unwrap_or(part.len())..]);
    [first].into_iter().chain(rests).collect::<String>().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Profiles;

    fn url(text: &str) -> Url {
        text.parse().unwrap()
    }

    #[test]
    fn an_article_is_its_portals_own_id_under_every_url() {
        let profiles = Profiles::built_in();
        let liferay = profiles.named("liferay-hanoi").unwrap().unwrap();
        for variant in [
            "http://a.vn/tin-tuc/-/view_content/4418033-hoi-nghi.html",
            "http://a.vn/en/web/guest/tin/-/view_content/4418033-khac.html?redirect=%2F#x",
        ] {
            assert_eq!(article_id(&url(variant), liferay).as_deref(), Some("4418033"));
        }
        assert_eq!(article_id(&url("http://a.vn/dang-nhap?p_p_id=58"), liferay), None);
    }

    #[test]
    fn every_session_in_a_path_is_left_out() {
        let twice = "http://a.vn/tin;jsessionid=0A/bai;jsessionid=1B?trang=2";
        assert_eq!(session_free(twice), "http://a.vn/tin/bai?trang=2");
        assert_eq!(session_free("http://a.vn/tin"), "http://a.vn/tin");
    }

    #[test]
    fn the_first_list_page_is_one_page_with_and_without_its_number() {
        let profiles = Profiles::built_in();
        let liferay = profiles.named("liferay-hanoi").unwrap().unwrap();
        let bare = list_key(&url("http://a.vn/tin-tuc"), liferay);
        assert_eq!(list_key(&url("http://a.vn/tin-tuc?p_p_id=101&_101_cur=1"), liferay), bare);
        assert_ne!(list_key(&url("http://a.vn/tin-tuc?p_p_id=101&_101_cur=2"), liferay), bare);
        let other = list_key(&url("http://a.vn/tin-tuc?categoryId=7"), liferay);
        assert_ne!(other, bare, "another section");
        let wordpress = profiles.named("wordpress").unwrap().unwrap();
        assert_eq!(list_key(&url("http://a.vn/tin/page/1/"), wordpress), "list:/tin#1");
        assert_eq!(list_key(&url("http://a.vn/page/2/"), wordpress), "list:#2");
    }

    #[test]
    fn urls_of_one_kind_have_one_shape() {
        let of = |text: &str| shape(&url(text));
        let one = "http://a.vn/tin/2023/lich-cat-dien-tuan-nay?trang=7&c=3";
        assert_eq!(of(one), "/tin/#/*?c=#&trang=#");
        assert_eq!(of("http://a.vn/tin/2024/hop-to-dan-pho?c=1&trang=9"), of(one));
        assert_ne!(of("http://a.vn/thong-bao/2024/hop-to-dan-pho"), of(one));
    }

    #[test]
    fn sessions_and_trackers_are_no_part_of_a_url() {
        let of = |text: &str| normal_form(&url(text));
        let visited = "http://a.vn/b;jsessionid=1?utm_source=x&b=2&a=1&t=1700000000#top";
        assert_eq!(of(visited), "https://a.vn/b?a=1&b=2");
        assert_eq!(of("https://a.vn/b/?b=2&a=1&sid=0123456789abcdef0123"), of(visited));
        // Short ones are what portals number their articles by.
        assert_ne!(of("http://a.vn/article.php?sid=123"), of("http://a.vn/article.php?sid=124"));
        assert_ne!(of("http://a.vn/?t=5"), of("http://a.vn/?t=6"));
    }
}
