//! What is not as it should be: looked for, listed, planned, put right and taken over.

use super::bench::{Answer, Bench, root};
use crate::drift;
use nusantara_proto::host::{DriftItem, ErrorCode, OperationError};
use nusantara_types::Username;
use serde_json::{Value, json};

const JOKO: &str = "/api/v1/accounts/joko";

pub(super) fn found(item: &str, adoptable: bool) -> DriftItem {
    DriftItem {
        item: item.parse().unwrap(),
        target: format!("the {item}"),
        summary: format!("The {item} was changed by hand"),
        diff: Some("-a\n+b\n".to_owned()),
        adoptable,
        why_not: (!adoptable).then(|| "it has no field".to_owned()),
    }
}

pub(super) async fn end_of(bench: &Bench, asked: &Answer) -> Value {
    assert_eq!(asked.status, 202, "{}", asked.text);
    bench.end_of(asked.body["job"]["id"].as_str().unwrap()).await
}

pub(super) fn change(bench: &Bench, name: &str, items: Vec<DriftItem>) {
    let name: Username = name.parse().unwrap();
    bench.host.state().drift.insert(name, items);
}

#[tokio::test]
async fn differences_are_found_listed_adopted_and_overwritten() {
    let bench = Bench::new().await;
    for name in ["joko", "dewi", "sari"] {
        bench.create(name).await;
    }
    let before = bench.send(root("GET", "/api/v1/drift")).await.body;
    assert_eq!((&before["looked_at"], &before["accounts"]), (&Value::Null, &json!(0)), "nobody looked yet");
    change(&bench, "joko", vec![found("vhost", false), found("user.shell", true)]);
    change(&bench, "sari", vec![found("slice", true)]);
    bench.host.state().host_drift = vec![found("nginx.include", false)];
    let looked = bench.send(root("POST", "/api/v1/drift/look")).await;
    assert_eq!(looked.status, 200, "{}", looked.text);
    let counts = |body: &Value| ["looked", "accounts", "findings"].map(|name| body[name].as_u64().unwrap());
    assert_eq!(counts(&looked.body), [3, 2, 3]);
    assert_eq!(looked.body["host"][0]["item"], "nginx.include");
    let page = bench.send(root("GET", "/api/v1/drift?limit=1")).await.body;
    assert_eq!((counts(&page), &page["items"][0]["username"]), ([3, 2, 3], &json!("joko")), "the counts are of all");
    let next = bench.send(root("GET", &format!("/api/v1/drift?limit=1&cursor={}", page["next_cursor"].as_str().unwrap()))).await.body;
    assert_eq!((&next["items"][0]["username"], &next["next_cursor"]), (&json!("sari"), &Value::Null));
    let listed = bench.send(root("GET", "/api/v1/accounts")).await.body;
    let badges: Vec<_> = listed["items"].as_array().unwrap().iter().map(|a| a["drift_count"].clone()).collect();
    assert_eq!(badges, [json!(0), json!(2), json!(1)]);

    let shown = bench.send(root("GET", &format!("{JOKO}/drift"))).await.body;
    assert_eq!((&shown["items"][0]["diff"], &shown["items"][0]["why_not"]), (&json!("-a\n+b\n"), &json!("it has no field")));
    assert_eq!(shown["actions"]["overwrite"]["allowed"], true);
    let adopt = |body: Value| root("POST", &format!("{JOKO}/drift/adopt")).json(&body);
    assert_eq!(bench.send(adopt(json!({"item": "../x"}))).await.fields(), ["item"]);
    assert_eq!(bench.send(adopt(json!({"what": "x"}))).await.fields(), ["what"]);
    let job = end_of(&bench, &bench.send(adopt(json!({"item": "user.shell"}))).await).await;
    assert_eq!((&job["state"], &job["kind"]), (&json!("success"), &json!("drift.adopt")), "{job:#}");
    assert_eq!(bench.send(root("GET", JOKO)).await.body["account"]["drift_count"], 1, "what is left was looked at again");
    let job = end_of(&bench, &bench.send(root("POST", &format!("{JOKO}/drift/overwrite"))).await).await;
    assert_eq!(job["state"], "success", "{job:#}");
    assert_eq!(bench.send(root("GET", JOKO)).await.body["account"]["drift_count"], 0);
    let audit = bench.send(root("GET", "/api/v1/audit-logs?action=drift.adopt")).await;
    assert!(audit.text.contains("user.shell"), "{}", audit.text);
    for (method, gone) in [("GET", "drift"), ("POST", "drift/overwrite"), ("POST", "converge")] {
        assert_eq!(bench.send(root(method, &format!("/api/v1/accounts/nobo/{gone}"))).await.status, 404);
    }
}

#[tokio::test]
async fn all_are_planned_and_converged_as_one_job() {
    let bench = Bench::new().await;
    for name in ["joko", "dewi", "sari"] {
        bench.create(name).await;
    }
    change(&bench, "joko", vec![found("vhost", false)]);
    change(&bench, "sari", vec![found("slice", true), found("vhost", false)]);
    bench.host.state().host_drift = vec![found("nginx.include", false)];
    let plan = bench.send(root("GET", "/api/v1/plan?limit=1")).await.body;
    assert_eq!(plan["summary"], json!({"accounts": 3, "changed": 2, "changes": 3, "problems": 0}));
    let next = bench.send(root("GET", &format!("/api/v1/plan?limit=1&cursor={}", plan["next_cursor"].as_str().unwrap()))).await.body;
    assert_eq!((&next["summary"], &next["items"][0]["username"], &next["next_cursor"]), (&Value::Null, &json!("sari"), &Value::Null));

    let all = || root("POST", "/api/v1/converge");
    let job = end_of(&bench, &bench.send(all()).await).await;
    assert_eq!((&job["state"], &job["kind"]), (&json!("success"), &json!("host.converge")), "{job:#}");
    let steps: Vec<_> = job["steps"].as_array().unwrap().iter().map(|s| s["name"].as_str().unwrap()).collect();
    assert_eq!(steps, ["host.converge", "account.converge", "account.converge", "index.update"]);
    assert!(bench.host.state().drift.values().all(Vec::is_empty) && bench.host.state().host_drift.is_empty());

    // One that cannot be keeps no other from it, and is named.
    for name in ["joko", "sari"] {
        change(&bench, name, vec![found("vhost", false)]);
    }
    bench.host.state().refuse = Some(OperationError::new(ErrorCode::ConfigRefused, "nginx does not take it").detail("line 3"));
    let job = end_of(&bench, &bench.send(all()).await).await;
    assert_eq!(job["error"]["code"], "partly_failed", "{job:#}");
    let detail = job["error"]["detail"].as_str().unwrap();
    assert!(detail.contains("nginx does not take it: line 3") && detail.lines().count() == 1, "{detail}");
    assert_eq!(bench.host.state().drift.len(), 1, "the other is as it should be");
    let job = end_of(&bench, &bench.send(all()).await).await;
    assert_eq!(job["state"], "success", "{job:#}");
    // Where nothing is to be done the host is asked for nothing.
    let asked = bench.host.state().asked.len();
    end_of(&bench, &bench.send(all()).await).await;
    assert_eq!(bench.host.state().asked.len(), asked);
}

#[tokio::test]
async fn what_was_put_right_elsewhere_is_found_no_more() {
    let bench = Bench::new().await;
    bench.create("joko").await;
    change(&bench, "joko", vec![found("vhost", false)]);
    drift::look(&(&bench.app).into()).await.unwrap();
    assert_eq!(bench.app.store.drift_accounts().await.unwrap().len(), 1);
    change(&bench, "joko", vec![]);
    drift::look(&(&bench.app).into()).await.unwrap();
    assert_eq!(bench.app.store.drift_accounts().await.unwrap().len(), 0);
}
