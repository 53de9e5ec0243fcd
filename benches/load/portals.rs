//! Portals that are crawled while the archive is searched: so many that they bring 20 articles a
//! second and some more, each asked once a second.

use std::path::Path;
use std::process::{Command, Stdio};

use portal::{Family, Portal, Ward, generate};

const PORTALS: usize = 23;
/// Articles of each: enough for 25 minutes. The pages of its lists are asked for first, for some two
/// minutes.
const ARTICLES: usize = 1500;

/// Starts the portals and makes them known to an archive, crawled as soon as it is served.
pub(crate) fn start(data: &Path) -> Vec<Portal> {
    let families = [Family::Liferay, Family::Hatinh, Family::Wordpress];
    let portal = |number: usize| {
        let id = format!("cong-{number}");
        let articles = generate(number as u64, ARTICLES);
        let ward = Ward { name: id.clone(), id, unit: String::new(), articles };
        Portal::start_anywhere(families[number % families.len()], ward).unwrap()
    };
    let portals: Vec<Portal> = (0..PORTALS).map(portal).collect();
    let sources: String = portals
        .iter()
        .map(|portal| {
            let (id, start, profile) =
                (portal.ward().id, portal.start_url(), portal.family().profile());
            format!(
                "[[source]]\nid = \"{id}\"\nname = \"{id}\"\nstart = [\"{start}\"]\n\
                 profile = \"{profile}\"\ndelay_ms = 1000\n\n"
            )
        })
        .collect();
    let file = data.join("portals.toml");
    std::fs::write(&file, sources).unwrap();
    let mut apply = Command::new(env!("CARGO_BIN_EXE_loa"));
    apply.env("LOA_DATA", data).env("LOA_CRAWLER_ALLOW_PRIVATE_ADDRESSES", "true");
    let applied = apply.args(["source", "apply"]).arg(file).arg("--yes").stdout(Stdio::null());
    assert!(applied.status().unwrap().success());
    portals
}
