//! Who may what: the golden file, every route against somebody who is nobody, and ownership.

use super::bench::{Bench, call, root};
use nusantara_store::Role;
use serde_json::{Value, json};
use std::path::Path;

/// A public key as ssh-keygen makes it.
const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIO3sc8bZQzBbA2Ik6yPqs1GLpItcgYaGmGakD3rxixUT joko@laptop";

fn committed(path: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(path)).unwrap()
}

#[test]
fn the_documents_are_the_committed_ones() {
    let hint = "run `cargo run -p nusantara-panel -- openapi > api/openapi.json` and look at the difference";
    assert!(crate::openapi_document() == committed("../../api/openapi.json"), "{hint}");
    let hint = "run `cargo run -p nusantara-panel -- policy > crates/panel/policy.golden` and look at the difference";
    assert!(crate::policy_document() == committed("policy.golden"), "{hint}");
}

/// Every operation of the document, as method and path with made-up parameters.
fn operations() -> Vec<(&'static str, String)> {
    let document: Value = serde_json::from_str(crate::openapi_document()).unwrap();
    let mut all = Vec::new();
    for (path, item) in document["paths"].as_object().unwrap() {
        let path = path.replace("{username}", "joko").replace("{id}", "01890000-0000-7000-8000-000000000000");
        let path = path.replace("{domain}", "www2.test").replace("{name}", "shop");
        let path = path.replace("{from}", "1").replace("{to}", "current").replace("{revision}", "1");
        let path = path.replace("{fingerprint}", "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
        for method in item.as_object().unwrap().keys() {
            let method = match method.as_str() {
                "get" => "GET",
                "post" => "POST",
                "put" => "PUT",
                "patch" => "PATCH",
                "delete" => "DELETE",
                other => panic!("{other} {path}: teach the test this method"),
            };
            all.push((method, path.clone()));
        }
    }
    all
}

#[tokio::test]
async fn nobody_gets_in_without_a_session() {
    const OPEN: [&str; 5] =
        ["GET /api/v1/setup", "POST /api/v1/setup", "POST /api/v1/auth/login", "GET /api/v1/openapi.json", "GET /healthz"];
    let bench = Bench::new().await;
    let operations = operations();
    assert!(operations.len() > 43);
    for (method, path) in operations {
        let route = format!("{method} {path}");
        if OPEN.contains(&route.as_str()) {
            continue;
        }
        for path in [path.clone(), path.replacen("/api/v1", "/v1", 1)] {
            let answer = bench.send(call(method, &path).json(&json!({}))).await;
            assert!(matches!(answer.status.as_u16(), 401 | 404), "{method} {path}: {}", answer.text);
            let forged = call(method, &path).json(&json!({})).header("cookie", format!("__Host-np={}", "A".repeat(43)));
            assert!(matches!(bench.send(forged).await.status.as_u16(), 401 | 404), "{method} {path}");
        }
    }
}

#[tokio::test]
async fn a_role_does_what_it_holds_and_nothing_else() {
    let bench = Bench::new().await;
    bench.create("joko").await;
    let (_, viewer) = bench.login_as("vina", Role::Viewer).await;
    let (_, operator) = bench.login_as("oki", Role::Operator).await;
    let (_, user) = bench.login_as("uli", Role::User).await;
    let delete = || call("DELETE", "/api/v1/accounts/joko");
    assert_eq!(bench.send(call("GET", "/api/v1/accounts/joko").with(&viewer)).await.status, 200);
    for session in [&viewer, &user] {
        assert_eq!(bench.send(delete().with(session)).await.code(), "forbidden");
    }
    // Whoever only looks changes nothing, whatever the body says.
    for (method, path) in operations() {
        let change = method != "GET" && !path.contains("/auth/") && !path.ends_with("/setup");
        if change {
            let answer = bench.send(call(method, &path).json(&json!({})).with(&viewer)).await;
            assert_eq!(answer.code(), "forbidden", "{method} {path}: {}", answer.text);
        }
    }
    assert_eq!(bench.send(call("GET", "/api/v1/audit-logs").with(&operator)).await.status, 403);
    let shown = bench.send(call("GET", "/api/v1/accounts").with(&viewer)).await;
    assert_eq!(shown.body["items"][0]["actions"]["delete"], json!({"allowed": false, "reason": "forbidden"}));
    assert_eq!(bench.send(delete().with(&operator)).await.status, 202);
}

#[tokio::test]
async fn an_owner_sees_their_own_and_others_do_not_exist() {
    let bench = Bench::new().await;
    let (ani, session) = bench.login_as("ani", Role::User).await;
    for name in ["joko", "dewi"] {
        bench.create(name).await;
    }
    // Giving accounts to users has no route yet; the row is what decides.
    let tx = bench.app.store.begin().await.unwrap();
    let dewi = tx.account_get(nusantara_store::Scope::All, &"dewi".parse().unwrap()).await.unwrap().unwrap();
    tx.account_delete(&dewi.username).await.unwrap();
    tx.account_insert(&nusantara_store::AccountRecord { owner: Some(ani), ..dewi }).await.unwrap();
    tx.commit().await.unwrap();

    let list = bench.send(call("GET", "/api/v1/accounts").with(&session)).await;
    let names: Vec<_> = list.body["items"].as_array().unwrap().iter().map(|a| a["username"].as_str().unwrap()).collect();
    assert_eq!(names, ["dewi"]);
    let others = bench.send(root("GET", "/api/v1/sites?account=joko")).await.body["items"][0]["id"].as_str().unwrap().to_owned();
    let jobs = bench.send(root("GET", "/api/v1/jobs?account=joko")).await;
    let job = jobs.body["items"][0]["id"].as_str().unwrap();
    for foreign in [
        "/api/v1/accounts/joko".to_owned(),
        "/api/v1/accounts/joko/plan".to_owned(),
        format!("/api/v1/sites/{others}"),
        format!("/api/v1/jobs/{job}"),
        format!("/api/v1/jobs/{job}/events"),
    ] {
        let answer = bench.send(call("GET", &foreign).with(&session)).await;
        let unknown =
            bench.send(call("GET", &foreign.replace("joko", "nobo").replace(&others, job).replace(job, &others)).with(&session)).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (404, "not_found"), "{foreign}");
        assert_eq!(answer.text.split("request_id").next(), unknown.text.split("request_id").next());
    }
    let app = json!({"folder": "app", "program": {"node": "x.js"}, "listen": {"socket": {}}});
    for (method, foreign, body) in [
        ("PUT", format!("/api/v1/sites/{others}"), json!({"settings": {}})),
        ("DELETE", format!("/api/v1/sites/{others}"), json!({})),
        ("PUT", format!("/api/v1/sites/{others}/protected"), json!({"folders": []})),
        ("GET", format!("/api/v1/sites/{others}/logs"), json!({})),
        ("POST", "/api/v1/accounts/joko/aliases".to_owned(), json!({"domain": "free.example.com"})),
        ("DELETE", "/api/v1/accounts/joko/aliases/www2.test".to_owned(), json!({})),
        ("GET", "/api/v1/accounts/joko/php".to_owned(), json!({})),
        ("PUT", "/api/v1/accounts/joko/php".to_owned(), json!({"version": "8.2", "ini": {}})),
        ("GET", "/api/v1/accounts/joko/apps".to_owned(), json!({})),
        ("PUT", "/api/v1/accounts/joko/apps/shop".to_owned(), app),
        ("DELETE", "/api/v1/accounts/joko/apps/shop".to_owned(), json!({})),
        ("POST", "/api/v1/accounts/joko/apps/shop/restart".to_owned(), json!({})),
        ("GET", "/api/v1/accounts/joko/apps/shop/logs".to_owned(), json!({})),
        ("PUT", "/api/v1/accounts/joko/password".to_owned(), json!({"password": "correct horse battery"})),
        ("DELETE", "/api/v1/accounts/joko/password".to_owned(), json!({})),
        ("GET", "/api/v1/accounts/joko/cron".to_owned(), json!({})),
        ("POST", "/api/v1/accounts/joko/cron".to_owned(), json!({"name": "tidy", "schedule": "@daily", "command": "true"})),
        ("PUT", "/api/v1/accounts/joko/cron/tidy".to_owned(), json!({"schedule": "@daily", "command": "true"})),
        ("DELETE", "/api/v1/accounts/joko/cron/tidy".to_owned(), json!({})),
        ("POST", "/api/v1/accounts/joko/cron/tidy/run".to_owned(), json!({})),
        ("GET", "/api/v1/accounts/joko/cron/tidy/runs".to_owned(), json!({})),
        ("GET", format!("/api/v1/accounts/joko/cron/tidy/output?run={}", "ab".repeat(16)), json!({})),
        ("GET", "/api/v1/accounts/joko/ftp".to_owned(), json!({})),
        ("POST", "/api/v1/accounts/joko/ftp".to_owned(), json!({"name": "web", "folder": "web", "password": "open sesame"})),
        ("PUT", "/api/v1/accounts/joko/ftp/web".to_owned(), json!({"folder": "web", "enabled": true})),
        ("DELETE", "/api/v1/accounts/joko/ftp/web".to_owned(), json!({})),
        ("GET", "/api/v1/accounts/joko/ssh".to_owned(), json!({})),
        ("PUT", "/api/v1/accounts/joko/ssh".to_owned(), json!({"mode": "shell"})),
        ("POST", "/api/v1/accounts/joko/ssh/keys".to_owned(), json!({"key": KEY})),
        ("DELETE", format!("/api/v1/accounts/joko/ssh/keys/SHA256:{}", "A".repeat(43)), json!({})),
        ("GET", "/api/v1/accounts/joko/revisions".to_owned(), json!({})),
        ("GET", "/api/v1/accounts/joko/revisions/1/diff/current".to_owned(), json!({})),
        ("GET", "/api/v1/accounts/joko/drift".to_owned(), json!({})),
        ("GET", "/api/v1/accounts/joko/usage".to_owned(), json!({})),
        ("GET", "/api/v1/accounts/joko/usage/history".to_owned(), json!({})),
    ] {
        let unknown = foreign.replace("joko", "nobo").replace(&others, "01890000-0000-7000-8000-000000000000");
        let answer = bench.send(call(method, &foreign).json(&body).with(&session)).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (404, "not_found"), "{method} {foreign}: {}", answer.text);
        let unknown = bench.send(call(method, &unknown).json(&body).with(&session)).await;
        assert_eq!(answer.text.split("request_id").next(), unknown.text.split("request_id").next());
    }
    assert!(bench.host.state().read.is_empty());
    assert_eq!(bench.send(call("GET", "/api/v1/jobs?account=joko").with(&session)).await.body["items"], json!([]));
    let add = call("POST", "/api/v1/sites").json(&json!({"account": "joko", "domain": "x.example.com"})).with(&session);
    let add = bench.send(add).await;
    assert_eq!((add.status.as_u16(), add.fields()), (422, vec!["account"]));
    // Their own is theirs to change, but not to put beside somebody else's names.
    let alias = |body| call("POST", "/api/v1/accounts/dewi/aliases").json(&body).with(&session);
    let refused = bench.send(alias(json!({"domain": "a.joko.test", "allow_below_foreign": true}))).await;
    assert_eq!((refused.status.as_u16(), refused.fields()), (403, vec!["allow_below_foreign"]));
    let taken = bench.send(alias(json!({"domain": "a.joko.test"}))).await;
    assert_eq!((taken.status.as_u16(), taken.code()), (409, "name_taken"));
    assert_eq!(bench.send(alias(json!({"domain": "dewi2.test"}))).await.status, 202);
}
