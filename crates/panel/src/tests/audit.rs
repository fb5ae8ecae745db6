//! The audit trail: sealed, checked, searched and exported.

use super::bench::{Bench, root};
use crate::audit_copy::AuditCopy;
use crate::audit_seal::seal;
use serde_json::{Value, json};

#[tokio::test]
async fn the_trail_is_sealed_and_a_replaced_one_shows() {
    let bench = Bench::new().await;
    bench.create("joko").await;
    let copy = AuditCopy::new(&bench.app.config.audit_file, &bench.app.config.state_dir);
    let before = bench.send(root("GET", "/api/v1/audit-logs/verify")).await.body;
    assert_eq!((&before["intact"], &before["sealed_row"]), (&json!(true), &Value::Null));
    seal(&bench.app, &copy).await.unwrap();
    seal(&bench.app, &copy).await.unwrap();
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
