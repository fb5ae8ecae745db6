//! Whole specs: an account with everything that it may have, in two states that differ in everything.

use super::Hostd;
use super::apps::put_file;
use crate::panel::Fallible;
use nusantara_testhost::Host;
use serde_json::{Value, json};

/// `openssl passwd -6 -salt saltsalt secret`.
pub(crate) const HASH: &str = "$6$saltsalt$TVLlQcbpFVof5W3Yz4DTP6gRstiNuHwwTt6GLc1E5n0U0aDehy0S5knV8wiOQSpT0Y77vwPZN.Pq.H91p5hVO1";
const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIO3sc8bZQzBbA2Ik6yPqs1GLpItcgYaGmGakD3rxixUT joko@laptop";
const SERVER_JS: &str = "require('http').createServer((_, r) => r.end('app ' + process.env.WORD)).listen(process.env.PORT);";

fn app(name: &str, word: &str, enabled: bool) -> Value {
    json!({"name": name, "folder": "app", "program": {"node": "server.js"}, "env": {"WORD": word}, "listen": {"socket": {}}, "instances": 1, "enabled": enabled})
}

fn job(name: &str, schedule: &str) -> Value {
    json!({"name": name, "schedule": schedule, "command": "true", "timeout_minutes": 1, "enabled": true})
}

fn visitors(name: &str) -> Value {
    json!([{"path": "/private", "realm": "A", "visitors": [{"name": name, "hash": HASH}]}])
}

/// Two states of `name`, whose fresh spec is `spec`.
pub(crate) fn two_states(spec: &Value, name: &str) -> (Value, Value) {
    let mut a = spec.clone();
    a["limits"]["max_apps"] = json!(4);
    a["limits"]["memory_limit_mb"] = json!(900);
    a["account"]["shell"] = json!("/bin/bash");
    a["ssh"]["enabled"] = json!(true);
    a["ssh"]["mode"] = json!("shell");
    a["ssh"]["authorized_keys"] = json!([KEY]);
    let docroot = |domain: &str| format!("domains/{domain}/public_html");
    let (shop, port, node) = (format!("shop-{name}.test"), format!("port-{name}.test"), format!("app.{name}.test"));
    a["domains"]["primary"]["protected"] = visitors("sari");
    a["domains"]["primary"]["php_ini"] = json!({"memory_limit": 64});
    a["domains"]["addon_domains"] = json!([
        {"domain": shop, "docroot": docroot(&shop), "runtime": "static"},
        {"domain": port, "docroot": docroot(&port), "runtime": "proxy", "proxy": {"port": 20_001}},
    ]);
    a["domains"]["subdomains"] =
        json!([{"subdomain": node, "parent": format!("{name}.test"), "docroot": docroot(&node), "runtime": "node", "app": "shop"}]);
    a["services"]["nodejs"] = json!({"enabled": true, "apps": [app("shop", "one", true), app("idle", "one", false)]});
    a["services"]["cron"] = json!({"enabled": true, "jobs": [job("tidy", "30 2 * * *")]});
    a["services"]["ftp"] = json!({"enabled": true, "accounts": [{"name": "web", "folder": "web", "hash": HASH, "enabled": true}]});

    let mut b = spec.clone();
    b["limits"]["max_apps"] = json!(4);
    b["account"]["contact_email"] = json!("joko@joko.test");
    b["domains"]["primary"]["protected"] = visitors("budi");
    b["domains"]["primary"]["runtime"] = json!("static");
    let fresh = format!("new-{name}.test");
    b["domains"]["addon_domains"] = json!([{"domain": fresh, "docroot": docroot(&fresh), "runtime": "static"}]);
    b["domains"]["alias_domains"] = json!([format!("alias-{name}.test")]);
    b["services"]["nodejs"] = json!({"enabled": true, "apps": [app("shop", "two", false), app("queue", "two", true)]});
    b["services"]["cron"] = json!({"enabled": true, "jobs": [job("mail", "@daily")]});
    b["services"]["ftp"] = json!({"enabled": true, "accounts": [{"name": "scans", "folder": "scans", "hash": HASH, "enabled": true}]});
    (a, b)
}

/// What a spec asks for: without what is written down about the account, and without who it is.
pub(crate) fn asked(spec: &Value) -> Value {
    let mut spec = spec.clone();
    for field in ["updated_at", "created_at", "uid", "gid", "last_login_ip", "last_login_at"] {
        spec["account"][field] = Value::Null;
    }
    spec["meta"] = spec["meta"]["notes"].clone();
    spec
}

/// The operation that brings an account to a spec, or makes it from one.
pub(crate) fn import(username: &str, spec: &Value, replace: bool) -> Value {
    json!({"account_import": {"username": username, "spec": spec, "replace": replace, "below_foreign": false}})
}

/// The files that both states need below the home.
pub(crate) fn put_app(host: &Host, username: &str) -> Fallible {
    put_file(host, username, "app", "server.js", SERVER_JS)
}

impl Hostd<'_> {
    /// Brings an account to a spec, and returns it as the host writes it.
    pub(crate) fn brought_to(&self, username: &str, spec: &Value) -> Fallible<Value> {
        self.done(&import(username, spec, true))?;
        assert_eq!(self.drift(username)?, json!([]));
        self.spec(username)
    }

    /// The steps of a plan, and its targets.
    pub(crate) fn steps_of(&self, operation: &Value) -> Fallible<Vec<String>> {
        let answer = self.done(operation)?;
        let plan = if answer["foreseen"].is_object() { &answer["foreseen"]["plan"] } else { &answer["plan"] };
        Ok(plan["changes"].as_array().into_iter().flatten().map(|c| super::text(&c["step"])).collect())
    }
}
