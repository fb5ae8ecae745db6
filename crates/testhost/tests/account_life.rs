//! The life of an account on a booted host: suspended and unsuspended exactly, edited, its password set; a tenant that tries to
//! outlive its suspension; a daemon that is killed at every step.

mod hostd;
mod neighbour;
mod panel;

use hostd::{Hostd, add, update};
use neighbour::{Neighbour, half_done, specs};
use nusantara_testhost::{Host, form::moments};
use panel::Fallible;
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;

const UID: &str = "12000";
/// `openssl passwd -6 -salt saltsalt secret`.
const SECRET: &str = "$6$saltsalt$TVLlQcbpFVof5W3Yz4DTP6gRstiNuHwwTt6GLc1E5n0U0aDehy0S5knV8wiOQSpT0Y77vwPZN.Pq.H91p5hVO1";
const SERVER_JS: &str = "require('http').createServer((_, r) => r.end('app')).listen(process.env.PORT);";

fn suspend(username: &str) -> Value {
    json!({"account_suspend": {"username": username, "reason": "unpaid"}})
}

fn unsuspend(username: &str) -> Value {
    json!({"account_unsuspend": {"username": username}})
}

fn edit(username: &str, named: &Value) -> Value {
    let mut all = json!({"username": username, "contact_email": "keep", "notes": null, "shell": null, "limits": null});
    for (name, value) in named.as_object().into_iter().flatten() {
        all[name] = value.clone();
    }
    json!({"account_update": all})
}

/// Status and body of a page, asked of the host itself.
fn page(host: &Host, url: &str, more: &[&str]) -> Fallible<(u16, String)> {
    let mut argv =
        vec!["curl", "--silent", "--insecure", "--max-time", "30", "--connect-to", "::127.0.0.1:", "--write-out", "\n%{http_code}"];
    argv.extend(more);
    argv.push(url);
    let said = host.run(&argv)?;
    let (body, status) = said.rsplit_once('\n').ok_or("no status")?;
    Ok((status.parse()?, body.to_owned()))
}

fn shadow(host: &Host, username: &str) -> Fallible<String> {
    Ok(host.run(["getent", "shadow", username])?.trim().to_owned())
}

fn processes(host: &Host) -> Fallible<String> {
    Ok(host.exec(["pgrep", "--uid", UID, "--list-full"])?.stdout)
}

fn as_joko(host: &Host, script: &str) -> Fallible {
    let output = host.exec_as("joko", ["/bin/sh", "-c", script])?;
    assert!(output.success(), "{script}: {}", output.stderr);
    Ok(())
}

/// An account with a PHP site, a site behind forced HTTPS, an app that runs and one that does not.
fn joko(host: &Host, hostd: &Hostd<'_>) -> Fallible {
    hostd.create("joko", "joko.test", "business")?;
    hostd.done(&edit("joko", &json!({"limits": {"custom": limits(hostd, "joko", &json!({"max_apps": 3}))?}})))?;
    hostd.done(&add(
        "joko",
        "shop.test",
        Some("addon"),
        json!({"runtime": "static", "https": true, "force_https": true, "www": "to_apex"}),
    ))?;
    as_joko(host, &format!("mkdir -p /home/joko/app && printf '%s' \"{SERVER_JS}\" > /home/joko/app/server.js"))?;
    for (name, enabled) in [("shop", true), ("idle", false)] {
        let app = json!({"name": name, "folder": "app", "program": {"node": "server.js"}, "listen": {"socket": {}}, "instances": 1, "enabled": enabled});
        hostd.done(&json!({"app_put": {"username": "joko", "app": app}}))?;
    }
    hostd.done(&add("joko", "app.joko.test", None, json!({"runtime": "node", "app": "shop"})))?;
    // And every other way in, or to run something.
    let job = json!({"name": "tidy", "schedule": "30 2 * * *", "command": "true", "timeout_minutes": 1, "enabled": true});
    hostd.done(&json!({"cron_put": {"username": "joko", "job": job, "new": true}}))?;
    let login = json!({"name": "web", "folder": "web", "hash": format!("$6$saltsalt${}", "A".repeat(86)), "enabled": true});
    hostd.done(&json!({"ftp_add": {"username": "joko", "login": login}}))?;
    hostd.done(&json!({"ssh_update": {"username": "joko", "mode": "sftp_chroot", "allow_password": false,
        "allow_port_forwarding": false, "allow_agent_forwarding": false, "allow_x11_forwarding": false}}))?;
    Ok(())
}

fn limits(hostd: &Hostd<'_>, username: &str, named: &Value) -> Fallible<Value> {
    let mut limits = hostd.spec(username)?["limits"].clone();
    for (name, value) in named.as_object().into_iter().flatten() {
        limits[name] = value.clone();
    }
    Ok(limits)
}

fn serves(host: &Host) -> Fallible {
    for (url, status) in
        [("http://joko.test/", 200), ("http://shop.test/", 301), ("https://shop.test/", 200), ("https://www.shop.test/", 301)]
    {
        assert_eq!(page(host, url, &[])?.0, status, "{url}");
    }
    // An app is started again without waiting for it to be well: an ill one keeps no account from coming back.
    let answers = || Ok(page(host, "http://app.joko.test/", &[]).ok().filter(|(status, _)| *status == 200).map(|_| ()));
    Ok(host.wait_until("the app", Duration::from_secs(30), answers)?)
}

fn is_away(host: &Host, hostd: &Hostd<'_>, what: &str) -> Fallible {
    for url in [
        "http://joko.test/",
        "http://joko.test/index.php?x=1",
        "http://shop.test/",
        "https://shop.test/a",
        "https://www.shop.test/",
        "http://app.joko.test/",
    ] {
        let (status, body) = page(host, url, &[])?;
        assert!(status == 503 && body.contains("Situs ini sedang ditangguhkan"), "{what}: {url} {status} {body}");
    }
    assert_eq!(processes(host)?, "", "{what}");
    assert!(shadow(host, "joko")?.split(':').nth(1).is_some_and(|p| p.starts_with('!')), "{what}");
    assert_eq!(shadow(host, "joko")?.split(':').nth(7), Some("1"), "{what}");
    assert_eq!(hostd.drift("joko")?, json!([]), "{what}");
    let listed = host.run([
        "systemctl",
        "list-units",
        "--plain",
        "--no-legend",
        "nusantara-php*@joko.*",
        "nusantara-app@joko.*",
        "user@12000.service",
    ])?;
    assert_eq!(listed, "", "{what}");
    let enabled = host.run(["sh", "-c", "find /etc/systemd/system -name '*@joko*' -type l"])?;
    assert_eq!(enabled, "", "{what}: nothing of it starts at boot");
    Ok(())
}

#[test]
fn a_suspended_account_is_away_and_comes_back_as_it_was() -> Fallible {
    let host = Host::with_panel("life-suspend")?;
    let hostd = Hostd::of(&host)?;
    joko(&host, &hostd)?;
    hostd.done(&json!({"account_password": {"username": "joko", "password": {"set": SECRET}}}))?;
    hostd.done(&edit("joko", &json!({"shell": "/bin/bash"})))?;
    serves(&host)?;
    let before = (hostd.spec("joko")?, shadow(&host, "joko")?);
    assert!(before.1.starts_with(&format!("joko:{SECRET}:")), "{}", before.1);
    assert!(host.run(["su", "-", "joko", "-c", "id -u"])?.contains(UID), "it could log in");

    // What a tenant may try to stay: orphans of every kind, in its slice and beside it, and a manager of its own.
    as_joko(&host, "setsid sh -c 'sh -c \"trap : TERM HUP; while :; do sleep 1; done\" & exit' >/dev/null 2>&1 &")?;
    as_joko(&host, "(setsid sh -c 'while :; do sh -c : & sleep 0.05; done' >/dev/null 2>&1 &) &")?;
    // A manager of its own, which accounts are not given.
    host.exec(["systemctl", "start", "user@12000.service"])?;
    assert!(!host.exec(["systemctl", "is-active", "user@12000.service"])?.success());
    let user = ["setpriv", "--reuid=joko", "--regid=joko", "--init-groups", "env", "XDG_RUNTIME_DIR=/run/user/12000"];
    let run = [&user[..], &["systemd-run", "--user", "--quiet", "--property=Restart=always", "sleep", "1000"]].concat();
    assert!(!host.exec(&run)?.success());
    let cron = "printf '* * * * * touch /home/joko/cron-was-here\\n' | crontab -u joko -";
    host.run(["sh", "-c", cron])?;
    assert!(!processes(&host)?.is_empty());

    let planned = hostd.done(&json!({"account_plan": {"username": "joko", "intent": "suspend"}}))?;
    let steps: Vec<&str> = planned["plan"]["changes"].as_array().into_iter().flatten().filter_map(|c| c["step"].as_str()).collect();
    let listed: Value = serde_json::from_str(&host.run(["/usr/sbin/nusantara-hostd", "steps", "--json"])?)?;
    assert_eq!(json!(steps), listed["suspend"], "it had something of everything");
    serves(&host)?;

    hostd.done(&suspend("joko"))?;
    is_away(&host, &hostd, "suspended")?;
    assert_eq!(hostd.spec("joko")?["account"]["suspension"]["reason"], "unpaid");
    let (status, body) = page(&host, "http://joko.test/", &["--data", "x=1"])?;
    assert!(status == 503 && body.contains("This site is suspended"), "whatever the method: {status} {body}");
    let head = host.run(["curl", "--silent", "--head", "--connect-to", "::127.0.0.1:", "http://joko.test/"])?;
    assert!(head.contains("Retry-After: 3600") && head.contains("no-store"), "{head}");
    host.run(["sh", "-c", "mkdir -p /var/lib/nusantara-hostd/acme/joko.test/.well-known/acme-challenge && echo proof > /var/lib/nusantara-hostd/acme/joko.test/.well-known/acme-challenge/t && chmod -R a+rX /var/lib/nusantara-hostd/acme/joko.test"])?;
    assert_eq!(page(&host, "http://joko.test/.well-known/acme-challenge/t", &[])?, (200, "proof\n".to_owned()), "certificates go on");
    host.exec(["systemctl", "start", "user@12000.service"])?;
    for login in [vec!["su", "-", "joko", "-c", "true"], vec!["systemctl", "is-active", "user@12000.service"]] {
        assert!(!host.exec(&login)?.success(), "{login:?}");
    }
    host.run(["systemctl", "reset-failed"])?;
    assert_eq!(hostd.refused(&json!({"app_restart": {"username": "joko", "name": "shop"}}))?.1, "username");
    assert_eq!(hostd.refused(&json!({"account_password": {"username": "joko", "password": {"remove": {}}}}))?.1, "password");

    // Again changes nothing but the reason; a restart of the daemon, and an edit, nothing at all.
    let since = hostd.spec("joko")?["account"]["suspension"]["since"].clone();
    hostd.done(&json!({"account_suspend": {"username": "joko", "reason": null}}))?;
    assert_eq!(hostd.spec("joko")?["account"]["suspension"]["since"], since);
    host.run(["systemctl", "restart", "nusantara-hostd.service"])?;
    hostd.done(&update("joko", "joko.test", None, json!({"runtime": "php", "max_upload_mb": 99})))?;
    is_away(&host, &hostd, "restarted and edited")?;
    hostd.done(&update("joko", "joko.test", None, json!({"runtime": "php"})))?;

    // Somebody who gives the login back by hand is found out.
    host.run(["usermod", "--unlock", "--expiredate", "-1", "joko"])?;
    let drift = hostd.drift("joko")?;
    assert_eq!(drift[0]["step"], "login.deny", "{drift}");
    hostd.done(&suspend("joko"))?;
    is_away(&host, &hostd, "denied again")?;

    hostd.done(&unsuspend("joko"))?;
    hostd.done(&unsuspend("joko"))?;
    serves(&host)?;
    assert_eq!(hostd.drift("joko")?, json!([]));
    assert_eq!(shadow(&host, "joko")?, before.1, "the login is what it was");
    let mut after = hostd.spec("joko")?;
    after["account"]["updated_at"] = before.0["account"]["updated_at"].clone();
    after["meta"] = before.0["meta"].clone();
    after["domains"]["primary"] = before.0["domains"]["primary"].clone();
    assert_eq!(after, before.0);
    assert!(!host.exists("/home/joko/cron-was-here")?, "cron asks whether the account is expired");
    host.run(["crontab", "-u", "joko", "-r"])?;
    Ok(host.finish()?)
}

#[test]
fn a_password_that_was_locked_stays_locked() -> Fallible {
    let host = Host::with_panel("life-locked")?;
    let hostd = Hostd::of(&host)?;
    hostd.create("joko", "joko.test", "starter")?;
    let round = || -> Fallible<(String, String)> {
        let before = shadow(&host, "joko")?;
        hostd.done(&suspend("joko"))?;
        hostd.done(&unsuspend("joko"))?;
        Ok((before, shadow(&host, "joko")?))
    };
    let (before, after) = round()?;
    assert_eq!((before.as_str(), before.starts_with("joko:!:")), (after.as_str(), true), "without a password");
    hostd.done(&json!({"account_password": {"username": "joko", "password": {"set": SECRET}}}))?;
    host.run(["usermod", "--lock", "--expiredate", "2099-01-01", "joko"])?;
    let (before, after) = round()?;
    assert_eq!((before.as_str(), before.starts_with(&format!("joko:!{SECRET}:"))), (after.as_str(), true), "locked by hand, and expiring");
    hostd.done(&json!({"account_password": {"username": "joko", "password": {"remove": {}}}}))?;
    assert!(shadow(&host, "joko")?.starts_with("joko:!:"));
    let written = host.run([
        "sh",
        "-c",
        "cat /var/lib/nusantara-hostd/ledger.jsonl /var/lib/nusantara-hostd/journal/* 2>/dev/null; journalctl --no-pager",
    ])?;
    assert!(written.contains("withheld") && !written.contains("TVLlQcbpFVof5W3Y"), "no hash is written down anywhere");
    Ok(host.finish()?)
}

#[test]
fn an_account_is_edited() -> Fallible {
    let host = Host::with_panel("life-edit")?;
    let hostd = Hostd::of(&host)?;
    hostd.create("joko", "joko.test", "starter")?;
    let named = json!({"contact_email": {"set": "joko@joko.test"}, "notes": "pays late\nnice", "shell": "/bin/bash", "limits": {"package": "business"}});
    hostd.done(&edit("joko", &named))?;
    let spec = hostd.spec("joko")?;
    assert_eq!((&spec["account"]["contact_email"], &spec["meta"]["notes"]), (&json!("joko@joko.test"), &json!("pays late\nnice")));
    assert_eq!(spec["account"]["package"], "business");
    assert!(host.run(["getent", "passwd", "joko"])?.trim().ends_with(":/bin/bash"));
    let memory = spec["limits"]["memory_limit_mb"].as_u64().ok_or("no limit")? * 1024 * 1024;
    let set = host.run(["systemctl", "show", "--value", "--property=MemoryMax", "user-12000.slice"])?;
    assert_eq!(set.trim().parse::<u64>()?, memory);
    hostd.done(&edit("joko", &json!({"contact_email": "clear"})))?;
    assert_eq!(hostd.spec("joko")?["account"]["contact_email"], Value::Null);
    hostd.done(&add("joko", "alias.test", Some("alias"), json!({})))?;
    let none = limits(&hostd, "joko", &json!({"max_alias_domains": 0}))?;
    assert_eq!(hostd.refused(&edit("joko", &json!({"limits": {"custom": none}})))?, ("limit_reached".to_owned(), "limits".to_owned()));
    for (value, field) in [
        (json!({"limits": {"custom": limits(&hostd, "joko", &json!({"cpu_limit_percent": 0}))?}}), "limits.cpu_limit_percent"),
        (json!({"limits": {"package": "nosuch"}}), "package"),
    ] {
        assert_eq!(hostd.refused(&edit("joko", &value))?.1, field);
    }
    host.run(["usermod", "--shell", "/usr/bin/dash", "joko"])?;
    assert_eq!(hostd.drift("joko")?[0]["step"], "user.shell");
    hostd.done(&edit("joko", &json!({"shell": "/bin/sh"})))?;
    assert_eq!(hostd.drift("joko")?, json!([]));
    Ok(host.finish()?)
}

/// Kills the daemon before and after every step of an operation and lets `check` look at what became of it.
fn killed_everywhere(
    host: &Host,
    hostd: &Hostd<'_>,
    neighbour: &Neighbour<'_>,
    operation: &str,
    wanted: impl Fn(u32) -> Value,
    prepare: impl Fn() -> Fallible,
    check: impl Fn(&str, &Value) -> Fallible,
) -> Fallible {
    let listed: Value = serde_json::from_str(&host.run(["/usr/sbin/nusantara-hostd", "steps", "--json"])?)?;
    let mut steps: Vec<String> = serde_json::from_value(listed[operation].clone())?;
    // Limits are edited here; a pause of the sites that ends by it is `crash_edits.rs`'s.
    steps.retain(|step| (operation, step.as_str()) != ("account_update", "web.publish"));
    let mut serial = 0;
    for (index, step) in steps.iter().enumerate() {
        for when in moments(index) {
            let what = format!("{operation} killed {when} {step}");
            prepare()?;
            serial += 1;
            let wanted = wanted(serial);
            host.write_file("/run/nusantara-panel/failpoints", format!("kill hostd {operation} {step} {when}\n"))?;
            let (id, frame) = hostd.request(&wanted);
            host.expect_error("killed here on request of a test");
            hostd.send(&frame)?;
            let ended = hostd.outcome(&id)?;
            assert!(ended.is_ok(), "{what}: {ended:#?}");
            assert_eq!(host.read_file("/run/nusantara-panel/failpoints")?, "", "{what}: it was not killed");
            assert_eq!(hostd.drift("joko")?, json!([]), "{what}");
            check(&what, &wanted)?;
            specs(host).map_err(|e| format!("{what}: {e}"))?;
            assert_eq!(half_done(host)?, Vec::<String>::new(), "{what}");
            neighbour.is_untouched(&what)?;
        }
    }
    Ok(())
}

#[test]
fn hostd_killed_at_every_step_of_a_suspension_and_its_end() -> Fallible {
    let host = Host::with_panel("life-crash")?;
    let hostd = Hostd::of(&host)?;
    joko(&host, &hostd)?;
    let neighbour = Neighbour::settle(&host, &hostd)?;
    hostd.done(&json!({"account_password": {"username": "joko", "password": {"set": SECRET}}}))?;
    let before = shadow(&host, "joko")?;
    let back = || -> Fallible {
        hostd.done(&unsuspend("joko"))?;
        page(&host, "http://joko.test/", &[])?;
        Ok(())
    };
    killed_everywhere(&host, &hostd, &neighbour, "suspend", |_| suspend("joko"), back, |what, _| is_away(&host, &hostd, what))?;
    let away = || hostd.done(&suspend("joko")).map(drop);
    killed_everywhere(
        &host,
        &hostd,
        &neighbour,
        "unsuspend",
        |_| unsuspend("joko"),
        away,
        |what, _| {
            assert_eq!(shadow(&host, "joko")?, before, "{what}");
            serves(&host).map_err(|e| format!("{what}: {e}").into())
        },
    )?;
    Ok(host.finish()?)
}

#[test]
fn hostd_killed_at_every_step_of_an_edit() -> Fallible {
    let host = Host::with_panel("life-crash-edit")?;
    let hostd = Hostd::of(&host)?;
    let neighbour = Neighbour::settle(&host, &hostd)?;
    hostd.create("joko", "joko.test", "starter")?;
    let base = hostd.spec("joko")?["limits"].clone();
    let wanted = |serial: u32| {
        let mut limits = base.clone();
        limits["memory_limit_mb"] = json!(200 + serial * 50);
        let shell = ["/bin/sh", "/bin/bash"][serial as usize % 2];
        edit("joko", &json!({"shell": shell, "limits": {"custom": limits}}))
    };
    killed_everywhere(
        &host,
        &hostd,
        &neighbour,
        "account_update",
        wanted,
        || Ok(()),
        |what, wanted| {
            let spec = hostd.spec("joko")?;
            assert_eq!(spec["limits"], wanted["account_update"]["limits"]["custom"], "{what}");
            assert_eq!(spec["account"]["shell"], wanted["account_update"]["shell"], "{what}");
            assert_eq!(page(&host, "http://joko.test/", &[])?.0, 200, "{what}");
            Ok(())
        },
    )?;
    Ok(host.finish()?)
}

/// Everything on the host that is not of the moment: files, users, groups, units and what systemd holds, processes of accounts.
fn everything(host: &Host) -> Fallible<BTreeSet<String>> {
    let moment = "-path /proc -o -path /sys -o -path /dev/pts -o -path /run/systemd -o -path /run/log -o -path /var/log -o -path /var/cache \
        -o -path /run/user -o -path /var/lib/nusantara-hostd/revisions -o -path /var/lib/nusantara-panel -o -path /var/lib/nginx -o -path /tmp";
    let script = format!(
        "find / \\( {moment} \\) -prune -o -printf '%p %y %u %g %m %l\\n' 2>/dev/null; getfacl -R -p /home 2>/dev/null; getent passwd; getent group; \
         getent shadow | cut -d: -f1; getent gshadow; cat /etc/subuid /etc/subgid; ls /var/log/nusantara-panel/sites; \
         ps -eo uid= | awk '$1 >= 12000 {{ print \"process of\", $1 }}'; find /tmp -uid +11999; ss -lxH | awk '{{ print $5 }}' | sort -u; \
         systemctl list-units --all --plain --no-legend '*1200*' 'nusantara-php*' 'nusantara-app@*' | awk '{{ print $1 }}'; \
         systemctl list-unit-files --no-legend --plain 'nusantara*'"
    );
    // The lock file in /run stays until the next boot: who removes a file that is locked lets two in. So does the place where the
    // FTP server mounts the homes, once any account had a login.
    let volatile = |line: &&str| {
        !line.contains("/dev/")
            && !line.contains("nusantara-panel/locks/")
            && !line.starts_with("/run/nusantara-ftp/home ")
            && !line.contains("/etc/.pwd.lock")
            && !line.contains("nginx/live")
            && !line.contains("/nginx/a")
            && !line.contains("/nginx/b")
    };
    Ok(host.run(["sh", "-c", &script])?.lines().filter(volatile).map(str::to_owned).collect())
}

#[test]
fn an_account_deleted_while_in_use_leaves_nothing() -> Fallible {
    let host = Host::with_panel("life-delete")?;
    let hostd = Hostd::of(&host)?;
    // What the first account of a host makes for all of them is no trace of one.
    hostd.create("sari", "sari.test", "starter")?;
    hostd.create("first", "first.test", "starter")?;
    hostd.done(&json!({"account_delete": {"username": "first"}}))?;
    host.run(["sh", "-c", "mkdir -m 1777 /tmp/all && touch /tmp/all/sari && chown sari /tmp/all/sari"])?;
    let before = everything(&host)?;
    joko(&host, &hostd)?;
    hostd.done(&json!({"account_password": {"username": "joko", "password": {"set": SECRET}}}))?;
    serves(&host)?;
    as_joko(
        &host,
        "setsid sh -c 'sh -c \"trap : TERM HUP; while :; do touch /home/joko/tmp/$$; sleep 0.1; done\" & exit' >/dev/null 2>&1 &",
    )?;
    host.run(["sh", "-c", "printf '* * * * * true\\n' | crontab -u joko -"])?;
    host.run(["sh", "-c", "mkdir -p /var/lib/systemd/linger && touch /var/lib/systemd/linger/joko"])?;
    // In folders that everybody shares: its own goes, with what lies in its own folders; what a link of it leads to stays.
    as_joko(
        &host,
        "for f in /tmp /var/tmp /dev/shm; do mkdir -p $f/joko/deep && touch $f/joko/deep/x $f/joko-file && ln -s /tmp/all $f/joko/link; done; touch /tmp/all/joko",
    )?;
    let uid = hostd.spec("joko")?["account"]["uid"].to_string();
    hostd.done(&json!({"account_delete": {"username": "joko"}}))?;
    assert_eq!(host.run(["find", "/tmp", "/var/tmp", "/dev/shm", "-uid", &uid])?, "");
    assert!(host.exists("/tmp/all/sari")?);
    host.run(["systemctl", "daemon-reload"])?;
    let seen = host.wait_until("a clean host", Duration::from_secs(20), || Ok(everything(&host).ok().filter(|now| now.is_subset(&before))));
    if seen.is_err() {
        let now = everything(&host)?;
        let left: Vec<_> = now.difference(&before).collect();
        return Err(format!("left behind: {left:#?}").into());
    }
    assert_eq!(page(&host, "http://sari.test/", &[])?.0, 200);
    Ok(host.finish()?)
}
