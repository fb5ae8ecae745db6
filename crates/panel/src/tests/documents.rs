//! Accounts as documents, and trees that were written by hand, over the API.

use super::bench::{Bench, call, root};
use super::fake_spec;
use nusantara_proto::host::{ErrorCode, OperationError};
use nusantara_types::SpecDocument;
use serde_json::{Value, json};

const IMPORT: &str = "/api/v1/accounts/import";

async fn exported(bench: &Bench) -> Value {
    let answer = bench.send(root("GET", "/api/v1/accounts/joko/export")).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer.body
}

#[tokio::test]
async fn what_is_exported_is_imported() {
    let bench = Bench::new().await;
    bench.create("joko").await;
    let mut document = exported(&bench).await;
    serde_json::from_value::<SpecDocument>(document.clone()).unwrap();
    let audit = bench.send(root("GET", "/api/v1/audit-logs?action=account.export")).await.body;
    assert_eq!(audit["items"][0]["target_id"], "joko", "who takes secrets out is written down: {audit:#}");

    document["account"]["primary_domain"] = json!("sari.test");
    document["domains"]["primary"]["domain"] = json!("sari.test");
    let body = json!({"document": document, "username": "sari"});
    let plan = bench.send(root("POST", &format!("{IMPORT}/plan")).json(&body)).await;
    assert_eq!((plan.status.as_u16(), &plan.body["username"]), (200, &json!("sari")), "{}", plan.text);
    assert_eq!(bench.send(root("GET", "/api/v1/accounts/sari")).await.status, 404, "nothing was made");
    let asked = bench.send(root("POST", IMPORT).json(&body)).await;
    assert_eq!((asked.status.as_u16(), &asked.body["account"]["status"]), (202, &json!("provisioning")), "{}", asked.text);
    let job = bench.end_of(asked.body["job"]["id"].as_str().unwrap()).await;
    assert_eq!((&job["kind"], &job["state"]), (&json!("account.import"), &json!("success")), "{job:#}");
    let shown = bench.send(root("GET", "/api/v1/accounts/sari")).await.body;
    assert_eq!((&shown["account"]["status"], &shown["sites"][0]["domain"]), (&json!("active"), &json!("sari.test")));

    // The same again brings an account to it; one that is not there is not made.
    let asked = bench.send(root("POST", IMPORT).json(&json!({"document": document, "username": "sari", "replace": true}))).await;
    assert_eq!(bench.end_of(asked.body["job"]["id"].as_str().unwrap()).await["state"], "success");
    let missing = bench.send(root("POST", IMPORT).json(&json!({"document": document, "username": "dewi", "replace": true}))).await;
    assert_eq!((missing.status.as_u16(), missing.fields()), (422, vec!["username"]));
}

#[tokio::test]
async fn a_document_that_cannot_be_is_refused_with_its_field() {
    let bench = Bench::new().await;
    bench.create("joko").await;
    let document = exported(&bench).await;
    let with = |change: fn(&mut Value)| {
        let mut body = json!({"document": document, "username": "sari"});
        change(&mut body["document"]);
        root("POST", IMPORT).json(&body)
    };
    for (change, field) in [
        ((|d| d["schema_version"] = json!(2)) as fn(&mut Value), "document.schema_version"),
        (|d| d["limits"]["memory_limit_mb"] = json!("much"), "document.limits.memory_limit_mb"),
        (|d| d["services"]["cron"]["snippet"] = json!(1), "document.services.cron.snippet"),
        (|d| d["ssh"] = Value::Null, "document.ssh"),
        (|d| d["account"]["username"] = json!("root"), "document.account.username"),
    ] {
        let refused = bench.send(with(change)).await;
        assert_eq!((refused.status.as_u16(), refused.fields()), (422, vec![field]), "{}", refused.text);
    }
    for (error, code, field) in [
        (
            OperationError::new(ErrorCode::Invalid, "services.json: nodejs.apps: too many").field("services.nodejs.apps"),
            422,
            "document.services.nodejs.apps",
        ),
        (OperationError::new(ErrorCode::Conflict, "joko.test belongs to another account of this host").field("domain"), 409, "domain"),
    ] {
        bench.host.state().refuse = Some(error);
        let refused = bench.send(with(|_| {})).await;
        assert_eq!((refused.status.as_u16(), refused.fields()), (code, vec![field]), "{}", refused.text);
    }
    // One whose making fails leaves its name free.
    let asked = {
        bench.host.hold();
        let elsewhere = |document: &mut Value| {
            document["account"]["primary_domain"] = json!("sari.test");
            document["domains"]["primary"]["domain"] = json!("sari.test");
        };
        let asked = bench.send(with(elsewhere)).await;
        bench.host.state().refuse = Some(OperationError::new(ErrorCode::ConfigRefused, "the web server said no"));
        bench.host.let_go();
        asked
    };
    assert_eq!(bench.end_of(asked.body["job"]["id"].as_str().unwrap()).await["state"], "failed");
    assert_eq!(bench.send(root("GET", "/api/v1/accounts/sari")).await.status, 404);
    let long = json!({"document": {"x": "y".repeat(200 * 1024)}});
    assert_eq!(bench.send(root("POST", IMPORT).json(&long)).await.status, 413);
    let other = json!({"username": "y".repeat(70 * 1024)});
    assert_eq!(bench.send(root("POST", "/api/v1/accounts").json(&other)).await.status, 413, "only a document may be so long");
}

#[tokio::test]
async fn a_tree_is_adopted_and_what_failed_leaves_an_account_that_was_there() {
    let bench = Bench::new().await;
    bench.create("joko").await;
    let adopt = |name: &str| root("POST", &format!("/api/v1/accounts/{name}/adopt")).json(&json!({}));
    assert_eq!(bench.send(adopt("sari")).await.code(), "not_found");
    let summary = super::fake_host::summary("sari", 12_009);
    bench.host.state().trees.insert("sari".parse().unwrap(), fake_spec::spec(&summary));
    let asked = bench.send(adopt("sari")).await;
    assert_eq!(asked.status, 202, "{}", asked.text);
    assert_eq!(bench.end_of(asked.body["job"]["id"].as_str().unwrap()).await["state"], "success");
    assert_eq!(bench.send(root("GET", "/api/v1/accounts/sari")).await.body["account"]["uid"], 12_009);

    bench.host.hold();
    let asked = bench.send(adopt("sari")).await;
    bench.host.state().refuse = Some(OperationError::new(ErrorCode::ConfigRefused, "the web server said no"));
    bench.host.let_go();
    assert_eq!(bench.end_of(asked.body["job"]["id"].as_str().unwrap()).await["state"], "failed");
    assert_eq!(bench.send(root("GET", "/api/v1/accounts/sari")).await.body["account"]["status"], "active");
    let (_, operator) = bench.login_as("oki", "operator").await;
    for (method, path) in [("GET", "joko/export"), ("POST", "import"), ("POST", "sari/adopt"), ("POST", "sari/adopt/plan")] {
        let asked = call(method, &format!("/api/v1/accounts/{path}")).json(&json!({})).with(&operator);
        assert_eq!(bench.send(asked).await.code(), "forbidden", "{path}");
    }
}
