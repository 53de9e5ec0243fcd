//! Liferay 6.2 as Hanoi's portals run it.
//!
//! Its traps are here too: view counters and clocks that change at every request, articles under
//! several URLs, language links that recurse without end, a log-in page in many permutations, and
//! an internal section that robots.txt forbids.

use jiff::civil::DateTime;

use crate::Article;
use crate::ask::{Ask, Reply};
use crate::html::{escape, page_of};
use crate::server::Site;

/// Articles on one list page.
const PAGE_SIZE: usize = 5;
/// The host of its files, as such portals have another one for them.
const FILE_HOST: &str = "http://tep.songvinh.example";

pub(crate) fn path(article: &Article) -> String {
    // The portal's own slugs lose every Đ: "lanh-ao-so".
    let slug = article.slug().replace('d', "");
    format!("/tin-tuc/-/view_content/{}-{slug}.html", article.id)
}

pub(crate) fn answer(site: &Site, ask: &Ask) -> Reply {
    let path = ask.path.as_str();
    if path == "/robots.txt" {
        let own = "User-agent: *\nDisallow: /noi-bo\nDisallow: /dang-nhap\n";
        return Reply::text(site.robots.as_deref().unwrap_or(own));
    }
    if path.starts_with("/dang-nhap") || path.starts_with("/noi-bo") {
        return Reply::html(
            "<title>Đăng nhập</title><form>Tên đăng nhập <input></form>".to_owned(),
        );
    }
    if path == "/" {
        return Reply::redirect(format!("{}/tin-tuc", site.base));
    }
    if path == "/tin-tuc" {
        return Reply::html(list(site, ask));
    }
    let under_any_url = path
        .split_once("/-/view_content/")
        .and_then(|(_, rest)| rest.split('-').next()?.parse::<u64>().ok())
        .and_then(|id| site.ward.articles.iter().find(|a| a.id == id));
    match under_any_url {
        Some(article) => Reply::html(detail(site, ask, article)),
        // Every path with a language in it shows the list again, with relative links to more.
        None if path.contains("/en") || path.contains("/vi") => Reply::html(list(site, ask)),
        None => Reply::not_found(),
    }
}

fn list(site: &Site, ask: &Ask) -> String {
    let current = ask.page("_101_cur");
    let (shown, pages) = page_of(&site.ward.articles, current, PAGE_SIZE);
    let mut items: String = shown.iter().map(|article| item(site, ask, article)).collect();
    if current == 1 {
        items.push_str(
            "<div class='asset-abstract'><h3 class='asset-title'>\
             <a href='/noi-bo/-/view_content/9999999-lich-truc-noi-bo.html'>Lịch trực nội bộ</a></h3></div>",
        );
    }
    let links: String = (1..=pages)
        .map(|page| {
            format!(
                "<li><a href='{}/tin-tuc?p_p_id=101&amp;p_p_lifecycle=0&amp;p_p_state=normal&amp;\
                 p_p_mode=view&amp;_101_delta={PAGE_SIZE}&amp;_101_keywords=&amp;\
                 p_r_p_564233524_resetCur=false&amp;_101_cur={page}'>{page}</a></li>",
                site.base
            )
        })
        .collect();
    let body = format!(
        "<div id='p_p_id_101_'><div class='portlet-body'><div class='asset-bounddary'>{items}</div>\
         <div class='taglib-page-iterator' id='_101_ocerSearchContainerPageIterator'>\
         <ul class='lfr-menu-list'>{links}</ul></div></div></div>{}",
        featured(site)
    );
    page(site, ask, "Tin tức", &body)
}

fn item(site: &Site, ask: &Ask, article: &Article) -> String {
    let summary = article.lead.as_ref().or(article.body.first());
    let summary: String = summary.map(|s| s.chars().take(90).collect()).unwrap_or_default();
    format!(
        "<div class='asset-abstract'><div class='asset-content normal-news'><div class='asset-image'>\
         <a href='{link}'><img src='image/journal/article?img_id={id}&amp;t={tick}'></a></div>\
         <div class='asset-content-custom'><h3 class='asset-title'><a href='{link}'>{title}</a></h3>\
         <div class='assetPublishDate block_timer'>{dates}</div>\
         <div class='asset-summary'>{summary}...</div><div class='asset-metadata'></div></div></div></div>",
        link = escape(&path(article)),
        id = article.id,
        tick = 1_600_000_000_000_usize + ask.number,
        title = escape(&article.title),
        dates = dates(site, article),
        summary = escape(&summary),
    )
}

/// The same articles again, under other URLs.
fn featured(site: &Site) -> String {
    let links = site.ward.articles.iter().rev().take(3).map(|article| {
        format!(
            "<h3 class='asset-title'><a href='/web/guest{}?redirect=%2Ftin-tuc'>{}</a></h3>",
            escape(&path(article)),
            escape(&article.title)
        )
    });
    format!("<div class='featured'>{}</div>", links.collect::<String>())
}

fn detail(site: &Site, ask: &Ask, article: &Article) -> String {
    let lead = article.lead.as_deref().map(escape).unwrap_or_default();
    // Its editor leaves paragraphs unbalanced and styles inline.
    let paragraphs: String = article
        .body
        .iter()
        .map(|p| format!("<p style=\"text-align: justify;\"><span>{}</span></p></p>\n", escape(p)))
        .collect();
    let captions: String = article
        .captions
        .iter()
        .map(|c| {
            format!(
                "<p><img src='/documents/anh.jpg'></p><p class='image-caption'>{}</p>",
                escape(c)
            )
        })
        .collect();
    let files: String = article
        .attachments
        .iter()
        .map(|f| {
            let (href, name) = (escape(&file_url(&f.path)), escape(&f.name));
            format!("<p>Tệp đính kèm: <a href='{href}'>{name}</a></p>")
        })
        .collect();
    let credit = article.credit.as_deref().map(|c| {
        format!(
            "<p align=\"right\" class=\"view-content-author\"><strong><em>{}</em></strong></p>",
            escape(c)
        )
    });
    let related: String = site
        .ward
        .articles
        .iter()
        .filter(|other| other.id != article.id)
        .take(4)
        .map(|other| format!("<li><a href='{}'>{}</a></li>", path(other), escape(&other.title)))
        .collect();
    let body = format!(
        "<div class='asset-full-content-title'>{title}</div>\
         <div class='assetPublishDate block_timer'>{dates}</div>\
         <div class='asset-full-content show-asset-title'><div class='asset-content' id='_101_{id}'>\
         <div class='sapo-wrapper'><p class='sapo'><strong>{lead}</strong></p></div>\
         <div class='journal-content-article'>{paragraphs}{captions}{files}{credit}</div></div></div>\
         <div class='asset-control-detail'><a href='javascript:print()'>In trang</a></div>\
         <div class='related_asset'><div class='related_asset_title'>Tin liên quan</div>\
         <ul class='related_asset_list'>{related}</ul></div>",
        title = escape(&article.title),
        dates = dates(site, article),
        id = article.id,
        credit = credit.unwrap_or_default(),
    );
    page(site, ask, &article.category, &body)
}

fn page(site: &Site, ask: &Ask, category: &str, body: &str) -> String {
    format!(
        "<!DOCTYPE html><html class='aui ltr' dir='ltr' lang='vi-VN'><head><meta charset='utf-8'>\
         <title>{category} - {name}</title></head>\
         <body class='yui3-skin-sam controls-visible signed-out public-page site'>\
         <a href='en/vi.html'>English</a> <a href='vi/en.html'>Tiếng Việt</a>\
         <a href='/dang-nhap?p_p_id=58&amp;p_p_state=pop_up&amp;saveLastPath={n}'>Đăng nhập</a>\
         <div class='dd_chuyenmuc'><span class='trangchu'><a href='/'>Trang chủ</a></span>\
         <span class='tintuc'><p>{category}</p></span></div>{body}\
         <div class='visitor-tracking-wraper'>Đang truy cập: {online} / Tổng: 4.798.{n:03}</div>\
         <div id='footer'><div class='footleft'><h3>{name}</h3></div></div></body></html>",
        name = escape(&site.ward.name),
        category = escape(category),
        n = ask.number % 1000,
        online = 20 + ask.number % 13,
    )
}

/// `Ngày đăng 18/03/2019 | 04:01 PM | Lượt xem: 536`, on a clock of twelve hours.
fn dates(site: &Site, article: &Article) -> String {
    let views = article.views + site.viewed.get(&article.id).copied().unwrap_or(0);
    let clock = |time: &DateTime| time.strftime("%d/%m/%Y | %I:%M %p").to_string();
    let updated = article.updated.map(|t| format!("\n| Cập nhật: {}", clock(&t)));
    format!(
        "Ngày đăng\n{}\n&nbsp;|&nbsp;Lượt xem: {views}{}",
        clock(&article.published),
        updated.unwrap_or_default()
    )
}

pub(crate) fn file_url(path: &str) -> String {
    format!("{FILE_HOST}{path}")
}
