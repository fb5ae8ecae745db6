//! Every refusal has the one shape, and hostile values are refused by name without an effect.

use super::bench::{Answer, Bench, call, root};
use serde_json::{Value, json};

fn is_problem(answer: &Answer, status: u16, code: &str) {
    assert_eq!((answer.status.as_u16(), answer.code()), (status, code), "{}", answer.text);
    assert_eq!(answer.headers["content-type"], "application/problem+json");
    assert_eq!(answer.body["status"], status);
    assert_eq!(answer.body["request_id"], answer.headers["x-request-id"].to_str().unwrap());
}

#[tokio::test]
async fn errors_have_one_shape() {
    let bench = Bench::new().await;
    is_problem(&bench.send(root("GET", "/api/v1/nothing")).await, 404, "not_found");
    is_problem(&bench.send(root("GET", "/v1/accounts/UPPER")).await, 404, "not_found");
    is_problem(&bench.send(root("GET", "/api/v1/jobs/not-an-id")).await, 404, "not_found");
    let method = bench.send(root("PUT", "/api/v1/accounts")).await;
    is_problem(&method, 405, "method_not_allowed");
    assert!(method.headers["allow"].to_str().unwrap().contains("POST"));
    let post = |kind: &str, body: &str| root("POST", "/api/v1/accounts").raw(kind, body);
    is_problem(&bench.send(post("text/plain", "{}")).await, 415, "unsupported_media_type");
    is_problem(&bench.send(root("POST", "/api/v1/accounts")).await, 415, "unsupported_media_type");
    is_problem(&bench.send(post("application/json", "{")).await, 400, "bad_request");
    is_problem(&bench.send(post("application/json", &"[".repeat(5_000))).await, 400, "bad_request");
    is_problem(&bench.send(post("application/json", r#"["budi","budi.test","starter"]"#)).await, 400, "bad_request");
    let large = json!({"username": "a".repeat(70_000)}).to_string();
    is_problem(&bench.send(post("application/json", &large)).await, 413, "too_large");
    is_problem(&bench.send(root("GET", &format!("/api/v1/accounts?cursor={}", "a".repeat(9_000)))).await, 414, "too_large");
    is_problem(&bench.send(call("GET", "/assets/gone.js")).await, 404, "not_found");
}

#[tokio::test]
async fn every_answer_is_guarded_by_its_headers() {
    let bench = Bench::new().await;
    for path in ["/", "/login", "/api/v1/accounts", "/healthz", "/assets/gone.js", "/api/v1/nothing"] {
        let answer = bench.send(call("GET", path)).await;
        for (name, value) in [
            ("content-security-policy", "default-src 'none'"),
            ("strict-transport-security", "max-age=31536000"),
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "no-referrer"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
        ] {
            assert!(answer.headers[name].to_str().unwrap().starts_with(value), "{path}: {name}");
        }
        assert!(answer.headers.keys().all(|name| !name.as_str().starts_with("access-control")), "{path}");
        if path.starts_with("/api") {
            assert_eq!(answer.headers["cache-control"], "no-store", "{path}");
        }
    }
    let page = bench.send(call("GET", "/accounts/joko")).await;
    assert_eq!(page.headers["content-type"], "text/html; charset=utf-8");
}

/// What SECURITY R4, R10 and R12 list.
const HOSTILE: &[&str] = &[
    "",
    " ",
    "../../etc/passwd",
    "/etc/shadow",
    "-rf",
    "--help",
    "a b",
    "a;b",
    "a{b",
    "a}b",
    "a$b",
    "a\"b",
    "a'b",
    "a\\b",
    "a#b",
    "a`id`",
    "$(id)",
    "a\nb",
    "a\r\nb",
    "a\0b",
    "a\u{1b}[31m",
    "a\u{85}b",
    "a\u{202e}b",
    "a\u{2028}b",
    "%s%n",
    "*",
    "~^.*$",
    "_",
    ".victim.com",
    "a/b",
    "a|b",
    "a&b",
    "root",
    "'; DROP TABLE users;--",
    "=cmd()",
    "\u{feff}joko",
];

#[tokio::test]
async fn hostile_values_are_named_and_have_no_effect() {
    let bench = Bench::new().await;
    bench.create("joko").await;
    let account = json!({"username": "budi", "primary_domain": "budi.test", "package": "starter"});
    let site = json!({"account": "joko", "domain": "shop.test"});
    let account_fields = ["username", "primary_domain", "package", "contact_email", "php_version"];
    for (path, base, fields) in
        [("/api/v1/accounts", &account, &account_fields[..]), ("/api/v1/sites", &site, &["account", "domain", "php_version", "kind"][..])]
    {
        let refuse = async |field: &str, value: Value| {
            let mut body = base.clone();
            body[field] = value.clone();
            let answer = bench.send(root("POST", path).json(&body)).await;
            assert_eq!((answer.status.as_u16(), answer.fields()), (422, vec![field]), "{path} {field}={value}");
            let message = answer.body["errors"][0]["message"].as_str().unwrap();
            assert!(!message.contains("is not valid") && !message.contains(" at line "), "{message}");
        };
        for field in fields {
            for value in HOSTILE {
                refuse(field, json!(value)).await;
            }
            for value in [json!("a".repeat(300)), json!(7), json!({"x": 1}), json!(["joko"]), json!(true)] {
                refuse(field, value).await;
            }
        }
        for unknown in ["uid", "role", "home_dir", "status", "owner", "__proto__"] {
            refuse(unknown, json!(0)).await;
        }
    }
    for missing in ["username", "primary_domain", "package"] {
        let mut body = account.clone();
        body.as_object_mut().unwrap().remove(missing);
        assert_eq!(bench.send(root("POST", "/api/v1/accounts").json(&body)).await.fields(), [missing]);
    }
    let twice = r#"{"username":"budi","username":"root","primary_domain":"budi.test","package":"starter"}"#;
    assert_eq!(bench.send(root("POST", "/api/v1/accounts").raw("application/json", twice)).await.status, 422);
    assert_eq!(bench.host.state().asked.len(), 1);
    assert_eq!(bench.send(root("GET", "/api/v1/jobs")).await.body["items"].as_array().unwrap().len(), 1);
}
