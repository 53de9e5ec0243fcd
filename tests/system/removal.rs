//! Articles that are gone at their source, and those that are taken down here. The clock is ours.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex};

use archive::{Archive, ArticleStatus, Recorder, Round, Run};
use crawler::{Config, Crawler, Fetcher, Order, Profiles};
use jiff::{SignedDuration, Timestamp};
use portal::{Fault, Portal};
use tokio_util::sync::CancellationToken;

use crate::loa::{Loa, demo_portal};

/// Hours that the crawler's clock is ahead of the machine's.
static HOURS_AHEAD: AtomicI64 = AtomicI64::new(0);

fn now() -> Timestamp {
    Timestamp::now() + SignedDuration::from_hours(HOURS_AHEAD.load(Ordering::Relaxed))
}

/// Crawls the portal so many hours after the last time.
fn crawl(archive: &Archive, hours: i64) -> Run {
    HOURS_AHEAD.fetch_add(hours, Ordering::Relaxed);
    let recorder = Arc::new(Mutex::new(Recorder::open(archive.clone()).unwrap()));
    let config = Config { allow_private_addresses: true, contact: None };
    let fetcher = Fetcher::new(&config).unwrap();
    let crawler = Crawler::new(archive.clone(), recorder, fetcher, Profiles::built_in(), now);
    let source = archive.sources().unwrap().remove(0);
    let order = Order { source: &source, round: Round::All, pages_max: None };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(crawler.run(&order, &CancellationToken::new(), &|_| {})).unwrap()
}

fn known(loa: &Loa) -> (Portal, Archive) {
    let portal = demo_portal("go-sen");
    loa.add_sources(std::slice::from_ref(&portal));
    (portal, Archive::open_existing(loa.data.path()).unwrap())
}

#[test]
fn three_visits_over_three_days_remove_an_article_and_a_return_is_noted() {
    let loa = Loa::new();
    let (portal, archive) = known(&loa);
    crawl(&archive, 0);
    let gone = portal.ward().articles[4].clone();
    let hit = &loa.json(&["search", &gone.title])["hits"][0];
    let id: archive::ArticleId = hit["id"].as_str().unwrap().parse().unwrap();
    let status = || archive.article(&id).unwrap().unwrap().status;
    portal.remove(gone.id);
    for (hours, removed) in [(1, 0), (30, 0), (30, 0), (30, 1), (30, 0)] {
        let run = crawl(&archive, hours);
        assert_eq!((run.counters.gone, run.counters.removed), (1, removed), "{run:?}");
    }
    assert_eq!(status(), ArticleStatus::Removed);
    assert_eq!(archive.removals(&id).unwrap().len(), 1);
    // It is kept, found, and marked.
    let hits = loa.json(&["search", &gone.title]);
    assert_eq!(hits["hits"][0]["status"], "removed");
    portal.publish(gone);
    crawl(&archive, 30);
    assert_eq!(status(), ArticleStatus::Live);
    let states: Vec<String> =
        archive.removals(&id).unwrap().into_iter().map(|removal| removal.state).collect();
    assert_eq!(states, ["removed", "returned"]);

    // Errors, time-outs and walls are no strikes, however often.
    let other = portal.url(&portal.ward().articles[2]);
    let path = format!("/vi/{}", other.split_once("/vi/").unwrap().1);
    for status in [500, 502, 403] {
        portal.misbehave(Fault::status(&path, status).times(1));
        assert_eq!(crawl(&archive, 40).counters.gone, 0);
    }
    // A portal that breaks as a whole removes nothing, and the operator is told.
    portal.misbehave(Fault::status("/vi/bai-viet", 404));
    for _ in 0..4 {
        let run = crawl(&archive, 40);
        assert!(run.counters.gone > 10 && run.counters.removed == 0, "{run:?}");
        let events = archive.events(run.id).unwrap();
        assert!(events.iter().any(|event| event.kind == "frozen"), "{events:?}");
    }
    // Unless the operator says that it is right; then three visits remove as always.
    let source = archive.sources().unwrap().remove(0).id;
    archive.accept_changes(&source, now() + SignedDuration::from_hours(24 * 14), now()).unwrap();
    let removed: u64 = (0..3).map(|_| crawl(&archive, 40).counters.removed).sum();
    assert_eq!(removed, portal.ward().articles.len() as u64);
    // robots.txt is asked for once a day; while it fails, yesterday's copy serves, for a day.
    portal.behave();
    portal.misbehave(Fault::status("/robots.txt", 503));
    let run = crawl(&archive, 20);
    assert_eq!(run.outcome, archive::Outcome::Done, "{run:?}");
    let run = crawl(&archive, 30);
    assert!(matches!(run.outcome, archive::Outcome::Failed(_)), "{run:?}");
}

#[test]
fn what_is_taken_down_is_not_found_until_it_is_lifted() {
    let (loa, _portals) = Loa::crawled();
    let article = loa.articles().remove(3);
    let (id, title) = (article["id"].as_str().unwrap(), article["title"].as_str().unwrap());
    let quoted = format!("\"{title}\"");
    assert_eq!(loa.json(&["search", &quoted])["total"], 1);
    loa.run(&["takedown", "add", id, "--reason", "yêu cầu của công dân", "--until", "2090-01-01"]);
    assert_eq!(loa.json(&["search", &quoted])["total"], 0);
    assert_eq!(loa.serve().get(&format!("/api/v1/articles/{id}")).status, 404);
    assert_eq!(loa.try_run(&["takedown", "add", "0000000000000000", "--reason", "x"]).status, 1);
    assert_eq!(loa.try_run(&["takedown", "add", id, "--reason", " "]).status, 2);
    loa.run(&["takedown", "lift", id, "--reason", "rút yêu cầu"]);
    assert_eq!(loa.json(&["search", &quoted])["total"], 1);
    let orders = loa.json(&["takedown", "list"]);
    assert_eq!(orders[0]["reason"], "yêu cầu của công dân");
    assert!(orders[0]["lifted_at"].is_string(), "{orders}");
}
