//! Addresses of the site's pages, as messages name them.

use archive::{ArticleId, SavedSearch};
use url::{Url, form_urlencoded};

/// Makes links to the site.
#[derive(Clone, Debug)]
pub struct Links {
    site: Url,
}

impl Links {
    /// Links to the site at an address.
    pub fn new(site: Url) -> Self {
        Self { site }
    }

    /// An article's page.
    pub fn article(&self, id: &ArticleId) -> String {
        self.to(&format!("bai/{id}"))
    }

    /// Where the subscriber looks at an alert, confirms it and ends it.
    pub fn alert(&self, token: &str) -> String {
        self.to(&format!("theo-doi/{token}"))
    }

    /// Where one request begins an alert.
    pub fn confirm(&self, token: &str) -> String {
        self.to(&format!("theo-doi/{token}/xac-nhan"))
    }

    /// Where one request ends an alert (RFC 8058).
    pub fn unsubscribe(&self, token: &str) -> String {
        self.to(&format!("theo-doi/{token}/thoi"))
    }

    /// The search page with all that a saved search finds.
    pub fn search(&self, search: &SavedSearch) -> String {
        self.to(&format!("?{}", query_of(search)))
    }

    /// The host, for the ids of mails.
    pub fn host(&self) -> &str {
        self.site.host_str().unwrap_or("localhost")
    }

    fn to(&self, path: &str) -> String {
        let site = self.site.as_str().trim_end_matches('/');
        format!("{site}/{path}")
    }
}

/// A saved search as the parameters of the search page.
fn query_of(search: &SavedSearch) -> String {
    let SavedSearch { text, sources, categories, official, statuses, from, to } = search;
    let mut query = form_urlencoded::Serializer::new(String::new());
    let mut put = |name: &str, value: &str| {
        query.append_pair(name, value);
    };
    if !text.is_empty() {
        put("q", text);
    }
    sources.iter().for_each(|id| put("source", id));
    categories.iter().for_each(|name| put("category", name));
    official.iter().for_each(|who| put("official", who));
    statuses.iter().for_each(|status| put("status", status));
    from.iter().for_each(|day| put("from", &day.to_string()));
    to.iter().for_each(|day| put("to", &day.to_string()));
    query.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_stand_below_the_site_wherever_it_is() {
        let search = SavedSearch { text: "mất điện".into(), ..SavedSearch::default() };
        for site in ["https://loa.vn", "https://loa.vn/"] {
            let links = Links::new(site.parse().unwrap());
            assert_eq!(links.search(&search), "https://loa.vn/?q=m%E1%BA%A5t+%C4%91i%E1%BB%87n");
            assert_eq!(links.unsubscribe("ab"), "https://loa.vn/theo-doi/ab/thoi");
        }
        let links = Links::new("https://quan.vn/loa/".parse().unwrap());
        assert_eq!(links.alert("ab"), "https://quan.vn/loa/theo-doi/ab");
    }
}
