//! The query language. Reading it never fails: what is no operator is a word.
//!
//! Words, `"a phrase"`, `-without`, and `field:value` or `field:"a value"`, where the field may be
//! named in Vietnamese, without accents, or in English.

use std::fmt;

use jiff::civil::Date;

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
}

/// A part of a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// Words outside quotes, in order.
    Words(String),
    /// One or the other: `mất điện OR cúp nước`.
    AnyOf(Vec<String>),
    /// A phrase in quotes.
    Phrase(String),
    /// A word or phrase that must not be there.
    Without(String),
    /// A field's value.
    Filter(Field, String),
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
    const ALL: [Self; 8] = [
        Self::Official,
        Self::Source,
        Self::Category,
        Self::Document,
        Self::From,
        Self::To,
        Self::Day,
        Self::Title,
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

    fn read_once(text: &str, today: Date) -> Self {
        let text: String = text.chars().take(QUERY_CHARS_MAX).collect();
        let mut parts: Vec<Part> = Vec::new();
        let pieces = pieces(&text);
        let mut either = false;
        for (i, piece) in pieces.iter().enumerate() {
            // `OR` stands between words; at an end or beside an operator it is a word itself.
            let next = pieces.get(i + 1).and_then(|next| piece_parts(next, today).pop());
            if is_or(piece)
                && matches!(parts.last(), Some(Part::Words(_) | Part::AnyOf(_)))
                && matches!(&next, Some(Part::Words(word)) if has_word(word) && !is_or(word))
            {
                either = true;
                continue;
            }
            if std::mem::take(&mut either)
                && let Some(last @ (Part::Words(_) | Part::AnyOf(_))) = parts.last_mut()
            {
                let mut texts = match std::mem::replace(last, Part::AnyOf(Vec::new())) {
                    Part::Words(text) => vec![text],
                    Part::AnyOf(texts) => texts,
                    _ => Vec::new(),
                };
                texts.push(plain(piece));
                *last = Part::AnyOf(texts);
                continue;
            }
            for part in piece_parts(piece, today) {
                append(&mut parts, part);
            }
        }
        Self { parts }
    }
}

fn append(parts: &mut Vec<Part>, part: Part) {
    match (part, parts.last_mut()) {
        (Part::Words(word), Some(Part::AnyOf(texts))) if has_word(&word) => {
            if let Some(text) = texts.last_mut() {
                text.push(' ');
                text.push_str(&word);
            }
        }
        (Part::Words(word), _) if !has_word(&word) => {}
        // Words that follow each other stay together: their order counts.
        (Part::Words(word), Some(Part::Words(words))) => {
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
        return vec![Part::Without(plain(rest))];
    }
    if let Some((name, value)) = text.split_once(':')
        && let Some(field) = Field::named(name)
        && has_word(value)
    {
        let value = plain(value);
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
    vec![Part::Words(plain(text))]
}

/// `2023-02-17`, or a day, month, quarter or year as Vietnam writes it.
fn period(value: &str, today: Date) -> Option<vietnamese::Period> {
    let day = value.parse().ok().map(|day| vietnamese::Period { first: day, last: day });
    day.or_else(|| vietnamese::period(value, today))
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
            match part {
                Part::Words(words) => f.write_str(words)?,
                Part::AnyOf(texts) => f.write_str(&texts.join(" OR "))?,
                Part::Phrase(phrase) => write!(f, "\"{phrase}\"")?,
                Part::Without(word) if word.contains(' ') => write!(f, "-\"{word}\"")?,
                Part::Without(word) => write!(f, "-{word}")?,
                Part::Filter(field, value) if value.contains(' ') => {
                    write!(f, "{}:\"{value}\"", field.name())?;
                }
                Part::Filter(field, value) => write!(f, "{}:{value}", field.name())?,
                Part::From(day) => write!(f, "{}:{day}", Field::From.name())?,
                Part::To(day) => write!(f, "{}:{day}", Field::To.name())?,
            }
        }
        Ok(())
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
        let any = |texts: &[&str]| Part::AnyOf(texts.iter().map(|t| (*t).to_owned()).collect());
        for (text, parts) in [
            ("mất điện OR cúp nước", vec![any(&["mất điện", "cúp nước"])]),
            (
                "điện HOẶC nước OR ga -họp",
                vec![any(&["điện", "nước", "ga"]), Part::Without("họp".into())],
            ),
            ("OR điện", vec![Part::Words("OR điện".into())]),
            ("điện OR", vec![Part::Words("điện OR".into())]),
            ("điện or nước", vec![Part::Words("điện or nước".into())]),
        ] {
            let query = read(text);
            assert_eq!(query.parts, parts, "{text}");
            assert_eq!(read(&query.to_string()), query, "{text}");
        }
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
