//! The past of an account over the API.

use super::bench::{Bench, call, root};
use nusantara_proto::host::{ErrorCode, OperationError};
use serde_json::{Value, json};

const JOKO: &str = "/api/v1/accounts/joko";

/// joko, whose notes were written and whose limits were changed: three revisions.
async fn joko(bench: &Bench) {
    bench.create("joko").await;
    for change in [json!({"notes": "pays late"}), json!({"contact_email": "joko@joko.test"})] {
        let asked = bench.send(patch(&change)).await;
        bench.end_of(asked.body["job"]["id"].as_str().unwrap()).await;
    }
}

fn patch(body: &Value) -> super::bench::Call {
    root("PATCH", JOKO).json(body)
}

#[tokio::test]
async fn the_history_is_listed_compared_and_gone_back_in() {
    let bench = Bench::new().await;
    joko(&bench).await;
    let first = bench.send(root("GET", &format!("{JOKO}/revisions?limit=2"))).await.body;
    let numbers: Vec<_> = first["items"].as_array().unwrap().iter().map(|r| (r["number"].clone(), r["current"].clone())).collect();
    assert_eq!(numbers, [(json!(3), json!(true)), (json!(2), json!(false))]);
    assert_eq!(first["items"][1]["changes"][0]["after"], "pays late");
    let rest = format!("{JOKO}/revisions?limit=2&cursor={}", first["next_cursor"].as_str().unwrap());
    let rest = bench.send(root("GET", &rest)).await.body;
    assert_eq!((&rest["items"][0]["number"], &rest["next_cursor"]), (&json!(1), &Value::Null));

    let diff = bench.send(root("GET", &format!("{JOKO}/revisions/1/diff/current"))).await.body;
    assert_eq!((&diff["from"]["number"], &diff["to"]["number"]), (&json!(1), &json!(3)));
    let fields: Vec<_> = diff["changes"].as_array().unwrap().iter().map(|c| c["field"].as_str().unwrap()).collect();
    assert_eq!(fields, ["contact_email", "notes"]);
    let hash = &first["items"][1]["revision"].as_str().unwrap()["sha256:".len()..][..12];
    assert_eq!(bench.send(root("GET", &format!("{JOKO}/revisions/1/diff/{hash}"))).await.body["to"]["number"], 2);

    let plan = bench.send(root("GET", &format!("{JOKO}/revisions/1/plan"))).await;
    assert_eq!((plan.status.as_u16(), &plan.body["changes"]), (200, &json!([])));
    let asked = bench.send(root("POST", &format!("{JOKO}/rollback")).json(&json!({"revision": "2"}))).await;
    assert_eq!(asked.status, 202, "{}", asked.text);
    let job = bench.end_of(asked.body["job"]["id"].as_str().unwrap()).await;
    assert_eq!((&job["kind"], &job["state"]), (&json!("account.rollback"), &json!("success")), "{job:#}");
    let shown = bench.send(root("GET", JOKO)).await.body;
    assert_eq!((&shown["account"]["contact_email"], &shown["notes"]), (&Value::Null, &json!("pays late")));
    let audit = bench.send(root("GET", "/api/v1/audit-logs?action=account.rollback")).await.body;
    assert!(audit["items"].as_array().unwrap().iter().any(|row| row["metadata"]["revision"] == "2"), "{audit:#}");
    assert_eq!(bench.send(root("GET", &format!("{JOKO}/revisions"))).await.body["items"][0]["number"], 4, "itself a new revision");
}

#[tokio::test]
async fn what_cannot_be_gone_back_to_is_refused_at_once() {
    let bench = Bench::new().await;
    joko(&bench).await;
    let back = |body: Value| root("POST", &format!("{JOKO}/rollback")).json(&body);
    for bad in [json!({"revision": "9"}), json!({"revision": "nonsense"}), json!({"revision": 1}), json!({})] {
        let refused = bench.send(back(bad.clone())).await;
        assert_eq!((refused.status.as_u16(), refused.fields()), (422, vec!["revision"]), "{bad}");
    }
    for missing in ["revisions/9/diff/1", "revisions/nonsense/diff/1", "revisions/1/diff/..%2f"] {
        assert_eq!(bench.send(root("GET", &format!("{JOKO}/{missing}"))).await.code(), "not_found", "{missing}");
    }
    let taken = OperationError::new(ErrorCode::Conflict, "old.test belongs to another account of this host").field("domain");
    bench.host.state().refuse = Some(taken);
    let refused = bench.send(back(json!({"revision": "1"}))).await;
    assert_eq!((refused.code(), refused.fields()), ("name_taken", vec!["domain"]));
    assert!(refused.text.contains("old.test belongs to another account"), "{}", refused.text);
    let jobs = bench.send(root("GET", "/api/v1/jobs?account=joko")).await.body;
    assert!(jobs["items"].as_array().unwrap().iter().all(|job| job["kind"] != "account.rollback"), "nothing was queued");
    let (_, operator) = bench.login_as("oki", "operator").await;
    let foreign = call("POST", &format!("{JOKO}/rollback")).json(&json!({"revision": "1", "allow_below_foreign": true}));
    assert_eq!(bench.send(foreign.with(&operator)).await.fields(), ["allow_below_foreign"]);
}

#[tokio::test]
async fn an_owner_sees_their_history_without_what_administrators_wrote() {
    let bench = Bench::new().await;
    joko(&bench).await;
    let (ani, session) = bench.login_as("ani", "user").await;
    bench.let_in("joko", ani, None).await;
    for path in ["revisions", "revisions/1/diff/3"] {
        let seen = bench.send(call("GET", &format!("{JOKO}/{path}")).with(&session)).await;
        assert_eq!(seen.status, 200, "{}", seen.text);
        assert!(seen.text.contains("joko@joko.test") && seen.text.contains("\"notes\"") && !seen.text.contains("late"), "{}", seen.text);
        assert!(bench.send(root("GET", &format!("{JOKO}/{path}"))).await.text.contains("late"));
    }
    let back = call("POST", &format!("{JOKO}/rollback")).json(&json!({"revision": "1"}));
    assert_eq!(bench.send(back.with(&session)).await.code(), "forbidden");
}
