//! One's own login: sessions, password, second factor, tokens, and proving anew who one is.

use super::bench::{Bench, Call, PASSWORD, Session, call, root};
use chrono::TimeDelta;
use nusantara_store::AuditFilter;
use nusantara_types::Clock;
use serde_json::{Value, json};
use totp_rs::{Algorithm, Builder, Secret};

async fn me(bench: &Bench, session: &Session) -> u16 {
    bench.send(call("GET", "/api/v1/auth/me").with(session)).await.status.as_u16()
}

fn log_in(password: &str, code: Option<&str>) -> Call {
    call("POST", "/api/v1/auth/login").json(&json!({"username": "ani", "password": password, "code": code}))
}

/// What the app on a telephone shows at the bench's time.
fn shown(bench: &Bench, secret: &str) -> String {
    let secret = Secret::try_from_base32(secret).unwrap();
    let builder = Builder::new().with_algorithm(Algorithm::SHA1).with_digits(6).with_step_duration(30);
    let totp = builder.with_secret(secret).with_account_name("x").build().unwrap();
    totp.generate(bench.clock.now().timestamp().try_into().unwrap()).to_string()
}

/// Sets a second factor up, and gives its secret and the recovery codes.
async fn enrol(bench: &Bench, session: &Session) -> (String, Vec<String>) {
    let begun = bench.send(call("POST", "/api/v1/auth/second-factor").with(session)).await;
    assert_eq!(begun.status, 201, "{}", begun.text);
    assert!(begun.body["uri"].as_str().unwrap().starts_with("otpauth://totp/"), "{}", begun.text);
    assert!(begun.body["qr"]["path"].as_str().unwrap().starts_with("M4 4h7v1h-7z"));
    let secret = begun.body["secret"].as_str().unwrap().to_owned();
    assert_eq!(bench.login("ani").await.status, 200, "it is not asked for before it is confirmed");
    let confirm = |code: &str| call("PUT", "/api/v1/auth/second-factor").json(&json!({"code": code})).with(session);
    assert_eq!(bench.send(confirm("000000")).await.fields(), ["code"]);
    let codes = bench.send(confirm(&shown(bench, &secret))).await;
    let codes: Vec<String> = serde_json::from_value(codes.body["codes"].clone()).unwrap();
    assert_eq!(codes.len(), 10);
    (secret, codes)
}

#[tokio::test]
async fn sessions_are_listed_and_ended() {
    let bench = Bench::new().await;
    let (_, here) = bench.login_as("ani", "user").await;
    let phone = log_in(PASSWORD, None).from("198.51.100.9").header("user-agent", "Phone");
    let there = bench.send(phone).await.session();
    let third = bench.login("ani").await.session();
    let (_, other) = bench.login_as("budi", "user").await;
    let list = bench.send(call("GET", "/api/v1/auth/sessions").with(&here)).await;
    let items = list.body["items"].as_array().unwrap();
    assert_eq!(items.len(), 3);
    assert_eq!(items.iter().filter(|item| item["current"] == json!(true)).count(), 1);
    let phone = items.iter().find(|item| item["address"] == "198.51.100.9").unwrap();
    let end = |id: &str| call("DELETE", &format!("/api/v1/auth/sessions/{id}"));
    let id = phone["id"].as_str().unwrap();
    assert_eq!(bench.send(end(id).with(&other)).await.status, 404, "nobody ends somebody else's");
    assert_eq!(me(&bench, &there).await, 200);
    assert_eq!(bench.send(end(id).with(&here)).await.status, 204);
    assert_eq!((me(&bench, &there).await, me(&bench, &third).await), (401, 200));
    assert_eq!(bench.send(call("DELETE", "/api/v1/auth/sessions").with(&here)).await.status, 204);
    assert_eq!((me(&bench, &third).await, me(&bench, &here).await, me(&bench, &other).await), (401, 200, 200));
}

#[tokio::test]
async fn a_password_is_changed_by_who_knows_it_and_ends_other_sessions() {
    let bench = Bench::new().await;
    let (_, here) = bench.login_as("ani", "user").await;
    let there = bench.login("ani").await.session();
    let change = |current: &str, new: &str| call("PUT", "/api/v1/auth/password").json(&json!({"current": current, "new": new})).with(&here);
    let wrong = bench.send(change("wrong wrong wrong", "another battery staple")).await;
    assert_eq!((wrong.status.as_u16(), wrong.code(), wrong.fields()), (401, "invalid_credentials", vec!["current"]));
    assert_eq!(bench.send(change(PASSWORD, "short")).await.fields(), ["new"]);
    let stolen = here.stolen();
    assert_eq!(bench.send(change(PASSWORD, "another battery staple")).await.status, 204);
    assert_eq!([me(&bench, &here).await, me(&bench, &there).await, me(&bench, &stolen).await], [200, 401, 401]);
    assert_eq!(bench.login("ani").await.status, 401);
    assert_eq!(bench.send(log_in("another battery staple", None)).await.status, 200);
}

#[tokio::test]
async fn what_is_dangerous_wants_a_proof_that_is_minutes_old() {
    let bench = Bench::new().await;
    let (_, ani) = bench.login_as("ani", "admin").await;
    bench.create("joko").await;
    bench.clock.advance(TimeDelta::minutes(6));
    let delete = || call("DELETE", "/api/v1/accounts/joko").with(&ani);
    assert_eq!(bench.send(delete()).await.code(), "step_up_required");
    let verify = |password: &str| call("POST", "/api/v1/auth/verify").json(&json!({"password": password})).with(&ani);
    assert_eq!(bench.send(verify("wrong wrong wrong")).await.fields(), ["password"]);
    assert_eq!(bench.send(delete()).await.code(), "step_up_required");
    let stolen = ani.stolen();
    assert_eq!(bench.send(verify(PASSWORD)).await.status, 204);
    assert_eq!((me(&bench, &ani).await, me(&bench, &stolen).await), (200, 401), "who took the cookie before is not let in by the proof");
    assert_eq!(bench.send(delete()).await.status, 202);
    for _ in 0..6 {
        bench.send(verify("wrong wrong wrong")).await;
    }
    assert_eq!(bench.send(verify(PASSWORD)).await.code(), "rate_limited", "a stolen session guesses no password");
    assert_eq!(bench.login("ani").await.status, 200, "which does not keep its owner from logging in");
}

#[tokio::test]
async fn a_code_is_asked_for_and_works_once() {
    let bench = Bench::new().await;
    let (_, ani) = bench.login_as("ani", "user").await;
    let (other, stolen) = (bench.login("ani").await.session(), ani.stolen());
    let (secret, codes) = enrol(&bench, &ani).await;
    assert_eq!((me(&bench, &ani).await, me(&bench, &other).await), (200, 401), "other sessions came by the password alone");
    assert_eq!(me(&bench, &stolen).await, 401, "and so did whoever had taken the cookie of this one");
    let again = bench.send(call("POST", "/api/v1/auth/second-factor").with(&ani)).await;
    assert_eq!(again.status, 409, "the one that is there is not replaced by a session that was left open");

    let asked = bench.send(log_in(PASSWORD, None)).await;
    assert_eq!((asked.status.as_u16(), asked.code(), asked.headers.contains_key("set-cookie")), (401, "second_factor_required", false));
    assert_eq!(bench.send(log_in("wrong wrong wrong", None)).await.code(), "invalid_credentials");
    assert_eq!(bench.send(log_in(PASSWORD, Some(&shown(&bench, &secret)))).await.code(), "invalid_credentials", "it confirmed the set-up");
    bench.clock.advance(TimeDelta::seconds(31));
    let code = shown(&bench, &secret);
    assert_eq!(bench.send(log_in("wrong wrong wrong", Some(&code))).await.status, 401);
    bench.clock.advance(TimeDelta::seconds(5));
    assert_eq!(bench.send(log_in(PASSWORD, Some(&code))).await.status, 200, "a wrong password spent no code");
    assert_eq!(bench.send(log_in(PASSWORD, Some(&code))).await.code(), "invalid_credentials", "a code works once");

    let typed = codes[3].to_lowercase().replace('-', " ");
    assert_eq!(bench.send(log_in(PASSWORD, Some(&typed))).await.status, 200);
    assert_eq!(bench.send(log_in(PASSWORD, Some(&typed))).await.status, 401, "so does a recovery code");
    let state = bench.send(call("GET", "/api/v1/auth/second-factor").with(&ani)).await;
    assert_eq!(state.body, json!({"enabled": true, "recovery_codes_left": 9}));
    let fresh = bench.send(call("POST", "/api/v1/auth/recovery-codes").with(&ani)).await;
    assert_eq!(fresh.body["codes"].as_array().unwrap().len(), 10);
    assert_eq!(bench.send(log_in(PASSWORD, Some(&codes[4]))).await.status, 401, "those from before are dead");
}

#[tokio::test]
async fn proving_anew_asks_for_the_second_factor_too_and_only_then_it_can_be_removed() {
    let bench = Bench::new().await;
    let (_, ani) = bench.login_as("ani", "user").await;
    let (secret, _) = enrol(&bench, &ani).await;
    bench.clock.advance(TimeDelta::minutes(6));
    let remove = || call("DELETE", "/api/v1/auth/second-factor").with(&ani);
    assert_eq!(bench.send(remove()).await.code(), "step_up_required");
    let verify = |code: Option<&str>| call("POST", "/api/v1/auth/verify").json(&json!({"password": PASSWORD, "code": code})).with(&ani);
    assert_eq!(bench.send(verify(None)).await.code(), "second_factor_required");
    assert_eq!(bench.send(verify(Some(&shown(&bench, &secret)))).await.status, 204);
    assert_eq!(bench.send(remove()).await.status, 204);
    assert_eq!(bench.send(log_in(PASSWORD, None)).await.status, 200);
}

#[tokio::test]
async fn guessing_codes_shares_the_budget_of_passwords() {
    let bench = Bench::new().await;
    let (_, ani) = bench.login_as("ani", "user").await;
    let (secret, _) = enrol(&bench, &ani).await;
    bench.clock.advance(TimeDelta::seconds(31));
    for _ in 0..5 {
        assert_eq!(bench.send(log_in(PASSWORD, Some("000000")).from("203.0.113.5")).await.status, 401);
    }
    let blocked = bench.send(log_in(PASSWORD, Some(&shown(&bench, &secret))).from("203.0.113.5")).await;
    assert_eq!(blocked.code(), "rate_limited", "the right password does not start the count anew");
}

/// Who wrote such rows down, the newest first.
async fn rows(bench: &Bench, action: &str) -> Vec<String> {
    let filter = AuditFilter { action: Some(action.to_owned()), ..AuditFilter::default() };
    bench.app.store.audit_list(&filter, 9).await.unwrap().into_iter().map(|row| format!("{} {}", row.actor, row.target_id)).collect()
}

#[tokio::test]
async fn a_second_factor_goes_a_day_after_that_was_announced_and_stays_when_it_is_shown() {
    let bench = Bench::new().await;
    let (_, ani) = bench.login_as("ani", "admin").await;
    let (secret, _) = enrol(&bench, &ani).await;
    let announce = async || bench.send(root("POST", "/api/v1/rescue/ani").json(&json!({"second_factor": true}))).await;
    let told = async |session: &Session| {
        bench.send(call("GET", "/api/v1/auth/me").with(session)).await.body.get("second_factor_drops_at").cloned().unwrap_or_default()
    };
    assert_eq!(told(&ani).await, Value::Null);
    let announced = announce().await.body["second_factor_drops_at"].clone();
    assert_eq!(announced.as_str().unwrap().parse(), Ok(bench.app.now() + TimeDelta::hours(24)));
    bench.clock.advance(TimeDelta::minutes(9));
    assert_eq!((announce().await.body["second_factor_drops_at"].clone(), told(&ani).await), (announced.clone(), announced));

    bench.clock.advance(TimeDelta::hours(23));
    assert_eq!(bench.send(log_in(PASSWORD, None)).await.code(), "second_factor_required", "the day is not over");
    let ani = bench.send(log_in(PASSWORD, Some(&shown(&bench, &secret)))).await.session();
    assert_eq!((told(&ani).await, rows(&bench, "second_factor.keep").await), (Value::Null, vec!["system ani".to_owned()]));
    bench.clock.advance(TimeDelta::hours(2));
    assert_eq!(bench.send(log_in(PASSWORD, None)).await.code(), "second_factor_required", "somebody had it");

    let ani = bench.send(log_in(PASSWORD, Some(&shown(&bench, &secret)))).await.session();
    let keep = || call("POST", "/api/v1/auth/second-factor/keep").with(&ani);
    assert_eq!(bench.send(keep()).await.status, 404);
    announce().await;
    assert_eq!(bench.send(keep()).await.status, 204);
    assert_eq!((told(&ani).await, rows(&bench, "second_factor.keep").await[0].as_str()), (Value::Null, "ani ani"));

    announce().await;
    bench.clock.advance(TimeDelta::hours(24));
    assert_eq!(bench.send(log_in("wrong wrong wrong", None)).await.status, 401);
    assert_eq!(rows(&bench, "second_factor.drop").await.len(), 0, "nothing goes for whoever does not know the password");
    let ani = bench.send(log_in(PASSWORD, None)).await.session();
    assert_eq!(rows(&bench, "second_factor.drop").await, ["system ani"]);
    let state = bench.send(call("GET", "/api/v1/auth/second-factor").with(&ani)).await;
    assert_eq!(state.body, json!({"enabled": false, "recovery_codes_left": 0}));

    enrol(&bench, &ani).await;
    let at_once = root("POST", "/api/v1/rescue/ani").json(&json!({"second_factor": true, "at_once": true}));
    assert_eq!(bench.send(at_once).await.body["second_factor_drops_at"], Value::Null);
    assert_eq!(bench.send(log_in(PASSWORD, None)).await.status, 200, "root need not wait, and that is written down");
}

#[tokio::test]
async fn an_administrator_announces_it_too_and_nobody_for_themselves_or_above_them() {
    let bench = Bench::new().await;
    let (_, budi) = bench.login_as("budi", "admin").await;
    let (_, tini) = bench.login_as("tini", "operator").await;
    let (_, ani) = bench.login_as("ani", "admin").await;
    enrol(&bench, &ani).await;
    let ask = async |method, name: &str, session: &Session| {
        bench.send(call(method, &format!("/api/v1/users/{name}/second-factor/drop")).with(session)).await
    };
    let listed = async || {
        let list = bench.send(root("GET", "/api/v1/users")).await.body;
        let shown = |user: &Value| (user["username"] == "ani").then(|| user["second_factor_drops_at"].clone());
        list["items"].as_array().unwrap().iter().find_map(shown).unwrap()
    };
    assert_eq!(ask("POST", "ani", &ani).await.code(), "own_login");
    assert_eq!(ask("POST", "ani", &tini).await.status, 403);
    assert_eq!(ask("POST", "tini", &budi).await.status, 404, "there is none to forget");
    assert_eq!((ask("DELETE", "ani", &budi).await.status.as_u16(), listed().await), (404, Value::Null), "nothing to take back");

    let answer = ask("POST", "ani", &budi).await;
    let at = answer.body["second_factor_drops_at"].clone();
    assert_eq!(at.as_str().unwrap().parse(), Ok(bench.app.now() + TimeDelta::hours(24)), "{}", answer.text);
    assert_eq!((listed().await, rows(&bench, "second_factor.announce").await), (at.clone(), vec!["budi ani".to_owned()]));
    let told = bench.send(call("GET", "/api/v1/auth/me").with(&ani)).await.body;
    assert_eq!(told["second_factor_drops_at"], at);
    assert_eq!((ask("DELETE", "ani", &budi).await.body["second_factor_drops_at"].clone(), listed().await), (Value::Null, Value::Null));

    ask("POST", "ani", &budi).await;
    bench.clock.advance(TimeDelta::hours(24));
    assert_eq!(bench.send(log_in(PASSWORD, None)).await.status, 200);
}

#[tokio::test]
async fn a_reset_never_skips_the_second_factor() {
    let bench = Bench::new().await;
    let (_, ani) = bench.login_as("ani", "user").await;
    enrol(&bench, &ani).await;
    let (_, admin) = bench.login_as("boss", "admin").await;
    let link = bench.send(call("POST", "/api/v1/users/ani/link").with(&admin)).await;
    let token = link.body["path"].as_str().unwrap().split_once('#').unwrap().1;
    let set = call("PUT", "/api/v1/auth/link").json(&json!({"token": token, "password": "another battery staple"}));
    assert_eq!(bench.send(set).await.status, 204);
    assert_eq!(bench.send(log_in("another battery staple", None)).await.code(), "second_factor_required");
}

#[tokio::test]
async fn a_browser_that_was_seen_before_is_not_slowed_down_by_strangers() {
    let bench = Bench::new().await;
    bench.login_as("ani", "user").await;
    let device = bench.login("ani").await.cookie("__Host-nd=");
    for _ in 0..6 {
        bench.send(log_in("wrong wrong wrong", None)).await;
    }
    assert_eq!(bench.login("ani").await.code(), "rate_limited", "somebody else in the same network");
    assert_eq!(bench.send(log_in(PASSWORD, None).header("cookie", device.clone())).await.status, 200);
    let other =
        || call("POST", "/api/v1/auth/login").json(&json!({"username": "budi", "password": PASSWORD})).header("cookie", device.clone());
    for _ in 0..6 {
        bench.send(other()).await;
    }
    assert_eq!(bench.send(other()).await.code(), "rate_limited", "it is known for one login only");
    for _ in 0..6 {
        bench.send(log_in("wrong wrong wrong", None).header("cookie", device.clone())).await;
    }
    assert_eq!(bench.send(log_in(PASSWORD, None).header("cookie", device)).await.code(), "rate_limited", "it has a budget too");
}

/// Makes a token and gives it with its id.
async fn token(bench: &Bench, session: &Session, body: &Value) -> (String, String) {
    let made = bench.send(call("POST", "/api/v1/auth/tokens").json(body).with(session)).await;
    assert_eq!(made.status, 201, "{}", made.text);
    (made.body["token"].as_str().unwrap().to_owned(), made.body["id"].as_str().unwrap().to_owned())
}

fn by(token: &str, method: &'static str, path: &str) -> Call {
    call(method, path).without("origin").without("sec-fetch-site").header("authorization", format!("Bearer {token}"))
}

#[tokio::test]
async fn a_token_does_what_it_names_where_it_may_until_it_ends() {
    let bench = Bench::new().await;
    bench.create("joko").await;
    let (_, ani) = bench.login_as("ani", "operator").await;
    let body =
        json!({"name": "ci", "permissions": ["account:read", "account:suspend"], "networks": ["192.0.2.0/24"], "expires_in_days": 7});
    let (secret, id) = token(&bench, &ani, &body).await;
    let list = || by(&secret, "GET", "/api/v1/accounts");
    assert_eq!(bench.send(list()).await.status, 200);
    assert_eq!(bench.send(list().from("198.51.100.1")).await.status, 401, "from elsewhere it is nothing");
    assert_eq!(bench.send(by(&secret, "GET", "/api/v1/sites")).await.code(), "forbidden", "its owner may, but it was not named");
    let suspend = by(&secret, "POST", "/api/v1/accounts/joko/suspend").json(&json!({"reason": "unpaid"}));
    assert_eq!(bench.send(suspend).await.status, 202, "no page of ours sends it, and none has to");
    let me = bench.send(by(&secret, "GET", "/api/v1/auth/me")).await;
    assert_eq!((&me.body["permissions"], &me.body["csrf_token"]), (&json!(["account:read", "account:suspend"]), &Value::Null));
    // Whoever steals it neither gets further with it nor gets another one.
    let more = json!({"name": "more", "permissions": ["account:read"]});
    assert_eq!(bench.send(by(&secret, "POST", "/api/v1/auth/tokens").json(&more)).await.code(), "forbidden");
    // A cookie beside it counts for nothing.
    let both = by(&secret, "GET", "/api/v1/sites").header("cookie", ani.cookie());
    assert_eq!(bench.send(both).await.code(), "forbidden");
    let broken = by("npt_nonsense", "GET", "/api/v1/accounts").header("cookie", ani.cookie());
    assert_eq!(bench.send(broken).await.status, 401);

    let kept = bench.send(call("GET", "/api/v1/auth/tokens").with(&ani)).await;
    assert!(!kept.text.contains(&secret) && !kept.text.contains(&secret[4..]), "it was shown once");
    assert_eq!(kept.body["items"][0]["last_used_address"], "192.0.2.1");
    bench.clock.advance(TimeDelta::days(7));
    assert_eq!(bench.send(list()).await.status, 401, "it has ended");
    let ani = bench.login("ani").await.session();
    let (_, other) = bench.login_as("budi", "operator").await;
    let delete = |session: &Session| call("DELETE", &format!("/api/v1/auth/tokens/{id}")).with(session);
    assert_eq!(bench.send(delete(&other)).await.status, 404);
    assert_eq!(bench.send(delete(&ani)).await.status, 204);
}

#[tokio::test]
async fn a_token_never_outgrows_its_owner() {
    let bench = Bench::new().await;
    let (_, ani) = bench.login_as("ani", "user").await;
    let ask = |body: &Value| call("POST", "/api/v1/auth/tokens").json(body).with(&ani);
    for (body, field) in [
        (json!({"name": "x", "permissions": ["account:delete"]}), "permissions"),
        (json!({"name": "x", "permissions": []}), "permissions"),
        (json!({"name": "x", "permissions": ["*"]}), "permissions"),
        (json!({"name": "", "permissions": ["site:read"]}), "name"),
        (json!({"name": "a\nb", "permissions": ["site:read"]}), "name"),
        (json!({"name": "x", "permissions": ["site:read"], "expires_in_days": 0}), "expires_in_days"),
        (json!({"name": "x", "permissions": ["site:read"], "networks": ["10.0.0.1/8"]}), "networks[0]"),
        (json!({"name": "x", "permissions": ["site:read"], "user": "boss"}), "user"),
    ] {
        let answer = bench.send(ask(&body)).await;
        assert_eq!((answer.status.as_u16(), answer.fields()), (422, vec![field]), "{body}");
    }
    let (admin, boss) = bench.login_as("boss", "admin").await;
    let (secret, _) = token(&bench, &boss, &json!({"name": "x", "permissions": ["account:read", "audit:read"]})).await;
    assert_eq!(bench.send(by(&secret, "GET", "/api/v1/audit-logs")).await.status, 200);
    let tx = bench.app.store.begin().await.unwrap();
    let user = tx.user_get(admin).await.unwrap().unwrap();
    let less = nusantara_store::UserRecord { role: "operator".parse().unwrap(), ..user };
    tx.user_update(&less, bench.clock.now()).await.unwrap();
    tx.commit().await.unwrap();
    assert_eq!(bench.send(by(&secret, "GET", "/api/v1/audit-logs")).await.code(), "forbidden", "its owner may not any more");
}
