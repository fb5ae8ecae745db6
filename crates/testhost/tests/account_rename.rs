//! An account gets another name on a booted host: everything follows, nobody else notices, and whatever cuts it short ends in the old
//! name or the new one.

mod hostd;
mod panel;

use hostd::apps::put_file;
use hostd::{Hostd, add};
use nusantara_testhost::{Host, form::moments};
use panel::{Fallible, api, create, job_end};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;

const FAILPOINTS: &str = "/run/nusantara-panel/failpoints";
/// `openssl passwd -6 -salt saltsalt secret`.
const SECRET: &str = "$6$saltsalt$TVLlQcbpFVof5W3Yz4DTP6gRstiNuHwwTt6GLc1E5n0U0aDehy0S5knV8wiOQSpT0Y77vwPZN.Pq.H91p5hVO1";
const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIO3sc8bZQzBbA2Ik6yPqs1GLpItcgYaGmGakD3rxixUT joko@laptop";
/// Reads a file of the home that only the environment names.
const SERVER_JS: &str =
    "const f = require('fs'); require('http').createServer((_, r) => r.end(f.readFileSync(process.env.DATA))).listen(process.env.PORT);";
/// Tells where PHP runs and as whom, and keeps a session.
const INDEX_PHP: &str = "<?php session_start(); echo __DIR__, ' ', posix_getpwuid(posix_geteuid())['name'], ' ', getenv('HOME');";

fn rename(from: &str, to: &str) -> Value {
    json!({"account_rename": {"username": from, "new_username": to}})
}

/// An account that has something of everything.
fn joko(host: &Host, hostd: &Hostd<'_>) -> Fallible {
    hostd.create("joko", "joko.test", "business")?;
    let mut limits = hostd.spec("joko")?["limits"].clone();
    limits["max_apps"] = json!(3);
    hostd.done(&json!({"account_update": {"username": "joko", "contact_email": "keep", "notes": null, "shell": "/bin/bash", "limits": {"custom": limits}}}))?;
    put_file(host, "joko", "domains/joko.test/public_html", "index.php", INDEX_PHP)?;
    hostd.done(&add("joko", "shop.test", Some("addon"), json!({"runtime": "static"})))?;
    let visitors = json!([{"name": "sari", "hash": SECRET}]);
    let folders = json!([{"path": "/intern", "realm": "Intern", "visitors": visitors}]);
    hostd.done(&json!({"site_protect": {"username": "joko", "domain": "shop.test", "folders": folders}}))?;
    put_file(host, "joko", "app", "server.js", SERVER_JS)?;
    put_file(host, "joko", "app", "data", "from the home")?;
    let app = json!({"name": "shop", "folder": "app", "program": {"node": "server.js"}, "env": {"DATA": "/home/joko/app/data"},
        "listen": {"socket": {}}, "instances": 1, "enabled": true});
    hostd.done(&json!({"app_put": {"username": "joko", "app": app}}))?;
    hostd.done(&add("joko", "app.joko.test", None, json!({"runtime": "node", "app": "shop"})))?;
    let job =
        json!({"name": "tidy", "schedule": "30 2 * * *", "command": "cd /home/joko/tmp && pwd", "timeout_minutes": 1, "enabled": true});
    hostd.done(&json!({"cron_put": {"username": "joko", "job": job, "new": true}}))?;
    let login = json!({"name": "web", "folder": "web", "hash": SECRET, "enabled": true});
    hostd.done(&json!({"ftp_add": {"username": "joko", "login": login}}))?;
    hostd.done(&json!({"ssh_key_add": {"username": "joko", "key": KEY}}))?;
    hostd.done(&json!({"ssh_update": {"username": "joko", "mode": "sftp_chroot", "allow_password": false,
        "allow_port_forwarding": false, "allow_agent_forwarding": false, "allow_x11_forwarding": false}}))?;
    hostd.done(&json!({"account_password": {"username": "joko", "password": {"set": SECRET}}}))?;
    host.run(["sh", "-c", "printf '0 4 * * * true\n' | crontab -u joko -"])?;
    Ok(())
}

fn page(host: &Host, url: &str) -> Fallible<(u16, String)> {
    let said = host.run(["curl", "--silent", "--max-time", "30", "--connect-to", "::127.0.0.1:", "--write-out", "\n%{http_code}", url])?;
    let (body, status) = said.rsplit_once('\n').ok_or("no status")?;
    Ok((status.parse()?, body.to_owned()))
}

/// Everything answers, as the account of that name.
fn serves(host: &Host, name: &str) -> Fallible {
    let expected = format!("/home/{name}/domains/joko.test/public_html {name} /home/{name}");
    assert_eq!(page(host, "http://joko.test/")?, (200, expected));
    assert_eq!(page(host, "http://shop.test/")?.0, 200);
    assert_eq!(page(host, "http://shop.test/intern/")?.0, 401);
    let answers = || Ok(page(host, "http://app.joko.test/").ok().filter(|answer| *answer == (200, "from the home".to_owned())).map(drop));
    host.wait_until("the app", Duration::from_secs(30), answers)?;
    let ftp = host.exec([
        "curl",
        "--silent",
        "--insecure",
        "--ssl-reqd",
        "--list-only",
        "--user",
        &format!("{name}.web:secret"),
        "ftp://127.0.0.1/",
    ])?;
    assert!(ftp.success(), "{}", ftp.stderr);
    let groups = host.run(["id", "--name", "--groups", name])?;
    assert!(groups.contains("nusantara-ssh-sftp"), "{groups}");
    assert!(host.read_file(&format!("/etc/nusantara-panel/ssh/{name}"))?.contains("joko@laptop"));
    let timer = host.run(["systemctl", "show", "--value", "--property=ActiveState", &format!("nusantara-cron@{name}.tidy.timer")])?;
    assert_eq!(timer.trim(), "active");
    Ok(())
}

/// What on the host is called by a name: files, users, groups, units and processes. Names of sites are not, nor the lock, which stays.
fn called(host: &Host, name: &str) -> Fallible<BTreeSet<String>> {
    let script = format!(
        "find / \\( -path /proc -o -path /sys -o -path /run/systemd -o -path /var/log/journal -o -path /var/cache -o -path '/var/lib/nusantara-hostd/nginx/[abe]*' \\) -prune -o -name '*{name}*' -print 2>/dev/null \
         | grep -v -e '{name}\\.test' -e 'locks/user-{name}.lock' -e '{name}\\.[0-9]*$'; \
         find / -xdev -type l -lname '*{name}*' -printf '%p %l\\n' 2>/dev/null | grep -v -e '{name}\\.test' -e '/nginx/excerpt/'; \
         ls /var/lib/nusantara-hostd/nginx/live/sites | grep '^{name}'; grep -h '^{name}:' /etc/passwd /etc/shadow /etc/group /etc/gshadow /etc/subuid /etc/subgid; grep -h '[:,]{name}\\b' /etc/group /etc/gshadow; \
         systemctl list-units --all --plain --no-legend '*@{name}*' | awk '{{ print $1 }}'; grep -rl '{name}\\b' /var/lib/nusantara-hostd/ftp /etc/tmpfiles.d"
    );
    Ok(host.exec(["sh", "-c", &script])?.stdout.lines().map(str::to_owned).collect())
}

fn shadow(host: &Host, name: &str) -> Fallible<String> {
    Ok(host.run(["getent", "shadow", name])?.trim().split_once(':').ok_or("no line")?.1.to_owned())
}

#[test]
fn everything_follows_and_nobody_else_notices() -> Fallible {
    let host = Host::with_panel("rename")?;
    let hostd = Hostd::of(&host)?;
    hostd.create("sari", "sari.test", "starter")?;
    joko(&host, &hostd)?;
    serves(&host, "joko")?;
    hostd.done(&json!({"cron_run": {"username": "joko", "name": "tidy"}}))?;
    let runs = |name: &str| -> Fallible<Value> {
        Ok(hostd.done(&json!({"cron_runs": {"username": name, "name": "tidy"}}))?["cron_runs"]["runs"].clone())
    };
    let seen = || runs("joko").map(|runs: Value| runs.as_array().filter(|runs| !runs.is_empty()).map(drop)).or(Ok(None));
    host.wait_until("a run", Duration::from_secs(30), seen)?;
    let usage = |name: &str| -> Fallible<u64> {
        Ok(hostd.done(&json!({"account_usage": {"username": name}}))?["usage"]["sent_bytes"].as_u64().ok_or("no usage")?)
    };
    let before = (hostd.spec("joko")?, shadow(&host, "joko")?, runs("joko")?, usage("joko")?);
    let revisions = |name: &str| host.run(["ls", &format!("/var/lib/nusantara-hostd/revisions/{name}")]);
    let kept = revisions("joko")?;

    // Names that somebody has, whatever it is.
    host.run(["useradd", "tono"])?;
    host.run(["groupadd", "dewi"])?;
    host.run(["mkdir", "/home/wati", "/etc/nusantara-panel/users/agus", "/var/log/nusantara-panel/sites/lina"])?;
    for taken in ["sari", "tono", "dewi", "wati", "agus", "lina"] {
        assert_eq!(hostd.refused(&rename("joko", taken))?, ("conflict".to_owned(), "new_username".to_owned()), "{taken}");
    }
    host.run(["rmdir", "/etc/nusantara-panel/users/agus"])?;
    assert_eq!(hostd.refused(&rename("joko", "joko"))?, ("invalid".to_owned(), "new_username".to_owned()));
    assert_eq!(hostd.refused(&rename("nobo", "budi"))?, ("not_found".to_owned(), "username".to_owned()));
    assert_eq!(hostd.refused(&rename("joko", "root"))?.0, "malformed");

    // The plan says every step, and changes nothing.
    let planned = hostd.done(&json!({"account_plan": {"username": "joko", "intent": {"rename": {"new_username": "budi"}}}}))?;
    let mut steps: Vec<&str> = planned["plan"]["changes"].as_array().into_iter().flatten().filter_map(|c| c["step"].as_str()).collect();
    steps.dedup();
    let listed: Value = serde_json::from_str(&host.run(["/usr/sbin/nusantara-hostd", "steps", "--json"])?)?;
    assert_eq!(json!(steps), listed["account_rename"], "it had something of everything");
    assert!(planned.to_string().contains("their owner has to change it"), "what is not rewritten is said");
    serves(&host, "joko")?;

    // Visitors are watched while it happens, and something of the account is in the way.
    let watch = "for site in joko shop sari; do (while [ ! -e /tmp/over ]; do curl -s -o /dev/null --max-time 20 -w '%{http_code}\\n' \
        --connect-to ::127.0.0.1: http://$site.test/ >> /tmp/seen-by-$(echo $site | md5sum | cut -c1-8); done) & done; wait";
    host.run(["systemd-run", "--unit=watch", "--quiet", "sh", "-c", watch])?;
    host.exec_as("joko", ["sh", "-c", "setsid sh -c 'trap : TERM HUP; while :; do sleep 1; done' >/dev/null 2>&1 &"])?;
    hostd.done_late(&rename("joko", "budi"))?;
    host.run(["touch", "/tmp/over"])?;
    let statuses = |site: &str| -> Fallible<BTreeSet<String>> {
        let seen = host.run(["sh", "-c", &format!("cat /tmp/seen-by-$(echo {site} | md5sum | cut -c1-8)")])?;
        Ok(seen.lines().map(str::to_owned).collect())
    };
    assert_eq!(statuses("sari")?, BTreeSet::from(["200".to_owned()]), "nobody else notices");
    for site in ["joko", "shop"] {
        let honest = BTreeSet::from(["200".to_owned(), "503".to_owned()]);
        assert!(statuses(site)?.is_subset(&honest), "{site}: back in a moment, and nothing worse: {:?}", statuses(site)?);
    }

    serves(&host, "budi")?;
    assert_eq!(hostd.drift("budi")?, json!([]));
    assert_eq!(called(&host, "joko")?, BTreeSet::new(), "nothing is called by the old name");
    assert_eq!(hostd.refused(&json!({"account_show": {"username": "joko"}}))?.0, "not_found");
    let mut spec = hostd.spec("budi")?;
    assert_eq!(spec["account"]["uid"], before.0["account"]["uid"]);
    assert_eq!(spec["services"]["cron"]["jobs"][0]["command"], "cd /home/budi/tmp && pwd");
    assert_eq!((shadow(&host, "budi")?, runs("budi")?), (before.1.clone(), before.2.clone()));
    assert!(usage("budi")? >= before.3, "what was sent this month is known");
    assert!(kept.lines().all(|revision| revisions("budi").is_ok_and(|now| now.contains(revision))));
    assert!(host.read_file("/var/log/nusantara-panel/sites/budi/joko.test.access.log")?.lines().count() > 2, "the logs are whole");
    assert!(host.run(["crontab", "-u", "budi", "-l"])?.contains("0 4"));
    assert_eq!(host.run(["readlink", "/home/budi/public_html"])?.trim(), "domains/joko.test/public_html");
    assert!(host.run(["getfacl", "--absolute-names", "/home/budi"])?.contains("user:www-data:--x"));
    hostd.done(&json!({"cron_run": {"username": "budi", "name": "tidy"}}))?;

    // What was applied last under the old name is the same account under the new one, its home included.
    let last = kept.lines().count().to_string();
    hostd.done_late(&json!({"account_rollback": {"username": "budi", "to": last, "below_foreign": false}}))?;
    assert_eq!(hostd.spec("budi")?["services"]["cron"]["jobs"][0]["command"], "cd /home/budi/tmp && pwd");
    serves(&host, "budi")?;

    // A restart changes nothing, the old name is free, and back again it is what it was.
    host.run(["systemctl", "restart", "nusantara-hostd.service"])?;
    serves(&host, "budi")?;
    hostd.create("joko", "other.test", "starter")?;
    hostd.done(&json!({"account_delete": {"username": "joko"}}))?;
    hostd.done_late(&rename("budi", "joko"))?;
    serves(&host, "joko")?;
    spec = hostd.spec("joko")?;
    for volatile in ["updated_at", "last_login_ip", "last_login_at"] {
        spec["account"][volatile] = before.0["account"][volatile].clone();
    }
    spec["meta"] = before.0["meta"].clone();
    assert_eq!(spec, before.0);
    assert_eq!(page(&host, "http://sari.test/")?.0, 200);
    Ok(host.finish()?)
}

#[test]
fn a_suspended_account_stays_suspended_under_its_new_name() -> Fallible {
    let host = Host::with_panel("rename-away")?;
    let hostd = Hostd::of(&host)?;
    joko(&host, &hostd)?;
    let login = shadow(&host, "joko")?;
    hostd.done(&json!({"account_suspend": {"username": "joko", "reason": "unpaid"}}))?;
    hostd.done_late(&rename("joko", "budi"))?;
    let (status, body) = page(&host, "http://joko.test/")?;
    assert!(status == 503 && body.contains("This site is suspended"), "{status} {body}");
    assert_eq!(hostd.drift("budi")?, json!([]));
    assert_eq!(hostd.spec("budi")?["account"]["suspension"]["reason"], "unpaid");
    assert!(shadow(&host, "budi")?.starts_with("!$6$"));
    assert_eq!(called(&host, "joko")?, BTreeSet::new());
    hostd.done(&json!({"account_unsuspend": {"username": "budi"}}))?;
    serves(&host, "budi")?;
    assert_eq!(shadow(&host, "budi")?, login);
    Ok(host.finish()?)
}

/// Carries out an operation that must fail, and may take longer than one waits for its answer.
fn late_error(hostd: &Hostd<'_>, operation: &Value) -> Fallible<Value> {
    let (id, request) = hostd.request(operation);
    hostd.send(&request)?;
    match hostd.outcome(&id)? {
        Ok(answer) => Err(format!("{operation} was carried out: {answer:#}").into()),
        Err(error) => Ok(error),
    }
}

#[test]
fn what_fails_ends_in_the_old_name() -> Fallible {
    let host = Host::with_panel("rename-undo")?;
    let hostd = Hostd::of(&host)?;
    joko(&host, &hostd)?;
    serves(&host, "joko")?;
    let before = (hostd.spec("joko")?, shadow(&host, "joko")?);
    let is_as_before = |what: &str| -> Fallible {
        serves(&host, "joko").map_err(|e| format!("{what}: {e}"))?;
        let mut spec = hostd.spec("joko")?;
        for volatile in ["last_login_ip", "last_login_at"] {
            spec["account"][volatile] = before.0["account"][volatile].clone();
        }
        assert_eq!((spec, shadow(&host, "joko")?), before.clone(), "{what}");
        assert_eq!(hostd.drift("joko")?, json!([]), "{what}");
        assert_eq!(called(&host, "budi")?, BTreeSet::new(), "{what}");
        Ok(())
    };
    // nginx does not take the sites under the new name.
    host.expect_error("nusantara_garbage");
    host.write_file(FAILPOINTS, "vhost-garbage budi\n")?;
    assert_eq!(late_error(&hostd, &rename("joko", "budi"))?["code"], "config_refused");
    host.write_file(FAILPOINTS, "")?;
    is_as_before("refused by the web server")?;
    // An app that ran well knows its home by heart.
    put_file(&host, "joko", "app", "server.js", &format!("require('fs').readFileSync('/home/joko/app/data'); {SERVER_JS}"))?;
    hostd.done(&json!({"app_restart": {"username": "joko", "name": "shop"}}))?;
    host.expect_error("the app shop did not start");
    host.expect_error("Failed to start nusantara-app@");
    let error = late_error(&hostd, &rename("joko", "budi"))?;
    assert!(
        error["code"] == "host_failed" && error["detail"].as_str().is_some_and(|detail| detail.contains("/home/joko/app/data")),
        "{error:#}"
    );
    is_as_before("an app that does not start")?;
    // One that was ill before is no reason.
    put_file(&host, "joko", "app", "server.js", "process.exit(1);")?;
    host.exec(["systemctl", "restart", "nusantara-app@joko.shop.0.service"])?;
    hostd.done_late(&rename("joko", "budi"))?;
    assert_eq!(page(&host, "http://joko.test/")?.0, 200);
    host.run(["systemctl", "reset-failed"])?;
    Ok(host.finish()?)
}

#[test]
fn hostd_killed_at_every_step_of_a_rename() -> Fallible {
    let host = Host::with_panel("rename-crash")?;
    let hostd = Hostd::of(&host)?;
    joko(&host, &hostd)?;
    host.expect_error("killed here on request of a test");
    let listed: Value = serde_json::from_str(&host.run(["/usr/sbin/nusantara-hostd", "steps", "--json"])?)?;
    let steps: Vec<String> = serde_json::from_value(listed["account_rename"].clone())?;
    let (mut from, mut to) = ("joko", "budi");
    for (index, step) in steps.iter().enumerate() {
        for when in moments(index) {
            let what = format!("{from} to {to}, killed {when} {step}");
            host.write_file(FAILPOINTS, format!("kill hostd account_rename {step} {when}\n"))?;
            hostd.survived(&rename(from, to)).map_err(|e| format!("{what}: {e}"))?;
            assert_eq!(host.read_file(FAILPOINTS)?, "", "{what}: it was not killed");
            serves(&host, to).map_err(|e| format!("{what}: {e}"))?;
            assert_eq!(hostd.drift(to)?, json!([]), "{what}");
            assert_eq!(called(&host, from)?, BTreeSet::new(), "{what}");
            (from, to) = (to, from);
        }
    }
    Ok(host.finish()?)
}

#[test]
fn the_panel_knows_it_by_its_new_name() -> Fallible {
    let host = Host::with_panel("rename-panel")?;
    create(&host, "joko", "joko.test")?;
    let sites = || -> Fallible<Value> { Ok(api(&host, "GET", "/api/v1/sites", None)?.body["items"].clone()) };
    let before = sites()?;
    let done = |method: &str, path: &str, body: Value| -> Fallible {
        let answer = api(&host, method, path, Some(&body.to_string()))?;
        assert_eq!(answer.status, 202, "{answer:?}");
        let job = job_end(&host, answer.body["job"]["id"].as_str().ok_or("no job")?)?;
        assert_eq!(job["state"], "success", "{job:#}");
        Ok(())
    };
    let said = host.run(["nusantara", "account", "rename", "joko", "budi", "--yes", "--wait"])?;
    assert!(said.contains("Account joko is called budi now."), "{said}");
    assert_eq!(api(&host, "GET", "/api/v1/accounts/joko", None)?.status, 404);
    assert_eq!(sites()?[0]["id"], before[0]["id"]);
    assert_eq!(page(&host, "http://joko.test/")?.0, 200);
    // And its first site by another one, of which the old stays an alias; back with nothing kept, which rests.
    done("PUT", "/api/v1/accounts/budi/primary-domain", json!({"domain": "budi.example.com"}))?;
    for name in ["budi.example.com", "joko.test"] {
        assert_eq!(page(&host, &format!("http://{name}/"))?.0, 200, "{name}");
    }
    assert_eq!((&sites()?[0]["id"], &sites()?[0]["domain"]), (&before[0]["id"], &json!("budi.example.com")));
    let said = host.run(["nusantara", "account", "primary-domain", "budi", "joko.test", "--keep-old-as", "none", "--yes", "--wait"])?;
    assert!(said.contains("joko.test is the primary domain of budi."), "{said}");
    create(&host, "sari", "sari.test")?;
    let alias = api(&host, "POST", "/api/v1/accounts/sari/aliases", Some(&json!({"domain": "budi.example.com"}).to_string()))?;
    assert_eq!((alias.status, &alias.body["code"]), (409, &json!("domain_unproved")), "a name that was given up rests: {alias:?}");
    Ok(host.finish()?)
}

#[test]
fn the_primary_domain_changes_and_hostd_is_killed_at_every_step() -> Fallible {
    let host = Host::with_panel("primary")?;
    let hostd = Hostd::of(&host)?;
    hostd.create("joko", "joko.test", "business")?;
    hostd.create("sari", "sari.test", "starter")?;
    put_file(&host, "joko", "domains/joko.test/public_html", "name.html", "first")?;
    hostd.done(&add("joko", "shop.test", Some("addon"), json!({"runtime": "php", "php_ini": {"memory_limit": 64}})))?;
    put_file(&host, "joko", "domains/shop.test/public_html", "name.html", "shop")?;
    let primary = |domain: &str, keep: Option<&str>| json!({"primary_domain": {"username": "joko", "domain": domain, "keep_old": keep, "below_foreign": false}});
    let shows = |domain: &str| -> Fallible<String> { Ok(page(&host, &format!("http://{domain}/name.html"))?.1) };
    let link = || -> Fallible<String> { Ok(host.run(["readlink", "/home/joko/public_html"])?.trim().to_owned()) };
    assert_eq!(hostd.refused(&primary("sari.test", None))?, ("conflict".to_owned(), "domain".to_owned()));
    assert_eq!(hostd.refused(&primary("joko.test", None))?, ("invalid".to_owned(), "domain".to_owned()));
    // A docroot behind a link of its owner's is no hindrance to another name.
    host.exec_as("joko", ["sh", "-c", "cd /home/joko/domains/joko.test && mv public_html v1 && ln -s v1 public_html"])?;
    hostd.done(&primary("new.test", None))?;
    assert_eq!((shows("new.test")?, shows("joko.test")?), ("first".to_owned(), "first".to_owned()));
    assert_eq!(link()?, "domains/joko.test/public_html");
    hostd.done(&primary("joko.test", Some("none")))?;
    assert_ne!(page(&host, "http://new.test/name.html").map_or(0, |(status, _)| status), 200);

    host.expect_error("killed here on request of a test");
    let listed: Value = serde_json::from_str(&host.run(["/usr/sbin/nusantara-hostd", "steps", "--json"])?)?;
    let steps: Vec<String> = serde_json::from_value(listed["primary_domain"].clone())?;
    let (mut from, mut to) = ("joko.test", "shop.test");
    // Settings of PHP are called by the names of sites, but both keep theirs here; and no branch is left without a site.
    let steps = steps.iter().filter(|step| !matches!(step.as_str(), "php.enable" | "php.disable"));
    for (index, step) in steps.enumerate() {
        for when in moments(index) {
            let what = format!("{from} to {to}, killed {when} {step}");
            host.write_file(FAILPOINTS, format!("kill hostd primary_domain {step} {when}\n"))?;
            hostd.survived(&primary(to, None)).map_err(|e| format!("{what}: {e}"))?;
            assert_eq!(host.read_file(FAILPOINTS)?, "", "{what}: it was not killed");
            assert_eq!((shows("joko.test")?, shows("shop.test")?), ("first".to_owned(), "shop".to_owned()), "{what}");
            assert_eq!(link()?, format!("domains/{to}/public_html"), "{what}");
            assert_eq!(hostd.drift("joko")?, json!([]), "{what}");
            (from, to) = (to, from);
        }
    }
    Ok(host.finish()?)
}
