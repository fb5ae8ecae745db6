//! Cron jobs of an account.

pub(crate) mod create;
pub(crate) mod delete;
pub(crate) mod list;
pub(crate) mod output;
pub(crate) mod preview;
pub(crate) mod put;
pub(crate) mod run;
pub(crate) mod runs;

use crate::app::App;
use crate::auth::caller::Caller;
use crate::http::{ApiError, ApiResult};
use nusantara_types::cron::CronJob;
use nusantara_types::{AccountSpec, CronJobName, Username};
use serde_json::{Value, json};

/// The account's spec, if the caller may see it.
async fn spec(app: &App, caller: &Caller, username: &Username) -> ApiResult<AccountSpec> {
    let account = app.store.account_get(caller.scope(), username).await?.ok_or_else(ApiError::not_found)?;
    Ok(app.host.account(&caller.actor, account.username).await?.spec)
}

/// The caller may see the account, and it has the job.
async fn exists(app: &App, caller: &Caller, username: &Username, name: &CronJobName) -> ApiResult<()> {
    let known = spec(app, caller, username).await?.services.cron.jobs.iter().any(|job| job.name == *name);
    known.then_some(()).ok_or_else(ApiError::not_found)
}

/// The fields of a job are in range.
fn in_range(job: &CronJob) -> ApiResult<()> {
    job.violation().map_or(Ok(()), |(field, allowed)| Err(ApiError::invalid(field, allowed)))
}

/// What the audit trail says about a job. Not its command, which may hold what is nobody else's business.
fn facts(username: &Username, job: &CronJob) -> Value {
    json!({ "account": username, "schedule": job.schedule, "enabled": job.enabled })
}
