//! An account under another name: the way there and the way back, from wherever they were cut.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

mod common;

use common::{account, addon, app, carry_out, cron_job, ftp_login, settings, ssh, suspended};
use expect_test::expect_file;
use nusantara_plan::account::{Observed, plan};
use nusantara_plan::change::{Change, Owner, undo};
use nusantara_plan::describe;
use nusantara_plan::rename::{Alive, plan_rename, renamed};
use nusantara_plan::steps::{self, Step};
use nusantara_proto::host::PlanIntent;
use nusantara_types::{AccountSpec, Username};
use std::collections::{BTreeMap, BTreeSet};

/// What is seen under each name.
type World = BTreeMap<Username, Observed>;

fn full() -> AccountSpec {
    let mut spec = account();
    spec.domains.addon_domains = vec![addon("shop.test", None), addon("app.test", None)];
    let entry =
        serde_json::json!({"path": "/a", "realm": "A", "visitors": [{"name": "sari", "hash": format!("$6$saltsalt${}", "A".repeat(86))}]});
    spec.domains.addon_domains[0].settings = settings(serde_json::json!({ "protected": [entry] }));
    spec.domains.addon_domains[1].settings = settings(serde_json::json!({ "runtime": "node", "app": "shop" }));
    spec.services.nodejs.enabled = true;
    spec.services.nodejs.apps = vec![app("shop", 2, true), app("idle", 1, false)];
    spec.services.nodejs.apps[0].env.insert("DATA".parse().unwrap(), "/home/joko/data".parse().unwrap());
    spec.limits.max_apps = Some(3);
    spec.services.cron.enabled = true;
    spec.services.cron.jobs = vec![cron_job("tidy", "30 2 * * *", true)];
    spec.services.cron.jobs[0].command = "cd /home/joko/domains && ls".parse().unwrap();
    spec.services.ftp.enabled = true;
    spec.services.ftp.accounts = vec![ftp_login("web", "web", true)];
    spec.ssh = ssh("sftp_chroot");
    spec
}

fn name(text: &str) -> Username {
    text.parse().unwrap()
}

fn nothing_under_it(of: &Observed) -> Observed {
    Observed { slice: of.slice, quota: of.quota, ports: of.ports.clone(), nginx: of.nginx, ..Observed::default() }
}

fn world(spec: &AccountSpec, other: &Username) -> World {
    let there = Observed::applied(spec);
    BTreeMap::from([(other.clone(), nothing_under_it(&there)), (spec.account.username.clone(), there)])
}

fn moved<T: Default>(world: &mut World, from: &Username, to: &Username, what: impl Fn(&mut Observed) -> &mut T) {
    let value = std::mem::take(what(world.get_mut(from).unwrap()));
    *what(world.get_mut(to).unwrap()) = value;
}

/// The world after `changes` were carried out for the account of the name `of`.
fn after(world: &World, of: &AccountSpec, changes: &[Change]) -> World {
    let mut world = world.clone();
    for change in changes {
        match change {
            Change::Former { spec, change } => {
                let seen = carry_out(spec, &world[&spec.account.username], std::slice::from_ref(change));
                world.insert(spec.account.username.clone(), seen);
            }
            Change::UserRename { from, to } if world[from].user.is_some() => moved(&mut world, from, to, |o| &mut o.user),
            Change::HomeMove { from, to } if world[from].home => {
                moved(&mut world, from, to, |o| &mut o.home);
                moved(&mut world, from, to, |o| &mut o.home_owner);
                moved(&mut world, from, to, |o| &mut o.home_access);
            }
            Change::FilesMove { from, .. } => world.get_mut(from).unwrap().sockets = None,
            Change::SpecMove { before, after } => {
                let (from, to) = (&before.account.username, &after.account.username);
                (world.get_mut(from).unwrap().spec, world.get_mut(from).unwrap().spec_folder) = (None, false);
                (world.get_mut(to).unwrap().spec, world.get_mut(to).unwrap().spec_folder) = (Some((**after).clone()), true);
            }
            Change::WebMove { from, to, after, .. } => {
                (world.get_mut(from).unwrap().vhost, world.get_mut(from).unwrap().logs) = (None, false);
                (world.get_mut(to).unwrap().vhost, world.get_mut(to).unwrap().logs) = (after.clone(), true);
            }
            Change::UserRename { .. } | Change::HomeMove { .. } => {}
            Change::ProcessesEnd => world.values_mut().for_each(|seen| seen.processes = false),
            other => {
                let seen = carry_out(of, &world[&of.account.username], std::slice::from_ref(other));
                world.insert(of.account.username.clone(), seen);
            }
        }
    }
    world
}

/// The same but for processes, which come back by themselves, and for what the record notes.
fn settled(world: &World) -> World {
    let mut world = world.clone();
    for seen in world.values_mut() {
        seen.processes = false;
        seen.spec.iter_mut().for_each(|spec| spec.meta = Default::default());
    }
    world
}

fn way(from: &AccountSpec, to: &AccountSpec, world: &World) -> Vec<Change> {
    let alive = Alive { sites: vec!["joko.test".parse().unwrap()], apps: BTreeSet::from(["shop".parse().unwrap()]) };
    plan_rename(from, to, &world[&from.account.username], &world[&to.account.username], &alive).unwrap()
}

#[test]
fn everything_follows_the_name() {
    let before = full();
    let (joko, budi) = (name("joko"), name("budi"));
    let target = renamed(&before, &budi).unwrap();
    assert_eq!(target.validate(), Ok(()));
    assert_eq!(target.services.cron.jobs[0].command.as_str(), "cd /home/budi/domains && ls");
    assert_eq!(renamed(&target, &joko).unwrap(), before);
    let start = world(&before, &budi);
    let changes = way(&before, &target, &start);
    let mut names: Vec<Step> = changes.iter().map(Change::step).collect();
    names.dedup();
    assert_eq!(names, steps::RENAME, "it had something of everything");
    let shown = describe::plan(&Owner::of(&target), PlanIntent::Rename { new_username: budi.clone() }, &changes);
    let mut text = String::new();
    for c in &shown.changes {
        text.push_str(&format!("{:?} {} [{}]\n  {}\n", c.action, c.target, c.step, c.summary));
        for line in c.detail.iter().filter(|_| !c.step.starts_with("web.") && c.step != "php.enable").flat_map(|d| d.lines()) {
            text.push_str(&format!("  | {line}\n"));
        }
    }
    expect_file!["golden/plan/rename.txt"].assert_eq(&text);
    let end = after(&start, &target, &changes);
    assert_eq!(plan(&target, &end[&budi]).unwrap(), []);
    assert_eq!(end[&joko], nothing_under_it(&end[&budi]), "nothing is left under the old name");
}

#[test]
fn wherever_it_is_cut_it_goes_on_or_back() {
    let budi = name("budi");
    for before in [full(), suspended(&full()), account()] {
        let target = renamed(&before, &budi).unwrap();
        let start = world(&before, &budi);
        let changes = way(&before, &target, &start);
        let whole = after(&start, &target, &changes);
        for cut in 0..=changes.len() {
            let there = after(&start, &target, &changes[..cut]);
            let onward = after(&there, &target, &way(&before, &target, &there));
            assert_eq!(settled(&onward), settled(&whole), "onward after {cut}");
            let renamed = changes[..cut].iter().any(|c| matches!(c, Change::UserRename { .. }));
            let ends = way(&before, &target, &there).iter().any(|c| matches!(c, Change::ProcessesEnd));
            assert_eq!(ends, !renamed, "what has come back is not ended again: {cut}");
            // As a crash, and as a failure of what comes next.
            let back = after(&there, &before, &way(&target, &before, &there));
            assert_eq!(settled(&back), settled(&start), "back after {cut}");
            let undone = after(&there, &target, &undo(&changes[..cut]));
            assert_eq!(settled(&undone), settled(&start), "undone after {cut}");
        }
    }
}

#[test]
fn what_was_ill_before_may_be_ill_afterwards() {
    let before = full();
    let target = renamed(&before, &name("budi")).unwrap();
    let start = world(&before, &name("budi"));
    let demanded = |alive: &Alive| {
        let changes = plan_rename(&before, &target, &start[&name("joko")], &start[&name("budi")], alive).unwrap();
        let apps: Vec<bool> =
            changes.iter().filter_map(|c| if let Change::AppStart { demanded, .. } = c { Some(*demanded) } else { None }).collect();
        let fresh = changes.iter().find_map(|c| if let Change::SiteProbe { fresh, .. } = c { Some(fresh.len()) } else { None });
        (apps, fresh)
    };
    assert_eq!(demanded(&Alive::default()), (vec![false], Some(0)));
    let alive = Alive { sites: vec!["shop.test".parse().unwrap()], apps: BTreeSet::from(["shop".parse().unwrap()]) };
    assert_eq!(demanded(&alive), (vec![true], Some(1)));
}

#[test]
fn a_user_of_somebody_else_is_left_alone() {
    let before = account();
    let target = renamed(&before, &name("budi")).unwrap();
    let mut there = world(&before, &name("budi"));
    let other = there[&name("joko")].user.map(|user| nusantara_plan::account::ObservedUser { uid: 12_001, gid: 12_001, ..user });
    there.get_mut(&name("budi")).unwrap().user = other;
    let taken = plan_rename(&before, &target, &there[&name("joko")], &there[&name("budi")], &Alive::default());
    assert!(taken.is_err());
    let stranger = plan_rename(&before, &target, &there[&name("budi")], &Observed::default(), &Alive::default());
    assert!(stranger.is_err());
}
