//! Owners and helpers of one account.

use super::bench::{Bench, Call, Session, call};
use futures_util::StreamExt;
use serde_json::{Value, json};
use std::time::Duration;

async fn names(bench: &Bench, session: &Session, path: &str, field: &str) -> Vec<String> {
    let list = bench.send(call("GET", path).with(session)).await;
    list.body["items"].as_array().unwrap().iter().map(|item| item[field].as_str().unwrap().to_owned()).collect()
}

fn add(username: &str, owner: bool, permissions: &[&str]) -> Call {
    call("POST", "/api/v1/accounts/dewi/members").json(&json!({"username": username, "owner": owner, "permissions": permissions}))
}

#[tokio::test]
async fn a_helper_does_what_was_named_in_that_account_and_nothing_else() {
    let bench = Bench::new().await;
    for name in ["joko", "dewi"] {
        bench.create(name).await;
    }
    let (ani, owner) = bench.login_as("ani", "user").await;
    let (_, helper) = bench.login_as("budi", "user").await;
    bench.let_in("dewi", ani, None).await;
    assert_eq!(names(&bench, &helper, "/api/v1/accounts", "username").await, Vec::<String>::new());
    let added = bench.send(add("budi", false, &["site:read", "cron:read"]).with(&owner)).await;
    assert_eq!((added.status.as_u16(), &added.body["link"]), (201, &Value::Null), "{}", added.text);

    assert_eq!(names(&bench, &helper, "/api/v1/accounts", "username").await, ["dewi"]);
    assert_eq!(names(&bench, &helper, "/api/v1/sites", "domain").await, ["dewi.test"]);
    assert_eq!(names(&bench, &helper, "/api/v1/jobs", "id").await, Vec::<String>::new(), "jobs were not named");
    let shown = bench.send(call("GET", "/api/v1/accounts/dewi").with(&helper)).await;
    assert_eq!(shown.body["account"]["actions"]["create_site"], json!({"allowed": false, "reason": "forbidden"}));
    let site = bench.send(call("GET", "/api/v1/sites").with(&helper)).await.body["items"][0].clone();
    assert_eq!(site["actions"]["update"]["allowed"], json!(false));
    let id = site["id"].as_str().unwrap();
    assert_eq!(shown.body["sites"].as_array().unwrap().len(), 1);
    for (method, path, body) in [
        ("PUT", format!("/api/v1/sites/{id}"), json!({"settings": {}})),
        ("DELETE", format!("/api/v1/sites/{id}"), json!({})),
        ("GET", format!("/api/v1/sites/{id}/logs"), json!({})),
        ("PUT", "/api/v1/accounts/dewi/password".to_owned(), json!({"password": "correct horse battery"})),
        ("POST", "/api/v1/accounts/dewi/cron".to_owned(), json!({"name": "tidy", "schedule": "@daily", "command": "true"})),
        ("GET", "/api/v1/accounts/dewi/databases".to_owned(), json!({})),
        ("GET", "/api/v1/accounts/dewi/ftp".to_owned(), json!({})),
        ("GET", "/api/v1/accounts/dewi/members".to_owned(), json!({})),
        ("POST", "/api/v1/accounts/dewi/members".to_owned(), json!({"username": "tono"})),
        ("GET", "/api/v1/accounts/joko/cron".to_owned(), json!({})),
    ] {
        let answer = bench.send(call(method, &path).json(&body).with(&helper)).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (404, "not_found"), "{method} {path}: {}", answer.text);
    }
    let more = call("PUT", "/api/v1/accounts/dewi/members/budi").json(&json!({"owner": false, "permissions": ["log:read"]}));
    assert_eq!(bench.send(more.with(&owner)).await.status, 204);
    assert_eq!(names(&bench, &helper, "/api/v1/sites", "domain").await, Vec::<String>::new(), "at once");
    assert_eq!(bench.send(call("DELETE", "/api/v1/accounts/dewi/members/budi").with(&owner)).await.status, 204);
    assert_eq!(names(&bench, &helper, "/api/v1/accounts", "username").await, Vec::<String>::new());
}

#[tokio::test]
async fn an_owner_lets_helpers_in_and_only_an_admin_makes_owners() {
    let bench = Bench::new().await;
    bench.create("dewi").await;
    let (_, admin) = bench.login_as("ani", "admin").await;
    let (_, operator) = bench.login_as("oki", "operator").await;
    let made = bench.send(add("budi", true, &[]).with(&admin)).await;
    assert!(made.body["link"]["path"].as_str().unwrap().starts_with("/welcome#"), "{}", made.text);
    let (cici, owner) = bench.login_as("cici", "user").await;
    bench.let_in("dewi", cici, None).await;

    for (call, code) in [
        (add("tono", true, &[]), "forbidden"),
        (add("tono", false, &["member:update"]), "validation_failed"),
        (add("tono", false, &["account:delete"]), "validation_failed"),
        (add("tono", false, &["*"]), "validation_failed"),
        (add("root", false, &[]), "validation_failed"),
        (add("budi", false, &[]), "name_taken"),
        (call("DELETE", "/api/v1/accounts/dewi/members/budi"), "forbidden"),
        (call("DELETE", "/api/v1/accounts/dewi/members/cici"), "forbidden"),
        (call("DELETE", "/api/v1/accounts/dewi/members/nobody1"), "not_found"),
        (call("PUT", "/api/v1/accounts/dewi/members/budi").json(&json!({"owner": false, "permissions": []})), "forbidden"),
    ] {
        let answer = bench.send(call.with(&owner)).await;
        assert_eq!(answer.code(), code, "{}", answer.text);
    }
    assert_eq!(bench.send(add("tono", false, &[]).with(&operator)).await.code(), "forbidden");
    assert_eq!(bench.send(add("tono", false, &["site:read"]).with(&owner)).await.status, 201);
    let list = bench.send(call("GET", "/api/v1/accounts/dewi/members").with(&owner)).await;
    let shown: Vec<_> =
        list.body["items"].as_array().unwrap().iter().map(|m| (m["username"].clone(), m["owner"].clone(), m["waiting"].clone())).collect();
    assert_eq!(json!(shown), json!([["budi", true, true], ["cici", true, false], ["tono", false, true]]));
    assert_eq!(list.body["items"][2]["permissions"], json!(["account:read", "site:read"]));
    assert_eq!((&list.body["invite"]["allowed"], &list.body["own"]["allowed"]), (&json!(true), &json!(false)));
    assert_eq!(bench.send(call("DELETE", "/api/v1/accounts/dewi/members/budi").with(&admin)).await.status, 204);
}

#[tokio::test]
async fn what_somebody_follows_is_cut_when_their_part_or_their_session_ends() {
    let bench = Bench::new().await;
    bench.create("dewi").await;
    let (budi, session) = bench.login_as("budi", "user").await;
    let (_, admin) = bench.login_as("ani", "admin").await;
    bench.let_in("dewi", budi, None).await;
    bench.host.hold();
    let alias = call("POST", "/api/v1/accounts/dewi/aliases").json(&json!({"domain": "dewi2.test"}));
    let job = bench.send(alias.with(&session)).await.body["job"]["id"].as_str().unwrap().to_owned();
    let ends = async |by: Call, session: &Session| {
        let stream = bench.open(call("GET", &format!("/api/v1/jobs/{job}/events")).with(session)).await;
        let mut events = stream.into_body().into_data_stream();
        assert!(!events.next().await.unwrap().unwrap().is_empty());
        let answer = bench.send(by).await;
        assert_eq!(answer.status, 204, "{}", answer.text);
        let rest = async { while events.next().await.is_some() {} };
        tokio::time::timeout(Duration::from_secs(20), rest).await.expect("the stream ends");
    };
    ends(call("DELETE", "/api/v1/users/budi/sessions").with(&admin), &session).await;
    let session = bench.login("budi").await.session();
    ends(call("DELETE", "/api/v1/accounts/dewi/members/budi").with(&admin), &session).await;
    bench.host.let_go();
}
