//! The families of portals.

use crate::ask::{Ask, Reply};
use crate::server::Site;
use crate::{Ward, hatinh, liferay, wards, wordpress};

/// What software a portal runs, and so how it looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Liferay 6.2 of Hanoi: view counters, pop-up log-ins, language links that recurse.
    Liferay,
    /// .NET of Hà Tĩnh: every Vietnamese letter a hexadecimal entity.
    Hatinh,
    /// WordPress: feed, sitemap, ETag.
    Wordpress,
}

/// The four wards of the demo, each with the family its portal belongs to.
pub fn demo() -> Vec<(Family, Ward)> {
    use Family::{Hatinh, Liferay, Wordpress};
    wards()
        .into_iter()
        .map(|ward| match ward.id.as_str() {
            "go-sen" => (Hatinh, ward),
            "dong-may" => (Wordpress, ward),
            _ => (Liferay, ward),
        })
        .collect()
}

impl Family {
    /// The profile that reads it.
    pub fn profile(self) -> &'static str {
        match self {
            Self::Liferay => "liferay-hanoi",
            Self::Hatinh => "hatinh-net",
            Self::Wordpress => "wordpress",
        }
    }

    /// The path of its first list page.
    pub fn start(self) -> &'static str {
        match self {
            Self::Liferay => "/tin-tuc",
            Self::Hatinh => "/vi/chuyen-muc/tin-tuc---su-kien",
            Self::Wordpress => "/",
        }
    }

    /// The path of an article's page.
    pub fn path(self, article: &crate::Article) -> String {
        match self {
            Self::Liferay => liferay::path(article),
            Self::Hatinh => hatinh::path(article),
            Self::Wordpress => wordpress::path(article),
        }
    }

    /// The URL of a file, as an extractor resolves it on a portal at `base`.
    pub fn file_url(self, base: &str, file: &crate::Attachment) -> String {
        match self {
            Self::Liferay => liferay::file_url(&file.path),
            Self::Hatinh | Self::Wordpress => format!("{base}{}", file.path),
        }
    }

    /// Whether its pages show how often they were viewed.
    pub fn shows_views(self) -> bool {
        self != Self::Wordpress
    }

    pub(crate) fn answer(self, site: &Site, ask: &Ask) -> Reply {
        match self {
            Self::Liferay => liferay::answer(site, ask),
            Self::Hatinh => hatinh::answer(site, ask),
            Self::Wordpress => wordpress::answer(site, ask),
        }
    }
}
