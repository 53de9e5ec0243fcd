//! Pages and hosts that would harm others: what one of them says must not cost more than itself.

use portal::{Family, Fault, Portal, generate};
use serde_json::Value;

use crate::loa::{DELAY_MS, Loa, demo_portal, sources_file};

/// A portal of the Hà Tĩnh family whose sources file is changed before it is applied.
fn known(loa: &Loa, change: impl Fn(String) -> String) -> Portal {
    let portal = demo_portal("go-sen");
    let text = change(sources_file(std::slice::from_ref(&portal)));
    let file = loa.write("sources.toml", &text);
    loa.run(&["source", "apply", file.to_str().unwrap(), "--yes"]);
    portal
}

fn crawl(loa: &Loa) -> Value {
    let ran = loa.try_run(&["crawl", "go-sen", "--json"]);
    let runs: Value = serde_json::from_str(&ran.stdout).expect(&ran.stderr);
    runs[0].clone()
}

fn path(portal: &Portal, place: usize) -> String {
    let url = portal.url(&portal.ward().articles[place]);
    url.split_once("/vi/").map(|(_, path)| format!("/vi/{path}")).unwrap()
}

/// A page of the family, with a date.
fn page(date: &str) -> String {
    format!(
        "<h1 class='title-detail'>Thông báo cuối cùng</h1><span class='post-times'>{date}</span>\
         <div class='content-detail'><p>Nội dung của thông báo.</p></div>"
    )
}

#[test]
fn a_date_at_the_end_of_time_can_be_read_again() {
    let loa = Loa::new();
    let portal = known(&loa, |text| text);
    portal.misbehave(Fault::page(&path(&portal, 2), &page("31/12/9999 23:59")));
    crawl(&loa);
    assert_eq!(loa.articles().len(), portal.ward().articles.len());
    loa.run(&["index", "rebuild"]);
    assert_eq!(crawl(&loa)["outcome"], "done");
}

#[test]
fn an_endless_redirect_target_costs_one_page() {
    let loa = Loa::new();
    let portal = known(&loa, |text| text);
    let target = format!("/vi/{}", "x".repeat(60_000));
    portal.misbehave(Fault::redirect(&path(&portal, 2), &target));
    let run = crawl(&loa);
    assert_eq!(run["counters"]["errors"], 1, "{run}");
    assert_eq!(crawl(&loa)["outcome"], "done");
    let verified = loa.json(&["archive", "verify"]);
    assert_eq!(verified["faults"].as_array().unwrap().len(), 0, "{verified}");
    loa.run(&["archive", "cdxj"]);
}

#[test]
fn a_page_that_always_refuses_does_not_keep_the_others_waiting() {
    let loa = Loa::new();
    let portal = known(&loa, |text| text);
    let fault = Fault::status(&path(&portal, 3), 503).with_header("retry-after", "0");
    portal.misbehave(fault);
    let run = crawl(&loa);
    assert_eq!(run["outcome"], "done", "{run}");
    assert_eq!(run["counters"]["new"], portal.ward().articles.len() - 1, "{run}");
    assert_eq!(run["counters"]["errors"], 1, "{run}");
}

#[test]
fn errors_close_no_space() {
    let loa = Loa::new();
    let mut ward = demo_portal("go-sen").ward();
    ward.articles = generate(7, 70);
    let portal = Portal::start_anywhere(Family::Hatinh, ward).unwrap();
    let file = sources_file(std::slice::from_ref(&portal));
    let file = file.replace(&format!("delay_ms = {DELAY_MS}"), "delay_ms = 0");
    let file = loa.write("sources.toml", &file);
    loa.run(&["source", "apply", file.to_str().unwrap(), "--yes"]);
    portal.misbehave(Fault::status("/vi/bai-viet", 500));
    assert_eq!(crawl(&loa)["counters"]["new"], 0);
    portal.behave();
    assert_eq!(crawl(&loa)["counters"]["new"], 70);
}

#[test]
fn a_page_that_asks_not_to_be_found_any_more_is_hidden_while_it_asks() {
    let loa = Loa::new();
    let portal = known(&loa, |text| text);
    let text = page("01/02/2023 08:00");
    portal.misbehave(Fault::page(&path(&portal, 2), &text));
    crawl(&loa);
    let found = || loa.json(&["search", "\"thông báo cuối cùng\""])["total"].clone();
    assert_eq!(found(), 1);
    // The same bytes, with another header.
    let asks = Fault::page(&path(&portal, 2), &text).with_header("x-robots-tag", "noindex");
    portal.misbehave(asks);
    crawl(&loa);
    assert_eq!(found(), 0);
    portal.misbehave(Fault::page(&path(&portal, 2), &text));
    crawl(&loa);
    assert_eq!(found(), 1);
}

#[test]
fn a_redirect_of_robots_txt_that_leads_nowhere_allows_nothing() {
    let loa = Loa::new();
    let portal = known(&loa, |text| text);
    portal.misbehave(Fault::status("/robots.txt", 302));
    let run = crawl(&loa);
    assert!(run["outcome"]["failed"].as_str().unwrap().contains("robots.txt answers 302"), "{run}");
    assert_eq!(portal.log().len(), 1);
}

#[test]
fn a_source_that_was_removed_and_is_here_again_is_crawled() {
    let loa = Loa::new();
    let portal = known(&loa, |text| text);
    crawl(&loa);
    loa.run(&["source", "remove", "go-sen"]);
    loa.add_sources(std::slice::from_ref(&portal));
    let next = loa.json(&["schedule", "next", "go-sen"]);
    assert!(next.to_string().contains("never crawled"), "{next}");
}

#[test]
fn a_source_that_gives_no_article_is_a_failure() {
    let loa = Loa::new();
    let _portal = known(&loa, |text| text.replace("hatinh-net", "wordpress"));
    let run = crawl(&loa);
    let why = run["outcome"]["failed"].as_str().unwrap_or_else(|| panic!("{run}"));
    assert!(why.contains("lead to no article"), "{why}");
    assert!(loa.run(&["source", "list"]).contains("the last run failed"));
}

#[test]
fn pages_that_a_silent_host_left_unanswered_are_asked_for_again() {
    let loa = Loa::new();
    let portal = known(&loa, |text| text);
    crawl(&loa);
    let all = portal.log().len();
    let mut strict = loa.command();
    strict.env("LOA_CRAWLER_ALLOW_PRIVATE_ADDRESSES", "false");
    let output = strict.args(["crawl", "go-sen"]).output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("private address"), "{told}");
    assert_eq!(portal.log().len(), all, "nobody was asked");
    crawl(&loa);
    // All but robots.txt, whose copy is young.
    assert_eq!(portal.log().len(), 2 * all - 1);
}

#[test]
fn sources_that_cannot_work_or_tell_secrets_are_refused() {
    let loa = Loa::new();
    let refused = |more: &str, start: &str| {
        let text = format!("[[source]]\nid = \"a\"\nname = \"A\"\nstart = [\"{start}\"]\n{more}\n");
        let file = loa.write("a.toml", &text);
        let mut command = loa.command();
        command.env("LOA_CRAWLER_ALLOW_PRIVATE_ADDRESSES", "false");
        let output = command.args(["source", "apply"]).arg(file).output().unwrap();
        assert_eq!(output.status.code(), Some(2), "{text}");
        String::from_utf8(output.stderr).unwrap()
    };
    let open = "https://portal.example/tin";
    assert!(refused("schedule = \"0 0 31 2 *\"", open).contains("never comes"));
    assert!(refused("schedule = \"* * * * * *\"", open).contains("6 fields"));
    assert!(refused("delay_ms = 0", open).contains("delay_ms"));
    assert!(refused("", "https://portal.example:8081/").contains("port"));
    assert!(refused("", "https://u:secret@portal.example/").contains("password"));
}
