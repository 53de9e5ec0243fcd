//! Whether two names may be one person's: `Thu Hương` and `Đinh Thị Thu Hương`.
//!
//! The order is fixed, family name first. The given name comes last and is what people are called
//! by, so it weighs three times as much as each other part. `Thị` and `Văn` are often left out.

use crate::scan::{Token, scan};

/// Weight of the given name; every other part weighs 1.
const GIVEN: f32 = 3.0;
/// What a part with other accents is worth against the same one.
const OTHER_ACCENTS: f32 = 0.6;
/// The same for a part without marks in a name that has marks elsewhere: `Hoa` may be `Hòa`, but
/// is rather `Hoa`.
const LEFT_OUT_ACCENTS: f32 = 0.8;
/// What it costs besides that any part has other accents, so that whoever has the same ones is
/// told from all others, however many parts they share.
const NOT_THE_SAME: f32 = 0.12;
/// What it costs to miss a part, and `Thị` or `Văn`.
const MISSING: f32 = 0.5;
const MISSING_MIDDLE: f32 = 0.1;

/// How far the name that was asked for may be the one that was written: 1 for the same, less for
/// other accents and missing parts; `None` when they cannot be one person's. A name typed without
/// any marks stands for all accents.
pub fn name_match(asked: &str, written: &str) -> Option<f32> {
    let (asked, written) = (scan(asked), scan(written));
    let asked: Vec<Token<'_>> = asked.iter().collect();
    let written: Vec<Token<'_>> = written.iter().collect();
    let (given, others) = asked.split_last()?;
    let (written_given, written_others) = written.split_last()?;
    let marked = asked.iter().any(Token::is_marked);
    let alike = |asked: &Token<'_>, written: &Token<'_>| alike(asked, written, marked);
    let likeness = alike(given, written_given)?;
    let mut is_same = likeness == 1.0;
    let mut score = GIVEN * likeness;
    let mut left = written_others;
    for part in others.iter().rev() {
        // Parts may be missing on either side; whatever is in both stands in the same order.
        match left.iter().rposition(|other| alike(part, other).is_some()) {
            Some(at) => {
                let likeness = alike(part, &left[at])?;
                is_same &= likeness == 1.0;
                score += likeness - missing(&left[at + 1..]);
                left = &left[..at];
            }
            None if is_common_middle(part) => score += 1.0 - MISSING_MIDDLE,
            None => return None,
        }
    }
    // What stands before the first part asked for was left out: `Thu Hương` means her as well.
    score -= MISSING_MIDDLE * left.len() as f32;
    let says = |parts: &[Token<'_>], other: &str| parts.iter().any(|part| part.fold == other);
    let has_only = |parts, one, other| says(parts, one) && !says(parts, other);
    let differ = |one, other| has_only(others, one, other) && has_only(written_others, other, one);
    if differ("thi", "van") || differ("van", "thi") {
        // A woman's and a man's.
        return None;
    }
    let whole = GIVEN + others.len() as f32;
    let other = if is_same { 0.0 } else { NOT_THE_SAME };
    Some((score / whole - other).clamp(0.0, 1.0))
}

fn missing(parts: &[Token<'_>]) -> f32 {
    let cost = |part: &Token<'_>| if is_common_middle(part) { MISSING_MIDDLE } else { MISSING };
    parts.iter().map(cost).sum()
}

fn is_common_middle(part: &Token<'_>) -> bool {
    matches!(part.fold, "thi" | "van")
}

/// What a part is worth where the name has marks, `in_marks`, or none at all.
fn alike(asked: &Token<'_>, written: &Token<'_>, in_marks: bool) -> Option<f32> {
    match asked.fold == written.fold {
        false => None,
        true if asked.acc == written.acc => Some(1.0),
        true if asked.is_marked() => Some(OTHER_ACCENTS),
        true if in_marks => Some(LEFT_OUT_ACCENTS),
        true => Some(1.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_same_person_is_known_under_shorter_names() {
        let whole = "Đinh Thị Thu Hương";
        let of = |asked: &str| name_match(asked, whole);
        assert_eq!(of("Đinh Thị Thu Hương"), Some(1.0));
        assert_eq!(of("dinh thi thu huong"), Some(1.0));
        assert_eq!(of("ĐINH THỊ THU HƯƠNG"), Some(1.0));
        assert!(of("Đinh Thu Hương").unwrap() > of("Đinh Hương").unwrap());
        assert!(of("Thu Hương").unwrap() > 0.9);
        assert!(of("Hương").unwrap() > 0.8);
        assert!(of("Đinh Thị Thu Hường").unwrap() < 0.85);
        let best = name_match("Trần Hoa", "Trần Hoa").unwrap();
        assert!(best - name_match("Trần Hoa", "Trần Hòa").unwrap() > 0.1);
        assert!(best - name_match("Trần Thành Phong", "Trần Thanh Phong").unwrap() > 0.1);
        assert!(best - name_match("Trần Thanh Phong", "Trần Thành Phong").unwrap() > 0.1);
    }

    #[test]
    fn other_people_are_told_apart() {
        assert_eq!(name_match("Nguyễn Văn Hòa", "Nguyễn Thị Hòa"), None);
        // Two names that were run together are still like themselves.
        let both = "Đinh Thị Hà Văn A";
        assert_eq!(name_match(both, both), Some(1.0));
        for asked in ["Hương Đinh", "Đinh Thị Thu", "Trần Thị Thu Hương", "Đinh Thu Thị Hương", ""]
        {
            assert_eq!(name_match(asked, "Đinh Thị Thu Hương"), None, "{asked}");
        }
    }

    proptest! {
        #[test]
        fn a_name_is_itself(name in "(Nguyễn|Trần|Lê)( Thị| Văn|)( Thu| Minh|)( Hương| Hòa| Tuấn)") {
            prop_assert_eq!(name_match(&name, &name), Some(1.0));
        }
    }
}
