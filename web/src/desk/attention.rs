//! The desk: what needs attention first.

use archive::Concern;
use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;

use super::Frame;
use crate::App;
use crate::api::attention::tasks;
use crate::blocking::blocking;
use crate::language::Language;
use crate::operator::Viewer;
use crate::pages::{problem_page, render};
use crate::visit::Visit;

#[derive(Template)]
#[template(path = "desk/attention.html")]
struct AttentionPage {
    visit: Visit,
    frame: Frame,
    tasks: Vec<Task>,
    /// Whether there is anything to look after.
    has_sources: bool,
}

struct Task {
    title: &'static str,
    advice: &'static str,
    mild: bool,
    body: archive::Task,
}

pub(super) async fn page(_: Viewer, State(app): State<App>, visit: Visit) -> Response {
    let found = blocking(move || {
        Ok::<_, index::IndexError>((tasks(&app.index)?, !app.archive.sources()?.is_empty()))
    });
    match found.await {
        Ok((tasks, has_sources)) => {
            let language = visit.language;
            let tasks = tasks.into_iter().map(|body| Task::new(language, body)).collect();
            let frame = Frame::new(&visit, "/dieu-hanh");
            render(StatusCode::OK, &AttentionPage { frame, tasks, has_sources, visit })
        }
        Err(problem) => problem_page(visit, problem),
    }
}

impl Task {
    fn new(language: Language, body: archive::Task) -> Self {
        let (title, advice) = match body.concern {
            Concern::Failing => (
                ("Thu không thành công", "Crawling fails"),
                (
                    "Xem lần thu; thử lại, hoặc tạm dừng nguồn.",
                    "Look at the run; try again, or pause the source.",
                ),
            ),
            Concern::FrozenRemovals => (
                ("Quá nhiều bài biến mất cùng lúc", "Too many articles vanish at once"),
                (
                    "Trang nguồn có thể đang hỏng: chưa bài nào bị tính là gỡ. Nếu đúng là đã gỡ, hãy chấp nhận.",
                    "The portal may be broken: none counts as removed. If they are gone, accept it.",
                ),
            ),
            Concern::Challenged => (
                (
                    "Trang nguồn chặn bằng kiểm tra trình duyệt",
                    "The portal answers with a challenge",
                ),
                (
                    "Hãy liên hệ người quản trị trang nguồn.",
                    "Get in touch with the portal's operator.",
                ),
            ),
            Concern::Refused => (
                ("Trang nguồn từ chối", "The portal turns us away"),
                (
                    "Nguồn được để yên cho đến hạn; giãn lịch thu nếu lặp lại.",
                    "It is left alone for a while; crawl it less often if this comes again.",
                ),
            ),
            Concern::Changed => (
                ("Trang đổi, bài bị giữ lại", "Pages changed and are held back"),
                (
                    "Thử mẫu trang trên bản lưu; sửa mẫu, hoặc chấp nhận.",
                    "Try the profile on stored captures; mend it, or accept.",
                ),
            ),
            Concern::Drifting => (
                ("Nội dung đọc được khác thường", "What is read differs from what is usual"),
                (
                    "Mẫu trang có thể đã cũ: thử trên một bài.",
                    "The profile may be old: try it on an article.",
                ),
            ),
            Concern::Certificate => (
                ("Chứng chỉ có vấn đề", "Something about the certificate"),
                ("Xem lần thu.", "Look at the run."),
            ),
            Concern::Stale => (
                ("Lâu chưa thu đủ", "No full visit for long"),
                ("Xem lịch thu và giới hạn trang.", "Look at its schedule and its limit of pages."),
            ),
            Concern::Errors => {
                (("Nhiều trang lỗi", "Many pages fail"), ("Xem lần thu.", "Look at the run."))
            }
            Concern::Captures => (
                ("Mất trang đã lưu", "Kept pages are missing"),
                ("Lấy lại tệp này từ bản sao lưu.", "Restore this file from a backup."),
            ),
            Concern::Messages => (
                ("Tin báo không gửi được", "Messages could not be sent"),
                ("Kiểm tra máy chủ thư và các webhook.", "Check the mail server and the webhooks."),
            ),
            Concern::Index => (
                ("Chỉ mục tụt lại", "The index lags"),
                (
                    "Xem nhật ký máy chủ; dựng lại chỉ mục nếu cần.",
                    "Look at the server's log; rebuild the index if needed.",
                ),
            ),
        };
        Self {
            title: language.say(title.0, title.1),
            advice: language.say(advice.0, advice.1),
            mild: body.concern >= Concern::Certificate,
            body,
        }
    }
}
