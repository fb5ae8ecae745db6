//! Effects without a job that the panel did not live to write down.

use super::bench::{Bench, root};
use super::fake_host::limits;
use crate::orphans::settle;
use chrono::TimeDelta;
use nusantara_proto::host::Operation;
use nusantara_store::{AuditEvent, AuditFilter, AuditPhase};
use nusantara_types::{Actor, Clock, Package, RequestId};
use serde_json::{Value, json};
use std::sync::Arc;

async fn begin(bench: &Bench, request: &str, name: &str) {
    let tx = bench.app.store.begin().await.unwrap();
    let event = AuditEvent {
        actor: &"budi".parse().unwrap(),
        action: "package.create",
        phase: AuditPhase::Begin,
        target_type: "package",
        target_id: name,
        request_id: request,
        metadata: Value::Null,
    };
    tx.audit_append(event, bench.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
}

async fn phases(bench: &Bench, target: &str) -> Vec<AuditPhase> {
    let filter = AuditFilter { target: Some(target.to_owned()), ..AuditFilter::default() };
    let mut rows = bench.app.store.audit_list(&filter, 10).await.unwrap();
    rows.reverse();
    assert!(rows.iter().all(|row| row.actor == rows[0].actor), "the outcome is that of whoever began");
    rows.iter().map(|row| row.phase).collect()
}

#[tokio::test]
async fn what_was_cut_short_gets_the_outcome_that_the_host_knows() {
    use AuditPhase::{Begin, Failed, Interrupted, Success};
    let bench = Bench::new().await;
    let put = |name: &str| Operation::PackagePut { package: Package { name: name.parse().unwrap(), limits: limits() }, create: true };
    let (done, refused, never) = (RequestId::generate(), RequestId::generate(), RequestId::generate());
    for (request, name) in [(done, "done"), (refused, "starter"), (never, "never")] {
        begin(&bench, &request.to_string(), name).await;
    }
    bench.app.host.change(&Actor::root(), done, put("done")).await.unwrap();
    bench.app.host.change(&Actor::root(), refused, put("starter")).await.unwrap_err();
    bench.host.hold();
    let body = json!({"username": "joko", "primary_domain": "joko.test", "package": "starter"});
    let asked = bench.send(root("POST", "/api/v1/accounts").json(&body)).await;

    bench.clock.advance(TimeDelta::seconds(1));
    let settled = || settle(Arc::clone(&bench.app), bench.clock.now(), bench.tasks.clone());
    begin(&bench, &RequestId::generate().to_string(), "now").await;
    settled().await;
    for _ in 0..2 {
        assert_eq!(phases(&bench, "done").await, [Begin, Success]);
        assert_eq!(phases(&bench, "starter").await, [Begin, Failed]);
        assert_eq!(phases(&bench, "never").await, [Begin, Interrupted]);
        assert_eq!(phases(&bench, "joko").await, [Begin], "a job writes its own");
        assert_eq!(phases(&bench, "now").await, [Begin], "this process is still at it");
        settled().await;
    }
    bench.host.let_go();
    bench.end_of(asked.body["job"]["id"].as_str().unwrap()).await;
    assert_eq!(phases(&bench, "joko").await, [Begin, Success]);
    bench.clock.advance(TimeDelta::seconds(1));
    settled().await;
    assert_eq!(phases(&bench, "now").await, [Begin, Interrupted]);
    bench.app.store.audit_verify(None).await.unwrap().unwrap();
}
