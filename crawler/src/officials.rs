//! Reading articles for the people they name. It follows the archive: whatever version was not
//! read by today's rules is read, after a crawl as well as after an import or an upgrade.

use archive::{Archive, Article, ArticleId, ArticlePeople, Holding, NamedPerson, PersonMention};
use jiff::Timestamp;
use vietnamese::official::{HeldPost, MentionKind, Person, Tenure, people};

use crate::CrawlError;

/// Rises whenever the rules find other people or posts in a text.
const RULES: u32 = 2;
/// Articles that are read and written down at once: whoever writes meanwhile waits so long.
const BATCH: usize = 100;

/// Bodies whose name says which level they are of, as exact keys.
const LEVEL_OF_BODY: [(&str, &str); 10] = [
    ("quận uỷ", "quận"),
    ("quận đoàn", "quận"),
    ("huyện uỷ", "huyện"),
    ("huyện đoàn", "huyện"),
    ("thành uỷ", "thành phố"),
    ("thành đoàn", "thành phố"),
    ("tỉnh uỷ", "tỉnh"),
    ("tỉnh đoàn", "tỉnh"),
    ("thị uỷ", "thị xã"),
    ("thị đoàn", "thị xã"),
];
/// Levels of government; what lies below a ward is told by the ward's name as well.
const LEVELS: [&str; 9] =
    ["phường", "xã", "thị trấn", "đặc khu", "quận", "huyện", "thị xã", "thành phố", "tỉnh"];

/// Reads every article that was not read by today's rules; their number.
///
/// # Errors
/// When the archive fails.
pub fn read_people(archive: &Archive, now: Timestamp) -> Result<u64, CrawlError> {
    let mut read = 0;
    loop {
        let batch = archive.articles_without_people(RULES, BATCH)?;
        if batch.is_empty() {
            return Ok(read);
        }
        read_people_of(archive, &batch, now)?;
        read += batch.len() as u64;
    }
}

/// Reads some articles.
pub(crate) fn read_people_of(
    archive: &Archive,
    ids: &[ArticleId],
    now: Timestamp,
) -> Result<(), CrawlError> {
    let mut read = Vec::new();
    for id in ids {
        let Some(article) = archive.article(id)? else { continue };
        let unit = archive.source(&article.source)?.map(|source| source.unit).unwrap_or_default();
        let areas = areas(&unit);
        let found = people_of(&article).into_iter();
        let found = found.filter(|person| !is_place(&person.name, &areas));
        let people = found.map(|person| named_person(person, &article, &areas)).collect();
        read.push(ArticlePeople { article, people, areas });
    }
    Ok(archive.record_people(&read, RULES, now)?)
}

/// The people whom an article names; none where its text makes their reader panic, which must not keep
/// those of other articles from being read.
fn people_of(article: &Article) -> Vec<Person> {
    let read = std::panic::catch_unwind(|| people(&article.fields.paragraphs()));
    read.unwrap_or_else(|_| {
        tracing::error!(article.id = %article.id, "the people of an article cannot be read");
        Vec::new()
    })
}

/// The areas of a source, the nearest first, as exact keys: `Phường Sài Đồng, Quận Long Biên, …`.
fn areas(unit: &str) -> Vec<String> {
    unit.split(',')
        .map(|part| vietnamese::exact_phrase(part.trim()))
        .filter(|a| !a.is_empty())
        .collect()
}

/// Whether a name is that of the source's own ward, district or province.
fn is_place(name: &str, areas: &[String]) -> bool {
    let key = vietnamese::exact_phrase(name);
    areas.iter().any(|area| area.strip_suffix(&key).is_some_and(|level| level.ends_with(' ')))
}

fn named_person(person: Person, article: &Article, areas: &[String]) -> NamedPerson {
    let paragraphs = article.fields.paragraphs();
    let name_key = vietnamese::exact_phrase(&person.name);
    let given = name_key.rsplit(' ').next().unwrap_or_default();
    let sentence_of = |post: &HeldPost| {
        let said = person
            .mentions
            .iter()
            .find(|m| m.posts.iter().any(|held| held.written == post.written));
        let sentence =
            said.and_then(|m| paragraphs.get(m.paragraph)?.get(m.sentence.0..m.sentence.1));
        sentence.unwrap_or_default().to_owned()
    };
    let holdings = person.posts.iter().map(|post| {
        let (unit, area) = unit_and_area(post, areas, article.source.as_str());
        let tenure = match post.tenure {
            Tenure::Current => "current",
            Tenure::Former => "former",
            Tenure::Acting => "acting",
        };
        let (written, title) = (vietnamese::compose(&post.written), post.title.clone());
        Holding { written, title, unit, area, tenure, sentence: sentence_of(post) }
    });
    let holdings = holdings.collect();
    let mentions = person.mentions.iter().map(|m| PersonMention {
        paragraph: m.paragraph,
        start: m.start,
        stop: m.end,
        sentence: m.sentence,
        written: vietnamese::compose(&m.written),
        honorific: m.honorific.clone(),
        kind: match m.kind {
            MentionKind::Full => "full",
            MentionKind::Short => "short",
            MentionKind::Post => "post",
        }
        .to_owned(),
        confidence: m.confidence,
    });
    let mentions = mentions.collect();
    let given_fold = vietnamese::fold_key(given);
    let name = vietnamese::compose(&person.name);
    NamedPerson { name, name_key, given_fold, mentions, holdings }
}

/// The unit of a post as one key, and the ward, district or province it belongs to. What the text
/// leaves out is the source's own: `UBND phường` is that of its ward, or of whatever ward the source
/// is, where that is not known.
fn unit_and_area(post: &HeldPost, areas: &[String], source: &str) -> (String, String) {
    let of_level = |level: &str| areas.iter().find(|area| is_of_level(area, level)).cloned();
    let named = |(level, name): &(String, String)| match (level.as_str(), name.as_str()) {
        ("", name) => implied_level(post).map(|level| format!("{level} {name}")),
        (level, "") => of_level(level).or_else(|| Some(format!("{level} ({source})"))),
        (level, name) => Some(format!("{level} {name}")),
    };
    let places: Vec<String> = post.places.iter().filter_map(named).collect();
    let is_area = |place: &&String| {
        LEVELS.iter().any(|level| is_of_level(place, &vietnamese::exact_phrase(level)))
    };
    let area = places.iter().find(is_area).cloned();
    let area = area.or_else(|| implied_level(post).and_then(|level| of_level(&level)));
    let area = area.or_else(|| areas.first().cloned()).unwrap_or_else(|| format!("({source})"));
    let mut unit = vec![post.body.clone()];
    unit.extend(places.iter().filter(|place| **place != area).cloned());
    unit.push(area.clone());
    unit.retain(|part| !part.is_empty());
    (unit.join(", "), area)
}

fn is_of_level(place: &str, level: &str) -> bool {
    place.strip_prefix(level).is_some_and(|rest| rest.starts_with(' '))
}

/// The level that a body or title names: `Quận ủy`, `quận ủy viên`.
fn implied_level(post: &HeldPost) -> Option<String> {
    let named = |(body, _): &&(&str, &str)| post.body.contains(body) || post.title.contains(body);
    let found = LEVEL_OF_BODY.iter().find(named);
    found.map(|(_, level)| vietnamese::exact_phrase(level))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn units(text: &str) -> Vec<(String, String)> {
        let areas = areas("Phường Sài Đồng, Quận Long Biên, Thành phố Hà Nội");
        let people = people(&[text]);
        people[0].posts.iter().map(|post| unit_and_area(post, &areas, "sai-dong")).collect()
    }

    #[test]
    fn what_the_text_leaves_out_is_the_source_s_own() {
        let pair = |unit: &str, area: &str| {
            (vietnamese::exact_phrase(unit), vietnamese::exact_phrase(area))
        };
        let plain = |pairs: Vec<(String, String)>| -> Vec<(String, String)> {
            let key = |text: String| vietnamese::exact_phrase(&text);
            pairs.into_iter().map(|(unit, area)| (key(unit), key(area))).collect()
        };
        assert_eq!(
            plain(units("bà Lê Thị Hoa, Chủ tịch UBND phường, Quận ủy viên")),
            [
                pair("ủy ban nhân dân phường sài đồng", "phường sài đồng"),
                pair("quận long biên", "quận long biên"),
            ]
        );
        assert_eq!(
            plain(units("ông Lê Văn Hải - Bí thư chi bộ TDP 14")),
            [pair("tổ dân phố 14 phường sài đồng", "phường sài đồng")]
        );
        assert_eq!(
            plain(units("ông Lê Văn Hải, Bí thư Quận ủy Cầu Lụa")),
            [pair("quận ủy quận cầu lụa", "quận cầu lụa")]
        );
    }
}
