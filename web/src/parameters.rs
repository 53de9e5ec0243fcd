//! The parameters of a search, as they stand in a URL: read strictly, and written back for links.

use std::collections::HashSet;

use archive::SavedSearch;
use index::{Alteration, Cursor, Filters, PAGE_DEPTH_MAX, PAGE_SIZE_MAX, Person, Request, Sort};
use jiff::Timestamp;
use jiff::civil::Date;
use serde::Serialize;
use url::form_urlencoded;
use utoipa::{IntoParams, ToSchema};

use crate::problem::Problem;

/// Hits on a page when nothing else is asked for.
const PAGE_SIZE: usize = 10;

/// The parameters that may be given more than once.
const REPEATABLE: [&str; 3] = ["source", "category", "status"];

/// The parameters that are chosen among values, and not typed.
const CHOSEN: [&str; 9] =
    ["status", "from", "to", "sort", "size", "page", "collapse", "facets", "explain"];

/// What an empty value means.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Empty {
    /// The same as none: forms send them.
    IsMissing,
    /// A slip: programs send none.
    IsWrong,
}

/// The order of hits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum Order {
    /// The best first.
    #[default]
    Relevance,
    /// The newest first.
    Newest,
    /// The oldest first.
    Oldest,
}

/// What happened to an article, as the API names it.
#[derive(ToSchema)]
#[schema(rename_all = "lowercase")]
#[expect(dead_code, reason = "it describes `Alteration`, which knows nothing of the API")]
pub(crate) enum Status {
    Edited,
    Removed,
}

/// The parameters of a search.
#[derive(Clone, Debug, PartialEq, Eq, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SearchParameters {
    /// The query; see the query language. No text is an error.
    #[param(required = false)]
    pub q: String,
    /// Ids of sources; repeatable.
    #[param(required = false)]
    pub source: Vec<String>,
    /// Sections, in any spelling; repeatable.
    #[param(required = false)]
    pub category: Vec<String>,
    /// A person who must be named: an official's id, or a name.
    pub official: Option<String>,
    /// What happened to articles since they were published, `edited` or `removed` at their source;
    /// repeatable.
    #[param(required = false, value_type = Vec<Status>, inline)]
    pub status: Vec<Alteration>,
    /// The first day, Vietnam time.
    #[param(value_type = Option<String>, format = Date)]
    pub from: Option<Date>,
    /// The last day, Vietnam time.
    #[param(value_type = Option<String>, format = Date)]
    pub to: Option<Date>,
    /// The order of hits.
    #[param(required = false, inline)]
    pub sort: Order,
    /// Hits on a page, 1 to 100.
    #[param(required = false, minimum = 1, maximum = 100)]
    pub size: usize,
    /// The page, from 1.
    #[param(required = false, minimum = 1)]
    pub page: usize,
    /// The `next_cursor` of an earlier answer to the same search, instead of `page`.
    pub cursor: Option<String>,
    /// Whether of the same text at several sources only the best hit is shown, which lists the
    /// others in `also_in`.
    #[param(required = false)]
    pub collapse: bool,
    /// Whether facets are counted.
    #[param(required = false)]
    pub facets: bool,
    /// Whether each hit says what its score comes from.
    #[param(required = false)]
    pub explain: bool,
}

impl Default for SearchParameters {
    fn default() -> Self {
        Self {
            q: String::new(),
            source: Vec::new(),
            category: Vec::new(),
            official: None,
            status: Vec::new(),
            from: None,
            to: None,
            sort: Order::Relevance,
            size: PAGE_SIZE,
            page: 1,
            cursor: None,
            collapse: true,
            facets: true,
            explain: false,
        }
    }
}

impl SearchParameters {
    /// Reads a query string.
    ///
    /// # Errors
    /// Names every unknown parameter, or says what a known one must be.
    pub fn parse(query: &str) -> Result<Self, Problem> {
        let (read, unknown) = Self::read(query, Empty::IsWrong)?;
        if unknown.is_empty() {
            return Ok(read);
        }
        Err(Problem::bad_request(format!(
            "unknown parameter {}; known are q, source, category, official, status, from, to, sort, \
             size, page, cursor, collapse, facets, explain",
            unknown.join(", ")
        )))
    }

    /// Reads a page's query string: what others hang on to a link (`fbclid`, `utm_source`) is no
    /// fault of the reader. Empty values count as missing, as forms send them.
    pub(crate) fn parse_link(query: &str) -> Result<Self, Problem> {
        // Pages are turned by their number; a cursor would hold them where they are.
        Ok(Self { cursor: None, ..Self::read(query, Empty::IsMissing)?.0 })
    }

    /// The parameters, and the names of those that are none.
    fn read(query: &str, empty: Empty) -> Result<(Self, Vec<String>), Problem> {
        let mut read = Self::default();
        let (mut seen, mut unknown) = (HashSet::new(), Vec::new());
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            if empty == Empty::IsWrong && value.trim().is_empty() && CHOSEN.contains(&&*name) {
                return Err(Problem::bad_request(format!("`{name}` is empty; leave it out")));
            }
            if !read.set(&name, value.trim())? {
                unknown.push(format!("`{name}`"));
            } else if !REPEATABLE.contains(&&*name) && !seen.insert(name.clone()) {
                return Err(Problem::bad_request(format!("`{name}` is given twice")));
            }
        }
        if read.cursor.is_some() && read.page != 1 {
            return Err(Problem::bad_request(
                "`page` and `cursor` were both given; a cursor says itself where it goes on",
            ));
        }
        if read.cursor.is_none() && read.offset() + read.size > PAGE_DEPTH_MAX {
            return Err(Problem::bad_request(format!(
                "only the first {PAGE_DEPTH_MAX} hits can be reached by `page`; `cursor` goes further"
            )));
        }
        Ok((read, unknown))
    }

    fn set(&mut self, name: &str, value: &str) -> Result<bool, Problem> {
        let some = || Some(value.to_owned()).filter(|v| !v.is_empty());
        match name {
            "q" => self.q = value.to_owned(),
            "source" => self.source.extend(some()),
            "category" => self.category.extend(some()),
            "official" => self.official = some(),
            "status" => {
                let read = |v: String| {
                    Alteration::named(&v).ok_or_else(|| wrong(name, &v, "edited or removed"))
                };
                self.status.extend(some().map(read).transpose()?);
            }
            "cursor" => self.cursor = some(),
            "from" => self.from = some().map(|v| day(name, &v)).transpose()?,
            "to" => self.to = some().map(|v| day(name, &v)).transpose()?,
            "sort" => {
                self.sort = match value {
                    "" | "relevance" => Order::Relevance,
                    "newest" => Order::Newest,
                    "oldest" => Order::Oldest,
                    _ => return Err(wrong(name, value, "relevance, newest or oldest")),
                }
            }
            "size" => self.size = number(name, value, PAGE_SIZE, PAGE_SIZE_MAX)?,
            "page" => self.page = number(name, value, 1, PAGE_DEPTH_MAX)?,
            "collapse" => self.collapse = flag(name, value, true)?,
            "facets" => self.facets = flag(name, value, true)?,
            "explain" => self.explain = flag(name, value, false)?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    /// Hits to leave out first.
    fn offset(&self) -> usize {
        (self.page - 1) * self.size
    }

    fn read_cursor(&self) -> Result<Option<Cursor>, Problem> {
        let read = |text: &String| {
            text.parse().map_err(|_| wrong("cursor", text, "a `next_cursor` as an answer gave it"))
        };
        self.cursor.as_ref().map(read).transpose()
    }

    /// The search that they ask for; relative dates are counted from `now`.
    ///
    /// # Errors
    /// When the days are in the wrong order or the cursor is none.
    pub fn request(&self, now: Timestamp) -> Result<Request, Problem> {
        if let (Some(from), Some(to)) = (self.from, self.to)
            && from > to
        {
            return Err(Problem::bad_request(format!("`from` ({from}) is after `to` ({to})")));
        }
        Ok(Request {
            text: self.q.clone(),
            filters: Filters {
                sources: self.source.clone(),
                categories: self.category.clone(),
                from: self.from,
                to: self.to,
                officials: self.official.iter().map(|one| Person::from(one.as_str())).collect(),
                alterations: self.status.clone(),
            },
            sort: match self.sort {
                Order::Relevance => Sort::Relevance,
                Order::Newest => Sort::Newest,
                Order::Oldest => Sort::Oldest,
            },
            now,
            patience: None,
            offset: self.offset(),
            cursor: self.read_cursor()?,
            collapse: self.collapse,
            limit: self.size,
            facets: self.facets,
            explain: self.explain,
            strict: false,
        })
    }

    /// The search to be saved: what is found, whatever the page and order.
    pub(crate) fn saved(&self) -> SavedSearch {
        SavedSearch {
            text: self.q.clone(),
            sources: self.source.clone(),
            categories: self.category.clone(),
            official: self.official.clone(),
            statuses: self.status.iter().map(|one| one.key().to_owned()).collect(),
            from: self.from,
            to: self.to,
        }
    }

    /// The query string that reads as these parameters, without what is default.
    pub(crate) fn to_query(&self) -> String {
        let mut pairs = form_urlencoded::Serializer::new(String::new());
        let mut put = |name: &str, value: &str| {
            if !value.is_empty() {
                pairs.append_pair(name, value);
            }
        };
        put("q", &self.q);
        self.source.iter().for_each(|id| put("source", id));
        self.category.iter().for_each(|name| put("category", name));
        put("official", self.official.as_deref().unwrap_or_default());
        self.status.iter().for_each(|one| put("status", one.key()));
        put("from", &self.from.map(|d| d.to_string()).unwrap_or_default());
        put("to", &self.to.map(|d| d.to_string()).unwrap_or_default());
        match self.sort {
            Order::Relevance => {}
            Order::Newest => put("sort", "newest"),
            Order::Oldest => put("sort", "oldest"),
        }
        if self.size != PAGE_SIZE {
            put("size", &self.size.to_string());
        }
        if self.page != 1 {
            put("page", &self.page.to_string());
        }
        put("cursor", self.cursor.as_deref().unwrap_or_default());
        if !self.collapse {
            put("collapse", "false");
        }
        if !self.facets {
            put("facets", "false");
        }
        if self.explain {
            put("explain", "true");
        }
        pairs.finish()
    }
}

fn flag(name: &str, value: &str, default: bool) -> Result<bool, Problem> {
    match value {
        "" => Ok(default),
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(wrong(name, value, "true or false")),
    }
}

fn day(name: &str, value: &str) -> Result<Date, Problem> {
    value.parse().map_err(|_| wrong(name, value, "a day as 2023-12-31"))
}

fn number(name: &str, value: &str, default: usize, most: usize) -> Result<usize, Problem> {
    if value.is_empty() {
        return Ok(default);
    }
    let number = value.parse().ok().filter(|n| (1..=most).contains(n));
    number.ok_or_else(|| wrong(name, value, &format!("a number from 1 to {most}")))
}

fn wrong(name: &str, value: &str, expected: &str) -> Problem {
    Problem::bad_request(format!("`{name}` is `{value}`, but must be {expected}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_written_as_they_are_read() {
        let query =
            "q=gi%E1%BA%A3i+ph%C3%B3ng&source=a&source=b&from=2023-01-01&sort=newest&page=3";
        assert_eq!(SearchParameters::parse(query).unwrap().to_query(), query);
        let empty = SearchParameters::parse_link("q=&from=&page=&explain=");
        assert_eq!(empty.unwrap(), SearchParameters::default());
    }

    #[test]
    fn what_others_hang_on_to_a_link_is_left_out() {
        let read = SearchParameters::parse_link("q=a&fbclid=1&utm_source=zalo").unwrap();
        assert_eq!(read.to_query(), "q=a");
    }

    #[test]
    fn what_is_wrong_is_named() {
        for (query, word) in [
            ("q=a&colour=red", "`colour`"),
            ("size=101", "1 to 100"),
            ("explain=", "is empty"),
            ("page=0", "1 to"),
            ("page=2000&size=100", "10000"),
            ("from=20/02/2023", "2023-12-31"),
            ("sort=best", "newest"),
            ("cursor=x", "next_cursor"),
            ("q=a&q=b", "given twice"),
            ("from=2024-01-02&to=2024-01-01", "is after"),
        ] {
            let read = SearchParameters::parse(query);
            let read = read.and_then(|read| read.request(Timestamp::UNIX_EPOCH));
            let problem = read.unwrap_err();
            assert_eq!(problem.status, 400);
            assert!(problem.detail.contains(word), "{query}: {}", problem.detail);
        }
    }
}
