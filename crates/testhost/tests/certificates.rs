//! Certificates on a booted host: ordered from a real authority (pebble) that refuses every other nonce, forgets and goes away;
//! uploaded, with a daemon that is killed in the middle; seen by a client that trusts nothing else.

mod hostd;
mod panel;

use hostd::{Hostd, add, update};
use nusantara_testhost::form::moments;
use nusantara_testhost::{Host, HostOptions, panel_package};
use panel::{Fallible, api, begin_create, create, delete, job_end};
use serde_json::{Value, json};
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(180);
const CONFIG: &str = "/etc/nusantara-panel/panel.toml";
const ROOT: &str = "/root/authority.pem";

/// Makes a root, and a certificate of it for these names, in `/root/<name>.{key,pem}`.
const MAKE: &str = r#"
    set -e; cd /root; name=$1; names=$2; days=$3
    [ -e ca.key ] || openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -days 30 -subj "/CN=Test root" \
        -keyout ca.key -out ca.pem -addext basicConstraints=critical,CA:TRUE -addext keyUsage=critical,keyCertSign
    openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:P-256 -noenc -subj / -keyout $name.key -out $name.csr
    printf 'subjectAltName=%s\nbasicConstraints=CA:FALSE\n' "$names" >$name.ext
    openssl x509 -req -in $name.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days $days -extfile $name.ext -out $name.pem
"#;

fn make(host: &Host, name: &str, names: &str, days: &str) -> Fallible {
    host.run(["sh", "-c", MAKE, "make", name, names, days])?;
    Ok(())
}

/// Starts the authority, and the DNS server that it and the panel ask: every name leads to this host.
fn authority(host: &Host) -> Fallible {
    make(host, "directory", "DNS:localhost,IP:127.0.0.1", "30")?;
    host.write_file(
        "/root/pebble.json",
        json!({"pebble": {"listenAddress": "127.0.0.1:14000", "managementListenAddress": "127.0.0.1:15000",
            "certificate": "/root/directory.pem", "privateKey": "/root/directory.key", "httpPort": 80, "tlsPort": 443,
            "ocspResponderURL": "", "externalAccountBindingRequired": false}})
        .to_string(),
    )?;
    host.run([
        "systemd-run",
        "--quiet",
        "--unit=names",
        "pebble-challtestsrv",
        "-defaultIPv4",
        "127.0.0.1",
        "-defaultIPv6",
        "",
        "-http01",
        "",
        "-https01",
        "",
        "-tlsalpn01",
        "",
        "-dns01",
        "127.0.0.1:8053",
        "-management",
        "127.0.0.1:8055",
    ])?;
    start(host)?;
    host.run(["cp", "/root/ca.pem", "/etc/nusantara-panel/acme-root.pem"])?;
    host.run(["chmod", "0644", "/etc/nusantara-panel/acme-root.pem"])?;
    let config = host.read_file(CONFIG)?;
    let more = "acme_directory = \"https://localhost:14000/dir\"\nacme_root = \"/etc/nusantara-panel/acme-root.pem\"\n\
                acme_contact = \"admin@joko.test\"\ndns_servers = [\"127.0.0.1:8053\"]\n";
    host.write_file(CONFIG, format!("{config}\n{more}"))?;
    host.run(["systemctl", "restart", "nusantarad.service"])?;
    Ok(())
}

/// Every other nonce is refused, and no look takes longer than it must.
fn start(host: &Host) -> Fallible {
    host.run([
        "systemd-run",
        "--quiet",
        "--collect",
        "--unit=authority",
        "--setenv=PEBBLE_WFE_NONCEREJECT=50",
        "--setenv=PEBBLE_VA_NOSLEEP=1",
        "pebble",
        "-config",
        "/root/pebble.json",
        "-dnsserver",
        "127.0.0.1:8053",
    ])?;
    host.wait_until("the authority", Duration::from_secs(30), || {
        Ok(host.exec(["curl", "-skf", "-o", ROOT, "https://127.0.0.1:15000/roots/0"])?.success().then_some(()))
    })?;
    Ok(())
}

/// Whether a client that trusts `root` alone gets a page of the site over HTTPS.
fn trusted(host: &Host, root: &str, name: &str) -> Fallible<bool> {
    let at = format!("{name}:443:127.0.0.1");
    let url = format!("https://{name}/");
    let seen = host.exec(["curl", "--silent", "--max-time", "20", "--output", "/dev/null", "--cacert", root, "--resolve", &at, &url])?;
    Ok(seen.success())
}

fn of(host: &Host, username: &str, domain: &str) -> Fallible<Value> {
    Ok(api(host, "GET", &format!("/api/v1/accounts/{username}/sites/{domain}/certificate"), None)?.body)
}

fn valid(host: &Host, username: &str, domain: &str) -> Fallible<Value> {
    let site = host.wait_until(&format!("a certificate of {domain}"), PATIENCE, || {
        Ok(of(host, username, domain).ok().filter(|site| site["state"] == "valid" && site["job"].is_null()))
    });
    site.map_err(|e| format!("{e}: {:#}", of(host, username, domain).unwrap_or_default()).into())
}

fn issued(host: &Host, username: &str, domain: &str) -> Fallible<Value> {
    let asked = api(host, "POST", &format!("/api/v1/accounts/{username}/sites/{domain}/certificate/issue"), Some("{}"))?;
    assert_eq!(asked.status, 202, "{:#}", asked.body);
    job_end(host, asked.body["job"]["id"].as_str().unwrap_or_default())
}

#[test]
fn sites_get_certificates_by_themselves() -> Fallible {
    let host = Host::up("certificates", &HostOptions { authority: true, install: Some(panel_package()?), ..HostOptions::default() })?;
    let hostd = Hostd::of(&host)?;
    create(&host, "joko", "joko.test")?;
    hostd.done(&update("joko", "joko.test", None, json!({"https": true, "www": "to_apex"})))?;
    let first = of(&host, "joko", "joko.test")?;
    assert_eq!((&first["state"], &first["orders"]), (&json!("host_own"), &json!(false)), "{first:#}");
    assert_eq!(api(&host, "POST", "/api/v1/accounts/joko/sites/joko.test/certificate/issue", Some("{}"))?.status, 422);

    authority(&host)?;
    let site = valid(&host, "joko", "joko.test")?;
    assert_eq!(site["certificate"]["names"].as_array().map(Vec::len), Some(2), "{site:#}");
    assert_eq!(site["missing"], json!([]), "{site:#}");
    for name in ["joko.test", "www.joko.test"] {
        assert!(trusted(&host, ROOT, name)?, "{name}");
    }
    hostd.done(&add("joko", "blog.joko.test", None, json!({"https": true, "force_https": true})))?;
    valid(&host, "joko", "blog.joko.test")?;
    assert!(trusted(&host, ROOT, "blog.joko.test")?);
    assert_eq!(hostd.drift("joko")?, json!([]));
    kept_well(&host)?;

    many_at_once(&host, &hostd)?;
    failures_are_told(&host, &hostd)?;
    life_goes_on(&host, &hostd)?;
    Ok(host.finish()?)
}

/// Keys are root's, and are written nowhere else.
fn kept_well(host: &Host) -> Fallible {
    let modes = host.run(["sh", "-c", "cd /var/lib/nusantara-hostd/tls && stat -c %a:%U accounts accounts/* accounts/*/* | sort -u"])?;
    assert_eq!(modes, "600:root\n700:root\n");
    let elsewhere = "grep -rl 'PRIVATE KEY' /var/lib/nusantara-panel /var/log/nusantara-panel /etc/nusantara-panel \
                     /var/lib/nusantara-hostd --exclude-dir=tls; journalctl --no-pager | grep -c 'PRIVATE KEY'";
    assert_eq!(host.exec(["sh", "-c", elsewhere])?.stdout, "0\n");
    let answers = host.run(["ls", "/var/lib/nusantara-hostd/acme"])?;
    assert_eq!(answers, "", "no answer is left");
    Ok(())
}

/// A dozen accounts ask in the same moment: each site answers with its own certificate once its order has ended.
fn many_at_once(host: &Host, hostd: &Hostd<'_>) -> Fallible {
    let names: Vec<(String, String)> = (0..12).map(|i| (format!("many{i}"), format!("many{i}.test"))).collect();
    let jobs = names.iter().map(|(username, domain)| begin_create(host, username, domain)).collect::<Fallible<Vec<_>>>()?;
    for job in jobs {
        assert_eq!(job_end(host, &job)?["state"], "success");
    }
    for (username, domain) in &names {
        hostd.done(&update(username, domain, None, json!({"https": true})))?;
    }
    for (username, domain) in &names {
        valid(host, username, domain)?;
        assert!(trusted(host, ROOT, domain)?, "{domain}");
    }
    Ok(())
}

/// What the authority cannot reach, and an authority that goes away.
fn failures_are_told(host: &Host, hostd: &Hostd<'_>) -> Fallible {
    let elsewhere = r#"{"host":"away.joko.test","addresses":["203.0.113.9"]}"#;
    host.run(["curl", "-sf", "-d", elsewhere, "http://127.0.0.1:8055/add-a"])?;
    hostd.done(&add("joko", "away.joko.test", None, json!({"https": true})))?;
    let failed = host
        .wait_until("a failed order", PATIENCE, || Ok(of(host, "joko", "away.joko.test").ok().filter(|site| !site["failure"].is_null())))?;
    let failure = &failed["failure"];
    assert!(matches!(failure["code"].as_str(), Some("acme_challenge" | "dns")), "{failed:#}");
    assert!(failure["again_at"].is_string(), "{failed:#}");
    assert!(!trusted(host, ROOT, "away.joko.test")?);
    assert_eq!(host.http_get("away.joko.test", "/")?.status, 200, "the site itself is well");
    host.run(["curl", "-sf", "-d", r#"{"host":"away.joko.test"}"#, "http://127.0.0.1:8055/clear-a"])?;
    let job = issued(host, "joko", "away.joko.test")?;
    assert_eq!(job["state"], "success", "{job:#}");
    assert!(trusted(host, ROOT, "away.joko.test")?);

    host.run(["systemctl", "stop", "authority.service"])?;
    let job = issued(host, "joko", "joko.test")?;
    assert_eq!((&job["state"], &job["error"]["code"]), (&json!("failed"), &json!("acme_away")), "{job:#}");
    assert!(trusted(host, ROOT, "joko.test")?, "what was in force still is");
    // It comes back, and has forgotten everybody.
    let old = "/root/authority-before.pem";
    host.run(["cp", ROOT, old])?;
    start(host)?;
    let job = issued(host, "joko", "joko.test")?;
    assert_eq!(job["state"], "success", "{job:#}");
    assert!(trusted(host, ROOT, "joko.test")? && !trusted(host, old, "joko.test")?);
    Ok(())
}

/// Certificates go where their account goes.
fn life_goes_on(host: &Host, hostd: &Hostd<'_>) -> Fallible {
    hostd.done(&json!({"account_suspend": {"username": "joko", "reason": null}}))?;
    assert!(trusted(host, ROOT, "joko.test")?, "the notice too");
    hostd.done(&json!({"account_unsuspend": {"username": "joko"}}))?;
    let renamed = api(host, "POST", "/api/v1/accounts/joko/rename", Some(r#"{"new_username": "budi"}"#))?;
    assert_eq!(job_end(host, renamed.body["job"]["id"].as_str().unwrap_or_default())?["state"], "success", "{:#}", renamed.body);
    assert!(trusted(host, ROOT, "joko.test")? && trusted(host, ROOT, "www.joko.test")?);
    assert_eq!(hostd.drift("budi")?, json!([]));
    hostd.done(&json!({"site_remove": {"username": "budi", "domain": "blog.joko.test"}}))?;
    let uid = host.run(["id", "-u", "budi"])?;
    let folder = format!("/var/lib/nusantara-hostd/tls/accounts/{}", uid.trim());
    assert!(!host.run(["ls", &folder])?.contains("blog"), "its key is destroyed");
    let revoked = api(host, "POST", "/api/v1/accounts/budi/sites/joko.test/certificate/revoke", Some("{}"))?;
    let job = job_end(host, revoked.body["job"]["id"].as_str().unwrap_or_default())?;
    assert_eq!(job["state"], "success", "{job:#}");
    valid(host, "budi", "joko.test")?;
    assert!(trusted(host, ROOT, "joko.test")?, "another one was ordered");
    delete(host, "budi")?;
    assert!(!host.exists(&folder)?);
    Ok(())
}

/// The operation that uploads what [`make`] made.
fn uploading(host: &Host, name: &str) -> Fallible<Value> {
    let (key, chain) = (host.read_file(&format!("/root/{name}.key"))?, host.read_file(&format!("/root/{name}.pem"))?);
    Ok(json!({"certificate_install": {"username": "joko", "domain": "joko.test", "source": "uploaded", "key": key, "chain": chain}}))
}

fn fingerprint(host: &Host, name: &str) -> Fallible<String> {
    let script = format!("openssl x509 -in /root/{name}.pem -outform DER | sha256sum | cut -d' ' -f1");
    Ok(host.run(["sh", "-c", &script])?.trim().to_owned())
}

/// What the site shows a visitor.
fn shown(host: &Host) -> Fallible<String> {
    let script = "openssl s_client -connect 127.0.0.1:443 -servername joko.test </dev/null 2>/dev/null | openssl x509 -outform DER | sha256sum | cut -d' ' -f1";
    Ok(host.run(["sh", "-c", script])?.trim().to_owned())
}

#[test]
fn an_uploaded_certificate_is_in_force_whole_or_not_at_all() -> Fallible {
    let host = Host::with_panel("certificates-upload")?;
    let hostd = Hostd::of(&host)?;
    create(&host, "joko", "joko.test")?;
    hostd.done(&update("joko", "joko.test", None, json!({"https": true})))?;
    let own = shown(&host)?;
    for (name, names, days) in
        [("one", "DNS:joko.test,DNS:www.joko.test", "30"), ("two", "DNS:*.test,DNS:joko.test", "40"), ("other", "DNS:sari.test", "30")]
    {
        make(&host, name, names, days)?;
    }
    host.run([
        "sh",
        "-c",
        "cd /root; cat one.pem ca.pem >whole.pem; cp one.key whole.key; cat ca.pem one.pem >turned.pem; cp one.key turned.key; \
                           cat one.pem other.pem >wrong.pem; cp one.key wrong.key; cp two.pem stranger.pem; cp one.key stranger.key",
    ])?;
    for (name, field) in [("other", "chain"), ("turned", "chain"), ("wrong", "chain"), ("stranger", "key")] {
        assert_eq!(hostd.refused(&uploading(&host, name)?)?, ("invalid".to_owned(), field.to_owned()), "{name}");
        assert_eq!(shown(&host)?, own, "{name}");
    }
    // By the panel, which tells the field.
    let body = json!({"key": host.read_file("/root/one.key")?, "chain": host.read_file("/root/other.pem")?}).to_string();
    let refused = api(&host, "PUT", "/api/v1/accounts/joko/sites/joko.test/certificate", Some(&body))?;
    assert_eq!((refused.status, refused.body.to_string().contains("\"chain\"")), (422, true), "{:#}", refused.body);
    let body = json!({"key": host.read_file("/root/whole.key")?, "chain": host.read_file("/root/whole.pem")?}).to_string();
    let taken = api(&host, "PUT", "/api/v1/accounts/joko/sites/joko.test/certificate", Some(&body))?;
    assert_eq!((taken.status, &taken.body["state"]), (200, &json!("valid")), "{:#}", taken.body);
    assert_eq!(shown(&host)?, fingerprint(&host, "one")?);
    assert!(trusted(&host, "/root/ca.pem", "joko.test")?);
    kept_well(&host)?;
    // A web server that was killed leaves its sockets behind and starts all the same.
    host.expect_error("nginx.service");
    host.run(["systemctl", "kill", "--signal=KILL", "nginx.service"])?;
    host.wait_until("the end of the web server", PATIENCE, || {
        Ok((host.exec(["systemctl", "is-active", "--quiet", "nginx.service"])?.status != 0).then_some(()))
    })?;
    assert!(host.exists("/run/nusantara-nginx/tls.sock")?, "the kill left no socket, so this proves nothing");
    host.run(["systemctl", "start", "nginx.service"])?;
    assert!(trusted(&host, "/root/ca.pem", "joko.test")?);

    let steps: Value = serde_json::from_str(&host.run(["/usr/sbin/nusantara-hostd", "steps", "--json"])?)?;
    let steps: Vec<String> = serde_json::from_value(steps["certificate_install"].clone())?;
    let mut next = ["two", "one"].into_iter().cycle();
    for (index, step) in steps.iter().enumerate() {
        for when in moments(index) {
            let name = next.next().unwrap_or("two");
            host.write_file("/run/nusantara-panel/failpoints", format!("kill hostd certificate_install {step} {when}\n"))?;
            host.expect_error("killed here on request of a test");
            let (id, frame) = hostd.request(&uploading(&host, name)?);
            hostd.send(&frame)?;
            let ended = hostd.outcome(&id)?;
            assert!(ended.is_ok(), "{step} {when}: {ended:#?}");
            assert_eq!(host.read_file("/run/nusantara-panel/failpoints")?, "", "{step} {when}: it was not killed");
            assert_eq!(shown(&host)?, fingerprint(&host, name)?, "{step} {when}");
            assert_eq!(hostd.drift("joko")?, json!([]), "{step} {when}");
        }
    }
    kept_well(&host)?;
    let files = host.run(["sh", "-c", "ls /var/lib/nusantara-hostd/tls/accounts/*/"])?;
    assert_eq!(files.lines().filter(|line| line.ends_with(".pem")).count(), 1, "{files}");

    // Who deletes the file loses the certificate, and nobody's site.
    host.run(["sh", "-c", "rm /var/lib/nusantara-hostd/tls/accounts/*/*.pem; systemctl restart nusantara-hostd.service"])?;
    host.wait_until("the host's own certificate", PATIENCE, || Ok(shown(&host).ok().filter(|seen| *seen == own)))?;
    host.run(["nginx", "-t"])?;
    hostd.done(&uploading(&host, "two")?)?;
    hostd.done(&json!({"certificate_remove": {"username": "joko", "domain": "joko.test"}}))?;
    assert_eq!(shown(&host)?, own);
    let files = host.run(["sh", "-c", "ls /var/lib/nusantara-hostd/tls/accounts/*/"])?;
    assert_eq!(files.trim(), "", "the key is gone");
    Ok(host.finish()?)
}
