//! Schedules, and stopping jobs.

use super::bench::{Bench, root};
use crate::schedules::planned;
use chrono::TimeDelta;
use nusantara_jobs::schedules::look;
use serde_json::{Value, json};

const SCHEDULES: &str = "/api/v1/schedules";

fn nightly() -> Value {
    json!({"name": "nightly", "task": "tidy", "cron": "30 2 * * *", "zone": "Asia/Jakarta"})
}

async fn turn(bench: &Bench) -> bool {
    look(&bench.app.store, &bench.app.engine, &*bench.clock, planned).await.unwrap().moved
}

async fn runs(bench: &Bench) -> Vec<Value> {
    bench.send(root("GET", &format!("{SCHEDULES}/nightly/runs"))).await.body["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn a_schedule_is_made_changed_and_removed() {
    let bench = Bench::new().await;
    let create = |body: &Value| root("POST", SCHEDULES).json(body);
    let made = bench.send(create(&nightly())).await;
    assert_eq!(made.status, 201, "{}", made.text);
    assert_eq!((&made.body["missed"], &made.body["enabled"], &made.body["last_run"]), (&json!("skip"), &json!(true), &Value::Null));
    let next = made.body["next_due"].as_str().unwrap();
    assert!(next.ends_with("T19:30:00Z"), "half past two in Jakarta: {next}");
    let preview = bench.send(root("GET", &format!("{SCHEDULES}/preview?cron=30%202%20*%20*%20*&zone=Asia/Jakarta&count=5"))).await;
    assert_eq!(preview.body["runs"][0], made.body["next_due"]);
    assert_eq!(preview.body["runs"].as_array().unwrap().len(), 5);

    assert_eq!(bench.send(create(&nightly())).await.code(), "name_taken");
    for (field, value) in [
        ("name", json!("Nightly")),
        ("task", json!("rm -rf /")),
        ("cron", json!("@reboot")),
        ("cron", json!("61 * * * *")),
        ("zone", json!("Mars/Olympus")),
        ("jitter_seconds", json!(3_601)),
        ("catch_up", json!(0)),
        ("missed", json!("never")),
        ("command", json!("true")),
    ] {
        let mut body = nightly();
        body["name"] = json!("other");
        body[field] = value;
        let answer = bench.send(create(&body)).await;
        assert_eq!((answer.status.as_u16(), answer.fields()), (422, vec![field]), "{body}: {}", answer.text);
    }

    let put = |body: Value| root("PUT", &format!("{SCHEDULES}/nightly")).json(&body);
    let off = json!({"task": "drift_look", "cron": "@hourly", "missed": "all", "catch_up": 3, "enabled": false});
    let changed = bench.send(put(off)).await;
    assert_eq!((&changed.body["cron"], &changed.body["zone"]), (&json!("0 * * * *"), &json!("UTC")), "{}", changed.text);
    assert_eq!(changed.body["next_due"], Value::Null);
    let listed = bench.send(root("GET", SCHEDULES)).await.body;
    assert_eq!((&listed["items"][0]["task"], &listed["create"]["allowed"]), (&json!("drift_look"), &json!(true)));
    let gone = || root("DELETE", &format!("{SCHEDULES}/nightly"));
    assert_eq!(bench.send(gone()).await.status, 204);
    assert_eq!(bench.send(gone()).await.status, 404);
    let audit = bench.send(root("GET", "/api/v1/audit-logs?target=nightly")).await;
    let actions: Vec<_> = audit.body["items"].as_array().unwrap().iter().map(|row| row["action"].clone()).collect();
    assert_eq!(actions, ["schedule.delete", "schedule.update", "schedule.create"]);
}

#[tokio::test]
async fn a_time_that_comes_is_a_job_once() {
    let bench = Bench::new().await;
    bench.send(root("POST", SCHEDULES).json(&nightly())).await;
    assert!(!turn(&bench).await, "nothing is due");
    bench.clock.advance(TimeDelta::days(1));
    let late = turn(&bench).await;
    assert!(late);
    assert!(!turn(&bench).await, "and once only");
    let seen = runs(&bench).await;
    assert_eq!((seen.len(), &seen[0]["missed"], &seen[0]["job"]), (1, &json!(1), &Value::Null), "a day late is missed: {seen:?}");

    let asked = bench.send(root("POST", &format!("{SCHEDULES}/nightly/run"))).await;
    assert_eq!(asked.status, 202, "{}", asked.text);
    let job = bench.end_of(asked.body["job"]["id"].as_str().unwrap()).await;
    assert_eq!((&job["kind"], &job["state"], &job["created_by"]), (&json!("panel.tidy"), &json!("success"), &json!("root")));

    let next = bench.send(root("GET", &format!("{SCHEDULES}/nightly"))).await.body["next_due"].as_str().unwrap().to_owned();
    bench.clock.advance(next.parse::<chrono::DateTime<chrono::Utc>>().unwrap() - bench.app.now());
    assert!(turn(&bench).await);
    let seen = runs(&bench).await;
    assert_eq!((&seen[0]["due_at"], &seen[0]["by_hand"]), (&json!(next), &json!(false)));
    let job = bench.end_of(seen[0]["job"].as_str().unwrap()).await;
    assert_eq!((&job["state"], &job["created_by"]), (&json!("success"), &json!("system")));
    assert_eq!(runs(&bench).await[0]["state"], "success");
}

#[tokio::test]
async fn every_task_runs() {
    let bench = Bench::new().await;
    bench.create("joko").await;
    for task in ["converge", "drift_look", "index_compare", "audit_seal", "audit_verify", "tidy"] {
        let body = json!({"name": task.replace('_', "-"), "task": task, "cron": "@daily"});
        assert_eq!(bench.send(root("POST", SCHEDULES).json(&body)).await.status, 201);
        let asked = bench.send(root("POST", &format!("{SCHEDULES}/{}/run", task.replace('_', "-")))).await;
        let job = bench.end_of(asked.body["job"]["id"].as_str().unwrap()).await;
        assert_eq!(job["state"], "success", "{job:#}");
    }
}

#[tokio::test]
async fn a_job_that_has_not_begun_is_stopped_and_one_that_has_is_not() {
    let bench = Bench::new().await;
    bench.host.hold();
    let account = |name: &str| json!({"username": name, "primary_domain": format!("{name}.test"), "package": "starter"});
    let first = bench.send(root("POST", "/api/v1/accounts").json(&account("joko"))).await;
    let first = first.body["job"]["id"].as_str().unwrap();
    let path = |id: &str| format!("/api/v1/jobs/{id}");
    while bench.send(root("GET", &path(first))).await.body["state"] != "running" {
        tokio::task::yield_now().await;
    }
    let refused = bench.send(root("POST", &format!("{}/cancel", path(first)))).await;
    assert_eq!((refused.status.as_u16(), refused.code()), (409, "job_unstoppable"));
    let shown = bench.send(root("GET", &path(first))).await.body;
    assert_eq!(shown["actions"]["cancel"], json!({"allowed": false, "reason": "job_unstoppable"}));

    // The account's second job waits for the first.
    let deleted = bench.send(root("DELETE", "/api/v1/accounts/joko")).await;
    assert_eq!(deleted.code(), "account_busy");
    // With no place left, others wait.
    let mut waiting = Vec::new();
    for n in 0..16 {
        let asked = bench.send(root("POST", "/api/v1/accounts").json(&account(&format!("acc{n}")))).await;
        waiting.push(asked.body["job"]["id"].as_str().unwrap().to_owned());
    }
    let last = waiting.pop().unwrap();
    assert_eq!(bench.send(root("GET", &path(&last))).await.body["actions"]["cancel"]["allowed"], true);
    let stopped = bench.send(root("POST", &format!("{}/cancel", path(&last)))).await;
    assert_eq!((stopped.status.as_u16(), &stopped.body["state"]), (200, &json!("cancelled")), "{}", stopped.text);
    assert_eq!(bench.send(root("POST", &format!("{}/cancel", path(&last)))).await.code(), "job_unstoppable");
    bench.host.let_go();
    for id in &waiting {
        bench.end_of(id).await;
    }
    let audit = bench.send(root("GET", "/api/v1/audit-logs?action=job.cancel")).await;
    assert_eq!(audit.body["items"][0]["target_id"], json!(last));
    let audit = bench.send(root("GET", "/api/v1/audit-logs?target=acc15")).await;
    assert!(audit.text.contains("\"error\":\"cancelled\""), "{}", audit.text);
    assert_eq!(bench.host.state().accounts.len(), 16);
}
