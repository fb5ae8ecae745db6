//! What was just read is not read again; what this panel changes binds at once, what another one changes within a second.

use super::bench::{Bench, call, root};
use chrono::TimeDelta;
use nusantara_store::Store;

#[tokio::test]
async fn what_was_just_read_is_used_until_somebody_changes_it_or_a_second_is_over() {
    let bench = Bench::new().await;
    let (ani, session) = bench.login_as("ani", "admin").await;
    let me = async || bench.send(call("GET", "/api/v1/auth/me").with(&session)).await.status.as_u16();
    let asked = || bench.heard.lock().unwrap().iter().filter(|statement| statement.contains("sessions")).count();
    assert_eq!(me().await, 200);
    let once = asked();
    assert_eq!((me().await, asked()), (200, once), "it was just read");
    bench.create("joko").await;
    assert_eq!((me().await, asked() > once), (200, true), "something was changed, so it is read anew");

    let other = Store::open(&bench.app.config.database_url).await.unwrap();
    let tx = other.begin().await.unwrap();
    tx.session_delete_all(ani, None).await.unwrap();
    tx.commit().await.unwrap();
    bench.clock.advance(TimeDelta::seconds(1));
    assert_eq!(me().await, 401, "another panel has ended it");
}

#[tokio::test]
async fn what_this_panel_takes_away_is_gone_at_once() {
    let bench = Bench::new().await;
    let (_, session) = bench.login_as("ani", "operator").await;
    let list = async || bench.send(call("GET", "/api/v1/accounts").with(&session)).await;
    assert_eq!(list().await.body["items"].as_array().map(Vec::len), Some(0));
    bench.create("joko").await;
    assert_eq!(list().await.body["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(bench.send(root("DELETE", "/api/v1/users/ani/sessions")).await.status, 204);
    assert_eq!(list().await.status, 401);
}
