//! `GET /metrics`: how crawl, archive, index, queries and messages stand, for Prometheus
//! (OpenMetrics text).

use std::fmt::Write as _;
use std::time::Duration;

use archive::{Archive, ArchiveError, Outcome};
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use prometheus_client::encoding::{EncodeLabelSet, text};
use prometheus_client::metrics::counter::Counter;
use prometheus_client::metrics::family::Family;
use prometheus_client::metrics::histogram::{Histogram, exponential_buckets};
use prometheus_client::registry::Registry;

use crate::App;
use crate::blocking::blocking;
use crate::operator::may_measure;
use crate::problem::Problem;

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Answered {
    method: String,
    route: String,
    status: u16,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash, EncodeLabelSet)]
struct Route {
    route: String,
}

/// What is counted while the process runs; the rest is asked of archive and index.
#[derive(Debug)]
pub(crate) struct Metrics {
    registry: Registry,
    answers: Family<Answered, Counter>,
    durations: Family<Route, Histogram>,
    searches: Histogram,
    suggestions: Histogram,
}

/// From half a millisecond to 8 seconds.
fn times() -> Histogram {
    Histogram::new(exponential_buckets(0.0005, 2.0, 15))
}

impl Metrics {
    pub(crate) fn new() -> Self {
        let metrics = Self {
            registry: Registry::default(),
            answers: Family::default(),
            durations: Family::new_with_constructor(times),
            searches: times(),
            suggestions: times(),
        };
        metrics.registered()
    }

    fn registered(mut self) -> Self {
        let registry = &mut self.registry;
        registry.register("loa_http_answers", "Requests answered", self.answers.clone());
        registry.register(
            "loa_http_duration_seconds",
            "Time until the head of an answer was ready",
            self.durations.clone(),
        );
        let about = "Time that a search took";
        registry.register("loa_search_duration_seconds", about, self.searches.clone());
        let about = "Time that completing what is typed took";
        registry.register("loa_suggest_duration_seconds", about, self.suggestions.clone());
        self
    }

    pub(crate) fn answered(
        &self,
        method: &Method,
        route: &str,
        status: StatusCode,
        took: Duration,
    ) {
        // Whoever invents a method must not make a series of it.
        let method = match *method {
            Method::GET | Method::HEAD | Method::POST | Method::PUT | Method::DELETE => {
                method.as_str()
            }
            _ => "other",
        };
        let (method, route) = (method.to_owned(), route.to_owned());
        let labels = Answered { method, route: route.clone(), status: status.as_u16() };
        self.answers.get_or_create(&labels).inc();
        self.durations.get_or_create(&Route { route }).observe(took.as_secs_f64());
    }

    pub(crate) fn searched(&self, took: Duration) {
        self.searches.observe(took.as_secs_f64());
    }

    pub(crate) fn suggested(&self, took: Duration) {
        self.suggestions.observe(took.as_secs_f64());
    }

    fn text(&self) -> String {
        let mut written = String::new();
        // Writing to a string does not fail.
        let _ = text::encode(&mut written, &self.registry);
        written.trim_end().trim_end_matches("# EOF").to_owned()
    }
}

/// The metrics, for operators and for programs on the same machine.
pub(crate) struct Measuring;

impl FromRequestParts<App> for Measuring {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Problem> {
        match may_measure(parts, app).await? {
            true => Ok(Self),
            false => Err(Problem::new(
                StatusCode::UNAUTHORIZED,
                "metrics are given to operators with a token, and to programs on this machine",
            )),
        }
    }
}

/// Metrics for Prometheus (OpenMetrics 1.0), to operators and to programs on the same machine.
#[utoipa::path(get, path = "/metrics", tag = "health",
    responses((status = 200, content_type = "application/openmetrics-text", body = String),
        (status = 401, body = Problem)))]
pub(crate) async fn metrics(_: Measuring, State(app): State<App>) -> Result<Response, Problem> {
    let text = blocking(move || {
        let mut written = app.metrics.text();
        archive_figures(&app.archive, &mut written)?;
        source_figures(&app.archive, &mut written)?;
        let stats = app.index.stats()?;
        for (name, about, value) in [
            ("loa_index_articles", "Articles in the index", stats.articles),
            ("loa_index_segments", "Segments of the index", stats.segments as u64),
            ("loa_index_bytes", "Bytes of the index", stats.bytes),
            ("loa_index_changes_behind", "Changes that the index has not taken up", stats.behind()),
        ] {
            gauge(&mut written, name, about, value);
        }
        written.push_str("# EOF\n");
        Ok::<_, index::IndexError>(written)
    });
    let kind = "application/openmetrics-text; version=1.0.0; charset=utf-8";
    Ok(([(header::CONTENT_TYPE, kind)], text.await?).into_response())
}

fn gauge(written: &mut String, name: &str, about: &str, value: u64) {
    let _ = write!(written, "# HELP {name} {about}.\n# TYPE {name} gauge\n{name} {value}\n");
}

fn archive_figures(archive: &Archive, written: &mut String) -> Result<(), ArchiveError> {
    let stats = archive.stats()?;
    let (open, given_up) = archive.count_messages()?;
    for (name, about, value) in [
        ("loa_archive_articles", "Articles that search may return", stats.articles),
        ("loa_archive_removed", "Of these, articles gone at their source", stats.removed),
        ("loa_archive_hidden", "Articles taken down here", stats.hidden),
        ("loa_archive_versions", "Versions of all articles", stats.versions),
        ("loa_archive_captures", "Answers and imported files kept", stats.captures),
        ("loa_archive_warc_bytes", "Bytes of WARC files", stats.warc_bytes),
        ("loa_messages_open", "Messages to subscribers that wait", open),
        ("loa_messages_given_up", "Messages to subscribers that were given up", given_up),
    ] {
        gauge(written, name, about, value);
    }
    let totals = archive.run_totals()?;
    let name = "loa_crawl_pages";
    let _ = write!(
        written,
        "# HELP {name} Pages of all runs, by what came of them.\n# TYPE {name} counter\n"
    );
    for (outcome, count) in [
        ("fetched", totals.fetched),
        ("not_modified", totals.not_modified),
        ("new", totals.new),
        ("edited", totals.edited),
        ("unchanged", totals.unchanged),
        ("forbidden", totals.forbidden),
        ("gone", totals.gone),
        ("error", totals.errors),
    ] {
        let _ = writeln!(written, "{name}_total{{outcome=\"{outcome}\"}} {count}");
    }
    Ok(())
}

/// A source's id holds nothing that would have to be escaped.
fn source_figures(archive: &Archive, written: &mut String) -> Result<(), ArchiveError> {
    let (mut fresh, mut failing, mut running) = (String::new(), String::new(), String::new());
    for source in archive.sources()? {
        let id = &source.id;
        let success = archive.freshness(id)?.last_success;
        if let Some(at) = success.and_then(|at| at.parse::<Timestamp>().ok()) {
            let _ = writeln!(
                fresh,
                "loa_source_last_success_timestamp_seconds{{source=\"{id}\"}} {}",
                at.as_second()
            );
        }
        let outcome = archive.last_run(id)?.map(|last| last.outcome);
        let fails = matches!(outcome, Some(Outcome::Failed(_)));
        let _ = writeln!(failing, "loa_source_failing{{source=\"{id}\"}} {}", u8::from(fails));
        let runs = outcome == Some(Outcome::Running);
        let _ = writeln!(running, "loa_source_running{{source=\"{id}\"}} {}", u8::from(runs));
    }
    for (name, about, lines) in [
        (
            "loa_source_last_success_timestamp_seconds",
            "When a run last visited all due pages",
            fresh,
        ),
        ("loa_source_failing", "Whether the newest run failed", failing),
        ("loa_source_running", "Whether a run goes on", running),
    ] {
        let _ = write!(written, "# HELP {name} {about}.\n# TYPE {name} gauge\n{lines}");
    }
    Ok(())
}
