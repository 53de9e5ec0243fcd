//! The command line: usage errors are 2, failed work is 1, and each says what to do.

use crate::loa::Loa;

#[test]
fn wrong_usage_ends_with_2_and_one_sentence() {
    let loa = Loa::new();
    let bad = loa.write("bad.toml", "[crawler]\ncolour = 1\n");
    let twice = loa.write(
        "twice.toml",
        "[[source]]\nid = \"a\"\nname = \"A\"\nenabled = false\n[[source]]\nid = \"a\"\nname = \"B\"\nenabled = false\n",
    );
    let unknown_profile = loa.write(
        "profile.toml",
        "[[source]]\nid = \"a\"\nname = \"A\"\nenabled = false\nprofile = \"liferay\"\n",
    );
    let schedule = loa.write(
        "schedule.toml",
        "[[source]]\nid = \"a\"\nname = \"A\"\nenabled = false\nschedule = \"hourly\"\n",
    );
    let path = |p: &std::path::Path| p.to_str().unwrap().to_owned();
    for (arguments, word) in [
        (vec!["crawl"], "--all"),
        (vec!["crawl", "khong-co"], "loa source list"),
        (vec!["crawl", "--all"], "loa source apply"),
        (vec!["show", "17"], "16 hexadecimal"),
        (vec!["import", "khong-co.txt", "--source", "a"], "no file or folder"),
        (vec!["import", "x", "--source", "Sài Đồng"], "a-z, 0-9"),
        (vec!["--config", &path(&bad), "source", "list"], "colour"),
        (vec!["source", "apply", &path(&twice)], "there twice"),
        (vec!["source", "apply", &path(&unknown_profile)], "liferay-hanoi"),
        (vec!["source", "apply", &path(&schedule)], "0 5,17 * * *"),
        (vec!["search", "a", "--limit", "0"], "--limit"),
    ] {
        let ran = loa.try_run(&arguments);
        assert_eq!(ran.status, 2, "{arguments:?}: {}", ran.stderr);
        assert!(ran.stderr.contains(word), "{arguments:?}: {}", ran.stderr);
    }
    let ran = loa.try_run(&["show", "0123456789abcdef"]);
    assert_eq!(ran.status, 1);
    assert!(ran.stderr.contains("there is no article"), "{}", ran.stderr);
}

#[test]
fn a_plan_is_printed_and_applied_only_on_yes() {
    let loa = Loa::new();
    let file =
        loa.write("s.toml", "[[source]]\nid = \"a\"\nname = \"Phường A\"\nenabled = false\n");
    let file = file.to_str().unwrap();
    assert!(loa.run(&["source", "apply", file]).contains("add a (Phường A)"));
    assert_eq!(loa.run(&["source", "list"]), "");
    loa.run(&["source", "apply", file, "--yes"]);
    assert!(loa.run(&["source", "apply", file]).contains("nothing to change"));
    let exported = loa.write("again.toml", &loa.run(&["source", "export"]));
    assert!(
        loa.run(&["source", "apply", exported.to_str().unwrap()]).contains("nothing to change")
    );
    loa.run(&["source", "remove", "a"]);
    assert_eq!(loa.try_run(&["source", "remove", "a"]).status, 1);
}

#[test]
fn bad_lines_are_named_by_number_and_good_ones_are_kept() {
    let loa = Loa::new();
    let file = loa.write(
        "tin.jsonl",
        "{\"url\":\"http://a.example/1\",\"title\":\"Tin một\"}\nnonsense\n\n{\"title\":\"không có url\"}\n\
         {\"url\":\"http://a.example/2\",\"title\":\"Tin hai\",\"published_at\":\"2024-05-06\"}\n",
    );
    let ran = loa.try_run(&["import", file.to_str().unwrap(), "--source", "a"]);
    assert_eq!(ran.status, 1);
    assert!(
        ran.stdout.contains("tin.jsonl:2: ") && ran.stdout.contains("tin.jsonl:4: "),
        "{}",
        ran.stdout
    );
    let found = loa.json(&["search", "tin", "--sort", "newest"]);
    assert_eq!(found["total"], 2);
    assert_eq!(found["hits"][0]["published_at"], "2024-05-06", "a bare day stays a day");
}

#[test]
fn a_text_is_shown_as_it_is_read() {
    let loa = Loa::new();
    let reading =
        loa.json(&["analyze", "Ủy ban, Kế hoạch số 02-KH/ĐU ngày 17/2/2023 của bà Trần Thị Hương"]);
    assert_eq!(reading["tokens"][0]["acc"], "uỷ");
    assert_eq!(reading["tokens"][0]["fold"], "uy");
    assert_eq!(reading["tokens"][0]["end"], 4);
    assert_eq!(reading["documents"][0], "2|kh-đu");
    assert_eq!(reading["dates"][0], "2023-02-17");
    assert_eq!(reading["names"][0]["name"], "Trần Thị Hương");
}

#[test]
fn two_writers_at_once_are_refused_with_a_clear_sentence() {
    let loa = Loa::new();
    let portal = crate::loa::demo_portal("ben-lang");
    // Slow enough that the second process surely meets the first.
    portal.set_robots("User-agent: *\nCrawl-delay: 0.2\n");
    loa.add_sources(std::slice::from_ref(&portal));
    let mut first = loa.command().args(["crawl", "ben-lang", "--max-pages", "12"]).spawn().unwrap();
    while portal.log().is_empty() {
        std::thread::yield_now();
    }
    let second = loa.try_run(&["crawl", "ben-lang"]);
    assert_eq!(second.status, 1);
    assert!(second.stderr.contains("in use by another loa process"), "{}", second.stderr);
    assert!(first.wait().unwrap().success());
}
