//! 10,000 alerts against a burst of 1,000 real articles: how long until all is matched, and all is
//! told to a receiver on this machine; beside running each search over the index, which must find
//! the same.

use std::collections::{BTreeSet, HashMap};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;

use alerts::{Config, Worker};
use archive::{AlertId, Archive, Channel, NewAlert, Pace, SavedSearch};
use fastrand::Rng;
use index::{Index, Request};
use jiff::Timestamp;
use serde::Serialize;

use crate::corpus::Document;
use crate::ours;

const ALERTS: usize = 10_000;
const BURST: usize = 1_000;
/// Articles that a saved search finds among those before, at most: nobody follows what every tenth
/// article has.
const FOUND_MAX: usize = BEFORE / 50;
/// The source of the burst: a filter that leaves nothing else to dress.
const BURST_SOURCE: &str = "burst";
/// Articles that the archive has before.
const BEFORE: usize = 10_000;

#[derive(Debug, Serialize)]
pub(crate) struct Alerts {
    alerts: usize,
    articles: usize,
    /// Pairs of an alert and an article.
    matches: usize,
    /// From the last article's commit to the last match's.
    matched_seconds: f64,
    /// To the last message that its receiver took.
    told_seconds: f64,
    messages: usize,
    /// Running each search over the index, with the clock on nothing else.
    searched_seconds: f64,
    /// How much longer that took than matching.
    searching_to_matching: f64,
}

pub(crate) fn measure(news: &[Document], folder: &Path) -> Alerts {
    let (before, burst) = (&news[..BEFORE], &news[BEFORE..BEFORE + BURST]);
    let archive = ours::archive(folder, before);
    crawler::read_people(&archive, Timestamp::now()).unwrap();
    let index = Index::open(&folder.join("index"), archive.clone()).unwrap();
    let receiver = Receiver::start();
    let mut random = Rng::with_seed(7);
    let asked: Vec<NewAlert> = (0..ALERTS)
        .map(|_| {
            let search = loop {
                let document = &news[random.usize(..BEFORE + BURST)];
                let search = saved(&mut random, document);
                if found(&index, &search) <= FOUND_MAX {
                    break search;
                }
            };
            NewAlert {
                search,
                channel: Channel::Webhook,
                address: receiver.url.clone(),
                pace: Pace::Immediate,
            }
        })
        .collect();
    let alerts = archive.add_alerts(&asked, Timestamp::now()).unwrap();
    let config = Config {
        site: "http://127.0.0.1/".parse().unwrap(),
        mail: None,
        allow_private_addresses: true,
    };
    let worker = Worker::new(archive.clone(), index.clone(), &config, Timestamp::now).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(worker.step()).unwrap();

    ours::add(&archive, folder, BURST_SOURCE, burst);
    crawler::read_people(&archive, Timestamp::now()).unwrap();
    index.catch_up().unwrap();
    let started = Instant::now();
    runtime.block_on(worker.match_all()).unwrap();
    let matched_seconds = started.elapsed().as_secs_f64();
    archive.make_messages(Timestamp::now()).unwrap();
    let matched = matches(&archive);
    let worked = runtime.block_on(worker.step()).unwrap();
    let told_seconds = started.elapsed().as_secs_f64();
    assert_eq!(worked.failed, 0);
    assert_eq!(receiver.taken.load(Ordering::SeqCst), worked.delivered);

    let started = Instant::now();
    let now = Timestamp::now();
    let mut pairs = 0;
    for alert in &alerts {
        let found = search(&index, &alert.search, now);
        pairs += found.len();
        let matched = matched.get(&alert.id).cloned().unwrap_or_default();
        assert_eq!(matched, found, "{:?}", alert.search);
    }
    let searched_seconds = started.elapsed().as_secs_f64();
    Alerts {
        alerts: ALERTS,
        articles: BURST,
        matches: pairs,
        matched_seconds,
        told_seconds,
        messages: worked.delivered,
        searched_seconds,
        searching_to_matching: searched_seconds / matched_seconds,
    }
}

/// How many articles a search finds.
fn found(index: &Index, search: &SavedSearch) -> usize {
    let request = Request { limit: 1, ..Request::saved(search, Timestamp::now()) };
    index.search(&request).unwrap().total
}

/// Something that somebody may follow: words of an article, with marks or without, a phrase, a
/// person, either of two, or without a third.
fn saved(random: &mut Rng, document: &Document) -> SavedSearch {
    let words: Vec<&str> = document.body.split_whitespace().take(200).collect();
    let stretch = |random: &mut Rng, length: usize| {
        let first = random.usize(..words.len().saturating_sub(length).max(1));
        words[first..(first + length).min(words.len())].join(" ")
    };
    let plain = |text: String| text.replace(['"', '“', '”', ':', '-'], " ");
    let text = match random.usize(..8) {
        0 => plain(stretch(random, 3)),
        1 => plain(stretch(random, 4)),
        2 => vietnamese::fold_phrase(&stretch(random, 4)),
        3 => format!("\"{}\"", plain(stretch(random, 3))),
        4 => document.people.first().map_or_else(
            || format!("\"{}\"", plain(stretch(random, 3))),
            |name| format!("người:\"{name}\""),
        ),
        5 => format!("\"{}\" OR \"{}\"", plain(stretch(random, 3)), plain(stretch(random, 4))),
        6 => format!(
            "{} -{}",
            plain(stretch(random, 3)),
            vietnamese::fold_phrase(&stretch(random, 1))
        ),
        _ => plain(document.title.split_whitespace().take(6).collect::<Vec<_>>().join(" ")),
    };
    SavedSearch { text, ..SavedSearch::default() }
}

/// The URLs that each alert matched.
fn matches(archive: &Archive) -> HashMap<AlertId, BTreeSet<String>> {
    let mut matched: HashMap<AlertId, BTreeSet<String>> = HashMap::new();
    for message in archive.due_messages(Timestamp::now(), u32::MAX).unwrap() {
        for one in archive.matches_of(&message).unwrap() {
            let article = archive.article(&one.article).unwrap().unwrap();
            matched.entry(one.alert).or_default().insert(article.url);
        }
    }
    matched
}

/// The articles of the burst that a search finds in the index.
fn search(index: &Index, search: &SavedSearch, now: Timestamp) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let search = SavedSearch { sources: vec![BURST_SOURCE.to_owned()], ..search.clone() };
    let mut request = Request { limit: 100, ..Request::saved(&search, now) };
    loop {
        let answer = index.search(&request).unwrap();
        found.extend(answer.hits.into_iter().map(|hit| hit.article.url));
        match answer.next {
            Some(cursor) => request.cursor = Some(cursor),
            None => return found,
        }
    }
}

/// Takes all that is sent.
struct Receiver {
    url: String,
    taken: &'static AtomicUsize,
}

impl Receiver {
    fn start() -> Self {
        static TAKEN: AtomicUsize = AtomicUsize::new(0);
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}/", listener.local_addr().unwrap());
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                std::thread::spawn(move || take(&stream, &TAKEN));
            }
        });
        Self { url, taken: &TAKEN }
    }
}

fn take(mut stream: &TcpStream, taken: &AtomicUsize) -> Option<()> {
    let mut reader = BufReader::new(stream);
    loop {
        let mut length = 0;
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).ok().filter(|read| *read > 0)?;
            let line = line.trim_end().to_ascii_lowercase();
            if let Some(value) = line.strip_prefix("content-length:") {
                length = value.trim().parse().ok()?;
            }
            if line.is_empty() {
                break;
            }
        }
        reader.read_exact(&mut vec![0; length]).ok()?;
        taken.fetch_add(1, Ordering::SeqCst);
        stream.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").ok()?;
    }
}
