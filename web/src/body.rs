//! What a request of the API carries: JSON, read strictly.

use axum::Json;
use axum::extract::rejection::JsonRejection;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::problem::Problem;

/// A JSON body; what is wrong with it is said.
pub(crate) struct Body<T>(pub(crate) T);

impl<S: Send + Sync, T: DeserializeOwned> FromRequest<S> for Body<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let read: Result<Json<Value>, JsonRejection> = Json::from_request(request, state).await;
        let Json(value) = read.map_err(|error| Problem::new(error.status(), error.body_text()))?;
        let unprocessable = |why: String| Problem::new(StatusCode::UNPROCESSABLE_ENTITY, why);
        // A list would be taken for the fields in their order.
        if !value.is_object() {
            return Err(unprocessable("the body must be a JSON object".to_owned()));
        }
        serde_json::from_value(value).map(Self).map_err(|error| unprocessable(error.to_string()))
    }
}
