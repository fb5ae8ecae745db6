//! Ports of this host: an account's own are reached by itself and by the web server, and by no other account; nor are the panel and
//! what databases listen on.

mod hostd;
mod panel;

use hostd::apps::{bpf_works, node_app, put_file, widen_package};
use hostd::{Hostd, add};
use nusantara_testhost::Host;
use panel::{Fallible, create, delete};
use serde_json::{Value, json};
use std::time::Duration;

const SERVER_JS: &str = "require('http').createServer((q, r) => r.end('here')).listen(Number(process.env.PORT), '127.0.0.1');";
/// Connects to a port of this host and says how that went.
const KNOCK_PHP: &str = "<?php $s = @fsockopen($_GET['at'], (int) $_GET['port'], $n, $why, 5); echo $s ? 'open' : $why;";

fn knock(host: &Host, site: &str, at: &str, port: u16) -> Fallible<String> {
    let url = format!("http://127.0.0.1/knock.php?at={at}&port={port}");
    Ok(host.run(["curl", "-sS", "--max-time", "30", "-H", &format!("Host: {site}"), &url])?)
}

/// Whether a process of `user` outside of any unit gets through, as over SSH.
fn reaches(host: &Host, user: &str, url: &str) -> Fallible<bool> {
    Ok(host.exec_as(user, ["curl", "-sSk", "--max-time", "10", "--output", "/dev/null", url])?.success())
}

#[test]
fn ports_are_reached_by_their_account_and_the_web_server_only() -> Fallible {
    let host = Host::with_panel("i3-ports")?;
    widen_package(&host, &json!({}))?;
    let hostd = Hostd::of(&host)?;
    for (user, port) in [("joko", 20_100), ("sari", 20_200)] {
        let site = format!("{user}.test");
        create(&host, user, &site)?;
        put_file(&host, user, &format!("domains/{site}/public_html"), "knock.php", KNOCK_PHP)?;
        put_file(&host, user, "apps/shop", "server.js", SERVER_JS)?;
        hostd.done(&json!({"app_put": {"username": user, "app": node_app("shop", json!({"port": port}))}}))?;
        hostd.done(&add(user, &format!("app.{site}"), None, json!({"runtime": "node", "app": "shop"})))?;
    }
    // Stand-ins for a database, and for what a cloud tells its machines.
    host.run(["ip", "addr", "add", "169.254.169.254/32", "dev", "lo"])?;
    for (name, at, port) in [("db", "127.0.0.1", "3306"), ("cloud", "169.254.169.254", "8000")] {
        let server = format!("require('http').createServer((q, r) => r.end('here')).listen({port}, '{at}')");
        host.run(["systemd-run", "--quiet", &format!("--unit=test-{name}"), "node", "-e", &server])?;
    }
    for url in ["http://127.0.0.1:3306/", "http://169.254.169.254:8000/"] {
        host.wait_until(url, Duration::from_secs(20), || Ok(reaches(&host, "root", url).ok().filter(|open| *open)))?;
        assert!(!reaches(&host, "joko", url)?, "{url}");
    }

    for at in ["127.0.0.1", "localhost"] {
        assert_eq!(knock(&host, "joko.test", at, 20_100)?, "open", "its own");
        assert_eq!(knock(&host, "sari.test", at, 20_200)?, "open", "its own");
        assert_eq!(knock(&host, "sari.test", at, 20_100)?, "Connection refused", "a neighbour's");
        for closed in [8_443, 3_306, 29_999] {
            assert_eq!(knock(&host, "sari.test", at, closed)?, "Connection refused", "{closed}");
        }
    }
    let address = host.address().to_string();
    assert_eq!(knock(&host, "sari.test", &address, 8_443)?, "Connection refused", "nor by another address of this host");
    assert_eq!(knock(&host, "sari.test", "127.0.0.1", 80)?, "open", "sites are for everybody");
    assert!(!reaches(&host, "sari", "http://127.0.0.1:20100/")? && reaches(&host, "sari", "http://127.0.0.1:20200/")?);
    assert!(reaches(&host, "www-data", "http://127.0.0.1:20100/")? && reaches(&host, "root", "https://127.0.0.1:8443/")?);
    for site in ["app.joko.test", "app.sari.test"] {
        assert_eq!(host.http_get(site, "/")?.body, "here", "{site}");
    }

    // A port that changes hands is closed to who had it.
    hostd.done(&json!({"site_remove": {"username": "joko", "domain": "app.joko.test"}}))?;
    hostd.done(&json!({"app_remove": {"username": "joko", "name": "shop"}}))?;
    hostd.done(&json!({"app_put": {"username": "sari", "app": node_app("shop", json!({"port": 20_100}))}}))?;
    assert_eq!(knock(&host, "joko.test", "127.0.0.1", 20_100)?, "Connection refused");
    assert_eq!(knock(&host, "sari.test", "127.0.0.1", 20_100)?, "open");
    assert_eq!(hostd.drift("sari")?, json!([]));

    // The host's own rules begin with an empty ruleset; a restart of everything finds the table again.
    host.run(["systemctl", "start", "nftables.service"])?;
    assert_eq!(knock(&host, "joko.test", "127.0.0.1", 20_100)?, "Connection refused", "after the host's own rules");
    host.run(["nft", "flush", "ruleset"])?;
    assert_eq!(knock(&host, "joko.test", "127.0.0.1", 20_100)?, "open", "it is the table that does it");
    host.run(["systemctl", "restart", "nusantara-hostd.service"])?;
    assert_eq!(knock(&host, "joko.test", "127.0.0.1", 20_100)?, "Connection refused", "after a restart");
    host.run(["systemctl", "is-enabled", "nusantara-firewall.service"])?;
    let described = hostd.done(&json!({"describe": {}}))?["description"].clone();
    assert_eq!(described["port_guard"], json!(true));
    assert_eq!(described["bind_guard"], json!(bpf_works(&host)?), "{described}");
    delete(&host, "sari")?;
    let table = host.run(["nft", "list", "table", "inet", "nusantara"])?;
    assert!(!table.contains("20100"), "{table}");
    assert!(matches!(hostd.drift("joko")?, Value::Array(changes) if changes.is_empty()));
    Ok(host.finish()?)
}
