//! Liferay 7 with the theme that Ba Đình's wards and Vinh's have: a fixed `<title>` and a ticker.

use crate::Article;
use crate::ask::{Ask, Reply};
use crate::html::{escape, page_of};
use crate::server::Site;

/// Articles on one list page.
const PAGE_SIZE: usize = 7;
const LIST: &str = "/tin-tuc-su-kien";

pub(crate) fn path(article: &Article) -> String {
    format!("{LIST}/-/asset_publisher/pT3q/content/id/{}", article.id)
}

pub(crate) fn answer(site: &Site, ask: &Ask) -> Reply {
    match ask.path.as_str() {
        "/robots.txt" => {
            Reply::text(site.robots.as_deref().unwrap_or("User-agent: *\nDisallow:\n"))
        }
        "/" => Reply::redirect(format!("{}{LIST}", site.base)),
        LIST => Reply::html(list(site, ask)),
        path => {
            let article = site.article_at(path);
            article.map_or_else(Reply::not_found, |a| Reply::html(detail(site, ask, a)))
        }
    }
}

fn list(site: &Site, ask: &Ask) -> String {
    let current = ask.page("_com_liferay_asset_publisher_cur");
    let (shown, pages) = page_of(&site.ward.articles, current, PAGE_SIZE);
    let items = shown.iter().map(|article| {
        format!(
            "<div class='item'><div class='news-title'><a href='{}'>{}</a></div>\
             <div class='date-info'>{}</div><div class='news-summary'>{}</div></div>",
            escape(&path(article)),
            escape(&article.title),
            article.published.strftime("%d/%m/%Y %H:%M"),
            escape(article.lead.as_deref().unwrap_or_default())
        )
    });
    let links = (1..=pages).map(|page| {
        format!("<li><a href='{LIST}?_com_liferay_asset_publisher_cur={page}'>{page}</a></li>")
    });
    let body = format!(
        "<div class='asset-publisher-list-wrapper list-4'>{}</div>\
         <ul class='pagination lfr-pagination'>{}</ul>",
        items.collect::<String>(),
        links.collect::<String>()
    );
    page(site, ask, "Tin tức - Sự kiện", &body)
}

fn detail(site: &Site, ask: &Ask, article: &Article) -> String {
    let lead = article.lead.as_deref();
    let lead = lead.map(|l| format!("<div class='news-summary'>{}</div>", escape(l)));
    let paragraphs: String = article.body.iter().map(|p| format!("<p>{}</p>", escape(p))).collect();
    let captions: String = article
        .captions
        .iter()
        .map(|c| {
            format!("<figure><img src='/a.jpg'><figcaption>{}</figcaption></figure>", escape(c))
        })
        .collect();
    let files: String = article
        .attachments
        .iter()
        .map(|f| format!("<li><a href='{}'>{}</a></li>", escape(&f.path), escape(&f.name)))
        .collect();
    let credit = article.credit.as_deref();
    let credit = credit.map(|c| format!("<p class='news-author'>{}</p>", escape(c)));
    let body = format!(
        "<div class='asset-full-content'><h1 class='news-title'>{}</h1>\
         <div class='date-info'>{}</div>{}<div class='journal-content-article'>{paragraphs}{captions}\
         {}</div><ul class='file-list'>{files}</ul></div><div class='related_asset'>\
         <div class='other-news'>Tin khác</div></div>",
        escape(&article.title),
        article.published.strftime("%d/%m/%Y %H:%M"),
        lead.unwrap_or_default(),
        credit.unwrap_or_default(),
    );
    page(site, ask, &article.category, &body)
}

fn page(site: &Site, ask: &Ask, category: &str, body: &str) -> String {
    format!(
        "<!DOCTYPE html><html lang='vi'><head><meta charset='utf-8'><title>Cổng TTĐT</title></head>\
         <body><div id='banner'><div class='hidden-banner'>{name}</div></div>\
         <div id='mWrapper' class='container'><div class='notify-wrapper'><span id='notify-title'>\
         {tick}</span><div class='marquee'><span>Chào mừng</span></div></div>\
         <ol class='breadcrumb'><li>Trang chủ</li><li class='active'>{category}</li></ol>\
         <div id='content'>{body}</div></div><div id='footer'><div class='hidden-footer'>{name}</div>\
         </div></body></html>",
        name = escape(&site.ward.name),
        category = escape(category),
        tick = ask.number,
    )
}
