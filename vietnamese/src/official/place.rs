//! Places that are named like people, and runs of capitals that hold a place and then a person.

use super::lexicon::{Kind, find, is_family_name};
use super::named::is_verb;
use super::words::Words;

/// Wards, communes and districts of three syllables and more whose names begin like a person's;
/// from the lists of administrative units before and after 1 July 2025 (Decision 124/2004/QĐ-TTg
/// and its changes; Decision 19/2025/QĐ-TTg).
const LIKE_PEOPLE: &str = "\
hồ chí minh|bùi hữu nghĩa|bùi la nhân|bùi thị xuân|bế văn đàn|cao sơn tiến|cao xuân dương|chu văn an|\
châu hưng a|châu phú a|châu phú b|châu quế hạ|châu quế thượng|châu thành a|châu văn liêm|cù lao dung|\
cù lao giêng|dương hồng thủy|dương minh châu|dương xuân hội|giang sơn tây|giang sơn đông|\
giàng chu phìn|hoàng hoa thám|hoàng su phì|hoàng thu phố|hoàng văn thụ|huỳnh hữu nghĩa|hà huy tập|\
hồ thị kỷ|hồ tùng mậu|hồ đắc kiện|kim song trường|la pan tẩn|lâm trung thủy|lê hồng phong|\
lê minh xuân|lê quý đôn|lê thanh nghị|lê ích mộc|lê đại hành|lý thái tổ|lý thường kiệt|lý văn lâm|\
lưu nghiệp anh|lưu vĩnh sơn|lương an trà|lương hòa a|lương hòa lạc|lương khánh thiện|lương thế trân|\
lương văn tri|lục sĩ thành|ma li pho|ma thì hồ|nguyễn an ninh|nguyễn bỉnh khiêm|nguyễn cư trinh|\
nguyễn lương bằng|nguyễn thái bình|nguyễn thái học|nguyễn thị minh khai|nguyễn trung trực|\
nguyễn việt khái|nguyễn văn cừ|nguyễn văn linh|nguyễn văn thảnh|nguyễn đại năng|ninh quới a|\
ninh thạnh lợi|phan bội châu|phan chu trinh|phan ngọc hiển|phan rí cửa|phan rí thành|phan si păng|\
phan sào nam|phan đình phùng|phan rang tháp chàm|phùng chí kiên|phạm hồng thái|phạm ngũ lão|\
phạm sư mạnh|phạm văn cội|phạm văn hai|phạm đình hổ|quách phẩm bắc|thào chư phìn|thái bình trung|\
thân cửu nghĩa|triệu việt vương|trương quang trọng|trần hưng đạo|trần nguyên hãn|trần nhân tông|\
trần quang diệu|trần thành ngọ|trần văn thời|tăng bạt hổ|tăng nhơn phú|tạ an khương|viên an đông|\
vàng ma chải|võ thị sáu|đinh trang hòa|đinh trang thượng|đinh văn lâm hà|đào duy từ|đào hữu cảnh|\
đặng thùy trâm|đồng nai thượng|văn miếu quốc tử giám";

/// Whether a run that begins at `at` begins with the name of such a place; its tokens.
fn like_people(words: &Words<'_>, at: usize, run: usize) -> Option<usize> {
    let known = |length: &usize| {
        let keys = words.keys(at, at + length);
        LIKE_PEOPLE.split('|').any(|place| crate::key::exact_phrase(place) == keys)
    };
    (3..=run.min(5)).rev().find(known)
}

/// How many tokens of the run at `at` are the place's name; what follows is a person's. A
/// person's may follow at once (`phường Đoàn Ngọc Hải`) where `may_be_person` says so.
pub(super) fn name_of_place(words: &Words<'_>, at: usize, may_be_person: bool) -> usize {
    let mut run = words.capital_run(at);
    // A post or a title begins where a place ends: `phường Bồ Đề Chủ tịch …`.
    let begins = [Kind::Title, Kind::Body];
    let ends = (at + 1..at + run).find(|i| find(words, *i, &begins).is_some_and(|f| f.length > 1));
    run = ends.map_or(run, |end| end - at);
    if let Some(place) = like_people(words, at, run) {
        return place;
    }
    if words.is_all_capitals() {
        // Nothing shows where the name ends; most have two syllables.
        let stops = (at..at + run).find(|i| words.get(*i).is_some_and(|t| is_verb(t.acc)));
        run = stops.map_or(run, |stop| stop - at).min(2);
    }
    let family = |i: usize| words.get(i).is_some_and(|t| is_family_name(&t, true));
    let first = if may_be_person { 0 } else { 2 };
    // `Thị` and `Văn` stand in the middle of names, whatever the family.
    let middle = |i: usize| words.get(i).is_some_and(|t| matches!(t.acc, "thị" | "văn"));
    let person = (first..run).find(|k| {
        let rest = run - k;
        let begins = family(at + k) || (rest >= 3 && middle(at + k + 1));
        begins && ((3..=5).contains(&rest) || (rest == 2 && *k >= 2)) && *k != 1
    });
    person.unwrap_or(run.min(6))
}
