//! The engine, which scores only whoever may be among the best, against itself scoring every hit: a
//! bound that is too low would lose the best hits, and nobody would notice.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, LazyLock};
use std::time::{Duration, Instant};

use archive::{Article, ArticleId, ArticleStatus, Fields, OfficialId, PageTime, SourceId};
use fastrand::Rng;
use jiff::civil::{Date, date};
use proptest::prelude::*;
use tantivy::merge_policy::NoMergePolicy;
use tantivy::{DocId, TantivyDocument, Term};
use tempfile::TempDir;

use crate::IndexError;
use crate::bounds::Bounds;
use crate::engine::{FULL_MATCH, Start, Window, run_scoring};
use crate::generation::Generation;
use crate::order::Key;
use crate::patience::Patience;
use crate::plan::{Filters, Plan, Sort};
use crate::planner::NothingLearned;
use crate::query::Query;
use crate::scorer::Scorer;
use crate::snapshot::Snapshot;
use crate::tally::Tally;
use crate::words::Words;

/// From the commonest to the rarest; some alike but for their marks, some of an abbreviation.
const WORDS: [&str; 40] = [
    "phường",
    "đường",
    "nước",
    "điện",
    "dân",
    "đất",
    "nhà",
    "tiêm",
    "chủng",
    "ủy",
    "ban",
    "nhân",
    "ubnd",
    "Việt",
    "Nam",
    "VN",
    "sửa",
    "sữa",
    "chợ",
    "trường",
    "lớp",
    "rác",
    "cây",
    "hồ",
    "họp",
    "sông",
    "đê",
    "lúa",
    "khám",
    "sức",
    "khỏe",
    "ngõ",
    "cho",
    "của",
    "2023",
    "12",
    "đồn",
    "đơn",
    "xuân",
    "quân",
];
/// Articles of each segment, and the part of them that is taken away again.
const SEGMENTS: [u64; 3] = [900, 300, 900];
const DELETED: u64 = 13;
const SOURCES: [&str; 3] = ["an-phu", "binh-an", "cam-le"];
const TODAY: Date = date(2024, 3, 6);

/// Officials, of whom each article names up to three.
const OFFICIALS: u32 = 50;

struct Known {
    snapshot: Snapshot,
    /// Whom each article names.
    naming: HashMap<ArticleId, Vec<u32>>,
    _folder: TempDir,
}

static KNOWN: LazyLock<Known> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    let generation = Generation::create(folder.path()).unwrap();
    let (index, fields) = (&generation.index, &generation.fields);
    let mut writer = index.writer_with_num_threads::<TantivyDocument>(1, 20_000_000).unwrap();
    writer.set_merge_policy(Box::new(NoMergePolicy));
    let dice = &mut Rng::with_seed(7);
    let (mut texts, mut naming): (Vec<String>, HashMap<_, _>) = Default::default();
    for articles in SEGMENTS {
        for _ in 0..articles {
            let id = texts.len() as u64;
            if id > 0 && dice.u8(..8) == 0 {
                let copied = texts[dice.usize(..texts.len())].clone();
                texts.push(copied);
            } else {
                let length = dice.usize(40..400);
                texts.push((0..length).map(|_| word(dice)).collect::<Vec<_>>().join(" "));
            }
            let article = article(id, texts.last().unwrap(), dice);
            let scanned = &generation.scanned;
            let named = named(dice);
            writer.add_document(fields.document(&article, &named, |_| {}, scanned)).unwrap();
            naming.insert(article.id, named.into_iter().map(|(number, _)| number).collect());
        }
        writer.commit().unwrap();
    }
    for id in (0..texts.len() as u64).step_by(DELETED as usize) {
        let id = article(id, "", dice).id;
        writer.delete_term(Term::from_field_u64(fields.id, id.to_bits()));
    }
    writer.commit().unwrap();
    generation.reader.reload().unwrap();
    let searcher = generation.reader.searcher();
    assert_eq!(searcher.segment_readers().len(), SEGMENTS.len());
    let snapshot = Snapshot::open(Arc::new(generation), searcher).unwrap();
    Known { snapshot, naming, _folder: folder }
});

/// A word, as rare as its place says.
fn word(dice: &mut Rng) -> &'static str {
    WORDS[(dice.f64() * dice.f64() * WORDS.len() as f64) as usize]
}

/// Some officials, those of small numbers more often.
fn named(dice: &mut Rng) -> Vec<(u32, OfficialId)> {
    let number = |dice: &mut Rng| {
        let most = dice.u32(..OFFICIALS);
        dice.u32(..=most)
    };
    let numbers: BTreeSet<u32> = (0..dice.usize(..4)).map(|_| number(dice)).collect();
    numbers.into_iter().map(|number| (number, format!("{number:012x}").parse().unwrap())).collect()
}

fn article(id: u64, text: &str, dice: &mut Rng) -> Article {
    let source: SourceId = SOURCES[id as usize % SOURCES.len()].parse().unwrap();
    let published = PageTime::Day(date(dice.i16(2015..2024), dice.i8(1..=12), dice.i8(1..=28)));
    let (title, body) = text.split_at(text.find(' ').unwrap_or_default());
    Article {
        id: ArticleId::of(&source, &id.to_string()),
        url: format!("http://{source}.example/{id}"),
        source,
        status: ArticleStatus::Live,
        views: None,
        first_seen: "2024-01-01T00:00:00Z".to_owned(),
        last_seen: "2024-01-01T00:00:00Z".to_owned(),
        version: 1,
        fields: Fields {
            title: title.to_owned(),
            body: vec![body.to_owned()],
            published: Some(published),
            ..Fields::default()
        },
    }
}

fn plan(text: &str, source: Option<&str>, sort: Sort) -> Plan {
    let sources = source.iter().map(|&source| source.to_owned()).collect();
    let filters = Filters { sources, ..Filters::default() };
    let mut plan = Plan::new(&Query::read(text, TODAY), filters, sort, &NothingLearned);
    plan.now = Some(1_709_700_000);
    plan
}

/// A text as people type it: words, among them without marks, in quotes, excluded, alternatives.
fn text() -> impl Strategy<Value = String> {
    let word = || (0..WORDS.len()).prop_map(|at| WORDS[at].to_owned());
    let part = prop_oneof![
        8 => word(),
        2 => word().prop_map(|word| vietnamese::fold_phrase(&word)),
        1 => (word(), word()).prop_map(|(one, other)| format!("\"{one} {other}\"")),
        1 => word().prop_map(|word| format!("-{word}")),
        1 => (word(), word()).prop_map(|(one, other)| format!("{one} HOẶC {other}")),
    ];
    proptest::collection::vec(part, 1..7).prop_map(|parts| parts.join(" "))
}

type Listed = Vec<(ArticleId, Key)>;

/// All hits from page to page, and how many match.
fn listed(plan: &Plan, limit: usize, collapse: bool, all_scored_max: usize) -> (Listed, usize) {
    let snapshot = &KNOWN.snapshot;
    let patience = Patience { since: Instant::now(), most: None };
    let (mut hits, mut start) = (Vec::new(), Start::Offset(0));
    loop {
        let window = Window { start, limit, collapse, facets: false };
        let found = run_scoring(snapshot, plan, window, patience, all_scored_max);
        let found = found.unwrap();
        hits.extend(
            found.hits.iter().map(|hit| (hit.ranked.id.clone(), Key::Score(hit.ranked.score))),
        );
        match found.next {
            Some(next) => start = next,
            None => return (hits, found.total),
        }
    }
}

#[test]
fn a_search_whose_time_is_over_ends_in_an_error() {
    for text in ["phường", "\"ủy ban nhân dân\"", "nguồn:a"] {
        let plan = plan(text, None, Sort::Relevance);
        let window = Window { start: Start::Offset(0), limit: 10, collapse: true, facets: true };
        let patience = Patience { since: Instant::now(), most: Some(Duration::ZERO) };
        let found = run_scoring(&KNOWN.snapshot, &plan, window, patience, 0);
        assert!(matches!(found, Err(IndexError::TooLong { .. })), "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]
    #[test]
    fn no_article_scores_more_than_its_bound(text in text()) {
        let (snapshot, plan) = (&KNOWN.snapshot, plan(&text, None, Sort::Relevance));
        let patience = Patience { since: Instant::now(), most: None };
        let (words, among) = (Words::new(snapshot, &plan, false).unwrap(), plan.mattering());
        let full = FULL_MATCH * among.count_ones() as f32;
        for (ordinal, segment) in snapshot.searcher.segment_readers().iter().enumerate() {
            let tally = Tally::of(snapshot, &plan, &words, ordinal, patience).unwrap();
            let whole = tally.with_all(among);
            let bounds = Bounds::of(&tally, &whole, full);
            let known = (&snapshot.stats[..], &snapshot.shelves[ordinal].norms[..]);
            let scorer = Scorer::open(segment, ordinal, known, &tally, patience).unwrap();
            let all: Vec<DocId> = (0..segment.max_doc()).collect();
            let mut above = Vec::new();
            let check = |doc, score| {
                let score = if whole.contains(doc) { score + full } else { score };
                above.extend((bounds.of_doc(doc) < bounds.least(score)).then_some((doc, score)));
            };
            scorer.score(&all, check).unwrap();
            prop_assert_eq!(above, []);
        }
    }

    #[test]
    fn officials_are_counted_over_all_that_match(text in text()) {
        let plan = plan(&text, None, Sort::Relevance);
        let mut counts: BTreeMap<u32, u64> = BTreeMap::new();
        for (id, _) in listed(&plan, 10_000, false, usize::MAX).0 {
            KNOWN.naming[&id].iter().for_each(|who| *counts.entry(*who).or_default() += 1);
        }
        let mut expected: Vec<(u32, u64)> = counts.into_iter().collect();
        expected.sort_by_key(|(who, count)| (Reverse(*count), *who));
        expected.truncate(20);
        let window =
            Window { start: Start::Offset(0), limit: 10, collapse: true, facets: true };
        let patience = Patience { since: Instant::now(), most: None };
        let found = run_scoring(&KNOWN.snapshot, &plan, window, patience, 0).unwrap();
        prop_assert_eq!(found.facets.unwrap().officials, expected);
    }

    #[test]
    fn the_best_are_found_without_scoring_all(
        text in text(),
        source in proptest::option::of(0..SOURCES.len()),
        by_date in proptest::bool::weighted(0.1),
        collapse: bool,
        limit in 30_usize..200,
    ) {
        let sort = if by_date { Sort::Newest } else { Sort::Relevance };
        let plan = plan(&text, source.map(|at| SOURCES[at]), sort);
        let (all, total) = listed(&plan, 10_000, collapse, usize::MAX);
        let (bounded, bounded_total) = listed(&plan, limit, collapse, 0);
        prop_assert_eq!(total, bounded_total);
        prop_assert_eq!(all.len(), bounded.len());
        if !collapse {
            prop_assert_eq!(all.len(), total);
        }
        prop_assert_eq!(all, bounded);
    }
}
