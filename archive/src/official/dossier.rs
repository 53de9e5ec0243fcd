//! What is known of an official: names as written, posts with their evidence, articles, wards, and
//! who appears together with them. Hidden articles are no evidence.

use rusqlite::{Connection, OptionalExtension, Row, params};
use serde::Serialize;

use super::{ArticleMention, OfficialId, PersonMention};
use crate::article::parsed;
use crate::{Archive, ArchiveError, ArticleId, SourceId};

/// Articles and people listed in a dossier.
const LISTED_MAX: usize = 100;

/// An official.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Official {
    /// The id.
    pub id: OfficialId,
    /// The name.
    pub name: String,
    /// Articles that name them.
    pub articles: u64,
    /// The first and the last day of these, YYYY-MM-DD; none where all are hidden.
    pub first: Option<String>,
    /// See `first`.
    pub last: Option<String>,
    /// The post that was seen last, as written, with `nguyên` or `quyền` where it is over or acting.
    pub role: Option<String>,
}

/// An official as one article names them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct InArticle {
    /// The id.
    pub id: OfficialId,
    /// The name.
    pub name: String,
    /// A post that the article gives them, as written.
    pub role: Option<String>,
}

/// What is known of an official.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Dossier {
    /// Who it is.
    pub official: Official,
    /// The names as articles write them, the commonest first.
    pub names: Vec<Seen>,
    /// The posts, the one that was seen last first.
    pub posts: Vec<Post>,
    /// The articles, the newest first; a hundred at most.
    pub articles: Vec<Evidence>,
    /// The people who appear in the same articles, the commonest first; a hundred at most.
    pub with: Vec<CoMention>,
    /// The sources whose articles name them, the commonest first.
    pub sources: Vec<Seen>,
    /// The years in which articles name them, the earliest first.
    pub years: Vec<Seen>,
}

/// A text and how many articles have it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Seen {
    /// The text; an id for sources.
    pub value: String,
    /// Articles.
    pub articles: u64,
}

/// A post, as long as articles speak of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Post {
    /// Its fullest wording.
    pub written: String,
    /// Exact keys of title and unit.
    pub title: String,
    /// See `title`.
    pub unit: String,
    /// `current`, `former` (said to be over) or `acting`.
    pub tenure: String,
    /// The first and the last day on which an article says so.
    pub first: String,
    /// See `first`.
    pub last: String,
    /// Articles that say so.
    pub articles: u64,
    /// The sentences of the first and the last of them.
    pub evidence: Vec<Evidence>,
}

/// An article, and the sentence in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Evidence {
    /// The article.
    pub article: ArticleId,
    /// Its source.
    pub source: SourceId,
    /// Its day.
    pub day: String,
    /// Its title.
    pub title: String,
    /// The sentence that the post rests on; for an article, why it is this person.
    pub sentence: String,
}

/// Somebody who appears in the same articles.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct CoMention {
    /// Who.
    pub id: OfficialId,
    /// The name.
    pub name: String,
    /// In how many articles.
    pub articles: u64,
}

/// The post that the newest article to name one gives an official, the one of `official_row`; of
/// thousands the newest are looked at.
const ROLE: &str =
    "SELECT CASE tenure WHEN 'former' THEN 'nguyên ' WHEN 'acting' THEN 'quyền ' ELSE '' END
         || written FROM (SELECT * FROM holding WHERE official = official_row.id
             ORDER BY day DESC LIMIT 32) AS newest
         JOIN article ON article.id = newest.article AND article.version = newest.version
             AND article.status <> 'hidden'
     ORDER BY day DESC, tenure = 'former', length(written) DESC LIMIT 1";

const SHOWN: &str = "article.status <> 'hidden'";

impl Archive {
    /// One official; of one who was merged, the other.
    pub fn official(&self, id: &OfficialId) -> Result<Option<Official>, ArchiveError> {
        self.read(|db| match row_of(db, id)? {
            Some(row) => official(db, row),
            None => Ok(None),
        })
    }

    /// How often an official appears in articles, whatever became of these: quick to count.
    pub fn appearances_of(&self, id: &OfficialId) -> Result<u64, ArchiveError> {
        self.read(|db| {
            let sql = "SELECT count(*) FROM appearance
                 WHERE official = (SELECT id FROM official WHERE public_id = ?1)";
            Ok(db.prepare_cached(sql)?.query_row([id.as_str()], |row| row.get(0))?)
        })
    }

    /// The id and name of the official of a number, and the post that the newest article to name
    /// one gives them; of one who was merged, the other's.
    pub fn official_of_number(
        &self,
        number: u32,
    ) -> Result<Option<(OfficialId, String, Option<String>)>, ArchiveError> {
        self.read(|db| {
            let Some(row) = kept_row(db, number.into())? else { return Ok(None) };
            let sql = format!(
                "SELECT public_id, name, ({ROLE}) FROM official AS official_row WHERE id = ?1"
            );
            let found = db
                .prepare_cached(&sql)?
                .query_row([row], |row| Ok((parsed(row, 0)?, row.get(1)?, row.get(2)?)));
            Ok(Some(found?))
        })
    }

    /// The id and name of an official; of one who was merged, the other's.
    pub fn official_of(
        &self,
        id: &OfficialId,
    ) -> Result<Option<(OfficialId, String)>, ArchiveError> {
        self.read(|db| {
            let Some(row) = row_of(db, id)? else { return Ok(None) };
            let sql = "SELECT public_id, name FROM official WHERE id = ?1";
            let mut query = db.prepare_cached(sql)?;
            Ok(Some(query.query_row([row], |row| Ok((parsed(row, 0)?, row.get(1)?)))?))
        })
    }

    /// The officials whom a version of an article names: the number of each in this archive, and
    /// the id.
    pub fn officials_in(
        &self,
        article: &ArticleId,
        version: u32,
    ) -> Result<Vec<(u32, OfficialId)>, ArchiveError> {
        self.read(|db| {
            let mut query = db.prepare_cached(
                "SELECT DISTINCT official.id, official.public_id FROM mention
                 JOIN appearance ON appearance.article = mention.article
                     AND appearance.name_key = mention.name_key
                 JOIN official ON official.id = appearance.official
                 WHERE mention.article = ?1 AND mention.version = ?2",
            )?;
            let rows = query.query_map(params![article.as_str(), version], |row| {
                Ok((row.get(0)?, parsed(row, 1)?))
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// The officials whom most articles name.
    pub fn commonest_officials(&self, limit: usize) -> Result<Vec<Official>, ArchiveError> {
        self.read(|db| {
            let sql = "SELECT official FROM appearance WHERE is_current GROUP BY official
                 ORDER BY count(*) DESC, official LIMIT ?1";
            let mut query = db.prepare_cached(sql)?;
            let ids: Vec<i64> =
                query.query_map([limit], |row| row.get(0))?.collect::<Result<_, _>>()?;
            let mut all = Vec::new();
            for id in ids {
                all.extend(official(db, id)?);
            }
            Ok(all)
        })
    }

    /// The posts of an official as one text of exact keys, to compare a query with.
    pub fn post_keys(&self, id: &OfficialId) -> Result<String, ArchiveError> {
        self.read(|db| {
            let sql = "SELECT DISTINCT title || ' ' || unit FROM holding
                 WHERE official = (SELECT id FROM official WHERE public_id = ?1) LIMIT 50";
            let mut query = db.prepare_cached(sql)?;
            let rows = query.query_map([id.as_str()], |row| row.get(0))?;
            Ok(rows.collect::<Result<Vec<String>, _>>()?.join("\n"))
        })
    }

    /// The officials whom an article names in its newest version, each with a post that it gives
    /// them.
    pub fn officials_of(&self, article: &ArticleId) -> Result<Vec<InArticle>, ArchiveError> {
        self.read(|db| {
            let mut query = db.prepare_cached(
                "SELECT official.public_id, official.name,
                     (SELECT written FROM holding WHERE holding.article = article.id
                          AND holding.name_key = appearance.name_key
                          AND holding.version = article.version LIMIT 1)
                 FROM article JOIN mention ON mention.article = article.id
                     AND mention.version = article.version
                 JOIN appearance ON appearance.article = article.id
                     AND appearance.name_key = mention.name_key
                 JOIN official ON official.id = appearance.official
                 WHERE article.id = ?1 GROUP BY official.id ORDER BY official.name",
            )?;
            let rows = query.query_map([article.as_str()], |row| {
                Ok(InArticle { id: parsed(row, 0)?, name: row.get(1)?, role: row.get(2)? })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// Where the newest version of an article speaks of officials, in its order.
    pub fn mentions_of(&self, article: &ArticleId) -> Result<Vec<ArticleMention>, ArchiveError> {
        self.read(|db| {
            let mut query = db.prepare_cached(
                "SELECT official.public_id, official.name, paragraph, start, stop, sentence_start,
                     sentence_stop, written, honorific, kind, confidence
                 FROM article JOIN mention ON mention.article = article.id
                     AND mention.version = article.version
                 JOIN appearance ON appearance.article = article.id
                     AND appearance.name_key = mention.name_key
                 JOIN official ON official.id = appearance.official
                 WHERE article.id = ?1 ORDER BY paragraph, start",
            )?;
            let rows = query.query_map([article.as_str()], |row| {
                let mention = PersonMention {
                    paragraph: row.get(2)?,
                    start: row.get(3)?,
                    stop: row.get(4)?,
                    sentence: (row.get(5)?, row.get(6)?),
                    written: row.get(7)?,
                    honorific: row.get(8)?,
                    kind: row.get(9)?,
                    confidence: row.get(10)?,
                };
                Ok(ArticleMention { official: parsed(row, 0)?, name: row.get(1)?, mention })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }

    /// What is known of an official; of one who was merged, that of the other.
    pub fn dossier(&self, id: &OfficialId) -> Result<Option<Dossier>, ArchiveError> {
        self.read(|db| {
            let Some(row) = row_of(db, id)? else { return Ok(None) };
            let Some(official) = official(db, row)? else { return Ok(None) };
            Ok(Some(Dossier {
                official,
                names: names(db, row)?,
                posts: posts(db, row)?,
                articles: articles(db, row)?,
                with: with(db, row)?,
                sources: sources(db, row)?,
                years: years(db, row)?,
            }))
        })
    }
}

/// The row of an official, or of whom they were merged into.
pub(super) fn row_of(db: &Connection, id: &OfficialId) -> Result<Option<i64>, ArchiveError> {
    let sql = "SELECT id FROM official WHERE public_id = ?1";
    let found = db.prepare_cached(sql)?.query_row([id.as_str()], |row| row.get(0)).optional()?;
    found.map_or(Ok(None), |row| kept_row(db, row))
}

/// The row of an official of a row; of one who was merged, the other's.
fn kept_row(db: &Connection, mut row: i64) -> Result<Option<i64>, ArchiveError> {
    let mut query = db.prepare_cached("SELECT merged_into FROM official WHERE id = ?1")?;
    loop {
        match query.query_row([row], |row| row.get(0)).optional()? {
            None => return Ok(None),
            Some(None) => return Ok(Some(row)),
            Some(Some(other)) => row = other,
        }
    }
}

fn official(db: &Connection, row: i64) -> Result<Option<Official>, ArchiveError> {
    // Hidden articles are few and have an index: to look at each of thousands would take long.
    let named = "appearance WHERE official = official_row.id AND is_current = 1 \
         AND article NOT IN (SELECT id FROM article WHERE status = 'hidden')";
    let sql = format!(
        "SELECT public_id, name,
             (SELECT count(DISTINCT article) FROM {named}) AS articles,
             (SELECT day FROM {named} ORDER BY day LIMIT 1),
             (SELECT day FROM {named} ORDER BY day DESC LIMIT 1),
             ({ROLE})
         FROM official AS official_row WHERE id = ?1 AND articles > 0"
    );
    let found = db.prepare_cached(&sql)?.query_row([row], |row| {
        Ok(Official {
            id: parsed(row, 0)?,
            name: row.get(1)?,
            articles: row.get(2)?,
            first: row.get(3)?,
            last: row.get(4)?,
            role: row.get(5)?,
        })
    });
    Ok(found.optional()?)
}

fn names(db: &Connection, official: i64) -> Result<Vec<Seen>, ArchiveError> {
    let sql = format!(
        "SELECT mention.written, count(DISTINCT mention.article) AS articles FROM appearance
         JOIN article ON article.id = appearance.article AND {SHOWN}
         JOIN mention ON mention.article = appearance.article
             AND mention.name_key = appearance.name_key AND mention.version = article.version
         WHERE appearance.official = ?1 AND mention.kind <> 'post'
         GROUP BY mention.written ORDER BY articles DESC, mention.written LIMIT {LISTED_MAX}"
    );
    seen(db, &sql, official)
}

fn sources(db: &Connection, official: i64) -> Result<Vec<Seen>, ArchiveError> {
    let sql = format!(
        "SELECT appearance.source, count(DISTINCT article.id) AS articles FROM appearance
         JOIN article ON article.id = appearance.article AND {SHOWN}
         WHERE official = ?1 AND appearance.is_current = 1 GROUP BY appearance.source ORDER BY articles DESC, appearance.source"
    );
    seen(db, &sql, official)
}

fn years(db: &Connection, official: i64) -> Result<Vec<Seen>, ArchiveError> {
    let sql = format!(
        "SELECT substr(day, 1, 4) AS year, count(DISTINCT article) FROM appearance
         JOIN article ON article.id = appearance.article AND {SHOWN}
         WHERE official = ?1 AND appearance.is_current = 1 GROUP BY year ORDER BY year"
    );
    seen(db, &sql, official)
}

fn seen(db: &Connection, sql: &str, official: i64) -> Result<Vec<Seen>, ArchiveError> {
    let mut query = db.prepare_cached(sql)?;
    let rows = query
        .query_map([official], |row| Ok(Seen { value: row.get(0)?, articles: row.get(1)? }))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn posts(db: &Connection, official: i64) -> Result<Vec<Post>, ArchiveError> {
    let sql = format!(
        "SELECT substr(max(printf('%05d', length(holding.written)) || holding.written), 6),
             title, unit, tenure, min(day), max(day), count(DISTINCT article)
         FROM holding JOIN article ON article.id = holding.article
             AND holding.version = article.version AND {SHOWN}
         WHERE official = ?1 GROUP BY title, unit, tenure
         ORDER BY max(day) DESC, title, unit"
    );
    let mut query = db.prepare_cached(&sql)?;
    let rows = query.query_map([official], |row| {
        Ok(Post {
            written: row.get(0)?,
            title: row.get(1)?,
            unit: row.get(2)?,
            tenure: row.get(3)?,
            first: row.get(4)?,
            last: row.get(5)?,
            articles: row.get(6)?,
            evidence: Vec::new(),
        })
    })?;
    let mut posts: Vec<Post> = rows.collect::<Result<_, _>>()?;
    for post in &mut posts {
        post.evidence = evidence_of(db, official, post)?;
    }
    Ok(posts)
}

/// The first and the last sentence that say that a post was held.
fn evidence_of(db: &Connection, official: i64, post: &Post) -> Result<Vec<Evidence>, ArchiveError> {
    let mut found: Vec<Evidence> = Vec::new();
    for order in ["ASC", "DESC"] {
        let sql = format!(
            "SELECT holding.article, article.source, day, json_extract(version.fields, '$.title'),
                 sentence
             FROM holding JOIN article ON article.id = holding.article
                 AND holding.version = article.version AND {SHOWN}
             JOIN version ON version.article = article.id AND version.number = article.version
             WHERE official = ?1 AND unit = ?2 AND holding.title = ?3
                 AND tenure = ?4
             ORDER BY day {order}, holding.article LIMIT 1"
        );
        let values = params![official, post.unit, post.title, post.tenure];
        let one = db.prepare_cached(&sql)?.query_row(values, evidence).optional()?;
        found.extend(one.filter(|one| !found.contains(one)));
    }
    Ok(found)
}

fn articles(db: &Connection, official: i64) -> Result<Vec<Evidence>, ArchiveError> {
    let sql = format!(
        "SELECT appearance.article, appearance.source, day,
             json_extract(version.fields, '$.title'), reason
         FROM appearance JOIN article ON article.id = appearance.article AND {SHOWN}
         JOIN version ON version.article = article.id AND version.number = article.version
         WHERE official = ?1 AND appearance.is_current = 1 ORDER BY day DESC, appearance.article LIMIT {LISTED_MAX}"
    );
    let mut query = db.prepare_cached(&sql)?;
    let rows = query.query_map([official], evidence)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

fn evidence(row: &Row<'_>) -> rusqlite::Result<Evidence> {
    Ok(Evidence {
        article: parsed(row, 0)?,
        source: parsed(row, 1)?,
        day: row.get(2)?,
        title: row.get(3)?,
        sentence: row.get(4)?,
    })
}

fn with(db: &Connection, official: i64) -> Result<Vec<CoMention>, ArchiveError> {
    let sql = format!(
        "SELECT official.public_id, official.name, count(DISTINCT article.id) AS articles
         FROM appearance AS own
         JOIN article ON article.id = own.article AND {SHOWN}
         JOIN appearance AS other ON other.article = own.article
             AND other.official <> own.official AND other.is_current
         JOIN official ON official.id = other.official
         WHERE own.official = ?1 AND own.is_current = 1 GROUP BY other.official
         ORDER BY articles DESC, official.name LIMIT {LISTED_MAX}"
    );
    let mut query = db.prepare_cached(&sql)?;
    let rows = query.query_map([official], |row| {
        Ok(CoMention { id: parsed(row, 0)?, name: row.get(1)?, articles: row.get(2)? })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
