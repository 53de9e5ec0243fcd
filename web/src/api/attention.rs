//! `GET /api/v1/attention`: what an operator should look at first.

use archive::{Concern, Source, Task};
use axum::Json;
use axum::extract::State;
use index::Index;
use jiff::{SignedDuration, Timestamp};
use serde::Serialize;
use utoipa::ToSchema;

use super::source_changes::upcoming;
use crate::App;
use crate::address::NoParameters;
use crate::blocking::blocking;
use crate::operator::Viewer;
use crate::problem::Problem;

/// Changes that an index may be behind before somebody should look.
const BEHIND_MAX: u64 = 1000;

/// Least time for which a source may go without a full visit.
const PATIENCE_MIN: SignedDuration = SignedDuration::from_hours(72);

/// Something to look at.
#[derive(Clone, Debug, Serialize, ToSchema)]
pub(crate) struct TaskBody {
    /// `captures`, `failing`, `frozen_removals`, `challenged`, `refused`, `changed`, `drifting`,
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
    let now = Timestamp::now();
    let patience = |source: &Source| patience(source, now);
    let mut tasks = index.archive().attention(now, &patience)?;
    let behind = index.stats()?.behind();
    if behind > BEHIND_MAX {
        let detail = format!("{behind} changes are not in the index");
        tasks.push(Task::of_all(Concern::Index, detail));
    }
    Ok(tasks)
}

/// How long a source may go without a full visit: twice the time between two of its slots, and three
/// days at least.
fn patience(source: &Source, now: Timestamp) -> SignedDuration {
    let slots = upcoming(&source.schedule, now).unwrap_or_default();
    let gap = slots.first().zip(slots.get(1)).map(|(a, b)| b.duration_since(*a) * 2);
    gap.unwrap_or_default().max(PATIENCE_MIN)
}

impl From<Task> for TaskBody {
    fn from(task: Task) -> Self {
        let Task { concern, source, name, detail, run } = task;
        let source = source.map(String::from);
        Self { concern, source, name, detail, run: run.map(|run| run.0) }
    }
}
