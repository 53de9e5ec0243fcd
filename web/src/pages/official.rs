//! An official's page: names, posts on a time line, articles, who appears together with them.

use archive::{Dossier, Evidence, Post};
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use jiff::civil::Date;

use super::{problem_page, render};
use crate::App;
use crate::address::Id;
use crate::api::find_official;
use crate::problem::Problem;
use crate::vietnam;

/// Width of the time line, in units of its drawing.
const WIDTH: i32 = 600;
/// Height of a post's bar with the space below it.
const ROW: usize = 28;
/// Least width of a bar, so that a single day can be seen.
const BAR_MIN: i32 = 4;

#[derive(Template)]
#[template(path = "official.html")]
struct OfficialPage {
    dossier: Dossier,
    articles: String,
    /// First and last day, as people write them.
    days: Option<(String, String)>,
    posts: Vec<PostRow>,
    ticks: Vec<Tick>,
    height: usize,
    wards: Vec<WardRow>,
    newest: Vec<ArticleRow>,
}

/// A post with its bar on the time line.
struct PostRow {
    written: String,
    tenure: &'static str,
    first: String,
    last: String,
    articles: String,
    evidence: Vec<ArticleRow>,
    x: i32,
    y: usize,
    width: i32,
    over: bool,
}

/// A year on the time line.
struct Tick {
    x: i32,
    year: i16,
}

struct WardRow {
    id: String,
    name: String,
    articles: String,
}

struct ArticleRow {
    id: String,
    title: String,
    ward: String,
    day: String,
    sentence: String,
}

pub(super) async fn page(State(app): State<App>, id: Result<Id, Problem>) -> Response {
    let id = match id {
        Ok(Id(id)) => id,
        Err(problem) => return problem_page(problem),
    };
    match find_official(&app, &id).await {
        Ok(dossier) => render(StatusCode::OK, &OfficialPage::new(&app, dossier)),
        Err(problem) => problem_page(problem),
    }
}

impl OfficialPage {
    fn new(app: &App, dossier: Dossier) -> Self {
        let ward = |id: &str| app.index.source_name(id);
        let article = |evidence: &Evidence| ArticleRow {
            id: evidence.article.to_string(),
            title: evidence.title.clone(),
            ward: ward(evidence.source.as_str()),
            day: day(&evidence.day),
            sentence: evidence.sentence.clone(),
        };
        let scale = Scale::of(&dossier.posts);
        let row = |(number, post): (usize, &Post)| {
            let (x, width) = scale.bar(&post.first, &post.last);
            PostRow {
                written: post.written.clone(),
                tenure: match post.tenure.as_str() {
                    "former" => "đã thôi giữ",
                    "acting" => "quyền",
                    _ => "",
                },
                over: post.tenure == "former",
                first: day(&post.first),
                last: day(&post.last),
                articles: vietnam::number(post.articles),
                evidence: post.evidence.iter().map(article).collect(),
                x,
                y: number * ROW,
                width,
            }
        };
        let wards = dossier.sources.iter().map(|seen| WardRow {
            name: ward(&seen.value),
            id: seen.value.clone(),
            articles: vietnam::number(seen.articles),
        });
        let official = &dossier.official;
        Self {
            articles: vietnam::number(official.articles),
            days: official
                .first
                .as_deref()
                .zip(official.last.as_deref())
                .map(|(a, b)| (day(a), day(b))),
            posts: dossier.posts.iter().enumerate().map(row).collect(),
            ticks: scale.ticks(),
            height: dossier.posts.len() * ROW,
            wards: wards.collect(),
            newest: dossier.articles.iter().map(article).collect(),
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

    fn ticks(&self) -> Vec<Tick> {
        let (first, last) = (self.first.year(), self.last.year());
        let step = usize::from((last - first).unsigned_abs()) / 8 + 1;
        let tick = |year: i16| Tick { x: self.x(&format!("{year:04}-01-01")), year };
        let ticks = (first..=last).step_by(step).map(tick);
        ticks.collect()
    }
}

/// A day as people write it.
fn day(iso: &str) -> String {
    iso.parse::<Date>().map_or_else(|_| iso.to_owned(), |d| d.strftime("%d/%m/%Y").to_string())
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
        let years: Vec<i16> = scale.ticks().iter().map(|tick| tick.year).collect();
        assert_eq!(years, [2020, 2021, 2022, 2023]);
        assert!(Scale::of(&[]).ticks().len() <= 2);
    }
}
