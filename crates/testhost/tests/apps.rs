//! Supervised apps: started as their account, told apart from everybody else's, seen to be well, started again, gone without trace.

mod hostd;
mod panel;

use hostd::Hostd;
use hostd::apps::{bpf_works, node_app, over_socket, put_file, widen_package};
use nusantara_testhost::{Host, form::moments};
use panel::{Fallible, assert_clean, create, delete, inventory};
use serde_json::{Value, json};
use std::time::Duration;

/// Answers with what it was started with; `/die` ends it.
const SERVER_JS: &str = r#"
const http = require('http');
const where = process.env.PORT;
if (process.argv.includes('--broken')) { console.error('\u001b[31mno database\u001b[0m'); process.exit(7); }
const answer = () => JSON.stringify({ args: process.argv.slice(2), env: process.env, cwd: process.cwd(), uid: process.getuid(),
    cpus: require('os').cpus().length, homes: require('fs').readdirSync('/home') });
const server = http.createServer((request, response) => { if (request.url === '/die') process.exit(3); response.end(answer()); });
if (/^\d+$/.test(where)) server.listen(Number(where), '127.0.0.1'); else server.listen(where);
console.log('here on', where);
"#;

/// Listens where its argument says instead of where it was told, as a trespasser would.
const TRESPASSER_PY: &str = r#"
import os, socket, sys
for port in map(int, sys.argv[1:]):
    for kind in (socket.SOCK_STREAM, socket.SOCK_DGRAM):
        try:
            s = socket.socket(socket.AF_INET, kind)
            s.bind(("127.0.0.1", port))
            print(kind.name, port, "taken", flush=True)
        except OSError as e:
            print(kind.name, port, e.strerror, flush=True)
mine = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
mine.bind(("127.0.0.1", int(os.environ["PORT"])))
mine.listen()
while True:
    mine.accept()[0].close()
"#;

fn texts_of(page: &Value) -> Vec<&str> {
    page["log"]["lines"].as_array().into_iter().flatten().filter_map(Value::as_str).collect()
}

#[test]
fn an_app_runs_as_its_account_and_leaves_nothing() -> Fallible {
    let host = Host::with_panel("apps-life")?;
    widen_package(&host, &json!({}))?;
    let hostd = Hostd::of(&host)?;
    create(&host, "sari", "sari.test")?;
    let before = inventory(&host)?;
    create(&host, "joko", "joko.test")?;
    put_file(&host, "joko", "apps/shop", "server.js", SERVER_JS)?;

    // What is hostile to a shell, to systemd and to nginx arrives as it is.
    let hostile = ["100%", "%h %i %%", "$HOME ${PATH}", "a \"b\" 'c' \\d", "", " ", "; rm -rf /", "--flag=x y"];
    let mut app = node_app("shop", json!({"socket": {}}));
    app["instances"] = json!(2);
    app["args"] = json!(hostile);
    app["env"] = json!({"GREETING": "%n \"$USER\" \\n ${X} 'é'"});
    app["health"] = json!({"path": "/", "within_seconds": 60});
    hostd.done(&json!({"app_put": {"username": "joko", "app": app}}))?;
    for number in 0..2 {
        let said: Value = serde_json::from_str(&over_socket(&host, "www-data", "joko", &format!("shop.{number}.sock"), "/")?)?;
        assert_eq!(said["args"], json!(hostile));
        assert_eq!(said["env"]["GREETING"], "%n \"$USER\" \\n ${X} 'é'");
        assert_eq!(said["env"]["PORT"], format!("/run/nusantara-app/joko/shop.{number}.sock"));
        assert_eq!((&said["env"]["INSTANCE"], &said["env"]["HOME"]), (&json!(number.to_string()), &json!("/home/joko")));
        assert_eq!((&said["cwd"], &said["homes"]), (&json!("/home/joko/apps/shop"), &json!(["joko"])));
        assert!(said["uid"].as_u64() >= Some(12_000) && said["cpus"].as_u64() >= Some(1), "{said}");
    }
    hostd.app_states("joko", "shop", |all| all.len() == 2 && all.iter().all(|i| i["state"] == "active" && i["since"].is_string()))?;

    // Killed, it comes back, over the socket it left behind.
    host.run(["systemctl", "kill", "--signal=KILL", "nusantara-app@joko.shop.0.service"])?;
    hostd.app_states("joko", "shop", |all| all[0]["restarts"] == 1 && all[0]["state"] == "active")?;
    over_socket(&host, "www-data", "joko", "shop.0.sock", "/")?;
    hostd.done(&json!({"app_restart": {"username": "joko", "name": "shop"}}))?;
    over_socket(&host, "www-data", "joko", "shop.1.sock", "/")?;

    // Its log, page by page.
    let first = hostd.done(&json!({"log_read": {"username": "joko", "log": {"app": "shop"}, "lines": 1, "after": null}}))?;
    assert!(texts_of(&first)[0].contains("Z here on /run/nusantara-app/joko/shop."), "{first}");
    let after = first["log"]["after"].clone();
    hostd.done(&json!({"app_restart": {"username": "joko", "name": "shop"}}))?;
    let next = hostd.done(&json!({"log_read": {"username": "joko", "log": {"app": "shop"}, "lines": 1000, "after": after}}))?;
    assert_eq!(texts_of(&next).len(), 2, "both instances, once: {next}");
    let bad = hostd.error(&json!({"log_read": {"username": "joko", "log": {"app": "shop"}, "lines": 10, "after": "--help"}}))?;
    assert_eq!(bad["field"], "after");

    // One that cannot start is taken back, and its last words are told.
    host.expect_error("nusantara-app@joko.shop");
    host.expect_error("App of an account (joko.shop.");
    host.expect_error("operation failed");
    let mut broken = app.clone();
    broken["args"] = json!(["--broken"]);
    let refused = hostd.error(&json!({"app_put": {"username": "joko", "app": broken}}))?;
    assert_eq!(refused["code"], "host_failed", "{refused}");
    let detail = refused["detail"].as_str().unwrap_or_default();
    assert!(detail.contains("no database") && !detail.contains('\u{1b}'), "{refused}");
    hostd.app_states("joko", "shop", |all| all.iter().all(|i| i["state"] == "active"))?;
    let said: Value = serde_json::from_str(&over_socket(&host, "www-data", "joko", "shop.0.sock", "/")?)?;
    assert_eq!(said["args"], json!(hostile), "the old one is back");

    // Fewer instances, none, and away.
    app["instances"] = json!(1);
    app["listen"] = json!({"port": 20_100});
    hostd.done(&json!({"app_put": {"username": "joko", "app": app}}))?;
    assert!(host.run(["curl", "-sS", "--max-time", "10", "http://127.0.0.1:20100/"])?.contains("GREETING"));
    hostd.app_states("joko", "shop", |all| all.len() == 1)?;
    assert!(!host.exists("/etc/systemd/system/nusantara-app@joko.shop.1.service.d")?);
    app["enabled"] = json!(false);
    hostd.done(&json!({"app_put": {"username": "joko", "app": app}}))?;
    hostd.app_states("joko", "shop", |all| all[0]["state"] == "inactive")?;
    let off = hostd.error(&json!({"app_restart": {"username": "joko", "name": "shop"}}))?;
    assert_eq!(off["field"], "name");
    hostd.done(&json!({"app_remove": {"username": "joko", "name": "shop"}}))?;
    for path in ["/var/lib/nusantara-hostd/apps/joko", "/run/nusantara-app/joko", "/etc/tmpfiles.d/nusantara-app-joko.conf"] {
        assert!(!host.exists(path)?, "{path} is left");
    }
    assert!(host.exists("/home/joko/apps/shop/server.js")?, "its files stay");
    assert_eq!(host.run(["systemctl", "list-units", "--all", "--plain", "--no-legend", "nusantara-app@*"])?.trim(), "");

    // An account goes with its apps.
    app["enabled"] = json!(true);
    app["listen"] = json!({"socket": {}});
    hostd.done(&json!({"app_put": {"username": "joko", "app": app}}))?;
    delete(&host, "joko")?;
    // A reload while something is enabled makes systemd remember the link until the next one.
    host.run(["systemctl", "daemon-reload"])?;
    assert_clean(&host, &before, "deleted with an app")?;
    assert!(!host.exists("/run/nusantara-app/joko")? && !host.exists("/var/lib/nusantara-hostd/apps/joko")?);
    Ok(host.finish()?)
}

#[test]
fn an_app_that_crashes_fails_and_holds_nothing_up() -> Fallible {
    let host = Host::with_panel("apps-crash")?;
    widen_package(&host, &json!({}))?;
    let hostd = Hostd::of(&host)?;
    create(&host, "joko", "joko.test")?;
    put_file(&host, "joko", "apps/shop", "server.js", SERVER_JS)?;
    let mut app = node_app("shop", json!({"socket": {}}));
    app["restart"] = json!("never");
    hostd.done(&json!({"app_put": {"username": "joko", "app": app}}))?;
    over_socket(&host, "www-data", "joko", "shop.0.sock", "/die").ok();
    hostd.app_states("joko", "shop", |all| all[0]["state"] == "failed" && all[0]["ended"] == "exit status 3")?;
    let site =
        json!({"username": "joko", "domain": "blog.joko.test", "kind": null, "docroot": null, "settings": {}, "below_foreign": false});
    hostd.done(&json!({"site_add": site}))?;
    hostd.done(&json!({"app_restart": {"username": "joko", "name": "shop"}}))?;
    over_socket(&host, "www-data", "joko", "shop.0.sock", "/")?;

    // What is not there is refused before anything is touched, with the field.
    host.run(["mv", "/usr/bin/node", "/usr/bin/node.away"])?;
    host.run(["rm", "-f", "/usr/bin/nodejs"])?;
    let missing = hostd.error(&json!({"app_put": {"username": "joko", "app": node_app("other", json!({"socket": {}}))}}))?;
    assert_eq!((&missing["code"], &missing["field"]), (&json!("invalid"), &json!("program")), "{missing}");
    let folder = node_app("other", json!({"socket": {}}));
    let unknown = hostd.error(&json!({"app_restart": {"username": "joko", "name": folder["name"]}}))?;
    assert_eq!(unknown["code"], "not_found");
    Ok(host.finish()?)
}

#[test]
fn accounts_cannot_reach_each_others_apps() -> Fallible {
    let host = Host::with_panel("apps-apart")?;
    widen_package(&host, &json!({}))?;
    let hostd = Hostd::of(&host)?;
    for (user, domain) in [("joko", "joko.test"), ("sari", "sari.test")] {
        create(&host, user, domain)?;
        put_file(&host, user, "apps/shop", "server.js", SERVER_JS)?;
        put_file(&host, user, "apps/shop", "trespasser.py", TRESPASSER_PY)?;
        hostd.done(&json!({"app_put": {"username": user, "app": node_app("shop", json!({"socket": {}}))}}))?;
    }
    over_socket(&host, "joko", "joko", "shop.0.sock", "/")?;
    over_socket(&host, "www-data", "joko", "shop.0.sock", "/")?;
    assert!(over_socket(&host, "sari", "joko", "shop.0.sock", "/").is_err(), "another account's socket is out of reach");
    for path in ["/run/nusantara-app/joko", "/var/lib/nusantara-hostd/apps/joko", "/var/lib/nusantara-hostd/apps/joko/shop.json"] {
        assert!(!host.exec_as("sari", ["ls", path])?.success() || !host.exec_as("sari", ["cat", path])?.success(), "{path}");
    }
    assert!(!host.exec_as("sari", ["cat", "/var/lib/nusantara-hostd/apps/joko/shop.json"])?.success());
    assert!(host.exec_as("joko", ["cat", "/var/lib/nusantara-hostd/apps/joko/shop.json"])?.success());
    assert!(!host.exec_as("joko", ["dd", "if=/dev/null", "of=/var/lib/nusantara-hostd/apps/joko/shop.json"])?.success());

    // Its processes are neither seen nor signalled, not even from inside an app.
    let pid = host.run(["systemctl", "show", "--value", "--property=MainPID", "nusantara-app@joko.shop.0.service"])?;
    assert!(!host.exec_as("sari", ["kill", "-0", pid.trim()])?.success());
    let inside = host.run(["systemctl", "show", "--value", "--property=MainPID", "nusantara-app@sari.shop.0.service"])?;
    let seen = host.run([
        "nsenter",
        "--target",
        inside.trim(),
        "--mount",
        "setpriv",
        "--reuid=sari",
        "--regid=sari",
        "--clear-groups",
        "ls",
        "/proc",
    ])?;
    assert!(!seen.lines().any(|line| line == pid.trim()), "sari's app sees joko's process");

    // A name that an account makes in its folder leads nowhere else: the folder follows no links.
    host.exec_as("sari", ["ln", "-s", "/run/nusantara-app/joko/shop.0.sock", "/run/nusantara-app/sari/stolen.sock"])?;
    assert!(over_socket(&host, "www-data", "sari", "stolen.sock", "/").is_err(), "a link led to another account's app");

    // Ports are claimed, and bound only by whoever holds them.
    let at = |port: u16| {
        let mut app = node_app("ports", json!({"port": port}));
        app["program"] = json!({"python": "trespasser.py"});
        app["args"] = json!(["20500", "20501", "29999", "35000"]);
        app
    };
    hostd.done(&json!({"app_put": {"username": "joko", "app": at(20_500)}}))?;
    let taken = hostd.error(&json!({"app_put": {"username": "sari", "app": at(20_500)}}))?;
    assert_eq!(taken["field"], "listen.port", "{taken}");
    if bpf_works(&host)? {
        hostd.done(&json!({"app_put": {"username": "sari", "app": at(20_501)}}))?;
        let log = hostd.done(&json!({"log_read": {"username": "sari", "log": {"app": "ports"}, "lines": 100, "after": null}}))?;
        let lines = texts_of(&log).join("\n");
        for refused in ["SOCK_DGRAM 20500 Operation not permitted", "SOCK_STREAM 29999 Operation not permitted"] {
            assert!(lines.contains(refused), "{lines}");
        }
        assert!(lines.contains("SOCK_DGRAM 20501 taken") && lines.contains("SOCK_STREAM 35000 taken"), "{lines}");
    }
    Ok(host.finish()?)
}

#[test]
fn apps_are_there_after_a_restart_of_everything() -> Fallible {
    let host = Host::with_panel("apps-restart")?;
    widen_package(&host, &json!({}))?;
    let hostd = Hostd::of(&host)?;
    create(&host, "joko", "joko.test")?;
    put_file(&host, "joko", "apps/shop", "server.js", SERVER_JS)?;
    hostd.done(&json!({"app_put": {"username": "joko", "app": node_app("shop", json!({"socket": {}}))}}))?;
    // What a boot does: the folders' file system is made anew, then the folders, then the apps that are wanted.
    host.run(["systemctl", "stop", "nusantara-app@joko.shop.0.service"])?;
    host.run(["systemctl", "restart", "run-nusantara\\x2dapp.mount"])?;
    assert!(!host.exists("/run/nusantara-app/joko")?);
    host.run(["systemd-tmpfiles", "--create"])?;
    assert_eq!(host.run(["stat", "--format=%a %U %G", "/run/nusantara-app/joko"])?.trim(), "2710 joko www-data");
    host.run(["systemctl", "is-enabled", "nusantara-app@joko.shop.0.service"])?;
    host.run(["systemctl", "start", "nusantara-app@joko.shop.0.service"])?;
    hostd.app_states("joko", "shop", |all| all[0]["state"] == "active")?;
    over_socket(&host, "www-data", "joko", "shop.0.sock", "/")?;
    // The host daemon comes and goes; apps stay.
    let pid = host.run(["systemctl", "show", "--value", "--property=MainPID", "nusantara-app@joko.shop.0.service"])?;
    host.run(["systemctl", "restart", "nusantara-hostd.service"])?;
    assert_eq!(pid, host.run(["systemctl", "show", "--value", "--property=MainPID", "nusantara-app@joko.shop.0.service"])?);

    let usage = hostd.done(&json!({"account_usage": {"username": "joko"}}))?;
    assert!(usage["usage"]["disk_bytes"].as_u64() > Some(1_000) && usage["usage"]["disk_measured_at"].is_string(), "{usage}");
    let sent = usage["usage"]["sent_bytes"].as_u64().ok_or("no figure")?;
    panel::fetch(&host, "joko.test")?;
    host.wait_until("the request counted", Duration::from_secs(10), || {
        let usage = hostd.done(&json!({"account_usage": {"username": "joko"}})).ok();
        Ok(usage.and_then(|u| u["usage"]["sent_bytes"].as_u64()).filter(|now| *now > sent))
    })?;
    let report = host.run(["systemd-analyze", "security", "--no-pager", "nusantara-app@joko.shop.0.service"])?;
    let exposure = report.lines().find_map(|line| line.split_once("exposure level for ")?.1.split_once(": "));
    let exposure: Option<f32> = exposure.and_then(|(_, rest)| rest.split(' ').next()?.parse().ok());
    assert!(exposure.is_some_and(|level| level <= 1.8), "{exposure:?} of 1.8\n{report}");
    Ok(host.finish()?)
}

#[test]
fn an_app_survives_the_daemon_at_every_step() -> Fallible {
    const FAILPOINTS: &str = "/run/nusantara-panel/failpoints";
    let host = Host::with_panel("apps-killed")?;
    widen_package(&host, &json!({}))?;
    let hostd = Hostd::of(&host)?;
    create(&host, "joko", "joko.test")?;
    put_file(&host, "joko", "apps/shop", "server.js", SERVER_JS)?;
    let listed: Value = serde_json::from_str(&host.run(["/usr/sbin/nusantara-hostd", "steps", "--json"])?)?;
    let app = node_app("shop", json!({"socket": {}}));
    let mut changed = app.clone();
    changed["args"] = json!(["changed"]);
    for operation in ["app_put", "app_remove"] {
        // Nothing is stopped that never ran, and an app with a socket has no port.
        let steps = listed[operation]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .filter(|step| !["app.stop", "ports.guard"].contains(step));
        for (step, when) in steps.enumerate().flat_map(|(index, step)| moments(index).map(move |when| (step, when))) {
            let what = format!("killed {when} {step} of {operation}");
            hostd.done(&json!({"app_put": {"username": "joko", "app": app}}))?;
            host.write_file(FAILPOINTS, format!("kill hostd {operation} {step} {when}\n"))?;
            let args = if operation == "app_put" {
                json!({"username": "joko", "app": changed})
            } else {
                json!({"username": "joko", "name": "shop"})
            };
            hostd.survived(&json!({operation: args})).map_err(|e| format!("{what}: {e}"))?;
            let plan = hostd.done(&json!({"account_plan": {"username": "joko", "intent": "converge"}}))?;
            assert_eq!(plan["plan"]["changes"], json!([]), "{what}");
            if operation == "app_put" {
                let said: Value = serde_json::from_str(&over_socket(&host, "www-data", "joko", "shop.0.sock", "/")?)?;
                assert_eq!(said["args"], json!(["changed"]), "{what}");
            } else {
                assert!(!host.exists("/run/nusantara-app/joko")?, "{what}");
            }
        }
    }
    Ok(host.finish()?)
}
