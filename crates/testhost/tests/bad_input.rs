//! Hostile values in every field of the API: the answer is 422 with the field's name, and the host does not change.

mod panel;

use nusantara_testhost::Host;
use panel::{Fallible, api, create, inventory};
use serde_json::{Value, json};

/// What SECURITY R4, R10 and R12 list, as values of a text field.
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
    "a\u{0}b",
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
    "x\u{301}joko\u{0}",
];

fn field_named(body: &Value, field: &str) -> bool {
    body["errors"].as_array().into_iter().flatten().any(|e| e["field"] == field)
}

fn refuse(host: &Host, path: &str, base: &Value, field: &str, value: Value) -> Fallible {
    let mut body = base.clone();
    body[field] = value.clone();
    let answer = api(host, "POST", path, Some(&body.to_string()))?;
    assert_eq!(answer.status, 422, "{path} {field}={value}: {:?}", answer.body);
    assert!(field_named(&answer.body, field), "{path} {field}={value}: {:?}", answer.body);
    Ok(())
}

#[test]
fn every_field_refuses_what_is_not_its_own() -> Fallible {
    let host = Host::with_panel("bad-input")?;
    create(&host, "joko", "joko.test")?;
    let before = inventory(&host)?;
    let jobs_before = api(&host, "GET", "/api/v1/jobs", None)?.body["items"].as_array().map(Vec::len);

    let account = json!({"username": "budi", "primary_domain": "budi.test", "package": "starter"});
    let site = json!({"account": "joko", "domain": "shop.test"});
    let fields = [
        ("/api/v1/accounts", &account, vec!["username", "primary_domain", "package", "contact_email", "php_version"]),
        ("/api/v1/sites", &site, vec!["account", "domain", "php_version"]),
    ];
    for (path, base, names) in fields {
        for field in names {
            for value in HOSTILE {
                refuse(&host, path, base, field, json!(value))?;
            }
            refuse(&host, path, base, field, json!("a".repeat(300)))?;
            refuse(&host, path, base, field, json!(7))?;
            refuse(&host, path, base, field, json!({"x": 1}))?;
        }
        for unknown in ["uid", "role", "home_dir", "status", "owner", "__proto__"] {
            refuse(&host, path, base, unknown, json!(0))?;
        }
    }
    for taken in ["1.2.3.4", "com", "co.id", "foo.localhost", "a..test", "*.test", "-a.test"] {
        refuse(&host, "/api/v1/accounts", &account, "primary_domain", json!(taken))?;
    }
    for (what, body) in [("no json", "{"), ("an array", "[]"), ("nothing", ""), ("too deep", &"[".repeat(5_000))] {
        let answer = api(&host, "POST", "/api/v1/accounts", Some(body))?;
        assert!(matches!(answer.status, 400 | 422), "{what}: {answer:?}");
        assert!(answer.body["request_id"].is_string(), "{what}: {answer:?}");
    }
    let large = api(&host, "POST", "/api/v1/accounts", Some(&json!({"username": "a".repeat(70_000)}).to_string()))?;
    assert_eq!(large.status, 413, "{large:?}");

    assert_eq!(inventory(&host)?, before, "the host has not changed");
    assert_eq!(api(&host, "GET", "/api/v1/jobs", None)?.body["items"].as_array().map(Vec::len), jobs_before);
    Ok(host.finish()?)
}
