//! What a reader does: search, filter, read, compare versions, look somebody up, follow.

use portal::Portal;
use thirtyfour::prelude::*;

use super::{Browser, Screen};
use crate::loa::{Loa, Server};
use crate::mail_server::MailServer;

/// A site over the demo portals, with an article that was edited.
fn site() -> (Loa, Vec<Portal>, Server) {
    let (loa, portals) = Loa::crawled_with_an_edit();
    let server = loa.serve();
    (loa, portals, server)
}

async fn search(browser: &Browser, query: &str) {
    browser.visit("/").await;
    browser.fill("#q", query).await;
    browser.press(browser.find(".search button[type=submit]").await).await;
    browser.find("#ket-qua").await;
}

/// Chooses a filter of a group, sees it hold, and takes it back.
async fn filter(browser: &Browser, group: &str) {
    let all = browser.text("#ket-qua").await;
    let choice = browser.find_with("#loc details", group).await;
    let link = choice.find(By::Css("a")).await.unwrap();
    let label = link.text().await.unwrap();
    browser.press(link).await;
    assert_eq!(browser.count("ul.chips li").await, 1, "{group}: {label}");
    assert!(browser.text("ul.chips").await.contains(&label), "{group}: {label}");
    assert!(browser.count("ol.hits > li").await > 0, "{group}: {label}");
    browser.press(browser.find("ul.chips a").await).await;
    assert_eq!(browser.text("#ket-qua").await, all, "{group} is taken back");
}

async fn read(browser: &Browser) {
    search(browser, "giai phong mat bang").await;
    assert!(browser.count("ol.hits mark").await > 0);
    for group in ["Phường, xã", "Chuyên mục", "Năm", "Người được nhắc đến"] {
        filter(browser, group).await;
    }
    browser.visit("/").await;
    filter(browser, "Tình trạng").await;
    by_days(browser).await;
    search(browser, "giai phong mat bang").await;
    let title = browser.text("ol.hits h2").await;
    browser.press(browser.find("ol.hits h2 a").await).await;
    assert_eq!(browser.text("h1").await, title);
    for part in [".article div p", ".record a[href$='/pack']", ".origin a", ".related a"] {
        browser.find(part).await;
    }
    browser.find(".record summary").await.click().await.unwrap();
    assert!(browser.text("#dan-nguon").await.contains("sha256:"));
    let origin = browser.at().await;
    browser.press(browser.find(".related a[href^='/nguoi/']").await).await;
    browser.find("article.official").await;
    search(browser, "hoang thi mai hanh").await;
    browser.press(browser.find(".person a").await).await;
    assert_eq!(browser.text("h1").await, "Hoàng Thị Mai Hạnh");
    for part in [".posts svg", ".posts blockquote", "#cung + ul a", "#bai + ul a"] {
        browser.find(part).await;
    }
    browser.visit(&origin).await;
    browser.press(browser.find(".article .meta a[href^='/phuong/']").await).await;
    assert!(browser.text(".facts").await.contains("Thu đủ lần cuối"));
    browser.press(browser.find(".newest a").await).await;
    browser.find(".article h1").await;
}

/// Types two days, and takes one back.
async fn by_days(browser: &Browser) {
    search(browser, "phuong").await;
    browser.find(".search summary").await.click().await.unwrap();
    browser.find("#from").await.send_keys("01152023").await.unwrap();
    browser.find("#to").await.send_keys("12302023").await.unwrap();
    browser.press(browser.find(".search button[type=submit]").await).await;
    let chips = browser.texts("ul.chips li").await;
    assert_eq!(chips.len(), 2, "{chips:?}");
    assert!(chips[0].contains("15/01/2023") && chips[1].contains("30/12/2023"), "{chips:?}");
    let days = browser.texts("ol.hits .meta span:nth-child(2)").await;
    assert!(!days.is_empty() && days.iter().all(|day| day.contains("/2023")), "{days:?}");
    browser.press(browser.find("ul.chips a").await).await;
    assert_eq!(browser.count("ul.chips li").await, 1);
}

async fn compare(browser: &Browser) {
    browser.visit("/?status=edited").await;
    assert!(browser.text("ol.hits .badge.edited").await.contains("đã sửa"));
    browser.press(browser.find("ol.hits h2 a").await).await;
    browser.press(browser.find(".badge.edited a").await).await;
    assert_eq!(browser.count(".versions > li").await, 2);
    assert!(browser.text(".versions ins").await.contains("Bổ sung ngày hôm sau."));
    assert_eq!(browser.count(".versions del").await, 0);
    browser.press(browser.find(".versions a[href$='/ban/1/trang']").await).await;
    let frame = browser.find("iframe.archived").await;
    assert_eq!(frame.attr("sandbox").await.unwrap().as_deref(), Some(""));
    frame.enter_frame().await.unwrap();
    assert!(!browser.text("body").await.contains("Bổ sung ngày hôm sau."), "the page before");
    assert!(browser.text("body").await.len() > 200, "the page is shown");
    browser.driver.enter_default_frame().await.unwrap();
}

/// Without a mail server the page says so, and offers feeds.
async fn follow(browser: &Browser) {
    search(browser, "giai phong mat bang").await;
    browser.press(browser.find(".onward a.button").await).await;
    assert!(browser.text("h1").await.contains("giai phong mat bang"));
    browser.find("a[href^='/api/v1/feed?']").await;
    assert!(browser.count(".preview li").await <= 10);
}

async fn journey(browser: Option<Browser>) {
    let Some(browser) = browser else { return };
    read(&browser).await;
    compare(&browser).await;
    follow(&browser).await;
    search(&browser, "giai phong mat bang").await;
    browser.press(browser.find(".language").await).await;
    assert!(browser.text("#ket-qua").await.contains("results"), "English, where one was");
    browser.press(browser.find(".language").await).await;
    assert!(browser.text("#ket-qua").await.contains("kết quả"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_on_a_phone_finds_compares_and_follows() {
    let (_loa, _portals, server) = site();
    journey(Browser::open(&server.base, Screen::Phone).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_on_a_phone_needs_no_scripts() {
    let (_loa, _portals, server) = site();
    journey(Browser::without_scripts(&server.base, Screen::Phone).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_on_a_desktop_finds_compares_and_follows() {
    let (_loa, _portals, server) = site();
    journey(Browser::open(&server.base, Screen::Desktop).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_reader_on_a_desktop_needs_no_scripts() {
    let (_loa, _portals, server) = site();
    journey(Browser::without_scripts(&server.base, Screen::Desktop).await).await;
}

/// A search is followed from the phone: asked for, confirmed by the link in the mail, and ended.
#[tokio::test(flavor = "multi_thread")]
async fn a_reader_follows_by_mail() {
    let Some(mails) = MailServer::start() else { return };
    let (loa, _portals) = Loa::crawled();
    let settings = [
        ("LOA_MAIL_SERVER", mails.url()),
        ("LOA_MAIL_FROM", "Loa Phường <tin@loa.example>".to_owned()),
    ];
    let server = loa.serve_with(&settings);
    let Some(browser) = Browser::without_scripts(&server.base, Screen::Phone).await else { return };
    search(&browser, "giai phong mat bang").await;
    browser.press(browser.find(".onward a.button").await).await;
    browser.fill("#mail", "lan@phuong.example").await;
    browser.press(browser.find("main button[type=submit]").await).await;
    assert!(browser.text("h1").await.contains("hộp thư"));
    let question = mails.wait(1).remove(0);
    let text = question["text"].as_str().unwrap();
    let start = format!("{}/theo-doi/", server.base);
    let link = text.lines().find(|line| line.starts_with(&start)).unwrap();
    browser.visit(link.strip_prefix(&server.base).unwrap()).await;
    browser.press(browser.find_with("main button", "Theo dõi").await).await;
    assert!(browser.text("[role=status]").await.contains("Đang theo dõi"));
    browser.press(browser.find_with("main button", "Thôi theo dõi").await).await;
    assert!(browser.text("[role=status]").await.contains("Bạn đã thôi theo dõi"));
}

#[tokio::test(flavor = "multi_thread")]
async fn suggestions_are_chosen_by_keyboard() {
    let (_loa, _portals, server) = site();
    let Some(browser) = Browser::open(&server.base, Screen::Desktop).await else { return };
    browser.visit("/").await;
    let field = browser.find("#q").await;
    field.send_keys("giai phong").await.unwrap();
    browser.find("#q-suggestions li").await;
    assert_eq!(field.attr("aria-expanded").await.unwrap().as_deref(), Some("true"));
    field.send_keys(Key::Down + "").await.unwrap();
    let chosen = browser.find("#q-suggestions li[aria-selected=true]").await;
    let active = field.attr("aria-activedescendant").await.unwrap();
    assert_eq!(active, chosen.id().await.unwrap());
    assert_eq!(field.prop("value").await.unwrap(), chosen.attr("data-text").await.unwrap());
    // Back to what was typed, and away.
    field.send_keys(Key::Escape + "").await.unwrap();
    assert_eq!(field.prop("value").await.unwrap().as_deref(), Some("giai phong"));
    assert_eq!(field.attr("aria-expanded").await.unwrap().as_deref(), Some("false"));
    // An official is found without accents; Enter goes there.
    field.clear().await.unwrap();
    field.send_keys("hoang thi mai").await.unwrap();
    browser.find_with("#q-suggestions li", "Hoàng Thị Mai Hạnh").await;
    field.send_keys(Key::Down + "").await.unwrap();
    browser.find("#q-suggestions li[aria-selected=true]").await;
    field.send_keys(Key::Enter + "").await.unwrap();
    browser.find_with(".person a", "Hoàng Thị Mai Hạnh").await;
}
