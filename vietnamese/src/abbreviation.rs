//! Abbreviations of administrative Vietnamese, in both directions.
//!
//! Written by hand from the decrees and papers that use them: Decree 30/2020/NĐ-CP names the kinds
//! of documents, the laws on local government, the Party's and the Front's statutes the bodies.
//! An abbreviation may stand for several things; which one is meant, a query cannot tell.

use std::collections::HashMap;
use std::sync::LazyLock;

use crate::key::{exact_key, exact_phrase};

/// One a line: the abbreviation, then what it stands for, the commonest first.
const TABLE: &str = "\
đ c: đồng chí
ubnd: ủy ban nhân dân
hđnd: hội đồng nhân dân
mttq: mặt trận tổ quốc
ubmttq: ủy ban mặt trận tổ quốc
ubmt: ủy ban mặt trận
bch: ban chấp hành; ban chỉ huy
btv: ban thường vụ; biên tập viên
bcđ: ban chỉ đạo
btc: ban tổ chức; bộ tài chính
bql: ban quản lý
bqlda: ban quản lý dự án
bhxh: bảo hiểm xã hội
bhyt: bảo hiểm y tế
bhtn: bảo hiểm thất nghiệp
bchqs: ban chỉ huy quân sự
tdp: tổ dân phố
kdc: khu dân cư
kp: khu phố
ctmt: công tác mặt trận
gpmb: giải phóng mặt bằng
gcn: giấy chứng nhận
gcnqsdđ: giấy chứng nhận quyền sử dụng đất
qsdđ: quyền sử dụng đất
ttđt: trật tự đô thị; thông tin điện tử
ttxd: trật tự xây dựng
ttatgt: trật tự an toàn giao thông
attt: an toàn thông tin
atgt: an toàn giao thông
attp: an toàn thực phẩm
vsattp: vệ sinh an toàn thực phẩm
vsmt: vệ sinh môi trường
antt: an ninh trật tự
anqp: an ninh quốc phòng
qpan: quốc phòng an ninh
antq: an ninh tổ quốc
pcccc: phòng cháy chữa cháy
pccc: phòng cháy chữa cháy
cnch: cứu nạn cứu hộ
pctt: phòng chống thiên tai
tkcn: tìm kiếm cứu nạn
pcd: phòng chống dịch
pctn: phòng chống tham nhũng
nvqs: nghĩa vụ quân sự
dqtv: dân quân tự vệ
đvtn: đoàn viên thanh niên
đtn: đoàn thanh niên
tncs: thanh niên cộng sản
hccb: hội cựu chiến binh
ccb: cựu chiến binh
hpn: hội phụ nữ
lhpn: liên hiệp phụ nữ
hlhpn: hội liên hiệp phụ nữ
hnd: hội nông dân
hct đ: hội chữ thập đỏ
ctđ: chữ thập đỏ
nct: người cao tuổi
nkt: người khuyết tật
ncc: người có công
lđlđ: liên đoàn lao động
lđtbxh: lao động thương binh và xã hội
lđ-tbxh: lao động thương binh xã hội
tbxh: thương binh xã hội
tnmt: tài nguyên môi trường
tn&mt: tài nguyên và môi trường
vhtt: văn hóa thông tin
vhxh: văn hóa xã hội
vhtttt: văn hóa thể thao và truyền thông
tdtt: thể dục thể thao
gdđt: giáo dục đào tạo
gd&đt: giáo dục và đào tạo
khcn: khoa học công nghệ
khkt: khoa học kỹ thuật
khđt: kế hoạch đầu tư
ktxh: kinh tế xã hội
kt-xh: kinh tế xã hội
xdcb: xây dựng cơ bản
xdnt: xây dựng nông thôn
ntm: nông thôn mới
nnptnt: nông nghiệp phát triển nông thôn
ptnt: phát triển nông thôn
htx: hợp tác xã
nsnn: ngân sách nhà nước
qlnn: quản lý nhà nước
qlđt: quản lý đô thị
qlđđ: quản lý đất đai
qltt: quản lý thị trường
hcc: hành chính công
tthc: thủ tục hành chính
cchc: cải cách hành chính
dvc: dịch vụ công
cntt: công nghệ thông tin
cđs: chuyển đổi số
cbcc: cán bộ công chức
cbccvc: cán bộ công chức viên chức
cbgv: cán bộ giáo viên
cb: cán bộ
nld: người lao động
nlđ: người lao động
cnvc: công nhân viên chức
vplk: văn phòng luật sư
vpub: văn phòng ủy ban
vpđk: văn phòng đăng ký
ct: chủ tịch; chỉ thị
pct: phó chủ tịch
bt: bí thư
pbt: phó bí thư
tbt: tổng bí thư
đu: đảng ủy
đuv: đảng ủy viên
qu: quận ủy
hu: huyện ủy
tu: thành ủy; tỉnh ủy; trung ương
tw: trung ương
tư: trung ương
cp: chính phủ; cổ phần
ttg: thủ tướng
qh: quốc hội; quy hoạch
ubtvqh: ủy ban thường vụ quốc hội
bct: bộ chính trị; bộ công thương
btp: bộ tư pháp
bnv: bộ nội vụ
byt: bộ y tế
bca: bộ công an
bqp: bộ quốc phòng
bgdđt: bộ giáo dục và đào tạo
bxd: bộ xây dựng
bgtvt: bộ giao thông vận tải
gtvt: giao thông vận tải
nđ: nghị định
nq: nghị quyết
qđ: quyết định
kh: kế hoạch; khoa học
tb: thông báo; thương binh
ctr: chương trình
crt: chương trình
hd: hướng dẫn
cv: công văn
bc: báo cáo
tt: thông tư; thị trấn; trung tâm
ttr: tờ trình
gm: giấy mời
đc: đồng chí
tp: thành phố
tx: thị xã
hcm: hồ chí minh
tphcm: thành phố hồ chí minh
hn: hà nội
vn: việt nam
csvn: cộng sản việt nam
xhcn: xã hội chủ nghĩa
chxhcn: cộng hòa xã hội chủ nghĩa
clb: câu lạc bộ
thcs: trung học cơ sở
thpt: trung học phổ thông
th: tiểu học
mn: mầm non
đh: đại học
cđ: cao đẳng
gv: giáo viên
hs: học sinh
sv: sinh viên
ts: tiến sĩ; thí sinh
ths: thạc sĩ
pgs: phó giáo sư
gs: giáo sư
nvh: nhà văn hóa
nvhtdp: nhà văn hóa tổ dân phố
tytế: trạm y tế
tyt: trạm y tế
ttyt: trung tâm y tế
bv: bệnh viện
bvđk: bệnh viện đa khoa
ca: công an
cap: công an phường
cax: công an xã
csgt: cảnh sát giao thông
cskv: cảnh sát khu vực
cshs: cảnh sát hình sự
csđt: cảnh sát điều tra
cccd: căn cước công dân
cmnd: chứng minh nhân dân
hkhẩu: hộ khẩu
tand: tòa án nhân dân
vksnd: viện kiểm sát nhân dân
tha: thi hành án
dsth: dân số thi hành
dskhhgđ: dân số kế hoạch hóa gia đình
khhgđ: kế hoạch hóa gia đình
bđs: bất động sản
xd: xây dựng
sxkd: sản xuất kinh doanh
dn: doanh nghiệp
hkd: hộ kinh doanh
tnhh: trách nhiệm hữu hạn
đt: điện thoại; đầu tư
sđt: số điện thoại
";

struct Table {
    long: HashMap<&'static str, Vec<Vec<String>>>,
    short: HashMap<String, Vec<String>>,
    /// Syllables of the longest expansion.
    longest: usize,
}

static READ: LazyLock<Table> = LazyLock::new(|| {
    let mut table = Table { long: HashMap::new(), short: HashMap::new(), longest: 0 };
    for line in TABLE.lines() {
        let Some((short, long)) = line.split_once(": ") else { continue };
        // Only what the scan reads as one token, or as the two of `đ/c`, can be looked up by it.
        if exact_key(short) != short || short.contains(['-', '&']) {
            continue;
        }
        for long in long.split("; ") {
            let keys = exact_phrase(long);
            let syllables: Vec<String> = keys.split(' ').map(str::to_owned).collect();
            table.longest = table.longest.max(syllables.len());
            table.short.entry(keys).or_default().push(short.to_owned());
            table.long.entry(short).or_default().push(syllables);
        }
    }
    table
});

/// What an abbreviation may stand for, by its exact key (`đ c` for `đ/c`): the syllables' exact keys, the commonest
/// reading first. Empty when it is none.
pub fn expansions(acc: &str) -> &'static [Vec<String>] {
    READ.long.get(acc).map(Vec::as_slice).unwrap_or_default()
}

/// The abbreviations of a text that stand for several of its syllables: for each, the index of the
/// first syllable, their number, and the abbreviation's exact key. `keys` are exact or folded.
pub fn abbreviations(keys: &[&str]) -> Vec<(usize, usize, &'static str)> {
    /// By the folded keys of a long form, its keys and its abbreviation.
    type Folded = HashMap<String, Vec<(Vec<&'static str>, &'static str)>>;
    static FOLDED: LazyLock<Folded> = LazyLock::new(|| {
        let mut folded: HashMap<String, Vec<_>> = HashMap::new();
        for (long, short) in &READ.short {
            let keys: Vec<&str> = long.split(' ').collect();
            let fold: Vec<String> = keys.iter().map(|key| crate::fold_key(key)).collect();
            let entry = folded.entry(fold.join(" ")).or_default();
            entry.extend(short.iter().map(|short| (keys.clone(), short.as_str())));
        }
        folded
    });
    let folds: Vec<String> = keys.iter().map(|key| crate::fold_key(key)).collect();
    let mut found = Vec::new();
    for first in 0..keys.len() {
        for length in 2..=READ.longest.min(keys.len() - first) {
            let typed = &keys[first..first + length];
            // Each syllable as it is written, or without its marks.
            let fits = |long: &[&str]| {
                let bare = &folds[first..];
                let pairs = typed.iter().zip(long).zip(bare);
                pairs.into_iter().all(|((typed, key), bare)| typed == key || typed == bare)
            };
            let entries = FOLDED.get(&folds[first..first + length].join(" "));
            let entries = entries.into_iter().flatten();
            let mut short: Vec<&str> =
                entries.filter(|(long, _)| fits(long)).map(|(_, short)| *short).collect();
            short.sort_unstable();
            short.dedup();
            found.extend(short.into_iter().map(|short| (first, length, short)));
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_read_whole_enough() {
        assert!(READ.long.len() >= 150, "{}", READ.long.len());
    }

    #[test]
    fn both_directions_and_all_readings_are_known() {
        assert_eq!(expansions("ubnd")[0].join(" "), exact_phrase("ủy ban nhân dân"));
        assert_eq!(expansions("ttđt").len(), 2);
        assert!(expansions("phường").is_empty());
        let keys = ["uỷ", "ban", "nhân", "dân", "phường"];
        assert_eq!(abbreviations(&keys), [(0, 4, "ubnd")]);
        let folded = ["giai", "phong", "mat", "bang"];
        assert_eq!(abbreviations(&folded), [(0, 4, "gpmb")]);
    }
}
