//! Carrying a database over, from each kind to each kind.

use super::tables::{self, Column, Kind, PortableRow};
use super::{MoveError, Progress, Table};
use crate::{AuditEvent, AuditPhase, Store};
use nusantara_testdb::{Kind as ServerKind, Server};
use nusantara_types::{Actor, Timestamp};
use serde_json::{Value as Json, json};

/// More than fit into one page of most tables.
const ROWS: u64 = 450;

fn now() -> Timestamp {
    "2026-11-20T10:00:00.123456Z".parse().unwrap()
}

/// The same for every column of a kind, so that what refers to another row finds it.
fn value(column: Column, row: u64) -> Json {
    if column.optional && row.is_multiple_of(3) {
        return Json::Null;
    }
    match column.kind.unwrap() {
        Kind::Id => json!(uuid::Uuid::from_u128(u128::from(row) << 64 | 7).to_string()),
        // Not in the order of its bytes everywhere, and nothing that a text in SQL could hold by accident.
        Kind::Text => json!(format!("{}'é{row}", ["a", "B", "_", "😀"][usize::try_from(row % 4).unwrap()])),
        Kind::Number => json!(i32::MAX - i32::try_from(row).unwrap()),
        Kind::Count => json!(i64::MAX - i64::try_from(row).unwrap()),
        Kind::Flag => json!(row.is_multiple_of(2)),
        Kind::Time => json!((now() + chrono::TimeDelta::microseconds(i64::try_from(row).unwrap())).to_rfc3339()),
        Kind::Bytes => json!(hex::encode(row.to_be_bytes())),
    }
}

fn row(table: &Table, number: u64) -> PortableRow {
    let values = table.columns.iter().map(|column| value(*column, number)).collect();
    serde_json::from_value(Json::Array(values)).unwrap()
}

async fn append(store: &Store, target: &str) {
    let actor = Actor::root();
    let event = AuditEvent {
        actor: &actor,
        action: "account.create",
        phase: AuditPhase::Begin,
        target_type: "account",
        target_id: target,
        request_id: "r",
        metadata: json!({ "b": 1, "a": "é" }),
    };
    let tx = store.begin().await.unwrap();
    tx.audit_append(event, now()).await.unwrap();
    tx.commit().await.unwrap();
}

/// A database with rows in every table.
async fn full(url: &str) -> Store {
    let store = Store::open(url).await.unwrap();
    let tx = store.begin().await.unwrap();
    for table in tables::all().iter().filter(|table| !table.name.starts_with("audit_")) {
        let rows: Vec<PortableRow> = (1..=ROWS).map(|number| row(table, number)).collect();
        table.insert(&tx.inner, &rows).await.unwrap();
    }
    tx.commit().await.unwrap();
    for number in 0..5 {
        append(&store, &format!("t{number}")).await;
    }
    let seals: Vec<Table> = tables::all().into_iter().filter(|table| table.name == "audit_seals").collect();
    let seal = json!([3, "ab".repeat(32), now().to_rfc3339(), "cd".repeat(32), "ef".repeat(64)]);
    let tx = store.begin().await.unwrap();
    seals[0].insert(&tx.inner, &[serde_json::from_value(seal).unwrap()]).await.unwrap();
    tx.commit().await.unwrap();
    store
}

async fn moved(source: &Store, url: &str) {
    let target = Store::open(url).await.unwrap();
    // Cut off before its end, as by a kill: there is nothing of it.
    let cut = target.fill().await.unwrap();
    let users = tables::all().remove(0);
    cut.add(&users, &[row(&users, 1)]).await.unwrap();
    drop(cut);
    let mut told: Vec<Progress> = Vec::new();
    let moved = source.move_to(&target, &mut |progress| told.push(progress)).await.unwrap();
    assert!(!moved.was_there);
    assert_eq!(moved.tables.len(), tables::all().len());
    for digest in &moved.tables {
        let rows = match digest.table.as_str() {
            "audit_head" | "audit_seals" => 1,
            "audit_logs" => 5,
            _ => ROWS,
        };
        assert_eq!(digest.rows, rows, "{}", digest.table);
    }
    assert!(told.iter().any(|progress| progress.table == "jobs" && progress.rows > 0 && progress.rows < ROWS && progress.of == ROWS));
    let broken = moved.trail.unwrap_err();
    assert_eq!(broken.row, 3, "the seal that this test made up is as bad there as here");
    // Again, as after a kill between the copy and whoever switches over to it.
    assert!(source.move_to(&target, &mut |_| ()).await.unwrap().was_there);
    // It goes on there, and is another database from then on.
    append(&target, "there").await;
    assert_eq!(target.audit_end().await.unwrap().unwrap().0, 6);
    assert!(matches!(source.move_to(&target, &mut |_| ()).await, Err(MoveError::NotEmpty("users"))));
    target.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everything_is_carried_from_each_database_to_each() {
    let folder = tempfile::tempdir().unwrap();
    let servers = [Server::start(ServerKind::Postgres), Server::start(ServerKind::Mariadb)];
    let url = |kind: usize, name: &str| match kind {
        0 => format!("sqlite://{}/{name}.db", folder.path().display()),
        server => servers[server - 1].database(name),
    };
    for from in 0..3 {
        let source = full(&url(from, &format!("source_{from}"))).await;
        for to in 0..3 {
            moved(&source, &url(to, &format!("target_{from}_{to}"))).await;
        }
        source.close().await;
    }
}

#[tokio::test]
async fn a_database_that_somebody_still_writes_is_not_left() {
    let folder = tempfile::tempdir().unwrap();
    let source = full(&format!("sqlite://{}/a.db", folder.path().display())).await;
    let target = Store::open(&format!("sqlite://{}/b.db", folder.path().display())).await.unwrap();
    let (late, runtime) = (source.clone(), tokio::runtime::Handle::current());
    let mut written = false;
    let moved = tokio::task::spawn_blocking(move || {
        let again = runtime.clone();
        runtime.block_on(async move {
            let mut tell = |progress: Progress| {
                if progress.step == "check" && !std::mem::replace(&mut written, true) {
                    let late = late.clone();
                    // What another panel does meanwhile.
                    std::thread::scope(|scope| scope.spawn(|| again.block_on(append(&late, "late"))).join().unwrap());
                }
            };
            source.move_to(&target, &mut tell).await
        })
    });
    assert!(matches!(moved.await.unwrap(), Err(MoveError::Changed)));
}
