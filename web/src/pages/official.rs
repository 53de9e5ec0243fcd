//! An official's page: names, posts on a time line, articles, who appears together with them.

use archive::{Dossier, Evidence, Post};
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use jiff::civil::Date;
use serde_json::json;

use super::{problem_page, render};
use crate::App;
use crate::address::Id;
use crate::api::find_official;
use crate::problem::Problem;
use crate::visit::{Visit, structured};

/// Width of the time line, in units of its drawing.
const WIDTH: i32 = 1000;
/// Least width of a bar, so that a single day can be seen.
const BAR_MIN: i32 = 12;

#[derive(Template)]
#[template(path = "official.html")]
struct OfficialPage {
    visit: Visit,
    id: String,
    dossier: Dossier,
    articles: String,
    /// First and last day, as people write them.
    days: Option<(String, String)>,
    posts: Vec<PostRow>,
    /// Where years begin on the time line.
    ticks: Vec<i32>,
    /// Its first and last year.
    years: (i16, i16),
    wards: Vec<WardRow>,
    newest: Vec<EvidenceRow>,
    /// JSON-LD.
    structured: String,
}

/// A post with its bar on the time line.
struct PostRow {
    written: String,
    tenure: &'static str,
    first: String,
    last: String,
    articles: String,
    evidence: Vec<EvidenceRow>,
    x: i32,
    width: i32,
    over: bool,
}

struct WardRow {
    id: String,
    name: String,
    articles: String,
}

struct EvidenceRow {
    id: String,
    title: String,
    ward: String,
    day: String,
    sentence: String,
}

pub(super) async fn page(
    State(app): State<App>,
    visit: Visit,
    id: Result<Id, Problem>,
) -> Response {
    let found = match id {
        Ok(Id(id)) => find_official(&app, &id).await,
        Err(problem) => Err(problem),
    };
    match found {
        Ok(dossier) => render(StatusCode::OK, &OfficialPage::new(&app, visit, dossier)),
        Err(problem) => problem_page(visit, problem),
    }
}

impl OfficialPage {
    fn new(app: &App, visit: Visit, dossier: Dossier) -> Self {
        let language = visit.language;
        let ward = |id: &str| app.index.source_name(id);
        let article = |evidence: &Evidence| EvidenceRow {
            id: evidence.article.to_string(),
            title: evidence.title.clone(),
            ward: ward(evidence.source.as_str()),
            day: language.day(&evidence.day),
            sentence: evidence.sentence.clone(),
        };
        let scale = Scale::of(&dossier.posts);
        let row = |post: &Post| {
            let (x, width) = scale.bar(&post.first, &post.last);
            PostRow {
                written: post.written.clone(),
                tenure: match post.tenure.as_str() {
                    "former" => language.say("đã thôi giữ", "former"),
                    "acting" => language.say("quyền", "acting"),
                    _ => "",
                },
                over: post.tenure == "former",
                first: language.day(&post.first),
                last: language.day(&post.last),
                articles: language.counted(post.articles, "bài", "article", "articles"),
                evidence: post.evidence.iter().map(article).collect(),
                x,
                width,
            }
        };
        let wards = dossier.sources.iter().map(|seen| WardRow {
            name: ward(&seen.value),
            id: seen.value.clone(),
            articles: language.number(seen.articles),
        });
        let official = &dossier.official;
        Self {
            articles: language.counted(official.articles, "bài", "article", "articles"),
            days: official
                .first
                .as_deref()
                .zip(official.last.as_deref())
                .map(|(a, b)| (language.day(a), language.day(b))),
            posts: dossier.posts.iter().map(row).collect(),
            ticks: scale.ticks(),
            years: (scale.first.year(), scale.last.year()),
            wards: wards.collect(),
            newest: dossier.articles.iter().map(article).collect(),
            structured: structured(&json!({
                "@context": "https://schema.org", "@type": "ProfilePage",
                "mainEntity": {
                    "@type": "Person", "name": official.name, "jobTitle": official.role,
                    "identifier": official.id, "url": format!("{}/nguoi/{}", visit.base, official.id),
                },
            })),
            id: official.id.to_string(),
            visit,
            dossier,
        }
    }
}

/// The days that the time line spans.
struct Scale {
    first: Date,
    last: Date,
    days: i32,
}

impl Scale {
    fn of(posts: &[Post]) -> Self {
        let days = posts.iter().flat_map(|post| [&post.first, &post.last]);
        let days: Vec<Date> = days.filter_map(|day| day.parse().ok()).collect();
        let first = days.iter().min().map_or(Date::ZERO, |day| day.first_of_year());
        let last = days.iter().max().map_or(Date::ZERO, |day| day.last_of_year());
        Self { first, last, days: (last - first).get_days().max(1) }
    }

    fn x(&self, day: &str) -> i32 {
        let day: Date = day.parse().unwrap_or(self.first);
        let days = i64::from((day - self.first).get_days());
        i32::try_from(days * i64::from(WIDTH) / i64::from(self.days)).unwrap_or(WIDTH)
    }

    /// Where a bar begins, and how wide it is.
    fn bar(&self, first: &str, last: &str) -> (i32, i32) {
        let x = self.x(first).min(WIDTH - BAR_MIN);
        (x, (self.x(last) - x).max(BAR_MIN))
    }

    /// Where each year begins but the first.
    fn ticks(&self) -> Vec<i32> {
        let (first, last) = (self.first.year(), self.last.year());
        (first + 1..=last).map(|year| self.x(&format!("{year:04}-01-01"))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_lie_on_the_time_line() {
        let post = |first: &str, last: &str| Post {
            written: String::new(),
            title: String::new(),
            unit: String::new(),
            tenure: "current".to_owned(),
            first: first.to_owned(),
            last: last.to_owned(),
            articles: 1,
            evidence: Vec::new(),
        };
        let scale =
            Scale::of(&[post("2020-03-01", "2023-12-31"), post("2021-01-01", "2021-01-01")]);
        for (first, last) in [("2020-03-01", "2023-12-31"), ("2023-12-31", "2023-12-31")] {
            let (x, width) = scale.bar(first, last);
            assert!(x >= 0 && width >= BAR_MIN && x + width <= WIDTH, "{first}: {x} {width}");
        }
        let ticks = scale.ticks();
        assert_eq!(ticks.len(), 3);
        assert!(ticks.is_sorted() && ticks.iter().all(|x| (0..WIDTH).contains(x)), "{ticks:?}");
        assert!(Scale::of(&[]).ticks().is_empty());
    }
}
