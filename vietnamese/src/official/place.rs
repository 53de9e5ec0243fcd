//! Places that are named like people, and runs of capitals that hold a place and then a person.

use std::collections::HashSet;
use std::sync::LazyLock;

use super::lexicon::{Kind, find, is_family_name};
use super::named::is_verb;
use super::words::Words;
use crate::key::exact_phrase;

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

/// Districts and provinces of two syllables whose names begin like a person's, and countries.
const TWO_SYLLABLES: &str = "\
bạch thông|cao bằng|cao lãnh|cao lộc|cao phong|châu phú|châu thành|châu đốc|châu đức|dương kinh|\
giang thành|hoàng mai|hà giang|hà nam|hà nội|hà quảng|hà tiên|hà trung|hà tĩnh|hà đông|kim bôi|\
kim bảng|kim sơn|kim thành|kim động|la gi|lâm bình|lâm hà|lâm thao|lâm đồng|lê chân|lý nhân|lương sơn|\
lương tài|mai châu|mai sơn|ngô quyền|ninh bình|ninh giang|ninh hòa|ninh hải|ninh kiều|ninh phước|\
ninh sơn|ninh thuận|phan thiết|phan rang|quản bạ|thái bình|thái hòa|thái nguyên|thái thụy|thạch an|\
thạch hà|thạch thành|thạch thất|triệu phong|triệu sơn|trần đề|từ sơn|võ nhai|vũ quang|vũ thư|lai châu|\
thái lan|trung quốc|hàn quốc|nhật bản|triều tiên|đài loan|hồng kông|hoàng sa|trường sa|lý sơn|hồ tây|\
hồ gươm|vũ hán|việt nam|anh quốc|hoa kỳ|vũng tàu|rịa vũng|bà rịa|vũ hán|lào cai|đồng nai|đồng tháp";

static TWO_SYLLABLE_KEYS: LazyLock<HashSet<String>> =
    LazyLock::new(|| TWO_SYLLABLES.split('|').map(exact_phrase).collect());
static LIKE_PEOPLE_KEYS: LazyLock<HashSet<String>> =
    LazyLock::new(|| LIKE_PEOPLE.split('|').map(exact_phrase).collect());

/// Whether two syllables are a district, a province or a country.
pub(super) fn is_district(words: &Words<'_>, at: usize) -> bool {
    TWO_SYLLABLE_KEYS.contains(&words.keys(at, at + 2))
}

/// Whether a run that begins at `at` begins with the name of such a place; its tokens.
fn like_people(words: &Words<'_>, at: usize, run: usize) -> Option<usize> {
    let known = |length: &usize| LIKE_PEOPLE_KEYS.contains(&words.keys(at, at + length));
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
    let known = run >= 2 && is_district(words, at);
    let first = if may_be_person && !known { 0 } else { 2 };
    // `Thị` and `Văn` stand in the middle of names, whatever the family.
    let middle = |i: usize| words.get(i).is_some_and(|t| matches!(t.acc, "thị" | "văn"));
    let begins = |k: usize| family(at + k) || (run - k >= 3 && middle(at + k + 1));
    // Most names have three syllables: `Hà Nội Nguyễn Đức Chung`.
    let person = [3, 4, 2, 5].into_iter().find_map(|length| {
        let k = run.checked_sub(length)?;
        let enough = length > 2 || k >= 2;
        (k >= first && k != 1 && enough && begins(k)).then_some(k)
    });
    person.unwrap_or(run.min(6))
}
