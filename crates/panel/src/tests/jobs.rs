//! Jobs across lost connections and restarts, and their event streams.

use super::bench::{Bench, call, root};
use nusantara_proto::host::{ErrorCode, OperationError};
use serde_json::{Value, json};
use std::time::Duration;

async fn ask(bench: &Bench) -> String {
    let body = json!({"username": "joko", "primary_domain": "joko.test", "package": "starter"});
    let answer = bench.send(root("POST", "/api/v1/accounts").json(&body)).await;
    answer.body["job"]["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_lost_connection_is_taken_up_with_the_same_request() {
    let bench = Bench::new().await;
    bench.host.state().cut = 2;
    let id = ask(&bench).await;
    let job = bench.end_of(&id).await;
    assert_eq!(job["state"], "success");
    let asked = bench.host.state().asked.clone();
    assert!(asked.len() >= 2 && asked.iter().all(|id| *id == asked[0]), "{asked:?}");
    assert!(job["steps"].as_array().unwrap().iter().all(|s| s["state"] == "success"), "also those nobody told us about: {job:#}");
}

#[tokio::test]
async fn a_restart_goes_on_with_what_was_running() {
    let bench = Bench::new().await;
    bench.host.hold();
    let id = ask(&bench).await;
    bench.host.until_asked().await;
    let bench = bench.restart().await;
    bench.host.let_go();
    let job = bench.end_of(&id).await;
    assert_eq!(job["state"], "success");
    let asked = bench.host.state().asked.clone();
    assert!(asked.len() >= 2 && asked.iter().all(|id| *id == asked[0]), "{asked:?}");
    assert_eq!(bench.send(root("GET", "/api/v1/accounts/joko")).await.body["account"]["status"], "active");
}

#[tokio::test]
async fn a_busy_host_is_asked_again_later() {
    let bench = Bench::new().await;
    bench.host.state().refuse = Some(OperationError::new(ErrorCode::Busy, "later"));
    let id = ask(&bench).await;
    bench.host.until_asked().await;
    let mut changes = bench.app.engine.watch(id.parse().unwrap());
    while bench.send(root("GET", &format!("/api/v1/jobs/{id}"))).await.body["state"] != "queued" {
        tokio::time::timeout(Duration::from_secs(20), changes.changed()).await.expect("it waits").unwrap();
    }
    // The retry is due by the panel's clock, which stands still in a test.
    bench.clock.advance(chrono::TimeDelta::hours(1));
    bench.app.engine.nudge();
    assert_eq!(bench.end_of(&id).await["state"], "success");
    assert_eq!(bench.host.state().asked.len(), 2);
}

/// The events of a stream until its end.
async fn events(response: axum::response::Response) -> Vec<(u64, Value)> {
    let bytes = tokio::time::timeout(Duration::from_secs(20), axum::body::to_bytes(response.into_body(), 1 << 20)).await;
    let text = String::from_utf8(bytes.expect("the stream ends").unwrap().to_vec()).unwrap();
    let blocks = text.split("\n\n").filter(|block| block.contains("event: job"));
    let line = |block: &str, name: &str| block.lines().find_map(|l| l.strip_prefix(name)).unwrap().trim().to_owned();
    blocks.map(|b| (line(b, "id:").parse().unwrap(), serde_json::from_str(&line(b, "data:")).unwrap())).collect()
}

#[tokio::test]
async fn a_stream_tells_every_change_until_the_end() {
    let bench = Bench::new().await;
    let (_, session) = bench.login_as("ani", "viewer").await;
    bench.host.hold();
    let id = ask(&bench).await;
    let path = format!("/api/v1/jobs/{id}/events");
    let response = bench.open(call("GET", &path).with(&session)).await;
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    assert_eq!(response.headers()["cache-control"], "no-store");
    let (seen, ()) = tokio::join!(events(response), async {
        bench.host.until_asked().await;
        bench.host.let_go();
    });
    let generations: Vec<u64> = seen.iter().map(|(id, _)| *id).collect();
    assert!(generations.is_sorted_by(|a, b| a < b), "{generations:?}");
    let last = &seen.last().unwrap().1;
    assert_eq!((&last["state"], &last["generation"]), (&json!("success"), &json!(generations.last().unwrap())));
    assert_eq!(last["steps"].as_array().unwrap().len(), 3);

    let again = bench.send(call("GET", &path).with(&session)).await;
    assert_eq!(again.text.matches("event: job").count(), 1, "whoever comes late gets the last state");
    let known = call("GET", &path).with(&session).header("last-event-id", generations.last().unwrap().to_string());
    assert_eq!(bench.send(known).await.status, 204, "whoever has it need not come back");
}

#[tokio::test]
async fn a_stream_ends_with_the_session() {
    let bench = Bench::new().await;
    let (_, session) = bench.login_as("ani", "admin").await;
    bench.host.hold();
    let id = ask(&bench).await;
    let response = bench.open(call("GET", &format!("/api/v1/jobs/{id}/events")).with(&session)).await;
    assert_eq!(bench.send(call("POST", "/api/v1/auth/logout").with(&session)).await.status, 204);
    let seen = events(response).await;
    assert!(seen.iter().all(|(_, job)| job["state"] != "success"), "it ended before the job did");
    bench.host.let_go();
}

#[tokio::test]
async fn a_stream_ends_when_the_panel_is_told_to() {
    let bench = Bench::new().await;
    bench.host.hold();
    let id = ask(&bench).await;
    let response = bench.open(root("GET", &format!("/api/v1/jobs/{id}/events"))).await;
    bench.app.ending.cancel();
    assert!(events(response).await.iter().all(|(_, job)| job["state"] != "success"));
    bench.host.let_go();
}
