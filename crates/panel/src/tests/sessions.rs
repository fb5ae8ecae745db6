//! Logging in, staying in, being thrown out; and what another site's page cannot do.

use super::bench::{Bench, Call, HOST, PASSWORD, Session, call};
use chrono::TimeDelta;
use nusantara_store::AuditFilter;
use serde_json::json;

async fn me(bench: &Bench, session: &Session) -> u16 {
    bench.send(call("GET", "/api/v1/auth/me").with(session)).await.status.as_u16()
}

fn wrong(username: &str) -> Call {
    call("POST", "/api/v1/auth/login").json(&json!({"username": username, "password": "wrong wrong wrong"}))
}

#[tokio::test]
async fn a_session_ends_when_idle_at_its_term_and_at_logout() {
    let bench = Bench::new().await;
    let (_, idle) = bench.login_as("ani", "admin").await;
    bench.clock.advance(TimeDelta::minutes(29));
    assert_eq!(me(&bench, &idle).await, 200);
    bench.clock.advance(TimeDelta::minutes(29));
    assert_eq!(me(&bench, &idle).await, 200, "use extends it");
    bench.clock.advance(TimeDelta::minutes(31));
    assert_eq!(me(&bench, &idle).await, 401);

    let busy = bench.login("ani").await.session();
    for _ in 0..(12 * 60 / 20 - 1) {
        bench.clock.advance(TimeDelta::minutes(20));
        assert_eq!(me(&bench, &busy).await, 200);
    }
    bench.clock.advance(TimeDelta::minutes(20));
    assert_eq!(me(&bench, &busy).await, 401, "twelve hours are the term, used or not");

    let session = bench.login("ani").await.session();
    let out = bench.send(call("POST", "/api/v1/auth/logout").with(&session)).await;
    assert_eq!(out.status, 204);
    assert!(out.headers["set-cookie"].to_str().unwrap().contains("Max-Age=0"));
    assert!(out.headers.contains_key("clear-site-data"));
    assert_eq!(me(&bench, &session).await, 401);
}

#[tokio::test]
async fn a_login_gets_a_new_token_and_ends_the_old_one() {
    let bench = Bench::new().await;
    let (_, first) = bench.login_as("ani", "admin").await;
    let body = json!({"username": "ani", "password": PASSWORD});
    let second = bench.send(call("POST", "/api/v1/auth/login").json(&body).header("cookie", first.cookie())).await.session();
    assert_ne!(first.cookie(), second.cookie());
    assert_eq!((me(&bench, &first).await, me(&bench, &second).await), (401, 200));
    let stored = bench.app.store.session_by_token(second.cookie().split('=').nth(1).unwrap()).await.unwrap();
    assert!(stored.is_none(), "the token itself is not in the database");
}

#[tokio::test]
async fn another_sites_page_cannot_act() {
    let bench = Bench::new().await;
    let (_, session) = bench.login_as("ani", "admin").await;
    let logout = || call("POST", "/api/v1/auth/logout").with(&session);
    let foreign = [
        logout().without("origin"),
        logout().header("origin", "https://evil.test"),
        logout().header("origin", "null"),
        logout().header("origin", format!("http://{HOST}")),
        logout().header("origin", "https://panel.test"),
        logout().header("sec-fetch-site", "same-site"),
        logout().header("sec-fetch-site", "cross-site"),
        logout().without("x-csrf-token"),
        logout().header("x-csrf-token", "x"),
    ];
    for call in foreign {
        let headers = call.headers.clone();
        let answer = bench.send(call).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (403, "csrf_failed"), "{headers:?}");
    }
    let form = logout().raw("application/x-www-form-urlencoded", "a=b");
    assert_eq!(bench.send(form).await.status, 415);
    let login = call("POST", "/api/v1/auth/login").json(&json!({"username": "ani", "password": PASSWORD})).without("origin");
    assert_eq!(bench.send(login).await.code(), "csrf_failed", "nobody is logged in from elsewhere either");
    assert_eq!(me(&bench, &session).await, 200, "nothing of it had an effect");
    let preflight = bench.send(call("OPTIONS", "/api/v1/accounts").header("origin", "https://evil.test")).await;
    assert!(!preflight.headers.contains_key("access-control-allow-origin"));
}

#[tokio::test]
async fn another_sites_page_reads_and_follows_nothing() {
    let bench = Bench::new().await;
    let (_, session) = bench.login_as("ani", "admin").await;
    let job = bench.create("joko").await["id"].as_str().unwrap().to_owned();
    for path in ["/api/v1/accounts".to_owned(), "/api/v1/auth/me".to_owned(), format!("/api/v1/jobs/{job}/events")] {
        for site in ["cross-site", "same-site"] {
            let answer = bench.send(call("GET", &path).header("sec-fetch-site", site).with(&session)).await;
            assert_eq!((answer.status.as_u16(), answer.code()), (403, "csrf_failed"), "{path} {site}");
        }
        for site in ["same-origin", "none"] {
            let answer = bench.send(call("GET", &path).header("sec-fetch-site", site).with(&session)).await;
            assert_eq!(answer.status, 200, "{path} {site}");
        }
    }
}

/// A session id is taken from one cookie only, and a link holds no name of a host, whatever the request says.
#[tokio::test]
async fn nothing_a_request_claims_gets_into_sessions_links_or_records() {
    let bench = Bench::new().await;
    let (_, ani) = bench.login_as("ani", "admin").await;
    let token = ani.cookie().split_once('=').unwrap().1.to_owned();
    for path in [format!("/api/v1/auth/me?__Host-np={token}"), format!("/api/v1/auth/me;__Host-np={token}")] {
        assert!(matches!(bench.send(call("GET", &path)).await.status.as_u16(), 401 | 404), "{path}");
    }
    let planted = format!("__Host-np={}; {}", "A".repeat(43), ani.cookie());
    assert_eq!(bench.send(call("GET", "/api/v1/auth/me").header("cookie", planted)).await.status, 401);
    let invited = call("POST", "/api/v1/users").json(&json!({"username": "budi", "role": "user"})).with(&ani);
    let invited = bench.send(invited.header("x-forwarded-host", "evil.test").header("x-forwarded-for", "203.0.113.9")).await;
    assert!(invited.body["link"]["path"].as_str().unwrap().starts_with("/welcome#"), "{}", invited.text);
    assert!(!invited.text.contains("evil.test"));
    let rows = bench.app.store.audit_list(&AuditFilter::default(), 50).await.unwrap();
    assert!(rows.iter().all(|row| !row.metadata.contains("203.0.113.9")), "a claimed address is nobody's");
    for name in ["ani\n2026 INFO granted", "ani\u{1b}[2J", "ani\r\nSet-Cookie: a=b", "ani\u{202e}"] {
        assert_eq!(bench.send(wrong(name)).await.status, 401);
        let rows = bench.app.store.audit_list(&AuditFilter::default(), 1).await.unwrap();
        assert_eq!(rows[0].target_id, "?", "{name:?}");
    }
}

#[tokio::test]
async fn guessing_gets_slower_but_locks_nobody_out() {
    let bench = Bench::new().await;
    bench.login_as("ani", "admin").await;
    for _ in 0..5 {
        let answer = bench.send(wrong("ani")).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (401, "invalid_credentials"));
    }
    let blocked = bench.send(wrong("ani")).await;
    assert_eq!((blocked.status.as_u16(), blocked.code()), (429, "rate_limited"));
    assert!(blocked.headers.contains_key("retry-after"));
    assert_eq!(bench.login("ani").await.status, 429, "the right password does not get through from there either");
    let elsewhere = call("POST", "/api/v1/auth/login").json(&json!({"username": "ani", "password": PASSWORD})).from("198.51.100.1");
    assert_eq!(bench.send(elsewhere).await.status, 200, "from another network it does");
    bench.clock.advance(TimeDelta::seconds(3));
    assert_eq!(bench.login("ani").await.status, 200);
    assert_eq!(bench.send(wrong("ani")).await.status, 401, "the count started anew");
}

#[tokio::test]
async fn an_unknown_name_looks_like_a_wrong_password() {
    let bench = Bench::new().await;
    bench.login_as("ani", "admin").await;
    let (known, unknown) = (bench.send(wrong("ani")).await, bench.send(wrong("nobody-here")).await);
    let shape = |text: &str| text.split("request_id").next().unwrap().to_owned();
    assert_eq!((known.status, shape(&known.text)), (unknown.status, shape(&unknown.text)));
    let rows = bench.app.store.audit_list(&AuditFilter::default(), 2).await.unwrap();
    assert!(rows.iter().all(|row| row.actor == "anonymous" && row.action == "auth.login"));
    let typo = bench.send(wrong("my secret password!")).await;
    assert_eq!(typo.status, 401);
    assert_eq!(bench.app.store.audit_list(&AuditFilter::default(), 1).await.unwrap()[0].target_id, "?", "it may be a password");
}
