//! Nobody becomes admin by reaching the port first.

use super::bench::{Bench, PASSWORD, call, root};
use serde_json::json;

fn setup(token: &str) -> super::bench::Call {
    call("POST", "/api/v1/setup").json(&json!({"token": token, "username": "Ani", "password": PASSWORD}))
}

#[tokio::test]
async fn the_token_makes_one_admin_and_then_the_route_is_gone() {
    let bench = Bench::new().await;
    assert_eq!(bench.send(call("GET", "/api/v1/setup")).await.body["required"], true);
    assert_eq!(bench.send(call("GET", "/api/v1/setup/token")).await.status, 404, "only root at the local socket sees it");
    let token = bench.send(root("GET", "/api/v1/setup/token")).await.body["token"].as_str().unwrap().to_owned();

    let wrong = bench.send(setup("nonsense")).await;
    assert_eq!((wrong.status.as_u16(), wrong.code()), (401, "invalid_credentials"));
    let weak = call("POST", "/api/v1/setup").json(&json!({"token": token, "username": "ani", "password": "short"}));
    let weak = bench.send(weak).await;
    assert_eq!((weak.status.as_u16(), weak.fields()), (422, vec!["password"]));
    let named = call("POST", "/api/v1/setup").json(&json!({"token": token, "username": "root", "password": PASSWORD}));
    assert_eq!(bench.send(named).await.fields(), ["username"]);

    let made = bench.send(setup(&token)).await;
    assert_eq!((made.status.as_u16(), made.body["username"].as_str(), made.body["role"].as_str()), (201, Some("ani"), Some("admin")));
    let session = made.session();
    assert_eq!(bench.send(call("GET", "/api/v1/auth/me").with(&session)).await.body["username"], "ani");
    assert_eq!(bench.send(call("GET", "/api/v1/setup")).await.body["required"], false);
    for again in [setup(&token), setup("nonsense")] {
        assert_eq!(bench.send(again).await.status, 404);
    }
    assert_eq!(bench.send(root("GET", "/api/v1/setup/token")).await.status, 404);
    assert!(!bench.folder.path().join("setup-token").exists());
    let bench = bench.restart().await;
    assert_eq!(bench.send(setup(&token)).await.status, 404, "also after a restart");
    assert_eq!(bench.login("ANI").await.status, 200, "case does not tell two people apart");
}

#[tokio::test]
async fn two_at_once_make_one_admin() {
    let bench = Bench::new().await;
    let token = bench.app.setup.token().unwrap();
    let (one, other) = tokio::join!(bench.send(setup(&token)), bench.send(setup(&token)));
    let mut statuses = [one.status.as_u16(), other.status.as_u16()];
    statuses.sort_unstable();
    assert_eq!(statuses[0], 201, "{} {}", one.text, other.text);
    assert!(matches!(statuses[1], 401 | 404), "{statuses:?}");
    assert_eq!(bench.app.store.user_count().await.unwrap(), 1);
}
