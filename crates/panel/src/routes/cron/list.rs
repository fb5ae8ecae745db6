//! The cron jobs of an account and how they are.

use super::spec;
use crate::app::App;
use crate::auth::caller::Caller;
use crate::http::ApiResult;
use crate::http::extract::Segment;
use crate::http::problem::Problems;
use crate::views;
use axum::Json;
use axum::extract::State;
use nusantara_api::cron::CronJobList;
use nusantara_types::Username;

/// The cron jobs of an account and how they are, in order of name.
#[utoipa::path(
    get,
    path = "/accounts/{username}/cron",
    operation_id = "cron_list",
    tag = "cron",
    params(("username" = String, Path, description = "The account")),
    responses((status = 200, description = "All its jobs", body = CronJobList), Problems)
)]
pub(crate) async fn list(State(app): State<App>, caller: Caller, Segment(username): Segment<Username>) -> ApiResult<Json<CronJobList>> {
    let spec = spec(&app, &caller, &username).await?;
    let jobs = spec.services.cron.jobs;
    // Without jobs there is nothing to ask systemd about.
    let states = if jobs.is_empty() { Vec::new() } else { app.host.cron_states(&caller.actor, username).await? };
    Ok(Json(views::cron::list(jobs, states, spec.limits.max_cron_jobs)))
}
