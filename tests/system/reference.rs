//! Facets, filters, orders, cursors and collapse against a slow reference that looks at every
//! article, on generated articles and for random queries.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use fastrand::Rng;
use serde_json::{Value, json};
use url::form_urlencoded;

use crate::loa::{Loa, Server};

const SOURCES: [&str; 4] = ["an-phu", "binh-an", "cam-le", "dai-mo"];
const CATEGORIES: [&str; 3] = ["Thông báo", "Y tế", "Công tác Đảng"];
const PEOPLE: [&str; 5] =
    ["Nguyễn Văn Hòa", "Trần Thị Lụa", "Lê Minh Sơn", "Phạm Thị Nhài", "Nguyễn Văn Hoa"];
/// Syllables that are no grammar and no abbreviation, some alike but for their marks.
const WORDS: [&str; 24] = [
    "sửa",
    "sữa",
    "đường",
    "ngõ",
    "điện",
    "nước",
    "tiêm",
    "chủng",
    "khám",
    "sức",
    "khỏe",
    "chợ",
    "trường",
    "lớp",
    "rác",
    "cây",
    "hồ",
    "họp",
    "dân",
    "đất",
    "nhà",
    "sông",
    "đê",
    "lúa",
];
const ARTICLES: usize = 300;
const QUERIES: usize = 120;

/// An article as the reference knows it.
struct Article {
    url: String,
    source: &'static str,
    category: Option<&'static str>,
    published: Option<String>,
    person: Option<&'static str>,
    words: Vec<&'static str>,
    /// Articles of one group have one text.
    group: usize,
}

/// A random search.
#[derive(Clone, Debug, Default)]
struct Search {
    words: Vec<&'static str>,
    without: Option<&'static str>,
    phrase: Option<[&'static str; 2]>,
    sources: Vec<&'static str>,
    category: Option<&'static str>,
    person: Option<&'static str>,
    years: Option<(i32, i32)>,
    sort: &'static str,
    collapse: bool,
}

#[derive(Clone, Copy, PartialEq)]
enum Restriction {
    Source,
    Category,
    Year,
    Official,
}

fn articles(dice: &mut Rng) -> Vec<Article> {
    let mut articles: Vec<Article> = Vec::new();
    for number in 0..ARTICLES {
        let copied = if number > 20 && dice.u8(..4) == 0 {
            let known = &articles[dice.usize(..articles.len())];
            Some((known.words.clone(), known.person, known.group))
        } else {
            None
        };
        let source = SOURCES[dice.usize(..SOURCES.len())];
        let (words, person, group) = copied.unwrap_or_else(|| {
            let words = (0..30).map(|_| WORDS[dice.usize(..WORDS.len())]).collect();
            let person = (dice.u8(..3) > 0).then(|| PEOPLE[dice.usize(..PEOPLE.len())]);
            (words, person, number)
        });
        let (year, month, day) = (dice.i32(2019..2025), dice.u8(1..=12), dice.u8(1..=28));
        let published = (dice.u8(..10) > 0).then(|| format!("{year}-{month:02}-{day:02}"));
        articles.push(Article {
            url: format!("http://{source}.example/{number}"),
            source,
            category: (dice.u8(..8) > 0).then(|| CATEGORIES[dice.usize(..CATEGORIES.len())]),
            published,
            person,
            words,
            group,
        });
    }
    articles
}

fn search(dice: &mut Rng) -> Search {
    let word = |dice: &mut Rng| WORDS[dice.usize(..WORDS.len())];
    Search {
        words: (0..dice.usize(..=3)).map(|_| word(dice)).collect(),
        without: (dice.u8(..4) == 0).then(|| word(dice)),
        phrase: (dice.u8(..4) == 0).then(|| [word(dice), word(dice)]),
        sources: (0..dice.usize(..3)).map(|_| SOURCES[dice.usize(..SOURCES.len())]).collect(),
        category: (dice.u8(..3) == 0).then(|| CATEGORIES[dice.usize(..CATEGORIES.len())]),
        person: (dice.u8(..4) == 0).then(|| PEOPLE[dice.usize(..PEOPLE.len())]),
        years: (dice.u8(..3) == 0).then(|| {
            let first = dice.i32(2019..2025);
            (first, dice.i32(first..2025))
        }),
        sort: ["relevance", "newest", "oldest"][dice.usize(..3)],
        collapse: dice.bool(),
    }
}

impl Search {
    fn target(&self, size: usize, cursor: Option<&str>) -> String {
        let mut text: Vec<String> = self.words.iter().map(|word| (*word).to_owned()).collect();
        text.extend(self.phrase.map(|[first, second]| format!("\"{first} {second}\"")));
        text.extend(self.without.map(|word| format!("-{word}")));
        let mut pairs = form_urlencoded::Serializer::new(String::new());
        pairs.append_pair("q", &text.join(" ")).append_pair("sort", self.sort);
        let category = self.category.map(|category| ("category", category));
        let official = self.person.map(|name| ("official", name));
        let cursor = cursor.map(|cursor| ("cursor", cursor));
        let sources = self.sources.iter().map(|id| ("source", *id));
        pairs.extend_pairs(sources.chain(category).chain(official).chain(cursor));
        if let Some((from, to)) = self.years {
            pairs.append_pair("from", &format!("{from}-01-01"));
            pairs.append_pair("to", &format!("{to}-12-31"));
        }
        pairs.append_pair("collapse", if self.collapse { "true" } else { "false" });
        pairs.append_pair("size", &size.to_string());
        format!("/api/v1/search?{}", pairs.finish())
    }

    /// Whether an article has what the text asks for.
    fn finds(&self, article: &Article) -> bool {
        let person = article.person.unwrap_or_default().split(' ');
        let all: Vec<String> = article.words.iter().copied().chain(person).map(fold).collect();
        let has = |word: &&str| all.contains(&fold(word));
        let exactly = |word: &&str| article.words.contains(word);
        let phrase = |phrase: &[&str; 2]| article.words.windows(2).any(|pair| pair == phrase);
        self.words.iter().all(has)
            && !self.without.iter().any(exactly)
            && self.phrase.iter().all(phrase)
    }

    /// Whether an article meets a restriction.
    fn allows(&self, article: &Article, restriction: Restriction) -> bool {
        match restriction {
            Restriction::Source => {
                self.sources.is_empty() || self.sources.contains(&article.source)
            }
            Restriction::Category => {
                self.category.is_none_or(|category| article.category == Some(category))
            }
            Restriction::Official => self.person.is_none_or(|name| article.person == Some(name)),
            Restriction::Year => self.years.is_none_or(|(from, to)| {
                year(article).is_some_and(|year| (from..=to).contains(&year))
            }),
        }
    }

    /// The articles found, those that only a restriction shuts out among them where it is left out.
    fn matching<'a>(
        &self,
        articles: &'a [Article],
        left_out: Option<Restriction>,
    ) -> Vec<&'a Article> {
        let all =
            [Restriction::Source, Restriction::Category, Restriction::Year, Restriction::Official];
        let allowed = |article: &&Article| {
            let mut rest = all.iter().filter(|restriction| Some(**restriction) != left_out);
            rest.all(|restriction| self.allows(article, *restriction))
        };
        articles.iter().filter(|article| self.finds(article)).filter(allowed).collect()
    }

    /// Whether hits go by date: where nothing is asked that could be ranked, the newest come first.
    fn order(&self) -> &'static str {
        let ranked = !self.words.is_empty() || self.phrase.is_some();
        if self.sort == "relevance" && !ranked { "newest" } else { self.sort }
    }
}

fn fold(word: &str) -> String {
    vietnamese::fold_phrase(word)
}

fn year(article: &Article) -> Option<i32> {
    article.published.as_ref().map(|day| day[..4].parse().unwrap())
}

fn counted<'a, K: Ord>(
    articles: Vec<&'a Article>,
    key: impl Fn(&'a Article) -> Option<K>,
) -> BTreeMap<K, u64> {
    let mut counts = BTreeMap::new();
    articles.into_iter().filter_map(key).for_each(|key| *counts.entry(key).or_default() += 1);
    counts
}

fn facet(answer: &Value, name: &str) -> BTreeMap<String, u64> {
    let rows = answer["facets"][name].as_array().unwrap();
    let mut counts = BTreeMap::new();
    for row in rows {
        // People of one name at several wards are several, told apart by their posts.
        let label = row["label"].as_str().unwrap().split(',').next().unwrap();
        *counts.entry(label.to_owned()).or_default() += row["count"].as_u64().unwrap();
    }
    counts
}

#[test]
fn every_answer_is_that_of_a_slow_search() {
    let mut dice = Rng::with_seed(42);
    let articles = articles(&mut dice);
    let loa = Loa::new();
    let server = serve(&loa, &articles);
    for _ in 0..QUERIES {
        let search = search(&mut dice);
        let answer = server.json(&search.target(100, None));
        assert_eq!(answer["total"], search.matching(&articles, None).len(), "{search:?}");
        check_facets(&search, &articles, &answer);
        check_pages(&search, &articles, &server, &mut dice);
    }
}

fn serve(loa: &Loa, articles: &[Article]) -> Server {
    // Several imports, so that the index has several segments.
    for (part, articles) in articles.chunks(80).enumerate() {
        for source in SOURCES {
            let own = articles.iter().filter(|article| article.source == source);
            let line = |article: &Article| {
                let body = article.words.join(" ");
                let person = article.person.map(|name| format!("Ông {name} chủ trì."));
                let body: Vec<String> = [body].into_iter().chain(person).collect();
                let line = json!({ "url": article.url, "title": article.words[..6].join(" "),
                    "body": body, "category": article.category, "published_at": article.published });
                format!("{line}\n")
            };
            let lines: String = own.map(line).collect();
            if !lines.is_empty() {
                let file = loa.write(&format!("{source}-{part}.jsonl"), &lines);
                loa.run(&["import", file.to_str().unwrap(), "--source", source]);
            }
        }
    }
    loa.serve()
}

fn check_facets(search: &Search, articles: &[Article], answer: &Value) {
    let of = |restriction| search.matching(articles, Some(restriction));
    let text = |text: &str| Some(text.to_owned());
    let source = counted(of(Restriction::Source), |article| text(article.source));
    assert_eq!(facet(answer, "source"), source, "{search:?}");
    let category = counted(of(Restriction::Category), |article| article.category.and_then(text));
    assert_eq!(facet(answer, "category"), category, "{search:?}");
    let years = counted(of(Restriction::Year), |article| year(article).map(|y| y.to_string()));
    assert_eq!(facet(answer, "year"), years, "{search:?}");
    let official = counted(of(Restriction::Official), |article| article.person.and_then(text));
    assert_eq!(facet(answer, "official"), official, "{search:?}");
}

/// Turns all pages and compares what they show with what the reference would.
fn check_pages(search: &Search, articles: &[Article], server: &Server, dice: &mut Rng) {
    let hits = all_pages(search, server, dice.usize(1..=40));
    let by_url: HashMap<&str, &Article> = articles.iter().map(|a| (a.url.as_str(), a)).collect();
    let of = |hit: &Value| by_url[hit["url"].as_str().unwrap()];
    let urls: HashSet<&str> = hits.iter().map(|hit| of(hit).url.as_str()).collect();
    assert_eq!(urls.len(), hits.len(), "a hit is shown twice: {search:?}");

    // Articles of one text at different sources are twins.
    let mut sources: HashMap<usize, BTreeSet<&str>> = HashMap::new();
    for article in articles {
        sources.entry(article.group).or_default().insert(article.source);
    }
    let mut wanted = search.matching(articles, None);
    let key = |article: &Article| {
        let day = article.published.clone();
        let id = hits.iter().find(|hit| hit["url"] == *article.url);
        (day, id.map(|hit| hit["id"].as_str().unwrap().to_owned()))
    };
    if search.collapse {
        let shown: HashSet<usize> = hits.iter().map(|hit| of(hit).group).collect();
        let groups: HashSet<usize> = wanted.iter().map(|article| article.group).collect();
        assert_eq!(shown, groups, "{search:?}");
        for group in groups {
            let shown: Vec<&Article> = hits.iter().map(of).filter(|a| a.group == group).collect();
            // The best hit stands for those of other sources; its own source's are its notices.
            let best = shown[0].source;
            let own = wanted.iter().filter(|a| a.group == group && a.source == best).count();
            assert!(shown.iter().all(|article| article.source == best), "{search:?}");
            assert_eq!(shown.len(), own, "{search:?}");
        }
        // Which one is shown, the order says; by date it is the first.
        wanted.retain(|article| urls.contains(article.url.as_str()));
    }
    assert_eq!(hits.len(), wanted.len(), "{search:?}");
    for hit in &hits {
        let mut others = sources[&of(hit).group].clone();
        others.remove(of(hit).source);
        let also: BTreeSet<&str> = hit["also_in"]
            .as_array()
            .unwrap()
            .iter()
            .map(|source| source["id"].as_str().unwrap())
            .collect();
        assert_eq!(also, others, "{search:?}");
    }
    let mut in_order: Vec<_> = hits.iter().map(|hit| key(of(hit))).collect();
    let shown = in_order.clone();
    match search.order() {
        "newest" => in_order.sort_by(|a, b| b.0.cmp(&a.0).then_with(|| a.1.cmp(&b.1))),
        "oldest" => in_order.sort_by(|a, b| {
            // The undated come last either way.
            (a.0.is_none(), &a.0, &a.1).cmp(&(b.0.is_none(), &b.0, &b.1))
        }),
        _ => return,
    }
    assert_eq!(shown, in_order, "{search:?}");
}

fn all_pages(search: &Search, server: &Server, size: usize) -> Vec<Value> {
    let mut hits = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let answer = server.json(&search.target(size, cursor.as_deref()));
        let page = answer["hits"].as_array().unwrap();
        hits.extend(page.iter().cloned());
        cursor = answer["next_cursor"].as_str().map(str::to_owned);
        if cursor.is_none() {
            return hits;
        }
        assert_eq!(page.len(), size, "a page that is not the last is full: {search:?}");
    }
}

#[test]
fn a_cursor_of_ones_own_making_does_no_harm() {
    let loa = Loa::new();
    let server = serve(&loa, &articles(&mut Rng::with_seed(9)));
    let search = Search { words: vec!["điện"], sort: "relevance", ..Search::default() };
    let first = server.json(&search.target(7, None));
    let cursor = first["next_cursor"].as_str().unwrap();
    for end in ["offffffffffffffff", "offffffffffffff24", "o4000000000000000", "o10000000000"] {
        let forged = format!("{}{end}", &cursor[..40]);
        assert_eq!(server.json(&search.target(20, Some(&forged)))["hits"], json!([]), "{end}");
    }
}

#[test]
fn pages_hold_still_while_articles_come_in() {
    let mut dice = Rng::with_seed(7);
    let articles = articles(&mut dice);
    let loa = Loa::new();
    let server = serve(&loa, &articles[..200]);
    for sort in ["relevance", "newest"] {
        let search = Search { words: vec!["điện"], sort, ..Search::default() };
        let before = all_pages(&search, &server, 100);
        let first = server.json(&search.target(7, None));
        let mut hits = first["hits"].as_array().unwrap().clone();
        let mut cursor = first["next_cursor"].as_str().map(str::to_owned);
        // Articles that would stand before and between those that were found.
        let line = |i: usize| {
            let url = format!("http://an-phu.example/{sort}/{i}");
            json!({ "url": url, "title": "điện điện", "body": "điện", "published_at": "2026-01-01" })
        };
        let lines: String = (0..30).map(|i| format!("{}\n", line(i))).collect();
        let file = loa.write(&format!("{sort}.jsonl"), &lines);
        loa.run(&["import", file.to_str().unwrap(), "--source", "an-phu"]);
        let more = before.len() as u64 + 30;
        server.wait(&search.target(7, None), |answer| answer["total"].as_u64() == Some(more));
        while let Some(at) = cursor {
            let answer = server.json(&search.target(7, Some(&at)));
            hits.extend(answer["hits"].as_array().unwrap().iter().cloned());
            cursor = answer["next_cursor"].as_str().map(str::to_owned);
        }
        let ids =
            |hits: &[Value]| -> Vec<String> { hits.iter().map(|h| h["id"].to_string()).collect() };
        assert_eq!(ids(&hits), ids(&before), "{sort}");
    }
}
