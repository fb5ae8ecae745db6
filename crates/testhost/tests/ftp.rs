//! FTP over TLS with a real client: who comes in and who does not, what is seen from inside, and what is left behind.

mod hostd;
mod panel;

use hostd::Hostd;
use nusantara_testhost::{Host, HostOptions, Output, Suite, form::moments, panel_package};
use panel::{Fallible, assert_clean, inventory};
use serde_json::{Value, json};
use std::time::Duration;

const UNIT: &str = "nusantara-ftp.service";
const PASSWORD: &str = "geheim 12345";

/// The hash of a password, as the panel makes it.
fn hash(host: &Host, password: &str) -> Fallible<String> {
    let output = host.exec_with_input(["openssl", "passwd", "-6", "-stdin"], password.as_bytes())?;
    Ok(output.stdout.trim().to_owned())
}

fn add(username: &str, name: &str, folder: &str, hash: &str) -> Value {
    json!({"ftp_add": {"username": username, "login": {"name": name, "folder": folder, "hash": hash, "enabled": true}}})
}

fn update(username: &str, name: &str, folder: &str, hash: Option<&str>, enabled: bool) -> Value {
    json!({"ftp_update": {"username": username, "name": name, "folder": folder, "hash": hash, "enabled": enabled}})
}

fn remove(username: &str, name: &str) -> Value {
    json!({"ftp_remove": {"username": username, "name": name}})
}

/// curl with explicit TLS on both connections. The certificate is the host's own, which nobody knows.
fn ftp(host: &Host, login: &str, password: &str, path: &str, more: &[&str]) -> Fallible<Output> {
    let user = format!("{login}:{password}");
    let url = format!("ftp://127.0.0.1/{path}");
    let argv = ["curl", "--silent", "--show-error", "--insecure", "--max-time", "30", "--ssl-reqd", "--user", &user];
    Ok(host.exec(argv.iter().copied().chain(more.iter().copied()).chain([url.as_str()]))?)
}

#[track_caller]
fn got(output: &Output) -> &str {
    assert!(output.success(), "{}", output.stderr);
    &output.stdout
}

/// Whether the login comes in.
fn enters(host: &Host, login: &str, password: &str) -> Fallible<bool> {
    let output = ftp(host, login, password, "", &["--list-only"])?;
    assert!(output.success() || output.stderr.contains("Access denied") || output.stderr.contains("(7)"), "{}", output.stderr);
    Ok(output.success())
}

/// Carries out a command as the account.
fn as_joko(host: &Host, argv: &[&str]) -> Fallible {
    let output = host.exec_as("joko", argv)?;
    if output.success() { Ok(()) } else { Err(format!("{argv:?}: {}", output.stderr).into()) }
}

fn listens(host: &Host) -> Fallible<bool> {
    Ok(!host.run(["ss", "--no-header", "--listening", "--tcp", "--numeric", "sport = :21"])?.trim().is_empty())
}

#[test]
fn a_login_works_in_its_folder_and_nowhere_else() -> Fallible {
    let host = Host::with_panel("ftp-works")?;
    let hostd = Hostd::of(&host)?;
    assert!(!listens(&host)?, "the package's own server is off, and FTP is off until somebody wants it");
    for (name, domain) in [("joko", "joko.test"), ("sari", "sari.test")] {
        hostd.create(name, domain, "starter")?;
    }
    assert!(!listens(&host)?);
    let hash = hash(&host, PASSWORD)?;
    hostd.done(&add("joko", "web", "domains/joko.test/public_html", &hash))?;
    hostd.done(&add("joko", "scans", "scans/in", &hash))?;
    hostd.done(&add("sari", "web", "domains/sari.test/public_html", &hash))?;
    assert!(listens(&host)?);
    for name in ["joko", "sari"] {
        assert_eq!(hostd.drift(name)?, json!([]));
    }

    // Up, listed, down; as the account, readable to the web server in a docroot and to nobody else elsewhere.
    host.write_file("/tmp/page.html", "by ftp")?;
    for login in ["joko.web", "joko.scans"] {
        got(&ftp(&host, login, PASSWORD, "page.html", &["--upload-file", "/tmp/page.html"])?);
        assert!(got(&ftp(&host, login, PASSWORD, "", &["--list-only"])?).contains("page.html"));
        assert_eq!(got(&ftp(&host, login, PASSWORD, "page.html", &[])?), "by ftp");
    }
    let uid = hostd.spec("joko")?["account"]["uid"].to_string();
    for folder in ["domains/joko.test/public_html", "scans/in"] {
        assert_eq!(host.run(["stat", "--format=%u %g %a", &format!("/home/joko/{folder}/page.html")])?.trim(), format!("{uid} {uid} 640"));
    }
    assert_eq!(host.http_get("joko.test", "/page.html")?.body, "by ftp");
    assert_eq!(host.run(["stat", "--format=%u %a", "/home/joko/scans/in"])?.trim(), format!("{uid} 750"));
    assert_eq!(host.run(["getfacl", "--absolute-names", "--skip-base", "/home/joko/scans/in"])?, "", "the web server is not let in");

    // Out of reach: what lies above, beside, and where links lead.
    as_joko(&host, &["ln", "-s", "/etc", "/home/joko/scans/in/etc"])?;
    as_joko(&host, &["ln", "-s", "../../domains", "/home/joko/scans/in/up"])?;
    for path in ["../../domains/joko.test/public_html/page.html", "%2Fetc/passwd", "etc/passwd", "up/joko.test/public_html/page.html"] {
        assert!(!ftp(&host, "joko.scans", PASSWORD, path, &["--path-as-is"])?.success(), "{path}");
    }
    assert!(got(&ftp(&host, "sari.web", PASSWORD, "", &["--list-only"])?).contains("index.php"));

    // The folder itself becomes a link: to the system, to a neighbour, to a place of one's own.
    host.run(["mv", "/home/joko/scans/in", "/home/joko/scans/real"])?;
    for target in ["/etc", "/home/sari/domains/sari.test/public_html", "real"] {
        as_joko(&host, &["ln", "-s", target, "/home/joko/scans/in"])?;
        assert!(!ftp(&host, "joko.scans", PASSWORD, "", &["--list-only"])?.success(), "{target}");
        host.run(["rm", "/home/joko/scans/in"])?;
    }
    host.run(["mv", "/home/joko/scans/real", "/home/joko/scans/in"])?;
    assert!(enters(&host, "joko.scans", PASSWORD)?);
    as_joko(&host, &["ln", "-s", "/home/sari", "/home/joko/trap"])?;
    host.expect_error("operation failed");
    assert_eq!(hostd.refused(&update("joko", "scans", "trap/x", None, true))?.0, "host_failed", "a link in the way");
    assert!(enters(&host, "joko.scans", PASSWORD)?, "taken back");
    assert_eq!(hostd.drift("joko")?, json!([]));
    host.expect_error("Home directory not available");
    Ok(host.finish()?)
}

#[test]
fn only_who_may_comes_in_and_only_encrypted() -> Fallible {
    let host = Host::with_panel("ftp-refuses")?;
    let hostd = Hostd::of(&host)?;
    hostd.create("joko", "joko.test", "starter")?;
    let hash = hash(&host, PASSWORD)?;
    hostd.done(&add("joko", "web", "web", &hash))?;
    assert!(enters(&host, "joko.web", PASSWORD)?);
    assert!(!enters(&host, "joko.web", "wrong")?);
    // Users of the system, nobody, and a name that is a part of one.
    host.exec_with_input(["chpasswd"], format!("joko:{PASSWORD}\nroot:{PASSWORD}\n").as_bytes())?;
    for login in ["joko", "root", "anonymous", "ftp", "web", "joko.", "joko.we"] {
        assert!(!ftp(&host, login, PASSWORD, "", &["--list-only"])?.success(), "{login}");
    }
    let user = format!("joko.web:{PASSWORD}");
    for plain in [&["--user", user.as_str()][..], &["--insecure", "--ftp-ssl-control", "--user", user.as_str()]] {
        let argv =
            ["curl", "--silent", "--show-error", "--max-time", "30"].into_iter().chain(plain.iter().copied()).chain(["ftp://127.0.0.1/"]);
        assert!(!host.exec(argv)?.success(), "{plain:?}");
    }
    for (version, works) in [("-tls1_1", false), ("-tls1_2", true), ("-tls1_3", true)] {
        let said =
            host.exec(["openssl", "s_client", "-starttls", "ftp", "-connect", "127.0.0.1:21", version, "-cipher", "DEFAULT@SECLEVEL=0"])?;
        assert_eq!(said.stdout.contains("Cipher is (NONE)"), !works, "{version}: {}", said.stdout);
    }

    // Counted in the account's lock: two at once for the last place, and one comes.
    let (first, second) = (hostd.request(&add("joko", "a", "a", &hash)), hostd.request(&add("joko", "b", "b", &hash)));
    let results: Vec<String> = std::thread::scope(|scope| {
        let threads = [&first.1, &second.1].map(|frame| scope.spawn(|| hostd.send(frame).unwrap_or_default()));
        threads.into_iter().map(|thread| thread.join().unwrap_or_default()).collect()
    });
    let limited = results.iter().filter(|said| said.contains("limit_reached")).count();
    assert_eq!(limited, 1, "{results:#?}");
    assert_eq!(hostd.refused(&add("joko", "web", "web", &hash))?, ("conflict".into(), "name".into()));
    assert_eq!(hostd.refused(&remove("joko", "none"))?, ("not_found".into(), "name".into()));
    assert_eq!(hostd.refused(&update("joko", "none", "web", None, true))?, ("not_found".into(), "name".into()));
    for bad in
        [add("joko", "x", "../x", &hash), add("joko", "x", "/etc", &hash), add("joko", "X", "x", &hash), add("joko", "x", "x", "plain")]
    {
        assert_eq!(hostd.refused(&bad)?.0, "malformed", "{bad}");
    }
    let exposure = host.run(["systemd-analyze", "security", "--no-pager", UNIT])?;
    assert!(exposure.contains(": 2.") || exposure.contains(": 1."), "{}", exposure.lines().last().unwrap_or_default());
    Ok(host.finish()?)
}

/// A download that takes its time: it is there when this returns.
fn begin_session(host: &Host, login: &str) -> Fallible {
    let command = format!(
        "curl --silent --insecure --ssl-reqd --limit-rate 20k --output /dev/null --user '{login}:{PASSWORD}' ftp://127.0.0.1/big >/dev/null 2>&1 &"
    );
    host.run(["/bin/sh", "-c", &command])?;
    host.wait_until("a session", Duration::from_secs(20), || Ok(sessions(host).filter(|n| *n > 0)))?;
    Ok(())
}

/// Processes of the server that work with an account's uid.
fn sessions(host: &Host) -> Option<usize> {
    const COUNT: &str = "ps -C pure-ftpd -o uid= | awk '$1 >= 12000' | wc -l";
    host.run(["/bin/sh", "-c", COUNT]).ok()?.trim().parse().ok()
}

#[test]
fn what_is_taken_away_is_gone_at_once() -> Fallible {
    let host = Host::with_panel("ftp-ends")?;
    let hostd = Hostd::of(&host)?;
    hostd.create("other", "other.test", "starter")?;
    let hash1 = hash(&host, PASSWORD)?;
    let hash2 = hash(&host, "another one")?;
    let before = inventory(&host)?;
    hostd.create("joko", "joko.test", "starter")?;
    hostd.done(&add("joko", "web", "web", &hash1))?;
    as_joko(&host, &["truncate", "--size=64M", "/home/joko/web/big"])?;
    assert!(host.run(["findmnt", "--noheadings", "--output=OPTIONS", "/run/nusantara-ftp/home"])?.contains("nosymfollow"));

    begin_session(&host, "joko.web")?;
    hostd.done(&update("joko", "web", "web", None, false))?;
    assert_eq!(sessions(&host), Some(0), "switched off");
    assert!(!enters(&host, "joko.web", PASSWORD)? && !listens(&host)?, "nobody is let in, so nothing listens");
    host.wait_until("the mount to go", Duration::from_secs(20), || {
        Ok(host.exec(["findmnt", "/run/nusantara-ftp/home"])?.stdout.is_empty().then_some(()))
    })?;
    hostd.done(&add("other", "web", "web", &hash1))?;
    hostd.done(&update("joko", "web", "web", None, true))?;
    begin_session(&host, "joko.web")?;
    hostd.done(&update("joko", "web", "web", Some(&hash2), true))?;
    assert_eq!(sessions(&host), Some(0), "another password");
    assert!(!enters(&host, "joko.web", PASSWORD)? && enters(&host, "joko.web", "another one")?);
    hostd.done(&update("joko", "web", "web", Some(&hash1), true))?;

    // A hand, or a power cut at the wrong moment: seen, and mended when the daemon starts.
    host.run(["rm", "/var/lib/nusantara-hostd/ftp/logins.pdb"])?;
    assert_eq!(hostd.drift("joko")?[0]["step"], "ftp.logins");
    host.run(["systemctl", "stop", UNIT])?;
    host.run(["systemctl", "restart", "nusantara-hostd.service"])?;
    host.wait_until("FTP again", Duration::from_secs(30), || Ok(enters(&host, "joko.web", PASSWORD).ok().filter(|inside| *inside)))?;
    assert_eq!(hostd.drift("joko")?, json!([]));

    begin_session(&host, "joko.web")?;
    hostd.done(&json!({"account_delete": {"username": "joko"}}))?;
    assert_eq!(sessions(&host), Some(0), "deleted");
    assert!(!enters(&host, "joko.web", PASSWORD)? && enters(&host, "other.web", PASSWORD)?, "the neighbour's stays");
    hostd.done(&remove("other", "web"))?;
    assert!(!listens(&host)?);
    host.run(["rm", "--recursive", "/home/other/web"])?;
    assert_clean(&host, &before, "FTP of one account that went and of one that stays")?;
    assert_eq!(host.run(["ls", "/var/lib/nusantara-hostd/ftp"])?, "");
    Ok(host.finish()?)
}

#[test]
fn a_server_that_cannot_start_is_said_and_taken_back() -> Fallible {
    let host = Host::with_panel("ftp-busy")?;
    let hostd = Hostd::of(&host)?;
    hostd.create("joko", "joko.test", "starter")?;
    let hash = hash(&host, PASSWORD)?;
    host.run(["systemctl", "start", "pure-ftpd.service"])?;
    assert!(!listens(&host)?, "started by hand it stays off as well");
    host.run([
        "systemd-run",
        "--unit=squatter",
        "--service-type=exec",
        "/usr/bin/python3",
        "-c",
        "import socket,time\ns=socket.create_server(('',21))\nprint('here',flush=True)\ntime.sleep(600)",
    ])?;
    host.wait_until("somebody on port 21", Duration::from_secs(20), || Ok(listens(&host).ok().filter(|there| *there)))?;
    for expected in ["operation failed", "port 21 in use", "Unable to start a standalone server", "nusantara-ftp.service"] {
        host.expect_error(expected);
    }
    let error = hostd.call(&add("joko", "web", "web", &hash))?.err().unwrap_or_default();
    assert_eq!(error["code"], "host_failed", "{error:#}");
    assert!(error["detail"].as_str().unwrap_or_default().contains("port 21"), "{error:#}");
    assert_eq!(hostd.spec("joko")?["services"]["ftp"], json!({"enabled": false, "accounts": []}));
    assert_eq!(hostd.drift("joko")?, json!([]));
    host.run(["systemctl", "stop", "squatter.service"])?;
    hostd.done(&add("joko", "web", "web", &hash))?;
    assert!(enters(&host, "joko.web", PASSWORD)?);

    // Where the server was taken away: nothing new, but what is there can go.
    host.run(["mv", "/usr/sbin/pure-ftpd", "/usr/sbin/pure-ftpd.away"])?;
    let error = hostd.call(&add("joko", "more", "web", &hash))?.err().unwrap_or_default();
    assert!(error["message"].as_str().unwrap_or_default().contains("apt install pure-ftpd"), "{error:#}");
    assert_eq!(hostd.done(&json!({"describe": {}}))?["description"]["ftp"], false);
    hostd.done(&remove("joko", "web"))?;
    assert!(!listens(&host)?);
    Ok(host.finish()?)
}

#[test]
fn hostd_killed_at_every_step_of_a_login() -> Fallible {
    let host = Host::with_panel("ftp-crash")?;
    let hostd = Hostd::of(&host)?;
    hostd.create("joko", "joko.test", "starter")?;
    hostd.create("other", "other.test", "starter")?;
    let (hash1, hash2) = (hash(&host, PASSWORD)?, hash(&host, "another one")?);
    hostd.done(&add("other", "web", "web", &hash1))?;
    let listed: Value = serde_json::from_str(&host.run(["/usr/sbin/nusantara-hostd", "steps", "--json"])?)?;
    let mut serial = 0;
    for operation in ["ftp_add", "ftp_update", "ftp_remove"] {
        let steps: Vec<String> = serde_json::from_value(listed[operation].clone())?;
        assert!(steps.len() > 2, "{operation}: {steps:?}");
        for (index, step) in steps.iter().enumerate() {
            for when in moments(index) {
                serial += 1;
                let folder = format!("in/{serial}");
                let wanted = match operation {
                    "ftp_add" => add("joko", "web", &folder, &hash1),
                    "ftp_update" => update("joko", "web", &folder, Some(&hash2), true),
                    _ => remove("joko", "web"),
                };
                if operation != "ftp_add" {
                    hostd.done(&add("joko", "web", "in/0", &hash1))?;
                }
                host.write_file("/run/nusantara-panel/failpoints", format!("kill hostd {operation} {step} {when}\n"))?;
                host.expect_error("killed here on request of a test");
                let (id, frame) = hostd.request(&wanted);
                hostd.send(&frame)?;
                let ended = hostd.outcome(&id)?;
                let what = format!("{operation} {step} {when}");
                assert!(ended.is_ok(), "{what}: {ended:#?}");
                assert_eq!(host.read_file("/run/nusantara-panel/failpoints")?, "", "{what}: it was not killed");
                assert_eq!(hostd.drift("joko")?, json!([]), "{what}");
                let expected = match operation {
                    "ftp_add" => (true, false),
                    "ftp_update" => (false, true),
                    _ => (false, false),
                };
                assert_eq!((enters(&host, "joko.web", PASSWORD)?, enters(&host, "joko.web", "another one")?), expected, "{what}");
                assert!(enters(&host, "other.web", PASSWORD)?, "{what}: the neighbour's");
                if operation != "ftp_remove" {
                    hostd.done(&remove("joko", "web"))?;
                }
            }
        }
    }
    Ok(host.finish()?)
}

#[test]
fn debian_13_knows_the_same_server() -> Fallible {
    let options = HostOptions { suite: Suite::Trixie, install: Some(panel_package()?), ..HostOptions::default() };
    let host = Host::up("ftp-trixie", &options)?;
    let hostd = Hostd::of(&host)?;
    assert!(!listens(&host)?, "the package's own server is off");
    hostd.create("joko", "joko.test", "starter")?;
    hostd.done(&add("joko", "web", "web", &hash(&host, PASSWORD)?))?;
    host.write_file("/tmp/file", "by ftp")?;
    got(&ftp(&host, "joko.web", PASSWORD, "file", &["--upload-file", "/tmp/file"])?);
    assert_eq!(got(&ftp(&host, "joko.web", PASSWORD, "file", &[])?), "by ftp");
    assert!(!enters(&host, "joko.web", "wrong")?);
    host.run(["mv", "/home/joko/web", "/home/joko/real"])?;
    as_joko(&host, &["ln", "-s", "real", "/home/joko/web"])?;
    host.expect_error("Home directory not available");
    assert!(!ftp(&host, "joko.web", PASSWORD, "", &["--list-only"])?.success());
    Ok(host.finish()?)
}

#[test]
fn a_login_is_written_down_and_a_new_certificate_reaches_the_server() -> Fallible {
    let host = Host::with_panel("ftp-watch")?;
    let hostd = Hostd::of(&host)?;
    hostd.create("joko", "joko.test", "starter")?;
    hostd.done(&add("joko", "web", "web", &hash(&host, PASSWORD)?))?;
    got(&ftp(&host, "joko.web", PASSWORD, "", &["--list-only"])?);
    let address = || Ok(hostd.spec("joko").ok().filter(|spec| spec["account"]["last_login_ip"] == "127.0.0.1").map(drop));
    host.wait_until("the address of the login", Duration::from_secs(90), address)?;
    assert!(!enters(&host, "joko.web", "wrong")?);

    let fingerprint = || -> Fallible<String> {
        let script = "echo | openssl s_client -connect 127.0.0.1:21 -starttls ftp 2>/dev/null | openssl x509 -noout -fingerprint -sha256";
        Ok(host.run(["sh", "-c", script])?)
    };
    let before = fingerprint()?;
    let make = "cd /var/lib/nusantara-hostd/tls && umask 077 && openssl req -x509 -newkey rsa:2048 -nodes -days 9 -subj /CN=new -keyout k -out c 2>/dev/null && cat k c > host.pem && rm k c";
    host.run(["sh", "-c", make])?;
    host.wait_until("the new certificate", Duration::from_secs(90), || Ok(fingerprint().ok().filter(|now| *now != before).map(drop)))?;
    got(&ftp(&host, "joko.web", PASSWORD, "", &["--list-only"])?);
    Ok(host.finish()?)
}
