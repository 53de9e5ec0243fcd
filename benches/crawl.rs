//! Crawling portals that allow zero delay: pages a second fetched, archived, extracted and indexed,
//! beside the bare fetching of the same pages by as many threads.

use std::process::{Command, Stdio};
use std::time::Instant;

use portal::{Family, Portal, Ward, generate};
use serde::Serialize;

const PORTALS: u64 = 8;
const ARTICLES: usize = 400;

#[derive(Debug, Serialize)]
pub(crate) struct Crawling {
    pages: usize,
    pages_a_second: f64,
    bare_pages_a_second: f64,
    ratio: f64,
}

pub(crate) fn measure() -> Crawling {
    let portals: Vec<Portal> = (0..PORTALS).map(start).collect();
    let folder = tempfile::tempdir().unwrap();
    let sources: String = portals.iter().map(source).collect();
    let file = folder.path().join("sources.toml");
    std::fs::write(&file, sources).unwrap();
    let loa = |arguments: &[&str]| {
        let mut command = Command::new(env!("CARGO_BIN_EXE_loa"));
        command.env("LOA_DATA", folder.path()).env("LOA_CRAWLER_ALLOW_PRIVATE_ADDRESSES", "true");
        assert!(command.args(arguments).stdout(Stdio::null()).status().unwrap().success());
    };
    loa(&["source", "apply", file.to_str().unwrap(), "--yes"]);
    let started = Instant::now();
    loa(&["crawl", "--all"]);
    let crawling = started.elapsed();
    let asked: Vec<Vec<String>> = portals
        .iter()
        .map(|portal| portal.log().into_iter().map(|request| request.target).collect())
        .collect();
    let pages = asked.iter().map(Vec::len).sum::<usize>();
    let started = Instant::now();
    std::thread::scope(|threads| {
        for (portal, targets) in portals.iter().zip(&asked) {
            threads.spawn(move || fetch_all(portal, targets));
        }
    });
    let bare = started.elapsed();
    let (crawled, fetched) =
        (pages as f64 / crawling.as_secs_f64(), pages as f64 / bare.as_secs_f64());
    Crawling {
        pages,
        pages_a_second: crawled,
        bare_pages_a_second: fetched,
        ratio: crawled / fetched,
    }
}

fn start(number: u64) -> Portal {
    let families = [Family::Liferay, Family::Hatinh, Family::Wordpress];
    let ward = Ward {
        id: format!("phuong-{number}"),
        name: format!("Phường {number}"),
        unit: String::new(),
        articles: generate(number, ARTICLES),
    };
    Portal::start_anywhere(families[number as usize % families.len()], ward).unwrap()
}

fn source(portal: &Portal) -> String {
    let (ward, profile) = (portal.ward(), portal.family().profile());
    format!(
        "[[source]]\nid = \"{}\"\nname = \"{}\"\nstart = [\"{}\"]\nprofile = \"{profile}\"\n\
         delay_ms = 0\n\n",
        ward.id,
        ward.name,
        portal.start_url()
    )
}

fn fetch_all(portal: &Portal, targets: &[String]) {
    let agent = ureq::Agent::new_with_defaults();
    for target in targets {
        let url = format!("http://{}{target}", portal.address);
        agent.get(&url).call().unwrap().body_mut().read_to_vec().unwrap();
    }
}
