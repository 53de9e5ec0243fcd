//! Liferay 6.1 with the eGov plug-in, as provinces and districts run it.
//!
//! Its date prints seconds where minutes belong, related articles have days without a year, and
//! list texts are cut at 240 characters.

use crate::Article;
use crate::ask::{Ask, Reply};
use crate::html::{escape, page_of};
use crate::server::Site;

/// Articles on one list page.
const PAGE_SIZE: usize = 8;
const LIST: &str = "/tin-tuc";

pub(crate) fn path(article: &Article) -> String {
    format!("{LIST}/-/asset_publisher/Xk2a/content/{}-{}", article.slug(), article.id)
}

pub(crate) fn answer(site: &Site, ask: &Ask) -> Reply {
    match ask.path.as_str() {
        "/robots.txt" => {
            Reply::text(site.robots.as_deref().unwrap_or("User-agent: *\nDisallow: /c/\n"))
        }
        "/" => Reply::redirect(format!("{}{LIST}", site.base)),
        LIST => Reply::html(list(site, ask.page("_101_INSTANCE_Xk2a_cur"))),
        path => {
            let article = site.article_at(path);
            article.map_or_else(Reply::not_found, |a| Reply::html(detail(site, a)))
        }
    }
}

fn list(site: &Site, current: usize) -> String {
    let (shown, pages) = page_of(&site.ward.articles, current, PAGE_SIZE);
    let items = shown.iter().map(|article| {
        let summary: String = article.body.iter().flat_map(|p| p.chars()).take(240).collect();
        format!(
            "<div class='asset-abstract'><span class='assettile'><a href='{}'>{}</a></span>\
             <span class='asset-publish-date'>{}</span><div class='asset-summary'>{}...</div></div>",
            escape(&path(article)),
            escape(&article.title),
            article.published.strftime("%d/%m/%Y"),
            escape(&summary)
        )
    });
    let links = (1..=pages).map(|page| {
        format!(
            "<a href='{LIST}?p_p_id=101_INSTANCE_Xk2a&amp;_101_INSTANCE_Xk2a_cur={page}'>{page}</a>"
        )
    });
    let body = format!(
        "{}<div class='taglib-page-iterator'>{}</div>",
        items.collect::<String>(),
        links.collect::<String>()
    );
    page(site, "Tin tức", &body)
}

fn detail(site: &Site, article: &Article) -> String {
    let lead = article.lead.as_deref().map(escape).unwrap_or_default();
    let paragraphs: String = article.body.iter().map(|p| format!("<p>{}</p>", escape(p))).collect();
    let captions: String =
        article.captions.iter().map(|c| format!("<p class='caption'>{}</p>", escape(c))).collect();
    let files: String = article
        .attachments
        .iter()
        .map(|f| format!("<p><a href='{}'>{}</a></p>", escape(&f.path), escape(&f.name)))
        .collect();
    let credit = article.credit.as_deref();
    let credit = credit.map(|c| format!("<p>Nguồn: {}</p>", escape(c))).unwrap_or_default();
    let related: String = site
        .ward
        .articles
        .iter()
        .filter(|other| other.id != article.id)
        .take(3)
        .map(|other| {
            format!(
                "<li><a href='{}'>{}</a><span class='publish_date'>({})</span></li>",
                escape(&path(other)),
                escape(&other.title),
                other.published.strftime("%d/%m")
            )
        })
        .collect();
    let body = format!(
        "<div class='asset_publisher_view_full_content'><div class='asset_title'><span>{}</span></div>\
         <span class='assetPublishDate'>{}</span><div class='asset-abstract'>\
         <div class='assetdesc-text'>{lead}</div></div>\
         <div class='asset-full-content show-asset-title'><div class='asset-content'>\
         {paragraphs}{captions}{files}{credit}</div><div class='asset-metadata'></div></div>\
         <div class='related_asset'><div class='older_related_asset'>\
         <span class='related_asset_title'>Tin cũ hơn</span><ul>{related}</ul></div></div></div>",
        escape(&article.title),
        // `HH:ss`: the seconds, which are none, stand for the minutes.
        article.published.strftime("%d/%m/%Y %H:%S"),
    );
    page(site, &article.category, &body)
}

fn page(site: &Site, category: &str, body: &str) -> String {
    format!(
        "<!DOCTYPE html><html class='ltr' lang='vi-VN'><head><meta charset='utf-8'>\
         <title>{category} - {name}</title></head><body><nav id='breadcrumbs'>\
         <li class='first'>Trang chủ</li><li class='last'><span>{category}</span></li></nav>{body}\
         <div id='footer'>{name}</div></body></html>",
        category = escape(category),
        name = escape(&site.ward.name)
    )
}
