//! The border of the root daemon: what a compromised panel, and everybody else, gets when they speak to its socket.

mod panel;

use nusantara_testhost::Host;
use panel::{Fallible, create, inventory};
use serde_json::json;
use std::fs;

const PEER: &str = "/var/tmp/frames";
const ID: &str = "01890000-0000-7000-8000-0000000000";

fn send(host: &Host, user: &str, frame: &[u8]) -> Fallible<String> {
    let gid = host.run(["id", "-g", user])?;
    let argv = ["setpriv", &format!("--reuid={user}"), &format!("--regid={}", gid.trim()), "--init-groups", "--", PEER, "send"];
    let output = host.exec_with_input(argv, frame)?;
    assert!(output.success(), "{}", output.stderr);
    Ok(output.stdout)
}

fn request(serial: u32, operation: serde_json::Value) -> Vec<u8> {
    json!({"version": 1, "id": format!("{ID}{serial:02}"), "actor": "admin", "operation": operation}).to_string().into_bytes()
}

fn with_peer(name: &str) -> Fallible<Host> {
    let host = Host::with_panel(name)?;
    host.write_file(PEER, fs::read(env!("CARGO_BIN_EXE_frames"))?)?;
    host.run(["chmod", "0755", PEER])?;
    Ok(host)
}

#[test]
fn raw_frames_of_the_panel_user_are_refused() -> Fallible {
    let host = with_peer("frames")?;
    create(&host, "joko", "joko.test")?;
    let before = inventory(&host)?;
    let create_with = |username: serde_json::Value, domain: &str| json!({"account_create": {"username": username, "primary_domain": domain, "package": "starter", "contact_email": null, "php_version": null}});
    let good = request(1, json!({"describe": {}}));
    let answer = send(&host, "nusantara", &good)?;
    assert!(answer.contains("hostd_version"), "the peer itself works: {answer}");

    let mut extra = create_with(json!("budi"), "budi.test");
    extra["account_create"]["uid"] = json!(0);
    let frames: Vec<(&str, Vec<u8>)> = vec![
        ("oversize", vec![b' '; 193 * 1024]),
        ("truncated", good[..good.len() - 4].to_vec()),
        ("empty object", b"{}".to_vec()),
        ("not json", vec![0xff; 64]),
        ("deeply nested", vec![b'['; 10_000]),
        ("other version", String::from_utf8_lossy(&good).replace("\"version\":1", "\"version\":2").into_bytes()),
        ("unknown operation", request(2, json!({"run_command": {"argv": ["id"]}}))),
        ("extra field", request(3, extra)),
        ("uid 0 as name", request(4, create_with(json!(0), "budi.test"))),
        ("root", request(5, create_with(json!("root"), "budi.test"))),
        ("system user", request(6, create_with(json!("www-data"), "budi.test"))),
        ("a path", request(7, create_with(json!("../etc"), "budi.test"))),
        ("another account's domain", request(8, create_with(json!("budi"), "joko.test"))),
        ("below another account's domain", request(9, create_with(json!("budi"), "x.joko.test"))),
        ("injected domain", request(10, create_with(json!("budi"), "a.test; root /etc"))),
        ("another account's site", request(11, json!({"site_remove": {"username": "joko", "domain": "other.test"}}))),
        ("primary site", request(12, json!({"site_remove": {"username": "joko", "domain": "joko.test"}}))),
        ("delete of a stranger", request(13, json!({"account_delete": {"username": "daemonx"}}))),
    ];
    for (what, frame) in frames {
        let answer = send(&host, "nusantara", &frame)?;
        assert!(!answer.contains("\"Ok\"") && !answer.contains("silent"), "{what}: {answer}");
    }
    assert_eq!(inventory(&host)?, before, "nothing on the host has changed");
    panel::fetch(&host, "joko.test")?;
    Ok(host.finish()?)
}

#[test]
fn everybody_else_is_refused_at_accept() -> Fallible {
    let host = with_peer("strangers")?;
    create(&host, "joko", "joko.test")?;
    let frame = request(1, json!({"describe": {}}));
    for user in ["joko", "www-data", "nobody"] {
        let answer = send(&host, user, &frame)?;
        assert!(answer.contains("\"connect\""), "{user} cannot even connect: {answer}");
    }
    // With the folder and the socket opened by mistake, the peer check still holds.
    host.run(["chmod", "0755", "/run/nusantara-panel"])?;
    host.run(["chmod", "0666", "/run/nusantara-panel/hostd.sock"])?;
    for user in ["joko", "www-data", "nobody"] {
        let answer = send(&host, user, &frame)?;
        assert!(!answer.contains("hostd_version"), "{user} got an answer: {answer}");
        assert!(answer.contains("closed") || answer.contains("receive") || answer.contains("send"), "{user}: {answer}");
    }
    Ok(host.finish()?)
}

#[test]
fn a_thousand_connections_leave_memory_flat() -> Fallible {
    let host = with_peer("flood")?;
    create(&host, "joko", "joko.test")?;
    let pid = host.run(["systemctl", "show", "--value", "--property=MainPID", "nusantara-hostd.service"])?;
    let memory = || -> Fallible<u64> {
        let status = host.read_file(&format!("/proc/{}/status", pid.trim()))?;
        let line = status.lines().find(|l| l.starts_with("VmHWM:")).ok_or("no VmHWM")?;
        Ok(line.split_whitespace().nth(1).ok_or("no figure")?.parse()?)
    };
    let flood = || host.exec_as("nusantara", ["/bin/sh", "-c", &format!("ulimit -n 4096; exec {PEER} open 1000")]);
    let first = flood()?;
    assert!(first.success(), "{}", first.stderr);
    let after_one = memory()?;
    for _ in 0..2 {
        flood()?;
    }
    let grown = memory()?.saturating_sub(after_one);
    assert!(grown < 1_024, "the peak grew by {grown} KiB over two more floods");
    assert!(after_one < 64 * 1_024, "the peak is {after_one} KiB");
    let answer = send(&host, "nusantara", &request(1, json!({"describe": {}})))?;
    assert!(answer.contains("hostd_version"), "it still answers: {answer}");
    assert_eq!(pid, host.run(["systemctl", "show", "--value", "--property=MainPID", "nusantara-hostd.service"])?, "and never restarted");
    Ok(host.finish()?)
}
