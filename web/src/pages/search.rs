//! The search page.

use archive::Official;
use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use index::{Alteration, Answer, FacetCount, Hit, PAGE_DEPTH_MAX, Person};
use jiff::Timestamp;
use jiff::civil::{Date, date};
use serde_json::json;

use super::{problem_page, render};
use crate::App;
use crate::blocking::blocking;
use crate::language::Language;
use crate::parameters::{Order, SearchParameters};
use crate::visit::{Visit, structured};

#[derive(Template)]
#[template(path = "search.html")]
struct SearchPage {
    visit: Visit,
    parameters: SearchParameters,
    from: String,
    to: String,
    /// Whether anything was asked: else the newest articles are shown.
    asked: bool,
    /// A better spelling.
    meant: Option<Choice>,
    total: String,
    found: bool,
    hits: Vec<HitRow>,
    /// The level of the hits' headings.
    level: u8,
    groups: Vec<Group>,
    sorts: Vec<Choice>,
    previous: Option<String>,
    next: Option<String>,
    articles: String,
    sources: usize,
    /// The people who may be meant.
    people: Vec<PersonRow>,
    /// What is filtered by, each with the link that takes it back.
    chips: Vec<Choice>,
    /// How the query was read, where nothing was found.
    read: String,
    /// The same words without filters, where there are any.
    unfiltered: Option<String>,
    /// The search without page and order.
    query: String,
    /// JSON-LD.
    structured: String,
}

struct PersonRow {
    id: String,
    name: String,
    role: Option<String>,
    articles: String,
}

struct HitRow {
    id: String,
    title_html: String,
    snippet_html: String,
    ward: String,
    category: Option<String>,
    published: Option<String>,
    updated: bool,
    removed: bool,
    /// How many other wards published the same text, and which.
    also_in: Option<(String, String)>,
}

/// Values of a facet that are shown.
const CHOICES_MAX: usize = 12;

/// A facet with its links.
struct Group {
    title: &'static str,
    choices: Vec<Choice>,
}

/// A link that sets or takes back a filter.
struct Choice {
    label: String,
    count: Option<String>,
    href: String,
    chosen: bool,
}

/// What a search gave, with the names that the page shows.
struct Found {
    answer: Answer,
    articles: u64,
    sources: usize,
    /// The names of the sources that are filtered by.
    wards: Vec<(String, String)>,
    /// The name of the person who is filtered by.
    person: Option<String>,
}

pub(super) async fn page(
    State(app): State<App>,
    visit: Visit,
    RawQuery(query): RawQuery,
) -> Response {
    let read = SearchParameters::parse_link(query.as_deref().unwrap_or_default());
    let request = read.and_then(|read| Ok((read.request(Timestamp::now())?, read)));
    let (request, parameters) = match request {
        Ok(request) => request,
        Err(problem) => return problem_page(visit, problem),
    };
    let found = blocking(move || {
        let wards = request.filters.sources.iter();
        let wards = wards.map(|id| (id.clone(), app.index.source_name(id))).collect();
        let person = match request.filters.officials.first() {
            Some(Person::Official(id)) => app.archive.official(id)?.map(|official| official.name),
            Some(Person::Named(name)) => Some(name.clone()),
            None => None,
        };
        let answer = app.search(&request)?;
        let (articles, sources) = (app.archive.count_articles()?, app.archive.sources()?.len());
        Ok::<_, index::IndexError>(Found { answer, articles, sources, wards, person })
    });
    match found.await {
        Ok(found) => render(StatusCode::OK, &SearchPage::new(visit, parameters, found)),
        Err(problem) => problem_page(visit, problem),
    }
}

impl SearchPage {
    fn new(visit: Visit, parameters: SearchParameters, found: Found) -> Self {
        let language = visit.language;
        let Found { answer, articles, sources, wards, person } = found;
        let day = |day: Option<Date>| day.map(|d| d.to_string()).unwrap_or_default();
        let blank = SearchParameters { page: 1, cursor: None, ..SearchParameters::default() };
        let asked = SearchParameters { sort: blank.sort, page: 1, ..parameters.clone() } != blank;
        let last = parameters.page * parameters.size;
        let more = answer.next.is_some() && last + parameters.size <= PAGE_DEPTH_MAX;
        let facets = answer.facets.unwrap_or_default();
        let chips = chips(language, &parameters, (&wards, &facets.category), person);
        let words = SearchParameters { q: parameters.q.clone(), ..SearchParameters::default() };
        Self {
            meant: answer.did_you_mean.map(|label| Choice {
                href: href(&SearchParameters { q: label.clone(), page: 1, ..parameters.clone() }),
                label,
                count: None,
                chosen: false,
            }),
            from: day(parameters.from),
            to: day(parameters.to),
            asked,
            read: answer.interpreted,
            total: language.counted(answer.total as u64, "kết quả", "result", "results"),
            found: answer.total > 0,
            hits: answer.hits.into_iter().map(|hit| HitRow::new(language, hit)).collect(),
            level: if asked { 2 } else { 3 },
            groups: groups(language, facets, &parameters),
            sorts: sorts(language, &parameters),
            previous: (parameters.page > 1).then(|| page_href(&parameters, parameters.page - 1)),
            next: more.then(|| page_href(&parameters, parameters.page + 1)),
            articles: language.counted(articles, "bài", "article", "articles"),
            sources,
            people: answer.officials.into_iter().map(|m| PersonRow::new(language, m)).collect(),
            unfiltered: (!chips.is_empty() && !parameters.q.is_empty()).then(|| href(&words)),
            chips,
            query: plain_query(&parameters),
            structured: structured(&json!({
                "@context": "https://schema.org", "@type": "WebSite", "name": "Loa Phường",
                "url": format!("{}/", visit.base), "inLanguage": ["vi", "en"],
                "potentialAction": {
                    "@type": "SearchAction", "query-input": "required name=q",
                    "target": format!("{}/?q={{q}}", visit.base),
                },
            })),
            parameters,
            visit,
        }
    }
}

/// What is filtered by, each with the link that takes it back.
fn chips(
    language: Language,
    parameters: &SearchParameters,
    (wards, sections): (&[(String, String)], &[FacetCount]),
    person: Option<String>,
) -> Vec<Choice> {
    let mut chips = Vec::new();
    let mut chip = |kind: &str, label: &str, without: &dyn Fn(&mut SearchParameters)| {
        let mut rest = SearchParameters { page: 1, ..parameters.clone() };
        without(&mut rest);
        let label = format!("{kind}{label}");
        chips.push(Choice { label, count: None, href: href(&rest), chosen: true });
    };
    for (id, name) in wards {
        chip("", name, &|rest| rest.source.retain(|one| one != id));
    }
    for name in &parameters.category {
        let section = sections.iter().find(|section| section.value == *name);
        let label = section.map_or(name, |section| &section.label);
        chip("", label, &|rest| rest.category.retain(|one| one != name));
    }
    for status in &parameters.status {
        chip("", status_name(language, *status), &|rest| rest.status.retain(|one| one != status));
    }
    if let Some(name) = person {
        chip(language.say("Người: ", "Person: "), &name, &|rest| rest.official = None);
    }
    if let Some(year) = year_of(parameters) {
        chip(language.say("Năm ", "Year "), &year.to_string(), &|rest| {
            (rest.from, rest.to) = (None, None);
        });
        return chips;
    }
    if let Some(from) = parameters.from {
        chip(language.say("Từ ", "From "), &language.date(from), &|rest| rest.from = None);
    }
    if let Some(to) = parameters.to {
        chip(language.say("Đến ", "To "), &language.date(to), &|rest| rest.to = None);
    }
    chips
}

/// The year, where the days filtered by are one.
fn year_of(parameters: &SearchParameters) -> Option<i16> {
    let (from, to) = (parameters.from?, parameters.to?);
    let whole = from == from.first_of_year() && to == from.last_of_year();
    whole.then(|| from.year())
}

fn status_name(language: Language, status: Alteration) -> &'static str {
    match status {
        Alteration::Edited => language.say("đã sửa", "edited"),
        Alteration::Removed => language.say("đã gỡ", "removed"),
    }
}

/// The search without what is only of this page.
fn plain_query(parameters: &SearchParameters) -> String {
    let blank = SearchParameters::default();
    let SearchParameters { page, size, sort, facets, explain, collapse, .. } = blank;
    SearchParameters { page, size, sort, facets, explain, collapse, ..parameters.clone() }
        .to_query()
}

impl PersonRow {
    fn new(language: Language, meant: index::Meant) -> Self {
        let Official { id, name, role, articles, .. } = meant.official;
        Self {
            id: id.to_string(),
            name,
            role,
            articles: language.counted(articles, "bài", "article", "articles"),
        }
    }
}

fn page_href(parameters: &SearchParameters, page: usize) -> String {
    href(&SearchParameters { page, ..parameters.clone() })
}

fn href(parameters: &SearchParameters) -> String {
    format!("/?{}", parameters.to_query())
}

fn sorts(language: Language, parameters: &SearchParameters) -> Vec<Choice> {
    let orders = [
        (Order::Relevance, language.say("Phù hợp nhất", "Most relevant")),
        (Order::Newest, language.say("Mới nhất", "Newest")),
        (Order::Oldest, language.say("Cũ nhất", "Oldest")),
    ];
    let choice = |(sort, label): (Order, &str)| Choice {
        label: label.to_owned(),
        count: None,
        href: href(&SearchParameters { sort, page: 1, ..parameters.clone() }),
        chosen: parameters.sort == sort,
    };
    orders.map(choice).into()
}

fn groups(language: Language, facets: index::Facets, parameters: &SearchParameters) -> Vec<Group> {
    let statuses = facets.alteration.into_iter().map(|facet| {
        let name = Alteration::named(&facet.value).map(|one| status_name(language, one));
        FacetCount { label: name.unwrap_or_default().to_owned(), ..facet }
    });
    let groups = [
        (
            language.say("Phường, xã", "Ward or commune"),
            facets.source,
            Values::Many(|p| &mut p.source),
        ),
        (language.say("Chuyên mục", "Section"), facets.category, Values::Many(|p| &mut p.category)),
        (language.say("Năm", "Year"), facets.year, Values::Year),
        (
            language.say("Người được nhắc đến", "People named"),
            facets.official,
            Values::One(|p| &mut p.official),
        ),
        (language.say("Tình trạng", "State"), statuses.collect(), Values::Statuses),
    ];
    let groups = groups.into_iter().filter(|(_, counts, _)| !counts.is_empty());
    groups
        .map(|(title, counts, values)| group(language, title, counts, parameters, &values))
        .collect()
}

/// The parameter that a group of choices sets.
enum Values {
    /// Several may be chosen.
    Many(fn(&mut SearchParameters) -> &mut Vec<String>),
    /// One may be chosen.
    One(fn(&mut SearchParameters) -> &mut Option<String>),
    /// The days of one year.
    Year,
    /// What happened to articles.
    Statuses,
}

impl Values {
    /// Chooses a value, or takes it back; whether it was chosen before.
    fn toggle(&self, parameters: &mut SearchParameters, value: String) -> bool {
        match self {
            Self::Many(values) => toggle(values(parameters), value),
            Self::Statuses => Alteration::named(&value)
                .is_some_and(|status| toggle(&mut parameters.status, status)),
            Self::Year => {
                let chosen = year_of(parameters).is_some_and(|year| year.to_string() == value);
                let first = value.parse().ok().filter(|_| !chosen).map(|year| date(year, 1, 1));
                (parameters.from, parameters.to) = (first, first.map(Date::last_of_year));
                chosen
            }
            Self::One(one) => {
                let one = one(parameters);
                let chosen = one.as_ref() == Some(&value);
                *one = (!chosen).then_some(value);
                chosen
            }
        }
    }
}

fn toggle<T: PartialEq>(values: &mut Vec<T>, value: T) -> bool {
    let chosen = values.contains(&value);
    if chosen {
        values.retain(|other| *other != value);
    } else {
        values.push(value);
    }
    chosen
}

fn group(
    language: Language,
    title: &'static str,
    counts: Vec<FacetCount>,
    parameters: &SearchParameters,
    values: &Values,
) -> Group {
    let choices = counts.into_iter().take(CHOICES_MAX).map(|facet| {
        let mut with = SearchParameters { page: 1, ..parameters.clone() };
        let chosen = values.toggle(&mut with, facet.value);
        let count = Some(language.number(facet.count));
        Choice { label: facet.label, count, href: href(&with), chosen }
    });
    Group { title, choices: choices.collect() }
}

/// How many wards these are, in words, and their names.
fn also_in(language: Language, names: Vec<String>) -> Option<(String, String)> {
    let count = language.counted(names.len() as u64, "nơi", "other place", "other places");
    (!names.is_empty()).then(|| (count, names.join(", ")))
}

impl HitRow {
    fn new(language: Language, hit: Hit) -> Self {
        let fields = hit.article.fields;
        Self {
            id: hit.article.id.into(),
            title_html: hit.title_html,
            snippet_html: hit.snippet_html,
            ward: hit.source_name,
            category: fields.category,
            published: fields.published.map(|time| language.time(time)),
            updated: hit.article.version > 1,
            removed: hit.article.status == archive::ArticleStatus::Removed,
            also_in: also_in(language, hit.also_in.into_iter().map(|(_, name)| name).collect()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_year_is_chosen_and_taken_back() {
        let mut parameters = SearchParameters::default();
        assert!(!Values::Year.toggle(&mut parameters, "2023".to_owned()));
        assert_eq!(parameters.to_query(), "from=2023-01-01&to=2023-12-31");
        assert_eq!(year_of(&parameters), Some(2023));
        assert!(Values::Year.toggle(&mut parameters, "2023".to_owned()));
        assert_eq!(parameters, SearchParameters::default());
    }
}
