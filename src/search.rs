//! `loa search`: ranked hits in the terminal.

use index::{Answer, Hit};
use web::api::SearchAnswer;
use web::{Order, SearchParameters};

use crate::args::{self, SearchArgs};
use crate::failure::Failure;
use crate::output;
use crate::rooms::Rooms;
use crate::source::no_such_source;

pub(crate) fn run(rooms: &Rooms, args: &SearchArgs) -> Result<(), Failure> {
    let parameters = SearchParameters {
        q: args.query.clone(),
        source: args.source.iter().map(ToString::to_string).collect(),
        category: args.category.clone(),
        official: args.official.clone(),
        from: args.from,
        to: args.to,
        sort: match args.sort {
            args::Order::Relevance => Order::Relevance,
            args::Order::Newest => Order::Newest,
            args::Order::Oldest => Order::Oldest,
        },
        size: args.limit.into(),
        facets: args.json,
        explain: args.explain,
        ..SearchParameters::default()
    };
    let request = parameters
        .request(jiff::Timestamp::now())
        .map_err(|problem| Failure::usage(problem.detail))?;
    let archive = rooms.existing_archive()?;
    for id in &args.source {
        // A removed source's articles stay and can be searched.
        if archive.source(id)?.is_none() && archive.freshness(id)?.articles == 0 {
            return Err(no_such_source(id));
        }
    }
    let answer = rooms.index(&archive)?.search(&request)?;
    if args.json {
        return Ok(output::json(&SearchAnswer::new(&parameters, answer))?);
    }
    Ok(print(&answer)?)
}

fn print(answer: &Answer) -> std::io::Result<()> {
    for (i, hit) in answer.hits.iter().enumerate() {
        output::marked_line(&format!("{}. ", i + 1), &hit.title_html)?;
        output::line(&format!("   {}", facts(hit)))?;
        output::marked_line("   ", &hit.snippet_html)?;
        if !hit.also_in.is_empty() {
            let names: Vec<&str> = hit.also_in.iter().map(|(_, name)| name.as_str()).collect();
            output::line(&format!("   also in {}", names.join(", ")))?;
        }
        output::line("")?;
        for part in &hit.explanation {
            output::line(&format!("     {part}"))?;
        }
    }
    if let Some(meant) = &answer.did_you_mean {
        output::line(&format!("did you mean: {meant}"))?;
    }
    let shown = answer.hits.len();
    output::line(&format!("{} found, {shown} shown", answer.total))
}

fn facts(hit: &Hit) -> String {
    let fields = &hit.article.fields;
    let published = fields.published.map(|time| time.to_string());
    let facts = [
        Some(hit.article.id.to_string()),
        Some(hit.source_name.clone()),
        published,
        fields.category.clone(),
    ];
    facts.into_iter().flatten().collect::<Vec<_>>().join(" · ")
}
