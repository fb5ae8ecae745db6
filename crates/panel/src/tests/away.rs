//! A database server that dies while the panel works, and comes back.

use super::bench::{Bench, Call, call, root};
use crate::presence;
use nusantara_testdb::{Kind, Server};
use serde_json::json;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

/// How many ask at once, and for how many accounts each.
const CLIENTS: usize = 4;
const EACH: usize = 12;

fn create(name: &str) -> Call {
    let body = json!({"username": name, "primary_domain": format!("{name}.test"), "package": "starter"});
    root("POST", "/api/v1/accounts").header("idempotency-key", format!("key-of-{name}")).json(&body)
}

/// Asks again until `seen`, but not forever.
pub(super) async fn until(what: &str, mut seen: impl AsyncFnMut() -> bool) {
    let found = async {
        while !seen().await {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(60), found).await.unwrap_or_else(|_| panic!("{what} did not come"));
}

async fn health(bench: &Bench) -> String {
    let answer = bench.send(call("GET", "/healthz")).await;
    assert_eq!(answer.status, 200);
    answer.body["status"].as_str().unwrap().to_owned()
}

/// Asks for accounts as a script does that tries again with the same key when it is told to come back.
async fn ask(bench: Arc<Bench>, client: usize, granted: Arc<AtomicUsize>) -> BTreeMap<String, String> {
    let mut jobs = BTreeMap::new();
    for number in 0..EACH {
        let name = format!("a{client}x{number}");
        let job = loop {
            let answer = bench.send(create(&name)).await;
            if answer.status == 202 {
                break answer.body["job"]["id"].as_str().unwrap().to_owned();
            }
            assert_eq!((answer.status.as_u16(), answer.code()), (503, "database_away"), "{}", answer.text);
            assert_eq!(answer.headers["retry-after"], "5");
            assert_eq!(answer.headers["content-type"], "application/problem+json");
            tokio::time::sleep(Duration::from_millis(50)).await;
        };
        granted.fetch_add(1, Ordering::Relaxed);
        jobs.insert(name, job);
    }
    jobs
}

async fn nothing_is_lost(kind: Kind) {
    let mut server = Server::start(kind);
    let bench = Arc::new(Bench::on(server.database("panel")).await);
    bench.tasks.spawn("presence", presence::watch(Arc::clone(&bench.app), bench.tasks.clone()));
    let (_, session) = bench.login_as("sari", "admin").await;
    let granted = Arc::new(AtomicUsize::new(0));
    let mut clients = tokio::task::JoinSet::new();
    for client in 0..CLIENTS {
        clients.spawn(ask(Arc::clone(&bench), client, Arc::clone(&granted)));
    }
    until("the load", async || granted.load(Ordering::Relaxed) >= CLIENTS * EACH / 4).await;
    server.kill();
    until("the news", async || health(&bench).await == "degraded").await;
    assert!(granted.load(Ordering::Relaxed) < CLIENTS * EACH, "it died before the end");
    let refused = bench.send(call("GET", "/api/v1/accounts").with(&session)).await;
    assert_eq!((refused.status.as_u16(), refused.code()), (503, "database_away"), "a session is not ended by it");
    // What needs no database is there.
    assert_eq!(bench.send(call("GET", "/api/v1/openapi.json")).await.status, 200);
    assert_eq!(bench.send(call("GET", "/api/v1/setup")).await.status, 200);
    assert_ne!(bench.send(call("GET", "/")).await.status, 503);
    assert_eq!(bench.send(call("GET", "/healthz").with(&session)).await.body["status"], "degraded");

    server.restart();
    until("the return", async || health(&bench).await == "ok").await;
    let jobs: BTreeMap<String, String> = clients.join_all().await.into_iter().flatten().collect();
    assert_eq!(jobs.len(), CLIENTS * EACH);
    for (name, job) in &jobs {
        assert_eq!(bench.end_of(job).await["state"], "success", "{name}");
        assert_eq!(bench.send(root("GET", &format!("/api/v1/accounts/{name}"))).await.body["account"]["status"], "active", "{name}");
    }
    let all = bench.send(root("GET", "/api/v1/jobs?limit=200")).await;
    assert_eq!(all.body["items"].as_array().unwrap().len(), CLIENTS * EACH, "none was asked for twice");
    assert_eq!(bench.send(call("GET", "/api/v1/accounts").with(&session)).await.status, 200);
    let verdict = bench.send(root("GET", "/api/v1/audit-logs/verify")).await.body;
    assert_eq!(verdict["intact"], true, "{verdict}");
    assert!(bench.tasks.end(Duration::from_secs(10)).await);
    bench.app.store.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_postgresql_that_dies_under_load_loses_nothing() {
    nothing_is_lost(Kind::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_mariadb_that_dies_under_load_loses_nothing() {
    nothing_is_lost(Kind::Mariadb).await;
}
