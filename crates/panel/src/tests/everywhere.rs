//! What holds for every route of the contract, whoever added it: nothing is set that is not named, another site's page changes
//! nothing, reading changes nothing, and an answer's headers repeat nothing that a request said.

use super::bench::{Bench, Call, Session, call};
use super::policy::made_up;
use crate::auth::permission::Policy;
use crate::routes::policies;
use serde_json::{Value, json};

/// Fields that would mean something if a body were read into a row.
const NOBODYS: [&str; 8] = ["uid", "owner_id", "is_admin", "home_dir", "password_hash", "created_at", "generation", "__proto__"];

/// The operation of the contract that is `METHOD /path`.
fn operation<'a>(document: &'a Value, route: &str) -> &'a Value {
    let (method, path) = route.split_once(' ').unwrap();
    &document["paths"][path][method.to_lowercase()]
}

/// A request by somebody whom the route's policy lets in: an administrator, or root at the prompt.
fn by_who_may(policy: Policy, ask: Call, admin: &Session) -> Call {
    if matches!(policy, Policy::LocalRoot) { ask.by_root() } else { ask.with(admin) }
}

#[tokio::test]
async fn no_body_sets_what_it_does_not_name() {
    let bench = Bench::new().await;
    let (_, admin) = bench.login_as("ani", "admin").await;
    let document: Value = serde_json::from_str(crate::openapi_document()).unwrap();
    let mut bodies = 0;
    for (route, policy) in policies() {
        let schema = &operation(&document, &route)["requestBody"]["content"]["application/json"]["schema"];
        // The first run is over, and its route gone.
        if schema.is_null() || route == "POST /api/v1/setup" {
            continue;
        }
        bodies += 1;
        let (method, path) = made_up(&route);
        for field in NOBODYS {
            let answer = bench.send(by_who_may(policy, call(method, &path).json(&json!({ field: "x" })), &admin)).await;
            assert_eq!((answer.status.as_u16(), answer.fields()), (422, vec![field]), "{route}: {}", answer.text);
        }
    }
    assert!(bodies > 40, "{bodies}");
}

/// The same of what stands inside a body, by the contract: every record that a request may hold is closed, and none has such a field.
#[test]
fn every_record_of_a_request_is_closed() {
    let document: Value = serde_json::from_str(crate::openapi_document()).unwrap();
    let mut waiting: Vec<&Value> = policies().iter().map(|(route, _)| &operation(&document, route)["requestBody"]).collect();
    let (mut seen, mut open) = (Vec::new(), Vec::new());
    while let Some(schema) = waiting.pop() {
        match schema {
            Value::Object(fields) => {
                if let Some(name) = fields.get("$ref").and_then(Value::as_str).and_then(|path| path.rsplit('/').next())
                    && !seen.contains(&name)
                {
                    seen.push(name);
                    let record = &document["components"]["schemas"][name];
                    if record["properties"].is_object() && record["additionalProperties"] != json!(false) {
                        open.push(name);
                    }
                    waiting.push(record);
                }
                waiting.extend(fields.values());
            }
            Value::Array(items) => waiting.extend(items),
            _ => {}
        }
    }
    assert!(seen.len() > 40, "{seen:?}");
    assert_eq!(open, Vec::<&str>::new());
}

#[tokio::test]
async fn another_sites_page_changes_nothing_anywhere() {
    let bench = Bench::new().await;
    let (_, admin) = bench.login_as("ani", "admin").await;
    bench.heard.lock().unwrap().clear();
    let mut cases = 0;
    for (route, policy) in policies() {
        let (method, path) = made_up(&route);
        if method == "GET" || matches!(policy, Policy::LocalRoot) {
            continue;
        }
        let ask = || call(method, &path).json(&json!({})).with(&admin);
        let mut foreign = vec![
            ask().without("origin"),
            ask().header("origin", "https://evil.test"),
            ask().header("origin", "null"),
            ask().header("sec-fetch-site", "cross-site"),
            ask().header("sec-fetch-site", "same-site"),
        ];
        if !matches!(policy, Policy::Public { .. }) {
            foreign.extend([ask().without("x-csrf-token"), ask().header("x-csrf-token", admin.csrf().to_lowercase())]);
        }
        for call in foreign {
            let headers = call.headers.clone();
            let answer = bench.send(call).await;
            assert_eq!((answer.status.as_u16(), answer.code()), (403, "csrf_failed"), "{route}: {headers:?}");
            cases += 1;
        }
        let form = call(method, &path).raw("application/x-www-form-urlencoded", "a=b").with(&admin);
        assert_eq!(bench.send(form).await.status, 415, "{route}");
    }
    assert!(cases > 300, "{cases}");
    assert_eq!(writes(&bench), Vec::<String>::new());
}

/// Statements that change something, but those of the engine, which looks for work at times of its own.
fn writes(bench: &Bench) -> Vec<String> {
    let heard = std::mem::take(&mut *bench.heard.lock().unwrap());
    let is_write = |statement: &String| ["INSERT", "UPDATE", "DELETE"].iter().any(|verb| statement.to_uppercase().starts_with(verb));
    heard.into_iter().filter(|statement| is_write(statement) && !statement.contains("\"jobs\"")).collect()
}

#[tokio::test]
async fn reading_changes_nothing() {
    // What is taken out whole is written down.
    const WRITTEN_DOWN: [&str; 2] = ["GET /api/v1/accounts/{username}/export", "GET /api/v1/audit-logs/export"];
    let bench = Bench::new().await;
    bench.create("joko").await;
    let (_, admin) = bench.login_as("ani", "admin").await;
    for (route, policy) in policies() {
        let (method, path) = made_up(&route);
        if method != "GET" || WRITTEN_DOWN.contains(&route.as_str()) {
            continue;
        }
        bench.heard.lock().unwrap().clear();
        let response = bench.open(by_who_may(policy, call(method, &path), &admin)).await;
        assert!(!response.status().is_server_error() || response.status() == 503, "{route}: {}", response.status());
        drop(response);
        assert_eq!(writes(&bench), Vec::<String>::new(), "{route}");
    }
}

/// Whatever name or header a request brings, an answer's headers do not have it, nor do answers about other things.
#[tokio::test]
async fn answers_repeat_nothing_that_a_request_claimed() {
    const MARK: &str = "zq9mark";
    let bench = Bench::new().await;
    bench.create("joko").await;
    let (_, admin) = bench.login_as("ani", "admin").await;
    for (route, policy) in policies() {
        let (method, path) = made_up(&route);
        if method != "GET" {
            continue;
        }
        let path = format!("{path}?x={MARK}%0d%0aSet-Cookie:%20{MARK}=1");
        let mut ask = by_who_may(policy, call(method, &path), &admin);
        let claims =
            ["host", "x-forwarded-host", "x-forwarded-proto", "forwarded", "referer", "user-agent", "x-request-id", "x-original-url"];
        for name in claims {
            ask = ask.header(name, format!("{MARK}.evil.test"));
        }
        let answer = bench.open(ask).await;
        for (name, value) in answer.headers() {
            assert!(!value.to_str().unwrap().contains(MARK), "{route}: {name}");
        }
        // A stream never ends; its headers are what this is about.
        if !route.ends_with("/events") {
            let body = axum::body::to_bytes(answer.into_body(), 1 << 20).await.unwrap();
            assert!(!String::from_utf8_lossy(&body).contains(&format!("{MARK}.evil")), "{route}");
        }
    }
    for path in ["/%0d%0aSet-Cookie:%20a=b", "/login?next=%0d%0aLocation:%20https://evil.test", "//evil.test/%2e%2e"] {
        let answer = bench.send(call("GET", path)).await;
        assert!(!answer.headers.contains_key("set-cookie") && !answer.headers.contains_key("location"), "{path}");
    }
}

/// There is no socket of the web here (SECURITY R17): what is followed live are event streams, and nothing is switched to.
#[tokio::test]
async fn nothing_is_upgraded() {
    let bench = Bench::new().await;
    bench.create("joko").await;
    let (_, admin) = bench.login_as("ani", "admin").await;
    for (route, policy) in policies() {
        let (method, path) = made_up(&route);
        if method != "GET" {
            continue;
        }
        let ask = by_who_may(policy, call(method, &path), &admin).header("connection", "Upgrade").header("upgrade", "websocket");
        let ask = ask.header("sec-websocket-version", "13").header("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
        let answer = bench.open(ask).await;
        assert_ne!(answer.status(), 101, "{route}");
        assert!(!answer.headers().contains_key("sec-websocket-accept"), "{route}");
    }
}

/// Ids of somebody else's sessions, tokens and passkeys are ids of nothing.
#[tokio::test]
async fn what_belongs_to_another_login_does_not_exist() {
    let bench = Bench::new().await;
    let (_, ani) = bench.login_as("ani", "admin").await;
    let (_, budi) = bench.login_as("budi", "admin").await;
    let token = json!({"name": "ci", "permissions": ["account:read"]});
    let token = bench.send(call("POST", "/api/v1/auth/tokens").json(&token).with(&ani)).await.body["id"].as_str().unwrap().to_owned();
    let sessions = bench.send(call("GET", "/api/v1/auth/sessions").with(&ani)).await;
    let session = sessions.body["items"][0]["id"].as_str().unwrap().to_owned();
    for path in [format!("/api/v1/auth/tokens/{token}"), format!("/api/v1/auth/sessions/{session}")] {
        let foreign = bench.send(call("DELETE", &path).with(&budi)).await;
        let unknown = path.rsplit_once('/').unwrap().0.to_owned() + "/01890000-0000-7000-8000-000000000000";
        let unknown = bench.send(call("DELETE", &unknown).with(&budi)).await;
        assert_eq!((foreign.status.as_u16(), foreign.code()), (404, "not_found"), "{path}");
        assert_eq!(foreign.text.split("request_id").next(), unknown.text.split("request_id").next());
    }
    for path in ["/api/v1/auth/tokens", "/api/v1/auth/sessions", "/api/v1/auth/passkeys"] {
        let list = bench.send(call("GET", path).with(&budi)).await;
        assert!(!list.text.contains(&token) && !list.text.contains(&session), "{path}");
    }
}
