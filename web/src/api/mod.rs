//! The JSON API, and its description, which is generated from the handlers.

pub(crate) mod alerts;
mod articles;
mod export;
mod feed;
mod health;
mod mentions;
mod officials;
mod runs;
mod search;
mod similar;
mod sources;
mod suggest;
mod versions;

use axum::routing::get;
use axum::{Json, Router};
use utoipa::OpenApi;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::App;
use crate::address::NoParameters;

pub use articles::ArticleBody;
pub(crate) use articles::find as find_article;
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
        .routes(routes!(sources::source))
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
        .split_for_parts()
}

pub(crate) fn description_route(description: utoipa::openapi::OpenApi) -> Router<App> {
    Router::new().route(DESCRIPTION_PATH, get(async move |_: NoParameters| Json(description)))
}

/// The description of the API (OpenAPI 3.1).
pub fn openapi() -> utoipa::openapi::OpenApi {
    router().1
}
