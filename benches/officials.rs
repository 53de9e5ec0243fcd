//! Officials over 100,000 generated articles: what an article costs at the beginning and at the
//! end, and how long a dossier takes.

use std::time::{Duration, Instant};

use archive::{Archive, Recorder, Source};
use crawler::{Imported, Importer, Profiles, read_people};
use fastrand::Rng;
use serde::Serialize;
use serde_json::json;

const WARDS: usize = 200;
const ARTICLES: usize = 500;
const OFFICIALS: usize = 25;
/// Wards at either end that are compared.
const COMPARED: usize = 20;
const DOSSIERS: usize = 2000;

const FAMILY: [&str; 10] =
    ["Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Phan", "Vũ", "Đặng", "Bùi", "Đỗ"];
const MIDDLE: [&str; 10] =
    ["Văn", "Thị", "Minh", "Thanh", "Ngọc", "Đức", "Quang", "Thu", "Hữu", "Xuân"];
const GIVEN: [&str; 30] = [
    "An", "Bình", "Châu", "Dũng", "Giang", "Hà", "Hải", "Hạnh", "Hiền", "Hòa", "Hùng", "Hương",
    "Khánh", "Lan", "Linh", "Long", "Mai", "Nam", "Nga", "Phong", "Phúc", "Quân", "Sơn", "Tâm",
    "Thảo", "Thắng", "Trang", "Tuấn", "Vinh", "Yến",
];
const POSTS: [&str; 8] = [
    "Chủ tịch UBND phường",
    "Phó Chủ tịch UBND phường",
    "Bí thư Đảng ủy phường",
    "Phó Bí thư Đảng ủy phường",
    "Chủ tịch HĐND phường",
    "Chủ tịch Hội LHPN phường",
    "Trưởng Công an phường",
    "Bí thư Đoàn Thanh niên phường",
];

#[derive(Debug, Serialize)]
pub(crate) struct Officials {
    articles: usize,
    officials: usize,
    first_ms_an_article: f64,
    last_ms_an_article: f64,
    growth: f64,
    dossier_median_ms: f64,
    dossier_99th_ms: f64,
}

pub(crate) fn measure() -> Officials {
    let folder = tempfile::tempdir().unwrap();
    let archive = Archive::open(folder.path()).unwrap();
    let mut random = Rng::with_seed(1);
    let times: Vec<Duration> =
        (0..WARDS).map(|ward| read_ward(&archive, folder.path(), ward, &mut random)).collect();
    let mean = |times: &[Duration]| {
        times.iter().sum::<Duration>().as_secs_f64() * 1000.0 / (times.len() * ARTICLES) as f64
    };
    let (first, last) = (mean(&times[..COMPARED]), mean(&times[WARDS - COMPARED..]));
    let known = archive.commonest_officials(usize::MAX >> 1).unwrap();
    let mut dossiers: Vec<f64> = (0..DOSSIERS)
        .map(|_| {
            let id = &known[random.usize(..known.len())].id;
            let started = Instant::now();
            assert!(archive.dossier(id).unwrap().is_some());
            started.elapsed().as_secs_f64() * 1000.0
        })
        .collect();
    dossiers.sort_by(f64::total_cmp);
    Officials {
        articles: WARDS * ARTICLES,
        officials: known.len(),
        first_ms_an_article: first,
        last_ms_an_article: last,
        growth: last / first,
        dossier_median_ms: dossiers[DOSSIERS / 2],
        dossier_99th_ms: dossiers[DOSSIERS * 99 / 100],
    }
}

/// Imports a ward's articles, and reads them for people; the time of the reading.
fn read_ward(
    archive: &Archive,
    folder: &std::path::Path,
    ward: usize,
    random: &mut Rng,
) -> Duration {
    let id: archive::SourceId = format!("phuong-{ward}").parse().unwrap();
    let unit = format!("Phường {ward}, Quận {}, Thành phố Hà Nội", ward / 20);
    let source = Source { unit, ..Source::import_only(id) };
    archive.put_sources(std::slice::from_ref(&source), jiff::Timestamp::UNIX_EPOCH).unwrap();
    let people: Vec<(String, &str)> = (0..OFFICIALS).map(|at| official(at, random)).collect();
    let lines: String = (0..ARTICLES).map(|at| article(ward, at, &people, random)).collect();
    let file = folder.join("lines.jsonl");
    std::fs::write(&file, lines).unwrap();
    let recorder = Recorder::open(archive.clone()).unwrap();
    let recorder = std::sync::Arc::new(std::sync::Mutex::new(recorder));
    let importer = Importer::new(
        archive.clone(),
        recorder,
        source,
        Profiles::built_in(),
        jiff::Timestamp::now,
    );
    importer.import(&file, &mut Imported::default(), &mut |_| true).unwrap();
    let started = Instant::now();
    assert_eq!(read_people(archive, jiff::Timestamp::now()).unwrap(), ARTICLES as u64);
    started.elapsed()
}

fn official(at: usize, random: &mut Rng) -> (String, &'static str) {
    let pick = |list: &'static [&'static str], random: &mut Rng| list[random.usize(..list.len())];
    let name =
        format!("{} {} {}", pick(&FAMILY, random), pick(&MIDDLE, random), pick(&GIVEN, random));
    (name, POSTS[at % POSTS.len()])
}

fn article(ward: usize, at: usize, people: &[(String, &str)], random: &mut Rng) -> String {
    // The first of them are named far oftener than the last.
    let named = |random: &mut Rng| {
        let at = (random.f64() * random.f64() * people.len() as f64) as usize;
        let (name, post) = &people[at];
        format!("đồng chí {name}, {post}")
    };
    let body = format!(
        "Sáng nay, phường {ward} họp tổng kết tháng. Dự hội nghị có {}, {} và {}. Hội nghị nghe báo \
         cáo số {at} về thu ngân sách, trật tự đô thị và vệ sinh môi trường.\n{} đề nghị các tổ dân \
         phố hoàn thành trước ngày 30.",
        named(random),
        named(random),
        named(random),
        named(random)
    );
    let day = format!("20{:02}-{:02}-{:02}", 15 + at / 50, 1 + at % 12, 1 + at % 28);
    let line = json!({
        "url": format!("https://phuong-{ward}.example/{at}"),
        "title": format!("Phường {ward} họp tổng kết tháng, kỳ {at}"),
        "body": body,
        "published_at": day,
    });
    format!("{line}\n")
}
