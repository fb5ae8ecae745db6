//! A host is lost, and comes back from a copy of its files: `/etc/nusantara-panel` and `/home` on a fresh host, one converge of all,
//! and every site answers as before. And the panel's index comes back by itself after its database is lost.

mod hostd;
mod panel;

use hostd::apps::{node_app, put_file, widen_package};
use hostd::{Hostd, add, update};
use nusantara_testhost::Host;
use panel::{Fallible, api, create};
use serde_json::{Value, json};
use std::time::Duration;

const ACCOUNTS: usize = 20;
const SERVER_JS: &str = "require('http').createServer((_, r) => r.end('app of ' + process.env.USER)).listen(process.env.PORT);";
const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIO3sc8bZQzBbA2Ik6yPqs1GLpItcgYaGmGakD3rxixUT joko@laptop";
/// What is copied, as a backup would: owners by number, and lists.
const COPY: &str = "tar --create --gzip --numeric-owner --acls --xattrs --directory / etc/nusantara-panel home | base64";
const PUT_BACK: &str = "base64 --decode | tar --extract --gzip --numeric-owner --acls --xattrs --same-permissions --directory /";

fn name(number: usize) -> String {
    format!("acc{number:02}")
}

/// One account, by its number of one of ten kinds. Answers with pages to be compared.
fn make(host: &Host, hostd: &Hostd<'_>, number: usize) -> Fallible<Vec<(String, &'static str)>> {
    let name = name(number);
    let (user, domain) = (name.as_str(), format!("{name}.test"));
    hostd.create(user, &domain, "starter")?;
    let docroot = format!("domains/{domain}/public_html");
    put_file(host, user, &docroot, "index.php", &format!("<?php echo 'php of {user} ', 6 * 7;"))?;
    let mut pages = vec![(domain.clone(), "/"), (domain.clone(), "/nothing")];
    let primary = |settings: Value| hostd.done_late(&update(user, &domain, None, settings)).map(drop);
    match number % 10 {
        1 => {
            put_file(host, user, &docroot, "index.html", &format!("static of {user}"))?;
            primary(json!({"runtime": "static"}))?;
        }
        2 => {
            put_file(host, user, "apps/shop", "server.js", SERVER_JS)?;
            hostd.done_late(&json!({"app_put": {"username": user, "app": node_app("shop", json!({"socket": {}}))}}))?;
            hostd.done_late(&add(user, &format!("app.{domain}"), None, json!({"runtime": "node", "app": "shop"})))?;
            pages.push((format!("app.{domain}"), "/"));
        }
        3 => primary(json!({"runtime": "proxy", "proxy": {"port": 20_000 + number}}))?,
        4 => primary(
            json!({"runtime": "redirect", "redirect": {"to": "https://elsewhere.test/", "status": "permanent", "keep_path": true}}),
        )?,
        5 => {
            hostd.done_late(&add(user, &format!("addon-{domain}"), Some("addon"), json!({})))?;
            hostd.done_late(&add(user, &format!("sub.{domain}"), None, json!({"runtime": "static"})))?;
            hostd.done_late(&add(user, &format!("alias-{domain}"), Some("alias"), json!({})))?;
            put_file(host, user, &format!("domains/sub.{domain}/public_html"), "index.html", "sub")?;
            pages.extend([(format!("addon-{domain}"), "/"), (format!("sub.{domain}"), "/"), (format!("alias-{domain}"), "/")]);
        }
        6 => {
            let job = json!({"name": "tidy", "schedule": "30 2 * * *", "command": "true", "timeout_minutes": 1, "enabled": true});
            hostd.done_late(&json!({"cron_put": {"username": user, "job": job, "new": true}}))?;
            let login = json!({"name": "web", "folder": "web", "hash": format!("$6$saltsalt${}", "A".repeat(86)), "enabled": true});
            hostd.done_late(&json!({"ftp_add": {"username": user, "login": login}}))?;
            hostd.done_late(&json!({"ssh_update": {"username": user, "mode": "sftp_chroot", "allow_password": false,
                "allow_port_forwarding": true, "allow_agent_forwarding": false, "allow_x11_forwarding": false}}))?;
            hostd.done_late(&json!({"ssh_key_add": {"username": user, "key": KEY}}))?;
        }
        7 => drop(hostd.done_late(&json!({"account_suspend": {"username": user, "reason": "unpaid"}}))?),
        8 => {
            let mut limits = hostd.spec(user)?["limits"].clone();
            (limits["memory_limit_mb"], limits["cpu_limit_percent"]) = (json!(300 + number), json!(50));
            hostd.done_late(&json!({"account_update": {"username": user, "contact_email": "keep", "notes": "n", "shell": "/bin/bash",
                "limits": {"custom": limits}}}))?;
            primary(json!({"https": true, "www": "both", "php_ini": {"memory_limit": 64}}))?;
            pages.push((format!("www.{domain}"), "/"));
        }
        9 => {
            let visitors = json!([{"name": "sari", "hash": format!("$6$saltsalt${}", "A".repeat(86))}]);
            let folders = json!([{"path": "/a", "realm": "A", "visitors": visitors}]);
            hostd.done_late(&json!({"site_protect": {"username": user, "domain": domain, "folders": folders}}))?;
            pages.push((domain.clone(), "/a/"));
        }
        _ => {}
    }
    Ok(pages)
}

/// What every page answers. An app is started again without waiting for it.
fn answers(host: &Host, pages: &[(String, &'static str)], wanted: Option<&[(u16, String)]>) -> Fallible<Vec<(u16, String)>> {
    let mut out = Vec::new();
    for (number, (domain, path)) in pages.iter().enumerate() {
        let ask = || {
            let page = host.http_get(domain, path)?;
            Ok((page.status, page.body))
        };
        let page = match wanted {
            None => ask()?,
            Some(wanted) => {
                let same = host
                    .wait_until("the page of before", Duration::from_secs(30), || Ok(Some(ask()?).filter(|page| *page == wanted[number])));
                same.map_err(|e| format!("{domain}{path}: {e}: {:?}, it was {:?}", ask(), wanted[number]))?
            }
        };
        out.push(page);
    }
    Ok(out)
}

/// What systemd, the shadow tools and the kernel were told of the accounts, without what is counted.
fn told(host: &Host) -> Fallible<String> {
    const LISTING: &str = r#"
        grep '^acc' /etc/passwd | sort; for n in 06 16; do id -Gn acc$n | tr ' ' '\n' | sort; done
        for n in $(seq 12000 12019); do systemctl show user-$n.slice -p MemoryMax -p CPUQuotaPerSecUSec -p TasksMax; done
        systemctl list-unit-files --state=enabled --no-legend 'nusantara-php*@acc*' 'nusantara-app@acc*' 'nusantara-cron@acc*' | awk '{print $1}' | sort
        cut -d: -f1 /var/lib/nusantara-hostd/ftp/logins | sort; cat /var/lib/nusantara-hostd/firewall.nft
    "#;
    Ok(host.run(["/bin/sh", "-c", LISTING])?)
}

fn listed(host: &Host, path: &str) -> Fallible<usize> {
    let answer = api(host, "GET", path, None)?;
    assert_eq!(answer.status, 200, "{:#}", answer.body);
    Ok(answer.body["items"].as_array().map_or(0, Vec::len))
}

#[test]
fn a_lost_host_comes_back_from_a_copy_of_its_files() -> Fallible {
    let first = Host::with_panel("rebuild-first")?;
    let hostd = Hostd::of(&first)?;
    widen_package(&first, &json!({}))?;
    let mut pages = Vec::new();
    for number in 0..ACCOUNTS {
        pages.extend(make(&first, &hostd, number).map_err(|e| format!("account {number}: {e}"))?);
    }
    let before = answers(&first, &pages, None)?;
    let statuses = |status: u16| before.iter().filter(|(is, _)| *is == status).count();
    assert!(statuses(200) >= 20 && statuses(503) == 4 && statuses(308) == 4 && statuses(401) == 2 && statuses(502) >= 2, "{before:?}");
    let told_before = told(&first)?;
    let copy = first.run(["/bin/sh", "-c", COPY])?;
    first.finish()?;

    let second = Host::with_panel("rebuild-second")?;
    let hostd = Hostd::of(&second)?;
    let output = second.exec_with_input(["/bin/sh", "-c", PUT_BACK], copy.as_bytes())?;
    assert!(output.success(), "{}", output.stderr);
    let plan: Value = serde_json::from_str(&second.run(["nusantara", "plan", "--all", "--json"])?)?;
    assert_eq!(
        (&plan["summary"]["accounts"], &plan["summary"]["changed"], &plan["summary"]["problems"]),
        (&json!(20), &json!(20), &json!(0))
    );
    // Nobody gets a uid that a file names, even before the converge.
    create(&second, "newcomer", "newcomer.test")?;
    assert_eq!(second.run(["id", "-u", "newcomer"])?.trim(), (12_000 + ACCOUNTS).to_string());
    let said = second.exec(["nusantara", "converge", "--all", "--wait"])?;
    assert!(said.success(), "{}{}", said.stdout, said.stderr);
    answers(&second, &pages, Some(&before))?;
    let told_after = told(&second)?;
    assert_eq!(told_after, told_before);
    assert!(second.run(["nusantara", "plan", "--all"])?.contains("Nothing to change: 21 accounts"));
    for number in 0..ACCOUNTS {
        assert_eq!(hostd.drift(&name(number))?, json!([]), "{number}");
    }
    assert_eq!(second.run(["stat", "-c", "%U", "/home/acc00/domains/acc00.test/public_html/index.php"])?, "acc00\n");

    // The index is complete, also of sites; and again after the database is lost.
    let sites = listed(&second, "/api/v1/sites?limit=200")?;
    assert_eq!((listed(&second, "/api/v1/accounts?limit=200")?, sites), (ACCOUNTS + 1, 27));
    second.run(["systemctl", "stop", "nusantarad.service", "nusantarad.socket", "nusantarad-local.socket"])?;
    second.run(["/bin/sh", "-c", "rm /var/lib/nusantara-panel/panel.db*"])?;
    second.run(["systemctl", "start", "nusantarad.socket", "nusantarad-local.socket", "nusantarad.service"])?;
    second.wait_until("the index", Duration::from_secs(60), || {
        let whole = listed(&second, "/api/v1/accounts?limit=200").is_ok_and(|n| n == ACCOUNTS + 1);
        Ok((whole && listed(&second, "/api/v1/sites?limit=200").is_ok_and(|n| n == sites)).then_some(()))
    })?;
    let suspended = api(&second, "GET", "/api/v1/accounts/acc07", None)?;
    assert_eq!(suspended.body["account"]["status"], "suspended");
    // Logins were in the database: the first admin is made anew, with a token that only root sees.
    assert!(!second.run(["nusantara", "setup-token"])?.trim().is_empty());
    Ok(second.finish()?)
}
