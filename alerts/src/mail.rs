//! Messages as mails: text and HTML that say the same, with the headers by which a mail program
//! ends an alert with one press (RFC 2369, RFC 8058).

use std::fmt::Write as _;
use std::time::Duration;

use archive::{ArticleEvent, Message, MessageKind, Sent};
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{MultiPart, SinglePart};
use lettre::{AsyncSmtpTransport, AsyncTransport, Tokio1Executor};

use crate::{AlertError, Item, Links, MailServer, Told};

/// Longest time for one command of the server's.
const COMMAND_TIME_MAX: Duration = Duration::from_secs(30);
/// Characters of a subject.
const SUBJECT_CHARS_MAX: usize = 120;

/// Sends mails.
#[derive(Clone)]
pub(crate) struct Mails {
    server: MailServer,
    transport: AsyncSmtpTransport<Tokio1Executor>,
    links: Links,
}

impl Mails {
    pub(crate) fn new(server: &MailServer, links: Links) -> Result<Self, AlertError> {
        let builder = AsyncSmtpTransport::<Tokio1Executor>::from_url(&server.url);
        let builder = builder.map_err(|error| AlertError::MailServer {
            url: without_password(&server.url),
            why: error.to_string(),
        })?;
        let transport = builder.timeout(Some(COMMAND_TIME_MAX)).build();
        Ok(Self { server: server.clone(), transport, links })
    }

    /// Makes one attempt.
    pub(crate) async fn send(&self, message: &Message, told: &Told) -> Sent {
        let mail = match self.mail(message, told) {
            Ok(mail) => mail,
            Err(error) => return Sent::Refused(error),
        };
        match self.transport.send(mail).await {
            Ok(_) => Sent::Delivered,
            // Only what is said of the address is for good; a server that is set up wrongly is not.
            Err(error) if error.is_permanent() && is_of_mailbox(&error) => {
                Sent::Refused(error.to_string())
            }
            Err(error) => Sent::Failed(error.to_string()),
        }
    }

    fn mail(&self, message: &Message, told: &Told) -> Result<lettre::Message, String> {
        let to = message.alert.address.parse().map_err(|_| "its address is none".to_owned())?;
        let id = format!("<{}@{}>", message.public_id, self.links.host());
        let parts = MultiPart::alternative()
            .singlepart(SinglePart::builder().header(ContentType::TEXT_PLAIN).body(text(told)))
            .singlepart(SinglePart::builder().header(ContentType::TEXT_HTML).body(html(told)));
        let mut mail = lettre::Message::builder()
            .from(self.server.from.clone())
            .to(lettre::message::Mailbox::new(None, to))
            .subject(subject(told))
            .message_id(Some(id))
            .multipart(parts)
            .map_err(|error| error.to_string())?;
        let headers = mail.headers_mut();
        let mut set = |name: &'static str, value: String| {
            headers.insert_raw(HeaderValue::new(HeaderName::new_from_ascii_str(name), value));
        };
        // No answering machine answers, and no list takes it for a person's.
        set("Auto-Submitted", "auto-generated".to_owned());
        if message.kind == MessageKind::Matches {
            set("List-Unsubscribe", format!("<{}>", told.unsubscribe_url));
            set("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned());
        }
        Ok(mail)
    }
}

/// Whether a server refuses the mailbox itself: by the codes of RFC 5321 (section 4.2.3) and the
/// enhanced ones of RFC 3463 (X.1: addressing). Else it refuses us.
fn is_of_mailbox(error: &lettre::transport::smtp::Error) -> bool {
    let of_address = error.to_string().contains("5.1.");
    of_address && error.status().is_some_and(|code| matches!(u16::from(code), 550 | 551 | 553))
}

fn without_password(url: &str) -> String {
    match (url.split_once("://"), url.rsplit_once('@')) {
        (Some((scheme, _)), Some((_, host))) => format!("{scheme}://…@{host}"),
        _ => url.to_owned(),
    }
}

fn subject(told: &Told) -> String {
    let search: String = told.search.split_whitespace().collect::<Vec<_>>().join(" ");
    let subject = match (told.kind, told.total) {
        ("confirm", _) => format!("Bạn có muốn theo dõi “{search}”?"),
        (_, 1) => match told.items.first() {
            Some(item) => format!("{}: {}", what_happened(item), item.title),
            None => format!("1 bài về “{search}”"),
        },
        (_, total) => format!("{total} bài về “{search}”"),
    };
    subject.chars().filter(|c| !c.is_control()).take(SUBJECT_CHARS_MAX).collect()
}

fn what_happened(item: &Item) -> &'static str {
    match (item.event, item.lost) {
        (ArticleEvent::New, _) => "Bài mới",
        (ArticleEvent::Edited, false) => "Đã sửa",
        (ArticleEvent::Edited, true) => "Đã sửa, không còn nhắc đến",
        (ArticleEvent::Removed, _) => "Đã gỡ khỏi trang nguồn",
        (ArticleEvent::Returned, _) => "Đã đăng lại ở trang nguồn",
    }
}

fn text(told: &Told) -> String {
    let mut text = String::new();
    if let Some(confirm) = &told.confirm_url {
        let _ = write!(
            text,
            "Có người, có lẽ là bạn, muốn nhận tin của Loa Phường về: {}\n\n\
             Nếu đúng là bạn, hãy mở trang này và bấm “Theo dõi”:\n{}\n\n\
             Nếu không phải bạn, bạn không cần làm gì: sẽ không có thư nào khác.\n\
             (Dành cho máy: POST {confirm})\n",
            told.search, told.manage_url
        );
        return text;
    }
    let _ = writeln!(text, "Loa Phường tìm thấy {} bài về: {}", told.total, told.search);
    for item in &told.items {
        let published = item.published.as_deref().unwrap_or("không ghi ngày");
        let why = item.why.join(", ");
        let had = if item.lost { "Bản trước có" } else { "Vì có" };
        let _ = write!(
            text,
            "\n{}: {}\n{}, {published}\n{}\n{had}: {why}\n",
            what_happened(item),
            in_one_line(&item.title),
            in_one_line(&item.ward),
            item.url
        );
    }
    let more = told.total.saturating_sub(told.items.len() as u64);
    if more > 0 {
        let _ = write!(text, "\n… và {more} bài nữa: {}\n", told.search_url);
    }
    let _ = write!(
        text,
        "\n--\nBạn nhận thư này vì đang theo dõi “{}”.\nXem hoặc thôi theo dõi: {}\n",
        told.search, told.manage_url
    );
    text
}

fn html(told: &Told) -> String {
    let mut html = String::from("<!DOCTYPE html><html lang=\"vi\"><body>");
    let link =
        |href: &str, label: &str| format!("<a href=\"{}\">{}</a>", escaped(href), escaped(label));
    if told.confirm_url.is_some() {
        let _ = write!(
            html,
            "<p>Có người, có lẽ là bạn, muốn nhận tin của Loa Phường về: <strong>{}</strong></p>\
             <p>{}</p><p>Nếu không phải bạn, bạn không cần làm gì: sẽ không có thư nào khác.</p>",
            escaped(&told.search),
            link(&told.manage_url, "Mở trang để xác nhận theo dõi")
        );
        return html + "</body></html>";
    }
    let _ =
        write!(html, "<p>{} bài về: <strong>{}</strong></p>", told.total, escaped(&told.search));
    for item in &told.items {
        let published = item.published.as_deref().unwrap_or("không ghi ngày");
        let _ = write!(
            html,
            "<h2 style=\"font-size:1.1em\">{}</h2><p>{} · {}, {}</p><p>{}</p>",
            link(&item.url, &item.title),
            what_happened(item),
            escaped(&item.ward),
            escaped(published),
            // Escaped where it was cut out; the marks are its only elements.
            item.why_html
        );
    }
    let more = told.total.saturating_sub(told.items.len() as u64);
    if more > 0 {
        let _ = write!(html, "<p>{}</p>", link(&told.search_url, &format!("… và {more} bài nữa")));
    }
    let _ = write!(
        html,
        "<hr><p>Bạn nhận thư này vì đang theo dõi “{}”. {}</p></body></html>",
        escaped(&told.search),
        link(&told.manage_url, "Xem hoặc thôi theo dõi")
    );
    html
}

/// A text that cannot begin a line of its own.
fn in_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            c => escaped.push(c),
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(title: &str) -> Told {
        let item = Item {
            event: ArticleEvent::New,
            article: "a".into(),
            version: 1,
            title: title.into(),
            ward: "Phường A".into(),
            published: None,
            url: "https://loa.vn/bai/a".into(),
            origin: "https://a.vn/1".into(),
            why_html: "<mark>nước</mark>".into(),
            why: vec!["nước".into()],
            lost: false,
        };
        Told {
            id: "1".into(),
            kind: "matches",
            alert: "a".into(),
            search: "nước\r\nBcc: x@y.vn".into(),
            manage_url: "https://loa.vn/theo-doi/t".into(),
            confirm_url: None,
            unsubscribe_url: "https://loa.vn/theo-doi/t/thoi".into(),
            search_url: "https://loa.vn/?q=n".into(),
            secret: None,
            total: 1,
            items: vec![item],
        }
    }

    #[test]
    fn titles_and_searches_bring_no_markup_and_no_headers() {
        let told = told("Tin <script>alert(1)</script>\r\nX-A: b");
        assert!(!subject(&told).contains(['\r', '\n']));
        let several = Told { total: 2, ..told.clone() };
        assert_eq!(subject(&several), "2 bài về “nước Bcc: x@y.vn”");
        assert!(!html(&told).contains("<script>") && html(&told).contains("<mark>nước</mark>"));
        assert!(text(&told).contains("Vì có: nước"));
    }

    #[test]
    fn passwords_are_not_told() {
        assert_eq!(without_password("smtps://lan:bi-mat@a.vn"), "smtps://…@a.vn");
    }
}
