//! The articles of a large archive: every fortieth is a real news article, the others are made of
//! the same words. Each belongs to a ward, has a section and a day, and many name the ward's own
//! officials. The same number gives the same article.

use std::fs;

use fastrand::Rng;
use jiff::ToSpan;
use jiff::civil::{Date, date};

use super::chain::Chain;
use crate::corpus::{self, Document};

/// Wards; each has a block of articles, then the next one.
pub(crate) const WARDS: usize = 1000;
/// Articles in a block.
pub(crate) const BLOCK: usize = 100;
/// One of so many is real: 24,652 of a million.
const REAL: usize = 40;
/// One of so many is another ward's article word for word.
const COPIES: usize = 33;
/// Officials whom a ward has over the years.
const OFFICIALS: usize = 12;

const FIRST_DAY: Date = date(2014, 1, 1);
const DAYS: i64 = 4_600;
const SECTIONS: [&str; 14] = [
    "Tin tức - Sự kiện",
    "Thông báo",
    "Hoạt động của phường",
    "Công tác Đảng",
    "Cải cách hành chính",
    "Y tế",
    "Giáo dục",
    "Quản lý đô thị",
    "An ninh - Quốc phòng",
    "Kinh tế - Xã hội",
    "Văn hóa - Thể thao",
    "Môi trường",
    "Lịch công tác",
    "Người tốt việc tốt",
];
const POSTS: [&str; 8] = [
    "Bí thư Đảng ủy phường",
    "Chủ tịch UBND phường",
    "Phó Chủ tịch UBND phường",
    "Chủ tịch HĐND phường",
    "Chủ tịch Ủy ban MTTQ phường",
    "Trưởng Công an phường",
    "Trưởng trạm Y tế phường",
    "Bí thư Đoàn phường",
];

/// An article as `loa import` takes it.
pub(crate) struct Article {
    pub(crate) url: String,
    pub(crate) title: String,
    pub(crate) body: String,
    pub(crate) category: &'static str,
    pub(crate) published: Date,
}

/// A ward with its officials.
pub(crate) struct Ward {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) unit: String,
    pub(crate) officials: Vec<(String, &'static str)>,
}

/// What articles are made of.
pub(crate) struct Articles {
    chain: Chain,
    news: Vec<Document>,
    pub(crate) wards: Vec<Ward>,
}

impl Articles {
    pub(crate) fn new() -> Self {
        let news = corpus::news();
        Self { chain: Chain::of(&news), news, wards: wards() }
    }

    /// Which ward published an article.
    pub(crate) fn ward_of(number: usize) -> usize {
        number / BLOCK % WARDS
    }

    /// One article.
    pub(crate) fn article(&self, number: usize) -> Article {
        let rng = &mut Rng::with_seed(number as u64);
        let ward = &self.wards[Self::ward_of(number)];
        let url = format!("http://{}.example/{number}", ward.id);
        let category = SECTIONS[rng.usize(..SECTIONS.len())];
        let published = FIRST_DAY + rng.i64(0..DAYS).days();
        let (title, body) = self.text(number, ward, rng);
        Article { url, title, body, category, published }
    }

    fn text(&self, number: usize, ward: &Ward, rng: &mut Rng) -> (String, String) {
        if number.is_multiple_of(REAL) && number / REAL < self.news.len() {
            let Document { title, body, .. } = &self.news[number / REAL];
            let title = if title.trim().is_empty() { "Tin tức" } else { title };
            return (title.to_owned(), body.clone());
        }
        // The block before is another ward's.
        if number % COPIES == 1 && number >= BLOCK {
            let Article { title, body, .. } = self.article(number - BLOCK);
            return (title, body);
        }
        let mut body = self.chain.body(rng);
        for _ in 0..rng.usize(..3) {
            let (name, post) = &ward.officials[rng.usize(..OFFICIALS)];
            let (day, month, year) = (rng.u32(1..29), rng.u32(1..13), rng.u32(2014..2027));
            let (number, ward) = (rng.u32(1..400), &ward.name);
            body.push_str(&format!(
                "\nNgày {day}/{month}/{year}, đồng chí {name}, {post}, ký Kế hoạch số \
                 {number}/KH-UBND của {ward}."
            ));
        }
        (self.chain.title(rng), body)
    }
}

fn wards() -> Vec<Ward> {
    let rng = &mut Rng::with_seed(0);
    let (family, middle, given) = (names("family"), names("middle"), names("given"));
    let list = fs::read_to_string(corpus::folder().join("gazetteer/current_wards.tsv")).unwrap();
    let rows = list.lines().skip(1).map(|line| line.split('\t').collect::<Vec<_>>());
    let wards: Vec<Ward> = rows
        .take(WARDS)
        .map(|row| {
            let name =
                |rng: &mut Rng| [&family, &middle, &given].map(|names| drawn(rng, names)).join(" ");
            let officials = (0..OFFICIALS).map(|i| (name(rng), POSTS[i % POSTS.len()])).collect();
            let unit = format!("{}, {}", row[1], row[4]);
            Ward { id: format!("p{}", row[0]), name: row[1].to_owned(), unit, officials }
        })
        .collect();
    assert_eq!(wards.len(), WARDS);
    wards
}

/// Parts of names with how often people have them.
fn names(kind: &str) -> Vec<(String, u32)> {
    let path = corpus::folder().join(format!("language/names_{kind}.tsv"));
    let list = fs::read_to_string(path).unwrap();
    let rows = list.lines().filter_map(|line| line.split_once('\t'));
    rows.map(|(name, count)| (name.to_owned(), count.trim().parse().unwrap())).collect()
}

fn drawn(rng: &mut Rng, names: &[(String, u32)]) -> String {
    let all: u32 = names.iter().map(|(_, count)| count).sum();
    let mut at = rng.u32(..all);
    let mut found = names.iter().filter(|(_, count)| {
        let here = at < *count;
        at = at.saturating_sub(*count);
        here
    });
    found.next().expect("it lies below the sum").0.clone()
}
