//! The client against small real servers: what it sends, how it reads what comes, and how it comes back after a loss.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests")]

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use axum::{Json, Router};
use chrono::DateTime;
use nusantara_client::api::accounts::ActionState;
use nusantara_client::api::jobs::{Job, JobActions, JobQuery, JobState};
use nusantara_client::api::{PageQuery, ProblemCode};
use nusantara_client::types::{JobId, RequestId, Secret};
use nusantara_client::{Client, Error, Fingerprint, Obstacle, Trust};
use serde_json::{Value, json};
use std::collections::HashMap;
use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use uuid::Uuid;

/// A server on a socket of its own; gone with the value.
struct Panel {
    folder: tempfile::TempDir,
    server: tokio::task::JoinHandle<()>,
}

impl Panel {
    #[expect(clippy::disallowed_methods, reason = "a test's server needs no name and ends with the test")]
    fn serve(routes: Router) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let listener = tokio::net::UnixListener::bind(folder.path().join("panel.sock")).unwrap();
        let server = tokio::spawn(async move { axum::serve(listener, routes).await.unwrap() });
        Self { folder, server }
    }

    fn client(&self) -> Client {
        Client::local(&self.folder.path().join("panel.sock")).unwrap()
    }
}

impl Drop for Panel {
    fn drop(&mut self) {
        self.server.abort();
    }
}

fn account(name: &str) -> Value {
    let allowed = json!({"allowed": true, "reason": null});
    json!({
        "username": name, "uid": 12000, "primary_domain": format!("{name}.test"), "package": "starter", "status": "active",
        "home_dir": format!("/home/{name}"), "contact_email": null, "revision": null, "site_count": 1, "job_id": null,
        "created_at": "2026-11-20T08:00:00Z", "updated_at": "2026-11-20T08:00:00Z",
        "actions": {
            "delete": allowed, "create_site": allowed, "update_php": allowed, "update_apps": allowed, "update_cron": allowed,
            "update_databases": allowed, "update_ftp": allowed, "update_ssh": allowed, "update": allowed, "rename": allowed, "password": allowed, "suspend": allowed, "unsuspend": allowed, "roll_back": allowed,
        },
    })
}

fn job(generation: u64, state: JobState) -> Job {
    Job {
        id: Uuid::nil(),
        kind: "account.create".to_owned(),
        state,
        target_type: "account".to_owned(),
        target: "joko".to_owned(),
        account: Some("joko".to_owned()),
        created_by: "root".to_owned(),
        created_at: DateTime::UNIX_EPOCH,
        started_at: None,
        finished_at: None,
        error: None,
        steps: vec![],
        cancel_at: None,
        actions: JobActions { cancel: ActionState { allowed: false, reason: None } },
        generation,
    }
}

#[tokio::test]
async fn a_create_carries_its_key_and_the_same_key_gives_the_same_answer() {
    async fn create(State(seen): State<Arc<Mutex<HashMap<String, Value>>>>, headers: HeaderMap, Json(body): Json<Value>) -> Response {
        let key = headers["idempotency-key"].to_str().unwrap().to_owned();
        assert_eq!(headers[header::HOST], "localhost");
        assert_eq!(body, json!({"username": "joko", "primary_domain": "joko.test", "package": "starter"}));
        let mut seen = seen.lock().unwrap();
        let fresh = json!({"account": account("joko"), "job": {"id": Uuid::new_v4()}});
        (StatusCode::ACCEPTED, Json(seen.entry(key).or_insert(fresh).clone())).into_response()
    }
    let panel = Panel::serve(Router::new().route("/api/v1/accounts", post(create)).with_state(Arc::default()));
    let client = panel.client();
    let request = serde_json::from_value(json!({"username": "joko", "primary_domain": "JOKO.test", "package": "starter"})).unwrap();
    let key = RequestId::generate();
    let first = client.account_create(&request, key).await.unwrap();
    assert_eq!(first.job.id, client.account_create(&request, key).await.unwrap().job.id);
    assert_ne!(first.job.id, client.account_create(&request, RequestId::generate()).await.unwrap().job.id);
}

#[tokio::test]
async fn a_create_whose_answer_got_lost_is_asked_for_once_more() {
    async fn create(State(keys): State<Arc<Mutex<Vec<String>>>>, headers: HeaderMap) -> Json<Value> {
        let mut seen = keys.lock().unwrap();
        seen.push(headers["idempotency-key"].to_str().unwrap().to_owned());
        let count = seen.len();
        drop(seen);
        assert!(count > 1, "this ends the connection without an answer");
        Json(json!({"account": account("joko"), "job": {"id": Uuid::nil()}}))
    }
    let keys = Arc::new(Mutex::new(Vec::new()));
    let panel = Panel::serve(Router::new().route("/api/v1/accounts", post(create)).with_state(Arc::clone(&keys)));
    let request = serde_json::from_value(json!({"username": "joko", "primary_domain": "joko.test", "package": "starter"})).unwrap();
    panel.client().account_create(&request, RequestId::generate()).await.unwrap();
    let keys = keys.lock().unwrap();
    assert_eq!((keys.len(), &keys[0]), (2, &keys[1]));
}

#[tokio::test]
async fn a_list_is_read_over_as_many_pages_as_it_has_and_no_more_than_asked() {
    async fn page(Query(query): Query<PageQuery>) -> Json<Value> {
        let start: u32 = query.cursor.map_or(0, |c| c.parse().unwrap());
        let end = (start + query.limit.unwrap()).min(450);
        let items: Vec<Value> = (start..end).map(|n| account(&format!("user{n}"))).collect();
        Json(json!({"items": items, "next_cursor": (end < 450).then(|| end.to_string())}))
    }
    let panel = Panel::serve(Router::new().route("/api/v1/accounts", get(page)));
    let client = panel.client();
    let all = client.account_list(usize::MAX).await.unwrap();
    assert_eq!((all.len(), all[449].username.as_str()), (450, "user449"));
    assert_eq!(client.account_list(203).await.unwrap().len(), 203);
    assert_eq!(client.account_list(0).await.unwrap().len(), 0);
}

#[tokio::test]
async fn query_values_are_encoded() {
    async fn echo(Query(query): Query<HashMap<String, String>>) -> Json<Value> {
        assert_eq!(query["account"], "a&state=failed ü");
        assert_eq!(query["state"], "running");
        Json(json!({"items": [], "next_cursor": null}))
    }
    let panel = Panel::serve(Router::new().route("/api/v1/jobs", get(echo)));
    let query = JobQuery { account: Some("a&state=failed ü".to_owned()), state: Some(JobState::Running), ..JobQuery::default() };
    panel.client().job_page(&query).await.unwrap();
}

#[tokio::test]
async fn a_problem_arrives_whole() {
    async fn refuse() -> Response {
        let problem = json!({
            "type": "about:blank", "title": "Name taken", "status": 409, "code": "name_taken", "detail": "joko.test is in use.",
            "errors": [{"field": "primary_domain", "message": "in use"}], "request_id": "r-1",
        });
        (StatusCode::CONFLICT, [(header::CONTENT_TYPE, "application/problem+json")], problem.to_string()).into_response()
    }
    let panel = Panel::serve(Router::new().fallback(any(refuse)));
    let error = panel.client().me().await.unwrap_err();
    let problem = error.problem().unwrap();
    assert_eq!(
        (problem.code, problem.errors[0].field.as_str(), problem.request_id.as_str()),
        (ProblemCode::NameTaken, "primary_domain", "r-1")
    );
    assert!(!error.is_outage());
}

#[tokio::test]
async fn whoever_is_not_a_panel_is_recognised() {
    let routes = Router::new()
        .route("/healthz", get(|| async { (StatusCode::BAD_GATEWAY, [(header::CONTENT_TYPE, "text/html")], "<h1>502") }))
        .route("/api/v1/packages", get(|| async { "[]" }))
        .route("/api/v1/auth/me", get(|| async { vec![b' '; 17 * 1024 * 1024] }));
    let panel = Panel::serve(routes);
    let client = panel.client();
    assert!(matches!(client.health().await, Err(Error::Unexpected { status: 502, what }) if what.contains("text/html")));
    assert!(matches!(client.package_list().await, Err(Error::Unexpected { status: 200, .. })));
    assert!(matches!(client.me().await, Err(Error::Unexpected { what, .. }) if what.contains("longer than")));
}

#[tokio::test]
async fn what_is_in_the_way_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("panel.sock");
    let obstacle = async || match Client::local(&socket).unwrap().health().await {
        Err(Error::Unreachable { obstacle, .. }) => obstacle,
        other => panic!("{other:?}"),
    };
    assert_eq!(obstacle().await, Obstacle::Missing);
    drop(std::os::unix::net::UnixListener::bind(&socket).unwrap());
    assert_eq!(obstacle().await, Obstacle::NotListening);
    for bad in ["http://panel.test:8443", "https://panel.test/path", "https://u@panel.test", "panel.test"] {
        assert!(matches!(Client::https(bad, Trust::System), Err(Error::Setup(_))), "{bad}");
    }
}

/// Serves a job whose stream breaks twice: once in the middle of an event, once after an event.
async fn broken_stream(State(connections): State<Arc<Mutex<Vec<String>>>>, Path(_): Path<Uuid>, headers: HeaderMap) -> Response {
    let event = |job: &Job| format!("id: {}\nevent: job\ndata: {}\n\n", job.generation, serde_json::to_string(job).unwrap());
    let last = headers.get("last-event-id").map_or(String::new(), |v| v.to_str().unwrap().to_owned());
    let mut connections = connections.lock().unwrap();
    connections.push(last);
    let text = match connections.len() {
        1 => format!("retry: 1\n: hello\n\n{}{}", event(&job(3, JobState::Queued)), &event(&job(4, JobState::Running))[..30]),
        2 => return StatusCode::BAD_GATEWAY.into_response(),
        3 => return (StatusCode::SERVICE_UNAVAILABLE, Json(unavailable())).into_response(),
        4 => format!("{}event: ping\ndata: 1\n\n{}", event(&job(3, JobState::Queued)), event(&job(5, JobState::Running))),
        _ => event(&job(9, JobState::Success)),
    };
    let chunks: Vec<Result<Vec<u8>, Infallible>> = text.as_bytes().chunks(7).map(|c| Ok(c.to_vec())).collect();
    ([(header::CONTENT_TYPE, "text/event-stream")], axum::body::Body::from_stream(tokio_stream::iter(chunks))).into_response()
}

fn unavailable() -> Value {
    json!({"type": "about:blank", "title": "", "status": 503, "code": "overloaded", "detail": "", "request_id": "r"})
}

#[tokio::test]
async fn a_broken_event_stream_is_taken_up_where_it_broke() {
    let connections = Arc::new(Mutex::new(Vec::new()));
    let routes = Router::new().route("/api/v1/jobs/{id}/events", get(broken_stream)).with_state(Arc::clone(&connections));
    let panel = Panel::serve(routes);
    let mut seen = Vec::new();
    let last = panel.client().job_wait(JobId(Uuid::nil()), |job| seen.push(job.generation)).await.unwrap();
    assert_eq!(last.state, JobState::Success);
    assert_eq!(seen, [3, 5, 9], "no state twice, none that is older than one before");
    assert_eq!(*connections.lock().unwrap(), ["", "3", "3", "3", "5"]);
}

#[tokio::test]
async fn following_a_job_that_is_not_there_ends_at_once() {
    let problem = json!({"type": "about:blank", "title": "", "status": 404, "code": "not_found", "detail": "", "request_id": "r"});
    let panel = Panel::serve(Router::new().fallback(any(async move || (StatusCode::NOT_FOUND, Json(problem)))));
    let error = panel.client().job_wait(JobId(Uuid::nil()), |_| ()).await.unwrap_err();
    assert_eq!(error.problem().unwrap().code, ProblemCode::NotFound);
}

fn me(token: Option<&str>) -> Value {
    json!({"id": null, "username": "admin", "role": "admin", "own_only": false, "permissions": [], "csrf_token": token})
}

/// What an HTTPS panel saw: method, cookie, origin, token.
type Seen = Arc<Mutex<Vec<(String, Option<String>, Option<String>, Option<String>)>>>;

async fn record(State(seen): State<Seen>, request: axum::extract::Request) -> Response {
    let value = |name: &str| request.headers().get(name).map(|v| v.to_str().unwrap().to_owned());
    seen.lock().unwrap().push((request.method().to_string(), value("cookie"), value("origin"), value("x-csrf-token")));
    if request.uri().path().ends_with("/login") {
        let cookie = "__Host-np=abc; Path=/; Secure; HttpOnly; SameSite=Strict";
        return ([(header::SET_COOKIE, cookie)], Json(me(Some("t0ken")))).into_response();
    }
    Json(me(Some("t0ken"))).into_response()
}

#[expect(clippy::disallowed_methods, reason = "a test's server needs no name and ends with the test")]
async fn https_panel(seen: Seen) -> (String, String) {
    let certified = rcgen::generate_simple_self_signed(["somewhere.else".to_owned()]).unwrap();
    let (cert, key) = (certified.cert.pem(), certified.signing_key.serialize_pem());
    let tls = axum_server::tls_rustls::RustlsConfig::from_pem(cert.clone().into(), key.into()).await.unwrap();
    let handle = axum_server::Handle::<std::net::SocketAddr>::new();
    let routes = Router::new().fallback(any(record)).with_state(seen);
    let server = axum_server::bind_rustls("127.0.0.1:0".parse().unwrap(), tls).handle(handle.clone());
    tokio::spawn(server.serve(routes.into_make_service()));
    (format!("https://{}", handle.listening().await.unwrap()), cert)
}

#[tokio::test]
async fn a_session_over_https_is_pinned_and_sends_cookie_origin_and_token() {
    let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    let seen = Seen::default();
    let (address, certificate) = https_panel(Arc::clone(&seen)).await;
    let pin = Fingerprint::of_pem(&certificate).unwrap();
    let client = Client::https(&address, Trust::Pinned(pin)).unwrap();
    client.login("admin", &Secret::from("correct horse battery")).await.unwrap();
    client.me().await.unwrap();
    client.logout().await.unwrap();
    let (cookie, origin, token) = (Some("__Host-np=abc".to_owned()), Some(address.clone()), Some("t0ken".to_owned()));
    assert_eq!(
        *seen.lock().unwrap(),
        [
            ("POST".to_owned(), None, origin.clone(), None),
            ("GET".to_owned(), cookie.clone(), None, None),
            ("POST".to_owned(), cookie, origin, token),
        ]
    );
    let stranger = Trust::Pinned(Fingerprint::of_der(b"another certificate"));
    for trust in [stranger, Trust::System] {
        let error = Client::https(&address, trust).unwrap().me().await.unwrap_err();
        assert!(matches!(error, Error::Unreachable { obstacle: Obstacle::Certificate(_), .. }), "{trust:?}: {error:?}");
    }
    assert_eq!(seen.lock().unwrap().len(), 3, "nothing was sent to a panel that is not trusted");
}
