//! A job as it changes: one `job` event per change with the whole job as data and its generation as id; ends after a final state.

use crate::app::App;
use crate::auth::caller::Caller;
use crate::http::extract::Segment;
use crate::http::problem::Problems;
use crate::http::{ApiError, ApiResult, gate};
use crate::streams::Place;
use crate::views;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use nusantara_api::ProblemCode;
use nusantara_api::jobs::Job;
use nusantara_types::JobId;
use std::convert::Infallible;
use std::time::Duration;
use tokio::sync::watch;

/// A job as it changes: one `job` event per change with the whole job as data and its generation as id; ends after a final state.
#[utoipa::path(
    get,
    path = "/jobs/{id}/events",
    operation_id = "job_events",
    tag = "jobs",
    params(
        ("id" = Uuid, Path, description = "The job"),
        ("Last-Event-ID" = Option<u64>, Header, description = "The last generation seen"),
    ),
    responses(
        (status = 200, description = "Server-sent events", body = Job, content_type = "text/event-stream"),
        (status = 204, description = "The job has ended and the last generation was seen: do not come back"),
        Problems
    )
)]
pub(crate) async fn events(State(app): State<App>, caller: Caller, Segment(id): Segment<JobId>, headers: HeaderMap) -> ApiResult<Response> {
    let seen: Option<u64> = headers.get("last-event-id").and_then(|v| v.to_str().ok()).and_then(|v| v.parse().ok());
    // Subscribed before the first look, so that no change falls between the two.
    let changes = app.engine.watch(id);
    let row = app.store.job_get(caller.scope(), id).await?.ok_or_else(ApiError::not_found)?;
    if row.state.is_final() && seen.is_some_and(|seen| seen >= row.generation) {
        // Nothing will ever come: to a browser's EventSource this answer means "do not come back".
        return Ok(StatusCode::NO_CONTENT.into_response());
    }
    let overloaded = || ApiError::new(ProblemCode::Overloaded, "Too many event streams are open.").retry_after(5);
    let place = app.streams.enter(caller.key()).ok_or_else(overloaded)?;
    let follower = Follower { app, caller, id, changes, seen, done: false, _place: place };
    let events = stream::unfold(follower, async |mut follower| follower.next().await.map(|event| (Ok::<_, Infallible>(event), follower)));
    let keep_alive = KeepAlive::new().interval(Duration::from_secs(15));
    // A proxy that gathers answers before it passes them on would hold the steps back.
    Ok(([("x-accel-buffering", "no"), ("cache-control", "no-store")], Sse::new(events).keep_alive(keep_alive)).into_response())
}

/// How often a stream looks whether its caller may still see the job, and whether another process changed it.
const LOOK: Duration = Duration::from_secs(3);
const _: () = assert!(LOOK.as_secs() < 4, "what has ended is cut within 5 s (SECURITY R18), with a second to spare");

/// One follower of one job.
struct Follower {
    app: App,
    caller: Caller,
    id: JobId,
    changes: watch::Receiver<u64>,
    seen: Option<u64>,
    done: bool,
    _place: Place,
}

impl Follower {
    /// The next state of the job; none when it is final or the caller may not see it any more.
    async fn next(&mut self) -> Option<Event> {
        while !self.done {
            self.changes.mark_unchanged();
            if let Some(event) = self.look().await? {
                return Some(event);
            }
            tokio::select! {
                change = self.changes.changed() => change.ok()?,
                () = tokio::time::sleep(LOOK) => {
                    if !gate::still_good(&self.app, &self.caller).await {
                        return None;
                    }
                }
                // The client comes back to the next process with the last id it saw.
                () = self.app.ending.cancelled() => return None,
            }
        }
        None
    }

    /// The job as it is now, if the follower has not seen it so; the outer none ends the stream.
    async fn look(&mut self) -> Option<Option<Event>> {
        let row = self.app.store.job_get(self.caller.scope(), self.id).await.ok()??;
        if self.seen.is_some_and(|seen| seen >= row.generation) {
            self.done = row.state.is_final();
            return Some(None);
        }
        let (generation, is_final) = (row.generation, row.state.is_final());
        let steps = self.app.store.step_list(self.id).await.ok()?;
        let data = serde_json::to_string(&views::jobs::job(row, steps, &self.caller, &self.app.engine)).ok()?;
        self.seen = Some(generation);
        self.done = is_final;
        Some(Some(Event::default().event("job").id(generation.to_string()).data(data)))
    }
}
