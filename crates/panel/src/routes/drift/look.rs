//! Looks at all accounts now.

use crate::app::App;
use crate::auth::caller::Caller;
use crate::drift;
use crate::http::ApiResult;
use crate::http::problem::Problems;
use axum::Json;
use axum::extract::State;
use nusantara_api::PageQuery;
use nusantara_api::drift::DriftOverview;

/// Looks at all accounts now, changes nothing about them, and answers with the first page of what was found.
#[utoipa::path(
    post,
    path = "/drift/look",
    operation_id = "drift_look",
    tag = "drift",
    responses((status = 200, description = "One page", body = DriftOverview), Problems)
)]
pub(crate) async fn look(State(app): State<App>, caller: Caller) -> ApiResult<Json<DriftOverview>> {
    drift::look(&(&app).into()).await?;
    super::list::overview(&app, &caller, &PageQuery::default()).await.map(Json)
}
