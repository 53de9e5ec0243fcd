//! The families of portals.

use crate::ask::{Ask, Reply};
use crate::server::Site;
use crate::{Ward, danang, egov, fds, hatinh, liferay, php, tinchitiet, wards, wordpress};

/// What software a portal runs, and so how it looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Family {
    /// Liferay 6.2 of Hanoi: view counters, pop-up log-ins, language links that recurse.
    Liferay,
    /// .NET of Hà Tĩnh: every Vietnamese letter a hexadecimal entity.
    Hatinh,
    /// WordPress: feed, sitemap, ETag.
    Wordpress,
    /// Liferay 6.1 with the eGov plug-in: a date that lies about its minutes.
    Egov,
    /// Liferay 7 with the theme of Ba Đình's wards.
    Fds,
    /// Liferay 7 of Đà Nẵng's wards: one path for all.
    Danang,
    /// `/tin-chi-tiet/` of Hà Nội's communes.
    Tinchitiet,
    /// A ward's own PHP.
    Php,
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
            Self::Egov => "liferay-egov",
            Self::Fds => "liferay-fds",
            Self::Danang => "liferay-danang",
            Self::Tinchitiet => "tin-chi-tiet",
            Self::Php => "own-php",
        }
    }

    /// The path of its first list page.
    pub fn start(self) -> &'static str {
        match self {
            Self::Liferay => "/tin-tuc",
            Self::Hatinh => "/vi/chuyen-muc/tin-tuc---su-kien",
            Self::Wordpress => "/",
            Self::Egov | Self::Tinchitiet => "/tin-tuc",
            Self::Fds => "/tin-tuc-su-kien",
            Self::Danang => "/chi-tiet-tin-tuc?c=7",
            Self::Php => "/index.php",
        }
    }

    /// The path of an article's page.
    pub fn path(self, article: &crate::Article) -> String {
        match self {
            Self::Liferay => liferay::path(article),
            Self::Hatinh => hatinh::path(article),
            Self::Wordpress => wordpress::path(article),
            Self::Egov => egov::path(article),
            Self::Fds => fds::path(article),
            Self::Danang => danang::path(article),
            Self::Tinchitiet => tinchitiet::path(article),
            Self::Php => php::path(article),
        }
    }

    /// The URL of a file, as an extractor resolves it on a portal at `base`.
    pub fn file_url(self, base: &str, file: &crate::Attachment) -> String {
        match self {
            Self::Liferay => liferay::file_url(&file.path),
            _ => format!("{base}{}", file.path),
        }
    }

    /// Whether its pages show how often they were viewed.
    pub fn shows_views(self) -> bool {
        matches!(self, Self::Liferay | Self::Hatinh | Self::Danang)
    }

    pub(crate) fn answer(self, site: &Site, ask: &Ask) -> Reply {
        match self {
            Self::Liferay => liferay::answer(site, ask),
            Self::Hatinh => hatinh::answer(site, ask),
            Self::Wordpress => wordpress::answer(site, ask),
            Self::Egov => egov::answer(site, ask),
            Self::Fds => fds::answer(site, ask),
            Self::Danang => danang::answer(site, ask),
            Self::Tinchitiet => tinchitiet::answer(site, ask),
            Self::Php => php::answer(site, ask),
        }
    }
}
