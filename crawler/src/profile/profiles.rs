//! The profiles at hand: the built-in ones and an operator's own.

use std::path::{Path, PathBuf};

use super::golden::Page;
use super::{InvalidProfile, Profile, Rules};

/// Names a source may give instead of a profile's: the family is found by fingerprint.
const AUTO: &str = "auto";

/// A profile that comes with the program, and a page of its family.
struct BuiltIn {
    toml: &'static str,
    golden: &'static str,
}

macro_rules! built_in {
    ($name:literal) => {
        BuiltIn {
            toml: include_str!(concat!("../../profiles/", $name, ".toml")),
            golden: include_str!(concat!("../../profiles/golden/", $name, ".html")),
        }
    };
}

const BUILT_IN: &[BuiltIn] = &[
    built_in!("hatinh-net"),
    built_in!("liferay-danang"),
    built_in!("liferay-egov"),
    built_in!("liferay-fds"),
    built_in!("liferay-hanoi"),
    built_in!("own-php"),
    built_in!("tin-chi-tiet"),
    BuiltIn { toml: include_str!("../../profiles/ward-text.toml"), golden: "" },
    built_in!("wordpress"),
];

/// The profiles at hand.
#[derive(Clone, Debug)]
pub struct Profiles {
    all: Vec<Profile>,
    generic: Profile,
}

/// A profile's file that cannot be used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ProfilesError {
    /// The file or folder cannot be read.
    #[error("cannot read {path}: {source}")]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: std::io::Error,
    },
    /// The file is no profile.
    #[error("{path}: {source}")]
    Invalid {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        source: InvalidProfile,
    },
    /// Two files have one name.
    #[error("{path}: there is another profile `{name}` in this folder")]
    Twice {
        /// The second file.
        path: PathBuf,
        /// The name.
        name: String,
    },
}

impl Profiles {
    /// The profiles that come with the program.
    pub fn built_in() -> Self {
        let parse = |file: &BuiltIn| {
            let mut profile =
                Profile::parse(file.toml, &[]).expect("a test parses every built-in profile");
            for golden in &mut profile.goldens {
                golden.page = Page::BuiltIn(file.golden);
            }
            profile
        };
        let all = BUILT_IN.iter().map(parse).collect();
        Self { all, generic: Profile::generic() }
    }

    /// The built-in profiles and those in a folder, which need not be there. A file there replaces
    /// the built-in profile of its name, and may extend any other built-in one.
    ///
    /// # Errors
    /// Says which file is wrong, and how.
    pub fn with_own(folder: &Path) -> Result<Self, ProfilesError> {
        let mut profiles = Self::built_in();
        let bases = profiles.all.clone();
        let mut own: Vec<Profile> = Vec::new();
        for path in files(folder)? {
            let unreadable = |source| ProfilesError::Unreadable { path: path.clone(), source };
            let toml = std::fs::read_to_string(&path).map_err(unreadable)?;
            let invalid = |source| ProfilesError::Invalid { path: path.clone(), source };
            let mut profile = Profile::parse(&toml, &bases).map_err(invalid)?;
            if own.iter().any(|other| other.name == profile.name) {
                return Err(ProfilesError::Twice { path, name: profile.name });
            }
            profile.goldens.iter_mut().for_each(|golden| golden.stands_in(folder));
            own.push(profile);
        }
        profiles.all.retain(|built_in| own.iter().all(|own| own.name != built_in.name));
        // An operator knows the portal better than a family does: the own ones come first.
        profiles.all.splice(0..0, own);
        Ok(profiles)
    }

    /// All profiles, by name.
    pub fn iter(&self) -> impl Iterator<Item = &Profile> {
        self.all.iter().chain([&self.generic])
    }

    /// The profile of a name; `Ok(None)` for `auto`.
    pub fn named(&self, name: &str) -> Result<Option<&Profile>, crate::CrawlError> {
        if name == AUTO {
            return Ok(None);
        }
        self.iter().find(|p| p.name == name).map(Some).ok_or_else(|| {
            let known: Vec<&str> = self.iter().map(|p| p.name.as_str()).collect();
            crate::CrawlError::UnknownProfile { name: name.to_owned(), known: known.join(", ") }
        })
    }

    /// Those that have a file.
    pub(super) fn files(&self) -> &[Profile] {
        &self.all
    }

    fn families(&self) -> impl Iterator<Item = &Profile> {
        self.all.iter().filter(|profile| profile.is_family)
    }

    /// The profile whose fingerprint an HTML page shows; else one that knows its family's articles
    /// by their URLs alone; or the generic one.
    pub(crate) fn of_page(&self, html: &scraper::Html, url: &url::Url) -> &Profile {
        let shows = |profile: &&Profile| match &profile.rules {
            Rules::Html(rules) => rules.fingerprint.iter().any(|f| html.select(f).next().is_some()),
            Rules::Text(_) | Rules::Generic => false,
        };
        let has_url = |profile: &&Profile| match &profile.rules {
            Rules::Html(rules) => {
                rules.is_article.is_none() && rules.article_url.is_match(url.as_str())
            }
            Rules::Text(_) | Rules::Generic => false,
        };
        let found = self.families().find(shows).or_else(|| self.families().find(has_url));
        found.unwrap_or(&self.generic)
    }

    /// The profile of the family whose articles have such URLs, or the generic one.
    pub(crate) fn of_url(&self, url: &url::Url) -> &Profile {
        let has_url = |profile: &&Profile| match &profile.rules {
            Rules::Html(rules) => rules.article_url.is_match(url.as_str()),
            Rules::Text(_) | Rules::Generic => false,
        };
        self.families().find(has_url).unwrap_or(&self.generic)
    }

    /// The profile that reads ward pages saved as text.
    pub(crate) fn text(&self) -> &Profile {
        let text = |p: &&Profile| matches!(p.rules, Rules::Text(_));
        self.all.iter().find(text).unwrap_or(&self.generic)
    }
}

/// The TOML files in a folder, by name.
fn files(folder: &Path) -> Result<Vec<PathBuf>, ProfilesError> {
    let unreadable = |source| ProfilesError::Unreadable { path: folder.to_owned(), source };
    let entries = match std::fs::read_dir(folder) {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        entries => entries.map_err(unreadable)?,
    };
    let paths = entries.map(|entry| Ok(entry.map_err(unreadable)?.path()));
    let mut paths: Vec<PathBuf> = paths.collect::<Result<_, ProfilesError>>()?;
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "toml"));
    paths.sort();
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_built_in_profile_has_its_own_name_and_reads_its_golden_page() {
        let profiles = Profiles::built_in();
        let names: std::collections::HashSet<&str> =
            profiles.iter().map(|p| p.name.as_str()).collect();
        assert_eq!(names.len(), profiles.iter().count());
        for profile in profiles.iter() {
            for golden in &profile.goldens {
                assert_eq!(golden.faults(profile, &profiles).unwrap(), [], "{}", profile.name);
            }
        }
    }

    #[test]
    fn own_profiles_replace_and_extend() {
        let folder = tempfile::tempdir().unwrap();
        let write =
            |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        let extended = |name: &str| {
            format!("extends = 'wordpress'\nname = '{name}'\nversion = 9\nabout = ''\n")
        };
        write("a.toml", &extended("wordpress"));
        write("b.toml", &extended("phuong-x"));
        write("note.txt", "no profile");
        let profiles = Profiles::with_own(folder.path()).unwrap();
        let label = |name: &str| profiles.named(name).unwrap().unwrap().label();
        assert_eq!(
            (label("wordpress"), label("phuong-x")),
            ("wordpress/9".into(), "phuong-x/9".into())
        );
        write("c.toml", &extended("phuong-x"));
        let why = Profiles::with_own(folder.path()).unwrap_err().to_string();
        assert!(why.contains("c.toml") && why.contains("phuong-x"), "{why}");
        assert!(Profiles::with_own(Path::new("/khong/co")).is_ok());
    }
}
