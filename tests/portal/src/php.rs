//! A ward's own PHP: everything under one path, named entities from its editor, and a `<time>` that
//! a theme brought along and that is the same on every page.

use crate::Article;
use crate::ask::{Ask, Reply};
use crate::html::{escape, page_of};
use crate::server::Site;

/// Articles on one list page.
const PAGE_SIZE: usize = 6;

pub(crate) fn path(article: &Article) -> String {
    format!("/index.php?controller=index&action=chitiet&id={}", article.id)
}

pub(crate) fn answer(site: &Site, ask: &Ask) -> Reply {
    let parameter = |name: &str| ask.parameters.get(name).map(String::as_str);
    match (ask.path.as_str(), parameter("action")) {
        ("/robots.txt", _) => {
            Reply::text(site.robots.as_deref().unwrap_or("User-agent: *\nDisallow: /admin\n"))
        }
        ("/index.php", Some("chitiet")) => {
            let id = parameter("id").and_then(|id| id.parse().ok());
            let article = site.ward.articles.iter().find(|a| Some(a.id) == id);
            article.map_or_else(Reply::not_found, |a| Reply::html(detail(site, a)))
        }
        ("/" | "/index.php", _) => Reply::html(list(site, ask.page("page"))),
        _ => Reply::not_found(),
    }
}

fn list(site: &Site, current: usize) -> String {
    let (shown, pages) = page_of(&site.ward.articles, current, PAGE_SIZE);
    let items = shown.iter().map(|article| {
        format!(
            "<div class='post'><h3><a href='{}'>{}</a></h3>{TIME}{}</div>",
            escape(&path(article)),
            entities(&article.title),
            article.published.strftime("%Y-%m-%d")
        )
    });
    let links = (1..=pages).map(|page| {
        format!("<li><a href='/index.php?controller=index&amp;action=tintuc&amp;page={page}'>{page}</a></li>")
    });
    let body = format!(
        "{}<ul class='pagination'>{}</ul>",
        items.collect::<String>(),
        links.collect::<String>()
    );
    page(site, "Tin tức", &body)
}

/// The theme's own, on every page.
const TIME: &str = "<time class='entry-date' datetime='2019-03-19T08:00:00+07:00'></time>";

fn detail(site: &Site, article: &Article) -> String {
    let lead = article.lead.as_deref();
    let lead = lead.map(|l| format!("<div class='post-summary'><h2>{}</h2></div>", entities(l)));
    let paragraphs: String =
        article.body.iter().map(|p| format!("<p>{}</p>", entities(p))).collect();
    let captions: String = article
        .captions
        .iter()
        .map(|c| format!("<figure><figcaption>{}</figcaption></figure>", entities(c)))
        .collect();
    let files: String = article
        .attachments
        .iter()
        .map(|f| format!("<p><a href='{}'>{}</a></p>", escape(&f.path), entities(&f.name)))
        .collect();
    let credit = article.credit.as_deref();
    let credit = credit.map(|c| format!("<p>Tác giả: {}</p>", entities(c))).unwrap_or_default();
    let body = format!(
        "<div class='detail-post'><div class='post-title-dt'>{}</div>{TIME}\
         <div class='post-subinfo'>Cập nhật lúc {}</div>{}\
         <div class='post-content'>{paragraphs}{captions}{files}{credit}</div></div>\
         <div class='listPa'><div class='item'>Bình luận: hay quá</div></div>",
        entities(&article.title),
        article.published.strftime("%Y-%m-%d"),
        lead.unwrap_or_default(),
    );
    page(site, &article.category, &body)
}

/// As its editor writes Latin letters with accents.
fn entities(text: &str) -> String {
    escape(text).replace('à', "&agrave;").replace('á', "&aacute;").replace('ô', "&ocirc;")
}

fn page(site: &Site, category: &str, body: &str) -> String {
    format!(
        "<!DOCTYPE html><html><head><meta charset='utf-8'><title>UBND</title></head><body>\
         <div class='breadcrumb'><span class='current'>{}</span></div>{body}<footer>{}</footer></body></html>",
        entities(category),
        entities(&site.ward.name)
    )
}
