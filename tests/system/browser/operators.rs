//! What an operator does: sign in, add a source after a look at its portal, run it now and watch,
//! change its schedule, try a profile, take an article down and restore it, merge and split people.

use super::{Browser, PASSWORD, Screen};
use crate::loa::{Loa, demo_portal, demo_portals};

/// A field of the form for a source.
async fn type_source(browser: &Browser, id: &str, name: &str, start: &str) {
    browser.visit("/dieu-hanh/nguon/moi").await;
    browser.fill("#id", id).await;
    browser.fill("#name", name).await;
    browser.fill("#start", start).await;
    browser.fill("#schedule", "0 2 * * *").await;
    browser.fill("#delay_ms", "60").await;
}

/// Adds a source: first what cannot work, then the portal.
async fn add_source(browser: &Browser, start: &str) {
    type_source(browser, "go-sen", "Phường Gò Sen", "http://127.0.0.1:1/khong-co").await;
    browser.press(browser.find("main .stacked button[type=submit]").await).await;
    assert!(browser.text("#loi").await.contains("robots.txt"), "{}", browser.text("#loi").await);
    type_source(browser, "go-sen", "Phường Gò Sen", start).await;
    browser.press(browser.find("main .stacked button[type=submit]").await).await;
    let found = browser.text("section[aria-labelledby=kiem-tra]").await;
    for word in ["cho phép", "hatinh-net", "02:00", "Tiêu đề"] {
        assert!(found.contains(word), "no “{word}” in {found}");
    }
    browser.find("iframe.archived[sandbox='']").await.enter_frame().await.unwrap();
    assert!(browser.text("body").await.len() > 200, "the page stands beside what was read");
    browser.driver.enter_default_frame().await.unwrap();
    browser.press(browser.find("button[formaction$='/luu']").await).await;
    assert_eq!(browser.at().await, "/dieu-hanh/nguon/go-sen?xong=luu");
}

/// Runs it now, and follows the run to its end.
async fn run_now(browser: &Browser) {
    browser.visit("/dieu-hanh/nguon/go-sen").await;
    browser.find_with("button", "Thu ngay").await.click().await.unwrap();
    let done = browser.find_with("h1", "xong").await;
    assert!(done.text().await.unwrap().starts_with("Lần thu"));
    let new = browser.text("[data-counter=new]").await;
    assert_eq!(new, "17", "the counters of the run");
}

async fn change_schedule(browser: &Browser) {
    browser.visit("/dieu-hanh/nguon/go-sen").await;
    browser.press(browser.find("a[href$='/lich']").await).await;
    assert_eq!(browser.count("section ol li").await, 5);
    browser.fill("#schedule", "khi nao rảnh").await;
    browser.press(browser.find("main .stacked button").await).await;
    assert!(browser.text("#loi").await.contains("five cron fields"));
    browser.fill("#schedule", "30 3 * * 1").await;
    browser.press(browser.find("main .stacked button").await).await;
    let times = browser.texts("section ol li").await;
    assert_eq!(times.len(), 5);
    assert!(times.iter().all(|at| at.starts_with("thứ Hai") && at.contains("03:30")), "{times:?}");
    browser.press(browser.find_with("main button", "Lưu lịch này").await).await;
    assert!(browser.text("[role=status]").await.contains("Đã lưu"));
}

async fn try_profile(browser: &Browser, article: &str) {
    browser.visit(&format!("/dieu-hanh/mau?article={article}&profile=hatinh-net")).await;
    browser.press(browser.find("main .stacked button[type=submit]").await).await;
    let read = browser.text("section[aria-labelledby=doc]").await;
    assert!(read.contains("title") && read.contains("hatinh-net"), "{read}");
    browser.visit("/dieu-hanh/nguon/go-sen/doc-lai").await;
    assert!(browser.text("main").await.contains("Không có gì thay đổi"));
}

async fn take_down_and_restore(browser: &Browser, article: &str) {
    let public = format!("/bai/{article}");
    browser.visit(&public).await;
    let title = browser.text("h1").await;
    browser.press(browser.find(".operators a").await).await;
    assert!(browser.text("main").await.contains(&title));
    browser.fill("#reason", "người dân yêu cầu").await;
    browser.press(browser.find_with("main button", "Ẩn bài").await).await;
    assert!(browser.text("[role=status]").await.contains("Đã ẩn"));
    browser.visit(&public).await;
    assert!(browser.text("h1").await.contains("Không tìm thấy"));
    browser.visit("/dieu-hanh/go-bo").await;
    browser.fill("input[id^='ly-do-']", "đã bỏ tên").await;
    browser.press(browser.find_with("main button", "Hiện lại").await).await;
    browser.visit(&public).await;
    assert_eq!(browser.text("h1").await, title);
}

async fn merge_and_split(browser: &Browser, person: &str) {
    let page = format!("/dieu-hanh/can-bo?nguoi={person}");
    browser.visit(&page).await;
    let articles = browser.count("input[type=checkbox]").await;
    assert!(articles > 1);
    browser.find("input[type=checkbox]").await.click().await.unwrap();
    browser.fill("#ly-do-tach", "người khác trùng tên").await;
    browser.press(browser.find_with("main button", "Tách").await).await;
    assert!(browser.text("[role=status]").await.contains("Đã tách"));
    assert_eq!(browser.count("input[type=checkbox]").await, articles - 1);
    // The new namesake is offered to be merged.
    browser.find("input[type=radio]").await.click().await.unwrap();
    browser.fill("#ly-do-gop", "vẫn là một người").await;
    browser.press(browser.find_with("main button", "Gộp").await).await;
    assert!(browser.text("[role=status]").await.contains("Đã gộp"));
    assert_eq!(browser.count("input[type=checkbox]").await, articles);
    browser.press(browser.find_with("main button", "Hoàn tác").await).await;
    assert!(browser.text("[role=status]").await.contains("hoàn tác"));
}

async fn journey(open: impl AsyncFnOnce(&str) -> Option<Browser>) {
    let loa = Loa::new();
    loa.make_archive();
    loa.add_operator("lan", "editor", PASSWORD);
    let portal = demo_portal("go-sen");
    let server = loa.serve();
    let Some(browser) = open(&server.base).await else { return };
    browser.visit("/dieu-hanh").await;
    assert!(browser.at().await.starts_with("/dang-nhap"), "nobody gets in");
    browser.fill("#name", "lan").await;
    browser.fill("#password", "sai mat khau roi").await;
    browser.press(browser.find("main button[type=submit]").await).await;
    assert!(browser.text("#loi").await.contains("không đúng"));
    browser.sign_in("lan").await;
    assert_eq!(browser.at().await, "/dieu-hanh");
    add_source(&browser, &portal.start_url()).await;
    run_now(&browser).await;
    change_schedule(&browser).await;
    server.wait("/api/v1/search?source=go-sen", |found| found["total"] == 17);
    let found = server.json("/api/v1/search?source=go-sen");
    let article = found["hits"][0]["id"].as_str().unwrap();
    let people = found["facets"]["official"].as_array().unwrap();
    let person = people.iter().find(|one| one["count"].as_u64() > Some(2)).unwrap();
    try_profile(&browser, article).await;
    take_down_and_restore(&browser, article).await;
    merge_and_split(&browser, person["value"].as_str().unwrap()).await;
    // Everything is in the log, under her name; what only admins may is not offered.
    browser.visit("/dieu-hanh/nhat-ky?by=lan").await;
    let log = browser.texts("tbody td:nth-child(3)").await;
    for action in [
        "source.add",
        "source.crawl",
        "source.change",
        "article.take-down",
        "article.lift",
        "official.split",
        "official.merge",
        "official.undo",
    ] {
        assert!(log.iter().any(|one| one == action), "no {action} in {log:?}");
    }
    browser.visit("/dieu-hanh/nguoi-dung").await;
    assert!(browser.text("h1").await.contains("không có quyền"));
    browser.visit("/dieu-hanh").await;
    browser.press(browser.find(".sign-out button").await).await;
    browser.visit("/dieu-hanh").await;
    assert!(browser.at().await.starts_with("/dang-nhap"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_on_a_desktop_adds_a_ward_and_keeps_it() {
    journey(async |base| Browser::open(base, Screen::Desktop).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_on_a_phone_needs_no_scripts() {
    journey(async |base| Browser::without_scripts(base, Screen::Phone).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_on_a_phone_adds_a_ward_and_keeps_it() {
    journey(async |base| Browser::open(base, Screen::Phone).await).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_on_a_desktop_needs_no_scripts() {
    journey(async |base| Browser::without_scripts(base, Screen::Desktop).await).await;
}

/// The progress of a run comes to the page by itself.
#[tokio::test(flavor = "multi_thread")]
async fn a_run_is_followed_live() {
    let loa = Loa::new();
    let portals = demo_portals();
    let slow =
        super::super::loa::sources_file(&portals[..1]).replace("delay_ms = 40", "delay_ms = 1500");
    let file = loa.write("sources.toml", &(slow.trim_end().to_owned() + "\nenabled = false\n"));
    loa.run(&["source", "apply", file.to_str().unwrap(), "--yes"]);
    loa.add_operator("lan", "editor", PASSWORD);
    let server = loa.serve();
    let Some(browser) = Browser::open(&server.base, Screen::Desktop).await else { return };
    browser.sign_in("lan").await;
    let id = portals[0].ward().id;
    browser.visit(&format!("/dieu-hanh/nguon/{id}")).await;
    browser.find_with("button", "Thu ngay").await.click().await.unwrap();
    browser.find("[data-events]").await;
    let page = browser.driver.execute("window.same = true; return 1", Vec::new()).await;
    page.unwrap();
    let counter = browser.find("[data-counter=fetched]").await;
    let first: u64 = counter.text().await.unwrap().parse().unwrap();
    let has_more = |text: &str| text.parse::<u64>().is_ok_and(|count| count > first + 1);
    browser.find_where("[data-counter=fetched]", "more pages", has_more).await;
    let same = browser.driver.execute("return window.same === true", Vec::new()).await.unwrap();
    assert_eq!(same.json(), &serde_json::json!(true), "the page was not loaded again");
}
