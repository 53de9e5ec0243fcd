//! Liveness and readiness.

use axum::extract::State;
use axum::http::StatusCode;

use crate::App;
use crate::blocking::blocking;
use crate::problem::Problem;

/// Whether the process answers.
#[utoipa::path(get, path = "/healthz", tag = "health", responses((status = 200, body = String)))]
pub(crate) async fn healthz() -> &'static str {
    "ok\n"
}

/// Whether archive and index can be read.
#[utoipa::path(get, path = "/readyz", tag = "health",
    responses((status = 200, body = String), (status = 503, body = Problem)))]
pub(crate) async fn readyz(State(app): State<App>) -> Result<&'static str, Problem> {
    let read = blocking(move || app.index.check()).await;
    match read {
        Ok(_) => Ok("ready\n"),
        Err(problem) => Err(problem.with_status(StatusCode::SERVICE_UNAVAILABLE)),
    }
}
