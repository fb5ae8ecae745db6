//! Makes, changes and removes schedules.

use super::list::seen;
use super::{at_times, zone};
use crate::app::App;
use crate::auth::caller::Caller;
use crate::auth::logins::note_about;
use crate::http::extract::{Json, Segment};
use crate::http::problem::Problems;
use crate::http::{ApiError, ApiResult};
use crate::views::schedules::stored_missed;
use axum::extract::State;
use axum::http::StatusCode;
use nusantara_api::ProblemCode;
use nusantara_api::schedules::{CreateSchedule, PutSchedule, Schedule};
use nusantara_store::{ScheduleRecord, StoreError};
use nusantara_types::{ScheduleId, ScheduleName, Timestamp};
use serde_json::{Value, json};

/// Schedules that there may be.
const MOST: u64 = 100;
/// How often a change is tried again because the schedule ran at the same moment.
const TRIES: u32 = 5;

/// Makes a schedule.
#[utoipa::path(
    post,
    path = "/schedules",
    operation_id = "schedule_create",
    tag = "schedules",
    request_body = CreateSchedule,
    responses((status = 201, description = "The schedule", body = Schedule), Problems)
)]
pub(crate) async fn create(
    State(app): State<App>,
    caller: Caller,
    Json(request): Json<CreateSchedule>,
) -> ApiResult<(StatusCode, axum::Json<Schedule>)> {
    let (now, (name, put)) = (app.now(), request.parts());
    let blank = ScheduleRecord {
        id: ScheduleId::generate(),
        name,
        task: String::new(),
        cron: put.cron,
        zone: String::new(),
        jitter_seconds: 0,
        missed: stored_missed(put.missed),
        catch_up: 0,
        enabled: false,
        next_due: None,
        last_job: None,
        created_by: caller.actor.clone(),
        created_at: now,
        updated_at: now,
        generation: 1,
    };
    let record = shaped(blank, put, now)?;
    let tx = app.store.begin().await?;
    if tx.schedule_count().await? >= MOST {
        return Err(ApiError::new(ProblemCode::LimitReached, "There are 100 schedules already; remove one first."));
    }
    match tx.schedule_insert(&record).await {
        Err(StoreError::Taken(_)) => return Err(ApiError::taken("name")),
        other => other?,
    }
    note_about(&tx, &caller.actor, "schedule.create", ("schedule", record.name.as_str()), facts(&record), now).await?;
    tx.commit().await?;
    Ok((StatusCode::CREATED, axum::Json(seen(&app, &caller, record).await?)))
}

/// Puts a schedule in the place of the one of this name. Times that were missed until now are not made up for.
#[utoipa::path(
    put,
    path = "/schedules/{name}",
    operation_id = "schedule_update",
    tag = "schedules",
    params(("name" = String, Path, description = "The schedule")),
    request_body = PutSchedule,
    responses((status = 200, description = "The schedule", body = Schedule), Problems)
)]
pub(crate) async fn update(
    State(app): State<App>,
    caller: Caller,
    Segment(name): Segment<ScheduleName>,
    Json(request): Json<PutSchedule>,
) -> ApiResult<axum::Json<Schedule>> {
    let mut tries = 0;
    let record = loop {
        tries += 1;
        match put(&app, &caller, &name, request.clone()).await {
            Ok(Some(record)) => break record,
            Ok(None) if tries < TRIES => {}
            Ok(None) => {
                return Err(ApiError::new(ProblemCode::Overloaded, "The schedule runs all the time; try again in a moment.").retry_after(1));
            }
            Err(error) => return Err(error),
        }
    };
    seen(&app, &caller, record).await.map(axum::Json)
}

/// None when it ran meanwhile.
async fn put(app: &App, caller: &Caller, name: &ScheduleName, request: PutSchedule) -> ApiResult<Option<ScheduleRecord>> {
    let now = app.now();
    let tx = app.store.begin().await?;
    let known = tx.schedule_get(name).await?.ok_or_else(ApiError::not_found)?;
    let record = shaped(known, request, now)?;
    match tx.schedule_update(&record).await {
        Err(StoreError::Stale(_)) => return Ok(None),
        other => other?,
    }
    note_about(&tx, &caller.actor, "schedule.update", ("schedule", name.as_str()), facts(&record), now).await?;
    tx.commit().await?;
    Ok(Some(record))
}

/// Removes a schedule and its history. A run that is under way goes on.
#[utoipa::path(
    delete,
    path = "/schedules/{name}",
    operation_id = "schedule_delete",
    tag = "schedules",
    params(("name" = String, Path, description = "The schedule")),
    responses((status = 204, description = "It is gone"), Problems)
)]
pub(crate) async fn delete(State(app): State<App>, caller: Caller, Segment(name): Segment<ScheduleName>) -> ApiResult<StatusCode> {
    let tx = app.store.begin().await?;
    let known = tx.schedule_get(&name).await?.ok_or_else(ApiError::not_found)?;
    tx.schedule_delete(known.id).await?;
    note_about(&tx, &caller.actor, "schedule.delete", ("schedule", name.as_str()), Value::Null, app.now()).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT)
}

/// The record as the request wants it.
fn shaped(known: ScheduleRecord, put: PutSchedule, now: Timestamp) -> ApiResult<ScheduleRecord> {
    let (zone, cron) = (zone(&put.zone)?, at_times(put.cron)?);
    if put.jitter_seconds > 3_600 {
        return Err(ApiError::invalid("jitter_seconds", "use a number from 0 to 3600"));
    }
    if !(1..=100).contains(&put.catch_up) {
        return Err(ApiError::invalid("catch_up", "use a number from 1 to 100"));
    }
    Ok(ScheduleRecord {
        task: put.task.as_str().to_owned(),
        cron,
        zone: zone.to_string(),
        jitter_seconds: put.jitter_seconds,
        missed: stored_missed(put.missed),
        catch_up: put.catch_up,
        enabled: put.enabled,
        next_due: zone.times(cron, now).next().filter(|_| put.enabled),
        updated_at: now,
        ..known
    })
}

fn facts(record: &ScheduleRecord) -> Value {
    json!({ "task": record.task, "cron": record.cron, "zone": record.zone, "missed": record.missed.as_str(), "enabled": record.enabled })
}
