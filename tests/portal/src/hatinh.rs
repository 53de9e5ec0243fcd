//! The .NET portal of Hà Tĩnh's wards: every Vietnamese letter a hexadecimal entity.

use jiff::civil::DateTime;

use crate::Article;
use crate::ask::{Ask, Reply};
use crate::html::{escape_to_ascii, page_of};
use crate::server::Site;

/// Articles on one list page.
const PAGE_SIZE: usize = 6;
const LIST: &str = "/vi/chuyen-muc/tin-tuc---su-kien";

pub(crate) fn path(article: &Article) -> String {
    format!("/vi/bai-viet/{}-{}", article.slug(), article.id)
}

pub(crate) fn answer(site: &Site, ask: &Ask) -> Reply {
    match ask.path.as_str() {
        "/robots.txt" => {
            let own = "User-agent: *\nDisallow:\n";
            Reply::text(site.robots.as_deref().unwrap_or(own))
        }
        "/" => Reply::redirect(format!("{}{LIST}", site.base)),
        LIST => Reply::html(list(site, ask.page("page"))),
        path => {
            let id = path.strip_prefix("/vi/bai-viet/").and_then(|p| p.rsplit('-').next());
            let article = site.ward.articles.iter().find(|a| Some(a.id.to_string().as_str()) == id);
            article.map_or_else(Reply::not_found, |a| Reply::html(detail(site, a)))
        }
    }
}

fn list(site: &Site, current: usize) -> String {
    let (shown, pages) = page_of(&site.ward.articles, current, PAGE_SIZE);
    let items = shown.iter().map(|article| {
        let summary = article.lead.as_ref().or(article.body.first());
        format!(
            "<div class=\"post-item\"><h4><a href=\"{}\">{}</a></h4><p class=\"content\">{}</p>\
             <span class=\"info-post-times\">{}</span></div>",
            path(article),
            escape_to_ascii(&article.title),
            escape_to_ascii(summary.map_or("", String::as_str)),
            article.published.strftime("%d/%m/%Y")
        )
    });
    let links =
        (1..=pages).map(|page| format!("<li><a href=\"{LIST}?page={page}\">{page}</a></li>"));
    let body = format!(
        "{}<ul class=\"pagination\">{}</ul>",
        items.collect::<String>(),
        links.collect::<String>()
    );
    page(site, "Tin tức - Sự kiện", &body)
}

fn detail(site: &Site, article: &Article) -> String {
    let text = escape_to_ascii;
    let optional = |html: &dyn Fn(&str) -> String, value: &Option<String>| {
        value.as_deref().map(|v| html(&text(v))).unwrap_or_default()
    };
    let lead = optional(&|v| format!("<p class=\"content-sapo\">{v}</p>"), &article.lead);
    let credit = optional(&|v| format!("<p class=\"author\">{v}</p>"), &article.credit);
    let paragraphs: String =
        article.body.iter().map(|p| format!("<p>{}</p>\r\n", text(p))).collect();
    let pictures = article.captions.iter().map(|caption| {
        format!(
            "<table><tbody><tr><td><img src=\"/gosen/Others/anh.jpg\"></td></tr>\
             <tr><td class=\"caption\">{}</td></tr></tbody></table>",
            text(caption)
        )
    });
    let files = article.attachments.iter().map(|file| {
        format!(
            "<div class=\"file-attach\"><a href=\"{}\">{}</a></div>",
            text(&file.path),
            text(&file.name)
        )
    });
    let views = article.views + site.viewed.get(&article.id).copied().unwrap_or(0);
    let updated = article.updated.map(|time| {
        format!("<span class=\"update-times\">{}: {}</span>", text("Cập nhật"), clock(&time))
    });
    let body = format!(
        "<h1 class=\"title-detail\">{}</h1><span class=\"post-times\">{}</span>{}\
         <span class=\"post-views\">{}: {views}</span>{lead}\
         <div class=\"content-detail\">{paragraphs}{}{credit}</div>{}",
        text(&article.title),
        clock(&article.published),
        updated.unwrap_or_default(),
        text("Lượt xem"),
        pictures.collect::<String>(),
        files.collect::<String>(),
    );
    page(site, &article.category, &body)
}

fn page(site: &Site, category: &str, body: &str) -> String {
    format!(
        "<!DOCTYPE html><html lang=\"vi\"><head><meta charset=\"utf-8\"><title>{name}</title></head>\
         <body><ol class=\"breadcrumb\"><li><a href=\"/\">{home}</a></li>\
         <li class=\"active\">{category}</li></ol>{body}<footer>{name}</footer></body></html>",
        name = escape_to_ascii(&site.ward.name),
        home = escape_to_ascii("Trang chủ"),
        category = escape_to_ascii(category),
    )
}

fn clock(time: &DateTime) -> String {
    time.strftime("%d/%m/%Y %H:%M").to_string()
}
