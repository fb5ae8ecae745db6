//! The audit trail: sealed, checked, searched and exported.

use super::bench::{Bench, call, root};
use super::drift;
use super::fake_host::begun;
use crate::audit_copy::AuditCopy;
use crate::audit_seal::seal;
use nusantara_proto::host::{LedgerLine, LedgerPhase, Operation};
use nusantara_types::RequestId;
use serde_json::{Value, json};

#[tokio::test]
async fn the_trail_is_sealed_and_a_replaced_one_shows() {
    let bench = Bench::new().await;
    bench.create("joko").await;
    let copy = AuditCopy::new(&bench.app.config.audit_file, &bench.app.config.state_dir);
    let before = bench.send(root("GET", "/api/v1/audit-logs/verify")).await.body;
    assert_eq!((&before["intact"], &before["sealed_row"]), (&json!(true), &Value::Null));
    seal(&bench.app.store, &bench.app.host, &copy).await.unwrap();
    seal(&bench.app.store, &bench.app.host, &copy).await.unwrap();
    let found = bench.send(root("GET", "/api/v1/audit-logs/verify")).await.body;
    assert_eq!((&found["intact"], &found["sealed_row"]), (&json!(true), &found["rows"]));
    let text = std::fs::read_to_string(&bench.app.config.audit_file).unwrap();
    assert_eq!(text.lines().filter(|line| line.starts_with("{\"seal\":")).count(), 1);

    // As after a panel whose database was replaced by a shorter one: the host daemon remembers.
    let rows = found["rows"].as_i64().unwrap();
    bench.host.state().seal.as_mut().unwrap().id = rows + 10;
    let found = bench.send(root("GET", "/api/v1/audit-logs/verify")).await.body;
    assert_eq!((&found["intact"], &found["broken_row"]), (&json!(false), &json!(rows + 1)));
    // Without the host daemon it is still checked, and the answer says that its key is missing.
    std::fs::remove_file(&bench.app.config.hostd_socket).unwrap();
    let found = bench.send(root("GET", "/api/v1/audit-logs/verify")).await.body;
    assert_eq!((&found["intact"], &found["key"]), (&json!(true), &Value::Null));
}

#[tokio::test]
async fn the_trail_is_exported_in_order_and_found_by_time() {
    let bench = Bench::new().await;
    bench.create("joko").await;
    bench.create("dewi").await;
    let lines = bench.send(root("GET", "/api/v1/audit-logs/export")).await;
    assert_eq!(lines.headers["content-type"], "application/jsonl");
    let ids: Vec<i64> = lines.text.lines().map(|line| serde_json::from_str::<Value>(line).unwrap()["id"].as_i64().unwrap()).collect();
    assert!(ids.len() >= 4 && ids.iter().zip(1..).all(|(id, n)| *id == n), "{ids:?}");
    let table = bench.send(root("GET", "/api/v1/audit-logs/export?format=csv&target=joko")).await.text;
    assert!(table.starts_with("id,created_at,actor,") && table.contains("joko") && !table.contains("dewi"), "{table}");
    assert_eq!(bench.send(root("GET", "/api/v1/audit-logs/export?format=xml")).await.status, 422);
    let all = bench.send(root("GET", "/api/v1/audit-logs?since=2000-01-01T00:00:00Z&until=2100-01-01T00:00:00Z")).await.body;
    let items = all["items"].as_array().unwrap();
    assert_eq!((items.len(), items[0]["action"].as_str()), (ids.len() + 1, Some("audit.export")), "who took the trail is in it");
    let none = bench.send(root("GET", "/api/v1/audit-logs?until=2000-01-01T00:00:00Z")).await.body;
    assert_eq!(none["items"], json!([]));
    assert_eq!(bench.send(root("GET", "/api/v1/audit-logs?since=yesterday")).await.fields(), vec!["since"]);
}

#[tokio::test]
async fn what_the_trail_or_the_ledger_has_alone_is_told() {
    let bench = Bench::new().await;
    let nothing = bench.send(root("GET", "/api/v1/audit-logs/verify")).await.body;
    assert_eq!(nothing["join"], json!({"since": null, "operations": 0, "halves": [], "more": 0}));
    for name in ["joko", "dewi", "budi"] {
        bench.create(name).await;
    }
    // Accounts and what they share are parts of one job, which the trail knows as a whole.
    drift::change(&bench, "joko", vec![drift::found("vhost", false)]);
    bench.host.state().host_drift = vec![drift::found("nginx.include", false)];
    let job = drift::end_of(&bench, &bench.send(root("POST", "/api/v1/converge")).await).await;
    assert_eq!(job["state"], "success", "{job:#}");
    let is_part = |line: &LedgerLine| matches!(line.phase, LedgerPhase::Begin { within: Some(_), .. });
    assert!(bench.host.state().ledger.iter().any(is_part));
    let whole = bench.send(root("GET", "/api/v1/audit-logs/verify")).await.body;
    assert_eq!((&whole["intact"], &whole["join"]["halves"]), (&json!(true), &json!([])), "{whole}");
    assert!(whole["join"]["operations"].as_u64() >= Some(3), "{whole}");

    // Somebody had the host daemon do something past the panel.
    let past = RequestId::generate();
    bench.host.state().ledger.push(begun(past, &Operation::HostConverge {}, None));
    let found = bench.send(root("GET", "/api/v1/audit-logs/verify")).await.body;
    let half = &found["join"]["halves"][0];
    assert_eq!((&half["side"], &half["what"], &half["request_id"]), (&json!("ledger"), &json!("host_converge"), &json!(past)), "{found}");
    assert_eq!(found["join"]["halves"].as_array().unwrap().len(), 1);

    // The trail claims what the host daemon never heard of.
    let claimed = bench.host.state().ledger.remove(1);
    let found = bench.send(root("GET", "/api/v1/audit-logs/verify")).await.body;
    let sides: Vec<_> = found["join"]["halves"].as_array().unwrap().iter().map(|half| (&half["side"], &half["request_id"])).collect();
    assert_eq!(sides, [(&json!("ledger"), &json!(past)), (&json!("trail"), &json!(claimed.request))]);
    assert!(found["join"]["halves"][1]["row"].is_i64(), "{found}");

    // Without the host daemon nothing is said of it.
    std::fs::remove_file(&bench.app.config.hostd_socket).unwrap();
    let found = bench.send(root("GET", "/api/v1/audit-logs/verify")).await.body;
    assert_eq!((&found["intact"], found.get("join")), (&json!(true), None));
}

#[tokio::test]
async fn a_trail_begins_anew_by_root_alone_and_is_sealed() {
    let bench = Bench::new().await;
    bench.create("joko").await;
    let (_, admin) = bench.login_as("sari", "admin").await;
    let body = json!({"reason": "restored from the backup of Monday", "sealed_row": 99, "sealed_hash": "ab".repeat(32)});
    let path = "/api/v1/audit-logs/begin-anew";
    assert_eq!(bench.send(call("POST", path).json(&body).with(&admin)).await.status, 404);
    for reason in ["", "  ", "two\nlines", &"x".repeat(501)] {
        let refused = bench.send(root("POST", path).json(&json!({"reason": reason}))).await;
        assert_eq!((refused.status.as_u16(), refused.fields()), (422, vec!["reason"]), "{reason:?}");
    }
    let begun = bench.send(root("POST", path).json(&body)).await;
    assert_eq!((begun.status.as_u16(), &begun.body["sealed"]), (200, &json!(true)), "{}", begun.text);
    let found = bench.send(root("GET", "/api/v1/audit-logs/verify")).await.body;
    assert_eq!((&found["intact"], &found["sealed_row"]), (&json!(true), &begun.body["row"]));
    let newest = bench.send(root("GET", "/api/v1/audit-logs?action=audit.begin_anew")).await.body;
    assert_eq!(newest["items"][0]["metadata"], body);
}
