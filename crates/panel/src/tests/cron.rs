//! Cron jobs over the API.

use super::bench::{Bench, root};
use serde_json::{Value, json};

const CRON: &str = "/api/v1/accounts/joko/cron";

fn job(name: &str) -> Value {
    json!({"name": name, "schedule": "*/5 * * * MON-fri", "command": "mysqldump -psecret 100% > \"$HOME/x\"", "timeout_minutes": 5})
}

#[tokio::test]
async fn a_job_is_made_shown_changed_run_and_removed() {
    let bench = Bench::new().await;
    bench.create("joko").await;
    let empty = bench.send(root("GET", CRON)).await.body;
    assert_eq!(empty, json!({"items": [], "limit": 5}));
    let done = async |call| {
        let asked = bench.send(call).await;
        assert_eq!(asked.status, 202, "{}", asked.text);
        let id = asked.body["job"]["id"].as_str().unwrap().to_owned();
        assert_eq!(bench.end_of(&id).await["state"], "success");
    };
    done(root("POST", CRON).json(&job("tidy"))).await;
    let shown = bench.send(root("GET", CRON)).await.body["items"][0].clone();
    assert_eq!((&shown["schedule"], &shown["enabled"], &shown["timeout_minutes"]), (&json!("*/5 * * * 1-5"), &json!(true), &json!(5)));
    assert_eq!(shown["last_run"]["result"], "failed");
    assert_eq!((&shown["last_run"]["exit_code"], &shown["last_run"]["signal"]), (&json!(3), &Value::Null));
    assert!(shown["next_run"].is_string() && shown["running_since"].is_null());
    assert_eq!(bench.send(root("POST", CRON).json(&job("tidy"))).await.code(), "name_taken");

    let one = format!("{CRON}/tidy");
    done(root("PUT", &one).json(&json!({"schedule": "@reboot", "command": "true", "enabled": false}))).await;
    let shown = bench.send(root("GET", CRON)).await.body["items"][0].clone();
    assert_eq!((&shown["schedule"], &shown["enabled"], &shown["timeout_minutes"]), (&json!("@reboot"), &json!(false), &json!(60)));
    done(root("POST", &format!("{one}/run"))).await;
    let runs = bench.send(root("GET", &format!("{one}/runs"))).await.body;
    let id = runs["items"][0]["id"].as_str().unwrap();
    let output = bench.send(root("GET", &format!("{one}/output?run={id}"))).await.body;
    assert_eq!(output["lines"], json!([format!("of {id}")]));
    assert_eq!(bench.send(root("GET", &format!("{one}/output?run=../x"))).await.fields(), ["run"]);
    done(root("DELETE", &one)).await;
    for call in
        [root("DELETE", &one), root("POST", &format!("{one}/run")), root("PUT", &one).json(&json!({"schedule": "@daily", "command": "x"}))]
    {
        assert_eq!(bench.send(call).await.status, 404);
    }
    let audit = bench.send(root("GET", "/api/v1/audit-logs")).await.text;
    assert!(audit.contains("cron.put") && !audit.contains("psecret"), "a command may hold a secret");
}

#[tokio::test]
async fn limits_and_values_are_refused_with_their_field() {
    let bench = Bench::new().await;
    bench.create("joko").await;
    for (field, key, value) in [
        ("name", "name", json!("Not A Name")),
        ("schedule", "schedule", json!("61 * * * *")),
        ("schedule", "schedule", json!("* * * * *\n* * * * * root")),
        ("command", "command", json!("true\nMAILTO=x")),
        ("timeout_minutes", "timeout_minutes", json!(0)),
        ("mailto", "mailto", json!("x@y.test")),
    ] {
        let mut body = job("tidy");
        body[key] = value;
        let answer = bench.send(root("POST", CRON).json(&body)).await;
        assert_eq!((answer.status.as_u16(), answer.fields()), (422, vec![field]), "{}", answer.text);
    }
    for i in 0..5 {
        let asked = bench.send(root("POST", CRON).json(&job(&format!("tidy{i}")))).await;
        bench.end_of(asked.body["job"]["id"].as_str().unwrap()).await;
    }
    assert_eq!(bench.send(root("POST", CRON).json(&job("more"))).await.code(), "limit_reached");
}

#[tokio::test]
async fn a_preview_says_when_or_what_is_wrong() {
    let bench = Bench::new().await;
    let preview = async |schedule: &str| bench.send(root("GET", &format!("/api/v1/cron/preview?schedule={schedule}"))).await;
    let body = preview("0+0+*/2+*+SUN").await.body;
    assert_eq!(
        (&body["schedule"], &body["zone"], body["runs"].as_array().unwrap().len()),
        (&json!("0 0 */2 * 0"), &json!("Asia/Jakarta"), 5)
    );
    assert_eq!(preview("@reboot").await.body["runs"], json!([]));
    let wrong = preview("0+24+*+*+*").await;
    assert_eq!(wrong.fields(), ["schedule"]);
    assert_eq!(wrong.body["errors"][0]["message"], "hour: use 0 to 23, *, lists, ranges and steps; \"24\" is none of them");
    assert_eq!(preview("@daily&count=0").await.fields(), ["count"]);
}
