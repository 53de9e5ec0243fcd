//! The search page.

use archive::Official;
use askama::Template;
use axum::extract::{RawQuery, State};
use axum::http::StatusCode;
use axum::response::Response;
use index::{Alteration, Answer, FacetCount, Hit, PAGE_DEPTH_MAX, Person};
use jiff::Timestamp;

use super::{problem_page, render};
use crate::App;
use crate::blocking::blocking;
use crate::parameters::{Order, SearchParameters};
use crate::vietnam;

#[derive(Template)]
#[template(path = "search.html")]
struct SearchPage {
    parameters: SearchParameters,
    from: String,
    to: String,
    /// Whether anything was asked: else the newest articles are shown.
    asked: bool,
    /// A better spelling.
    meant: Option<Meant>,
    total: String,
    found: bool,
    hits: Vec<HitRow>,
    groups: Vec<Group>,
    sorts: Vec<Choice>,
    previous: Option<String>,
    next: Option<String>,
    articles: String,
    sources: usize,
    /// The people who may be meant.
    people: Vec<PersonRow>,
    /// The person who is filtered by, with the link that takes it back.
    chosen: Option<Choice>,
    /// The search without page and order.
    query: String,
}

struct PersonRow {
    id: String,
    name: String,
    role: Option<String>,
    articles: String,
}

struct Meant {
    text: String,
    href: String,
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
    /// Other wards that published the same text.
    also_in: Vec<String>,
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

pub(super) async fn page(State(app): State<App>, RawQuery(query): RawQuery) -> Response {
    let parameters = match SearchParameters::parse_link(query.as_deref().unwrap_or_default()) {
        Ok(parameters) => parameters,
        Err(problem) => return problem_page(problem),
    };
    let request = match parameters.request(Timestamp::now()) {
        Ok(request) => request,
        Err(problem) => return problem_page(problem),
    };
    let found = blocking(move || {
        let answer = app.index.search(&request)?;
        let size = (app.archive.count_articles()?, app.archive.sources()?.len());
        let chosen = match request.filters.officials.first() {
            Some(Person::Official(id)) => app.archive.official(id)?.map(|official| official.name),
            Some(Person::Named(name)) => Some(name.clone()),
            None => None,
        };
        Ok::<_, index::IndexError>((answer, size, chosen))
    });
    match found.await {
        Ok((answer, size, chosen)) => {
            let page = SearchPage::new(parameters, answer, size);
            render(StatusCode::OK, &page.filtered_by(chosen))
        }
        Err(problem) => problem_page(problem),
    }
}

impl SearchPage {
    fn new(
        parameters: SearchParameters,
        answer: Answer,
        (articles, sources): (u64, usize),
    ) -> Self {
        let facets = answer.facets.unwrap_or_default();
        let groups = vec![
            group("Phường, xã", facets.source, &parameters, Values::Many(|p| &mut p.source)),
            group("Chuyên mục", facets.category, &parameters, Values::Many(|p| &mut p.category)),
            group(
                "Người được nhắc đến",
                facets.official,
                &parameters,
                Values::One(|p| &mut p.official),
            ),
            group("Tình trạng", facets.alteration, &parameters, Values::Statuses),
        ];
        let day = |day: Option<jiff::civil::Date>| day.map(|d| d.to_string()).unwrap_or_default();
        let blank = SearchParameters { page: 1, cursor: None, ..SearchParameters::default() };
        let asked = SearchParameters { sort: blank.sort, page: 1, ..parameters.clone() } != blank;
        let last = parameters.page * parameters.size;
        let more = answer.next.is_some() && last + parameters.size <= PAGE_DEPTH_MAX;
        Self {
            meant: answer.did_you_mean.map(|text| Meant {
                href: href(&SearchParameters { q: text.clone(), page: 1, ..parameters.clone() }),
                text,
            }),
            from: day(parameters.from),
            to: day(parameters.to),
            asked,
            total: vietnam::number(answer.total as u64),
            found: answer.total > 0,
            hits: answer.hits.into_iter().map(HitRow::from).collect(),
            groups: groups.into_iter().filter(|g| !g.choices.is_empty()).collect(),
            sorts: sorts(&parameters),
            previous: (parameters.page > 1).then(|| page_href(&parameters, parameters.page - 1)),
            next: more.then(|| page_href(&parameters, parameters.page + 1)),
            articles: vietnam::number(articles),
            sources,
            people: answer.officials.into_iter().map(PersonRow::from).collect(),
            chosen: None,
            query: plain_query(&parameters),
            parameters,
        }
    }

    /// With the name of the person who is filtered by.
    fn filtered_by(self, name: Option<String>) -> Self {
        let without = SearchParameters { official: None, page: 1, ..self.parameters.clone() };
        let chosen =
            name.map(|label| Choice { label, count: None, href: href(&without), chosen: true });
        Self { chosen, ..self }
    }
}

/// The search without what is only of this page.
fn plain_query(parameters: &SearchParameters) -> String {
    let blank = SearchParameters::default();
    let SearchParameters { page, size, sort, facets, explain, collapse, .. } = blank;
    SearchParameters { page, size, sort, facets, explain, collapse, ..parameters.clone() }
        .to_query()
}

impl From<index::Meant> for PersonRow {
    fn from(meant: index::Meant) -> Self {
        let Official { id, name, role, articles, .. } = meant.official;
        Self { id: id.to_string(), name, role, articles: vietnam::number(articles) }
    }
}

fn page_href(parameters: &SearchParameters, page: usize) -> String {
    href(&SearchParameters { page, ..parameters.clone() })
}

fn href(parameters: &SearchParameters) -> String {
    format!("/?{}", parameters.to_query())
}

fn sorts(parameters: &SearchParameters) -> Vec<Choice> {
    let orders = [
        (Order::Relevance, "Phù hợp nhất"),
        (Order::Newest, "Mới nhất"),
        (Order::Oldest, "Cũ nhất"),
    ];
    let choice = |(sort, label): (Order, &str)| Choice {
        label: label.to_owned(),
        count: None,
        href: href(&SearchParameters { sort, page: 1, ..parameters.clone() }),
        chosen: parameters.sort == sort,
    };
    orders.map(choice).into()
}

/// The parameter that a group of choices sets.
enum Values {
    /// Several may be chosen.
    Many(fn(&mut SearchParameters) -> &mut Vec<String>),
    /// One may be chosen.
    One(fn(&mut SearchParameters) -> &mut Option<String>),
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
    title: &'static str,
    counts: Vec<FacetCount>,
    parameters: &SearchParameters,
    values: Values,
) -> Group {
    let choices = counts.into_iter().take(CHOICES_MAX).map(|facet| {
        let mut with = SearchParameters { page: 1, ..parameters.clone() };
        let chosen = values.toggle(&mut with, facet.value);
        let count = Some(vietnam::number(facet.count));
        Choice { label: facet.label, count, href: href(&with), chosen }
    });
    Group { title, choices: choices.collect() }
}

impl From<Hit> for HitRow {
    fn from(hit: Hit) -> Self {
        let fields = hit.article.fields;
        Self {
            id: hit.article.id.into(),
            title_html: hit.title_html,
            snippet_html: hit.snippet_html,
            ward: hit.source_name,
            category: fields.category,
            published: fields.published.map(vietnam::time),
            updated: hit.article.version > 1,
            removed: hit.article.status == archive::ArticleStatus::Removed,
            also_in: hit.also_in.into_iter().map(|(_, name)| name).collect(),
        }
    }
}
