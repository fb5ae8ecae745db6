//! Logins, roles and links: nobody gives what they do not hold, and somebody is always left who may do everything.

use super::bench::{Answer, Bench, Call, PASSWORD, Session, call, root};
use chrono::TimeDelta;
use nusantara_store::AuditFilter;
use serde_json::{Value, json};

fn token_of(link: &Value) -> String {
    link["path"].as_str().unwrap().strip_prefix("/welcome#").unwrap().to_owned()
}

fn use_link(token: &str) -> Call {
    call("PUT", "/api/v1/auth/link").json(&json!({"token": token, "password": PASSWORD}))
}

async fn invite(bench: &Bench, by: &Session, username: &str, role: &str) -> Answer {
    bench.send(call("POST", "/api/v1/users").json(&json!({"username": username, "role": role})).with(by)).await
}

fn put(username: &str, role: &str, disabled: bool) -> Call {
    call("PUT", &format!("/api/v1/users/{username}")).json(&json!({"role": role, "email": null, "disabled": disabled}))
}

#[tokio::test]
async fn somebody_who_is_invited_chooses_a_password_once() {
    let bench = Bench::new().await;
    let (_, ani) = bench.login_as("ani", "admin").await;
    let invited = invite(&bench, &ani, "Budi", "operator").await;
    assert_eq!((invited.status.as_u16(), &invited.body["user"]["state"]), (201, &json!("invited")), "{}", invited.text);
    assert_eq!(bench.login("budi").await.code(), "invalid_credentials", "no password opens it yet");
    let token = token_of(&invited.body["link"]);
    let look = bench.send(call("POST", "/api/v1/auth/link").json(&json!({"token": token}))).await;
    assert_eq!(look.body["username"], "budi");
    let short = call("PUT", "/api/v1/auth/link").json(&json!({"token": token, "password": "short"}));
    assert_eq!(bench.send(short).await.fields(), ["password"]);
    let set = bench.send(use_link(&token)).await;
    assert_eq!((set.status.as_u16(), set.headers.contains_key("set-cookie")), (204, false), "{}", set.text);
    assert_eq!(bench.login("budi").await.status, 200);
    for dead in [token.as_str(), "nonsense"] {
        assert_eq!(bench.send(use_link(dead)).await.status, 404, "a link works once");
    }
    let stored = bench.app.store.login_link_by_token(&token).await.unwrap();
    assert!(stored.is_none(), "the token itself is not in the database");
}

#[tokio::test]
async fn a_link_ends_and_the_next_one_takes_its_place() {
    let bench = Bench::new().await;
    let (_, ani) = bench.login_as("ani", "admin").await;
    let (_, budi) = bench.login_as("budi", "user").await;
    let link = async || bench.send(call("POST", "/api/v1/users/budi/link").with(&ani)).await;
    let first = token_of(&link().await.body);
    let second = token_of(&link().await.body);
    assert_eq!(bench.send(use_link(&first)).await.status, 404);
    bench.clock.advance(TimeDelta::minutes(15));
    assert_eq!(bench.send(use_link(&second)).await.status, 404, "a reset is good for a quarter of an hour");
    let ani = bench.login("ani").await.session();
    let third = token_of(&bench.send(call("POST", "/api/v1/users/budi/link").with(&ani)).await.body);
    assert_eq!(bench.send(use_link(&third)).await.status, 204);
    assert_eq!(bench.send(call("GET", "/api/v1/auth/me").with(&budi)).await.status, 401, "every session has ended");
}

#[tokio::test]
async fn guessing_links_gets_slower() {
    let bench = Bench::new().await;
    for _ in 0..5 {
        assert_eq!(bench.send(use_link("nonsense")).await.status, 404);
    }
    assert_eq!(bench.send(use_link("nonsense")).await.code(), "rate_limited");
}

#[tokio::test]
async fn nobody_gives_what_they_do_not_hold() {
    let bench = Bench::new().await;
    let (_, ani) = bench.login_as("ani", "admin").await;
    let role = |name: &str, own_only: bool, permissions: &[&str]| {
        call("PUT", &format!("/api/v1/roles/{name}")).json(&json!({"own_only": own_only, "permissions": permissions}))
    };
    let helpdesk = ["user:read", "user:create", "user:update", "user:delete", "user:view", "role:update", "account:read", "site:read"];
    let made = bench.send(role("helpdesk", false, &helpdesk).with(&ani)).await;
    assert_eq!(made.status, 200, "{}", made.text);
    let (_, heli) = bench.login_as("heli", "helpdesk").await;
    let (_, _) = bench.login_as("oki", "operator").await;

    for (role, status) in [("admin", 403), ("operator", 403), ("viewer", 403), ("user", 403), ("nosuch", 422), ("helpdesk", 201)] {
        let answer = invite(&bench, &heli, &format!("x-{role}"), role).await;
        assert_eq!((answer.status.as_u16(), status), (status, status), "{role}: {}", answer.text);
    }
    let small = bench.send(role("small", true, &["site:read"]).with(&heli)).await;
    assert_eq!(small.status, 200, "{}", small.text);
    let large = bench.send(role("large", false, &["site:read", "site:delete"]).with(&heli)).await;
    assert_eq!((large.status.as_u16(), large.fields()), (403, vec!["permissions"]));
    for above in ["ani", "oki"] {
        for call in [
            put(above, "helpdesk", false),
            put(above, "small", true),
            call("DELETE", &format!("/api/v1/users/{above}")),
            call("POST", &format!("/api/v1/users/{above}/link")),
            call("POST", &format!("/api/v1/users/{above}/view")),
            call("DELETE", &format!("/api/v1/users/{above}/sessions")),
        ] {
            let answer = bench.send(call.with(&heli)).await;
            assert_eq!(answer.code(), "forbidden", "{above}: {}", answer.text);
        }
    }
    let own = bench.send(role("mixed", true, &["audit:read"]).with(&ani)).await;
    assert_eq!(own.fields(), ["permissions"], "what is about all is not for who sees only their own");
    assert_eq!(bench.send(role("admin", false, &[]).with(&ani)).await.code(), "name_taken");
    assert_eq!(bench.send(role("bad", false, &["no:such"]).with(&ani)).await.fields(), ["permissions"]);
    assert_eq!(bench.send(call("DELETE", "/api/v1/roles/helpdesk").with(&ani)).await.code(), "role_in_use");
    assert_eq!(bench.send(call("DELETE", "/api/v1/roles/small").with(&ani)).await.status, 204);
}

#[tokio::test]
async fn somebody_is_always_left_who_may_do_everything() {
    let bench = Bench::new().await;
    let (_, ani) = bench.login_as("ani", "admin").await;
    for call in [put("ani", "user", false), put("ani", "admin", true), call("DELETE", "/api/v1/users/ani")] {
        assert_eq!(bench.send(call.with(&ani)).await.code(), "own_login");
    }
    // Somebody who was invited and has not come yet cannot stand in.
    assert_eq!(invite(&bench, &ani, "budi", "admin").await.status, 201);
    for call in [put("ani", "user", false), put("ani", "admin", true), call("DELETE", "/api/v1/users/ani")] {
        assert_eq!(bench.send(call.by_root()).await.code(), "last_admin");
    }
    bench.login_as("cici", "admin").await;
    let gone = bench.send(root("DELETE", "/api/v1/users/ani")).await;
    assert_eq!(gone.status, 204, "{}", gone.text);
    assert_eq!(bench.send(call("GET", "/api/v1/auth/me").with(&ani)).await.status, 401);
}

#[tokio::test]
async fn a_login_that_is_switched_off_lets_nobody_in_by_any_way() {
    let bench = Bench::new().await;
    let (_, ani) = bench.login_as("ani", "admin").await;
    let (_, budi) = bench.login_as("budi", "operator").await;
    let made = json!({"name": "ci", "permissions": ["account:read"]});
    let token = bench.send(call("POST", "/api/v1/auth/tokens").json(&made).with(&budi)).await.body["token"].as_str().unwrap().to_owned();
    let by_token = || call("GET", "/api/v1/accounts").header("authorization", format!("Bearer {token}"));
    assert_eq!(bench.send(by_token()).await.status, 200);
    let link = token_of(&bench.send(call("POST", "/api/v1/users/budi/link").with(&ani)).await.body);
    assert_eq!(bench.send(put("budi", "operator", true).with(&ani)).await.body["state"], "disabled");
    assert_eq!(bench.login("budi").await.code(), "invalid_credentials");
    assert_eq!(bench.send(call("GET", "/api/v1/auth/me").with(&budi)).await.status, 401);
    assert_eq!(bench.send(by_token()).await.status, 401);
    assert_eq!(bench.send(use_link(&link)).await.status, 404);
    assert_eq!(bench.send(call("POST", "/api/v1/users/budi/link").with(&ani)).await.status, 403);
    assert_eq!(bench.send(put("budi", "operator", false).with(&ani)).await.body["state"], "active");
    assert_eq!(bench.login("budi").await.status, 200);
}

#[tokio::test]
async fn another_role_binds_at_once_and_asks_to_log_in_anew() {
    let bench = Bench::new().await;
    let (_, ani) = bench.login_as("ani", "admin").await;
    let (_, oki) = bench.login_as("oki", "operator").await;
    assert_eq!(bench.send(put("oki", "viewer", false).with(&ani)).await.status, 200);
    assert_eq!(bench.send(call("GET", "/api/v1/auth/me").with(&oki)).await.status, 401);
    let oki = bench.login("oki").await.session();
    assert_eq!(bench.send(call("GET", "/api/v1/audit-logs").with(&oki)).await.status, 200);
}

#[tokio::test]
async fn fields_that_are_nobodys_to_set_are_refused() {
    let bench = Bench::new().await;
    let (_, ani) = bench.login_as("ani", "admin").await;
    let good = json!({"username": "budi", "role": "user"});
    for field in ["id", "password", "password_hash", "disabled_at", "created_at", "generation", "permissions", "__proto__"] {
        let mut body = good.clone();
        body[field] = json!("x");
        let answer = bench.send(call("POST", "/api/v1/users").json(&body).with(&ani)).await;
        assert_eq!((answer.status.as_u16(), answer.fields()), (422, vec![field]));
    }
    let sneaky = json!({"current": PASSWORD, "new": "another battery staple", "role": "admin"});
    assert_eq!(bench.send(call("PUT", "/api/v1/auth/password").json(&sneaky).with(&ani)).await.fields(), ["role"]);
}

#[tokio::test]
async fn a_view_shows_what_the_other_sees_and_is_written_down_under_both_names() {
    let bench = Bench::new().await;
    for name in ["joko", "dewi"] {
        bench.create(name).await;
    }
    let (_, ani) = bench.login_as("ani", "admin").await;
    let (budi, _) = bench.login_as("budi", "user").await;
    bench.let_in("dewi", budi, None).await;
    let (view, before) = (ani.clone(), ani.stolen());
    let begun = bench.send(call("POST", "/api/v1/users/budi/view").with(&view)).await;
    assert_eq!(begun.status, 204, "{}", begun.text);
    assert_eq!(bench.send(call("GET", "/api/v1/auth/me").with(&before)).await.status, 401, "the session has another token now");
    let me = bench.send(call("GET", "/api/v1/auth/me").with(&view)).await;
    assert_eq!((&me.body["username"], &me.body["viewed_by"]["username"]), (&json!("budi"), &json!("ani")));
    let list = bench.send(call("GET", "/api/v1/accounts").with(&view)).await;
    assert_eq!(list.body["items"].as_array().unwrap().len(), 1);
    assert_eq!(bench.send(call("GET", "/api/v1/accounts/joko").with(&view)).await.status, 404);
    assert_eq!(bench.send(call("GET", "/api/v1/users").with(&view)).await.status, 403, "nothing of their own rights is left");
    let alias = call("POST", "/api/v1/accounts/dewi/aliases").json(&json!({"domain": "dewi2.test"}));
    assert_eq!(bench.send(alias.with(&view)).await.status, 202);
    for name in ["ani", "budi"] {
        let filter = AuditFilter { actor: Some(name.into()), action: Some("alias.create".into()), ..AuditFilter::default() };
        let rows = bench.app.store.audit_list(&filter, 9).await.unwrap();
        assert!(!rows.is_empty() && rows.iter().all(|row| row.actor == "ani@budi"), "{name}");
    }
    bench.clock.advance(TimeDelta::minutes(20));
    assert_eq!(bench.send(call("GET", "/api/v1/auth/me").with(&view)).await.body["username"], "budi");
    bench.clock.advance(TimeDelta::minutes(10));
    assert_eq!(bench.send(call("GET", "/api/v1/auth/me").with(&view)).await.body["username"], "ani", "it ends by itself");

    let ani = bench.login("ani").await.session();
    assert_eq!(bench.send(call("POST", "/api/v1/users/budi/view").with(&ani)).await.status, 204);
    assert_eq!(bench.send(call("DELETE", "/api/v1/auth/view").with(&ani)).await.status, 204);
    let back = ani;
    assert_eq!(bench.send(call("GET", "/api/v1/auth/me").with(&back)).await.body["username"], "ani");
    assert_eq!(bench.send(call("DELETE", "/api/v1/auth/view").with(&back)).await.status, 404);
    for call in [call("POST", "/api/v1/users/ani/view"), root("POST", "/api/v1/users/budi/view")] {
        assert!(matches!(bench.send(call.with(&back)).await.code(), "own_login" | "forbidden"));
    }
}

#[tokio::test]
async fn root_at_the_prompt_lets_people_back_in() {
    let bench = Bench::new().await;
    let (_, ani) = bench.login_as("ani", "operator").await;
    let ask = json!({"password": true, "second_factor": true, "unlock": true, "admin": true});
    assert_eq!(bench.send(call("POST", "/api/v1/rescue/ani").json(&ask).with(&ani)).await.status, 404, "only root at the socket");
    for _ in 0..6 {
        bench.send(call("POST", "/api/v1/auth/login").json(&json!({"username": "ani", "password": "wrong wrong wrong"}))).await;
    }
    assert_eq!(bench.login("ani").await.code(), "rate_limited");
    assert_eq!(bench.send(root("POST", "/api/v1/rescue/nobody1").json(&ask)).await.status, 404);
    assert_eq!(bench.send(root("POST", "/api/v1/rescue/ani").json(&json!({"unlock": true}))).await.body["link"], Value::Null);
    assert_eq!(bench.login("ani").await.status, 200);
    let done = bench.send(root("POST", "/api/v1/rescue/ani").json(&ask)).await;
    assert_eq!(bench.send(call("GET", "/api/v1/auth/me").with(&ani)).await.status, 401);
    assert_eq!(bench.send(use_link(&token_of(&done.body["link"]))).await.status, 204);
    assert_eq!(bench.login("ani").await.body["role"], "admin");
    let filter = AuditFilter { action: Some("user.rescue".into()), ..AuditFilter::default() };
    let rows = bench.app.store.audit_list(&filter, 9).await.unwrap();
    assert!(rows.len() == 2 && rows.iter().all(|row| row.actor == "root" && row.target_id == "ani"));
}

#[tokio::test]
async fn the_panel_answers_to_named_networks_and_nobody_locks_themselves_out() {
    let bench = Bench::new().await;
    let (_, ani) = bench.login_as("ani", "admin").await;
    let set = |networks: &[&str]| call("PUT", "/api/v1/access").json(&json!({"networks": networks})).with(&ani);
    let outside = bench.send(set(&["198.51.100.0/24"])).await;
    assert_eq!((outside.status.as_u16(), outside.fields()), (422, vec!["networks"]));
    assert_eq!(bench.send(set(&["192.0.2.1/24"])).await.status, 422, "bits past its length");
    let inside = bench.send(set(&["192.0.2.0/24", "2001:db8::/48"])).await;
    assert_eq!((inside.status.as_u16(), &inside.body["your_address"]), (200, &json!("192.0.2.1")), "{}", inside.text);
    for path in ["/", "/api/v1/setup", "/api/v1/auth/me", "/healthz"] {
        assert_eq!(bench.send(call("GET", path).from("198.51.100.7")).await.status, 403, "{path}");
    }
    assert_eq!(bench.send(call("GET", "/api/v1/auth/me").with(&ani)).await.status, 200);
    let bench = bench.restart().await;
    assert_eq!(bench.send(call("GET", "/").from("198.51.100.7")).await.status, 403, "also after a restart");
    assert_eq!(bench.send(root("PUT", "/api/v1/access").json(&json!({"networks": []}))).await.status, 200);
    assert_eq!(bench.send(call("GET", "/healthz").from("198.51.100.7")).await.status, 200);
}
