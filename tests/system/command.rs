//! The command line: usage errors are 2, failed work is 1, and each says what to do.

use std::process::{Command, Stdio};

use archive::Archive;

use crate::loa::{Loa, wait_until};

#[test]
fn wrong_usage_ends_with_2_and_one_sentence() {
    let loa = Loa::new();
    loa.make_archive();
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
        (vec!["search", "--jsonn"], "no such option"),
        (vec!["search", "a", "--source", "khong-co"], "loa source list"),
        (vec!["search", "a", "--from", "2024-02-01", "--to", "2024-01-01"], "is after"),
        (vec!["--log", "loud", "search", "a"], "debug"),
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
    assert_eq!(loa.try_run(&["source", "list"]).status, 2, "a plan makes no archive");
    loa.run(&["source", "apply", file, "--yes"]);
    assert!(loa.run(&["source", "apply", file]).contains("nothing to change"));
    let exported = loa.write("again.toml", &loa.run(&["source", "export"]));
    assert!(
        loa.run(&["source", "apply", exported.to_str().unwrap()]).contains("nothing to change")
    );
    loa.run(&["source", "remove", "a"]);
    assert_eq!(loa.try_run(&["source", "remove", "a"]).status, 2);
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
    wait_until("the first request", || !portal.log().is_empty());
    let second = loa.try_run(&["crawl", "ben-lang"]);
    assert_eq!(second.status, 1);
    assert!(second.stderr.contains("in use by another loa process"), "{}", second.stderr);
    assert!(first.wait().unwrap().success());
}

#[test]
fn a_mistyped_data_folder_is_told_and_not_made() {
    let loa = Loa::new();
    let folder = loa.data.path().join("loa-dtaa");
    let data = folder.to_str().unwrap();
    for command in [
        vec!["search", "a"],
        vec!["show", "0123456789abcdef"],
        vec!["crawl", "--all"],
        vec!["index", "stats"],
        vec!["source", "list"],
    ] {
        let ran = loa.try_run(&[vec!["--data", data], command].concat());
        assert_eq!(ran.status, 2, "{}", ran.stderr);
        assert!(ran.stderr.contains("there is no archive in"), "{}", ran.stderr);
        assert!(!folder.exists());
    }
}

#[test]
fn files_of_one_name_in_two_folders_are_two_articles_and_a_moved_file_is_known() {
    let loa = Loa::new();
    let folder = |name: &str| {
        let folder = loa.data.path().join(name);
        std::fs::create_dir(&folder).unwrap();
        folder.join("n.txt")
    };
    let files = ["a", "b", "c"].map(folder);
    let import =
        |file: &std::path::Path| loa.json(&["import", file.to_str().unwrap(), "--source", "nhap"]);
    std::fs::write(&files[0], "Tin một\n\nNội dung.\n").unwrap();
    std::fs::write(&files[1], "Tin hai\n\nNội dung.\n").unwrap();
    assert_eq!(import(&files[0])["new"], 1);
    assert_eq!(import(&files[1])["new"], 1);
    std::fs::rename(&files[0], &files[2]).unwrap();
    assert_eq!(import(&files[2])["unchanged"], 1);
    std::fs::write(&files[1], "Tin hai\n\nNội dung mới.\n").unwrap();
    assert_eq!(import(&files[1])["edited"], 1);
    assert_eq!(loa.json(&["search", "tin"])["total"], 2);
}

#[test]
fn what_is_no_text_is_not_imported_and_nothing_is_made_of_it() {
    let loa = Loa::new();
    let bytes: Vec<u8> = (0..=255).cycle().take(2000).collect();
    let file = loa.data.path().join("anh.txt");
    std::fs::write(&file, bytes).unwrap();
    let ran = loa.try_run(&["import", file.to_str().unwrap(), "--source", "nhap"]);
    assert_eq!(ran.status, 1);
    assert!(ran.stdout.contains("it is not text"), "{}", ran.stdout);
    let text: Vec<u8> = "\u{feff}chính quyền\nTin một\nNgày đăng 01/02/2024 | 08:00\nNội dung."
        .encode_utf16()
        .flat_map(u16::to_le_bytes)
        .collect();
    std::fs::write(&file, text).unwrap();
    loa.run(&["import", file.to_str().unwrap(), "--source", "nhap"]);
    assert_eq!(loa.json(&["search", "tin"])["hits"][0]["category"], "chính quyền");
}

#[test]
fn an_interrupted_import_keeps_what_it_read_and_can_go_on() {
    let loa = Loa::new();
    let folder = loa.data.path().join("tin");
    std::fs::create_dir(&folder).unwrap();
    for number in 0..400 {
        let text = format!("Tin số {number}\n\nNội dung của tin {number}.\n");
        std::fs::write(folder.join(format!("{number:03}.txt")), text).unwrap();
    }
    let arguments = ["import", folder.to_str().unwrap(), "--source", "nhap"];
    let mut import = loa.command();
    let import = import.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped());
    let child = import.spawn().unwrap();
    let count = || Archive::open_existing(loa.data.path())?.count_articles();
    wait_until("five articles", || count().unwrap_or_default() >= 5);
    let interrupt = Command::new("kill").args(["-INT", &child.id().to_string()]).status();
    assert!(interrupt.unwrap().success());
    let output = child.wait_with_output().unwrap();
    let said = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{said}");
    assert!(said.contains("what was read is kept"), "{said}");
    let kept = loa.json(&["search", "tin"])["total"].as_u64().unwrap();
    assert!((5..400).contains(&kept), "{kept}");
    let rest = loa.json(&arguments);
    assert_eq!(rest["new"], 400 - kept);
    assert_eq!(rest["unchanged"], kept);
}

#[test]
fn the_demo_keeps_away_from_a_real_archive() {
    let loa = Loa::new();
    loa.make_archive();
    let ran = loa.try_run(&["demo", "--once"]);
    assert_eq!(ran.status, 2);
    assert!(ran.stderr.contains("--data"), "{}", ran.stderr);
    assert_eq!(loa.json(&["source", "list"]).as_array().unwrap().len(), 1);
}
