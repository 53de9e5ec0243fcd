//! The query language. Reading it never fails: what is no operator is a word.
//!
//! Words, `"a phrase"`, `-without`, and `field:value` or `field:"a value"`, where the field may be
//! named in Vietnamese, without accents, or in English.

use std::fmt;

use jiff::civil::Date;

use crate::Alteration;

/// Longest query that is read, in characters; the rest is left out.
const QUERY_CHARS_MAX: usize = 2000;

/// Most times that a reading is read again; each takes away at least a sign.
const READINGS_MAX: usize = 16;

/// A field that a query may name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Field {
    /// `người:` a person's name.
    Official,
    /// `nguồn:` the id of a source.
    Source,
    /// `chuyên-mục:` a section.
    Category,
    /// `số:` a document number.
    Document,
    /// `từ:` the first day.
    From,
    /// `đến:` the last day.
    To,
    /// `ngày:` a day, week, month, quarter or year.
    Day,
    /// `tiêu-đề:` words of the title.
    Title,
    /// `trạng-thái:` what happened since: `đã-sửa`, `đã-gỡ`.
    Alteration,
}

/// A part of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Words outside quotes, in order.
    Words(String),
    /// One or the other: `mất điện OR "cúp nước"`. Words, phrases, titles and document numbers.
    AnyOf(Vec<Part>),
    /// A phrase in quotes.
    Phrase(String),
    /// A word or phrase that must not be there.
    Without(String),
    /// A field's value.
    Filter(Field, String),
    /// A field's value that must not be there.
    WithoutFilter(Field, String),
    /// The first day.
    From(Date),
    /// The last day.
    To(Date),
}

/// A query as it was read. Its `Display` is the reading shown to the person who asked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// The parts, in order.
    pub parts: Vec<Part>,
}

impl Field {
    const ALL: [Self; 9] = [
        Self::Official,
        Self::Source,
        Self::Category,
        Self::Document,
        Self::From,
        Self::To,
        Self::Day,
        Self::Title,
        Self::Alteration,
    ];

    /// The Vietnamese name, which `Display` of a query shows.
    pub fn name(self) -> &'static str {
        match self {
            Self::Official => "người",
            Self::Source => "nguồn",
            Self::Category => "chuyên-mục",
            Self::Document => "số",
            Self::From => "từ",
            Self::To => "đến",
            Self::Day => "ngày",
            Self::Title => "tiêu-đề",
            Self::Alteration => "trạng-thái",
        }
    }

    fn english(self) -> &'static str {
        match self {
            Self::Official => "official",
            Self::Source => "source",
            Self::Category => "category",
            Self::Document => "doc",
            Self::From => "from",
            Self::To => "to",
            Self::Day => "date",
            Self::Title => "title",
            Self::Alteration => "status",
        }
    }

    /// The field of this name, in Vietnamese or English, with accents or without.
    pub(crate) fn named(name: &str) -> Option<Self> {
        let folded = vietnamese::fold_phrase(name);
        Self::ALL.into_iter().find(|field| {
            folded == vietnamese::fold_phrase(field.name()) || folded == field.english()
        })
    }
}

impl Query {
    /// Reads what a person typed. What is shown of it is read as the same: whatever looks like an
    /// operator only once quotes and signs are gone is taken for one.
    /// `today` is what `tuần trước` is counted from.
    pub fn read(text: &str, today: Date) -> Self {
        let mut query = Self::read_once(text, today);
        for _ in 0..READINGS_MAX {
            let again = Self::read_once(&query.to_string(), today);
            if again == query {
                break;
            }
            query = again;
        }
        query
    }

    /// Whether what was typed is signs without a word, which ask for nothing that could be found.
    pub(crate) fn is_signs(&self, typed: &str) -> bool {
        self.parts.is_empty() && !typed.trim().is_empty()
    }

    fn read_once(text: &str, today: Date) -> Self {
        let text: String = text.chars().take(QUERY_CHARS_MAX).collect();
        let mut parts: Vec<Part> = Vec::new();
        let pieces = pieces(&text);
        let mut either = false;
        for (i, piece) in pieces.iter().enumerate() {
            if is_or(piece) {
                let next = pieces.get(i + 1).filter(|next| !is_or(next));
                let next = next.and_then(|next| piece_parts(next, today).pop());
                match (parts.last(), next) {
                    (Some(last), Some(next)) if last.is_alternative() && next.is_alternative() => {
                        either = true;
                    }
                    // Of one field's values, any will do in any case.
                    (Some(Part::Filter(one, _)), Some(Part::Filter(other, _))) if *one == other => {
                    }
                    // At an end, or where it parts nothing, it is a word.
                    _ => append(&mut parts, Part::Words(piece.to_lowercase())),
                }
                continue;
            }
            for part in piece_parts(piece, today) {
                match parts.pop() {
                    Some(last) if std::mem::take(&mut either) => parts.push(last.or(part)),
                    last => {
                        parts.extend(last);
                        append(&mut parts, part);
                    }
                }
            }
        }
        Self { parts }
    }
}

impl Part {
    /// Whether it may stand beside `OR`.
    fn is_alternative(&self) -> bool {
        match self {
            Self::Words(text) => has_word(text),
            Self::AnyOf(_) | Self::Phrase(_) => true,
            Self::Filter(field, _) => matches!(field, Field::Document | Field::Title),
            Self::Without(_) | Self::WithoutFilter(..) | Self::From(_) | Self::To(_) => false,
        }
    }

    /// This or the other.
    fn or(self, other: Self) -> Self {
        let mut alternatives = match self {
            Self::AnyOf(alternatives) => alternatives,
            one => vec![one],
        };
        alternatives.push(other);
        Self::AnyOf(alternatives)
    }
}

fn append(parts: &mut Vec<Part>, part: Part) {
    // Words that follow each other stay together: their order counts.
    let words = match parts.last_mut() {
        Some(Part::Words(words)) => Some(words),
        Some(Part::AnyOf(alternatives)) => match alternatives.last_mut() {
            Some(Part::Words(words)) => Some(words),
            _ => None,
        },
        _ => None,
    };
    match (part, words) {
        (Part::Words(word), _) if !has_word(&word) => {}
        (Part::Words(word), Some(words)) => {
            words.push(' ');
            words.push_str(&word);
        }
        (part, _) => parts.push(part),
    }
}

/// Splits at white space that is not inside a closed pair of quotes.
fn pieces(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    let mut rest = text.trim_start();
    while !rest.is_empty() {
        let end = piece_end(rest);
        found.push(&rest[..end]);
        rest = rest[end..].trim_start();
    }
    found
}

fn piece_end(text: &str) -> usize {
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        if c.is_whitespace() {
            return at;
        }
        let after = at + c.len_utf8();
        // A quotation may begin the piece, or follow `-` or `field:`.
        let opens = is_quote(c) && (at == 0 || text[..at].ends_with(['-', ':']));
        if opens && let Some(close) = text[after..].find(is_quote) {
            let quote = text[after + close..].chars().next().map_or(0, char::len_utf8);
            return after + close + quote;
        }
        at = after;
    }
    text.len()
}

/// What a piece says: a stretch of days says two things.
fn piece_parts(text: &str, today: Date) -> Vec<Part> {
    if text.starts_with(is_quote)
        && text.chars().filter(|c| is_quote(*c)).count() == 2
        && has_word(text)
    {
        return vec![Part::Phrase(plain(text))];
    }
    if let Some(rest) = text.strip_prefix('-')
        && has_word(rest)
    {
        return vec![match field_value(rest) {
            // Days cannot be left out: their words are.
            Some((Field::From | Field::To | Field::Day, _)) => {
                Part::Without(plain(&rest.replace(':', " ")))
            }
            Some((field, value)) => Part::WithoutFilter(field, value),
            None => Part::Without(plain(rest)),
        }];
    }
    if let Some((field, value)) = field_value(text) {
        match (field, period(&value, today)) {
            (Field::From, Some(period)) => return vec![Part::From(period.first)],
            (Field::To, Some(period)) => return vec![Part::To(period.last)],
            (Field::Day, Some(period)) => {
                return vec![Part::From(period.first), Part::To(period.last)];
            }
            // A day that cannot be read is searched as words, like all that does not parse.
            (Field::From | Field::To | Field::Day, None) => {}
            _ => return vec![Part::Filter(field, value)],
        }
    }
    // Texts write days as Vietnam does.
    if let Some(day) = iso_day(text) {
        return vec![Part::Words(day.strftime("%d/%m/%Y").to_string())];
    }
    vec![Part::Words(plain(text))]
}

/// `field:value`, where the field is known and there is a value.
fn field_value(text: &str) -> Option<(Field, String)> {
    let (name, value) = text.split_once(':')?;
    let field = Field::named(name)?;
    if field == Field::Alteration && Alteration::named(&plain(value)).is_none() {
        return None;
    }
    has_word(value).then(|| (field, plain(value)))
}

/// `2023-02-17` or `2023-02`, or a day, month, quarter or year as Vietnam writes it.
fn period(value: &str, today: Date) -> Option<vietnamese::Period> {
    let month = || {
        let first = iso_day(&format!("{value}-01"))?;
        Some(vietnamese::Period { first, last: first.last_of_month() })
    };
    let day = iso_day(value).map(|day| vietnamese::Period { first: day, last: day });
    day.or_else(month).or_else(|| vietnamese::period(value, today))
}

/// `2023-02-17`.
fn iso_day(text: &str) -> Option<Date> {
    let is_iso = text.len() == 10 && text.bytes().all(|b| b.is_ascii_digit() || b == b'-');
    is_iso.then(|| text.parse().ok()).flatten()
}

/// A value without its quotes, without a leading `-`, and with single spaces.
fn plain(value: &str) -> String {
    let value = value.replace(is_quote, " ");
    let words = value.split_whitespace().map(|word| word.trim_start_matches('-'));
    words.filter(|word| has_word(word)).collect::<Vec<_>>().join(" ")
}

fn is_or(piece: &str) -> bool {
    piece == "OR" || vietnamese::compose(piece) == "HOẶC"
}

fn is_quote(c: char) -> bool {
    matches!(c, '"' | '“' | '”')
}

fn has_word(text: &str) -> bool {
    !vietnamese::scan(text).is_empty()
}

impl fmt::Display for Query {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (i, part) in self.parts.iter().enumerate() {
            if i > 0 {
                f.write_str(" ")?;
            }
            write!(f, "{part}")?;
        }
        Ok(())
    }
}

impl fmt::Display for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let whole = |value: &str| match value.contains(' ') {
            true => format!("\"{value}\""),
            false => value.to_owned(),
        };
        match self {
            Self::Words(words) => f.write_str(words),
            Self::AnyOf(alternatives) => {
                let texts: Vec<String> = alternatives.iter().map(Self::to_string).collect();
                f.write_str(&texts.join(" OR "))
            }
            Self::Phrase(phrase) => write!(f, "\"{phrase}\""),
            Self::Without(text) => write!(f, "-{}", whole(text)),
            Self::Filter(field, value) => write!(f, "{}:{}", field.name(), whole(value)),
            Self::WithoutFilter(field, value) => write!(f, "-{}:{}", field.name(), whole(value)),
            Self::From(day) => write!(f, "{}:{day}", Field::From.name()),
            Self::To(day) => write!(f, "{}:{day}", Field::To.name()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TODAY: Date = Date::constant(2024, 3, 6);

    fn read(text: &str) -> Query {
        Query::read(text, TODAY)
    }

    #[test]
    fn operators_are_read_under_all_their_names() {
        let query = read(
            "họp \"nhiệm kỳ\" -bão nguon:sai-dong category:\"công tác đảng\" số:02-KH/ĐU tu:2023-01-01 đến:31/12/2023",
        );
        assert_eq!(
            query.parts,
            [
                Part::Words("họp".into()),
                Part::Phrase("nhiệm kỳ".into()),
                Part::Without("bão".into()),
                Part::Filter(Field::Source, "sai-dong".into()),
                Part::Filter(Field::Category, "công tác đảng".into()),
                Part::Filter(Field::Document, "02-KH/ĐU".into()),
                Part::From(Date::constant(2023, 1, 1)),
                Part::To(Date::constant(2023, 12, 31)),
            ]
        );
    }

    #[test]
    fn a_month_ends_where_it_ends() {
        let query = read("từ:\"tháng 2/2024\" den:\"quý I năm 2024\"");
        assert_eq!(query.to_string(), "từ:2024-02-01 đến:2024-03-31");
        assert_eq!(read("họp ngày:\"tuần trước\"").to_string(), "họp từ:2024-02-26 đến:2024-03-03");
    }

    #[test]
    fn or_parts_what_stands_around_it() {
        let words = |text: &str| Part::Words(text.to_owned());
        let any = |texts: &[&str]| Part::AnyOf(texts.iter().map(|t| words(t)).collect());
        let phrase = |text: &str| Part::Phrase(text.to_owned());
        let filter = |field, value: &str| Part::Filter(field, value.to_owned());
        for (text, parts) in [
            ("mất điện OR cúp nước", vec![any(&["mất điện", "cúp nước"])]),
            (
                "điện HOẶC nước OR ga -họp",
                vec![any(&["điện", "nước", "ga"]), Part::Without("họp".into())],
            ),
            (
                "\"mất điện\" OR nước sạch",
                vec![Part::AnyOf(vec![phrase("mất điện"), words("nước sạch")])],
            ),
            (
                "ga OR \"mất điện\" nước",
                vec![Part::AnyOf(vec![words("ga"), phrase("mất điện")]), words("nước")],
            ),
            (
                "tiêu-đề:điện OR số:12-KH/ĐU",
                vec![Part::AnyOf(vec![
                    filter(Field::Title, "điện"),
                    filter(Field::Document, "12-KH/ĐU"),
                ])],
            ),
            ("nguồn:a OR nguồn:b", vec![filter(Field::Source, "a"), filter(Field::Source, "b")]),
            ("nguồn:a OR nước", vec![filter(Field::Source, "a"), words("or nước")]),
            ("OR điện", vec![words("or điện")]),
            ("điện OR", vec![words("điện or")]),
            ("điện or nước", vec![words("điện or nước")]),
        ] {
            let query = read(text);
            assert_eq!(query.parts, parts, "{text}");
            assert_eq!(read(&query.to_string()), query, "{text}");
        }
    }

    #[test]
    fn fields_can_be_left_out_and_days_be_written_as_filters_have_them() {
        let parts = |text: &str| read(text).parts;
        let without = |field, value: &str| Part::WithoutFilter(field, value.to_owned());
        assert_eq!(parts("-nguồn:a"), [without(Field::Source, "a")]);
        assert_eq!(parts("-người:\"Lê An\""), [without(Field::Official, "Lê An")]);
        assert_eq!(parts("-ngày:2023"), [Part::Without("ngày 2023".into())]);
        assert_eq!(read("từ:2023-02").to_string(), "từ:2023-02-01");
        assert_eq!(read("đến:2023-02").to_string(), "đến:2023-02-28");
        assert_eq!(parts("2023-02-17"), [Part::Words("17/02/2023".into())]);
        assert_eq!(read("-ngày:2023 -nguồn:a").to_string(), "-\"ngày 2023\" -nguồn:a");
    }

    #[test]
    fn what_does_not_parse_is_words() {
        for text in ["09:24", "\"mở ngoặc", "- ", "từ:hôm kia", "http://a.vn/x", "nguồn:", "a -"]
        {
            let query = read(text);
            assert!(query.parts.iter().all(|p| matches!(p, Part::Words(_))), "{text}: {query:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_shown_is_read_as_the_same(text in "(điện|OR|HOẶC|-|\"|:|từ:|nguồn:|2023-01-01| |a|“|đ){0,12}|\\PC{0,30}") {
            let query = read(&text);
            prop_assert_eq!(read(&query.to_string()), query);
        }

        #[test]
        fn no_word_of_any_text_is_lost(text in "[axđ\"“: -]{0,30}|\\PC{0,30}") {
            let read = vietnamese::scan(&read(&text).to_string());
            for token in vietnamese::scan(&text).iter() {
                prop_assert!(read.iter().any(|t| t.fold == token.fold), "{} is not in {read:?}", token.fold);
            }
        }
    }
}
