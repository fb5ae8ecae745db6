//! What a hand has changed is found, told the right way round, and taken into the spec where the spec has a field for it.
#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod common;

use common::{account, app, cron_job, ftp_login, settings, ssh};
use expect_test::expect_file;
use nusantara_plan::account::{Observed, ObservedPhp, ObservedQuota};
use nusantara_plan::change::{DiskQuota, HomeAccess};
use nusantara_plan::drift::{Look, adopted, item_of, items, texts_of};
use nusantara_plan::render::nginx;
use nusantara_plan::steps;
use nusantara_proto::host::DriftItem;
use nusantara_types::{AccountSpec, AppName, CronJobName, Login, Shell};
use std::collections::BTreeSet;

/// An account with one of everything.
fn full() -> AccountSpec {
    let mut spec = account();
    spec.domains.primary.settings = settings(serde_json::json!({ "https": true,
        "protected": [{ "path": "/a", "realm": "A", "visitors": [] }], "php_ini": { "memory_limit": 64 } }));
    spec.limits.max_apps = Some(3);
    spec.services.nodejs.enabled = true;
    spec.services.nodejs.apps = vec![app("shop", 2, true)];
    spec.services.cron.enabled = true;
    spec.services.cron.jobs = vec![cron_job("backup", "30 2 * * SUN", true)];
    spec.services.ftp.enabled = true;
    spec.services.ftp.accounts = vec![ftp_login("web", "web", true), ftp_login("scans", "scans/in", true)];
    spec.ssh = ssh("sftp_chroot");
    spec.meta.last_applied_revision = Some(spec.revision());
    spec
}

fn shop() -> AppName {
    "shop".parse().unwrap()
}

fn backup() -> CronJobName {
    "backup".parse().unwrap()
}

/// Something done by hand, and the item it shall be found as.
type Hand = (&'static str, bool, fn(&mut Observed));

/// Whether each can be adopted is said beside it.
const HANDS: &[Hand] = &[
    ("user", false, |o| o.user = None),
    ("user.shell", true, |o| o.user.as_mut().unwrap().shell = Some(Shell::Bash)),
    ("user.shell", false, |o| o.user.as_mut().unwrap().shell = None),
    ("user.login", false, |o| o.user.as_mut().unwrap().login = Login::DENIED),
    ("home", false, |o| (o.home, o.home_owner, o.home_access) = (false, None, None)),
    ("home.access", false, |o| o.home_access = Some(HomeAccess { mode: 0o700, web_enters: false })),
    ("slice", true, |o| o.slice.memory_mb = Some(2_048)),
    ("slice", false, |o| o.slice.cpu_percent = None),
    ("slice", false, |o| o.slice.tasks = Some(1)),
    ("quota", true, |o| o.quota = ObservedQuota::Kept(Some(DiskQuota { kib: 1_024 * 1_024, files: 65_536 }))),
    ("quota", false, |o| o.quota = ObservedQuota::Kept(Some(DiskQuota { kib: 7, files: 1 }))),
    ("quota", false, |o| o.quota = ObservedQuota::Kept(None)),
    ("ports", false, |o| assert!(o.ports.insert(20_000))),
    ("access", false, |o| o.access.values_mut().for_each(|text| text.push_str("eve:x\n"))),
    ("access", false, |o| o.access.clear()),
    ("sockets", false, |o| o.sockets = None),
    ("php.8.2", false, |o| o.php.values_mut().for_each(|php| php.pool.as_mut().unwrap().push_str("; hand\n"))),
    ("php.8.2", false, |o| o.php.values_mut().for_each(|php| drop(php.beside.insert("x.conf".into(), "[Service]\nUser=root\n".into())))),
    ("php.8.2", false, |o| o.php.values_mut().for_each(|php| php.listening = false)),
    ("php.8.2", false, |o| o.php.clear()),
    ("php.8.4", false, |o| {
        let there = ObservedPhp { enabled: true, ..ObservedPhp::default() };
        o.php.insert("8.4".parse().unwrap(), there);
    }),
    ("app.shop", false, |o| drop(o.apps.remove(&shop()))),
    ("app.shop", true, |o| o.apps.get_mut(&shop()).unwrap().enabled.clear()),
    ("app.shop", true, |o| {
        let seen = o.apps.get_mut(&shop()).unwrap();
        seen.description = seen.description.take().map(|text| text.replace("server.js", "other.js"));
    }),
    ("app.shop", false, |o| o.apps.get_mut(&shop()).unwrap().description = Some("SECRET=1".into())),
    ("app.shop", false, |o| drop(o.apps.get_mut(&shop()).unwrap().dropins.insert(1, "[Service]\n".into()))),
    ("cron.backup", false, |o| drop(o.cron.remove(&backup()))),
    ("cron.backup", true, |o| o.cron.get_mut(&backup()).unwrap().armed = Some(false)),
    ("cron.backup", false, |o| o.cron.get_mut(&backup()).unwrap().armed = None),
    ("cron.backup", false, |o| o.cron.get_mut(&backup()).unwrap().timer = Some("[Timer]\nOnCalendar=hourly\n".into())),
    ("ftp", true, |o| o.ftp.logins = o.ftp.logins.take().map(|all| all.lines().take(1).map(|line| format!("{line}\n")).collect())),
    ("ftp", false, |o| o.ftp.served = false),
    ("ftp", false, |o| o.ftp.logins = o.ftp.logins.take().map(|all| all.replace("$6$", "$5$"))),
    ("ssh", true, |o| o.ssh.as_mut().unwrap().keys.clear()),
    ("ssh", true, |o| o.ssh = None),
    ("ssh", false, |o| o.ssh.as_mut().unwrap().keys.push_str("command=\"sh\" ssh-ed25519 AAAA x\n")),
    ("vhost", false, |o| o.vhost.as_mut().unwrap().push_str("# hand\n")),
    ("vhost", false, |o| o.vhost = None),
    ("vhost", false, |o| o.logs = false),
];

fn found(look: &Look) -> Vec<DriftItem> {
    items(look).unwrap()
}

fn names(items: &[DriftItem]) -> Vec<&str> {
    items.iter().map(|found| found.item.as_str()).collect()
}

#[test]
fn where_nothing_was_changed_nothing_is_found() {
    let spec = full();
    assert_eq!(found(&Look::of(spec.clone(), Observed::applied(&spec))), []);
}

#[test]
fn everything_a_hand_does_is_found_and_adopted_only_where_the_spec_has_a_field() {
    let spec = full();
    for (number, (name, adoptable, hand)) in HANDS.iter().enumerate() {
        let what = format!("{number} {name}");
        let mut observed = Observed::applied(&spec);
        hand(&mut observed);
        let look = Look::of(spec.clone(), observed);
        let all = found(&look);
        assert_eq!(names(&all), [*name], "{what}");
        assert_eq!((all[0].adoptable, all[0].why_not.is_none()), (*adoptable, *adoptable), "{what}: {:?}", all[0].why_not);
        let shown = format!("{all:?}");
        assert!(!shown.contains("$6$") && !shown.contains("SECRET") && !shown.contains("${USER}"), "{what}: {shown}");
        let taken = adopted(&look, &all, Some(&all[0].item));
        assert_eq!(taken.is_ok(), *adoptable, "{what}");
        assert_eq!(adopted(&look, &all, None).ok(), taken.clone().ok(), "{what}");
        let Ok(taken) = taken else { continue };
        assert_eq!(taken.validate(), Ok(()), "{what}");
        assert_ne!(taken.revision(), spec.revision(), "{what}");
        let explained = Look { applied: taken.clone(), written: taken, observed: look.observed };
        // What follows from it, such as PHP from the limits, is not yet so.
        assert!(!names(&found(&explained)).contains(name), "{what}: once adopted it is no drift");
    }
}

#[test]
fn a_repair_takes_only_steps_of_a_converge() {
    let spec = full();
    let listed: BTreeSet<_> = steps::CONVERGE.iter().collect();
    for (name, _, hand) in HANDS {
        let mut observed = Observed::applied(&spec);
        hand(&mut observed);
        for change in Look::of(spec.clone(), observed).repairs().unwrap() {
            assert!(listed.contains(&change.step()), "{name}: {:?}", change.step());
        }
    }
}

#[test]
fn differences_read_from_what_should_be_to_what_is() {
    let spec = full();
    let mut observed = Observed::applied(&spec);
    for at in [1, 5, 6, 9, 13, 15, 17, 23, 27, 30, 33, 36] {
        HANDS[at].2(&mut observed);
    }
    let mut out = String::new();
    for DriftItem { item, target, summary, diff, why_not, .. } in found(&Look::of(spec, observed)) {
        out.push_str(&format!(
            "{item} [{target}]\n  {summary}\n  {}\n",
            why_not.map_or("can be adopted".to_owned(), |why| format!("not adoptable: {why}"))
        ));
        for line in diff.iter().flat_map(|diff| diff.lines()) {
            out.push_str(&format!("  | {line}\n"));
        }
    }
    expect_file!["golden/plan/differences.txt"].assert_eq(&out);
}

#[test]
fn files_changed_by_hand_are_one_difference_and_come_first() {
    let applied = full();
    let mut written = applied.clone();
    written.limits.memory_limit_mb = 2_048;
    let look = Look { applied: applied.clone(), written: written.clone(), observed: Observed::applied(&applied) };
    let all = found(&look);
    assert_eq!(names(&all), ["spec"], "the host is as it was applied");
    let diff = all[0].diff.as_deref().unwrap();
    assert!(diff.contains("-  \"memory_limit_mb\": 1024") && diff.contains("+  \"memory_limit_mb\": 2048"), "{diff}");
    assert_eq!(adopted(&look, &all, None).unwrap(), written);
    let mut both = look.clone();
    both.observed.user.as_mut().unwrap().shell = Some(Shell::Bash);
    let all = found(&both);
    assert_eq!(names(&all), ["spec", "user.shell"]);
    let refused = adopted(&both, &all, Some(&all[1].item)).unwrap_err();
    assert!(refused.why.contains("files were changed by hand"), "{refused:?}");
    let taken = adopted(&both, &all, None).unwrap();
    assert_eq!((taken.account.shell, taken.limits.memory_limit_mb), (Shell::Bash, 2_048));
    let kept = texts_of(&both, &all.iter().map(|found| found.item.clone()).collect());
    assert!(kept["limits.json"].contains("2048") && kept.contains_key("user"), "{kept:?}");
}

#[test]
fn what_is_written_over_is_kept_whole() {
    let spec = full();
    for (number, (name, _, hand)) in HANDS.iter().enumerate() {
        let mut observed = Observed::applied(&spec);
        hand(&mut observed);
        let look = Look::of(spec.clone(), observed);
        let lost: BTreeSet<_> = look.repairs().unwrap().iter().filter_map(item_of).collect();
        let kept = texts_of(&look, &lost);
        let nothing_there =
            ["user", "home", "ports"].contains(name) || format!("{:?}", found(&look)).contains("gone") || *name == "php.8.4";
        assert!(!kept.is_empty() || nothing_there || [13, 14, 35].contains(&number), "{number} {name}");
    }
}

#[test]
fn a_home_of_somebody_else_is_nobodys_drift() {
    let spec = full();
    let observed = Observed { home_owner: Some(12_001), ..Observed::applied(&spec) };
    assert!(items(&Look::of(spec, observed)).unwrap_err().message.contains("12001"));
}

#[test]
fn a_vhost_knows_whether_a_hand_has_been_at_it() {
    let spec = full();
    let text = nginx::vhost(&spec, nusantara_plan::serving::Serving::of(&spec), nginx::Dialect::default()).text;
    assert!(nginx::is_as_rendered(&text));
    for changed in [text.replace("server_name", "server_name evil.test"), format!("{text}# hand\n"), String::new(), "server {}".to_owned()]
    {
        assert!(!nginx::is_as_rendered(&changed));
    }
}
