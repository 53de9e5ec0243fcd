//! Liferay 7 as Đà Nẵng's wards run it: one path for lists and articles, the same article under
//! several sections, and a PDF of each article as a trap.

use crate::Article;
use crate::ask::{Ask, Reply};
use crate::html::{escape, page_of};
use crate::server::Site;

/// Articles on one list page.
const PAGE_SIZE: usize = 10;
const PATH: &str = "/chi-tiet-tin-tuc";
/// The section that lists everything.
const ALL: u64 = 7;

pub(crate) fn path(article: &Article) -> String {
    format!("{PATH}?d={}&c={ALL}", article.id)
}

pub(crate) fn answer(site: &Site, ask: &Ask) -> Reply {
    match ask.path.as_str() {
        "/robots.txt" => {
            Reply::text(site.robots.as_deref().unwrap_or("User-agent: *\nDisallow: /ket-qua\n"))
        }
        "/" => Reply::redirect(format!("{}{PATH}?c={ALL}", site.base)),
        PATH => {
            let wanted = ask.parameters.get("d").and_then(|id| id.parse::<u64>().ok());
            match wanted.map(|id| site.ward.articles.iter().find(|a| a.id == id)) {
                None => Reply::html(list(site, ask)),
                Some(None) => Reply::not_found(),
                Some(Some(article)) => Reply::html(detail(site, article)),
            }
        }
        _ => Reply::not_found(),
    }
}

fn list(site: &Site, ask: &Ask) -> String {
    let (shown, pages) = page_of(&site.ward.articles, ask.page("trang"), PAGE_SIZE);
    let section = ask.parameters.get("c").map_or("", String::as_str);
    let items = shown.iter().map(|article| {
        format!(
            "<div class='item-tin'><a href='{PATH}?d={}&amp;c={section}'>{}</a><p>Ngày đăng: {}</p></div>",
            article.id,
            escape(&article.title),
            article.published.strftime("%d/%m/%Y")
        )
    });
    let links = (1..=pages)
        .map(|page| format!("<li><a href='{PATH}?c={section}&amp;trang={page}'>{page}</a></li>"));
    let body = format!(
        "<div class='danh-sach'>{}</div><ul class='pagination'>{}</ul>",
        items.collect::<String>(),
        links.collect::<String>()
    );
    page(site, "Tin tức", &body)
}

fn detail(site: &Site, article: &Article) -> String {
    let lead = article.lead.as_deref();
    let lead = lead.map(|l| format!("<p class='tom-tat'><strong>{}</strong></p>", escape(l)));
    let paragraphs: String = article.body.iter().map(|p| format!("<p>{}</p>", escape(p))).collect();
    let captions: String = article
        .captions
        .iter()
        .map(|c| format!("<p class='chu-thich-anh'>{}</p>", escape(c)))
        .collect();
    let files: String = article
        .attachments
        .iter()
        .map(|f| format!("<p><a href='{}'>{}</a></p>", escape(&f.path), escape(&f.name)))
        .collect();
    let views = article.views + site.viewed.get(&article.id).copied().unwrap_or(0);
    let body = format!(
        "<h2 class='tieu-de'>{title}</h2><div class='thong-tin'>Người đăng tin: {} Ngày đăng tin: {} \
         Lượt xem: {views}</div><a href='/web/guest{PATH}?p_p_id=cms_tintuc&amp;p_p_lifecycle=2&amp;\
         p_p_resource_id=/export/pdf&amp;baiVietId={}'>Xuất PDF</a>\
         <a href='javascript:history.back()'>Quay lại</a><h3>{title}</h3>\
         <div class='noi-dung'>{}{paragraphs}{captions}{files}</div>\
         <div class='lien-quan'>Chuyên mục, tin tức liên quan:</div>",
        escape(article.credit.as_deref().unwrap_or_default()),
        article.published.strftime("%d/%m/%Y"),
        article.id,
        lead.unwrap_or_default(),
        title = escape(&article.title),
    );
    page(site, &article.category, &body)
}

fn page(site: &Site, category: &str, body: &str) -> String {
    // Each page links the newest article in other sections, and the sections themselves.
    let again = site.ward.articles.last().map(|article| {
        format!(
            "<a href='{PATH}?d={id}&amp;c=30'>{t}</a><a href='{PATH}?d={id}&amp;c='>{t}</a>",
            id = article.id,
            t = escape(&article.title)
        )
    });
    format!(
        "<!DOCTYPE html><html lang='vi-VN'><head><meta charset='utf-8'>\
         <title>Chi tiết tin tức - Trang chủ</title></head><body><a href='/ket-qua'>Tìm kiếm</a>\
         <div class='duong-dan'><a href='/'>Trang chủ</a> › <a class='chuyen-muc' \
         href='{PATH}?c={ALL}'>{}</a></div>{body}<div class='thong-bao'>Thông báo {}</div>\
         <div>Thống kê truy cập 000358166; Hôm nay: 528</div><footer>{}</footer></body></html>",
        escape(category),
        again.unwrap_or_default(),
        escape(&site.ward.name)
    )
}
