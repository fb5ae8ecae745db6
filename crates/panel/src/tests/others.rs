//! Two panels on one database: what one of them is told binds at the other.

use super::away::until;
use super::bench::{Bench, call, root};
use crate::others;
use nusantara_testdb::{Kind, Server};
use serde_json::{Value, json};
use std::sync::Arc;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_one_panel_is_told_binds_at_the_other() {
    let server = Server::start(Kind::Postgres);
    let url = server.database("panel");
    let (one, other) = (Bench::on(url.clone()).await, Bench::on(url).await);
    other.tasks.spawn("others", others::keep_up(Arc::clone(&other.app), other.tasks.clone()));
    let required = async || other.send(call("GET", "/api/v1/setup")).await.body["required"].clone();
    assert_eq!(required().await, json!(true));
    let (_, ani) = one.login_as("ani", "admin").await;
    until("the end of the first run", async || required().await == json!(false)).await;

    let from = async |address: &str| other.send(call("GET", "/api/v1/auth/me").with(&ani).from(address)).await.status.as_u16();
    assert_eq!([from("192.0.2.1").await, from("198.51.100.1").await], [200, 200]);
    let only = |networks: Value| call("PUT", "/api/v1/access").json(&json!({ "networks": networks })).with(&ani);
    assert_eq!(one.send(only(json!(["192.0.2.0/24"]))).await.status, 200);
    until("the list", async || from("198.51.100.1").await == 403).await;
    assert_eq!(from("192.0.2.1").await, 200);
    assert_eq!(one.send(root("PUT", "/api/v1/access").json(&json!({"networks": []}))).await.status, 200);
    until("its end", async || from("198.51.100.1").await == 200).await;
}
