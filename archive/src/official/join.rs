//! Joining appearances into officials. One appearance is looked at with the officials of its name
//! only, and each question to the archive is answered by an index: the last article of an archive
//! costs no more than the first.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Transaction, params};

use super::words::note_words;
use super::{ArticlePeople, NamedPerson, OfficialId, decision};
use crate::outbox::{self, Change};
use crate::{Archive, ArchiveError, Article, ArticleId};

/// Officials of one name in one place that are compared; more have no more to tell.
const NAMESAKES_MAX: usize = 50;

/// Who an appearance is, and why.
struct Joined {
    official: i64,
    reason: String,
}

impl Archive {
    /// Articles whose newest version was not read for people by rules as new as these.
    pub fn articles_without_people(
        &self,
        rules: u32,
        limit: usize,
    ) -> Result<Vec<ArticleId>, ArchiveError> {
        self.read(|db| {
            let mut query =
                db.prepare_cached("SELECT id FROM article WHERE people_rules < ?1 LIMIT ?2")?;
            let rows =
                query.query_map(params![rules, limit], |row| crate::article::parsed(row, 0))?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Notes the people of articles' newest versions, all in one commit, and joins each to an
    /// official. Who was joined before stays so.
    pub fn record_people(
        &self,
        read: &[ArticlePeople],
        rules: u32,
        now: Timestamp,
    ) -> Result<(), ArchiveError> {
        self.write(|tx| read.iter().try_for_each(|one| record(tx, one, rules, now)))
    }
}

fn record(
    tx: &Transaction<'_>,
    read: &ArticlePeople,
    rules: u32,
    now: Timestamp,
) -> Result<(), ArchiveError> {
    let ArticlePeople { article, people, areas } = read;
    let (id, version) = (article.id.as_str(), article.version);
    let day = day_of(article);
    tx.prepare_cached("DELETE FROM mention WHERE article = ?1 AND version = ?2")?
        .execute(params![id, version])?;
    tx.prepare_cached("DELETE FROM holding WHERE article = ?1 AND version = ?2")?
        .execute(params![id, version])?;
    // Whom an edit took away is no longer named; the alerts compare versions by who was.
    tx.prepare_cached("UPDATE appearance SET is_current = 0 WHERE article = ?1")?.execute([id])?;
    let mut is_changed = false;
    for person in people {
        let (official, is_new) = appearance(tx, (article, &day), person, areas, now)?;
        is_changed |= is_new;
        note(tx, id, version, &day, person, official)?;
    }
    // An index may have taken up the version before its people were read.
    if is_changed || version > 1 {
        outbox::append(tx, &article.id, Change::Edited)?;
    }
    tx.prepare_cached("UPDATE article SET people_rules = ?2 WHERE id = ?1 AND version = ?3")?
        .execute(params![id, rules, version])?;
    Ok(())
}

/// The day of an article: published, else first seen.
fn day_of(article: &Article) -> String {
    match article.fields.published {
        Some(time) => time.day().to_string(),
        None => article.first_seen.chars().take(10).collect(),
    }
}

/// The official of an appearance: the one it was joined to before, or is joined to now, which is
/// new.
fn appearance(
    tx: &Transaction<'_>,
    (article, day): (&Article, &str),
    person: &NamedPerson,
    areas: &[String],
    now: Timestamp,
) -> Result<(i64, bool), ArchiveError> {
    let known = "SELECT official FROM appearance WHERE article = ?1 AND name_key = ?2";
    let values = params![article.id.as_str(), person.name_key];
    let known: Option<i64> =
        tx.prepare_cached(known)?.query_row(values, |row| row.get(0)).optional()?;
    if let Some(official) = known {
        let sql = "UPDATE appearance SET is_current = 1 WHERE article = ?1 AND name_key = ?2";
        tx.prepare_cached(sql)?.execute(params![article.id.as_str(), person.name_key])?;
        return Ok((official, false));
    }
    let source = article.source.as_str();
    let joined = match join(tx, source, person, areas, now)? {
        Some(joined) => joined,
        None => Joined {
            official: add(tx, article, person)?,
            reason: "nobody of this name with such a post or place was known".to_owned(),
        },
    };
    tx.prepare_cached(
        "INSERT INTO appearance (article, name_key, official, source, day, reason)
         VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
    )?
    .execute(params![
        article.id.as_str(),
        person.name_key,
        joined.official,
        source,
        day,
        joined.reason
    ])?;
    Ok((joined.official, true))
}

/// The official of this name whom unit or place show to be the same.
fn join(
    tx: &Transaction<'_>,
    source: &str,
    person: &NamedPerson,
    areas: &[String],
    now: Timestamp,
) -> Result<Option<Joined>, ArchiveError> {
    let found = |official: i64, reason: String| Ok(Some(Joined { official, reason }));
    for holding in &person.holdings {
        let here = holders(tx, "unit", &person.name_key, &holding.unit)?;
        if !here.is_empty() {
            let reason = format!("same name, same unit: {}", holding.unit);
            return found(unite(tx, &here, &reason, now)?, reason);
        }
    }
    for holding in &person.holdings {
        // Where several have posts in one place, the place does not say which one this is.
        if let [official] = holders(tx, "area", &person.name_key, &holding.area)?[..] {
            return found(official, format!("same name, same place: {}", holding.area));
        }
    }
    if !person.holdings.is_empty() {
        return Ok(None);
    }
    // Without a post, the portal and what lies around it are the only evidence; and only where
    // they point to one person.
    let seen = format!(
        "SELECT DISTINCT official FROM appearance WHERE name_key = ?1 AND source = ?2
         LIMIT {NAMESAKES_MAX}"
    );
    let mut query = tx.prepare_cached(&seen)?;
    let here: Vec<i64> = query
        .query_map(params![person.name_key, source], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    if let [official] = here[..] {
        return found(official, "same name at the same portal, no post given".to_owned());
    }
    if here.is_empty() {
        for area in areas {
            if let [official] = holders(tx, "area", &person.name_key, area)?[..] {
                return found(
                    official,
                    format!("same name, with a post in {area}; none given here"),
                );
            }
        }
    }
    Ok(None)
}

/// Makes one official of namesakes who turn out to hold posts in one unit, as where one article
/// names a ward's chairman, another one a district's, and a third both; unless an operator said
/// that they are several. The official.
fn unite(
    tx: &Transaction<'_>,
    officials: &[i64],
    reason: &str,
    now: Timestamp,
) -> Result<i64, ArchiveError> {
    // Whom most articles name is long to count: only where there is anything to unite.
    if let [official] = officials {
        return Ok(*official);
    }
    let mut known = Vec::new();
    for official in officials {
        let sql = "SELECT count(*), coalesce(max(decided), 0) FROM appearance WHERE official = ?1";
        let (appearances, decided): (i64, bool) =
            tx.prepare_cached(sql)?.query_row([official], |row| Ok((row.get(0)?, row.get(1)?)))?;
        known.push((appearances, *official, decided));
    }
    // The one who is named most stays: fewer links change.
    known.sort_by_key(|(appearances, official, _)| (-appearances, *official));
    let Some((_, kept, kept_decided)) = known.first().copied() else { return Ok(officials[0]) };
    for (_, other, decided) in &known[1..] {
        if !kept_decided && !decided {
            decision::unite(tx, kept, *other, reason, now)?;
        }
    }
    Ok(kept)
}

/// The officials to whom articles give posts in a unit or place, under a name.
fn holders(
    tx: &Transaction<'_>,
    column: &'static str,
    name_key: &str,
    value: &str,
) -> Result<Vec<i64>, ArchiveError> {
    if value.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "SELECT DISTINCT official FROM holding WHERE name_key = ?1 AND {column} = ?2
         ORDER BY official LIMIT {NAMESAKES_MAX}"
    );
    let mut query = tx.prepare_cached(&sql)?;
    let rows = query.query_map(params![name_key, value], |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn add(tx: &Transaction<'_>, article: &Article, person: &NamedPerson) -> Result<i64, ArchiveError> {
    let id = OfficialId::of_first(article.id.as_str(), &person.name_key);
    tx.prepare_cached(
        "INSERT INTO official (public_id, name, name_key, given_fold) VALUES (?1, ?2, ?3, ?4)",
    )?
    .execute(params![id.as_str(), person.name, person.name_key, person.given_fold])?;
    let official = tx.last_insert_rowid();
    note_words(tx, official, &person.name_key)?;
    Ok(official)
}

/// Writes down what a version says of a person.
fn note(
    tx: &Transaction<'_>,
    article: &str,
    version: u32,
    day: &str,
    person: &NamedPerson,
    official: i64,
) -> Result<(), ArchiveError> {
    let mut mention = tx.prepare_cached(
        "INSERT OR REPLACE INTO mention VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)",
    )?;
    for m in &person.mentions {
        mention.execute(params![
            article,
            version,
            person.name_key,
            m.paragraph as u64,
            m.start as u64,
            m.stop as u64,
            m.sentence.0 as u64,
            m.sentence.1 as u64,
            m.written,
            m.honorific,
            m.kind,
            m.confidence
        ])?;
    }
    let mut holding = tx.prepare_cached(
        "INSERT OR REPLACE INTO holding VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)",
    )?;
    for h in &person.holdings {
        holding.execute(params![
            article,
            version,
            person.name_key,
            official,
            day,
            h.written,
            h.title,
            h.unit,
            h.area,
            h.tenure,
            h.sentence
        ])?;
    }
    Ok(())
}
