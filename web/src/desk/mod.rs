//! The operators' pages: what needs attention, and everything that can be changed. Each does what the
//! API does, by the same calls.

mod alerts;
mod attention;
mod audit;
mod keeping;
mod officials;
mod profiles;
mod runs;
mod schedule;
mod sign_in;
mod source;
mod sources;
mod takedowns;
mod users;

use axum::Router;
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use url::form_urlencoded;

use crate::App;
use crate::language::Language;
use crate::pages::problem_page;
use crate::problem::Problem;
use crate::visit::Visit;

pub(crate) fn router() -> Router<App> {
    Router::new()
        .route("/dang-nhap", get(sign_in::form).post(sign_in::send))
        .route("/dang-xuat", post(sign_in::end))
        .route("/dieu-hanh", get(attention::page))
        .route("/dieu-hanh/nguon", get(sources::list))
        .route("/dieu-hanh/nguon/moi", get(sources::new))
        .route("/dieu-hanh/nguon/kiem-tra", post(sources::check))
        .route("/dieu-hanh/nguon/luu", post(sources::save))
        .route("/dieu-hanh/nguon/{id}", get(source::page))
        .route("/dieu-hanh/nguon/{id}/sua", get(sources::edit))
        .route("/dieu-hanh/nguon/{id}/thu-ngay", post(source::crawl))
        .route("/dieu-hanh/nguon/{id}/dang-cho", get(source::waiting))
        .route("/dieu-hanh/nguon/{id}/tam-dung", post(source::pause))
        .route("/dieu-hanh/nguon/{id}/tiep-tuc", post(source::resume))
        .route("/dieu-hanh/nguon/{id}/chap-nhan", post(source::accept))
        .route("/dieu-hanh/nguon/{id}/xoa", post(source::remove))
        .route("/dieu-hanh/nguon/{id}/lich", get(schedule::page).post(schedule::save))
        .route("/dieu-hanh/nguon/{id}/doc-lai", get(profiles::again).post(profiles::replace))
        .route("/dieu-hanh/lan-thu", get(runs::list))
        .route("/dieu-hanh/lan-thu/{id}", get(runs::page))
        .route("/dieu-hanh/mau", get(profiles::page).post(profiles::test))
        .route("/dieu-hanh/go-bo", get(takedowns::page))
        .route("/dieu-hanh/go-bo/an", post(takedowns::hide))
        .route("/dieu-hanh/go-bo/hien", post(takedowns::show))
        .route("/dieu-hanh/can-bo", get(officials::page))
        .route("/dieu-hanh/can-bo/gop", post(officials::merge))
        .route("/dieu-hanh/can-bo/tach", post(officials::split))
        .route("/dieu-hanh/can-bo/hoan-tac", post(officials::undo))
        .route("/dieu-hanh/canh-bao", get(alerts::page))
        .route("/dieu-hanh/canh-bao/thoi", post(alerts::end))
        .route("/dieu-hanh/toi", get(users::own).post(users::change_own))
        .route("/dieu-hanh/nguoi-dung", get(users::page))
        .route("/dieu-hanh/nguoi-dung/them", post(users::add))
        .route("/dieu-hanh/nguoi-dung/doi", post(users::change))
        .route("/dieu-hanh/nguoi-dung/xoa", post(users::remove))
        .route("/dieu-hanh/nguoi-dung/ma", post(users::token))
        .route("/dieu-hanh/nguoi-dung/het-ma", post(users::end_token))
        .route("/dieu-hanh/kho", get(keeping::page).post(keeping::order))
        .route("/dieu-hanh/nhat-ky", get(audit::page))
}

/// The pages that the desk's menu leads to: address, and name in both languages.
const MENU: [(&str, &str, &str); 11] = [
    ("/dieu-hanh", "Cần xem", "Attention"),
    ("/dieu-hanh/nguon", "Nguồn", "Sources"),
    ("/dieu-hanh/lan-thu", "Lần thu", "Runs"),
    ("/dieu-hanh/mau", "Mẫu trang", "Profiles"),
    ("/dieu-hanh/go-bo", "Gỡ, ẩn bài", "Removals"),
    ("/dieu-hanh/can-bo", "Cán bộ", "Officials"),
    ("/dieu-hanh/canh-bao", "Theo dõi", "Alerts"),
    ("/dieu-hanh/nguoi-dung", "Người dùng", "Users"),
    ("/dieu-hanh/kho", "Kho, sao lưu", "Archive"),
    ("/dieu-hanh/nhat-ky", "Nhật ký", "Log"),
    ("/dieu-hanh/toi", "Tôi", "Me"),
];

/// A line of the menu.
pub(crate) struct MenuItem {
    pub(crate) href: &'static str,
    pub(crate) label: &'static str,
    pub(crate) here: bool,
}

/// What every page of the desk has around it.
pub(crate) struct Frame {
    pub(crate) menu: Vec<MenuItem>,
    /// What was just done.
    pub(crate) done: Option<&'static str>,
}

impl Frame {
    fn new(visit: &Visit, at: &str) -> Self {
        // Who operators and subscribers are is not everybody's to see.
        let hidden = |href: &str| match href {
            "/dieu-hanh/nguoi-dung" => !visit.is_admin(),
            "/dieu-hanh/canh-bao" => !visit.is_editor(),
            _ => false,
        };
        let menu = MENU.iter().filter(|(href, ..)| !hidden(href));
        let menu = menu.map(|(href, vietnamese, english)| MenuItem {
            href,
            label: visit.say(vietnamese, english),
            here: *href == at,
        });
        Self { menu: menu.collect(), done: done(visit) }
    }
}

/// What the page before did, as its address says.
fn done(visit: &Visit) -> Option<&'static str> {
    Some(match field(visit, "xong").as_str() {
        "luu" => visit.say("Đã lưu.", "Saved."),
        "xoa" => visit.say("Đã xóa.", "Removed."),
        "an" => visit.say("Đã ẩn bài.", "The article is hidden."),
        "hien" => visit.say("Bài hiện lại.", "The article is shown again."),
        "gop" => visit.say("Đã gộp.", "Merged."),
        "tach" => visit.say("Đã tách.", "Split."),
        "hoan-tac" => visit.say("Đã hoàn tác.", "Undone."),
        "thoi" => visit.say("Đã kết thúc.", "Ended."),
        "viec" => visit.say(
            "Việc đã bắt đầu; kết quả hiện bên dưới.",
            "It has begun; the outcome appears below.",
        ),
        "chap-nhan" => visit.say(
            "Đã chấp nhận điều trang nguồn đang hiện.",
            "What the portal shows now is taken for right.",
        ),
        _ => return None,
    })
}

/// Leads on after something was done, or says why it was not.
fn after(visit: Visit, done: Result<(), Problem>, to: &str) -> Response {
    match done {
        Ok(()) => Redirect::to(to).into_response(),
        Err(problem) => problem_page(visit, problem),
    }
}

/// One field of an address.
fn field(visit: &Visit, name: &str) -> String {
    let query = visit.here.split_once('?').map(|(_, query)| query).unwrap_or_default();
    let found = form_urlencoded::parse(query.as_bytes()).find(|(field, _)| field == name);
    found.map(|(_, value)| value.trim().to_owned()).unwrap_or_default()
}

/// How a run ended, in words.
fn outcome_name(language: Language, outcome: &str) -> &'static str {
    match outcome {
        "running" => language.say("đang chạy", "running"),
        "done" => language.say("xong", "done"),
        "page_limit" => language.say("chạm giới hạn trang", "reached its limit of pages"),
        "stopped" => language.say("đã dừng", "stopped"),
        "interrupted" => language.say("bị ngắt", "interrupted"),
        _ => language.say("không thành công", "failed"),
    }
}
