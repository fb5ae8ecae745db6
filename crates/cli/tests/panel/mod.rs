//! A scripted panel on a socket of its own, and the real program run against it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests")]

mod people;
pub(crate) mod schedules;

use axum::extract::{Path, Query};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Extension, Json, Router};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::io::Write;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};

/// Every answer of the panel that holds a name of somebody's choosing tries to paint the terminal red.
pub(crate) const HOSTILE: &str = "\u{1b}[31m\u{202e}evil\u{9b}2J";
pub(crate) const JOB: &str = "01990000-0000-7000-8000-000000000001";
pub(crate) const FAILING_JOB: &str = "01990000-0000-7000-8000-000000000002";
const SITE: &str = "01990000-0000-7000-8000-0000000000aa";

/// What the program did.
#[derive(Debug)]
pub(crate) struct Ran {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

impl Ran {
    /// Everything in one text, for goldens.
    pub(crate) fn text(&self) -> String {
        let part = |name: &str, text: &str| if text.is_empty() { String::new() } else { format!("-- {name}\n{text}") };
        format!("{}{}-- exit {}\n", part("out", &self.out), part("err", &self.err), self.code)
    }

    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.out).unwrap_or_else(|e| panic!("not one JSON document: {e}\n{}\n{}", self.out, self.err))
    }
}

/// What the last change asked for.
type Asked = Arc<Mutex<Value>>;

/// The running panel.
pub(crate) struct Panel {
    asked: Asked,
    folder: tempfile::TempDir,
    _runtime: tokio::runtime::Runtime,
}

impl Panel {
    pub(crate) fn start() -> Self {
        let asked = Asked::default();
        Self { asked: Arc::clone(&asked), ..Self::serving(routes().layer(Extension(asked))) }
    }

    #[expect(clippy::disallowed_methods, reason = "a test's server needs no name and ends with the test")]
    pub(crate) fn serving(routes: Router) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let _inside = runtime.enter();
        let listener = tokio::net::UnixListener::bind(folder.path().join("panel.sock")).unwrap();
        tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        Self { asked: Asked::default(), folder, _runtime: runtime }
    }

    /// What the last change asked for.
    pub(crate) fn last_asked(&self) -> Value {
        self.asked.lock().unwrap().clone()
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Ran {
        self.run_with(arguments, "")
    }

    pub(crate) fn run_with(&self, arguments: &[&str], input: &str) -> Ran {
        run(&self.folder.path().join("panel.sock"), arguments, input)
    }
}

/// Runs the program without a terminal.
#[expect(clippy::disallowed_methods, reason = "the program under test")]
pub(crate) fn run(socket: &std::path::Path, arguments: &[&str], input: &str) -> Ran {
    let mut child = Command::new(env!("CARGO_BIN_EXE_nusantara"))
        .arg("--socket")
        .arg(socket)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // The program may end without reading.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    let output = child.wait_with_output().unwrap();
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).unwrap();
    Ran { code: output.status.code().unwrap(), out: text(output.stdout), err: text(output.stderr) }
}

fn routes() -> Router {
    Router::new()
        .route("/api/v1/accounts", get(accounts).post(create_account))
        .route("/api/v1/accounts/{name}", get(show_account).delete(delete_account).patch(accept_body))
        .route("/api/v1/accounts/{name}/plan", get(plan))
        .route("/api/v1/accounts/{name}/revisions", get(revisions))
        .route("/api/v1/accounts/{name}/revisions/{revision}/plan", get(rollback_plan))
        .route("/api/v1/accounts/{name}/revisions/{from}/diff/{to}", get(revision_diff))
        .route("/api/v1/accounts/{name}/rollback", post(accept_body))
        .route("/api/v1/accounts/{name}/export", get(export))
        .route("/api/v1/accounts/import", post(import))
        .route("/api/v1/accounts/import/plan", post(whole_plan))
        .route("/api/v1/accounts/{name}/adopt", post(import))
        .route("/api/v1/accounts/{name}/adopt/plan", post(whole_plan))
        .route("/api/v1/packages", get(async || Json(json!({"items": [package("starter")]}))).post(made_package))
        .route("/api/v1/packages/{name}", put(changed_package).delete(async || StatusCode::NO_CONTENT))
        .route("/api/v1/packages/{name}/plan", get(package_plan))
        .route("/api/v1/packages/{name}/apply", post(accept_job))
        .route("/api/v1/accounts/{name}/converge", post(accept_job))
        .route("/api/v1/accounts/{name}/drift", get(drift))
        .route("/api/v1/accounts/{name}/drift/adopt", post(accept_body))
        .route("/api/v1/accounts/{name}/drift/overwrite", post(accept_job))
        .route("/api/v1/converge", post(accept_job))
        .route("/api/v1/plan", get(plan_all))
        .route("/api/v1/drift/look", post(drift_all))
        .route("/api/v1/accounts/{name}/suspend", post(accept_body))
        .route("/api/v1/accounts/{name}/unsuspend", post(accept_job))
        .route("/api/v1/accounts/{name}/password", put(keep_body).delete(async || StatusCode::NO_CONTENT))
        .route("/api/v1/sites", get(sites).post(change_site))
        .route("/api/v1/sites/{id}", get(show_site).put(change_site).delete(accept_site))
        .route("/api/v1/sites/{id}/protected", put(change_site))
        .route("/api/v1/sites/{id}/logs", get(read_log))
        .route("/api/v1/accounts/{name}/aliases", post(accept_body))
        .route("/api/v1/accounts/{name}/aliases/{domain}", axum::routing::delete(accept_job))
        .route("/api/v1/accounts/{name}/php", get(php).put(accept_body))
        .route("/api/v1/accounts/{name}/databases", get(databases).post(accept_body))
        .route("/api/v1/accounts/{name}/databases/{database}", axum::routing::delete(accept_job))
        .route("/api/v1/accounts/{name}/database-users", post(accept_body))
        .route("/api/v1/accounts/{name}/database-users/{user}", put(accept_body).delete(accept_job))
        .route("/api/v1/accounts/{name}/database-users/{user}/password", put(accept_body))
        .route("/api/v1/accounts/{name}/ftp", get(ftp).post(accept_body))
        .route("/api/v1/accounts/{name}/ftp/{login}", put(accept_body).delete(accept_job))
        .route("/api/v1/accounts/{name}/ssh", get(ssh).put(accept_body))
        .route("/api/v1/accounts/{name}/ssh/keys", post(accept_body))
        .route("/api/v1/accounts/{name}/ssh/keys/{fingerprint}", axum::routing::delete(accept_job))
        .route("/api/v1/accounts/{name}/apps", get(apps))
        .route("/api/v1/accounts/{name}/apps/{app}", put(accept_body).delete(accept_job))
        .route("/api/v1/accounts/{name}/apps/{app}/restart", post(accept_job))
        .route("/api/v1/accounts/{name}/apps/{app}/logs", get(read_log))
        .route("/api/v1/accounts/{name}/cron", get(cron).post(accept_body))
        .route("/api/v1/accounts/{name}/cron/{job}", put(accept_body).delete(accept_job))
        .route("/api/v1/accounts/{name}/cron/{job}/run", post(accept_job))
        .route("/api/v1/accounts/{name}/cron/{job}/runs", get(async || Json(json!({"items": [cron_run("killed"), cron_run("success")]}))))
        .route(
            "/api/v1/accounts/{name}/cron/{job}/output",
            get(async || Json(json!({"lines": ["2026-01-02T03:04:05.000Z \u{1b}[31mred"]}))),
        )
        .route("/api/v1/cron/preview", get(cron_preview))
        .route("/api/v1/accounts/{name}/usage", get(usage))
        .route("/api/v1/accounts/{name}/usage/history", get(usage_history))
        .route("/api/v1/jobs", get(async || page(vec![job(JOB, "success"), job(FAILING_JOB, "failed")])))
        .route("/api/v1/jobs/{id}", get(show_job))
        .route("/api/v1/jobs/{id}/events", get(job_events))
        .route("/api/v1/audit-logs", get(audit))
        .route("/api/v1/system/compatibility", get(async || Json(compatibility("warning"))))
        .route("/api/v1/setup", get(async || Json(json!({"required": true, "passkey_origin": null}))).post(setup))
        .route("/api/v1/setup/token", get(async || Json(json!({"token": "one-time-token"}))))
        .route("/healthz", post(async || ()))
        .merge(people::routes())
        .merge(schedules::routes())
}

fn page(items: Vec<Value>) -> Json<Value> {
    Json(json!({"items": items, "next_cursor": null}))
}

pub(crate) fn problem(status: u16, code: &str, detail: &str, errors: &Value) -> Response {
    let body = json!({
        "type": "about:blank", "title": code, "status": status, "code": code, "detail": detail, "errors": errors, "request_id": "r-42",
    });
    let status = StatusCode::from_u16(status).unwrap();
    (status, [(header::CONTENT_TYPE, "application/problem+json")], body.to_string()).into_response()
}

fn missing() -> Response {
    problem(404, "not_found", "There is no such account.", &json!([]))
}

fn account(name: &str, status: &str) -> Value {
    let allowed = json!({"allowed": true, "reason": null});
    json!({
        "username": name, "uid": 12000, "primary_domain": format!("{name}.test"), "package": "starter", "status": status,
        "home_dir": format!("/home/{name}"), "contact_email": format!("{name}@example.com"), "revision": "sha256:00ff", "site_count": 2,
        "job_id": null, "created_at": "2026-01-02T03:04:05Z", "updated_at": "2026-01-02T03:04:06Z",
        "actions": {
            "delete": allowed, "create_site": allowed, "update_php": allowed, "update_apps": allowed, "update_cron": allowed,
            "update_databases": allowed, "update_ftp": allowed, "update_ssh": allowed, "update": allowed, "rename": allowed, "password": allowed, "suspend": allowed, "unsuspend": allowed, "roll_back": allowed,
        },
    })
}

async fn accounts() -> Json<Value> {
    page(vec![account("joko", "active"), account("budi", "provisioning")])
}

async fn create_account(headers: HeaderMap, Json(body): Json<Value>) -> Response {
    assert!(headers.contains_key("idempotency-key"));
    let refuse = |status, code, detail: &str, field: &str, message: &str| {
        problem(status, code, detail, &json!([{"field": field, "message": message}]))
    };
    match body["username"].as_str().unwrap() {
        "taken" => refuse(409, "name_taken", "The name is taken.", "username", "choose another"),
        "busy" => problem(503, "host_unavailable", "The host daemon does not answer.", &json!([])),
        "hostile" => refuse(422, "validation_failed", HOSTILE, HOSTILE, HOSTILE),
        name => {
            let id = if name == "failing" { FAILING_JOB } else { JOB };
            (StatusCode::ACCEPTED, Json(json!({"account": account(name, "provisioning"), "job": {"id": id}}))).into_response()
        }
    }
}

async fn show_account(Path(name): Path<String>) -> Response {
    if name == "nobody1" {
        return missing();
    }
    let mut account = account(&name, "active");
    if name == "hostile" {
        account["primary_domain"] = json!(HOSTILE);
    }
    let away = name == "away";
    Json(json!({
        "account": account, "limits": limits(), "sites": [site("joko.test", "primary")], "aliases": ["joko.example.com"],
        "shell": "/usr/sbin/nologin", "has_password": away, "suspended_at": away.then_some("2026-01-02T03:04:05Z"),
        "suspend_reason": away.then_some("unpaid"), "notes": if away { "pays late\nnice" } else { "" },
        "last_login_ip": "192.0.2.7", "last_login_at": "2026-01-02T03:04:05Z",
    }))
    .into_response()
}

async fn delete_account(Path(name): Path<String>) -> Response {
    (StatusCode::ACCEPTED, Json(json!({"account": account(&name, "deleting"), "job": {"id": JOB}}))).into_response()
}

async fn plan(Path(name): Path<String>, Query(query): Query<HashMap<String, String>>) -> Response {
    if name == "nobody1" {
        return missing();
    }
    let change = |action: &str, summary: String, target: &str, detail: Value| json!({"action": action, "step": "s", "target": target, "summary": summary, "detail": detail});
    let changes = match query["intent"].as_str() {
        "delete" => vec![
            change("remove", format!("Remove the user {name}"), &format!("user {name}"), Value::Null),
            change("remove", "Empty the home".to_owned(), &format!("/home/{name}"), json!("- index.php\n+ nothing\n context\u{1b}[0m")),
        ],
        _ => vec![],
    };
    Json(json!({"username": name, "intent": query["intent"], "changes": changes})).into_response()
}

fn package(name: &str) -> Value {
    let can = json!({"allowed": true, "reason": null});
    json!({"name": name, "limits": limits(), "account_count": 2, "actions": {"update": can, "delete": can}})
}

async fn made_package(asked: Extension<Asked>, Json(body): Json<Value>) -> Response {
    let (name, limits) = (body["name"].clone(), body["limits"].clone());
    keep_body(asked, Json(body)).await;
    let mut made = package("new");
    (made["name"], made["limits"], made["account_count"]) = (name, limits, json!(0));
    (StatusCode::CREATED, Json(made)).into_response()
}

async fn changed_package(Path(name): Path<String>, asked: Extension<Asked>, Json(body): Json<Value>) -> Response {
    let mut changed = package(&name);
    changed["limits"] = body["limits"].clone();
    keep_body(asked, Json(body)).await;
    Json(changed).into_response()
}

async fn package_plan() -> Json<Value> {
    let changes = json!([{"field": "memory_limit_mb", "from": 256, "to": 512}, {"field": "max_apps", "from": null, "to": 2}]);
    let refused = json!(["it has 6 subdomains, 5 would be allowed"]);
    page(vec![
        json!({"account": "budi", "changes": [], "refused": []}),
        json!({"account": "joko", "changes": changes, "refused": []}),
        json!({"account": "sari", "changes": [], "refused": refused}),
    ])
}

async fn keep_body(Extension(asked): Extension<Asked>, Json(body): Json<Value>) -> StatusCode {
    *asked.lock().unwrap() = body;
    StatusCode::NO_CONTENT
}

fn limits() -> Value {
    json!({
        "disk_quota_mb": 1024, "bandwidth_quota_mb": 10240, "bandwidth_action": "pause_sites", "max_addon_domains": 1, "max_subdomains": 5, "max_alias_domains": 1,
        "max_databases": 1, "max_db_users": 1, "max_ftp_accounts": 1, "max_cron_jobs": 5, "cpu_limit_percent": 100,
        "memory_limit_mb": 512, "io_limit_mb_s": 20, "max_processes": 64, "max_apps": 2,
    })
}

fn site(domain: &str, kind: &str) -> Value {
    json!({
        "id": SITE, "account": "joko", "domain": domain, "kind": kind, "root_path": format!("/home/joko/domains/{domain}/public_html"),
        "runtime": "php", "php_version": "8.2", "status": "active", "url": format!("http://{domain}/"), "created_by": "root",
        "created_at": "2026-01-02T03:04:05Z", "actions": {"update": {"allowed": true, "reason": null}, "delete": {"allowed": true, "reason": null}},
    })
}

async fn sites(Query(query): Query<HashMap<String, String>>) -> Json<Value> {
    let all = [site("joko.test", "primary"), site("blog.joko.test", "subdomain")];
    page(all.into_iter().filter(|site| query.get("domain").is_none_or(|domain| site["domain"] == **domain)).collect())
}

async fn accept_body(Extension(asked): Extension<Asked>, Json(body): Json<Value>) -> Response {
    *asked.lock().unwrap() = body;
    accept_job().await
}

async fn accept_job() -> Response {
    (StatusCode::ACCEPTED, Json(json!({"job": {"id": JOB}}))).into_response()
}

async fn change_site(Extension(asked): Extension<Asked>, Json(body): Json<Value>) -> Response {
    *asked.lock().unwrap() = body;
    accept_site().await
}

async fn show_site() -> Json<Value> {
    let mut detail = site("blog.joko.test", "subdomain");
    detail["docroot"] = json!("domains/blog.joko.test/public_html");
    detail["settings"] =
        json!({"www": "to_apex", "https": true, "php_ini": {"memory_limit": 256}, "headers": [{"name": "X-A", "value": "1"}]});
    detail["protected"] = json!([{"path": "/staff", "realm": "Staff only", "visitors": [{"name": "sari"}]}]);
    detail["names"] = json!(["blog.joko.test", "www.blog.joko.test"]);
    detail["ports_used"] = json!([20_010]);
    Json(detail)
}

async fn read_log(Query(query): Query<HashMap<String, String>>) -> Json<Value> {
    Json(json!({"lines": [format!("{} {HOSTILE}", query.get("log").map_or("app", String::as_str)), query["lines"]], "after": "x"}))
}

async fn ssh() -> Json<Value> {
    let key = json!({"fingerprint": "SHA256:7Se4w2d5KUM4q4lcEop8YxqsZVb7xNXSwg6v3bzC8Bg", "type": "ssh-ed25519", "bits": null, "comment": HOSTILE});
    Json(json!({"mode": "shell", "allow_password": false, "allow_port_forwarding": true, "allow_agent_forwarding": true,
        "allow_x11_forwarding": false, "keys": [key], "port": 2222, "unavailable": null, "last_login_ip": "192.0.2.7",
        "last_login_at": "2026-01-02T03:04:05Z"}))
}

async fn php() -> Json<Value> {
    Json(json!({"version": "8.2", "ini": {"memory_limit": 256, "date.timezone": "Asia/Jakarta"}, "installed": ["8.2", "8.4"]}))
}

async fn databases() -> Json<Value> {
    let database = |name: &str, bytes: u64| json!({"name": name, "bytes": bytes, "tables": 12});
    let grants = json!([{"database": "joko_shop", "rights": "full"}]);
    Json(
        json!({"available": true, "server": "10.11.6-MariaDB", "host": "localhost", "prefix": "joko_", "most_databases": 3, "most_users": 3,
        "databases": [database("joko_old", 16_384), database("joko_shop", 5 << 20)],
        "users": [{"name": "joko_app", "grants": grants}, {"name": "joko_new", "grants": []}]}),
    )
}

async fn ftp() -> Json<Value> {
    let login = |name: &str, enabled: bool| json!({"name": name, "login": format!("joko.{name}"), "folder": format!("shared/{name}"), "enabled": enabled});
    Json(
        json!({"available": true, "host": "web1.example.com", "port": 21, "most": 2, "items": [login("scans", false), login("web", true)]}),
    )
}

async fn apps() -> Json<Value> {
    let instance = |state: &str, sub_state: &str, ended: Value| json!({"state": state, "sub_state": sub_state, "since": "2026-01-02T03:04:05Z", "restarts": 2, "memory_bytes": 5 << 20, "ended": ended});
    let app = |name: &str, state: Value| {
        json!({
            "name": name, "folder": format!("apps/{name}"), "program": {"node": "server.js"}, "args": ["--x"], "env": {"API_KEY": "hidden"},
            "listen": {"port": 20_010}, "instances": 2, "restart": "always", "health": null, "enabled": true, "state": state,
        })
    };
    let well = json!([instance("active", "running", Value::Null), instance("active", "running", Value::Null)]);
    Json(json!({"items": [app("cron", json!([instance("failed", "failed", json!("exit status 1"))])), app("shop", well)]}))
}

fn cron_run(result: &str) -> Value {
    let (code, signal) = if result == "killed" { (Value::Null, json!("TERM")) } else { (json!(0), Value::Null) };
    json!({
        "id": "ab".repeat(16), "started_at": "2026-01-02T03:04:05Z", "ended_at": "2026-01-02T03:04:15Z", "result": result,
        "exit_code": code, "signal": signal,
    })
}

async fn cron() -> Json<Value> {
    let job = |name: &str, schedule: &str, next: Value, last: Value| {
        json!({
            "name": name, "schedule": schedule, "command": "php ~/cron.php", "timeout_minutes": 60, "enabled": name != "off",
            "next_run": next, "running_since": null, "last_run": last,
        })
    };
    let next = json!("2026-01-02T04:00:00Z");
    let jobs = [
        job("backup", "30 2 * * 0", next.clone(), cron_run("killed")),
        job("off", "*/5 * * * *", Value::Null, cron_run("success")),
        job("warm", "@reboot", Value::Null, Value::Null),
    ];
    Json(json!({"items": jobs, "limit": 5}))
}

async fn cron_preview() -> Json<Value> {
    Json(json!({"schedule": "0 2 * * *", "zone": "Asia/Jakarta", "runs": ["2026-01-03T02:00:00+07:00", "2026-01-04T02:00:00+07:00"]}))
}

async fn usage() -> Json<Value> {
    Json(json!({
        "measured_at": "2026-01-02T03:04:05Z", "cpu_usec": 12_300_000, "cpu_throttled_usec": 500_000, "memory_bytes": 100 << 20,
        "memory_peak_bytes": null, "oom_kills": 1, "tasks": 4, "io_read_bytes": 2_048, "io_write_bytes": 0,
        "pressure": {"cpu": 105, "memory": 0, "io": 7}, "disk_bytes": 3_u64 << 30, "disk_measured_at": "2026-01-02T03:04:05Z", "disk_files": null,
        "sent_bytes": 5 << 20, "sent_percent": 84, "sites_paused": false, "limits": limits(),
    }))
}

async fn usage_history() -> Json<Value> {
    let point = |at: &str, cpu: f64, disk: Value| {
        json!({"at": at, "cpu_percent": cpu, "cpu_throttled_percent": 0.0, "memory_bytes": 3 << 20, "tasks": 2, "oom_kills": 0,
            "io_read_bytes_per_second": 10, "io_write_bytes_per_second": 0, "disk_bytes": disk, "sent_bytes": 2_048})
    };
    let points = [point("2026-01-02T03:00:00Z", 0.0, Value::Null), point("2026-01-02T03:05:00Z", 12.34, json!(1 << 20))];
    Json(json!({"step_seconds": 300, "points": points}))
}

async fn accept_site() -> Response {
    (StatusCode::ACCEPTED, Json(json!({"site": site("blog.joko.test", "subdomain"), "job": {"id": JOB}}))).into_response()
}

fn job(id: &str, state: &str) -> Value {
    let step = |position: u32, name: &str, summary: &str, state: &str, message: Value, ms: u32| {
        json!({
            "position": position, "name": name, "summary": summary, "state": state, "message": message,
            "started_at": "2026-01-02T03:04:05.000Z", "finished_at": format!("2026-01-02T03:04:05.{ms:03}Z"),
        })
    };
    let (last, error) = match state {
        "failed" => (
            step(1, "web.publish", "Publish the site", "failed", json!("nginx: unknown directive \"x\" in 00-panel.conf:7"), 40),
            json!({"code": "config_refused", "message": "nginx refused the configuration; nothing live was touched.", "detail": "unknown directive \"x\" in 00-panel.conf:7"}),
        ),
        _ => (step(1, "web.publish", "Publish the site", "success", Value::Null, 40), Value::Null),
    };
    let first = if state == "failed" { "undone" } else { "success" };
    json!({
        "id": id, "kind": "account.create", "state": state, "target_type": "account", "target": "joko", "account": "joko",
        "created_by": "root", "created_at": "2026-01-02T03:04:05Z", "started_at": "2026-01-02T03:04:05Z",
        "finished_at": "2026-01-02T03:04:05.412Z", "error": error,
        "steps": [step(0, "user.create", "Create the user joko", first, Value::Null, 31), last], "generation": 7,
        "cancel_at": null, "actions": {"cancel": {"allowed": false, "reason": null}},
    })
}

fn job_of(id: &str) -> Option<Value> {
    match id {
        JOB => Some(job(JOB, "success")),
        FAILING_JOB => Some(job(FAILING_JOB, "failed")),
        _ => None,
    }
}

async fn show_job(Path(id): Path<String>) -> Response {
    job_of(&id).map_or_else(missing, |job| Json(job).into_response())
}

async fn job_events(Path(id): Path<String>) -> Response {
    let Some(end) = job_of(&id) else { return missing() };
    let mut begin = end.clone();
    begin["state"] = json!("running");
    begin["generation"] = json!(3);
    begin["steps"][1]["state"] = json!("pending");
    begin["steps"][0]["state"] = json!("running");
    let text = format!("id: 3\nevent: job\ndata: {begin}\n\nid: 7\nevent: job\ndata: {end}\n\n");
    ([(header::CONTENT_TYPE, "text/event-stream")], text).into_response()
}

async fn audit(Query(query): Query<HashMap<String, String>>) -> Json<Value> {
    let row = |id: u32, phase: &str| {
        json!({
            "id": id, "actor": query.get("actor").map_or("root", String::as_str), "action": "account.create", "phase": phase,
            "target_type": "account", "target_id": "joko", "request_id": "r-1", "metadata": {}, "created_at": "2026-01-02T03:04:05Z",
            "prev_hash": "0", "hash": "1",
        })
    };
    page(vec![row(2, "success"), row(1, "begin")])
}

pub(crate) fn compatibility(worst: &str) -> Value {
    json!({
        "os": "Debian GNU/Linux 12 (bookworm)", "hostname": "web1.example.com", "panel_version": "0.1.0", "hostd_version": "0.1.0",
        "php_versions": ["8.2"], "status": worst,
        "checks": [
            {"id": "os", "status": "ok", "found": "Debian 12", "message": "Supported."},
            {"id": "quota", "status": worst, "found": null, "message": "Disk limits are measured,\nnot enforced."},
        ],
    })
}

async fn setup(Json(body): Json<Value>) -> Response {
    if body["password"].as_str().unwrap().len() < 12 {
        let errors = json!([{"field": "password", "message": "use 12 to 256 bytes"}]);
        return problem(422, "validation_failed", "The password is too short.", &errors);
    }
    assert_eq!(body["token"], "one-time-token");
    let me =
        json!({"id": null, "username": body["username"], "role": "admin", "own_only": false, "permissions": [], "csrf_token": "secret"});
    (StatusCode::CREATED, Json(me)).into_response()
}

fn field(file: &str, field: &str, action: &str, before: Value, after: Value, hidden: bool) -> Value {
    json!({"file": file, "field": field, "action": action, "before": before, "after": after, "hidden": hidden})
}

async fn revisions(Path(name): Path<String>) -> Response {
    if name != "joko" {
        return problem(404, "not_found", "There is no such thing.", &json!([]));
    }
    let changes = json!([
        field("services.json", "nodejs.apps[shop]", "create", Value::Null, Value::Null, false),
        field("limits.json", "memory_limit_mb", "update", json!(512), json!(1024), false),
        field("domains.json", "alias_domains", "remove", json!(HOSTILE), Value::Null, false),
    ]);
    let entry = |number: u32, action: &str, changes: &Value, more: u32| {
        json!({"number": number, "revision": format!("sha256:{}", format!("{number:x}").repeat(64)), "current": number == 3,
            "at": "2026-01-02T03:04:05Z", "actor": HOSTILE, "action": action, "changes": changes, "more_changes": more})
    };
    Json(json!({"items": [entry(3, "rollback", &changes, 4), entry(2, "site_add", &json!([]), 0)], "next_cursor": null})).into_response()
}

async fn rollback_plan(Path((name, _)): Path<(String, String)>) -> Response {
    plan(Path(name), Query(HashMap::from([("intent".to_owned(), "converge".to_owned())]))).await
}

async fn revision_diff(Path((_, from, to)): Path<(String, String, String)>) -> Response {
    if from == "9" {
        return problem(404, "not_found", "There is no such thing.", &json!([]));
    }
    let label = |number: Option<u32>| json!({"number": number, "revision": format!("sha256:{}", "a".repeat(64))});
    let changes = if from == to {
        json!([])
    } else {
        json!([
            field("account.json", "contact_email", "create", Value::Null, json!(HOSTILE), false),
            field("limits.json", "memory_limit_mb", "update", json!(512), json!(1024), false),
            field("services.json", "ftp.accounts[web].hash", "update", Value::Null, Value::Null, true),
            field("services.json", "nodejs.apps[shop].args", "remove", json!(["-x", "1"]), Value::Null, false),
        ])
    };
    let to = if to == "current" { None } else { Some(3) };
    Json(json!({"from": label(Some(2)), "to": label(to), "changes": changes, "more_changes": 0})).into_response()
}

async fn export(Path(name): Path<String>) -> Response {
    if name != "joko" {
        return problem(404, "not_found", "There is no such thing.", &json!([]));
    }
    let mut document: Value = serde_json::from_str(include_str!("../../../types/tests/data/full-spec.json")).unwrap();
    document["schema_version"] = json!(1);
    document["meta"]["notes"] = json!(HOSTILE);
    Json(document).into_response()
}

async fn import(Extension(asked): Extension<Asked>, Json(body): Json<Value>) -> Response {
    *asked.lock().unwrap() = body;
    (StatusCode::ACCEPTED, Json(json!({"account": account("joko", "provisioning"), "job": {"id": JOB}}))).into_response()
}

async fn whole_plan() -> Response {
    rollback_plan(Path(("joko".to_owned(), "1".to_owned()))).await
}

fn differences(name: &str) -> Value {
    if name == "away" {
        return json!([]);
    }
    json!([
        {"item": "user.shell", "target": format!("user {name}"), "summary": format!("The shell of {name} was changed by hand"),
         "diff": "-/usr/sbin/nologin\n+/bin/bash\n", "adoptable": true, "why_not": null},
        {"item": "vhost", "target": "/etc/nginx/nusantara/sites/joko.conf", "summary": format!("The vhost of {name} was changed by hand{HOSTILE}"),
         "diff": format!("@@ -1,1 +1,2 @@\n server {{\n+# {HOSTILE}\n"), "adoptable": false, "why_not": "free text has no field in the spec"},
    ])
}

async fn drift(Path(name): Path<String>) -> Response {
    if !matches!(name.as_str(), "joko" | "away") {
        return problem(404, "not_found", "There is no such thing.", &json!([]));
    }
    let allowed = json!({"allowed": true, "reason": null});
    Json(json!({"username": name, "items": differences(&name), "problem": null, "restorable": true,
        "actions": {"adopt": allowed, "overwrite": allowed}}))
    .into_response()
}

async fn drift_all() -> Json<Value> {
    let finding = json!({"item": "vhost", "target": "x", "summary": "The vhost of joko was changed by hand", "adoptable": false,
        "found_at": "2026-01-02T03:04:05Z"});
    let host = json!([{"item": "nginx.include", "target": "/etc/nginx/conf.d/nusantara-panel.conf", "summary": "It is gone", "diff": null,
        "adoptable": false, "why_not": "it is the same on every host"}]);
    Json(json!({"looked_at": "2026-01-02T03:04:05Z", "looked": 1_000, "accounts": 1, "findings": 1, "host": host,
        "items": [{"username": "joko", "findings": [finding]}], "next_cursor": null}))
}

async fn plan_all(Query(query): Query<HashMap<String, String>>) -> Json<Value> {
    let change = json!({"action": "update", "step": "web.publish", "target": "/etc/nginx/nusantara/sites/joko.conf",
        "summary": "Publish the sites of joko", "detail": null});
    // Two pages; the counts are on the first.
    match query.get("cursor") {
        None => Json(json!({"summary": {"accounts": 1_000, "changed": 1, "changes": 1, "problems": 1},
            "items": [{"username": "joko", "changes": [change], "problem": null}], "next_cursor": "next"})),
        Some(_) => Json(json!({"summary": null, "items": [{"username": "sari", "changes": [], "problem": "limits.json: EOF"}],
            "next_cursor": null})),
    }
}
