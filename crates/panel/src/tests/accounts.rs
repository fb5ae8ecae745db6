//! An account's life through the API.

use super::bench::{Bench, call, root};
use super::fake_host::summary;
use crate::index::reconcile;
use nusantara_proto::host::{ErrorCode, OperationError};
use serde_json::{Value, json};

fn body(username: &str) -> Value {
    json!({"username": username, "primary_domain": format!("{username}.test"), "package": "starter"})
}

#[tokio::test]
async fn an_account_is_made_shown_planned_and_removed() {
    let bench = Bench::new().await;
    let (_, ani) = bench.login_as("ani", "admin").await;
    let asked = bench.send(call("POST", "/api/v1/accounts").json(&body("joko")).with(&ani)).await;
    assert_eq!((asked.status.as_u16(), asked.body["account"]["status"].as_str()), (202, Some("provisioning")));
    let job = bench.end_of(asked.body["job"]["id"].as_str().unwrap()).await;
    assert_eq!((job["state"].as_str(), job["created_by"].as_str()), (Some("success"), Some("ani")));
    let steps: Vec<_> =
        job["steps"].as_array().unwrap().iter().map(|s| (s["name"].as_str().unwrap(), s["state"].as_str().unwrap())).collect();
    assert_eq!(steps, [("user.create", "success"), ("web.publish", "success"), ("index.update", "success")]);

    let shown = bench.send(call("GET", "/api/v1/accounts/joko").with(&ani)).await.body;
    assert_eq!(
        (&shown["account"]["status"], &shown["account"]["uid"], &shown["account"]["site_count"]),
        (&json!("active"), &json!(12_000), &json!(1))
    );
    assert_eq!((&shown["sites"][0]["domain"], &shown["sites"][0]["status"]), (&json!("joko.test"), &json!("active")));
    let plan = bench.send(call("GET", "/v1/accounts/joko/plan?intent=delete").with(&ani)).await.body;
    assert_eq!(plan, json!({"username": "joko", "intent": "delete", "changes": []}));

    let gone = bench.send(call("DELETE", "/api/v1/accounts/joko").with(&ani)).await;
    assert_eq!((gone.status.as_u16(), gone.body["account"]["status"].as_str()), (202, Some("deleting")));
    assert_eq!(bench.end_of(gone.body["job"]["id"].as_str().unwrap()).await["state"], "success");
    assert_eq!(bench.send(call("GET", "/api/v1/accounts/joko").with(&ani)).await.status, 404);

    let audit = bench.send(call("GET", "/api/v1/audit-logs?target=joko").with(&ani)).await.body;
    let rows: Vec<_> =
        audit["items"].as_array().unwrap().iter().map(|r| format!("{} {}", r["action"], r["phase"]).replace('"', "")).collect();
    assert_eq!(rows, ["account.delete success", "account.delete begin", "account.create success", "account.create begin"]);
    assert!(bench.app.store.audit_verify(None).await.unwrap().is_ok());
}

#[tokio::test]
async fn names_in_use_are_refused_before_anything_happens() {
    let bench = Bench::new().await;
    bench.create("joko").await;
    let post = async |body: Value| bench.send(root("POST", "/api/v1/accounts").json(&body)).await;
    let same = post(json!({"username": "joko", "primary_domain": "other.test", "package": "starter"})).await;
    assert_eq!((same.code(), same.fields()), ("name_taken", vec!["username"]));
    for domain in ["joko.test", "JOKO.test", "a.b.joko.test"] {
        let taken = post(json!({"username": "dewi", "primary_domain": domain, "package": "starter"})).await;
        assert_eq!((taken.status.as_u16(), taken.fields()), (409, vec!["primary_domain"]), "{domain}");
    }
    let package = post(json!({"username": "dewi", "primary_domain": "dewi.test", "package": "gold"})).await;
    assert_eq!((package.status.as_u16(), package.fields()), (422, vec!["package"]));
    let php = post(json!({"username": "dewi", "primary_domain": "dewi.test", "package": "starter", "php_version": "7.4"})).await;
    assert_eq!((php.status.as_u16(), php.fields()), (422, vec!["php_version"]));
    assert_eq!(bench.host.state().asked.len(), 1, "the host was never asked");
}

#[tokio::test]
async fn the_same_key_gives_the_same_answer_and_one_account() {
    let bench = Bench::new().await;
    let post = |key: &str, body: Value| root("POST", "/api/v1/accounts").json(&body).header("idempotency-key", key);
    let first = bench.send(post("k1", body("joko"))).await;
    let again = bench.send(post("k1", body("joko"))).await;
    assert_eq!((first.status.as_u16(), &first.body), (again.status.as_u16(), &again.body));
    assert_eq!(bench.send(post("k1", body("dewi"))).await.code(), "idempotency_mismatch");
    assert_eq!(bench.send(post("k2", body("joko"))).await.code(), "name_taken");
    assert_eq!(bench.send(post("a b", body("dewi"))).await.fields(), ["Idempotency-Key"]);
    let (one, other) = tokio::join!(bench.send(post("k3", body("dewi"))), bench.send(post("k3", body("dewi"))));
    assert_eq!((one.status.as_u16(), &one.body["job"]), (202, &other.body["job"]));
    bench.end_of(first.body["job"]["id"].as_str().unwrap()).await;
    bench.end_of(one.body["job"]["id"].as_str().unwrap()).await;
    assert_eq!(bench.host.state().asked.len(), 2);
}

#[tokio::test]
async fn a_failed_create_leaves_nothing_and_says_why() {
    let bench = Bench::new().await;
    let refusal = OperationError::new(ErrorCode::ConfigRefused, "nginx refused the configuration").detail("joko.conf:3");
    bench.host.state().refuse = Some(refusal);
    let job = bench.create("joko").await;
    assert_eq!(job["error"], json!({"code": "config_refused", "message": "nginx refused the configuration", "detail": "joko.conf:3"}));
    let steps: Vec<_> = job["steps"].as_array().unwrap().iter().map(|s| s["state"].as_str().unwrap()).collect();
    assert_eq!(steps, ["undone", "failed", "pending"]);
    assert_eq!(bench.send(root("GET", "/api/v1/accounts/joko")).await.status, 404, "the name is free again");
    assert_eq!(bench.create("joko").await["state"], "success");

    bench.host.state().refuse = Some(OperationError::new(ErrorCode::UndoFailed, "look at it"));
    bench.create("dewi").await;
    let kept = bench.send(root("GET", "/api/v1/accounts/dewi")).await.body;
    assert_eq!((&kept["account"]["status"], &kept["account"]["actions"]["delete"]["allowed"]), (&json!("failed"), &json!(true)));
}

#[tokio::test]
async fn a_busy_account_is_left_alone() {
    let bench = Bench::new().await;
    bench.host.hold();
    let asked = bench.send(root("POST", "/api/v1/accounts").json(&body("joko"))).await;
    let busy = bench.send(root("DELETE", "/api/v1/accounts/joko")).await;
    assert_eq!((busy.status.as_u16(), busy.code()), (409, "account_busy"));
    let site = root("POST", "/api/v1/sites").json(&json!({"account": "joko", "domain": "shop.test"}));
    assert_eq!(bench.send(site).await.code(), "account_busy");
    let shown = bench.send(root("GET", "/api/v1/accounts/joko")).await.body;
    assert_eq!(shown["account"]["actions"]["delete"], json!({"allowed": false, "reason": "account_busy"}));
    assert_eq!(shown["limits"], Value::Null, "it is not on the host yet");
    bench.host.let_go();
    assert_eq!(bench.end_of(asked.body["job"]["id"].as_str().unwrap()).await["state"], "success");
}

#[tokio::test]
async fn a_deletion_of_what_is_gone_already_succeeds() {
    let bench = Bench::new().await;
    bench.create("joko").await;
    bench.host.state().accounts.clear();
    let gone = bench.send(root("DELETE", "/api/v1/accounts/joko")).await;
    assert_eq!(bench.end_of(gone.body["job"]["id"].as_str().unwrap()).await["state"], "success");
    assert_eq!(bench.send(root("GET", "/api/v1/accounts/joko")).await.status, 404);
    assert_eq!(bench.send(root("DELETE", "/api/v1/accounts/joko")).await.status, 404);
}

#[tokio::test]
async fn a_last_copy_is_kept_unless_the_request_says_otherwise() {
    let bench = Bench::new().await;
    for (name, query) in [("joko", ""), ("sari", "?last_copy=false"), ("budi", "?last_copy=true")] {
        bench.create(name).await;
        let gone = bench.send(root("DELETE", &format!("/api/v1/accounts/{name}{query}"))).await;
        assert_eq!(bench.end_of(gone.body["job"]["id"].as_str().unwrap()).await["state"], "success");
    }
    let kept = bench.send(root("GET", "/api/v1/last-copies")).await.body;
    let names: Vec<_> = kept["items"].as_array().unwrap().iter().map(|copy| copy["username"].as_str().unwrap()).collect();
    assert_eq!((names, &kept["kept_days"]), (vec!["budi", "joko"], &json!(30)));
    assert!(kept["items"][0]["expires_at"].as_str() > kept["items"][0]["deleted_at"].as_str());
    bench.create("joko").await;
    for bad in ["last_copy=perhaps", "last_copies=false"] {
        assert_eq!(bench.send(root("DELETE", &format!("/api/v1/accounts/joko?{bad}"))).await.status, 422, "{bad}");
    }
}

#[tokio::test]
async fn an_account_without_a_last_copy_stays_as_it_was() {
    let bench = Bench::new().await;
    bench.create("joko").await;
    bench.create("sari").await;
    let away = bench.send(root("POST", "/api/v1/accounts/sari/suspend").json(&json!({ "reason": "unpaid" }))).await;
    assert_eq!(bench.end_of(away.body["job"]["id"].as_str().unwrap()).await["state"], "success", "{:#}", away.body);
    for (name, status) in [("joko", "active"), ("sari", "suspended")] {
        bench.host.state().refuse = Some(OperationError::new(ErrorCode::CopyFailed, "no last copy could be made"));
        let asked = bench.send(root("DELETE", &format!("/api/v1/accounts/{name}"))).await;
        let job = bench.end_of(asked.body["job"]["id"].as_str().unwrap()).await;
        assert_eq!((&job["state"], &job["error"]["code"]), (&json!("failed"), &json!("copy_failed")), "{job:#}");
        assert_eq!(bench.send(root("GET", &format!("/api/v1/accounts/{name}"))).await.body["account"]["status"], status);
    }
}

#[tokio::test]
async fn lists_come_in_pages() {
    let bench = Bench::new().await;
    for i in 0..5 {
        let name = format!("acc{i}");
        bench.host.state().accounts.insert(name.parse().unwrap(), summary(&name, 12_000 + i));
    }
    reconcile(&bench.app.store, &bench.app.host, &*bench.app.clock).await.unwrap();
    let (mut seen, mut cursor) = (Vec::new(), String::new());
    loop {
        let page = bench.send(root("GET", &format!("/api/v1/accounts?limit=2{cursor}"))).await.body;
        let items = page["items"].as_array().unwrap();
        assert!(items.len() <= 2);
        seen.extend(items.iter().map(|a| a["username"].as_str().unwrap().to_owned()));
        let Some(next) = page["next_cursor"].as_str() else { break };
        cursor = format!("&cursor={next}");
    }
    assert_eq!(seen, ["acc0", "acc1", "acc2", "acc3", "acc4"]);
    for (bad, field) in [("limit=0", "limit"), ("limit=201", "limit"), ("limit=x", "limit"), ("cursor=%21", "cursor"), ("page=2", "page")] {
        let answer = bench.send(root("GET", &format!("/api/v1/accounts?{bad}"))).await;
        assert_eq!((answer.status.as_u16(), answer.fields()), (422, vec![field]), "{bad}");
    }
}

#[tokio::test]
async fn the_index_is_rebuilt_from_the_host() {
    let bench = Bench::new().await;
    bench.create("joko").await;
    let mend = async || reconcile(&bench.app.store, &bench.app.host, &*bench.app.clock).await.unwrap();
    assert_eq!(mend().await, 0, "what the panel did is in line already");
    bench.host.state().accounts.insert("dewi".parse().unwrap(), summary("dewi", 12_007));
    assert_eq!(mend().await, 1);
    let found = bench.send(root("GET", "/api/v1/accounts/dewi")).await.body;
    assert_eq!((&found["account"]["uid"], &found["sites"][0]["status"]), (&json!(12_007), &json!("active")));
    bench.host.state().accounts.clear();
    bench.clock.advance(chrono::TimeDelta::seconds(1));
    assert_eq!(mend().await, 2);
    assert_eq!(bench.send(root("GET", "/api/v1/accounts")).await.body["items"], json!([]));
}

#[tokio::test]
async fn without_a_host_daemon_reading_goes_on() {
    let bench = Bench::new().await;
    bench.create("joko").await;
    std::fs::remove_file(&bench.app.config.hostd_socket).unwrap();
    let shown = bench.send(root("GET", "/api/v1/accounts/joko")).await;
    assert_eq!((shown.status.as_u16(), &shown.body["limits"]), (200, &Value::Null));
    let plan = bench.send(root("GET", "/api/v1/accounts/joko/plan")).await;
    assert_eq!((plan.status.as_u16(), plan.code()), (503, "host_unavailable"));
    let verdict = bench.send(root("GET", "/api/v1/system/compatibility")).await;
    assert_eq!(verdict.status, 200);
}
