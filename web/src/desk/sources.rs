//! Sources: the list, and the form that adds or changes one after a look at its portal.

use std::hash::{DefaultHasher, Hash, Hasher};

use archive::{Source, SourceId};
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use jiff::Timestamp;

use super::Frame;
use crate::App;
use crate::address::Id;
use crate::api::source_changes::change;
use crate::api::source_check::{CheckBody, look};
use crate::api::{profiles, sources};
use crate::blocking::blocking;
use crate::operator::{Editor, Form, Viewer};
use crate::pages::{problem_page, render};
use crate::problem::Problem;
use crate::visit::Visit;

#[derive(Template)]
#[template(path = "desk/sources.html")]
struct SourcesPage {
    visit: Visit,
    frame: Frame,
    rows: Vec<Row>,
}

struct Row {
    id: String,
    name: String,
    enabled: bool,
    articles: String,
    success: Option<String>,
    next: Option<String>,
}

#[derive(Template)]
#[template(path = "desk/source_form.html")]
struct FormPage {
    visit: Visit,
    frame: Frame,
    /// What stands in the form.
    typed: Typed,
    /// Whether the source is there already.
    known: bool,
    profiles: Vec<String>,
    fault: Option<String>,
    checked: Option<Checked>,
    /// What shows that a look found no fault.
    stamp: String,
}

/// The fields of the form as they were typed.
#[derive(Clone, Debug)]
struct Typed {
    id: String,
    name: String,
    unit: String,
    start: String,
    profile: String,
    schedule: String,
    delay_ms: String,
    max_pages: String,
    enabled: bool,
}

/// What a look at the portal found.
struct Checked {
    body: CheckBody,
    /// The next five moments of its schedule.
    upcoming: Vec<String>,
    /// Minutes that a first visit of all that was found takes.
    minutes: u64,
    /// The sample's fields: name, text.
    fields: Vec<(&'static str, String)>,
}

pub(super) async fn list(_: Viewer, State(app): State<App>, visit: Visit) -> Response {
    match sources::all(&app).await {
        Ok(all) => {
            let row = |one: sources::SourceBody| Row {
                articles: visit.number(one.freshness.articles),
                success: one.freshness.last_success.map(|at| visit.instant(&at)),
                next: one.freshness.next_crawl.map(|at| visit.instant(&at)),
                id: one.id,
                name: one.name,
                enabled: one.enabled,
            };
            let rows = all.into_iter().map(row).collect();
            let frame = Frame::new(&visit, "/dieu-hanh/nguon");
            render(StatusCode::OK, &SourcesPage { frame, rows, visit })
        }
        Err(problem) => problem_page(visit, problem),
    }
}

pub(super) async fn new(_: Editor, State(app): State<App>, visit: Visit) -> Response {
    let blank = Source::import_only("moi".parse().expect("letters only"));
    let typed =
        Typed { id: String::new(), name: String::new(), enabled: true, ..Typed::of(&blank) };
    shown(&app, visit, typed, None, None).await
}

pub(super) async fn edit(
    _: Editor,
    State(app): State<App>,
    visit: Visit,
    id: Result<Id, Problem>,
) -> Response {
    match super::source::find(&app, id).await {
        Ok(source) => shown(&app, visit, Typed::of(&source), None, None).await,
        Err(problem) => problem_page(visit, problem),
    }
}

/// Looks at the portal, and shows what was found beside the page.
pub(super) async fn check(_: Editor, State(app): State<App>, visit: Visit, form: Form) -> Response {
    let typed = Typed::read(&form);
    let source = match typed.source() {
        Ok(source) => source,
        Err(why) => return shown(&app, visit, typed, Some(why), None).await,
    };
    looked_at(&app, visit, typed, source).await
}

async fn looked_at(app: &App, visit: Visit, typed: Typed, source: Source) -> Response {
    match look(app, &source).await {
        Ok(body) => {
            let fault = body.fault.clone();
            let checked = Checked::new(&visit, body);
            shown(app, visit, typed, fault, Some(checked)).await
        }
        Err(problem) => problem_page(visit, problem),
    }
}

/// Adds the source, or changes it.
pub(super) async fn save(
    Editor(operator): Editor,
    State(app): State<App>,
    visit: Visit,
    form: Form,
) -> Response {
    let typed = Typed::read(&form);
    let source = match typed.source() {
        Ok(source) => source,
        Err(why) => return shown(&app, visit, typed, Some(why), None).await,
    };
    // A new one goes live as it was looked at, or not at all.
    let known = sources::find(&app, &typed.id).await.is_ok();
    if !known && form.text("checked") != typed.stamp(&visit) {
        return looked_at(&app, visit, typed, source).await;
    }
    // The form does not show what was decided about a certificate: that stays.
    let id = source.id.clone();
    let altered = change(&app, operator.archive(&app), id, move |known| {
        Some(Source { tls: known.and_then(|known| known.tls), ..source })
    });
    let saved =
        altered.await.and_then(|saved| saved.ok_or_else(|| Problem::not_found("no source")));
    match saved {
        Ok((_, source)) => {
            Redirect::to(&format!("/dieu-hanh/nguon/{}?xong=luu", source.id)).into_response()
        }
        Err(problem) if problem.status == 400 => {
            shown(&app, visit, typed, Some(problem.detail), None).await
        }
        Err(problem) => problem_page(visit, problem),
    }
}

async fn shown(
    app: &App,
    visit: Visit,
    typed: Typed,
    fault: Option<String>,
    checked: Option<Checked>,
) -> Response {
    let id = typed.id.parse::<SourceId>().ok();
    let archive = app.archive.clone();
    let known = blocking(move || id.map_or(Ok(None), |id| archive.source(&id))).await;
    match known.map(|known| known.is_some()) {
        Ok(known) => {
            let profiles = match profiles::all(app).await {
                Ok(all) => all.into_iter().map(|one| one.name).collect(),
                Err(problem) => return problem_page(visit, problem),
            };
            let status = match fault.is_some() && checked.is_none() {
                true => StatusCode::BAD_REQUEST,
                false => StatusCode::OK,
            };
            let frame = Frame::new(&visit, "/dieu-hanh/nguon");
            let passed = checked.is_some() && fault.is_none();
            let stamp = if passed { typed.stamp(&visit) } else { String::new() };
            let page = FormPage { frame, typed, known, profiles, fault, checked, stamp, visit };
            render(status, &page)
        }
        Err(problem) => problem_page(visit, problem),
    }
}

impl Typed {
    fn of(source: &Source) -> Self {
        let start: Vec<&str> = source.start.iter().map(url::Url::as_str).collect();
        Self {
            id: source.id.to_string(),
            name: source.name.clone(),
            unit: source.unit.clone(),
            start: start.join("\n"),
            profile: source.profile.clone(),
            schedule: source.schedule.clone(),
            delay_ms: source.delay_ms.to_string(),
            max_pages: source.max_pages.to_string(),
            enabled: source.enabled,
        }
    }

    fn read(form: &Form) -> Self {
        let text = |name: &str| form.text(name).to_owned();
        Self {
            id: text("id"),
            name: text("name"),
            unit: text("unit"),
            start: text("start"),
            profile: text("profile"),
            schedule: text("schedule"),
            delay_ms: text("delay_ms"),
            max_pages: text("max_pages"),
            enabled: form.ticked("enabled"),
        }
    }

    /// What shows that this was looked at in this session. It keeps operators from a slip, and
    /// nothing else: whoever may save may do so over the API without a look.
    fn stamp(&self, visit: &Visit) -> String {
        let mut hasher = DefaultHasher::new();
        (visit.form_token(), format!("{self:?}")).hash(&mut hasher);
        format!("{:016x}", hasher.finish())
    }

    /// The source that is meant, or what cannot be read.
    fn source(&self) -> Result<Source, String> {
        let id: SourceId =
            self.id.parse().map_err(|error: archive::InvalidId| error.to_string())?;
        let addresses = self.start.split_whitespace();
        let start =
            addresses.map(|text| text.parse().map_err(|_| format!("`{text}` is no address")));
        let number = |name: &str, text: &str| {
            text.parse().map_err(|_| format!("`{name}` is `{text}`, but must be a whole number"))
        };
        Ok(Source {
            name: self.name.clone(),
            unit: self.unit.clone(),
            start: start.collect::<Result<_, _>>()?,
            profile: self.profile.clone(),
            schedule: self.schedule.clone(),
            delay_ms: number("delay_ms", &self.delay_ms)?,
            max_pages: number("max_pages", &self.max_pages)?,
            enabled: self.enabled,
            ..Source::import_only(id)
        })
    }
}

impl Checked {
    fn new(visit: &Visit, body: CheckBody) -> Self {
        let now = Timestamp::now();
        let moments = body.upcoming.iter().filter_map(|at| at.parse().ok());
        let upcoming = moments.map(|at| visit.moment(at, now)).collect();
        let pages = (body.articles + body.lists) as u64;
        let fields = body.read.as_ref().map(|read| read_fields(visit, &read.fields, read.views));
        Self {
            upcoming,
            minutes: pages.saturating_mul(body.delay_ms).div_ceil(60_000),
            fields: fields.unwrap_or_default(),
            body,
        }
    }
}

/// The fields of an article as they were read: name, text.
fn read_fields(
    visit: &Visit,
    fields: &archive::Fields,
    views: Option<u64>,
) -> Vec<(&'static str, String)> {
    let name = |field: &'static str| crate::pages::field_name(visit.language, field);
    let some = |text: &Option<String>| text.clone().unwrap_or_default();
    let time = |time: Option<archive::PageTime>| time.map(|t| visit.time(t)).unwrap_or_default();
    let files = fields.attachments.iter().map(|file| format!("{} {}", file.name, file.url));
    vec![
        (name("category"), some(&fields.category)),
        (name("title"), fields.title.clone()),
        (name("published"), time(fields.published)),
        (name("updated"), time(fields.updated)),
        (visit.say("Lượt xem", "Views"), views.map(|v| visit.number(v)).unwrap_or_default()),
        (name("lead"), some(&fields.lead)),
        (name("body"), fields.body.join("\n\n")),
        (name("captions"), fields.captions.join("\n")),
        (name("attachments"), files.collect::<Vec<_>>().join("\n")),
        (name("credit"), some(&fields.credit)),
    ]
}
