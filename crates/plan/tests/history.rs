//! Two specs compared, and what going back makes of them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod common;

use common::{account, addon, app, cron_job, domain, ftp_login, settings, ssh};
use expect_test::expect;
use nusantara_plan::account::{Observed, plan};
use nusantara_plan::history::{brought_back, differences, summary};
use nusantara_plan::steps::{ROLLBACK, Step};
use nusantara_proto::host::{ChangeAction, FieldChange};
use nusantara_types::{AccountSpec, AccountStatus, Login, Shell, Suspension};
use std::collections::BTreeSet;

const SECRET: &str = "hunter2";

fn hash(of: char) -> String {
    format!("$6$saltsalt${}", of.to_string().repeat(86))
}

/// One with everything that an account may have, each thing unlike in [`other`].
fn full() -> AccountSpec {
    let mut spec = account();
    spec.limits.max_apps = Some(5);
    spec.account.shell = Shell::Bash;
    spec.ssh = ssh("shell");
    spec.services.nodejs.enabled = true;
    spec.services.nodejs.apps = vec![app("shop", 2, true), app("queue", 1, true)];
    spec.services.nodejs.apps[0].env.insert("TOKEN".parse().unwrap(), SECRET.to_owned().try_into().unwrap());
    spec.services.cron.enabled = true;
    spec.services.cron.jobs = vec![cron_job("backup", "30 2 * * *", true)];
    spec.services.ftp.enabled = true;
    spec.services.ftp.accounts = vec![ftp_login("web", "web", true)];
    spec.domains.addon_domains = vec![addon("shop.test", Some("8.4"))];
    spec.domains.primary.settings = settings(serde_json::json!({
        "protected": [{ "path": "/a", "realm": "A", "visitors": [{ "name": "sari", "hash": hash('B') }] }],
    }));
    spec
}

fn other() -> AccountSpec {
    let mut spec = account();
    spec.limits.max_apps = Some(5);
    spec.limits.memory_limit_mb = 2_048;
    spec.limits.disk_quota_mb = 1;
    spec.account.contact_email = Some("joko@joko.test".parse().unwrap());
    spec.meta.notes = "pays late".to_owned();
    spec.services.nodejs.enabled = true;
    spec.services.nodejs.apps = vec![app("shop", 1, false), app("mail", 1, true)];
    spec.services.nodejs.apps[0].env.insert("TOKEN".parse().unwrap(), "other".to_owned().try_into().unwrap());
    spec.services.nodejs.apps[1].listen = common::listen(20_010);
    spec.services.cron.enabled = true;
    spec.services.cron.jobs = vec![cron_job("tidy", "@daily", true)];
    spec.services.ftp.enabled = true;
    spec.services.ftp.accounts = vec![ftp_login("scans", "scans/in", true)];
    spec.domains.alias_domains = vec![domain("joko.example")];
    spec.domains.primary.settings = settings(serde_json::json!({
        "protected": [{ "path": "/b", "realm": "B", "visitors": [{ "name": "sari", "hash": hash('C') }] }],
    }));
    spec
}

fn lines(changes: &[FieldChange]) -> String {
    let line = |c: &FieldChange| {
        let mark = match c.action {
            ChangeAction::Create => '+',
            ChangeAction::Update => '~',
            ChangeAction::Remove => '-',
        };
        let hidden = if c.hidden { " hidden" } else { "" };
        format!("{mark} {} {} {} {}{hidden}\n", c.file, c.field, c.before, c.after)
    };
    changes.iter().map(line).collect()
}

#[test]
fn what_is_different_is_named_field_by_field() {
    let mut after = other();
    after.services.nodejs.apps.truncate(1);
    after.services.cron = full().services.cron;
    after.services.ftp = full().services.ftp;
    after.ssh = full().ssh;
    after.ssh.authorized_keys.clear();
    expect![[r#"
        + account.json contact_email null "joko@joko.test"
        ~ account.json shell "/bin/bash" "/usr/sbin/nologin"
        ~ limits.json disk_quota_mb 5120 1
        ~ limits.json memory_limit_mb 1024 2048
        - domains.json addon_domains[shop.test].docroot "domains/shop.test/public_html" null
        - domains.json addon_domains[shop.test].domain "shop.test" null
        - domains.json addon_domains[shop.test].php_version "8.4" null
        + domains.json alias_domains null "joko.example"
        + domains.json primary.protected[/b].path null "/b"
        + domains.json primary.protected[/b].realm null "B"
        + domains.json primary.protected[/b].visitors[sari].hash null null hidden
        + domains.json primary.protected[/b].visitors[sari].name null "sari"
        - domains.json primary.protected[/a].path "/a" null
        - domains.json primary.protected[/a].realm "A" null
        - domains.json primary.protected[/a].visitors[sari].hash null null hidden
        - domains.json primary.protected[/a].visitors[sari].name "sari" null
        ~ services.json nodejs.apps[shop].enabled true false
        ~ services.json nodejs.apps[shop].env.TOKEN null null hidden
        ~ services.json nodejs.apps[shop].instances 2 1
        - services.json nodejs.apps[queue].args ["100%","$HOME \"x\""] null
        - services.json nodejs.apps[queue].enabled true null
        - services.json nodejs.apps[queue].env.GREETING null null hidden
        - services.json nodejs.apps[queue].folder "apps/shop" null
        - services.json nodejs.apps[queue].instances 1 null
        - services.json nodejs.apps[queue].listen.socket {} null
        - services.json nodejs.apps[queue].name "queue" null
        - services.json nodejs.apps[queue].program.node "server.js" null
        - services.json nodejs.apps[queue].restart "on_failure" null
        - ssh.json authorized_keys "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIO3sc8bZQzBbA2Ik6yPqs1GLpItcgYaGmGakD3rxixUT joko@laptop" null
        + meta.json notes null "pays late"
    "#]]
    .assert_eq(&lines(&differences(&full(), &after)));
    expect![[r#"
        + account.json contact_email null "joko@joko.test"
        ~ account.json shell "/bin/bash" "/usr/sbin/nologin"
        ~ limits.json disk_quota_mb 5120 1
        ~ limits.json memory_limit_mb 1024 2048
        - domains.json addon_domains[shop.test] null null
        + domains.json alias_domains null "joko.example"
        + domains.json primary.protected[/b] null null
        - domains.json primary.protected[/a] null null
        ~ services.json nodejs.apps[shop].enabled true false
        ~ services.json nodejs.apps[shop].env.TOKEN null null hidden
        ~ services.json nodejs.apps[shop].instances 2 1
        - services.json nodejs.apps[queue] null null
        - ssh.json authorized_keys "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIO3sc8bZQzBbA2Ik6yPqs1GLpItcgYaGmGakD3rxixUT joko@laptop" null
        + meta.json notes null "pays late"
    "#]]
    .assert_eq(&lines(&summary(&full(), &after)));
}

#[test]
fn equal_specs_have_no_differences_and_what_is_written_about_an_account_is_none() {
    for spec in [account(), full(), other()] {
        let mut noted = spec.clone();
        noted.account.last_login_ip = Some("192.0.2.1".parse().unwrap());
        noted.account.last_login_at = Some(noted.account.created_at);
        noted.account.updated_at += chrono::TimeDelta::days(1);
        noted.meta.last_applied_revision = Some(spec.revision());
        noted.meta.audit.last_actor = Some("sari".to_owned());
        assert_eq!(differences(&spec, &noted), []);
        let mut changed = spec.clone();
        changed.limits.max_databases += 1;
        assert_ne!(changed.revision(), spec.revision());
        assert_eq!(differences(&spec, &changed).len(), 1, "what a revision is taken over is what is compared");
    }
}

/// Every text of a spec that nobody may see, wherever it is.
#[test]
fn no_secret_gets_through() {
    let secrets = [SECRET.to_owned(), "other".to_owned(), "AAAA".repeat(20), hash('B'), hash('C'), "${USER}".to_owned()];
    for (before, after) in [(account(), full()), (full(), account()), (full(), other()), (other(), full())] {
        for changes in [differences(&before, &after), summary(&before, &after)] {
            let text = serde_json::to_string(&changes).unwrap();
            for secret in &secrets {
                assert!(!text.contains(secret.as_str()), "{secret}: {text}");
            }
        }
    }
    let mut changed = full();
    changed.services.ftp.accounts[0].hash = hash('D').try_into().unwrap();
    let changes = differences(&full(), &changed);
    assert_eq!(lines(&changes), "~ services.json ftp.accounts[web].hash null null hidden\n", "that it changed is said");
}

#[test]
fn a_list_that_is_long_or_in_another_order_is_told_plainly() {
    let mut after = full();
    after.services.nodejs.apps.reverse();
    assert_eq!(differences(&full(), &after), [], "entries with names have no order");
    after.services.nodejs.apps[0].args.reverse();
    assert_eq!(differences(&full(), &after).len(), 1, "arguments have one");
    let mut noted = full();
    noted.meta.notes = "é".repeat(1_500);
    let said = differences(&full(), &noted)[0].after.as_str().map(str::to_owned).unwrap();
    assert_eq!(said.chars().count(), 1_001);
}

#[test]
fn who_an_account_is_and_its_passwords_do_not_go_back() {
    let mut then = full();
    then.account.username = "older".parse().unwrap();
    then.services.php.fpm_pool = "older".parse().unwrap();
    then.account.home_dir = "/home/older".to_owned();
    then.account.uid = 12_345;
    then.account.gid = 12_345;
    then.meta.notes = "as it was".to_owned();
    let mut now = other();
    now.account.status = AccountStatus::Suspended;
    now.account.suspension = Some(Suspension { since: now.account.created_at, reason: None, login: Login::FRESH });
    now.services.ftp.accounts = vec![ftp_login("web", "elsewhere", false)];
    now.services.ftp.accounts[0].hash = hash('D').try_into().unwrap();
    now.domains.primary.settings.protected = full().domains.primary.settings.protected;
    now.domains.primary.settings.protected[0].visitors[0].hash = hash('E').try_into().unwrap();
    now.meta.last_applied_revision = Some(now.revision());

    let back = brought_back(&now, &then);
    assert_eq!(back.validate(), Ok(()));
    let (a, n) = (&back.account, &now.account);
    assert_eq!((&a.username, a.uid, a.gid, &a.home_dir, a.created_at), (&n.username, n.uid, n.gid, &n.home_dir, n.created_at));
    assert_eq!((a.status, &a.suspension), (n.status, &n.suspension), "a rollback lets nobody serve who is suspended");
    assert_eq!(back.meta.last_applied_revision, now.meta.last_applied_revision);
    assert_eq!((back.meta.notes.as_str(), a.shell, &a.contact_email), ("as it was", Shell::Bash, &None));
    let login = &back.services.ftp.accounts[0];
    assert_eq!((login.folder.as_str(), login.enabled, login.hash.as_str()), ("web", true, hash('D').as_str()));
    assert_eq!(back.domains.primary.settings.protected[0].visitors[0].hash.as_str(), hash('E'));
    assert_eq!((&back.limits, &back.ssh, &back.services.cron), (&then.limits, &then.ssh, &then.services.cron));
    let same = full();
    assert_eq!(brought_back(&same, &same), same);
}

/// Whatever comes together, the steps are those of the list, in its order.
#[test]
fn every_difference_at_once_takes_the_steps_of_a_rollback() {
    let mut seen = BTreeSet::new();
    let mut proxied = other();
    proxied.domains.primary.settings = settings(serde_json::json!({ "runtime": "proxy", "proxy": { "port": 20_001 } }));
    let mut sftp = account();
    sftp.ssh = ssh("sftp_chroot");
    let all = [account(), full(), other(), proxied, sftp];
    for (i, from) in all.iter().enumerate() {
        for (j, to) in all.iter().enumerate() {
            let changes = plan(&brought_back(from, to), &Observed::applied(from)).unwrap();
            let mut steps: Vec<Step> = changes.iter().map(nusantara_plan::change::Change::step).collect();
            seen.extend(steps.iter().copied());
            // Of apps, jobs and PHP there may be several.
            steps.dedup();
            let place = |step: &Step| ROLLBACK.iter().position(|listed| listed == step);
            let app = |step: &Step| matches!(step, Step::AppStop | Step::AppPut);
            let places: Vec<_> = steps.iter().filter(|step| !app(step)).map(place).collect();
            assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{i} to {j}: {steps:?}");
        }
    }
    let never: Vec<_> = ROLLBACK.iter().filter(|step| !seen.contains(step)).collect();
    assert_eq!(never, [] as [&Step; 0], "the list promises what comes");
}
