//! Any number of plausible articles from a seed: for load and scale, not for reading.

use fastrand::Rng;
use jiff::ToSpan;
use jiff::civil::date;

use crate::{Article, Attachment, Form};

const FAMILY: [&str; 10] =
    ["Nguyễn", "Trần", "Lê", "Phạm", "Hoàng", "Vũ", "Đặng", "Bùi", "Đỗ", "Ngô"];
const MIDDLE: [&str; 10] =
    ["Văn", "Thị", "Đức", "Minh", "Thị Thu", "Xuân", "Quang", "Ngọc", "Hữu", "Thị Hồng"];
const GIVEN: [&str; 14] = [
    "Hương",
    "Thủy",
    "Hòa",
    "Khánh",
    "Lộc",
    "Tuyết",
    "Nghĩa",
    "Quý",
    "Lý",
    "Oanh",
    "Đạt",
    "Phượng",
    "Sơn",
    "Yến",
];
const POSTS: [&str; 8] = [
    "Bí thư Đảng ủy phường",
    "Chủ tịch UBND phường",
    "Phó Chủ tịch HĐND phường",
    "Chủ tịch Ủy ban MTTQ phường",
    "Trưởng Công an phường",
    "Chỉ huy trưởng Ban CHQS phường",
    "Trạm trưởng Trạm Y tế",
    "Bí thư chi bộ tổ dân phố số 7",
];
const STREETS: [&str; 8] =
    ["Cầu Đất", "Bờ Sông", "Hàng Lụa", "Chợ Mới", "Ngô Gia Tự", "Lò Gạch", "Vườn Cau", "Trần Phú"];
/// Section, opening of the title, matter, document symbols.
const TOPICS: [(&str, &str, &str, &str); 10] = [
    ("Y tế", "Triển khai tiêm chủng", "tiêm vắc xin cho trẻ em dưới 5 tuổi", "KH-UBND"),
    (
        "Quản lý đô thị",
        "Tuyên truyền giải phóng mặt bằng",
        "giải phóng mặt bằng dự án mở rộng ngõ",
        "TB-UBND",
    ),
    (
        "Thông báo",
        "Thông báo tạm ngừng cấp nước",
        "tạm ngừng cấp nước sạch để sửa chữa đường ống",
        "TB-UBND",
    ),
    (
        "Thông báo",
        "Thông báo lịch cắt điện",
        "ngừng cung cấp điện để bảo trì trạm biến áp",
        "TB-UBND",
    ),
    ("Giáo dục", "Kế hoạch tuyển sinh", "tuyển sinh lớp 1 và lớp 6 năm học mới", "KH-UBND"),
    ("Quốc phòng", "Tổ chức khám nghĩa vụ quân sự", "khám sức khỏe nghĩa vụ quân sự", "KH-HĐNVQS"),
    (
        "Trật tự đô thị",
        "Ra quân lập lại trật tự đô thị",
        "xử lý lấn chiếm vỉa hè, lòng đường",
        "KH-UBND",
    ),
    (
        "Công tác Đảng",
        "Hội nghị sơ kết",
        "sơ kết công tác xây dựng Đảng sáu tháng đầu năm",
        "BC/ĐU",
    ),
    ("Kinh tế", "Công khai dự toán ngân sách", "thu, chi ngân sách địa phương", "QĐ-UBND"),
    (
        "Cải cách hành chính",
        "Hướng dẫn dịch vụ công trực tuyến",
        "nộp hồ sơ qua Cổng dịch vụ công",
        "TB-UBND",
    ),
];
const CLOSINGS: [&str; 5] = [
    "Đề nghị nhân dân theo dõi và phối hợp thực hiện.",
    "Các tổ dân phố có trách nhiệm thông báo đến từng hộ gia đình.",
    "Mọi thắc mắc xin liên hệ bộ phận một cửa trong giờ hành chính.",
    "Hội nghị kết thúc trong không khí dân chủ, thống nhất cao.",
    "Kết quả sẽ được niêm yết công khai tại nhà văn hóa.",
];

/// Makes `count` articles; the same seed gives the same ones.
pub fn generate(seed: u64, count: usize) -> Vec<Article> {
    let mut rng = Rng::with_seed(seed);
    (0..count).map(|i| article(&mut rng, i)).collect()
}

fn article(rng: &mut Rng, i: usize) -> Article {
    let (category, opening, matter, symbols) = TOPICS[rng.usize(..TOPICS.len())];
    let street = one(rng, &STREETS);
    let (lane, group, households) = (rng.u32(1..200), rng.u32(1..30), rng.u32(5..400));
    // Twenty minutes apart, so that no two are published in the same minute.
    let start = date(2015, 1, 1).at(7, 30, 0, 0);
    let published = start.saturating_add((20 * i64::try_from(i).unwrap_or(0)).minutes());
    let number = rng.u32(1..500);
    let separator = if symbols.contains('/') { '-' } else { '/' };
    let document = format!("{number:02}{separator}{symbols}");
    let (speaker, post) = (person(rng), one(rng, &POSTS));
    let day = published.strftime("%-d/%-m/%Y");
    let body = vec![
        format!(
            "Ngày {day}, UBND phường ban hành văn bản số {document} về việc {matter} tại ngõ {lane} \
             đường {street}, tổ dân phố số {group}."
        ),
        format!(
            "Đồng chí {speaker}, {post}, cho biết đã có {households} hộ dân được thông báo; diện tích \
             liên quan khoảng {}.{:03} m2, kinh phí {},{} tỷ đồng.",
            rng.u32(1..9),
            rng.u32(0..999),
            rng.u32(1..90),
            rng.u32(0..9)
        ),
        one(rng, &CLOSINGS).to_owned(),
    ];
    let attachments = if rng.u32(..8) == 0 {
        let path = format!("/documents/{}/{i}.pdf", 20_000 + number);
        vec![Attachment { name: format!("Văn bản số {document}.pdf"), path }]
    } else {
        Vec::new()
    };
    Article {
        id: 1_000_000 + i as u64,
        category: category.to_owned(),
        title: format!("{opening} tại tổ dân phố số {group}, ngõ {lane} đường {street} ({i})"),
        published,
        updated: None,
        views: rng.u64(0..5000),
        lead: rng.bool().then(|| format!("Phường thông tin về việc {matter}.")),
        body,
        captions: if rng.u32(..3) == 0 {
            vec![format!("Quang cảnh tại ngõ {lane}")]
        } else {
            vec![]
        },
        credit: rng.bool().then(|| format!("Đ/c {}", person(rng))),
        attachments,
        form: Form::Nfc,
    }
}

fn person(rng: &mut Rng) -> String {
    format!("{} {} {}", one(rng, &FAMILY), one(rng, &MIDDLE), one(rng, &GIVEN))
}

fn one<'a>(rng: &mut Rng, from: &[&'a str]) -> &'a str {
    from[rng.usize(..from.len())]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_articles() {
        let articles = generate(7, 200);
        assert_eq!(articles, generate(7, 200));
        assert_ne!(articles, generate(8, 200));
        assert!(articles.windows(2).all(|pair| pair[0].published < pair[1].published));
    }
}
