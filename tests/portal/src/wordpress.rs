//! WordPress: paged home, feed, sitemap, validators and compression.

use jiff::civil::DateTime;

use crate::Article;
use crate::ask::{Ask, Reply};
use crate::html::{escape, page_of};
use crate::server::Site;

/// Articles on one list page, and in the feed.
const PAGE_SIZE: usize = 5;

pub(crate) fn path(article: &Article) -> String {
    format!("/{}/{}/", article.published.strftime("%Y/%m"), article.slug())
}

pub(crate) fn answer(site: &Site, ask: &Ask) -> Reply {
    let path = ask.path.as_str();
    match path {
        "/robots.txt" => {
            let own = format!(
                "User-agent: *\nDisallow: /wp-admin/\n\nSitemap: {}/wp-sitemap.xml\n",
                site.base
            );
            return Reply::text(site.robots.as_deref().unwrap_or(&own));
        }
        "/feed/" => return validated(Reply::xml(feed(site))),
        "/wp-sitemap.xml" => return validated(Reply::xml(sitemap(site))),
        "/" => return validated(Reply::html(list(site, 1))),
        _ => {}
    }
    let number = path.strip_prefix("/page/").map(|rest| rest.trim_end_matches('/').parse());
    if let Some(Ok(number)) = number {
        return validated(Reply::html(list(site, number)));
    }
    let article = site.article_at(path);
    article.map_or_else(Reply::not_found, |a| validated(Reply::html(detail(site, a))))
}

fn validated(reply: Reply) -> Reply {
    Reply { validated: true, ..reply }
}

fn list(site: &Site, current: usize) -> String {
    let (shown, pages) = page_of(&site.ward.articles, current, PAGE_SIZE);
    let items = shown.iter().map(|article| {
        format!(
            "<article id='post-{}' class='post'><h2 class='entry-title'><a href='{}{}'>{}</a></h2>\
             <time class='entry-date' datetime='{}'></time></article>",
            article.id,
            site.base,
            path(article),
            escape(&article.title),
            clock(&article.published)
        )
    });
    let next = (current < pages).then(|| {
        format!(
            "<a class='next page-numbers' href='{}/page/{}/'>Cũ hơn</a>",
            site.base,
            current + 1
        )
    });
    let body = items.collect::<String>() + &next.unwrap_or_default();
    page(site, "home blog", &site.ward.name, &body)
}

fn detail(site: &Site, article: &Article) -> String {
    let lead = article
        .lead
        .as_deref()
        .map(|lead| format!("<div class='entry-summary'><p>{}</p></div>", escape(lead)));
    let paragraphs: String = article
        .body
        .iter()
        .map(|p| format!("<p class='wp-block-paragraph'>{}</p>\n", escape(p)))
        .collect();
    let pictures = article.captions.iter().map(|caption| {
        format!(
            "<figure class='wp-caption'><img src='/wp-content/uploads/anh.jpg'>\
             <figcaption>{}</figcaption></figure>",
            escape(caption)
        )
    });
    let files = article.attachments.iter().map(|file| {
        let (path, name) = (escape(&file.path), escape(&file.name));
        format!("<p class='wp-block-file'><a href='{path}'>{name}</a></p>")
    });
    let updated = article
        .updated
        .map(|time| format!("<time class='updated' datetime='{}'></time>", clock(&time)));
    let credit = article
        .credit
        .as_deref()
        .map(|credit| format!("<span class='author'>{}</span>", escape(credit)));
    let body = format!(
        "<article id='post-{id}' class='post'><header><h1 class='entry-title'>{title}</h1>\
         <span class='cat-links'><a href='/category/tin/'>{category}</a></span>\
         <time class='entry-date' datetime='{published}'></time>{updated}{credit}</header>{lead}\
         <div class='entry-content'>{paragraphs}{pictures}{files}\
         <div class='sharedaddy'>Chia sẻ lên Facebook</div></div></article>",
        id = article.id,
        title = escape(&article.title),
        category = escape(&article.category),
        published = clock(&article.published),
        updated = updated.unwrap_or_default(),
        credit = credit.unwrap_or_default(),
        lead = lead.unwrap_or_default(),
        pictures = pictures.collect::<String>(),
        files = files.collect::<String>(),
    );
    page(site, "single single-post", &format!("{} – {}", article.title, site.ward.name), &body)
}

fn page(site: &Site, class: &str, title: &str, body: &str) -> String {
    format!(
        "<!DOCTYPE html><html lang='vi'><head><meta charset='UTF-8'><title>{}</title>\
         <link rel='alternate' type='application/rss+xml' href='{base}/feed/'>\
         <link rel='stylesheet' href='{base}/wp-content/themes/phuong/style.css'></head>\
         <body class='{class}'><nav><a href='{base}/lien-he/'>Liên hệ với Ủy ban nhân dân phường</a></nav>\
         {body}</body></html>",
        escape(title),
        base = site.base,
    )
}

fn feed(site: &Site) -> String {
    let items = site.ward.articles.iter().rev().take(PAGE_SIZE).map(|article| {
        format!(
            "<item><title>{}</title><link>{}{}</link><guid isPermaLink='false'>{}/?p={}</guid></item>",
            escape(&article.title),
            site.base,
            path(article),
            site.base,
            article.id
        )
    });
    format!(
        "<?xml version='1.0' encoding='UTF-8'?><rss version='2.0'><channel><title>{}</title>{}</channel></rss>",
        escape(&site.ward.name),
        items.collect::<String>()
    )
}

fn sitemap(site: &Site) -> String {
    let urls = site.ward.articles.iter().map(|article| {
        let changed = article.updated.unwrap_or(article.published);
        format!(
            "<url><loc>{}{}</loc><lastmod>{}</lastmod></url>",
            site.base,
            path(article),
            clock(&changed)
        )
    });
    format!(
        "<?xml version='1.0' encoding='UTF-8'?>\
         <urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'>{}</urlset>",
        urls.collect::<String>()
    )
}

fn clock(time: &DateTime) -> String {
    format!("{}+07:00", time.strftime("%Y-%m-%dT%H:%M:%S"))
}
