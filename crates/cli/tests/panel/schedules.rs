//! Schedules of the scripted panel, and jobs that can be stopped.

use super::{Asked, HOSTILE, JOB, accept_job, job, missing, page, problem};
use axum::extract::{Path, Query};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Extension, Json, Router};
use serde_json::{Value, json};
use std::collections::HashMap;

/// A job that is under way.
pub(crate) const RUNNING_JOB: &str = "01990000-0000-7000-8000-000000000003";
/// A job that is over.
pub(crate) const ENDED_JOB: &str = "01990000-0000-7000-8000-000000000004";

pub(super) fn routes() -> Router {
    Router::new()
        .route("/api/v1/schedules", get(list).post(made))
        .route("/api/v1/schedules/preview", get(preview))
        .route("/api/v1/schedules/{name}", get(show).put(changed).delete(removed))
        .route("/api/v1/schedules/{name}/run", post(run))
        .route("/api/v1/schedules/{name}/runs", get(runs))
        .route("/api/v1/jobs/{id}/cancel", post(cancel))
}

fn ran(state: Value, missed: u64) -> Value {
    let job = if missed == 0 { json!(JOB) } else { Value::Null };
    json!({
        "due_at": "2026-01-02T19:30:00Z", "job": job, "state": state, "by_hand": false, "missed": missed,
        "created_at": "2026-01-02T19:30:01Z", "finished_at": null,
    })
}

fn schedule(name: &str, last_run: Value) -> Value {
    let allowed = json!({"allowed": true, "reason": null});
    json!({
        "name": name, "task": "tidy", "cron": "30 2 * * *", "zone": "Asia/Jakarta", "jitter_seconds": 0, "missed": "skip", "catch_up": 10,
        "enabled": true, "next_due": "2026-01-03T19:30:00Z", "last_run": last_run, "created_by": "root",
        "created_at": "2026-01-02T03:04:05Z", "updated_at": "2026-01-02T03:04:05Z",
        "actions": {"update": allowed, "run": allowed, "delete": allowed},
    })
}

async fn list() -> Json<Value> {
    let mut off = schedule("off", ran(Value::Null, 3));
    off["next_due"] = Value::Null;
    // Of a newer panel.
    let mut unknown = schedule(HOSTILE, Value::Null);
    unknown["task"] = Value::Null;
    let items = [schedule("nightly", ran(json!("success"), 0)), off, schedule("weekly", ran(json!("cancelled"), 0)), unknown];
    Json(json!({"items": items, "create": {"allowed": true, "reason": null}}))
}

async fn show(Path(name): Path<String>) -> Response {
    match name.as_str() {
        "nightly" => Json(schedule("nightly", Value::Null)).into_response(),
        "newer" => {
            let mut newer = schedule("newer", Value::Null);
            newer["task"] = Value::Null;
            Json(newer).into_response()
        }
        _ => missing(),
    }
}

/// What was asked for, as a schedule.
fn as_asked(name: &str, body: &Value) -> Value {
    let mut known = schedule(name, Value::Null);
    for (field, value) in body.as_object().unwrap() {
        known[field] = value.clone();
    }
    if known["enabled"] == json!(false) {
        known["next_due"] = Value::Null;
    }
    known
}

async fn made(Extension(asked): Extension<Asked>, Json(body): Json<Value>) -> Response {
    *asked.lock().unwrap() = body.clone();
    match body["zone"].as_str().unwrap() {
        "UTC" | "Asia/Jakarta" => (StatusCode::CREATED, Json(as_asked(body["name"].as_str().unwrap(), &body))).into_response(),
        zone => {
            let errors = json!([{"field": "zone", "message": "name a time zone such as Asia/Jakarta"}]);
            problem(422, "validation_failed", &format!("{zone} is no time zone."), &errors)
        }
    }
}

async fn changed(Path(name): Path<String>, Extension(asked): Extension<Asked>, Json(body): Json<Value>) -> Json<Value> {
    *asked.lock().unwrap() = body.clone();
    Json(as_asked(&name, &body))
}

async fn removed(Path(name): Path<String>) -> Response {
    if name == "nightly" { StatusCode::NO_CONTENT.into_response() } else { missing() }
}

async fn run(Path(name): Path<String>) -> Response {
    match name.as_str() {
        "nightly" => accept_job().await.into_response(),
        "newer" => {
            let errors = json!([{"field": "task", "message": "this version of the panel does not know it"}]);
            problem(422, "validation_failed", "The request is not valid.", &errors)
        }
        _ => missing(),
    }
}

async fn runs(Path(name): Path<String>) -> Response {
    let all = [ran(json!("running"), 0), ran(json!("failed"), 0), ran(Value::Null, 0), ran(Value::Null, 12)];
    if name == "nightly" { page(all.to_vec()).into_response() } else { missing() }
}

async fn preview(Query(query): Query<HashMap<String, String>>) -> Json<Value> {
    let runs = ["2026-01-02T19:30:00Z", "2026-01-03T19:30:00Z"];
    Json(json!({"cron": query["cron"], "zone": query["zone"], "runs": runs}))
}

async fn cancel(Path(id): Path<String>) -> Response {
    let stopped = |state: &str| {
        let mut job = job(&id, "success");
        job["state"] = json!(state);
        job["finished_at"] = Value::Null;
        Json(job).into_response()
    };
    match id.as_str() {
        JOB => stopped("cancelled"),
        RUNNING_JOB => stopped("running"),
        ENDED_JOB => problem(
            409,
            "job_unstoppable",
            "This job has begun, or ended, and is done as a whole: it cannot be stopped any more.",
            &json!([]),
        ),
        _ => missing(),
    }
}
