//! Logins, roles and members of the scripted panel.

use super::{Asked, HOSTILE, missing, page};
use axum::extract::Path;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post, put};
use axum::{Extension, Json, Router};
use serde_json::{Value, json};

pub(super) fn routes() -> Router {
    Router::new()
        .route("/api/v1/users", get(async || page(vec![user("ani", "admin", "active"), user(HOSTILE, "user", "invited")])).post(invite))
        .route("/api/v1/users/{name}", get(show).put(changed).delete(async || StatusCode::NO_CONTENT))
        .route("/api/v1/users/{name}/link", post(async || Json(link())))
        .route("/api/v1/users/{name}/passkeys", get(async || Json(passkeys())))
        .route("/api/v1/users/{name}/passkeys/{id}", axum::routing::delete(async || StatusCode::NO_CONTENT))
        .route("/api/v1/users/{name}/sessions", axum::routing::delete(async || StatusCode::NO_CONTENT))
        .route("/api/v1/users/{name}/second-factor/drop", post(dropping).delete(show))
        .route("/api/v1/roles", get(roles))
        .route(
            "/api/v1/roles/{name}",
            put(async |Path(name): Path<String>, Json(body): Json<Value>| Json(role(&name, false, &body["permissions"])))
                .delete(missing_role),
        )
        .route("/api/v1/accounts/{name}/members", get(members).post(added))
        .route("/api/v1/accounts/{name}/members/{login}", put(kept).delete(async || StatusCode::NO_CONTENT))
        .route(
            "/api/v1/access",
            get(async || Json(access(&json!([])))).put(async |Json(body): Json<Value>| Json(access(&body["networks"]))),
        )
        .route("/api/v1/rescue/{name}", post(rescued))
}

fn user(name: &str, role: &str, state: &str) -> Value {
    let allowed = json!({"allowed": true, "reason": null});
    json!({
        "username": name, "role": role, "email": null, "state": state, "second_factor": role == "admin",
        "accounts": [{"account": "joko", "owner": true}, {"account": "dewi", "owner": false}],
        "created_at": "2026-01-02T03:04:05Z", "last_login_at": null,
        "actions": {"update": allowed, "delete": allowed, "link": allowed, "view": allowed, "drop_second_factor": allowed},
    })
}

async fn dropping(Path(name): Path<String>) -> Json<Value> {
    let mut user = user(&name, "admin", "active");
    user["second_factor_drops_at"] = json!("2026-01-03T03:04:05Z");
    Json(user)
}

fn passkeys() -> Value {
    let passkey =
        |id: &str, name: &str, used: Value| json!({"id": id, "name": name, "created_at": "2026-01-02T03:04:05Z", "last_used_at": used});
    json!({"origin": "https://panel.test:8443", "items": [
        passkey("01890000-0000-7000-8000-000000000001", "Laptop", json!("2026-01-02T03:04:05Z")),
        passkey("01890000-0000-7000-8000-000000000002", HOSTILE, Value::Null),
    ]})
}

fn link() -> Value {
    json!({"path": "/welcome#secret-of-the-link", "expires_at": "2026-01-02T03:04:05Z"})
}

async fn invite(Extension(asked): Extension<Asked>, Json(body): Json<Value>) -> Response {
    let made = user(body["username"].as_str().unwrap(), body["role"].as_str().unwrap(), "invited");
    *asked.lock().unwrap() = body;
    (StatusCode::CREATED, Json(json!({"user": made, "link": link()}))).into_response()
}

async fn show(Path(name): Path<String>) -> Response {
    if name == "ani" { Json(user("ani", "operator", "active")).into_response() } else { missing() }
}

async fn changed(Extension(asked): Extension<Asked>, Json(body): Json<Value>) -> Json<Value> {
    let state = if body["disabled"] == json!(true) { "disabled" } else { "active" };
    let user = user("ani", body["role"].as_str().unwrap(), state);
    *asked.lock().unwrap() = body;
    Json(user)
}

fn role(name: &str, built_in: bool, permissions: &Value) -> Value {
    json!({"name": name, "built_in": built_in, "own_only": !built_in, "permissions": permissions})
}

async fn roles() -> Json<Value> {
    let all = json!(["account:read", "site:read"]);
    Json(
        json!({"items": [role("admin", true, &all), role("helper", false, &json!(["site:read"]))], "permissions": all, "own_permissions": all}),
    )
}

async fn missing_role() -> Response {
    missing()
}

async fn members() -> Json<Value> {
    let allowed = json!({"allowed": true, "reason": null});
    let member = |name: &str, owner: bool| {
        json!({
            "username": name, "owner": owner, "permissions": if owner { json!([]) } else { json!(["account:read", "site:read"]) },
            "waiting": !owner, "created_at": "2026-01-02T03:04:05Z", "update": allowed,
        })
    };
    Json(json!({"items": [member("ani", true), member(HOSTILE, false)], "permissions": ["site:read"], "invite": allowed, "own": allowed}))
}

async fn added(Extension(asked): Extension<Asked>, Json(body): Json<Value>) -> Response {
    let added = json!({"username": body["username"], "link": link()});
    *asked.lock().unwrap() = body;
    (StatusCode::CREATED, Json(added)).into_response()
}

async fn kept(Extension(asked): Extension<Asked>, Json(body): Json<Value>) -> StatusCode {
    *asked.lock().unwrap() = body;
    StatusCode::NO_CONTENT
}

fn access(networks: &Value) -> Value {
    json!({"networks": networks, "your_address": "127.0.0.1"})
}

async fn rescued(Path(name): Path<String>, Extension(asked): Extension<Asked>, Json(body): Json<Value>) -> Response {
    if name != "ani" {
        return missing();
    }
    let link = (body["password"] == json!(true)).then(link);
    let day = body["second_factor"] == json!(true) && body["at_once"] == json!(false);
    *asked.lock().unwrap() = body;
    Json(json!({"username": name, "link": link, "second_factor_drops_at": day.then_some("2026-01-03T03:04:05Z")})).into_response()
}
