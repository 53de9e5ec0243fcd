//! What is wrong with a profile before it is used: rules that hold only for the page they were
//! copied from.

use std::sync::LazyLock;

use regex::Regex;

use super::{Profile, Profiles};

/// Names that a portal makes anew: of portlet instances, SharePoint and ASP.NET controls, YUI
/// elements; long numbers; GUIDs.
static GENERATED: LazyLock<Regex> = LazyLock::new(|| {
    let names =
        r"(?i)#p_p_id_|_instance_[a-z0-9]{4}|ctl\d{2}|yui_\d|\d{6,}|[0-9a-f]{8}-[0-9a-f]{4}";
    Regex::new(names).expect("it is a literal")
});
/// `div:nth-child(3)`, `:nth-of-type(2)`.
static POSITION: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r":nth-[a-z-]+\(").expect("it is a literal"));
/// The keys of a profile's file that hold CSS selectors, and their values.
static SELECTORS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"(?m)\b(fingerprint|is|articles|pages|css|remove|captions|attachments)\s*=\s*(\[[^\]]*\]|"[^"]*")"#,
    )
    .expect("it is a literal")
});

/// The faults of a profile, each in a sentence; empty for a good one. It may extend one of
/// `profiles`.
pub fn lint(toml: &str, profiles: &Profiles) -> Vec<String> {
    let profile = match Profile::parse(toml, profiles.files()) {
        Ok(profile) => profile,
        Err(error) => return vec![error.to_string()],
    };
    let mut faults = Vec::new();
    for found in SELECTORS.captures_iter(toml) {
        let (key, value) = (&found[1], &found[2]);
        if GENERATED.is_match(value) {
            faults.push(format!(
                "`{key} = {value}` names what the portal generates; it will be another on the \
                 next page"
            ));
        }
        if POSITION.find_iter(value).count() > 1 {
            faults.push(format!(
                "`{key} = {value}` counts positions in positions; any new element breaks it"
            ));
        }
    }
    faults.extend(profile.gaps().into_iter().map(|gap| format!("profile {}: {gap}", profile.name)));
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = include_str!("../../profiles/hatinh-net.toml");

    fn lint(toml: &str) -> Vec<String> {
        super::lint(toml, &Profiles::built_in())
    }

    #[test]
    fn built_in_profiles_are_clean() {
        for file in std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/profiles")).unwrap() {
            let path = file.unwrap().path();
            if path.is_dir() {
                continue;
            }
            let toml = std::fs::read_to_string(&path).unwrap();
            assert_eq!(lint(&toml), [""; 0], "{}", path.display());
        }
    }

    #[test]
    fn rules_for_one_page_only_are_refused() {
        for bad in [
            "#p_p_id_101_INSTANCE_Xk2a_ h1",
            "#ctl00_ctl30_g_a823d20f",
            "div:nth-child(2) > p:nth-child(4)",
            "#yui_3_9_0",
        ] {
            let toml = GOOD.replace("h1.title-detail, h1[class^='title']", bad);
            assert_eq!(lint(&toml).len(), 1, "{bad}: {:?}", lint(&toml));
        }
    }

    #[test]
    fn what_a_profile_needs_is_asked_for() {
        let without = |line: &str| {
            let kept: Vec<&str> = GOOD.lines().filter(|l| !l.starts_with(line)).collect();
            lint(&kept.join("\n"))
        };
        assert!(without("published").iter().any(|fault| fault.contains("published")));
        let loose = GOOD.replace("-(\\d+)(?:[/?#]|$)", "-\\d+");
        assert!(lint(&loose).iter().any(|fault| fault.contains("group")), "{:?}", lint(&loose));
    }
}
