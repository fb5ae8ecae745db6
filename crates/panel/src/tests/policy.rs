//! Who may what: the golden file, every route against somebody who is nobody, and ownership.

use super::bench::{Bench, Call, call, root};
use crate::auth::permission::{BuiltIn, Policy};
use crate::routes::policies;
use chrono::TimeDelta;
use expect_test::expect_file;
use serde_json::{Value, json};

/// A public key as ssh-keygen makes it.
const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIO3sc8bZQzBbA2Ik6yPqs1GLpItcgYaGmGakD3rxixUT joko@laptop";

#[test]
fn the_documents_are_the_committed_ones() {
    expect_file!["../../../../api/openapi.json"].assert_eq(crate::openapi_document());
    expect_file!["../../policy.golden"].assert_eq(&crate::policy_document());
}

/// An operation's method and path with made-up parameters.
pub(super) fn made_up(route: &str) -> (&'static str, String) {
    let (method, path) = route.split_once(' ').unwrap();
    let path = path.replace("{username}", "joko").replace("{id}", "01890000-0000-7000-8000-000000000000");
    let path = path.replace("databases/{name}", "databases/joko_shop").replace("database-users/{name}", "database-users/joko_app");
    let path = path.replace("{domain}", "www2.test").replace("{name}", "shop");
    let path = path.replace("{from}", "1").replace("{to}", "current").replace("{revision}", "1");
    let path = path.replace("{fingerprint}", "SHA256:AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    let method = ["GET", "POST", "PUT", "PATCH", "DELETE"].into_iter().find(|known| *known == method).expect("teach the test this method");
    (method, path)
}

/// Every operation of the document, as method and path with made-up parameters.
fn operations() -> Vec<(&'static str, String)> {
    documented().iter().map(|route| made_up(route)).collect()
}

fn documented() -> Vec<String> {
    let document: Value = serde_json::from_str(crate::openapi_document()).unwrap();
    let of = |(path, item): (&String, &Value)| -> Vec<String> {
        item.as_object().unwrap().keys().map(|method| format!("{} {path}", method.to_uppercase())).collect()
    };
    document["paths"].as_object().unwrap().iter().flat_map(of).collect()
}

/// Every route of the document, and everybody whom its policy keeps out: by role, by token, with another's view, by a session that
/// has not proved itself for long. A route that is not in here does not exist.
#[tokio::test]
async fn every_route_refuses_whom_its_policy_keeps_out() {
    let bench = Bench::new().await;
    let mut policies = policies();
    policies.sort_by(|a, b| a.0.cmp(&b.0));
    let mut documented = documented();
    documented.sort();
    assert_eq!(policies.iter().map(|(route, _)| route.clone()).collect::<Vec<_>>(), documented);

    let (_, mut admin) = bench.login_as("ani", "admin").await;
    let (_, user) = bench.login_as("uli", "user").await;
    let (_, viewer) = bench.login_as("vina", "viewer").await;
    let (_, operator) = bench.login_as("oki", "operator").await;
    let all = json!({"name": "all", "permissions": BuiltIn::Admin.rights().names()});
    let token = bench.send(call("POST", "/api/v1/auth/tokens").json(&all).with(&admin)).await;
    let token = format!("Bearer {}", token.body["token"].as_str().unwrap());
    let mut cases = 0;
    for (route, policy) in &policies {
        let (method, path) = made_up(route);
        let ask = || call(method, &path).json(&json!({}));
        let refused = async |call: Call, code: &str, who: &str| {
            let answer = bench.send(call).await;
            assert_eq!(answer.code(), code, "{route} for {who}: {}", answer.text);
        };
        match policy {
            Policy::Public { .. } => continue,
            Policy::LocalRoot => refused(ask().with(&admin), "not_found", "an admin").await,
            _ => refused(ask(), "unauthenticated", "nobody").await,
        }
        cases += 1;
        let Some(permission) = policy.permission() else { continue };
        for (role, session) in [(BuiltIn::User, &user), (BuiltIn::Viewer, &viewer), (BuiltIn::Operator, &operator)] {
            if !role.rights().has(permission) {
                refused(ask().with(session), "forbidden", role.as_str()).await;
                cases += 1;
            }
        }
    }
    // With another's view nothing about who may what, and nothing about a login's own secrets.
    assert_eq!(bench.send(call("POST", "/api/v1/users/uli/view").with(&admin)).await.status, 204);
    for (route, policy) in &policies {
        let (method, path) = made_up(route);
        let by_token = call(method, &path).json(&json!({})).without("origin").header("authorization", token.clone());
        let viewed = call(method, &path).json(&json!({})).with(&admin);
        if matches!(policy, Policy::InPerson(_) | Policy::Own | Policy::OwnFresh) {
            for call in [by_token, viewed] {
                let answer = bench.send(call).await;
                assert_eq!(answer.code(), "forbidden", "{route}: {}", answer.text);
                cases += 1;
            }
        }
    }
    admin = bench.login("ani").await.session();
    bench.clock.advance(TimeDelta::minutes(6));
    for (route, policy) in &policies {
        let (method, path) = made_up(route);
        if matches!(policy, Policy::Fresh(_) | Policy::InPerson(_) | Policy::OwnFresh) {
            let answer = bench.send(call(method, &path).json(&json!({})).with(&admin)).await;
            assert_eq!((answer.status.as_u16(), answer.code()), (403, "step_up_required"), "{route}: {}", answer.text);
            cases += 1;
        }
    }
    assert!(cases > 200, "{cases}");
}

#[tokio::test]
async fn nobody_gets_in_without_a_session() {
    const OPEN: [&str; 9] = [
        "GET /api/v1/setup",
        "POST /api/v1/setup",
        "POST /api/v1/auth/login",
        "POST /api/v1/auth/login/question",
        "POST /api/v1/auth/login/passkey",
        "POST /api/v1/auth/link",
        "PUT /api/v1/auth/link",
        "GET /api/v1/openapi.json",
        "GET /healthz",
    ];
    let bench = Bench::new().await;
    let operations = operations();
    assert!(operations.len() > 43);
    for (method, path) in operations {
        let route = format!("{method} {path}");
        if OPEN.contains(&route.as_str()) {
            continue;
        }
        for path in [path.clone(), path.replacen("/api/v1", "/v1", 1)] {
            let answer = bench.send(call(method, &path).json(&json!({}))).await;
            assert!(matches!(answer.status.as_u16(), 401 | 404), "{method} {path}: {}", answer.text);
            let forged = call(method, &path).json(&json!({})).header("cookie", format!("__Host-np={}", "A".repeat(43)));
            assert!(matches!(bench.send(forged).await.status.as_u16(), 401 | 404), "{method} {path}");
        }
    }
}

#[tokio::test]
async fn a_role_does_what_it_holds_and_nothing_else() {
    let bench = Bench::new().await;
    bench.create("joko").await;
    let (_, viewer) = bench.login_as("vina", "viewer").await;
    let (_, operator) = bench.login_as("oki", "operator").await;
    let (_, user) = bench.login_as("uli", "user").await;
    let delete = || call("DELETE", "/api/v1/accounts/joko");
    assert_eq!(bench.send(call("GET", "/api/v1/accounts/joko").with(&viewer)).await.status, 200);
    for session in [&viewer, &user] {
        assert_eq!(bench.send(delete().with(session)).await.code(), "forbidden");
    }
    // Whoever only looks changes nothing, whatever the body says.
    for (method, path) in operations() {
        let change = method != "GET"
            && !path.contains("/auth/")
            && !path.ends_with("/setup")
            && !path.contains("/rescue/")
            && !path.ends_with("/begin-anew");
        let change = change && !(path.contains("/users/") && path.contains("/passkeys/"));
        if change {
            let answer = bench.send(call(method, &path).json(&json!({})).with(&viewer)).await;
            assert_eq!(answer.code(), "forbidden", "{method} {path}: {}", answer.text);
        }
    }
    assert_eq!(bench.send(call("GET", "/api/v1/audit-logs").with(&operator)).await.status, 403);
    let shown = bench.send(call("GET", "/api/v1/accounts").with(&viewer)).await;
    assert_eq!(shown.body["items"][0]["actions"]["delete"], json!({"allowed": false, "reason": "forbidden"}));
    assert_eq!(bench.send(delete().with(&operator)).await.status, 202);
}

/// Routes about one thing that the role `user` may use, and that are not among these requests. What is one's own login's is not about
/// accounts: `everywhere.rs` and `passkeys.rs` have it.
fn left_out(asked: &[(&str, &str)]) -> Vec<String> {
    let is = |route: &str, (method, path): &(&str, &str)| {
        let path = path.split('?').next().unwrap();
        let (known, pattern) = route.split_once(' ').unwrap();
        let (pattern, path): (Vec<_>, Vec<_>) = (pattern.split('/').collect(), path.split('/').collect());
        known == *method && pattern.len() == path.len() && pattern.iter().zip(path).all(|(p, s)| p.starts_with('{') || *p == s)
    };
    let open = |policy: &Policy| policy.permission().is_some_and(|permission| BuiltIn::User.rights().has(permission));
    let about_one = policies().into_iter().filter(|(route, policy)| route.contains('{') && open(policy));
    about_one.map(|(route, _)| route).filter(|route| !asked.iter().any(|one| is(route, one))).collect()
}

#[tokio::test]
async fn an_owner_sees_their_own_and_others_do_not_exist() {
    let bench = Bench::new().await;
    let (ani, session) = bench.login_as("ani", "user").await;
    for name in ["joko", "dewi"] {
        bench.create(name).await;
    }
    bench.let_in("dewi", ani, None).await;

    let list = bench.send(call("GET", "/api/v1/accounts").with(&session)).await;
    let names: Vec<_> = list.body["items"].as_array().unwrap().iter().map(|a| a["username"].as_str().unwrap()).collect();
    assert_eq!(names, ["dewi"]);
    let others = bench.send(root("GET", "/api/v1/sites?account=joko")).await.body["items"][0]["id"].as_str().unwrap().to_owned();
    let jobs = bench.send(root("GET", "/api/v1/jobs?account=joko")).await;
    let job = jobs.body["items"][0]["id"].as_str().unwrap();
    for foreign in [
        "/api/v1/accounts/joko".to_owned(),
        "/api/v1/accounts/joko/plan".to_owned(),
        format!("/api/v1/sites/{others}"),
        format!("/api/v1/jobs/{job}"),
        format!("/api/v1/jobs/{job}/events"),
    ] {
        let answer = bench.send(call("GET", &foreign).with(&session)).await;
        let unknown =
            bench.send(call("GET", &foreign.replace("joko", "nobo").replace(&others, job).replace(job, &others)).with(&session)).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (404, "not_found"), "{foreign}");
        assert_eq!(answer.text.split("request_id").next(), unknown.text.split("request_id").next());
    }
    let app = json!({"folder": "app", "program": {"node": "x.js"}, "listen": {"socket": {}}});
    let changes = [
        ("PUT", format!("/api/v1/sites/{others}"), json!({"settings": {}})),
        ("DELETE", format!("/api/v1/sites/{others}"), json!({})),
        ("PUT", format!("/api/v1/sites/{others}/protected"), json!({"folders": []})),
        ("GET", format!("/api/v1/sites/{others}/logs"), json!({})),
        ("POST", "/api/v1/accounts/joko/aliases".to_owned(), json!({"domain": "free.example.com"})),
        ("DELETE", "/api/v1/accounts/joko/aliases/www2.test".to_owned(), json!({})),
        ("GET", "/api/v1/accounts/joko/php".to_owned(), json!({})),
        ("PUT", "/api/v1/accounts/joko/php".to_owned(), json!({"version": "8.2", "ini": {}})),
        ("GET", "/api/v1/accounts/joko/apps".to_owned(), json!({})),
        ("PUT", "/api/v1/accounts/joko/apps/shop".to_owned(), app),
        ("DELETE", "/api/v1/accounts/joko/apps/shop".to_owned(), json!({})),
        ("POST", "/api/v1/accounts/joko/apps/shop/restart".to_owned(), json!({})),
        ("GET", "/api/v1/accounts/joko/apps/shop/logs".to_owned(), json!({})),
        ("PUT", "/api/v1/accounts/joko/password".to_owned(), json!({"password": "correct horse battery"})),
        ("DELETE", "/api/v1/accounts/joko/password".to_owned(), json!({})),
        ("GET", "/api/v1/accounts/joko/cron".to_owned(), json!({})),
        ("POST", "/api/v1/accounts/joko/cron".to_owned(), json!({"name": "tidy", "schedule": "@daily", "command": "true"})),
        ("PUT", "/api/v1/accounts/joko/cron/tidy".to_owned(), json!({"schedule": "@daily", "command": "true"})),
        ("DELETE", "/api/v1/accounts/joko/cron/tidy".to_owned(), json!({})),
        ("POST", "/api/v1/accounts/joko/cron/tidy/run".to_owned(), json!({})),
        ("GET", "/api/v1/accounts/joko/cron/tidy/runs".to_owned(), json!({})),
        ("GET", format!("/api/v1/accounts/joko/cron/tidy/output?run={}", "ab".repeat(16)), json!({})),
        ("GET", "/api/v1/accounts/joko/databases".to_owned(), json!({})),
        ("POST", "/api/v1/accounts/joko/databases".to_owned(), json!({"name": "joko_shop"})),
        ("DELETE", "/api/v1/accounts/joko/databases/joko_shop".to_owned(), json!({})),
        ("POST", "/api/v1/accounts/joko/database-users".to_owned(), json!({"name": "joko_app", "password": "open sesame 42"})),
        ("PUT", "/api/v1/accounts/joko/database-users/joko_app".to_owned(), json!({"grants": []})),
        ("PUT", "/api/v1/accounts/joko/database-users/joko_app/password".to_owned(), json!({"password": "open sesame 42"})),
        ("DELETE", "/api/v1/accounts/joko/database-users/joko_app".to_owned(), json!({})),
        ("GET", "/api/v1/accounts/joko/ftp".to_owned(), json!({})),
        ("POST", "/api/v1/accounts/joko/ftp".to_owned(), json!({"name": "web", "folder": "web", "password": "open sesame"})),
        ("PUT", "/api/v1/accounts/joko/ftp/web".to_owned(), json!({"folder": "web", "enabled": true})),
        ("DELETE", "/api/v1/accounts/joko/ftp/web".to_owned(), json!({})),
        ("GET", "/api/v1/accounts/joko/certificates".to_owned(), json!({})),
        ("GET", "/api/v1/accounts/joko/sites/joko.test/certificate".to_owned(), json!({})),
        ("POST", "/api/v1/accounts/joko/sites/joko.test/certificate/issue".to_owned(), json!({})),
        ("PUT", "/api/v1/accounts/joko/sites/joko.test/certificate".to_owned(), json!({"key": "x", "chain": "x"})),
        ("DELETE", "/api/v1/accounts/joko/sites/joko.test/certificate".to_owned(), json!({})),
        ("POST", "/api/v1/accounts/joko/sites/joko.test/certificate/revoke".to_owned(), json!({})),
        ("GET", "/api/v1/accounts/joko/ssh".to_owned(), json!({})),
        ("PUT", "/api/v1/accounts/joko/ssh".to_owned(), json!({"mode": "shell"})),
        ("POST", "/api/v1/accounts/joko/ssh/keys".to_owned(), json!({"key": KEY})),
        ("DELETE", format!("/api/v1/accounts/joko/ssh/keys/SHA256:{}", "A".repeat(43)), json!({})),
        ("GET", "/api/v1/accounts/joko/members".to_owned(), json!({})),
        ("POST", "/api/v1/accounts/joko/members".to_owned(), json!({"username": "tono"})),
        ("PUT", "/api/v1/accounts/joko/members/tono".to_owned(), json!({"owner": false, "permissions": []})),
        ("DELETE", "/api/v1/accounts/joko/members/tono".to_owned(), json!({})),
        ("GET", "/api/v1/accounts/joko/revisions".to_owned(), json!({})),
        ("GET", "/api/v1/accounts/joko/revisions/1/diff/current".to_owned(), json!({})),
        ("GET", "/api/v1/accounts/joko/drift".to_owned(), json!({})),
        ("GET", "/api/v1/accounts/joko/usage".to_owned(), json!({})),
        ("GET", "/api/v1/accounts/joko/usage/history".to_owned(), json!({})),
        ("GET", "/api/v1/accounts/joko/domain-proof?domain=free.example.com".to_owned(), json!({})),
        ("GET", "/api/v1/accounts/joko".to_owned(), json!({})),
        ("GET", "/api/v1/accounts/joko/plan".to_owned(), json!({})),
        ("GET", format!("/api/v1/sites/{others}"), json!({})),
        ("GET", format!("/api/v1/jobs/{job}"), json!({})),
        ("GET", format!("/api/v1/jobs/{job}/events"), json!({})),
        ("POST", format!("/api/v1/jobs/{job}/cancel"), json!({})),
    ];
    assert_eq!(left_out(&changes.iter().map(|(method, path, _)| (*method, path.as_str())).collect::<Vec<_>>()), Vec::<String>::new());
    for (method, foreign, body) in changes {
        let unknown = foreign.replace("joko", "nobo").replace(&others, "01890000-0000-7000-8000-000000000000");
        let answer = bench.send(call(method, &foreign).json(&body).with(&session)).await;
        assert_eq!((answer.status.as_u16(), answer.code()), (404, "not_found"), "{method} {foreign}: {}", answer.text);
        let unknown = bench.send(call(method, &unknown).json(&body).with(&session)).await;
        assert_eq!(answer.text.split("request_id").next(), unknown.text.split("request_id").next());
    }
    assert!(bench.host.state().read.is_empty());
    assert_eq!(bench.send(call("GET", "/api/v1/jobs?account=joko").with(&session)).await.body["items"], json!([]));
    let add = call("POST", "/api/v1/sites").json(&json!({"account": "joko", "domain": "x.example.com"})).with(&session);
    let add = bench.send(add).await;
    assert_eq!((add.status.as_u16(), add.fields()), (422, vec!["account"]));
    // Their own is theirs to change, but not to put beside somebody else's names.
    let alias = |body| call("POST", "/api/v1/accounts/dewi/aliases").json(&body).with(&session);
    let refused = bench.send(alias(json!({"domain": "a.joko.test", "allow_below_foreign": true}))).await;
    assert_eq!((refused.status.as_u16(), refused.fields()), (403, vec!["allow_below_foreign"]));
    let taken = bench.send(alias(json!({"domain": "a.joko.test"}))).await;
    assert_eq!((taken.status.as_u16(), taken.code()), (409, "name_taken"));
    assert_eq!(bench.send(alias(json!({"domain": "dewi2.test"}))).await.status, 202);
}
