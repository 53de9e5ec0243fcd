//! `loa profile`: what a profile reads, before it goes live.

use crate::loa::{Loa, demo_portal};

#[test]
fn a_page_is_read_field_by_field_and_the_rules_are_named() {
    let loa = Loa::new();
    let portal = demo_portal("go-sen");
    let article = portal.ward().articles[2].clone();
    let url = portal.url(&article);
    for profile in ["hatinh-net", "auto"] {
        let read = loa.json(&["profile", "test", profile, &url]);
        assert_eq!(read["article"]["fields"]["title"], article.title, "{read}");
        let readings = read["readings"].as_array().unwrap();
        let published = readings.iter().find(|r| r["field"] == "published").unwrap();
        assert_eq!(published["rule"], "span.post-times", "{published}");
        assert!(published["raw"].as_str().unwrap().contains('/'), "{published}");
    }
    // Another family's profile sees no article, and says so.
    let ran = loa.try_run(&["profile", "test", "wordpress", &url]);
    assert_eq!(ran.status, 1);
    assert!(ran.stdout.contains("title: nothing found"), "{}", ran.stdout);
    assert!(ran.stderr.contains("sees no article"), "{}", ran.stderr);
    assert_eq!(loa.try_run(&["profile", "test", "khong-co", &url]).status, 2);
}

#[test]
fn a_page_in_a_file_is_read_too_and_a_profile_is_linted() {
    let loa = Loa::new();
    let page = "<h1 class='title-detail'>Họp</h1><span class='post-times'>01/02/2023</span>\
                <div class='content-detail'><p>Tin.</p></div>";
    let file = loa.write("trang.html", page);
    let read = loa.run(&["profile", "test", "hatinh-net", file.to_str().unwrap()]);
    assert!(read.contains("title: Họp"), "{read}");
    let names = loa.json(&["profile", "list"]);
    assert!(names.as_array().unwrap().len() >= 10, "{names}");
    let bad = loa.write("xau.toml", "name = 'x'\nversion = 1\nabout = ''\n");
    let ran = loa.try_run(&["profile", "lint", bad.to_str().unwrap()]);
    assert_eq!((ran.status, ran.stdout.contains("[html]")), (1, true), "{}", ran.stdout);
}

#[test]
fn an_operator_writes_a_profile_for_one_portal() {
    let loa = Loa::new();
    let portal = demo_portal("go-sen");
    let folder = loa.data.path().join("profiles");
    std::fs::create_dir(&folder).unwrap();
    let own = |rule: &str| {
        let text = format!(
            "extends = 'hatinh-net'\nname = 'phuong-go-sen'\nversion = 4\nabout = 'một phường'\n\
             [html.fields]\nlead = [{{ css = '{rule}' }}]\n\
             [[golden]]\npage = 'trang.html'\nurl = 'https://a.example/vi/bai-viet/tin-12'\n\
             contains = {{ lead = 'Tóm tắt' }}\nlacks = {{ body = 'Tóm tắt' }}\n"
        );
        std::fs::write(folder.join("go-sen.toml"), text).unwrap();
    };
    let page = "<h1 class='title-detail'>Họp</h1><p class='tom-tat'>Tóm tắt</p>\
                <div class='content-detail'><p>Tin.</p></div>";
    std::fs::write(folder.join("trang.html"), page).unwrap();
    own("p.tom-tat");
    let checked = loa.run(&["profile", "check"]);
    assert!(checked.contains("phuong-go-sen/4  1 golden pages read"), "{checked}");
    assert!(checked.contains("wordpress/1  1 golden pages read"), "{checked}");
    own("p.sapo");
    let ran = loa.try_run(&["profile", "check", "phuong-go-sen"]);
    assert_eq!((ran.status, ran.stdout.contains("`lead` lacks")), (1, true), "{}", ran.stdout);

    own("h1");
    let sources = crate::loa::sources_file(std::slice::from_ref(&portal));
    let file = loa.write("s.toml", &sources.replace("hatinh-net", "phuong-go-sen"));
    loa.run(&["source", "apply", file.to_str().unwrap(), "--yes"]);
    loa.run(&["crawl", "go-sen"]);
    for article in loa.articles() {
        assert_eq!(article["lead"], article["title"]);
    }
    std::fs::write(folder.join("go-sen.toml"), "name = 3").unwrap();
    let ran = loa.try_run(&["crawl", "go-sen"]);
    assert_eq!((ran.status, ran.stderr.contains("go-sen.toml")), (2, true), "{}", ran.stderr);
}

#[test]
fn a_source_is_looked_at_before_it_is_crawled() {
    let loa = Loa::new();
    let portal = demo_portal("ha-khe");
    loa.add_sources(std::slice::from_ref(&portal));
    let told = loa.run(&["source", "check", "ha-khe"]);
    let newest = portal.ward().articles.last().unwrap().title.clone();
    assert!(told.contains("the start page is allowed"), "{told}");
    assert!(told.contains(&newest) && told.contains("liferay-hanoi/1"), "{told}");
    assert_eq!(portal.log().len(), 3, "robots.txt, the list, an article");
    portal.set_robots("User-agent: *\nDisallow: /\n");
    let ran = loa.try_run(&["source", "check", "ha-khe"]);
    assert_eq!((ran.status, ran.stdout.contains("forbidden")), (1, true), "{}", ran.stdout);
}
