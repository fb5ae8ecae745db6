//! Every setting of a site: kept as given, refused by its name, and hashes that never come back.

use super::bench::{Answer, Bench, root};
use serde_json::{Value, json};

async fn site(bench: &Bench) -> String {
    bench.create("joko").await;
    bench.send(root("GET", "/api/v1/sites?domain=joko.test")).await.body["items"][0]["id"].as_str().unwrap().to_owned()
}

async fn put(bench: &Bench, id: &str, settings: &Value) -> Answer {
    bench.send(root("PUT", &format!("/api/v1/sites/{id}")).json(&json!({ "settings": settings }))).await
}

fn everything() -> Value {
    json!({
        "runtime": "php", "php_version": "8.2", "php_ini": {"memory_limit": 256, "date.timezone": "Asia/Jakarta"}, "proxy": null,
        "app": null, "redirect": null, "www": "to_apex", "https": true, "force_https": true,
        "hsts": {"max_age_days": 365, "include_subdomains": false}, "index": ["index.php"],
        "headers": [{"name": "X-Frame-Options", "value": "DENY"}], "error_pages": [{"status": 404, "path": "/404.html"}],
        "max_upload_mb": 512, "page_cache": {"seconds": 60, "bypass_cookies": ["session"]},
    })
}

#[tokio::test]
async fn a_site_is_what_it_was_told_to_be() {
    let bench = Bench::new().await;
    let id = site(&bench).await;
    let path = format!("/api/v1/sites/{id}");
    let fresh = bench.send(root("GET", &path)).await.body;
    assert_eq!((&fresh["docroot"], &fresh["names"]), (&json!("domains/joko.test/public_html"), &json!(["joko.test"])));
    assert_eq!((&fresh["settings"]["runtime"], &fresh["actions"]["update"]["allowed"]), (&json!("php"), &json!(true)));

    let asked = bench.send(root("PUT", &path).json(&json!({"docroot": "web", "settings": everything()}))).await;
    assert_eq!((asked.status.as_u16(), &asked.body["site"]["domain"]), (202, &json!("joko.test")));
    let job = bench.end_of(asked.body["job"]["id"].as_str().unwrap()).await;
    assert_eq!((&job["state"], &job["kind"], &job["target"]), (&json!("success"), &json!("site.update"), &json!("joko.test")));
    let shown = bench.send(root("GET", &path)).await.body;
    assert_eq!(shown["settings"], everything());
    assert_eq!((&shown["root_path"], &shown["names"]), (&json!("/home/joko/web"), &json!(["joko.test", "www.joko.test"])));

    let audit = bench.send(root("GET", "/api/v1/audit-logs?target=joko.test")).await.body;
    let rows: Vec<_> =
        audit["items"].as_array().unwrap().iter().map(|r| format!("{} {}", r["action"], r["phase"]).replace('"', "")).collect();
    assert_eq!(rows, ["site.update success", "site.update begin"]);
    std::fs::remove_file(&bench.app.config.hostd_socket).unwrap();
    let away = bench.send(root("GET", &path)).await;
    assert_eq!((away.status.as_u16(), &away.body["settings"], &away.body["names"]), (200, &Value::Null, &json!([])));
}

#[tokio::test]
async fn a_value_that_is_not_allowed_is_named_by_its_place() {
    let bench = Bench::new().await;
    let id = site(&bench).await;
    for (place, settings) in [
        ("settings.runtime", json!({"runtime": "cgi"})),
        ("settings.php_version", json!({"php_version": "7.4"})),
        ("settings.php_version", json!({"php_version": "8.2; x"})),
        ("settings.php_ini.memory_limit", json!({"php_ini": {"memory_limit": 1}})),
        ("settings.php_ini.open_basedir", json!({"php_ini": {"open_basedir": "/"}})),
        ("settings.proxy", json!({"runtime": "proxy"})),
        ("settings.proxy.port", json!({"runtime": "proxy", "proxy": {"port": 80}})),
        ("settings.proxy.socket", json!({"runtime": "proxy", "proxy": {"socket": "../x"}})),
        ("settings.app", json!({"runtime": "node"})),
        ("settings.app", json!({"runtime": "node", "app": "../x"})),
        ("settings.redirect.to", json!({"runtime": "redirect", "redirect": {"to": "javascript:alert(1)"}})),
        ("settings.redirect.to", json!({"runtime": "redirect", "redirect": {}})),
        ("settings.www", json!({"www": "maybe"})),
        ("settings.https", json!({"https": "yes"})),
        ("settings.force_https", json!({"force_https": true})),
        ("settings.hsts", json!({"https": true, "hsts": {"max_age_days": 1}})),
        ("settings.hsts.max_age_days", json!({"hsts": {"max_age_days": 9000}})),
        ("settings.index[0]", json!({"index": ["../x"]})),
        ("settings.index", json!({"index": ["a", "a"]})),
        ("settings.headers[0].name", json!({"headers": [{"name": "X-Accel-Redirect", "value": "/"}]})),
        ("settings.headers[1].value", json!({"headers": [{"name": "X-A", "value": "1"}, {"name": "X-B", "value": "a\r\nX-C: 1"}]})),
        ("settings.headers[0].value", json!({"headers": [{"name": "X-A"}]})),
        ("settings.headers[0].always", json!({"headers": [{"name": "X-A", "value": "1", "always": true}]})),
        ("settings.error_pages[0].status", json!({"error_pages": [{"status": 200, "path": "/"}]})),
        ("settings.error_pages[0].path", json!({"error_pages": [{"status": 404, "path": "/../x"}]})),
        ("settings.max_upload_mb", json!({"max_upload_mb": 0})),
        ("settings.max_upload_mb", json!({"max_upload_mb": -1})),
        ("settings.page_cache.seconds", json!({"page_cache": {"seconds": 0}})),
        ("settings.page_cache.bypass_cookies[0]", json!({"page_cache": {"seconds": 1, "bypass_cookies": ["a;b"]}})),
        ("settings.page_cache", json!({"runtime": "static", "page_cache": {"seconds": 1}})),
        ("settings.protected", json!({"protected": []})),
        ("settings.snippet", json!({"snippet": "return 200;"})),
    ] {
        let answer = put(&bench, &id, &settings).await;
        assert_eq!((answer.status.as_u16(), answer.fields()), (422, vec![place]), "{settings}: {}", answer.text);
        let message = answer.body["errors"][0]["message"].as_str().unwrap();
        assert!(!message.contains("is not valid") && !message.contains(" at line "), "{message}");
        let create = json!({"account": "joko", "domain": "shop.test", "settings": settings});
        assert_eq!(bench.send(root("POST", "/api/v1/sites").json(&create)).await.fields(), [place], "{settings}");
    }
    for (place, body) in [
        ("settings", json!({})),
        ("docroot", json!({"docroot": "/etc", "settings": {}})),
        ("docroot", json!({"docroot": "a/../..", "settings": {}})),
        ("account", json!({"account": "dewi", "settings": {}})),
        ("status", json!({"status": "active", "settings": {}})),
        ("below_foreign", json!({"below_foreign": true, "settings": {}})),
    ] {
        let answer = bench.send(root("PUT", &format!("/api/v1/sites/{id}")).json(&body)).await;
        assert_eq!((answer.status.as_u16(), answer.fields()), (422, vec![place]), "{body}");
    }
    assert_eq!(bench.host.state().asked.len(), 1, "the host was never asked");
}

#[tokio::test]
async fn a_further_site_comes_with_its_settings() {
    let bench = Bench::new().await;
    bench.create("joko").await;
    let post = async |body: Value| bench.send(root("POST", "/api/v1/sites").json(&body)).await;
    let proxy = json!({"account": "joko", "domain": "api.joko.test", "kind": "addon", "docroot": "api",
        "settings": {"runtime": "proxy", "proxy": {"port": 20_001}}});
    let asked = post(proxy).await;
    assert_eq!((&asked.body["site"]["runtime"], &asked.body["site"]["kind"]), (&json!("proxy"), &json!("addon")));
    assert_eq!(bench.end_of(asked.body["job"]["id"].as_str().unwrap()).await["state"], "success");
    let shown = bench.send(root("GET", &format!("/api/v1/sites/{}", asked.body["site"]["id"].as_str().unwrap()))).await.body;
    assert_eq!((&shown["ports_used"], &shown["root_path"]), (&json!([20_001]), &json!("/home/joko/api")));
    let kind = post(json!({"account": "joko", "domain": "shop.test", "kind": "subdomain"})).await;
    assert_eq!(kind.fields(), ["kind"]);
    for kind in ["primary", "alias"] {
        assert_eq!(post(json!({"account": "joko", "domain": "shop.test", "kind": kind})).await.fields(), ["kind"]);
    }
    let twice = post(json!({"account": "joko", "domain": "shop.test", "php_version": "8.2", "settings": {"php_version": "8.2"}})).await;
    assert_eq!(twice.fields(), ["php_version"]);
}

#[tokio::test]
async fn names_filter_exactly() {
    let bench = Bench::new().await;
    bench.create("joko").await;
    let found = bench.send(root("GET", "/api/v1/sites?domain=JOKO.test")).await.body;
    assert_eq!(found["items"].as_array().unwrap().len(), 1);
    assert_eq!(bench.send(root("GET", "/api/v1/sites?domain=oko.test")).await.body["items"], json!([]));
    assert_eq!(bench.send(root("GET", "/api/v1/sites?domain=%25")).await.fields(), ["domain"]);
}

#[tokio::test]
async fn passwords_go_in_as_hashes_and_never_come_out() {
    const PASSWORD: &str = "open sesame 42";
    let bench = Bench::new().await;
    let id = site(&bench).await;
    let path = format!("/api/v1/sites/{id}/protected");
    let folders = |visitors: Value| json!({"folders": [{"path": "/staff", "realm": "Staff only", "visitors": visitors}]});
    let set = bench.send(root("PUT", &path).json(&folders(json!([{"name": "sari", "password": PASSWORD}])))).await;
    let job = set.body["job"]["id"].as_str().unwrap().to_owned();
    assert_eq!((set.status.as_u16(), &bench.end_of(&job).await["state"]), (202, &json!("success")));
    let hash = |bench: &Bench| {
        let state = bench.host.state();
        state.specs.values().next().unwrap().domains.primary.settings.protected[0].visitors[0].hash.to_string()
    };
    let first = hash(&bench);
    assert!(first.starts_with("$6$"), "{first}");
    let kept = bench.send(root("PUT", &path).json(&folders(json!([{"name": "sari"}])))).await;
    bench.end_of(kept.body["job"]["id"].as_str().unwrap()).await;
    assert_eq!(hash(&bench), first, "no password: the one they have stays");

    let shown = bench.send(root("GET", &format!("/api/v1/sites/{id}"))).await;
    assert_eq!(shown.body["protected"], json!([{"path": "/staff", "realm": "Staff only", "visitors": [{"name": "sari"}]}]));
    let settings = put(&bench, &id, &json!({"www": "both"})).await;
    bench.end_of(settings.body["job"]["id"].as_str().unwrap()).await;
    assert_eq!(hash(&bench), first, "other settings leave the folders alone");
    for path in [format!("/api/v1/sites/{id}"), format!("/api/v1/jobs/{job}"), "/api/v1/audit-logs".into(), "/api/v1/accounts/joko".into()]
    {
        let text = bench.send(root("GET", &path)).await.text;
        assert!(!text.contains("$6$") && !text.contains(PASSWORD), "{path}");
    }
    let tx = bench.app.store.job_get(nusantara_store::Scope::All, job.parse().unwrap()).await.unwrap().unwrap();
    assert_eq!(tx.payload, Value::Null, "what an ended job was asked to do is forgotten");

    for (place, body) in [
        ("folders[0].visitors[0].password", folders(json!([{"name": "sari", "password": "short"}]))),
        ("folders[0].visitors[0].password", folders(json!([{"name": "sari", "password": "x".repeat(129)}]))),
        ("folders[0].visitors[0].password", folders(json!([{"name": "sari", "password": "with\nline end"}]))),
        ("folders[0].visitors[0].name", folders(json!([{"name": "a:b", "password": PASSWORD}]))),
        ("folders[0].visitors[0].hash", folders(json!([{"name": "sari", "hash": "$6$salt$x"}]))),
        ("folders[0].visitors", folders(json!([{"name": "sari"}, {"name": "sari"}]))),
        ("folders[0].path", json!({"folders": [{"path": "staff", "realm": "S", "visitors": []}]})),
        ("folders[0].realm", json!({"folders": [{"path": "/", "realm": "a\"b", "visitors": []}]})),
        ("folders", json!({"folders": [{"path": "/a", "realm": "S", "visitors": []}, {"path": "/a/", "realm": "S", "visitors": []}]})),
        ("folders", json!({})),
    ] {
        let answer = bench.send(root("PUT", &path).json(&body)).await;
        assert_eq!((answer.status.as_u16(), answer.fields()), (422, vec![place]), "{}", answer.text);
        assert!(!answer.text.contains(PASSWORD));
    }
}

#[tokio::test]
async fn what_is_sent_whole_waits_for_nothing_else() {
    let bench = Bench::new().await;
    let id = site(&bench).await;
    bench.host.hold();
    let first = put(&bench, &id, &json!({"www": "both"})).await;
    assert_eq!(first.status, 202);
    assert_eq!(put(&bench, &id, &json!({"https": true})).await.code(), "account_busy");
    let php = root("PUT", "/api/v1/accounts/joko/php").json(&json!({"version": "8.2", "ini": {}}));
    assert_eq!(bench.send(php).await.code(), "account_busy");
    let folders = root("PUT", &format!("/api/v1/sites/{id}/protected")).json(&json!({"folders": []}));
    assert_eq!(bench.send(folders).await.code(), "account_busy");
    bench.host.let_go();
    bench.end_of(first.body["job"]["id"].as_str().unwrap()).await;
    assert_eq!(put(&bench, &id, &json!({"https": true})).await.status, 202);
}

#[tokio::test]
async fn a_change_that_fails_leaves_the_site_as_it_was() {
    use nusantara_proto::host::{ErrorCode, OperationError};
    let bench = Bench::new().await;
    let id = site(&bench).await;
    let path = format!("/api/v1/sites/{id}");
    for (code, status) in [(ErrorCode::ConfigRefused, "active"), (ErrorCode::UndoFailed, "failed")] {
        bench.host.state().refuse = Some(OperationError::new(code, "nginx refused the configuration"));
        let asked = put(&bench, &id, &json!({"https": true})).await;
        assert_eq!(bench.end_of(asked.body["job"]["id"].as_str().unwrap()).await["state"], "failed");
        let shown = bench.send(root("GET", &path)).await.body;
        assert_eq!((&shown["status"], &shown["settings"]["https"]), (&json!(status), &json!(false)));
    }
    let mended = put(&bench, &id, &json!({"https": true})).await;
    bench.end_of(mended.body["job"]["id"].as_str().unwrap()).await;
    assert_eq!(bench.send(root("GET", &path)).await.body["status"], "active");
}
