//! What a plan holds, and that the way back leads back.

mod common;

use common::{account, addon, app, carry_out, certificate, cron_job, databases, domain, ftp_login, settings, ssh, subdomain, suspended};
use expect_test::{ExpectFile, expect_file};
use nusantara_plan::account::{Observed, ObservedCron, ObservedQuota, ObservedUser, plan, plan_delete, plan_delete_keeping};
use nusantara_plan::change::{Change, Owner, undo};
use nusantara_plan::steps::{self, Step};
use nusantara_plan::{describe, site};
use nusantara_proto::host::PlanIntent;
use nusantara_types::{AccountSpec, AccountStatus, Login, Shell, SshMode};

fn names(changes: &[Change]) -> Vec<Step> {
    changes.iter().map(Change::step).collect()
}

/// The plan as it is sent, with details.
#[track_caller]
fn check_plan(spec: &AccountSpec, changes: &[Change], intent: PlanIntent, expected: ExpectFile) {
    let plan = describe::plan(&Owner::of(spec), intent, changes);
    let mut out = String::new();
    for c in &plan.changes {
        out.push_str(&format!("{:?} {} [{}]\n  {}\n", c.action, c.target, c.step, c.summary));
        for line in c.detail.iter().flat_map(|d| d.lines()) {
            out.push_str(&format!("  | {line}\n"));
        }
    }
    expected.assert_eq(&out);
}

/// What is carried out is in the list of its operation, in its order; not all of the list need be.
#[track_caller]
fn assert_only(changes: &[Change], list: &[Step]) {
    let mut rest = list.iter();
    assert!(names(changes).iter().all(|step| rest.any(|listed| listed == step)), "{:?} {list:?}", names(changes));
}

/// A host that has nothing of an account, and a file system that keeps quotas.
fn nothing() -> Observed {
    Observed { quota: ObservedQuota::Kept(None), ..Observed::default() }
}

/// The steps of an operation on an account that has no ports.
fn portless(list: &[Step]) -> Vec<Step> {
    list.iter().copied().filter(|step| *step != Step::PortsGuard).collect()
}

fn shapes() -> Vec<AccountSpec> {
    let mut wide = account();
    wide.domains.addon_domains.push(addon("shop.test", Some("8.4")));
    wide.domains.subdomains.push(subdomain("blog.joko.test", "joko.test"));
    wide.domains.alias_domains.push(domain("www.joko.test"));
    let mut plain = account();
    plain.services.php.enabled = false;
    let mut shared = account();
    shared.domains.addon_domains.push(addon("shop.test", None));
    shared.domains.addon_domains[0].docroot = shared.domains.primary.docroot.clone();
    let mut guarded = account();
    guarded.domains.primary.settings = settings(serde_json::json!({ "https": true, "www": "to_www", "max_upload_mb": 8,
        "protected": [{ "path": "/a", "realm": "A", "visitors": [] }], "php_ini": { "memory_limit": 64 } }));
    guarded.ssh = ssh("sftp_chroot");
    let mut shell = account();
    shell.account.shell = Shell::Bash;
    shell.ssh = ssh("shell");
    let mut apps = account();
    apps.limits.max_apps = Some(3);
    apps.services.nodejs.enabled = true;
    apps.services.nodejs.apps = vec![app("shop", 2, true), app("queue", 1, false)];
    let mut other_apps = apps.clone();
    other_apps.services.nodejs.apps = vec![app("shop", 1, false), app("queue", 3, true), app("mail", 1, true)];
    let mut jobs = account();
    jobs.services.cron.enabled = true;
    jobs.services.cron.jobs = vec![cron_job("backup", "30 2 1,15 * SUN", true), cron_job("warm", "@reboot", true)];
    let mut other_jobs = jobs.clone();
    other_jobs.services.cron.jobs = vec![cron_job("backup", "@reboot", true), cron_job("mail", "*/5 * * * *", false)];
    let asleep = suspended(&jobs);
    let mut away = suspended(&apps);
    away.domains.primary.settings = guarded.domains.primary.settings.clone();
    away.account.shell = Shell::Bash;
    let mut ports = apps.clone();
    ports.services.nodejs.apps[0].listen = common::listen(20_010);
    ports.domains.primary.settings = settings(serde_json::json!({ "runtime": "proxy", "proxy": { "port": 20_001 } }));
    let mut less = account();
    less.limits.disk_quota_mb = 0;
    let mut ftp = guarded.clone();
    ftp.services.ftp.enabled = true;
    ftp.services.ftp.accounts = vec![ftp_login("web", "domains/joko.test/public_html", true), ftp_login("scans", "scans/in", true)];
    let (mut stored, mut elsewhere) = (account(), account());
    stored.services.databases = databases("shop", "app", "full");
    elsewhere.services.databases = databases("shop", "look", "read");
    vec![
        account(),
        wide,
        plain,
        shared,
        guarded,
        apps,
        other_apps,
        jobs,
        other_jobs,
        asleep,
        away,
        ports,
        less,
        ftp,
        shell,
        stored,
        elsewhere,
    ]
}

#[test]
fn a_fresh_account_takes_exactly_the_steps_of_create() {
    let spec = account();
    let changes = plan(&spec, &nothing()).unwrap();
    assert_eq!(names(&changes), steps::CREATE);
    check_plan(&spec, &changes, PlanIntent::Converge, expect_file!["golden/plan/create.txt"]);
}

#[test]
fn a_whole_account_takes_exactly_the_steps_of_delete() {
    let spec = account();
    let changes = plan_delete(spec.account.uid, &Observed::applied(&spec)).unwrap();
    assert_only(&changes, steps::DELETE);
    let mut full = shapes().remove(13);
    full.services.databases = databases("shop", "app", "full");
    let keeping = |observed: &Observed| names(&plan_delete_keeping(full.account.uid, observed, full.account.created_at).unwrap());
    assert_eq!(keeping(&Observed::applied(&full)), portless(steps::DELETE));
    let gone = Observed { home: false, home_half_removed: true, ..Observed::applied(&full) };
    assert!(!keeping(&gone).contains(&Step::LastCopy), "of half a home there is no last copy");
    check_plan(&spec, &changes, PlanIntent::Delete, expect_file!["golden/plan/delete.txt"]);
    let apps = &shapes()[5];
    let with_apps = names(&plan_delete(spec.account.uid, &Observed::applied(apps)).unwrap());
    let (rest, gone): (Vec<_>, Vec<_>) = with_apps.iter().partition(|step| **step != Step::AppRemove);
    assert_eq!((rest, gone.len()), (names(&changes), 2));
}

#[test]
fn nothing_changes_where_the_host_equals_the_spec() {
    for spec in shapes() {
        assert_eq!(plan(&spec, &Observed::applied(&spec)).unwrap(), []);
        let fresh = nothing();
        let after = carry_out(&spec, &fresh, &plan(&spec, &fresh).unwrap());
        assert_eq!(plan(&spec, &after).unwrap(), [], "one converge is enough");
    }
}

#[test]
fn undoing_leads_back_to_where_it_began() {
    let shapes = shapes();
    for spec in &shapes {
        let fresh = nothing();
        let changes = plan(spec, &fresh).unwrap();
        let there = carry_out(spec, &fresh, &changes);
        let mut back = carry_out(spec, &there, &undo(&changes));
        assert_eq!(std::mem::take(&mut back), fresh);
        for other in &shapes {
            let start = Observed::applied(spec);
            let changes = plan(other, &start).unwrap();
            let there = carry_out(other, &start, &changes);
            let back = carry_out(spec, &there, &undo(&changes));
            assert_eq!(plan(spec, &back).unwrap(), [], "undone, nothing is left to converge");
        }
    }
}

#[test]
fn deleting_removes_everything_that_undo_would() {
    for spec in shapes() {
        let start = Observed::applied(&spec);
        let changes = plan_delete(spec.account.uid, &start).unwrap();
        assert_eq!(carry_out(&spec, &start, &changes), nothing());
        let back = [
            Step::PhpEnable,
            Step::AccessWrite,
            Step::AppPut,
            Step::AppStart,
            Step::CronPut,
            Step::PortsGuard,
            Step::DatabaseUsers,
            Step::FtpLogins,
            Step::SshApply,
        ];
        assert!(undo(&changes).iter().all(|c| back.contains(&c.step())), "a deletion goes forward only");
    }
}

#[test]
fn a_half_deleted_account_is_deleted_to_the_end() {
    let spec = account();
    let start = Observed::applied(&spec);
    let all = plan_delete(spec.account.uid, &start).unwrap();
    for done in 0..all.len() {
        let half = carry_out(&spec, &start, &all[..done]);
        let rest = plan_delete(spec.account.uid, &half).unwrap();
        assert_eq!(carry_out(&spec, &half, &rest), nothing());
    }
    let moved_away = Observed { home_half_removed: true, ..Observed::default() };
    assert_eq!(names(&plan_delete(spec.account.uid, &moved_away).unwrap()), [Step::HomeEmpty, Step::Record]);
}

#[test]
fn site_operations_take_only_their_steps() {
    let before = account();
    let mut more = account();
    more.domains.addon_domains.push(addon("shop.test", Some("8.4")));
    let added = plan(&more, &Observed::applied(&before)).unwrap();
    assert_eq!(names(&added), portless(steps::SITE_ADD));
    check_plan(&more, &added, PlanIntent::Converge, expect_file!["golden/plan/site-add.txt"]);
    let removed = plan(&before, &Observed::applied(&more)).unwrap();
    assert_only(&removed, steps::SITE_REMOVE);
    let mut moved = more.clone();
    moved.domains.addon_domains[0].docroot = "elsewhere".parse().unwrap();
    moved.domains.addon_domains[0].settings.php_version = Some("8.3".parse().unwrap());
    let updated = plan(&moved, &Observed::applied(&more)).unwrap();
    assert_eq!(names(&updated), portless(steps::SITE_UPDATE));
    check_plan(&moved, &updated, PlanIntent::Converge, expect_file!["golden/plan/site-update.txt"]);
    let guarded = shapes().remove(4);
    let mut other = guarded.clone();
    other.domains.primary.settings.protected[0].visitors = serde_json::from_value(serde_json::json!([{ "name": "sari",
        "hash": format!("$6$saltsalt${}", "A".repeat(86)) }]))
    .unwrap();
    let protected = plan(&other, &Observed::applied(&guarded)).unwrap();
    assert_eq!(names(&protected), steps::SITE_PROTECT);
    check_plan(&other, &protected, PlanIntent::Converge, expect_file!["golden/plan/site-protect.txt"]);
    let mut ini = before.clone();
    ini.services.php.version = "8.4".parse().unwrap();
    assert_eq!(names(&plan(&ini, &Observed::applied(&before)).unwrap()), steps::PHP_UPDATE);
}

#[test]
fn suspending_stops_everything_and_unsuspending_brings_it_back() {
    let before = &mut shapes()[5];
    before.services.cron.enabled = true;
    before.services.cron.jobs = vec![cron_job("backup", "30 2 * * *", true)];
    before.services.ftp.enabled = true;
    before.services.ftp.accounts = vec![ftp_login("scans", "scans/in", true)];
    before.services.databases = databases("shop", "app", "full");
    before.ssh = ssh("sftp_chroot");
    let before = &*before;
    let mut after = suspended(before);
    let usable = Login { password_locked: false, expires_day: None };
    after.account.suspension.as_mut().unwrap().login = usable;
    let mut start = Observed::applied(before);
    start.user.as_mut().unwrap().login = usable;
    let off = plan(&after, &start).unwrap();
    assert_eq!(names(&off), steps::SUSPEND);
    check_plan(&after, &off, PlanIntent::Converge, expect_file!["golden/plan/suspend.txt"]);
    let there = carry_out(&after, &start, &off);
    assert_eq!(plan(&after, &there).unwrap(), [], "suspended once is suspended");
    assert_eq!(plan(before, &carry_out(before, &there, &undo(&off))).unwrap(), []);
    let on = plan(before, &there).unwrap();
    assert_eq!(names(&on), steps::UNSUSPEND);
    let again = carry_out(before, &there, &on);
    assert_eq!((again.user, again.apps, again.php, again.vhost), (start.user, start.apps, start.php, start.vhost));
    for tampered in [usable, Login { expires_day: None, ..Login::DENIED }] {
        let mut there = there.clone();
        there.user.as_mut().unwrap().login = tampered;
        assert_eq!(names(&plan(&after, &there).unwrap()), [Step::LoginDeny, Step::ProcessesEnd, Step::Record], "drift is seen");
    }
    let sneaked = Observed { processes: true, ..there };
    assert_eq!(names(&plan(&after, &sneaked).unwrap()), [Step::ProcessesEnd, Step::Record]);
}

#[test]
fn a_login_that_an_administrator_took_is_not_given_back() {
    let spec = account();
    let mut observed = Observed::applied(&spec);
    observed.user.as_mut().unwrap().login = Login { password_locked: true, expires_day: Some(20_000) };
    assert_eq!(plan(&spec, &observed).unwrap(), []);
}

#[test]
fn limits_reach_the_slice_and_php_and_the_shell_reaches_passwd() {
    let before = account();
    let mut after = before.clone();
    after.limits.memory_limit_mb = 256;
    after.limits.disk_quota_mb = 256;
    after.account.shell = Shell::Bash;
    let changes = plan(&after, &Observed::applied(&before)).unwrap();
    assert_only(&changes, steps::ACCOUNT_UPDATE);
    let all_but_the_web =
        [Step::SpecWrite, Step::UserShell, Step::SliceSet, Step::QuotaSet, Step::PhpEnable, Step::SiteProbe, Step::Record];
    assert_eq!(names(&changes), all_but_the_web);
    check_plan(&after, &changes, PlanIntent::Converge, expect_file!["golden/plan/account-update.txt"]);
}

#[test]
fn an_app_is_put_started_stopped_and_removed() {
    let before = account();
    let with = |change: fn(&mut nusantara_types::apps::NodeApp)| {
        let mut spec = account();
        spec.limits.max_apps = Some(1);
        spec.services.nodejs.enabled = true;
        let mut shop = app("shop", 2, true);
        change(&mut shop);
        spec.services.nodejs.apps = vec![shop];
        spec
    };
    let (running, stopped) = (with(|_| {}), with(|a| a.enabled = false));
    let made = plan(&running, &Observed::applied(&before)).unwrap();
    assert_eq!(names(&made), [Step::SpecWrite, Step::AppPut, Step::AppStart, Step::Record]);
    check_plan(&running, &made, PlanIntent::Converge, expect_file!["golden/plan/app-put.txt"]);
    let off = plan(&stopped, &Observed::applied(&running)).unwrap();
    assert_eq!(names(&off), [Step::SpecWrite, Step::AppStop, Step::Record], "what it is started from stays");
    let changed = with(|a| {
        a.args.clear();
        a.instances = 1;
        a.enabled = false;
    });
    let all = plan(&changed, &Observed::applied(&running)).unwrap();
    assert_eq!(names(&all), [Step::SpecWrite, Step::AppStop, Step::AppPut, Step::Record]);
    let gone = plan(&before, &Observed::applied(&running)).unwrap();
    assert_eq!(names(&gone), portless(steps::APP_REMOVE));
    // On the way back the old texts are there before anything is started from them.
    let new = plan(&with(|a| a.args.clear()), &Observed::applied(&running)).unwrap();
    let back = [Step::AppStop, Step::AppPut, Step::AppStart, Step::SpecWrite];
    assert_eq!(names(&undo(&new)), back);
    let ordered = [made, off, all, new].concat();
    assert!(ordered.iter().all(|c| steps::APP_PUT.contains(&c.step())));
}

#[test]
fn a_cron_job_is_put_changed_and_removed() {
    let (before, all) = (account(), shapes());
    let (jobs, other, asleep) = (&all[7], &all[8], &all[9]);
    let mut one = jobs.clone();
    one.services.cron.jobs.truncate(1);
    let made = plan(&one, &Observed::applied(&before)).unwrap();
    assert_eq!(names(&made), steps::CRON_PUT);
    check_plan(&one, &made, PlanIntent::Converge, expect_file!["golden/plan/cron-put.txt"]);
    let gone = plan(&before, &Observed::applied(&one)).unwrap();
    assert_eq!(names(&gone), steps::CRON_REMOVE);
    assert_eq!(names(&undo(&gone)), [Step::CronPut, Step::SpecWrite]);
    let armed = |changes: &[Change]| -> Vec<bool> {
        changes.iter().filter_map(|c| if let Change::CronPut { after, .. } = c { Some(after.armed) } else { None }).collect()
    };
    assert_eq!(armed(&plan(other, &Observed::applied(jobs)).unwrap()), [true, false]);
    assert_eq!(armed(&plan(asleep, &Observed::applied(jobs)).unwrap()), [false, false], "a suspended account waits for no time");
    assert_eq!(armed(&plan(jobs, &Observed::applied(asleep)).unwrap()), [true, true]);
    let deleted = names(&plan_delete(jobs.account.uid, &Observed::applied(jobs)).unwrap());
    let at = |step| deleted.iter().position(|s| *s == step);
    assert!(at(Step::CronRemove) < at(Step::ProcessesEnd) && at(Step::CronRemove).is_some(), "{deleted:?}");

    // Whatever is changed by hand is seen: texts, links, a timer that was stopped.
    let hands: [fn(&mut ObservedCron); 5] = [
        |job| job.armed = None,
        |job| job.armed = Some(false),
        |job| job.timer = None,
        |job| job.service = Some(String::new()),
        |job| job.description = None,
    ];
    for hand in hands {
        let mut o = Observed::applied(&one);
        o.cron.values_mut().for_each(hand);
        assert_eq!(names(&plan(&one, &o).unwrap()), [Step::CronPut, Step::Record]);
    }
}

#[test]
fn ftp_logins_are_let_in_changed_and_refused() {
    let before = account();
    let with = |logins: Vec<nusantara_types::FtpAccount>| {
        let mut spec = account();
        spec.services.ftp.enabled = true;
        spec.services.ftp.accounts = logins;
        spec
    };
    let one = with(vec![ftp_login("scans", "scans/in", true)]);
    let made = plan(&one, &Observed::applied(&before)).unwrap();
    assert_eq!(names(&made), steps::FTP_PUT);
    check_plan(&one, &made, PlanIntent::Converge, expect_file!["golden/plan/ftp-add.txt"]);
    let moved = with(vec![ftp_login("scans", "domains/joko.test/public_html", true)]);
    let changed = plan(&moved, &Observed::applied(&one)).unwrap();
    assert_eq!(names(&changed), steps::FTP_REMOVE, "the docroot is there");
    check_plan(&moved, &changed, PlanIntent::Converge, expect_file!["golden/plan/ftp-update.txt"]);
    for off in [with(vec![ftp_login("scans", "scans/in", false)]), before.clone()] {
        let changes = plan(&off, &Observed::applied(&one)).unwrap();
        assert_eq!(names(&changes), steps::FTP_REMOVE);
        assert!(changes.iter().any(|c| matches!(c, Change::FtpLogins { before: Some(_), after: None })));
    }
    let mut suspended = one.clone();
    suspended.account.status = nusantara_types::AccountStatus::Suspended;
    assert!(names(&plan(&suspended, &Observed::applied(&one)).unwrap()).contains(&Step::FtpLogins));
    let mut o = Observed::applied(&one);
    o.ftp.served = false;
    assert_eq!(names(&plan(&one, &o).unwrap()), [Step::FtpLogins, Step::Record], "a server that is off is drift");
}

#[test]
fn databases_are_made_entered_and_go_only_when_they_are_asked_to() {
    let before = account();
    let mut one = account();
    one.services.databases = databases("shop", "app", "full");
    let made = plan(&one, &Observed::applied(&before)).unwrap();
    assert_eq!(names(&made), [Step::SpecWrite, Step::DatabaseCreate, Step::DatabaseUsers, Step::Record]);
    check_plan(&one, &made, PlanIntent::Converge, expect_file!["golden/plan/database-add.txt"]);
    let unlisted = plan(&before, &Observed::applied(&one)).unwrap();
    assert_eq!(names(&unlisted), [Step::SpecWrite, Step::DatabaseUsers, Step::Record], "files that were edited drop nothing");
    let mut asked = Observed::applied(&one);
    asked.databases.condemned = asked.databases.names.clone();
    let removed = plan(&before, &asked).unwrap();
    assert_eq!(names(&removed), steps::DATABASE_REMOVE);
    check_plan(&before, &removed, PlanIntent::Converge, expect_file!["golden/plan/database-remove.txt"]);
    assert_eq!(names(&undo(&removed)), [Step::DatabaseUsers, Step::SpecWrite], "what was in it is gone for good, so that is last");
    assert_eq!(plan(&one, &asked).unwrap(), [], "what is listed stays");
    let took_back = undo(&made);
    assert!(took_back.iter().any(|change| matches!(change, Change::DatabaseDrop { only_empty: true, .. })), "{took_back:?}");
    // Cut short between the server's statements and the end of sessions: users are as they shall be already.
    let mut cut = Observed::applied(&one);
    cut.databases.users.clear();
    let again = plan(&before, &cut).unwrap();
    let ends = |change: &Change| matches!(change, Change::DatabaseUsers { before, after } if before.len() == 1 && after.is_empty());
    assert!(again.iter().any(ends), "{again:?}");
    let locked = |spec: &AccountSpec| nusantara_plan::render::databases::users(spec).values().all(|user| user.locked);
    assert!(!locked(&one) && locked(&suspended(&one)));
    one.services.databases.enabled = false;
    assert!(locked(&one));
}

#[test]
fn ssh_is_let_in_changed_and_shut_out() {
    let off = account();
    let mut sftp = account();
    sftp.ssh = ssh("sftp_chroot");
    let mut shell = account();
    shell.account.shell = Shell::Bash;
    shell.ssh = ssh("shell");
    let to = |spec: &AccountSpec, from: &AccountSpec| names(&plan(spec, &Observed::applied(from)).unwrap());
    let on = plan(&shell, &Observed::applied(&off)).unwrap();
    assert_eq!(names(&on), [Step::SpecWrite, Step::UserShell, Step::SshApply, Step::SshCheck, Step::Record]);
    check_plan(&shell, &on, PlanIntent::Converge, expect_file!["golden/plan/ssh-on.txt"]);
    let swapped = [Step::SpecWrite, Step::UserShell, Step::SshApply, Step::SshCheck, Step::SessionsEnd, Step::Record];
    assert_eq!(to(&sftp, &shell), swapped);
    assert_eq!(to(&off, &sftp), [Step::SpecWrite, Step::SshRemove, Step::SessionsEnd, Step::Record]);
    let crashed = Observed { ssh: None, ..Observed::applied(&sftp) };
    assert!(names(&plan(&off, &crashed).unwrap()).contains(&Step::SessionsEnd), "also when it was cut short before");
    for changes in [&on, &plan(&off, &Observed::applied(&shell)).unwrap()] {
        assert_only(changes, steps::SSH_UPDATE);
    }
    let mut keyless = sftp.clone();
    keyless.ssh.authorized_keys.clear();
    assert_eq!(to(&keyless, &sftp), steps::SSH_KEY_REMOVE);
    assert_eq!(to(&sftp, &keyless), steps::SSH_KEY_ADD);
    let mut silent = off.clone();
    silent.ssh.authorized_keys = sftp.ssh.authorized_keys.clone();
    assert_eq!(to(&silent, &off), [Step::SpecWrite, Step::Record], "keys of an account that nobody may log in to");
    let mut suspended = sftp.clone();
    suspended.account.status = AccountStatus::Suspended;
    assert!(to(&suspended, &sftp).contains(&Step::SshRemove), "nobody gets in while it is suspended");
    assert!(to(&sftp, &suspended).contains(&Step::SshApply));
    let mut remembered = sftp.clone();
    remembered.ssh.enabled = false;
    assert_eq!(remembered.ssh.effective_mode(), SshMode::Disabled);
    assert!(to(&remembered, &sftp).contains(&Step::SshRemove));
}

#[test]
fn drift_is_seen_wherever_it_is() {
    let spec = account();
    let mut o = Observed::applied(&spec);
    o.slice.tasks = None;
    assert_eq!(names(&plan(&spec, &o).unwrap()), [Step::SliceSet, Step::Record]);
    let mut o = Observed::applied(&spec);
    o.php.values_mut().for_each(|php| php.enabled = false);
    assert_eq!(names(&plan(&spec, &o).unwrap()), [Step::PhpEnable, Step::SiteProbe, Step::Record]);
    let mut o = Observed::applied(&spec);
    o.vhost = o.vhost.map(|v| v.replace("joko.test", "joko.example"));
    let changes = plan(&spec, &o).unwrap();
    assert_eq!(names(&changes), [Step::WebPublish, Step::SiteProbe, Step::Record]);
    check_plan(&spec, &changes, PlanIntent::Converge, expect_file!["golden/plan/drift.txt"]);
    let mut o = Observed::applied(&spec);
    o.user = o.user.map(|user| ObservedUser { half: true, ..user });
    assert_eq!(names(&plan(&spec, &o).unwrap()), [Step::UserCreate, Step::Record]);
    assert!(names(&plan_delete(spec.account.uid, &o).unwrap()).contains(&Step::UserDelete));
    let mut o = Observed::applied(&spec);
    o.user = Some(ObservedUser { uid: 1_000, gid: 1_000, shell: None, login: Login::FRESH, half: false });
    assert!(plan(&spec, &o).unwrap_err().message.contains("1000"));
    assert!(plan_delete(12_000, &o).is_err(), "somebody else's user is not removed");
}

#[test]
fn the_list_names_every_domain() {
    let spec = &shapes()[1];
    let summary = site::summary(spec);
    let lines: Vec<String> = summary.domains.iter().map(|d| format!("{} {:?} {:?}", d.domain, d.kind, d.php_version)).collect();
    assert_eq!(lines.len(), 4);
    assert_eq!(summary.domains[0].root_path, "/home/joko/domains/joko.test/public_html");
}

#[test]
fn ports_are_closed_to_others_before_anything_listens_and_given_back_last() {
    let before = account();
    let mut after = before.clone();
    after.domains.primary.settings = settings(serde_json::json!({ "runtime": "proxy", "proxy": { "port": 20_001 } }));
    let taken = plan(&after, &Observed::applied(&before)).unwrap();
    assert_eq!(names(&taken)[..2], [Step::SpecWrite, Step::PortsGuard]);
    assert!(matches!(&taken[1], Change::PortsGuard { before, after } if before.is_empty() && after.contains(&20_001)));
    assert_only(&taken, steps::SITE_UPDATE);
    let removed = plan_delete(after.account.uid, &Observed::applied(&after)).unwrap();
    assert_only(&removed, steps::DELETE);
    assert!(names(&removed).contains(&Step::PortsGuard));
}

#[test]
fn a_quota_follows_the_limits_where_the_file_system_keeps_one() {
    let before = account();
    let mut after = before.clone();
    after.limits.disk_quota_mb = 0;
    let changes = plan(&after, &Observed::applied(&before)).unwrap();
    assert_eq!(names(&changes), [Step::SpecWrite, Step::QuotaSet, Step::Record]);
    let Change::QuotaSet { after: quota, .. } = changes[1] else { panic!("{changes:?}") };
    assert_eq!((quota.kib, quota.files), (1, 16_384), "none is not without end");
    let nowhere = Observed { quota: ObservedQuota::Unkept, ..Observed::applied(&before) };
    assert_eq!(plan(&before, &nowhere).unwrap(), []);
    let changed = Observed { quota: ObservedQuota::Kept(None), ..Observed::applied(&before) };
    assert_eq!(names(&plan(&before, &changed).unwrap()), [Step::QuotaSet, Step::Record], "drift");
}

#[test]
fn sites_pause_when_the_traffic_is_used_up_and_go_on_when_it_is_not() {
    let mut spec = account();
    spec.limits.bandwidth_quota_mb = 1;
    let used_up = Observed { sent_bytes: 1 << 20, ..Observed::applied(&spec) };
    assert_eq!(plan(&spec, &used_up).unwrap(), [], "it is only warned of");
    spec.limits.bandwidth_action = nusantara_types::BandwidthAction::PauseSites;
    let serving = Observed::applied(&spec);
    assert_eq!(plan(&spec, &Observed { sent_bytes: (1 << 20) - 1, ..serving.clone() }).unwrap(), []);
    let used_up = Observed { sent_bytes: 1 << 20, ..serving };
    let changes = plan(&spec, &used_up).unwrap();
    assert_eq!(names(&changes), steps::TRAFFIC_ENFORCE);
    let paused = carry_out(&spec, &used_up, &changes);
    assert_eq!(plan(&spec, &paused).unwrap(), []);
    assert_eq!(names(&plan(&spec, &Observed { sent_bytes: 0, ..paused.clone() }).unwrap()), steps::TRAFFIC_ENFORCE, "a new month");
    let mut more = spec.clone();
    more.limits.bandwidth_quota_mb = 2;
    let raised = plan(&more, &paused).unwrap();
    assert_eq!(names(&raised), [Step::SpecWrite, Step::WebPublish, Step::SiteProbe, Step::Record]);
    spec.limits.bandwidth_quota_mb = 0;
    let none = Observed { sent_bytes: 0, ..nothing() };
    let fresh = plan(&spec, &none).unwrap();
    assert!(fresh.iter().any(|c| matches!(c, Change::SiteProbe { fresh, .. } if fresh.is_empty())), "of none there is no page to see");
}

#[test]
fn a_certificate_is_published_seen_and_taken_back() {
    let mut before = account();
    before.domains.addon_domains.push(addon("shop.test", None));
    before.domains.addon_domains[0].settings.https = true;
    let observed = Observed::applied(&before);
    let before = observed.spec.clone().unwrap();
    let mut after = before.clone();
    after.meta.certificates.insert(domain("shop.test"), certificate('a', &["shop.test"]));
    assert_eq!(after.revision(), before.revision(), "a certificate asks for nothing");
    let changes = plan(&after, &observed).unwrap();
    assert_eq!(names(&changes), steps::CERTIFICATE_INSTALL);
    let probed = changes.iter().find_map(|c| if let Change::SiteProbe { routed, .. } = c { Some(routed.clone()) } else { None });
    assert_eq!(probed.unwrap(), [domain("joko.test"), domain("shop.test")]);
    let host = carry_out(&after, &observed, &changes);
    assert!(plan(&after, &host).unwrap().is_empty());
    let removed = plan(&before, &host).unwrap();
    assert_eq!(names(&removed), steps::CERTIFICATE_REMOVE);
    let host = carry_out(&before, &host, &undo(&changes));
    assert!(plan(&before, &host).unwrap().is_empty(), "the way back leads back");
    // A site that answers no HTTPS keeps it for when it does.
    after.domains.addon_domains[0].settings.https = false;
    after.meta.last_applied_revision = Some(after.revision());
    let mut host = Observed::applied(&after);
    host.spec.as_mut().unwrap().meta.certificates.clear();
    assert_eq!(names(&plan(&after, &host).unwrap()), [Step::SpecWrite, Step::Record]);
}
