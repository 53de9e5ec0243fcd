//! `GET /api/v1/attention`: what an operator should look at first.

use archive::{Concern, Task};
use axum::Json;
use axum::extract::State;
use index::Index;
use jiff::Timestamp;
use serde::Serialize;
use utoipa::ToSchema;

use crate::App;
use crate::address::NoParameters;
use crate::blocking::blocking;
use crate::operator::Viewer;
use crate::problem::Problem;

/// Changes that an index may be behind before somebody should look.
const BEHIND_MAX: u64 = 1000;

/// Something to look at.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct TaskBody {
    /// `failing`, `frozen_removals`, `challenged`, `refused`, `changed`, `drifting`,
    /// `certificate`, `stale`, `errors`, `messages` or `index`.
    #[schema(value_type = String)]
    concern: Concern,
    /// The source it is about; null where it is about the whole.
    source: Option<String>,
    /// Its name.
    name: Option<String>,
    /// What was noted.
    detail: String,
    /// The run in which it was.
    run: Option<i64>,
}

/// What needs attention, the most urgent first.
#[utoipa::path(get, path = "/api/v1/attention", tag = "operators",
    responses((status = 200, body = Vec<TaskBody>), (status = 400, body = Problem),
        (status = 401, body = Problem)))]
pub(crate) async fn attention(
    _: Viewer,
    State(app): State<App>,
    NoParameters: NoParameters,
) -> Result<Json<Vec<TaskBody>>, Problem> {
    let tasks = blocking(move || tasks(&app.index)).await?;
    Ok(Json(tasks.into_iter().map(TaskBody::from).collect()))
}

/// What needs attention, in the archive and in the index.
pub fn tasks(index: &Index) -> Result<Vec<Task>, index::IndexError> {
    let mut tasks = index.archive().attention(Timestamp::now())?;
    let stats = index.stats()?;
    let behind = stats.newest.0.saturating_sub(stats.seq.0);
    if behind > BEHIND_MAX {
        let detail = format!("{behind} changes are not in the index");
        tasks.push(Task::of_all(Concern::Index, detail));
    }
    Ok(tasks)
}

impl From<Task> for TaskBody {
    fn from(task: Task) -> Self {
        let Task { concern, source, name, detail, run } = task;
        let source = source.map(String::from);
        Self { concern, source, name, detail, run: run.map(|run| run.0) }
    }
}
