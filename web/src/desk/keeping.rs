//! Archive and index: how they stand, backups, and the jobs that check and rebuild them.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::{Frame, after};
use crate::App;
use crate::api::keeping::{KeepingBody, Order, order as start, stand};
use crate::jobs::{Job, JobKind};
use crate::language::Language;
use crate::operator::{Admin, Form, Viewer};
use crate::pages::{problem_page, render};
use crate::problem::Problem;
use crate::visit::Visit;

#[derive(Template)]
#[template(path = "desk/keeping.html")]
struct KeepingPage {
    visit: Visit,
    frame: Frame,
    /// Names and figures of the archive, and of the index.
    archive: Vec<(&'static str, String)>,
    index: Vec<(&'static str, String)>,
    /// Names and sizes of the backups.
    backups: Vec<(String, String)>,
    jobs: Vec<(&'static str, Job)>,
    /// Whether a job goes on.
    working: bool,
}

pub(super) async fn page(_: Viewer, State(app): State<App>, visit: Visit) -> Response {
    let jobs = app.jobs.all();
    match stand(app).await {
        Ok(body) => render(StatusCode::OK, &KeepingPage::new(visit, body, jobs)),
        Err(problem) => problem_page(visit, problem),
    }
}

pub(super) async fn order(
    Admin(operator): Admin,
    State(app): State<App>,
    visit: Visit,
    form: Form,
) -> Response {
    let wanted = match form.text("order") {
        "backup" => Order::Backup,
        "verify-archive" => Order::VerifyArchive,
        "verify-index" => Order::VerifyIndex,
        "rebuild-index" => Order::RebuildIndex,
        other => {
            let problem = Problem::bad_request(format!("there is no order `{other}`"));
            return problem_page(visit, problem);
        }
    };
    let started = start(&app, &operator, wanted).await;
    after(visit, started.map(|_| ()), "/dieu-hanh/kho?xong=viec")
}

impl KeepingPage {
    fn new(visit: Visit, body: KeepingBody, jobs: Vec<Job>) -> Self {
        let language = visit.language;
        let (a, i) = (&body.archive, &body.index);
        let archive = vec![
            (language.say("Bài", "Articles"), language.number(a.articles)),
            (
                language.say("đã gỡ ở trang nguồn", "removed at their source"),
                language.number(a.removed),
            ),
            (language.say("bị ẩn ở đây", "hidden here"), language.number(a.hidden)),
            (language.say("Các bản", "Versions"), language.number(a.versions)),
            (language.say("Trang đã biết", "Pages known"), language.number(a.pages)),
            (language.say("Bản lưu", "Captures"), language.number(a.captures)),
            (
                language.say("Tệp WARC", "WARC files"),
                format!("{}, {}", language.number(a.files), language.bytes(a.warc_bytes)),
            ),
        ];
        let index = vec![
            (language.say("Bài", "Articles"), language.number(i.articles)),
            (language.say("Phân đoạn", "Segments"), language.number(i.segments as u64)),
            (language.say("Dung lượng", "Size"), language.bytes(i.bytes)),
            (language.say("Thay đổi chưa vào", "Changes not taken up"), language.number(i.behind)),
        ];
        let backups = body.backups.into_iter().map(|one| (one.name, language.bytes(one.bytes)));
        Self {
            frame: Frame::new(&visit, "/dieu-hanh/kho"),
            archive,
            index,
            backups: backups.collect(),
            working: jobs.iter().any(|job| job.ended_at.is_none()),
            jobs: jobs.into_iter().map(|job| (kind(language, job.kind), job)).collect(),
            visit,
        }
    }
}

fn kind(language: Language, kind: JobKind) -> &'static str {
    match kind {
        JobKind::Backup => language.say("sao lưu", "backup"),
        JobKind::VerifyArchive => language.say("kiểm kho", "verify the archive"),
        JobKind::VerifyIndex => language.say("kiểm chỉ mục", "verify the index"),
        JobKind::RebuildIndex => language.say("dựng lại chỉ mục", "rebuild the index"),
        JobKind::Reextract => language.say("đọc lại bản lưu", "read captures again"),
    }
}
