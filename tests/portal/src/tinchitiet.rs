//! The CMS of Hà Nội's communes under `/tin-chi-tiet/`: slugs keep a percent-encoded đ, and every
//! page is there again below `/web/guest/`, `/en/` and `/vi_VN/`.

use crate::Article;
use crate::ask::{Ask, Reply};
use crate::html::{escape, page_of};
use crate::server::Site;

/// Articles on one list page.
const PAGE_SIZE: usize = 9;
const LIST: &str = "/tin-tuc";
/// The portal's number of its one section.
const SECTION: u32 = 175;

pub(crate) fn path(article: &Article) -> String {
    format!("/tin-chi-tiet/-/chi-tiet/%C4%91-{}-{}-{SECTION}.html", article.slug(), article.id)
}

pub(crate) fn answer(site: &Site, ask: &Ask) -> Reply {
    let path = ["/web/guest", "/en", "/vi_VN"]
        .iter()
        .find_map(|prefix| ask.path.strip_prefix(prefix))
        .unwrap_or(&ask.path);
    match path {
        "/robots.txt" => {
            Reply::text(site.robots.as_deref().unwrap_or("User-agent: *\nDisallow:\n"))
        }
        "/" => Reply::redirect(format!("{}{LIST}", site.base)),
        LIST => Reply::html(list(site, ask.page("trang"))),
        path => {
            let article = site.article_at(path);
            article.map_or_else(Reply::not_found, |a| Reply::html(detail(site, a)))
        }
    }
}

fn list(site: &Site, current: usize) -> String {
    let (shown, pages) = page_of(&site.ward.articles, current, PAGE_SIZE);
    let items = shown.iter().enumerate().map(|(i, article)| {
        let prefix = ["", "/web/guest", "/vi_VN"][i % 3];
        format!("<li><a href='{prefix}{}'>{}</a></li>", path(article), escape(&article.title))
    });
    let links = (1..=pages).map(|page| format!("<a href='{LIST}?trang={page}'>{page}</a>"));
    let body = format!(
        "<ul class='tin'>{}</ul><div class='phan-trang'>{}</div>",
        items.collect::<String>(),
        links.collect::<String>()
    );
    page(site, &body)
}

fn detail(site: &Site, article: &Article) -> String {
    let paragraphs: String = article.body.iter().map(|p| format!("<p>{}</p>", escape(p))).collect();
    let files: String = article
        .attachments
        .iter()
        .map(|f| format!("<p><a href='{}'>{}</a></p>", escape(&f.path), escape(&f.name)))
        .collect();
    let body = format!(
        "<div class='chi-tiet'><h1>{}</h1><span class='ngay-dang'>{}</span>\
         <div class='bai-viet'>{paragraphs}{files}</div></div>",
        escape(&article.title),
        article.published.strftime("Ngày đăng: %d/%m/%Y %H:%M"),
    );
    page(site, &body)
}

fn page(site: &Site, body: &str) -> String {
    format!(
        "<!DOCTYPE html><html lang='vi'><head><meta charset='utf-8'><title>{name}</title></head>\
         <body><div class='menu'><a href='/en/'>English</a><a href='{LIST}'>Tin tức</a></div>{body}\
         <div class='footer'>{name}</div></body></html>",
        name = escape(&site.ward.name)
    )
}
