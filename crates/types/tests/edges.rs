//! The direction of dependencies (DESIGN, crates and direction): who may know whom, and what the root daemon may link.
//!
//! The golden files show the graph as it is; the lists below say what it may ever become. `UPDATE_EXPECT=1` refreshes the
//! golden files and cannot widen the lists.
#![allow(clippy::unwrap_used, clippy::panic, reason = "helpers of tests are tests")]

mod repository;

use expect_test::expect_file;
use repository::{ask, metadata};
use std::collections::{BTreeMap, BTreeSet};

/// Every crate with the crates of the workspace it may depend on.
const ALLOWED: &[(&str, &[&str])] = &[
    ("types", &[]),
    ("proto", &["types"]),
    ("api", &["types"]),
    ("facts", &["types"]),
    ("store", &["types"]),
    ("host", &["types"]),
    ("plan", &["types", "proto"]),
    ("jobs", &["store", "types"]),
    ("hostd", &["host", "plan", "facts", "proto", "types"]),
    ("agent", &["proto", "facts", "types"]),
    ("panel", &["api", "plan", "proto", "jobs", "store", "facts", "types"]),
    ("client", &["api", "types"]),
    ("cli", &["client"]),
    ("testhost", &["client", "types"]),
    ("testdb", &[]),
    ("xtask", &["testhost"]),
];

/// What the root daemon must never link: a network, TLS or SQL in it would be root's. A name covers `name-…` and `name_…`.
const NEVER_IN_HOSTD: &[&str] = &[
    "axum",
    "hyper",
    "http",
    "h2",
    "h3",
    "quinn",
    "reqwest",
    "ureq",
    "curl",
    "tower",
    "tonic",
    "tungstenite",
    "rustls",
    "native-tls",
    "openssl",
    "ring",
    "aws-lc",
    "aws-lc-rs",
    "webpki",
    "sea-orm",
    "sea-query",
    "sqlx",
    "diesel",
    "rusqlite",
    "libsqlite3-sys",
    "postgres",
    "tokio-postgres",
    "mysql",
    "mysql_async",
    "redis",
    "minijinja",
    "rhai",
    "mlua",
];

/// What the pure crates must never link: no runtime, no file or socket handling of another's.
const NEVER_IN_PURE: &[&str] = &["tokio", "async-std", "smol", "mio", "hyper", "axum", "reqwest", "rustix", "nix", "zbus", "futures"];

fn short(package: &str) -> &str {
    package.strip_prefix("nusantara-").unwrap_or(package)
}

/// Crate of the workspace to crates of the workspace, by kind: `normal`, `build` or `dev`.
fn graph() -> BTreeMap<String, BTreeSet<(String, String)>> {
    let metadata = metadata();
    let packages = metadata["packages"].as_array().unwrap();
    let own: BTreeSet<&str> = packages.iter().map(|p| p["name"].as_str().unwrap()).collect();
    let edges = |package: &serde_json::Value| {
        let dependencies = package["dependencies"].as_array().unwrap();
        let named = dependencies.iter().map(|d| (d["kind"].as_str().unwrap_or("normal"), d["name"].as_str().unwrap()));
        named.filter(|(_, name)| own.contains(name)).map(|(kind, name)| (kind.to_owned(), short(name).to_owned())).collect()
    };
    packages.iter().map(|p| (short(p["name"].as_str().unwrap()).to_owned(), edges(p))).collect()
}

/// Names of everything that is linked into a package, in order. `cargo tree -p` resolves the features of that package alone; a
/// look at the whole workspace would show features that only other programs switch on.
fn closure(package: &str) -> BTreeSet<String> {
    let arguments = ["tree", "--offline", "--target", "x86_64-unknown-linux-gnu", "--edges", "normal,no-proc-macro", "--prefix", "none"];
    let tree = ask(env!("CARGO"), &[&arguments[..], &["--format", "{p}", "--package", package]].concat());
    tree.lines().filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
}

/// Names of `closure` that are, or belong to, one of `banned`.
fn found(closure: &BTreeSet<String>, banned: &[&str]) -> Vec<String> {
    let belongs = |name: &str, ban: &str| name == ban || name.strip_prefix(ban).is_some_and(|rest| rest.starts_with(['-', '_']));
    closure.iter().filter(|name| banned.iter().any(|ban| belongs(name, ban))).cloned().collect()
}

#[test]
fn crates_know_only_whom_they_may() {
    let graph = graph();
    let mut text = String::new();
    for (name, edges) in &graph {
        let allowed = ALLOWED.iter().find(|(a, _)| a == name).map(|(_, allowed)| *allowed);
        let allowed = allowed.unwrap_or_else(|| panic!("{name} is a new crate: say in ALLOWED and in ARCHITECTURE.md whom it may know"));
        let used: Vec<&str> = edges.iter().filter(|(kind, _)| kind != "dev").map(|(_, to)| to.as_str()).collect();
        for to in &used {
            assert!(allowed.contains(to), "{name} must not depend on {to}");
        }
        text.push_str(&format!("{name} -> {}\n", if used.is_empty() { "nothing".to_owned() } else { used.join(", ") }));
    }
    let gone: Vec<_> = ALLOWED.iter().filter(|(name, _)| !graph.contains_key(*name)).collect();
    assert!(gone.is_empty(), "these crates are no more: {gone:?}");
    expect_file!["golden/edges.txt"].assert_eq(&text);
}

#[test]
fn only_the_root_daemon_has_hands() {
    for (name, edges) in graph() {
        // Tests too: whoever could call the hands in a test would soon call them outside one.
        assert!(name == "hostd" || edges.iter().all(|(_, to)| to != "host"), "{name} must not depend on host");
    }
}

#[test]
fn the_root_daemon_links_no_network_tls_or_sql() {
    let closure = closure("nusantara-hostd");
    assert_eq!(found(&closure, NEVER_IN_HOSTD), Vec::<String>::new());
    let names: String = closure.iter().map(|name| format!("{name}\n")).collect();
    expect_file!["golden/hostd-closure.txt"].assert_eq(&names);
}

#[test]
fn the_vocabulary_and_the_brain_are_pure() {
    for package in ["nusantara-types", "nusantara-plan"] {
        assert_eq!(found(&closure(package), NEVER_IN_PURE), Vec::<String>::new(), "{package}");
    }
}

#[test]
fn the_agent_does_not_listen() {
    assert_eq!(found(&closure("nusantara-agent"), &["axum", "axum-server", "tonic", "actix"]), Vec::<String>::new());
}

#[test]
fn a_ban_covers_a_family_and_nothing_else() {
    let closure = ["hyper", "hyper-util", "sqlx_core", "ring", "string", "httparse"].map(str::to_owned).into();
    assert_eq!(found(&closure, &["hyper", "sqlx", "ring", "http"]), ["hyper", "hyper-util", "ring", "sqlx_core"]);
}
