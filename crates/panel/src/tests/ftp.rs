//! FTP logins: made once, changed, removed; passwords go in as hashes and never come out.

use super::bench::{Answer, Bench, root};
use serde_json::{Value, json};

const FTP: &str = "/api/v1/accounts/joko/ftp";
const PASSWORD: &str = "open sesame 42";

async fn ended(bench: &Bench, asked: &Answer) -> Value {
    assert_eq!(asked.status, 202, "{}", asked.text);
    let job = bench.end_of(asked.body["job"]["id"].as_str().unwrap()).await;
    assert_eq!(job["state"], "success", "{job:#}");
    job
}

fn hash(bench: &Bench) -> String {
    bench.host.state().specs.values().next().unwrap().services.ftp.accounts[0].hash.to_string()
}

#[tokio::test]
async fn a_login_comes_changes_and_goes() {
    let bench = Bench::new().await;
    bench.create("joko").await;
    let none = bench.send(root("GET", FTP)).await.body;
    assert_eq!(none, json!({"available": true, "host": "box", "port": 21, "most": 3, "items": []}));
    let post = |key: &str, password: &str| {
        root("POST", FTP).json(&json!({"name": "web", "folder": "web", "password": password})).header("idempotency-key", key)
    };
    let asked = bench.send(post("k1", PASSWORD)).await;
    let job = ended(&bench, &asked).await;
    assert_eq!((&job["kind"], &job["target_type"], &job["target"]), (&json!("ftp.create"), &json!("ftp"), &json!("web")));
    assert_eq!(bench.send(post("k1", PASSWORD)).await.body, asked.body, "the same key, the same answer");
    let twice = bench.send(post("k2", PASSWORD)).await;
    assert_eq!((twice.status.as_u16(), twice.code(), twice.fields()), (409, "name_taken", vec!["name"]));
    let login = json!({"name": "web", "login": "joko.web", "folder": "web", "enabled": true});
    assert_eq!(bench.send(root("GET", FTP)).await.body["items"], json!([login]));
    let first = hash(&bench);
    assert!(first.starts_with("$6$"), "{first}");

    let path = format!("{FTP}/web");
    let put = async |body: Value| bench.send(root("PUT", &path).json(&body)).await;
    ended(&bench, &put(json!({"folder": "other", "enabled": false})).await).await;
    assert_eq!(hash(&bench), first, "no password: the one it has stays");
    let now = bench.send(root("GET", FTP)).await.body["items"][0].clone();
    assert_eq!((&now["folder"], &now["enabled"]), (&json!("other"), &json!(false)));
    ended(&bench, &put(json!({"folder": "other", "enabled": true, "password": "another one"})).await).await;
    assert_ne!(hash(&bench), first);

    for path in [FTP.to_owned(), "/api/v1/audit-logs".into(), "/api/v1/jobs".into(), "/api/v1/accounts/joko".into()] {
        let text = bench.send(root("GET", &path)).await.text;
        assert!(!text.contains("$6$") && !text.contains(PASSWORD), "{path}");
    }
    ended(&bench, &bench.send(root("DELETE", &path)).await).await;
    assert_eq!(bench.send(root("GET", FTP)).await.body["items"], json!([]));
    assert_eq!(bench.send(root("DELETE", &path)).await.status, 404);
    assert_eq!(put(json!({"folder": "web", "enabled": true})).await.status, 404);
}

#[tokio::test]
async fn what_is_not_allowed_is_named() {
    let bench = Bench::new().await;
    bench.create("joko").await;
    for (field, body) in [
        ("name", json!({"name": "Web", "folder": "web", "password": PASSWORD})),
        ("name", json!({"name": "a:b", "folder": "web", "password": PASSWORD})),
        ("folder", json!({"name": "web", "folder": "/etc", "password": PASSWORD})),
        ("folder", json!({"name": "web", "folder": "a/../..", "password": PASSWORD})),
        ("folder", json!({"name": "web", "password": PASSWORD})),
        ("password", json!({"name": "web", "folder": "web"})),
        ("password", json!({"name": "web", "folder": "web", "password": "short"})),
        ("password", json!({"name": "web", "folder": "web", "password": "with\nline end"})),
        ("hash", json!({"name": "web", "folder": "web", "password": PASSWORD, "hash": "$6$"})),
    ] {
        let answer = bench.send(root("POST", FTP).json(&body)).await;
        assert_eq!((answer.status.as_u16(), answer.fields()), (422, vec![field]), "{body}: {}", answer.text);
        assert!(!answer.text.contains(PASSWORD));
    }
    assert_eq!(bench.host.state().asked.len(), 1, "the host was never asked");
}
