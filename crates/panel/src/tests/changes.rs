//! Aliases, PHP, apps and logs.

use super::bench::{Answer, Bench, root};
use nusantara_proto::host::LogName;
use serde_json::{Value, json};

const APPS: &str = "/api/v1/accounts/joko/apps";

async fn ended(bench: &Bench, asked: &Answer) -> Value {
    assert_eq!(asked.status, 202, "{}", asked.text);
    let job = bench.end_of(asked.body["job"]["id"].as_str().unwrap()).await;
    assert_eq!(job["state"], "success", "{job:#}");
    job
}

fn app() -> Value {
    json!({
        "folder": "apps/shop", "program": {"node": "server.js"}, "args": ["--x"], "env": {"API_KEY": "hidden-in-audit"},
        "listen": {"port": 20_010}, "instances": 2, "restart": "on_failure", "health": {"path": "/health", "within_seconds": 20},
        "enabled": true,
    })
}

#[tokio::test]
async fn an_alias_comes_and_goes() {
    let bench = Bench::new().await;
    bench.create("joko").await;
    let post = |key: &str, body: Value| root("POST", "/api/v1/accounts/joko/aliases").json(&body).header("idempotency-key", key);
    let body = json!({"domain": "Joko.example.com"});
    let asked = bench.send(post("k1", body.clone())).await;
    let job = ended(&bench, &asked).await;
    assert_eq!((&job["kind"], &job["target_type"], &job["target"]), (&json!("alias.create"), &json!("alias"), &json!("joko.example.com")));
    assert_eq!(bench.send(post("k1", body)).await.body, asked.body, "the same key, the same answer");
    let shown = bench.send(root("GET", "/api/v1/accounts/joko")).await.body;
    assert_eq!((&shown["aliases"], &shown["limits"]["max_apps"]), (&json!(["joko.example.com"]), &json!(0)));
    let sites = bench.send(root("GET", "/api/v1/sites?account=joko")).await.body;
    assert_eq!(sites["items"].as_array().unwrap().len(), 1, "an alias is no site");
    let id = sites["items"][0]["id"].as_str().unwrap();
    let site = bench.send(root("GET", &format!("/api/v1/sites/{id}"))).await.body;
    assert_eq!(site["names"], json!(["joko.test", "joko.example.com"]));

    for (domain, status) in [("joko.test", 404), ("other.test", 404), ("a;b", 404)] {
        let path = format!("/api/v1/accounts/joko/aliases/{domain}");
        assert_eq!(bench.send(root("DELETE", &path)).await.status.as_u16(), status, "{domain}");
    }
    ended(&bench, &bench.send(root("DELETE", "/api/v1/accounts/joko/aliases/joko.example.com")).await).await;
    assert_eq!(bench.send(root("GET", "/api/v1/accounts/joko")).await.body["aliases"], json!([]));

    for (field, body) in
        [("domain", json!({"domain": "a b"})), ("domain", json!({})), ("kind", json!({"domain": "x.test", "kind": "primary"}))]
    {
        let answer = bench.send(root("POST", "/api/v1/accounts/joko/aliases").json(&body)).await;
        assert_eq!((answer.status.as_u16(), answer.fields()), (422, vec![field]));
    }
    bench.create("dewi").await;
    let below = json!({"domain": "a.dewi.test", "allow_below_foreign": true});
    ended(&bench, &bench.send(root("POST", "/api/v1/accounts/joko/aliases").json(&below)).await).await;
}

#[tokio::test]
async fn the_php_of_an_account_is_read_and_put() {
    let bench = Bench::new().await;
    bench.create("joko").await;
    let path = "/api/v1/accounts/joko/php";
    let fresh = bench.send(root("GET", path)).await.body;
    assert_eq!(fresh, json!({"version": "8.2", "ini": {}, "installed": ["8.2"]}));
    let ini = json!({"memory_limit": 256, "display_errors": false, "date.timezone": "Asia/Jakarta"});
    ended(&bench, &bench.send(root("PUT", path).json(&json!({"version": "8.2", "ini": ini}))).await).await;
    assert_eq!(bench.send(root("GET", path)).await.body["ini"], ini);
    for (field, body) in [
        ("version", json!({"version": "7.4", "ini": {}})),
        ("version", json!({"version": "8.2\n", "ini": {}})),
        ("ini", json!({"version": "8.2"})),
        ("ini.memory_limit", json!({"version": "8.2", "ini": {"memory_limit": "256M"}})),
        ("ini.display_errors", json!({"version": "8.2", "ini": {"display_errors": 1}})),
        ("ini.extension", json!({"version": "8.2", "ini": {"extension": "x.so"}})),
        ("enabled", json!({"version": "8.2", "ini": {}, "enabled": false})),
    ] {
        let answer = bench.send(root("PUT", path).json(&body)).await;
        assert_eq!((answer.status.as_u16(), answer.fields()), (422, vec![field]), "{body}");
    }
}

#[tokio::test]
async fn an_app_is_made_watched_restarted_and_removed() {
    let bench = Bench::new().await;
    bench.create("joko").await;
    assert_eq!(bench.send(root("GET", APPS)).await.body, json!({"items": []}));
    let path = format!("{APPS}/shop");
    let job = ended(&bench, &bench.send(root("PUT", &path).json(&app())).await).await;
    assert_eq!((&job["kind"], &job["target_type"], &job["target"]), (&json!("app.put"), &json!("app"), &json!("shop")));
    let mut expected = app();
    expected["name"] = json!("shop");
    let state = json!({"state": "active", "sub_state": "running", "since": "2026-09-21T14:13:20Z", "restarts": 1, "memory_bytes": 7, "ended": null});
    expected["state"] = json!([state]);
    assert_eq!(bench.send(root("GET", APPS)).await.body["items"], json!([expected]));
    let audit = bench.send(root("GET", "/api/v1/audit-logs?target=shop")).await;
    assert!(audit.text.contains("API_KEY") && !audit.text.contains("hidden-in-audit"));

    let restart = || root("POST", &format!("{path}/restart")).header("idempotency-key", "k");
    let asked = bench.send(restart()).await;
    ended(&bench, &asked).await;
    assert_eq!(bench.send(restart()).await.body, asked.body);
    let log = bench.send(root("GET", &format!("{path}/logs?lines=7&after=here"))).await.body;
    assert_eq!(log, json!({"lines": ["one", "two"], "after": "there"}));
    ended(&bench, &bench.send(root("DELETE", &path)).await).await;
    for gone in [root("DELETE", &path), restart().without("idempotency-key")] {
        assert_eq!(bench.send(gone).await.status, 404);
    }
}

#[tokio::test]
async fn an_app_is_refused_by_field() {
    let bench = Bench::new().await;
    bench.create("joko").await;
    for (field, value) in [
        ("folder", json!("/etc")),
        ("folder", json!("a/../b")),
        ("program.node", json!({"node": "../server.js"})),
        ("program", json!({"shell": "id"})),
        ("args[0]", json!(["a\nb"])),
        ("args", json!(vec!["x"; 33])),
        ("env.LD_PRELOAD", json!({"LD_PRELOAD": "x.so"})),
        ("env.A", json!({"A": "a\nb"})),
        ("listen.port", json!({"port": 22})),
        ("listen.port", json!({"port": 29_999})),
        ("instances", json!(0)),
        ("instances", json!(17)),
        ("restart", json!("sometimes")),
        ("health.path", json!({"path": "x", "within_seconds": 1})),
        ("health.within_seconds", json!({"path": "/", "within_seconds": 0})),
        ("enabled", json!("yes")),
        ("name", json!("other")),
        ("uid", json!(0)),
    ] {
        let mut body = app();
        body[field.split(['.', '[']).next().unwrap()] = value;
        let answer = bench.send(root("PUT", &format!("{APPS}/shop")).json(&body)).await;
        assert_eq!((answer.status.as_u16(), answer.fields()), (422, vec![field]), "{body}: {}", answer.text);
    }
    for name in ["Shop", "a_b", "-x", "..", "%2e%2e%2f"] {
        assert_eq!(bench.send(root("PUT", &format!("{APPS}/{name}")).json(&app())).await.status, 404, "{name}");
    }
    assert_eq!(bench.host.state().asked.len(), 1);
}

#[tokio::test]
async fn logs_are_read_from_where_one_was() {
    let bench = Bench::new().await;
    bench.create("joko").await;
    let id = bench.send(root("GET", "/api/v1/sites")).await.body["items"][0]["id"].as_str().unwrap().to_owned();
    let logs = format!("/api/v1/sites/{id}/logs");
    for query in ["", "?log=error&lines=5", "?log=php&after=x"] {
        let page = bench.send(root("GET", &format!("{logs}{query}"))).await;
        assert_eq!((page.status.as_u16(), &page.body), (200, &json!({"lines": ["one", "two"], "after": "there"})));
    }
    let read: Vec<_> = bench.host.state().read.iter().map(|r| (r.log.clone(), r.lines, r.after.clone())).collect();
    let domain = || "joko.test".parse().unwrap();
    assert_eq!(
        read,
        [(LogName::Access(domain()), 100, None), (LogName::Error(domain()), 5, None), (LogName::Php {}, 100, Some("x".to_owned()))]
    );
    for (bad, field) in
        [("lines=0", "lines"), ("lines=1001", "lines"), ("lines=x", "lines"), ("log=app", "log"), ("file=/etc/passwd", "file")]
    {
        let answer = bench.send(root("GET", &format!("{logs}?{bad}"))).await;
        assert_eq!((answer.status.as_u16(), answer.fields()), (422, vec![field]), "{bad}");
    }
    std::fs::remove_file(&bench.app.config.hostd_socket).unwrap();
    assert_eq!(bench.send(root("GET", &logs)).await.code(), "host_unavailable");
}

#[tokio::test]
async fn who_may_not_change_apps_does_not_see_their_environment() {
    let bench = Bench::new().await;
    bench.create("joko").await;
    ended(&bench, &bench.send(root("PUT", &format!("{APPS}/shop")).json(&app())).await).await;
    let (_, vina) = bench.login_as("vina", "viewer").await;
    let seen = bench.send(super::bench::call("GET", APPS).with(&vina)).await;
    assert_eq!(seen.body["items"][0]["env"], json!({"API_KEY": "***"}), "{}", seen.text);
    assert_eq!(bench.send(root("GET", APPS)).await.body["items"][0]["env"], json!({"API_KEY": "hidden-in-audit"}));
}

#[tokio::test]
async fn what_an_environment_says_is_in_no_job() {
    let bench = Bench::new().await;
    bench.create("joko").await;
    bench.host.hold();
    let asked = bench.send(root("PUT", &format!("{APPS}/shop")).json(&app())).await;
    assert_eq!(asked.status, 202, "{}", asked.text);
    let id = asked.body["job"]["id"].as_str().unwrap().to_owned();
    let stored = || async {
        let jobs = bench.app.store.job_list(nusantara_store::Scope::All, &nusantara_store::JobFilter::default(), 10).await.unwrap();
        serde_json::to_string(&jobs.iter().map(|job| job.payload.clone()).collect::<Vec<_>>()).unwrap()
    };
    assert!(stored().await.contains("API_KEY") && !stored().await.contains("hidden-in-audit"), "{}", stored().await);
    bench.host.let_go();
    assert_eq!(bench.end_of(&id).await["state"], "success");
    assert_eq!(bench.send(root("GET", APPS)).await.body["items"][0]["env"], json!({"API_KEY": "hidden-in-audit"}), "it arrived whole");
}
