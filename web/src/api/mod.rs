//! The JSON API, and its description, which is generated from the handlers.

pub(crate) mod alerts;
mod articles;
pub(crate) mod attention;
pub(crate) mod audit;
pub(crate) mod decisions;
mod export;
mod feed;
pub(crate) mod health;
pub(crate) mod keeping;
mod mentions;
mod officials;
pub(crate) mod profiles;
pub(crate) mod runs;
mod search;
mod similar;
pub(crate) mod source_changes;
pub(crate) mod source_check;
pub(crate) mod sources;
mod suggest;
pub(crate) mod takedowns;
pub(crate) mod users;
mod versions;

use axum::routing::get;
use axum::{Json, Router};
use utoipa::OpenApi;
use utoipa::openapi::RefOr;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;
use crate::address::NoParameters;
use crate::problem::Problem;

pub use articles::ArticleBody;
pub(crate) use articles::find as find_article;
pub use attention::tasks;
pub use officials::dossier_table;
pub(crate) use officials::find as find_official;
pub use search::SearchAnswer;

/// Where the API's description is served.
const DESCRIPTION_PATH: &str = "/api/v1/openapi.json";

#[derive(OpenApi)]
#[openapi(info(
    title = "Loa Phường",
    description = "Search over the news archives of Vietnam's wards and communes"
))]
struct Description;

/// The routes with their description.
pub(crate) fn router() -> (Router<App>, utoipa::openapi::OpenApi) {
    let (router, description) = described();
    (router, with_problems(description))
}

/// Errors are `application/problem+json`, whatever the handlers' descriptions say.
fn with_problems(mut description: utoipa::openapi::OpenApi) -> utoipa::openapi::OpenApi {
    let items = description.paths.paths.values_mut();
    let operations = items.flat_map(|item| {
        [&mut item.get, &mut item.put, &mut item.post, &mut item.delete].into_iter().flatten()
    });
    for operation in operations {
        for (status, response) in &mut operation.responses.responses {
            if let RefOr::T(response) = response
                && status.starts_with(['4', '5'])
                && let Some(content) = response.content.shift_remove("application/json")
            {
                response.content.insert("application/problem+json".to_owned(), content);
            }
        }
    }
    description
}

fn described() -> (Router<App>, utoipa::openapi::OpenApi) {
    OpenApiRouter::with_openapi(Description::openapi())
        .routes(routes!(search::search))
        .routes(routes!(export::export))
        .routes(routes!(feed::feed))
        .routes(routes!(suggest::suggest))
        .routes(routes!(articles::article))
        .routes(routes!(similar::similar))
        .routes(routes!(mentions::mentions))
        .routes(routes!(officials::officials))
        .routes(routes!(officials::official))
        .routes(routes!(sources::sources))
        .routes(routes!(versions::versions))
        .routes(routes!(versions::version))
        .routes(routes!(versions::raw))
        .routes(routes!(export::article_pack))
        .routes(routes!(sources::source, source_changes::put, source_changes::remove))
        .routes(routes!(source_check::check))
        .routes(routes!(source_changes::accept))
        .routes(routes!(source_changes::schedule))
        .routes(routes!(profiles::profiles))
        .routes(routes!(profiles::test))
        .routes(routes!(profiles::again))
        .routes(routes!(takedowns::takedowns))
        .routes(routes!(takedowns::removals))
        .routes(routes!(takedowns::take_down))
        .routes(routes!(takedowns::lift))
        .routes(routes!(decisions::decisions))
        .routes(routes!(decisions::merge))
        .routes(routes!(decisions::split))
        .routes(routes!(decisions::undo))
        .routes(routes!(users::users))
        .routes(routes!(users::put, users::remove))
        .routes(routes!(users::make_token, users::remove_token))
        .routes(routes!(keeping::keeping))
        .routes(routes!(keeping::jobs))
        .routes(routes!(keeping::backup))
        .routes(routes!(keeping::verify_archive))
        .routes(routes!(keeping::verify_index))
        .routes(routes!(keeping::rebuild_index))
        .routes(routes!(audit::audit))
        .routes(routes!(attention::attention))
        .routes(routes!(runs::crawl))
        .routes(routes!(runs::pause))
        .routes(routes!(runs::resume))
        .routes(routes!(runs::runs))
        .routes(routes!(runs::run))
        .routes(routes!(runs::events))
        .routes(routes!(alerts::ask, alerts::list))
        .routes(routes!(alerts::preview))
        .routes(routes!(alerts::look, alerts::remove))
        .routes(routes!(alerts::confirm))
        .routes(routes!(alerts::unsubscribe))
        .routes(routes!(health::healthz))
        .routes(routes!(health::readyz))
        .routes(routes!(crate::metrics::metrics))
        .split_for_parts()
}

pub(crate) fn description_route(description: utoipa::openapi::OpenApi) -> Router<App> {
    Router::new().route(DESCRIPTION_PATH, get(async move |_: NoParameters| Json(description)))
}

/// The description of the API (OpenAPI 3.1).
pub fn openapi() -> utoipa::openapi::OpenApi {
    router().1
}

/// The reason for what an operator does, which must be given.
fn reason_given(reason: &str) -> Result<String, Problem> {
    match reason.trim() {
        "" => Err(Problem::bad_request("`reason` is empty; say why, it is kept in the log")),
        reason => Ok(reason.to_owned()),
    }
}
