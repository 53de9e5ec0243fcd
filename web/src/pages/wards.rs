//! The wards and communes that are kept, and the page of one: what is new, how fresh it is, where it
//! has gaps.

use archive::{ArchiveError, Article, Outcome, Run, RunRecord, Source};
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use crawler::{CrawlError, next_run};
use index::{FacetCount, Facets, Filters, Request, Sort};
use jiff::{SignedDuration, Timestamp};
use serde_json::json;

use super::{ArticleRow, problem_page, render};
use crate::App;
use crate::address::Id;
use crate::api::sources::find as find_source;
use crate::blocking::blocking;
use crate::language::Language;
use crate::problem::Problem;
use crate::visit::{Visit, structured};

/// Newest articles that are shown.
const NEWEST: usize = 10;
/// Values of a facet that are shown.
const SHOWN: usize = 12;
/// Runs in which gaps are looked for.
const RUNS: u32 = 200;
/// Gaps that are shown.
const GAPS: usize = 5;
/// Shorter times without a good visit are no gap.
const GAP_MIN: SignedDuration = SignedDuration::from_hours(48);

#[derive(Template)]
#[template(path = "wards.html")]
struct WardsPage {
    visit: Visit,
    wards: Vec<WardRow>,
}

struct WardRow {
    id: String,
    name: String,
    unit: String,
    articles: String,
    /// When it was last visited in full.
    success: Option<String>,
}

#[derive(Template)]
#[template(path = "ward.html")]
struct WardPage {
    visit: Visit,
    id: String,
    name: String,
    unit: String,
    /// Its portal.
    portal: Option<String>,
    articles: String,
    /// When it was last visited in full.
    success: Option<String>,
    next: Option<String>,
    /// Whether it is crawled on schedule.
    enabled: bool,
    errors: String,
    failing: bool,
    gaps: Vec<Gap>,
    newest: Vec<ArticleRow>,
    topics: Vec<Count>,
    people: Vec<Count>,
    years: Vec<Count>,
    /// JSON-LD.
    structured: String,
}

/// A time for which the portal could not be visited.
struct Gap {
    from: String,
    to: String,
}

/// A value with the number of articles that have it.
struct Count {
    value: String,
    label: String,
    count: String,
}

pub(super) async fn list(State(app): State<App>, visit: Visit) -> Response {
    let language = visit.language;
    let wards = blocking(move || {
        let row = |source: Source| {
            let freshness = app.archive.freshness(&source.id)?;
            Ok::<_, ArchiveError>(WardRow {
                id: source.id.to_string(),
                name: source.name,
                unit: source.unit,
                articles: language.counted(freshness.articles, "bài", "article", "articles"),
                success: freshness.last_success.map(|at| language.instant(&at)),
            })
        };
        app.archive.sources()?.into_iter().map(row).collect::<Result<Vec<_>, _>>()
    });
    match wards.await {
        Ok(wards) => render(StatusCode::OK, &WardsPage { visit, wards }),
        Err(problem) => problem_page(visit, problem),
    }
}

pub(super) async fn page(
    State(app): State<App>,
    visit: Visit,
    id: Result<Id, Problem>,
) -> Response {
    match found(app, visit.clone(), id).await {
        Ok(page) => render(StatusCode::OK, &page),
        Err(problem) => problem_page(visit, problem),
    }
}

async fn found(app: App, visit: Visit, id: Result<Id, Problem>) -> Result<WardPage, Problem> {
    let source = find_source(&app, &id?.0).await?;
    let page = blocking(move || {
        let now = Timestamp::now();
        let id = &source.id;
        let freshness = app.archive.freshness(id)?;
        let runs = app.archive.runs(Some(id), RUNS)?;
        let filters = Filters { sources: vec![id.to_string()], ..Filters::default() };
        let request = Request {
            filters,
            sort: Sort::Newest,
            now,
            limit: NEWEST,
            facets: true,
            ..Request::default()
        };
        let answer = app.search(&request)?;
        let newest = answer.hits.into_iter().map(|hit| hit.article).collect();
        let next =
            next_run(&app.archive, &source, now, now)?.map(|next| next.at.max(now).to_string());
        let facets = answer.facets.unwrap_or_default();
        let about = About { source, freshness, runs, next };
        Ok::<_, WardError>(WardPage::new(&app, visit, about, newest, facets))
    });
    page.await
}

/// Why a ward's page cannot be made.
#[derive(Debug, thiserror::Error)]
enum WardError {
    #[error(transparent)]
    Archive(#[from] ArchiveError),
    #[error(transparent)]
    Index(#[from] index::IndexError),
    #[error(transparent)]
    Crawl(#[from] CrawlError),
}

impl From<WardError> for Problem {
    fn from(error: WardError) -> Self {
        match error {
            WardError::Archive(error) => error.into(),
            WardError::Index(error) => error.into(),
            WardError::Crawl(error) => error.into(),
        }
    }
}

struct About {
    source: Source,
    freshness: archive::Freshness,
    runs: Vec<RunRecord>,
    next: Option<String>,
}

impl WardPage {
    fn new(app: &App, visit: Visit, about: About, newest: Vec<Article>, facets: Facets) -> Self {
        let language = visit.language;
        let About { source, freshness, runs, next } = about;
        let counts = |all: Vec<FacetCount>| {
            let count = |one: FacetCount| Count {
                value: one.value,
                label: one.label,
                count: language.number(one.count),
            };
            all.into_iter().take(SHOWN).map(count).collect()
        };
        let portal = source.start.first().map(url::Url::as_str);
        let ended = runs.iter().find(|one| one.run.outcome != Outcome::Running);
        let failing = ended.is_some_and(|one| matches!(one.run.outcome, Outcome::Failed(_)));
        Self {
            structured: structured(&json!({
                "@context": "https://schema.org", "@type": "CollectionPage",
                "name": source.name, "url": format!("{}/phuong/{}", visit.base, source.id),
                "about": { "@type": "GovernmentOrganization", "name": source.name,
                    "address": source.unit, "url": portal },
            })),
            portal: portal.map(str::to_owned),
            articles: language.number(freshness.articles),
            success: freshness.last_success.map(|at| language.instant(&at)),
            next: next.map(|at| language.instant(&at)),
            enabled: source.enabled,
            errors: language.number(freshness.errors),
            failing,
            gaps: gaps(language, &runs),
            newest: newest.into_iter().map(|one| ArticleRow::new(app, language, one)).collect(),
            topics: counts(facets.category),
            people: counts(facets.official),
            years: counts(facets.year),
            id: source.id.to_string(),
            name: source.name,
            unit: source.unit,
            visit,
        }
    }
}

/// The times between two good visits in which others failed, the newest first; the last may not be
/// over.
fn gaps(language: Language, runs: &[RunRecord]) -> Vec<Gap> {
    let at = |text: &String| text.parse::<Timestamp>().ok();
    let told = |at: Timestamp| language.instant(&at.to_string());
    let now = || language.say("nay", "now").to_owned();
    let gap = |from, to: Option<_>| Gap { from: told(from), to: to.map_or_else(now, told) };
    let (mut gaps, mut end, mut failed) = (Vec::new(), None::<Timestamp>, false);
    for RunRecord { run: Run { outcome, .. }, started_at, finished_at } in runs {
        match outcome {
            Outcome::Done | Outcome::PageLimit => {
                let Some(good) = finished_at.as_ref().and_then(at) else { continue };
                let until = end.unwrap_or_else(Timestamp::now);
                if failed && until.duration_since(good) >= GAP_MIN {
                    gaps.push(gap(good, end));
                }
                (end, failed) = (at(started_at), false);
            }
            Outcome::Failed(_) => failed = true,
            Outcome::Running | Outcome::Stopped | Outcome::Interrupted => {}
        }
    }
    // It never went well, as far back as this looks: the gap begins with the first that failed.
    if failed && gaps.is_empty() {
        let begun = runs.last().and_then(|oldest| at(&oldest.started_at));
        gaps.extend(begun.map(|begun| gap(begun, end)));
    }
    gaps.truncate(GAPS);
    gaps
}

#[cfg(test)]
mod tests {
    use super::*;
    use archive::{Counters, RunId};

    fn run(day: u8, outcome: Outcome) -> RunRecord {
        let at = format!("2026-01-{day:02}T00:00:00Z");
        let run = Run {
            id: RunId(day.into()),
            source: "a".parse().unwrap(),
            counters: Counters::default(),
            outcome,
        };
        RunRecord { run, started_at: at.clone(), finished_at: Some(at) }
    }

    #[test]
    fn a_gap_lies_between_two_good_visits_with_failures_between() {
        let failed = || Outcome::Failed("máy chủ không trả lời".to_owned());
        let runs = [
            run(20, Outcome::Done),
            run(15, failed()),
            run(10, failed()),
            run(9, Outcome::Done),
            run(3, Outcome::Done),
        ];
        let found = gaps(Language::Vietnamese, &runs);
        let found: Vec<_> = found.iter().map(|gap| (&*gap.from, &*gap.to)).collect();
        assert_eq!(found, [("09/01/2026, 07:00", "20/01/2026, 07:00")]);
    }
}
