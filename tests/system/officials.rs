//! Officials over the demo's wards: dossiers, whom a query means, and operators' decisions.

use serde_json::Value;
use unicode_normalization::UnicodeNormalization;

use crate::loa::Loa;

/// Somebody of the demo's wards: name, honorific and given name, post, unit or place.
const PEOPLE: [(&str, &str, &str, &str); 12] = [
    ("Hoàng Thị Mai Hạnh", "bà Hạnh", "phó Chủ tịch UBND", "quận Cầu Lụa"),
    ("Nguyễn Hữu Tường", "ông Tường", "Bí thư Đảng ủy", "phường Bến Láng"),
    ("Đỗ Minh Khuê", "ông Khuê", "Chủ tịch UBND", "phường Bến Láng"),
    ("Phạm Thị Lan Anh", "bà Lan Anh", "Chủ tịch Ủy ban MTTQ", "phường Bến Láng"),
    ("Vũ Đức Thịnh", "ông Thịnh", "Bí thư", "Quận ủy Cầu Lụa"),
    ("Trần Thanh Phong", "ông Thanh Phong", "Trưởng Ban Tổ chức", "Quận ủy Cầu Lụa"),
    ("Trần Thành Phong", "ông Thành Phong", "Chủ tịch UBND", "phường Gò Sen"),
    ("Lưu Thị Bích Ngọc", "bà Ngọc", "Bí thư Đảng ủy", "phường Gò Sen"),
    ("Tạ Đình Lộc", "ông Lộc", "Phó Chủ tịch UBND", "phường Gò Sen"),
    ("Kiều Thị Thơm", "bà Thơm", "Chủ tịch Hội LHPN", "phường Gò Sen"),
    ("Bùi Văn Đại", "ông Đại", "Trưởng Công an", "phường Bến Láng"),
    ("Cao Thị Yến", "bà Yến", "Trạm trưởng Trạm Y tế", "phường Bến Láng"),
];

/// A name or post without its marks, as it is typed on a phone.
fn bare(text: &str) -> String {
    vietnamese::fold_phrase(text)
}

/// A name without the marks of its last syllable.
fn half_bare(name: &str) -> String {
    let (rest, given) = name.rsplit_once(' ').unwrap();
    format!("{rest} {}", bare(given))
}

/// A name with another tone on one of its syllables.
fn wrong_tone(name: &str, syllable: usize) -> String {
    const TONES: [char; 5] = ['\u{300}', '\u{301}', '\u{303}', '\u{309}', '\u{323}'];
    let mut syllables: Vec<String> = name.split(' ').map(str::to_owned).collect();
    let letters: String = syllables[syllable].nfd().collect();
    let next =
        |tone: char| TONES[(TONES.iter().position(|t| *t == tone).unwrap() + 1) % TONES.len()];
    syllables[syllable] = match letters.find(TONES) {
        Some(at) => {
            let tone = letters[at..].chars().next().unwrap();
            letters.replacen(tone, &next(tone).to_string(), 1).nfc().collect()
        }
        None => {
            // Behind the last vowel with its own mark: `ơ`.
            let marks = ['\u{302}', '\u{306}', '\u{31b}'];
            let last = letters.rfind(|c: char| "aeiouyAEIOUY".contains(c) || marks.contains(&c));
            let at = last.map(|at| at + letters[at..].chars().next().unwrap().len_utf8()).unwrap();
            format!("{}\u{301}{}", &letters[..at], &letters[at..]).nfc().collect()
        }
    };
    syllables.join(" ")
}

fn officials(answer: &Value) -> Vec<String> {
    let all = answer["officials"].as_array().unwrap();
    all.iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn queries_for_officials_offer_the_right_person_first() {
    let (loa, _portals) = Loa::crawled();
    let server = loa.serve();
    let (mut asked, mut wrong) = (0, Vec::new());
    for (name, short, post, unit) in PEOPLE {
        let queries = [
            name.to_owned(),
            format!("{name}, {post} {unit}"),
            format!("đồng chí {name} - {post} {unit}"),
            format!("{post} {unit} {name}"),
            bare(&format!("{name} {post} {unit}")),
            bare(name),
            format!("{}, {post} {unit}", half_bare(name)),
            format!("{short} {post} {unit}"),
            bare(&format!("{short} {post} {unit}")),
        ];
        // A tone wrong anywhere; but `Thành` for `Thanh` is somebody else.
        let tones = (0..name.split(' ').count()).map(|at| wrong_tone(name, at));
        let tones = tones.filter(|wrong| !wrong.contains("Phong") || wrong.contains("Phỏng"));
        let tones = tones.map(|wrong| format!("{wrong}, {post} {unit}"));
        for query in queries.into_iter().chain(tones) {
            let encoded: String = url::form_urlencoded::byte_serialize(query.as_bytes()).collect();
            let answer = server.json(&format!("/api/v1/search?q={encoded}"));
            asked += 1;
            if officials(&answer).first().map(String::as_str) != Some(name) {
                wrong.push((query, officials(&answer)));
            }
        }
    }
    assert!(asked >= 60);
    assert!(wrong.len() * 20 <= asked, "{} of {asked} are wrong: {wrong:#?}", wrong.len());
}

#[test]
fn who_is_asked_for_must_be_named_and_the_rest_lifts() {
    let (loa, _portals) = Loa::crawled();
    let found = loa.json(&["search", "Hoàng Thị Mai Hạnh, phó Chủ tịch UBND quận Cầu Lụa"]);
    let read = found["query"]["interpreted"].as_str().unwrap();
    assert!(read.starts_with("người:\"Hoàng Thị Mai Hạnh\""), "{read}");
    for hit in found["hits"].as_array().unwrap() {
        let article = loa.json(&["show", hit["id"].as_str().unwrap()]);
        assert!(article.to_string().to_lowercase().contains("mai hạnh"), "{}", hit["title"]);
    }
}

#[test]
fn a_dossier_shows_posts_with_days_and_evidence() {
    let (loa, _portals) = Loa::crawled();
    let dossier = loa.json(&["officials", "hoang thi mai hanh"]);
    let posts = dossier["posts"].as_array().unwrap();
    let of = |title: &str, unit: &str| {
        let keys = (vietnamese::exact_phrase(title), vietnamese::exact_phrase(unit));
        let found = posts.iter().find(|post| {
            post["tenure"] != "former"
                && post["title"] == keys.0
                && post["unit"].as_str().unwrap().ends_with(&keys.1)
        });
        found.unwrap_or_else(|| panic!("{title} {unit}: {posts:#?}"))
    };
    let before = of("chủ tịch", "phường Bến Láng");
    let after = of("phó chủ tịch", "quận Cầu Lụa");
    assert!(before["first"].as_str() < after["first"].as_str());
    for post in [before, after] {
        let sentence = post["evidence"][0]["sentence"].as_str().unwrap();
        assert!(sentence.contains("Mai Hạnh"), "{sentence}");
    }
    assert!(!dossier["with"].as_array().unwrap().is_empty());
    // Two people of nearly one name at one ward are two.
    let other = loa.json(&["officials", "Trần Thành Phong"]);
    let same = loa.json(&["officials", "Trần Thanh Phong"]);
    assert_ne!(other["official"]["id"], same["official"]["id"]);
    // And over HTTP, with the same evidence.
    let id = dossier["official"]["id"].as_str().unwrap();
    let server = loa.serve();
    let served = server.json(&format!("/api/v1/officials/{id}"));
    // Each mention stands at its bytes.
    let article = dossier["articles"][0]["article"].as_str().unwrap();
    let mentions = server.json(&format!("/api/v1/articles/{article}/mentions"));
    let own = mentions.as_array().unwrap().iter().find(|one| one["official"] == id).unwrap();
    let at = |key: &str| own[key].as_u64().unwrap() as usize;
    let sentence = own["sentence"].as_str().unwrap();
    let (start, stop) = (at("start") - at("sentence_start"), at("stop") - at("sentence_start"));
    assert_eq!(&sentence[start..stop], own["written"].as_str().unwrap());
    assert!(own["confidence"].as_f64().unwrap() > 0.5);
    assert_eq!(served["roles"].as_array().unwrap().len(), posts.len());
}

#[test]
fn decisions_can_be_undone_and_outlive_a_new_reading() {
    let (loa, _portals) = Loa::crawled();
    let id = |name: &str| {
        let dossier = loa.json(&["officials", name]);
        dossier["official"]["id"].as_str().unwrap().to_owned()
    };
    let articles =
        |id: &str| loa.json(&["officials", id])["official"]["articles"].as_u64().unwrap();
    let (one, other) = (id("Trần Thành Phong"), id("Trần Thanh Phong"));
    let (of_one, of_other) = (articles(&one), articles(&other));
    let number =
        |told: &str| told.split("undo ").nth(1).unwrap().split('`').next().unwrap().to_owned();
    let merge = number(&loa.run(&["officials", "merge", &one, &other, "--reason", "thử"]));
    // Articles that name both count once.
    let of_both = articles(&one);
    assert!(of_both > of_one.max(of_other) && of_both <= of_one + of_other);
    assert_eq!(id("Trần Thanh Phong"), one);
    loa.run(&["archive", "reextract", "--yes"]);
    assert_eq!(articles(&one), of_both, "reading again changes no decision");
    loa.run(&["officials", "undo", &merge]);
    assert_eq!((articles(&one), articles(&other)), (of_one, of_other));
    assert_eq!(loa.try_run(&["officials", "undo", &merge]).status, 2, "it is undone");

    let dossier = loa.json(&["officials", &one]);
    let first = dossier["articles"][0]["article"].as_str().unwrap().to_owned();
    let told = loa.run(&["officials", "split", &one, &first, "--reason", "người khác"]);
    assert_eq!(articles(&one), of_one - 1, "{told}");
    loa.run(&["officials", "undo", &number(&told)]);
    assert_eq!(articles(&one), of_one);
    let decisions = loa.json(&["officials", "decisions"]);
    let own = decisions.as_array().unwrap().iter().filter(|one| one["by_machine"] == false);
    assert_eq!(own.count(), 2);
}

#[test]
fn who_is_hidden_with_an_article_is_no_evidence() {
    let (loa, _portals) = Loa::crawled();
    let dossier = loa.json(&["officials", "Nguyễn Thị Mão"]);
    let article = dossier["articles"][0]["article"].as_str().unwrap();
    loa.run(&["takedown", "add", article, "--reason", "thử"]);
    assert_eq!(loa.try_run(&["officials", "Nguyễn Thị Mão"]).status, 1);
}

#[test]
fn namesakes_become_one_where_an_article_names_both_posts_and_an_operator_can_undo_it() {
    let loa = Loa::new();
    let source = |id: &str, unit: &str| {
        format!(
            "[[source]]\nid = \"{id}\"\nname = \"{id}\"\nunit = \"{unit}\"\nenabled = false\n\n"
        )
    };
    let text = source("phuong", "Phường Bến Cũ, Quận Sông Con")
        + source("quan", "Phường Cửa Ô, Quận Núi Cả").as_str()
        + source("khac", "Phường Đồi Xa, Quận Biển Lớn").as_str();
    let file = loa.write("sources.toml", &text);
    loa.run(&["source", "apply", file.to_str().unwrap(), "--yes"]);
    let import = |source: &str, number: usize, body: &str| {
        let line = serde_json::json!({ "url": format!("https://a.example/{number}"),
            "title": "Hội nghị", "body": body, "published_at": format!("2023-0{number}-01") });
        let file = loa.write(&format!("{number}.jsonl"), &format!("{line}\n"));
        loa.run(&["import", file.to_str().unwrap(), "--source", source]);
    };
    let name = "Lương Thị Hồng Nhạn";
    let known = || -> Vec<u64> {
        let listed = loa.json(&["officials"]);
        let own = listed.as_array().unwrap().iter().filter(|one| one["name"] == name);
        own.map(|one| one["articles"].as_u64().unwrap()).collect()
    };
    import("phuong", 1, &format!("Bà {name}, Chủ tịch UBND phường Bến Cũ dự họp."));
    import("khac", 2, &format!("Bà {name}, Phó Chủ tịch UBND quận Núi Cả phát biểu."));
    assert_eq!(known(), [1, 1], "nothing shows that they are one");
    let both = format!(
        "Bà {name}, Chủ tịch UBND phường Bến Cũ được điều động giữ chức Phó Chủ tịch UBND quận Núi Cả."
    );
    import("phuong", 3, &both);
    // The unit of the second post is found with the next article that names it.
    import("quan", 4, &format!("Bà {name}, Phó Chủ tịch UBND quận Núi Cả kiểm tra."));
    assert_eq!(known(), [4]);
    let decisions = loa.json(&["officials", "decisions"]);
    let decision = &decisions.as_array().unwrap()[0];
    assert_eq!(decision["by_machine"], true, "{decision}");
    loa.run(&["officials", "undo", &decision["id"].to_string()]);
    let mut apart = known();
    apart.sort_unstable();
    assert_eq!(apart.iter().sum::<u64>(), 4);
    assert_eq!(apart.len(), 2);
    import("quan", 5, &format!("Bà {name}, Phó Chủ tịch UBND quận Núi Cả trao quà."));
    assert_eq!(known().len(), 2, "an operator decided that they are two");
}

/// Imports articles with these bodies into a source of its own making; their numbers begin at
/// `first`.
fn import_bodies(loa: &Loa, source: &str, first: usize, bodies: &[String]) {
    let line = |(number, body): (usize, &String)| {
        let url = format!("https://a.example/{}", first + number);
        serde_json::json!({ "url": url, "title": "Hội nghị", "body": body }).to_string() + "\n"
    };
    let lines: String = bodies.iter().enumerate().map(line).collect();
    let file = loa.write(&format!("{source}-{first}.jsonl"), &lines);
    loa.run(&["import", file.to_str().unwrap(), "--source", source]);
}

/// How many articles each official of a name has.
fn officials_of(loa: &Loa, name: &str) -> Vec<u64> {
    let file = loa.run(&["search", &format!("người:\"{name}\""), "--json", "--limit", "1"]);
    let answer: Value = serde_json::from_str(&file).unwrap();
    let rows = answer["facets"]["official"].as_array().unwrap();
    let own = rows.iter().filter(|row| row["label"].as_str().unwrap().starts_with(name));
    own.map(|row| row["count"].as_u64().unwrap()).collect()
}

#[test]
fn however_many_namesakes_there_are_each_is_known_again() {
    let loa = Loa::new();
    let name = "Nguyễn Văn Hùng";
    let ward = |number: usize| format!("Ông {name}, Chủ tịch UBND phường {number} dự họp.");
    let bodies: Vec<String> = (1..=60).map(ward).chain((0..5).map(|_| ward(58))).collect();
    import_bodies(&loa, "a", 0, &bodies);
    let counts = officials_of(&loa, name);
    assert_eq!((counts[0], counts[1]), (6, 1), "{counts:?}");
}

#[test]
fn wards_whose_unit_is_not_known_are_not_one() {
    let loa = Loa::new();
    let body = ["Ông Lê Văn Khoái, Chủ tịch UBND phường dự họp.".to_owned()];
    import_bodies(&loa, "phuong-a", 0, &body);
    import_bodies(&loa, "phuong-b", 1, &body);
    assert_eq!(officials_of(&loa, "Lê Văn Khoái"), [1, 1]);
}

#[test]
fn who_was_edited_out_is_in_no_dossier() {
    let loa = Loa::new();
    let body = |text: &str| [text.to_owned()];
    import_bodies(&loa, "a", 0, &body("Bà Tạ Thị Nhài, Chủ tịch UBND phường dự họp."));
    let id = loa.json(&["officials", "Tạ Thị Nhài"])["official"]["id"].clone();
    import_bodies(&loa, "a", 0, &body("Bà Tạ Thị Nhài, Phó Chủ tịch UBND phường dự họp."));
    let dossier = loa.json(&["officials", id.as_str().unwrap()]);
    let posts: Vec<&str> = dossier["posts"]
        .as_array()
        .unwrap()
        .iter()
        .map(|p| p["written"].as_str().unwrap())
        .collect();
    assert_eq!(posts, ["Phó Chủ tịch UBND phường"]);
    import_bodies(&loa, "a", 0, &body("Lãnh đạo phường dự họp."));
    assert_eq!(loa.try_run(&["officials", id.as_str().unwrap()]).status, 1);
}

#[test]
fn a_file_with_a_hidden_article_is_not_shown_for_another() {
    let loa = Loa::new();
    import_bodies(&loa, "a", 0, &["Bí mật riêng tư.".to_owned(), "Tin chung.".to_owned()]);
    let id = |text: &str| loa.json(&["search", text])["hits"][0]["id"].as_str().unwrap().to_owned();
    let (hidden, shown) = (id("bí mật riêng tư"), id("tin chung"));
    let server = loa.serve();
    assert_eq!(server.get(&format!("/api/v1/articles/{shown}/raw")).status, 200);
    loa.run(&["takedown", "add", &hidden, "--reason", "thử"]);
    assert_eq!(server.get(&format!("/api/v1/articles/{shown}/raw")).status, 403);
}
