//! Extraction: every article of the portals is found, once, with all its fields as published.

use std::collections::HashMap;

use portal::{Article, Portal};
use serde_json::{Value, json};

use crate::loa::Loa;

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
