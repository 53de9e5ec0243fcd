//! Extraction: every article of the portals is found, once, with all its fields as published.

use std::collections::HashMap;

use portal::{Article, Family, Portal};
use serde_json::{Value, json};

use crate::loa::{Loa, sources_file};

#[test]
fn every_article_is_found_once_with_all_its_fields() {
    let (loa, portals) = Loa::crawled();
    let found = loa.articles();
    let published: usize = portals.iter().map(|portal| portal.ward().articles.len()).sum();
    assert_eq!(found.len(), published);
    let by_url: HashMap<&str, &Value> =
        found.iter().map(|article| (article["url"].as_str().unwrap(), article)).collect();
    for portal in &portals {
        for article in portal.ward().articles {
            let url = portal.url(&article);
            let found = by_url.get(url.as_str()).unwrap_or_else(|| panic!("{url} was not found"));
            for (field, value) in expected(portal, &article).as_object().unwrap() {
                assert_eq!(&found[field], value, "{field} of {url}");
            }
            check_views(portal, &article, found);
        }
    }
}

/// Counters rise with every visit: the page showed at least what it had before.
fn check_views(portal: &Portal, article: &Article, found: &Value) {
    if portal.family().shows_views() {
        let views = found["views"].as_u64().unwrap();
        assert!((article.views..article.views + 3).contains(&views), "{}", article.title);
    } else {
        assert_eq!(found["views"], Value::Null);
    }
}

fn expected(portal: &Portal, article: &Article) -> Value {
    let clock =
        |time: &jiff::civil::DateTime| format!("{}+07:00", time.strftime("%Y-%m-%dT%H:%M:%S"));
    let base = format!("http://{}", portal.address);
    let files = article
        .attachments
        .iter()
        .map(|file| json!({ "name": file.name, "url": portal.family().file_url(&base, file) }));
    json!({
        "source": { "id": portal.ward().id, "name": portal.ward().name },
        "status": "live",
        "version": 1,
        "category": article.category,
        "title": article.title,
        "lead": article.lead,
        "body": article.body,
        "captions": article.captions,
        "attachments": files.collect::<Vec<_>>(),
        "credit": article.credit,
        "published_at": clock(&article.published),
        "updated_at": article.updated.as_ref().map(clock),
    })
}

/// The families that the demo has no ward for, each with the articles of one: what its pages show
/// is read, and what they do not is left out.
#[test]
fn every_other_family_gives_what_its_pages_show() {
    for family in [Family::Egov, Family::Fds, Family::Danang, Family::Tinchitiet, Family::Php] {
        for profile in [family.profile(), "auto"] {
            let ward = portal::wards().into_iter().find(|ward| ward.id == "go-sen").unwrap();
            let portal = Portal::start_anywhere(family, ward).unwrap();
            let loa = Loa::new();
            let named = format!("profile = \"{}\"", family.profile());
            let file = sources_file(std::slice::from_ref(&portal));
            let file = file.replace(&named, &format!("profile = \"{profile}\""));
            let file = loa.write("sources.toml", &file);
            loa.run(&["source", "apply", file.to_str().unwrap(), "--yes"]);
            let runs = loa.json(&["crawl", "go-sen"]);
            let found = loa.articles();
            let articles = portal.ward().articles;
            assert_eq!(found.len(), articles.len(), "{family:?} {profile}: {runs}");
            for article in articles {
                let title = article.title.split_whitespace().collect::<Vec<_>>().join(" ");
                let found = found.iter().find(|found| found["title"] == *title);
                let found = found.unwrap_or_else(|| panic!("{family:?} {profile}: {title}"));
                let shown = as_shown(family, expected(&portal, &article));
                for (field, value) in shown.as_object().unwrap() {
                    assert_eq!(&found[field], value, "{family:?} {profile}: {field} of {title}");
                }
            }
        }
    }
}

/// What is known of an article on the pages of a family.
fn as_shown(family: Family, mut article: Value) -> Value {
    // None of them shows when an article was changed.
    article["updated_at"] = Value::Null;
    let day = article["published_at"].as_str().unwrap()[..10].to_owned();
    match family {
        Family::Egov | Family::Danang | Family::Php => article["published_at"] = day.into(),
        Family::Tinchitiet => {
            for field in ["category", "lead", "credit"] {
                article[field] = Value::Null;
            }
            article["captions"] = json!([]);
        }
        _ => {}
    }
    article
}
