//! What a hand does to a host is found, shown, taken over or put right; and the daemon killed at every step of putting it right.

mod hostd;
mod panel;

use hostd::apps::{node_app, put_file, widen_package};
use hostd::{Hostd, add};
use nusantara_testhost::{Host, form::moments};
use panel::{Fallible, api, job_end};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::time::Duration;

const FAILPOINTS: &str = "/run/nusantara-panel/failpoints";
const SERVER_JS: &str = "require('http').createServer((_, r) => r.end('app')).listen(process.env.PORT);";
const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIO3sc8bZQzBbA2Ik6yPqs1GLpItcgYaGmGakD3rxixUT joko@laptop";

/// An account with one of everything, and another beside it.
fn joko(host: &Host, hostd: &Hostd<'_>) -> Fallible {
    widen_package(host, &json!({}))?;
    hostd.create("joko", "joko.test", "starter")?;
    hostd.create("other", "other.test", "starter")?;
    put_file(host, "joko", "apps/shop", "server.js", SERVER_JS)?;
    hostd.done_late(&json!({"app_put": {"username": "joko", "app": node_app("shop", json!({"socket": {}}))}}))?;
    hostd.done_late(&add("joko", "app.joko.test", None, json!({"runtime": "node", "app": "shop"})))?;
    hostd.done_late(&add("joko", "port.joko.test", None, json!({"runtime": "proxy", "proxy": {"port": 20_001}})))?;
    let folders = json!([{"path": "/a", "realm": "A", "visitors": []}]);
    hostd.done_late(&json!({"site_protect": {"username": "joko", "domain": "joko.test", "folders": folders}}))?;
    let job = json!({"name": "tidy", "schedule": "30 2 * * *", "command": "true", "timeout_minutes": 1, "enabled": true});
    hostd.done_late(&json!({"cron_put": {"username": "joko", "job": job, "new": true}}))?;
    let login = json!({"name": "web", "folder": "web", "hash": format!("$6$saltsalt${}", "A".repeat(86)), "enabled": true});
    hostd.done_late(&json!({"ftp_add": {"username": "joko", "login": login}}))?;
    hostd.done_late(&json!({"ssh_update": {"username": "joko", "mode": "sftp_chroot", "allow_password": false,
        "allow_port_forwarding": false, "allow_agent_forwarding": false, "allow_x11_forwarding": false}}))?;
    assert_eq!(found(hostd, "joko")?, [""; 0], "nothing was changed yet");
    Ok(())
}

fn report(hostd: &Hostd<'_>, username: &str) -> Fallible<Value> {
    Ok(hostd.done_late(&json!({"account_drift": {"username": username}}))?["drift"].clone())
}

/// The items that are found.
fn found(hostd: &Hostd<'_>, username: &str) -> Fallible<Vec<String>> {
    let report = report(hostd, username)?;
    assert_eq!(report["problem"], Value::Null, "{report:#}");
    Ok(report["items"].as_array().into_iter().flatten().filter_map(|item| item["item"].as_str().map(str::to_owned)).collect())
}

/// The accounts of a survey, with their items.
fn surveyed(hostd: &Hostd<'_>) -> Fallible<Value> {
    Ok(hostd.done_late(&json!({"account_survey": {"after": null, "limit": 1000}}))?["survey"].clone())
}

fn converge(username: &str) -> Value {
    json!({"account_converge": {"username": username}})
}

fn sh(host: &Host, script: &str) -> Fallible<String> {
    let output = host.exec(["/bin/sh", "-c", script])?;
    if output.success() { Ok(output.stdout) } else { Err(format!("{script}: {}{}", output.stdout, output.stderr).into()) }
}

/// What a hand may do to the account, and what that is found as.
const HANDS: &[(&str, &str)] = &[
    ("vhost", "echo '# hand' >> /etc/nginx/nusantara/sites/joko.conf"),
    ("vhost", "rm /etc/nginx/nusantara/sites/joko.conf"),
    ("user", "sed -i '/^joko:/d' /etc/group /etc/gshadow"),
    ("user.shell", "usermod --shell /bin/bash joko"),
    ("user.login", "usermod --expiredate 1 joko"),
    ("home.access", "chmod 0700 /home/joko"),
    ("home.access", "chmod 0711 /home/joko"),
    ("slice", "systemctl set-property user-12000.slice MemoryMax=2G"),
    ("access", "echo 'eve:x' >> \"$(ls /var/lib/nusantara-hostd/access/joko/*)\""),
    ("access", "rm -r /var/lib/nusantara-hostd/access/joko"),
    ("sockets", "rm /etc/tmpfiles.d/nusantara-app-joko.conf"),
    (
        "php.8.2",
        "sed -i 's/^pm = .*/pm = static/' /var/lib/nusantara-hostd/php/8.2/joko.conf; echo ';' >> /var/lib/nusantara-hostd/php/8.2/joko.conf",
    ),
    ("php.8.2", "systemctl disable --now nusantara-php8.2@joko.socket"),
    (
        "php.8.2",
        "printf '[Service]\\nNice=19\\n' > /etc/systemd/system/nusantara-php8.2@joko.service.d/override.conf; systemctl daemon-reload",
    ),
    ("php.8.2", "rm -r /etc/systemd/system/nusantara-php8.2@joko.service.d"),
    ("app.shop", "rm -r /etc/systemd/system/nusantara-app@joko.shop.0.service.d"),
    ("app.shop", "systemctl disable --now nusantara-app@joko.shop.0.service"),
    ("app.shop", "rm /var/lib/nusantara-hostd/apps/joko/shop.json"),
    ("cron.tidy", "systemctl disable --now nusantara-cron@joko.tidy.timer"),
    (
        "cron.tidy",
        "printf '[Timer]\\nOnCalendar=hourly\\n' > /etc/systemd/system/nusantara-cron@joko.tidy.timer.d/50-job.conf; systemctl daemon-reload",
    ),
    ("ftp", "rm /var/lib/nusantara-hostd/ftp/logins.pdb"),
    ("ssh", "echo 'ssh-ed25519 AAAA x' >> /etc/nusantara-panel/ssh/joko"),
    ("ssh", "gpasswd --delete joko nusantara-ssh"),
    ("ssh", "rm /etc/nusantara-panel/ssh/joko"),
];

#[test]
fn everything_a_hand_does_is_found_and_put_right() -> Fallible {
    let host = Host::with_panel("drift")?;
    let hostd = Hostd::of(&host)?;
    joko(&host, &hostd)?;
    let revisions = || host.run(["ls", "/var/lib/nusantara-hostd/revisions/joko"]);
    let before = revisions()?;
    for (item, hand) in HANDS {
        sh(&host, hand)?;
        assert_eq!(found(&hostd, "joko")?, [*item], "{hand}");
        let survey = surveyed(&hostd)?;
        assert_eq!(
            (&survey["looked"], &survey["accounts"][0]["username"], &survey["accounts"][0]["items"][0]["item"], &survey["accounts"][1]),
            (&json!(2), &json!("joko"), &json!(item), &Value::Null),
            "{hand}"
        );
        hostd.done_late(&converge("joko")).map_err(|e| format!("{hand}: {e}"))?;
        assert_eq!(found(&hostd, "joko")?, [""; 0], "{hand}");
        assert_eq!(hostd.drift("joko")?, json!([]), "{hand}");
        assert_eq!(host.http_get("joko.test", "/")?.status, 200, "{hand}");
        // A converge does not wait for an app to be well; what the next hand takes away from it then would keep it from that.
        let active = || Ok(host.exec(["systemctl", "is-active", "--quiet", "nusantara-app@joko.shop.0.service"])?.success().then_some(()));
        host.wait_until("the app", Duration::from_secs(30), active).map_err(|e| format!("{hand}: {e}"))?;
    }
    assert_eq!(revisions()?, before, "the spec is the one that was applied");
    assert_eq!(surveyed(&hostd)?["accounts"], json!([]));
    // What was written over is there to be read, whole, for root alone.
    let kept = sh(&host, "cat /var/lib/nusantara-hostd/overwritten/joko/*.json")?;
    assert!(kept.contains("# hand") && kept.contains("Nice=19") && kept.contains("pm = static") && kept.contains("eve:x"), "{kept}");
    assert_eq!(sh(&host, "find /var/lib/nusantara-hostd/overwritten -type f -perm /077")?, "");
    assert_eq!(sh(&host, "ls /var/lib/nusantara-hostd/overwritten")?, "joko\n");
    // A converge that changes nothing writes nothing but its lines in the ledger. The panel has the traffic counted each minute.
    host.run(["systemctl", "stop", "nusantarad.service"])?;
    let everything = "find /var/lib/nusantara-hostd /etc/nusantara-panel /etc/systemd -newer /run/mark ! -name ledger.jsonl ! -path '*/journal*' -type f";
    sh(&host, "touch /run/mark; sleep 0.01")?;
    hostd.done_late(&converge("joko"))?;
    assert_eq!(sh(&host, everything)?, "", "nothing was written");
    Ok(host.finish()?)
}

#[test]
fn what_has_a_field_is_adopted_and_nothing_else_is_touched() -> Fallible {
    let host = Host::with_panel("drift-adopt")?;
    let hostd = Hostd::of(&host)?;
    joko(&host, &hostd)?;
    let adopt = |item: Value| json!({"drift_adopt": {"username": "joko", "item": item}});
    sh(
        &host,
        "usermod --shell /bin/bash joko; systemctl set-property user-12000.slice MemoryMax=700M; echo '# hand' >> /etc/nginx/nusantara/sites/joko.conf",
    )?;
    sh(&host, &format!("systemctl disable --now nusantara-cron@joko.tidy.timer; echo '{KEY}' >> /etc/nusantara-panel/ssh/joko"))?;
    assert_eq!(found(&hostd, "joko")?, ["user.shell", "slice", "vhost", "cron.tidy", "ssh"]);
    let refused = hostd.refused(&adopt(json!("vhost")))?;
    assert_eq!(refused, ("invalid".to_owned(), "item".to_owned()));
    assert_eq!(hostd.refused(&adopt(json!("quota")))?.1, "item");
    hostd.done_late(&adopt(json!("user.shell")))?;
    assert_eq!(hostd.spec("joko")?["account"]["shell"], "/bin/bash");
    assert_eq!(found(&hostd, "joko")?, ["slice", "vhost", "cron.tidy", "ssh"], "only that");
    hostd.done_late(&adopt(Value::Null))?;
    let spec = hostd.spec("joko")?;
    assert_eq!(
        (&spec["limits"]["memory_limit_mb"], &spec["services"]["cron"]["jobs"][0]["enabled"], &spec["ssh"]["authorized_keys"]),
        (&json!(700), &json!(false), &json!([KEY]))
    );
    assert_eq!(found(&hostd, "joko")?, ["vhost"]);
    assert!(host.read_file("/etc/nginx/nusantara/sites/joko.conf")?.contains("# hand"), "what cannot be adopted stays");
    // Nor is it lost when the daemon starts again, and sees that it is no older version's text.
    host.run(["systemctl", "restart", "nusantara-hostd.service"])?;
    assert_eq!(found(&hostd, "joko")?, ["vhost"]);
    hostd.done_late(&json!({"drift_overwrite": {"username": "joko"}}))?;
    assert_eq!(found(&hostd, "joko")?, [""; 0]);
    assert!(sh(&host, "cat /var/lib/nusantara-hostd/overwritten/joko/*.json")?.contains("# hand"));

    // Files changed by hand: found as one difference, taken into force by a converge, or put back.
    let limits = "/etc/nusantara-panel/users/joko/limits.json";
    let memory = |to: &str| sh(&host, &format!("sed -i 's/\"memory_limit_mb\": [0-9]*/\"memory_limit_mb\": {to}/' {limits}"));
    memory("800")?;
    let drift = report(&hostd, "joko")?;
    assert_eq!((found(&hostd, "joko")?, &drift["items"][0]["adoptable"]), (vec!["spec".to_owned()], &json!(true)));
    assert!(drift["items"][0]["diff"].as_str().is_some_and(|diff| diff.contains("+  \"memory_limit_mb\": 800")), "{drift:#}");
    hostd.done_late(&json!({"drift_overwrite": {"username": "joko"}}))?;
    assert_eq!(hostd.spec("joko")?["limits"]["memory_limit_mb"], 700);
    memory("900")?;
    hostd.done_late(&converge("joko"))?;
    let slice = ["systemctl", "show", "--value", "--property=MemoryMax", "user-12000.slice"];
    assert_eq!(host.run(slice)?.trim(), (900_u64 << 20).to_string());
    assert_eq!(found(&hostd, "joko")?, [""; 0]);
    // Files that cannot be used at all are said to be so, and put back.
    for broken in ["{", "{\"schema_version\": 1, \"colour\": \"red\"}", ""] {
        host.write_file(limits, broken)?;
        let drift = report(&hostd, "joko")?;
        assert!(drift["problem"].as_str().is_some_and(|p| p.contains("limits.json")) && drift["restorable"] == true, "{drift:#}");
        assert_eq!(hostd.refused(&converge("joko"))?.0, "invalid");
        assert_eq!(hostd.refused(&adopt(Value::Null))?.0, "invalid");
        hostd.done_late(&json!({"drift_overwrite": {"username": "joko"}}))?;
        assert_eq!((hostd.spec("joko")?["limits"]["memory_limit_mb"].clone(), found(&hostd, "joko")?.len()), (json!(900), 0));
    }
    // A spec by hand that takes another account's name does not come into force.
    sh(&host, "sed -i 's/port.joko.test/other.test/g' /etc/nusantara-panel/users/joko/domains.json")?;
    assert!(hostd.call(&converge("joko"))?.is_err());
    assert_eq!(host.http_get("other.test", "/")?.status, 200);
    Ok(host.finish()?)
}

#[test]
fn what_accounts_share_is_found_and_put_right() -> Fallible {
    let host = Host::with_panel("drift-host")?;
    let hostd = Hostd::of(&host)?;
    hostd.create("joko", "joko.test", "starter")?;
    let items = || -> Fallible<Vec<String>> {
        let answer = hostd.done_late(&json!({"host_drift": {}}))?;
        Ok(answer["host_drift"]["items"].as_array().into_iter().flatten().map(|item| hostd::text(&item["item"])).collect())
    };
    assert_eq!(items()?, [""; 0]);
    for (item, hand) in [
        ("nginx.include", "rm /etc/nginx/conf.d/nusantara-panel.conf; systemctl reload nginx"),
        ("nginx.include", "rm /etc/nginx/nusantara"),
        ("nginx.panel", "echo '# hand' >> /etc/nginx/nusantara/00-panel.conf"),
        ("unit.php8.2-.service", "echo '# hand' >> '/etc/systemd/system/nusantara-php8.2@.service'"),
        ("unit.app-.service", "rm '/etc/systemd/system/nusantara-app@.service'"),
        ("sshd", "echo '# hand' >> /etc/ssh/sshd_config.d/00-nusantara-panel.conf"),
        ("firewall", "echo '# hand' >> /var/lib/nusantara-hostd/firewall.nft"),
        ("firewall", "nft delete table inet nusantara"),
        ("firewall", "nft add chain inet nusantara hand"),
    ] {
        sh(&host, hand)?;
        assert_eq!(items()?, [item], "{hand}");
        hostd.done_late(&json!({"host_converge": {}})).map_err(|e| format!("{hand}: {e}"))?;
        assert_eq!(items()?, [""; 0], "{hand}");
        assert_eq!(host.http_get("joko.test", "/")?.status, 200, "{hand}");
    }
    assert!(sh(&host, "nft list table inet nusantara")?.contains("table inet nusantara"));
    assert!(sh(&host, "cat /var/lib/nusantara-hostd/overwritten/the-host/*.json")?.contains("# hand"));
    Ok(host.finish()?)
}

#[test]
fn the_panel_says_what_was_found_and_puts_it_right() -> Fallible {
    let host = Host::with_panel("drift-panel")?;
    for name in ["joko", "sari"] {
        panel::create(&host, name, &format!("{name}.test"))?;
    }
    sh(&host, "usermod --shell /bin/bash joko; echo '# hand' >> /etc/nginx/nusantara/sites/sari.conf")?;
    let looked = api(&host, "POST", "/api/v1/drift/look", None)?;
    assert_eq!((looked.status, &looked.body["accounts"], &looked.body["looked"]), (200, &json!(2), &json!(2)), "{:#}", looked.body);
    assert_eq!(api(&host, "GET", "/api/v1/accounts/joko", None)?.body["account"]["drift_count"], 1);
    let plan = api(&host, "GET", "/api/v1/plan", None)?.body;
    assert_eq!((&plan["summary"]["accounts"], &plan["summary"]["changed"]), (&json!(2), &json!(2)), "{plan:#}");
    let cli = |argv: &[&str]| host.run([&["nusantara"], argv].concat());
    let shown = cli(&["drift", "joko"])?;
    assert!(shown.contains("-/usr/sbin/nologin") && shown.contains("+/bin/bash"), "{shown}");
    cli(&["drift", "adopt", "joko", "user.shell", "--wait"])?;
    assert_eq!(api(&host, "GET", "/api/v1/accounts/joko", None)?.body["shell"], "/bin/bash");
    let all = cli(&["converge", "--all", "--wait"])?;
    assert!(all.contains("All accounts are as their files say."), "{all}");
    let drift = api(&host, "GET", "/api/v1/drift", None)?.body;
    assert_eq!((&drift["accounts"], &drift["findings"]), (&json!(0), &json!(0)), "{drift:#}");
    assert!(cli(&["plan", "--all"])?.contains("Nothing to change: 2 accounts"));
    // By itself it looks too, and repairs where it is told to.
    sh(&host, "echo '# hand' >> /etc/nginx/nusantara/sites/sari.conf")?;
    sh(
        &host,
        "printf 'reconcile = \"repair\"\\nreconcile_minutes = 1\\n' >> /etc/nusantara-panel/panel.toml; systemctl restart nusantarad",
    )?;
    let vhost = "/etc/nginx/nusantara/sites/sari.conf";
    host.wait_until("the repair", Duration::from_secs(150), || Ok((!host.read_file(vhost)?.contains("# hand")).then_some(())))?;
    let jobs = host.wait_until("its job", Duration::from_secs(30), || {
        let jobs = api(&host, "GET", "/api/v1/jobs?account=sari", None).map(|answer| answer.body).unwrap_or_default();
        Ok((jobs["items"][0]["state"] == "success").then_some(jobs))
    })?;
    assert_eq!((&jobs["items"][0]["kind"], &jobs["items"][0]["created_by"]), (&json!("account.converge"), &json!("system")), "{jobs:#}");
    Ok(host.finish()?)
}

/// The files of an account, parsed, so that none is torn.
fn files(host: &Host, username: &str) -> Fallible<BTreeSet<String>> {
    let mut out = BTreeSet::new();
    for file in ["account", "limits", "domains", "services", "ssh", "meta"] {
        let text = host.read_file(&format!("/etc/nusantara-panel/users/{username}/{file}.json"))?;
        serde_json::from_str::<Value>(&text).map_err(|e| format!("{file}: {e}"))?;
        out.insert(text);
    }
    Ok(out)
}

/// What has to be put right at each step of a converge. The others are not taken on this host, or by no hand.
const STEPS: &[(&str, &str)] = &[
    ("spec.write", "sed -i 's/\"memory_limit_mb\": [0-9]*/\"memory_limit_mb\": 901/' /etc/nusantara-panel/users/joko/limits.json"),
    ("user.create", "systemctl stop user-12000.slice; userdel joko"),
    ("user.shell", "usermod --shell /bin/bash joko"),
    ("home.create", "systemctl stop user-12000.slice; rm -r /home/joko"),
    ("home.access", "chmod 0700 /home/joko"),
    ("slice.set", "systemctl set-property user-12000.slice MemoryMax=2G"),
    ("access.write", "rm -r /var/lib/nusantara-hostd/access/joko"),
    ("app.sockets", "rm /etc/tmpfiles.d/nusantara-app-joko.conf"),
    ("app.put", "rm /var/lib/nusantara-hostd/apps/joko/shop.json"),
    ("app.start", "systemctl disable --now nusantara-app@joko.shop.0.service"),
    ("php.enable", "rm /var/lib/nusantara-hostd/php/8.2/joko.conf"),
    ("folder.create", "systemctl stop user-12000.slice; rm -r /home/joko"),
    ("web.publish", "echo '# hand' >> /etc/nginx/nusantara/sites/joko.conf"),
    ("site.probe", "echo '# hand' >> /etc/nginx/nusantara/sites/joko.conf"),
    ("cron.put", "systemctl disable --now nusantara-cron@joko.tidy.timer"),
    ("ftp.logins", "rm /var/lib/nusantara-hostd/ftp/logins.pdb"),
    ("access.remove", "echo x > /var/lib/nusantara-hostd/access/joko/stray"),
    ("app.remove", "cp /var/lib/nusantara-hostd/apps/joko/shop.json /var/lib/nusantara-hostd/apps/joko/stray.json"),
    ("cron.remove", "cp /var/lib/nusantara-hostd/cron/joko/tidy.json /var/lib/nusantara-hostd/cron/joko/stray.json"),
    ("login.allow", "usermod --expiredate 1 joko"),
    ("ssh.apply", "rm /etc/nusantara-panel/ssh/joko"),
    ("ssh.check", "rm /etc/nusantara-panel/ssh/joko"),
    ("sessions.end", "echo 'ssh-ed25519 AAAA x' >> /etc/nusantara-panel/ssh/joko"),
    ("record", "chmod 0700 /home/joko"),
];

#[test]
fn hostd_killed_at_every_step_of_a_converge() -> Fallible {
    let host = Host::with_panel("crash-converge")?;
    let hostd = Hostd::of(&host)?;
    joko(&host, &hostd)?;
    host.expect_error("killed here on request of a test");
    // Its code goes with the home.
    host.expect_error("Failed to start nusantara-app@joko.shop.0.service");
    let listed: Value = serde_json::from_str(&host.run(["/usr/sbin/nusantara-hostd", "steps", "--json"])?)?;
    // Only a suspension or a change of files leads to these, and their own tests kill the daemon there.
    let elsewhere = [
        "login.deny",
        "ssh.remove",
        "app.stop",
        "docroot.create",
        "processes.end",
        "ports.guard",
        "php.disable",
        "quota.set",
        "certificate.probe",
    ];
    let listed = listed["converge"].as_array().into_iter().flatten().filter_map(Value::as_str);
    let listed: BTreeSet<&str> = listed.collect();
    let named: BTreeSet<&str> = STEPS.iter().map(|(step, _)| *step).chain(elsewhere).collect();
    assert_eq!(named.difference(&listed).filter(|step| **step != "quota.set").count(), 0, "{named:?}");
    assert_eq!(listed.difference(&named).count(), 0, "every step is looked at: {listed:?}");
    let untouched = files(&host, "other")?;
    for (index, (step, hand)) in STEPS.iter().enumerate() {
        for when in moments(index) {
            let what = format!("killed {when} {step}: {hand}");
            sh(&host, hand).map_err(|e| format!("{what}: {e}"))?;
            host.write_file(FAILPOINTS, format!("kill hostd converge {step} {when}\n"))?;
            let operation = if *step == "spec.write" { json!({"drift_overwrite": {"username": "joko"}}) } else { converge("joko") };
            hostd.survived(&operation).map_err(|e| format!("{what}: {e}"))?;
            assert_eq!(host.read_file(FAILPOINTS)?, "", "{what}: it was killed");
            files(&host, "joko").map_err(|e| format!("{what}: {e}"))?;
            assert_eq!(found(&hostd, "joko")?, [""; 0], "{what}");
            assert_eq!(hostd.drift("joko")?, json!([]), "{what}");
            assert_eq!(host.http_get("joko.test", "/")?.status, 200, "{what}");
            // A home that had to be made anew has no app in it.
            if !host.exists("/home/joko/apps/shop/server.js")? {
                put_file(&host, "joko", "apps/shop", "server.js", SERVER_JS)?;
            }
        }
    }
    assert_eq!(files(&host, "other")?, untouched, "no other account was touched");
    let adopt = json!({"drift_adopt": {"username": "joko", "item": null}});
    for (number, step) in ["spec.write", "php.enable", "ssh.check", "sessions.end", "record"].into_iter().enumerate() {
        for (offset, when) in ["before", "after"].into_iter().enumerate() {
            // So much more that PHP may have one worker more.
            let memory = 600 + 48 * (2 * number + offset);
            let what = format!("killed {when} {step} of adopting");
            sh(&host, &format!("systemctl set-property user-12000.slice MemoryMax={memory}M"))?;
            // A key more has to be seen by sshd; a key less ends logins.
            let keys = |there: bool| {
                sh(
                    &host,
                    &format!("printf %s '{}' > /etc/nusantara-panel/ssh/joko", if there { format!("{KEY}\n") } else { String::new() }),
                )
            };
            keys(step == "sessions.end")?;
            if found(&hostd, "joko")?.contains(&"ssh".to_owned()) {
                hostd.done_late(&json!({"drift_adopt": {"username": "joko", "item": "ssh"}}))?;
            }
            keys(step == "ssh.check")?;
            host.write_file(FAILPOINTS, format!("kill hostd drift_adopt {step} {when}\n"))?;
            hostd.survived(&adopt).map_err(|e| format!("{what}: {e}"))?;
            assert_eq!(host.read_file(FAILPOINTS)?, "", "{what}: it was killed");
            assert_eq!(found(&hostd, "joko")?, [""; 0], "{what}");
            assert_eq!(hostd.spec("joko")?["limits"]["memory_limit_mb"], json!(memory), "{what}");
        }
    }
    Ok(host.finish()?)
}

#[test]
fn a_converge_that_fails_leaves_what_was_there() -> Fallible {
    let host = Host::with_panel("drift-undo")?;
    let hostd = Hostd::of(&host)?;
    panel::create(&host, "joko", "joko.test")?;
    sh(&host, "chmod 0711 /home/joko; echo '# hand' >> /etc/nginx/nusantara/sites/joko.conf")?;
    host.write_file(FAILPOINTS, "vhost-garbage joko.test\n")?;
    host.expect_error("nusantara_garbage");
    host.expect_error("operation failed");
    let error = hostd.error(&converge("joko"))?;
    assert_eq!(error["code"], "config_refused", "{error:#}");
    host.write_file(FAILPOINTS, "")?;
    assert_eq!(found(&hostd, "joko")?, ["home.access", "vhost"], "both are as a hand has left them");
    assert!(host.read_file("/etc/nginx/nusantara/sites/joko.conf")?.contains("# hand"));
    assert!(host.exists("/var/log/nusantara-panel/sites/joko/joko.test.access.log")?, "and its logs are there");
    let asked = api(&host, "POST", "/api/v1/accounts/joko/converge", None)?;
    assert_eq!(asked.status, 202, "{:#}", asked.body);
    assert_eq!(job_end(&host, &hostd::text(&asked.body["job"]["id"]))?["state"], "success");
    assert_eq!(found(&hostd, "joko")?, [""; 0]);
    Ok(host.finish()?)
}
