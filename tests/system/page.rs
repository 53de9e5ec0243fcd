//! The search page, read by selectors, as a browser without scripts has it.

use scraper::{Html, Selector};

use crate::loa::{Loa, Server};

fn served() -> (Loa, Server) {
    let (loa, _portals) = Loa::crawled();
    let server = loa.serve();
    (loa, server)
}

fn texts(html: &str, css: &str) -> Vec<String> {
    let selector = Selector::parse(css).unwrap();
    let document = Html::parse_document(html);
    document.select(&selector).map(|e| e.text().collect::<String>().trim().to_owned()).collect()
}

fn links(html: &str, css: &str) -> Vec<String> {
    let selector = Selector::parse(css).unwrap();
    let document = Html::parse_document(html);
    document.select(&selector).filter_map(|e| e.attr("href").map(str::to_owned)).collect()
}

#[test]
fn a_search_needs_no_script_and_leads_to_the_article() {
    let (_loa, server) = served();
    let page = server.get("/?q=giai+phong+mat+bang").body;
    assert!(texts(&page, "script:not([src]):not([type='application/ld+json'])").is_empty());
    assert_eq!(texts(&page, "html[lang=vi] form[role=search] label[for=q]").len(), 1);
    assert!(!texts(&page, ".snippet mark").is_empty());
    let article = server.get(&links(&page, ".hits h2 a")[0]);
    assert_eq!(article.status, 200);
    assert!(!texts(&article.body, "article p").is_empty());
    assert!(links(&article.body, ".origin a")[0].starts_with("http://127.0.0.1"));
}

#[test]
fn filters_can_be_set_and_taken_back_by_links() {
    let (_loa, server) = served();
    let page = server.get("/?q=phuong").body;
    let filter = links(&page, "aside details:first-of-type a")[0].clone();
    let filtered = server.get(&filter).body;
    let chosen = texts(&filtered, "aside a[aria-current=true]");
    assert_eq!(chosen.len(), 1);
    let wards = texts(&filtered, ".hits .meta span:first-child");
    assert!(wards.iter().all(|ward| *ward == chosen[0]), "{wards:?}");
    assert_eq!(links(&filtered, "aside a[aria-current=true]")[0], "/?q=phuong");
    let next = links(&page, "nav.pages a[rel=next]");
    assert!(!texts(&server.get(&next[0]).body, ".hits h2").is_empty());
}

#[test]
fn empty_and_wrong_pages_offer_a_way_on() {
    let (_loa, server) = served();
    let empty = server.get("/?q=xyzxyz");
    assert_eq!(empty.status, 200);
    assert!(!links(&empty.body, ".empty a").is_empty());
    let missing = server.get("/khong-co");
    assert_eq!(missing.status, 404);
    assert!(!links(&missing.body, "main a[href='/']").is_empty());
    let wrong = server.get("/?page=0");
    assert_eq!(wrong.status, 400);
    assert!(wrong.body.contains("số trang"), "{}", wrong.body);
    assert_eq!(server.get("/?q=phuong&fbclid=1&utm_source=zalo").status, 200);
    let hostile = server.get("/?q=%3Cscript%3Ealert(1)%3C%2Fscript%3E").body;
    assert!(!hostile.contains("<script>"), "{hostile}");
}
