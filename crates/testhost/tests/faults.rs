//! Disks that fail: every single write, fsync, rename, folder, link and started program of the host daemon refused with "no space
//! left" and with "input/output error". Each time: a clear error, the old state, nothing half written, nobody else touched, and
//! the same operation succeeds afterwards.
//!
//! The daemon counts its points and the test goes on until an operation succeeds without meeting its fault. `NUSANTARA_FULL=1`
//! takes both errors at every point of every operation; otherwise they alternate, and the longer operations are sampled.

mod hostd;
mod neighbour;
mod panel;

use hostd::{Hostd, add, text, update};
use neighbour::{Neighbour, half_done, specs, traces};
use nusantara_testhost::{Host, form::full};
use panel::{Fallible, assert_clean, inventory};
use serde_json::{Value, json};
use std::cell::Cell;
use std::time::Duration;

const FAULTS: &str = "/run/nusantara-panel/faults";
const HIT: &str = "/run/nusantara-panel/faults.hit";
const HASH: &str = "$6$saltsalt$TVLlQcbpFVof5W3Yz4DTP6gRstiNuHwwTt6GLc1E5n0U0aDehy0S5knV8wiOQSpT0Y77vwPZN.Pq.H91p5hVO1";
/// No operation has more points than this.
const MOST: u32 = 1_000;

struct Scene<'a> {
    host: &'a Host,
    hostd: Hostd<'a>,
    neighbour: Neighbour<'a>,
    serial: Cell<u32>,
    met: Cell<u32>,
}

impl<'a> Scene<'a> {
    fn of(host: &'a Host) -> Fallible<Self> {
        let hostd = Hostd::of(host)?;
        let neighbour = Neighbour::settle(host, &hostd)?;
        for part in ["No space left on device", "Input/output error", "a journal entry could not be removed"] {
            host.expect_error(part);
        }
        Ok(Self { host, hostd, neighbour, serial: Cell::new(0), met: Cell::new(0) })
    }

    fn arm(&self, errno: &str, at: u32, how: &str) -> Fallible {
        self.serial.set(self.serial.get() + 1);
        self.host.run(["rm", "-f", HIT])?;
        Ok(self.host.write_file(FAULTS, format!("{errno} {at} {how} {}", self.serial.get()))?)
    }

    /// Ends the fault. What was met, if anything.
    fn disarm(&self) -> Fallible<Option<String>> {
        self.host.run(["rm", "-f", FAULTS])?;
        let met = self.host.exec(["cat", HIT])?;
        Ok(met.success().then(|| met.stdout.trim().to_owned()))
    }

    /// Carries out an operation with the disk failing at its n-th point. Its result, and the point if it got there.
    fn failing(&self, errno: &str, at: u32, operation: &Value) -> Fallible<(Result<Value, Value>, Option<String>)> {
        self.arm(errno, at, "once")?;
        let result = self.hostd.call(operation)?;
        let met = self.disarm()?;
        self.met.set(self.met.get() + u32::from(met.is_some()));
        if let Err(error) = &result {
            let expected = if errno == "eio" { "disk_error" } else { "disk_full" };
            assert_eq!(error["code"], expected, "{errno} at {at} ({met:?}): {error:#}");
            let (said, todo) = (text(&error["message"]), if errno == "eio" { "look at" } else { "make room" });
            assert!(said.contains("disk") && said.contains(todo), "it says what to do: {said}");
        }
        Ok((result, met))
    }

    fn is_whole(&self, what: &str) -> Fallible {
        specs(self.host).map_err(|e| format!("{what}: {e}"))?;
        let left = half_done(self.host)?;
        if left.is_empty() { self.neighbour.is_untouched(what) } else { Err(format!("{what}: half done: {left:#?}").into()) }
    }

    /// Fails an edit of joko at every point (or at every `stride`-th): before each, `prepare` puts the account in its old state.
    fn edit(&self, name: &str, stride: u32, prepare: impl Fn() -> Fallible, wanted: impl Fn(u32) -> Value) -> Fallible {
        let stride = if full() { 1 } else { stride };
        for at in (1..MOST).step_by(stride as usize) {
            let both: &[&str] = if full() { &["enospc", "eio"] } else { &[["enospc", "eio"][(at / stride % 2) as usize]] };
            let mut met_any = false;
            for errno in both {
                let what = format!("{name}, {errno} at point {at}");
                prepare()?;
                let before = traces(self.host, "joko")?;
                let operation = wanted(self.serial.get());
                let (result, met) = self.failing(errno, at, &operation).map_err(|e| format!("{what}: {e}"))?;
                let what = format!("{what} ({})", met.as_deref().unwrap_or("not met"));
                met_any |= met.is_some();
                self.is_whole(&what)?;
                if result.is_err() {
                    assert!(met.is_some(), "{what}: it failed of something else: {result:?}");
                    let now = traces(self.host, "joko")?;
                    assert_eq!(lines_of_one(&now, &before), Vec::<&str>::new(), "{what}: not the old state");
                    assert_eq!(lines_of_one(&before, &now), Vec::<&str>::new(), "{what}: not the old state");
                    self.hostd.done(&operation).map_err(|e| format!("{what}: then {e}"))?;
                }
                assert_eq!(self.hostd.drift("joko")?, json!([]), "{what}");
            }
            if !met_any {
                println!("PROOF failing disks: {name} has {} points", at - 1);
                return Ok(());
            }
        }
        Err(format!("{name} never came to its end").into())
    }
}

/// Lines of one text that another has not.
fn lines_of_one<'a>(one: &'a str, other: &str) -> Vec<&'a str> {
    one.lines().filter(|line| !other.lines().any(|known| known == *line)).collect()
}

fn limits(scene: &Scene<'_>, value: u32) -> Fallible<Value> {
    let mut limits = scene.hostd.spec("joko")?["limits"].clone();
    limits["memory_limit_mb"] = json!(256 + value);
    Ok(limits)
}

#[test]
fn an_account_is_made_whole_or_not_at_all_on_a_failing_disk() -> Fallible {
    let host = Host::with_panel("faults-create")?;
    let scene = Scene::of(&host)?;
    let mut before = inventory(&host)?;
    let create = |n: u32| {
        json!({"account_create": {"username": format!("acc{n}"), "primary_domain": format!("acc{n}.test"),
        "package": "starter", "contact_email": null, "php_version": null}})
    };
    let errnos: &[&str] = if full() { &["enospc", "eio"] } else { &["enospc"] };
    let mut points = 0;
    for (round, errno) in errnos.iter().enumerate() {
        for at in (1..MOST).step_by(if full() { 1 } else { 2 }) {
            // In the short form every other error is the other one.
            let errno = if full() || at % 4 == 1 { errno } else { &"eio" };
            let n = at + MOST * u32::try_from(round)?;
            let (result, met) = scene.failing(errno, at, &create(n))?;
            let what = format!("create, {errno} at point {at} ({})", met.as_deref().unwrap_or("not met"));
            if result.is_err() {
                assert!(met.is_some(), "{what}: it failed of something else: {result:?}");
                assert_clean(&host, &before, &what)?;
                scene.is_whole(&what)?;
                scene.hostd.done(&create(n)).map_err(|e| format!("{what}: then {e}"))?;
            }
            panel::fetch(&host, &format!("acc{n}.test"))?;
            before = inventory(&host)?;
            if met.is_none() {
                points = at - 1;
                break;
            }
        }
    }
    assert!(points > 40, "it met {points} points only");
    println!("PROOF failing disks: create has {points} points");
    scene.is_whole("in the end")?;

    // What is removed stays removed: a disk that fails once does not keep an account from going.
    let delete = |n: u32| json!({"account_delete": {"username": format!("acc{n}")}});
    let mut removed = 0;
    for at in (1..=points).step_by(if full() { 1 } else { 2 }) {
        let (result, met) = scene.failing(["enospc", "eio"][at as usize / 2 % 2], at, &delete(at))?;
        let what = format!("delete at point {at} ({})", met.as_deref().unwrap_or("not met"));
        scene.is_whole(&what)?;
        if result.is_err() {
            assert!(met.is_some(), "{what}: {result:?}");
            panel::fetch(&host, &format!("acc{at}.test"))
                .map_err(|e| format!("{what}: what failed before its first effect is there: {e}"))?;
            scene.hostd.done(&delete(at)).map_err(|e| format!("{what}: then {e}"))?;
        }
        let left =
            host.exec(["/bin/sh", "-c", &format!("ls -d /home/acc{at} /etc/nusantara-panel/users/acc{at}; getent passwd acc{at}")])?;
        assert_eq!(left.stdout, "", "{what}");
        removed = at;
        if met.is_none() {
            break;
        }
    }
    println!("PROOF failing disks: delete has {removed} points");
    Ok(host.finish()?)
}

#[test]
fn an_account_keeps_its_old_state_on_a_failing_disk() -> Fallible {
    let host = Host::with_panel("faults-edit")?;
    let scene = Scene::of(&host)?;
    let hostd = &scene.hostd;
    hostd.create("joko", "joko.test", "starter")?;
    let nothing = || Ok(());
    scene.edit("site_update", 1, nothing, |n| update("joko", "joko.test", None, json!({"runtime": "php", "max_upload_mb": 10 + n})))?;
    let sites = || -> Fallible<Vec<String>> {
        let spec = hostd.spec("joko")?;
        Ok(spec["domains"]["subdomains"].as_array().into_iter().flatten().map(|s| text(&s["subdomain"])).collect())
    };
    let clear = || -> Fallible {
        for site in sites()? {
            hostd.done(&json!({"site_remove": {"username": "joko", "domain": site}}))?;
        }
        Ok(())
    };
    scene.edit("site_add", 2, clear, |n| add("joko", &format!("s{n}.joko.test"), None, json!({"runtime": "static"})))?;
    let port = || -> Fallible {
        clear()?;
        hostd.done(&add("joko", "gone.joko.test", None, json!({"runtime": "proxy", "proxy": {"port": 20_001}}))).map(drop)
    };
    scene.edit("site_remove", 3, port, |_| json!({"site_remove": {"username": "joko", "domain": "gone.joko.test"}}))?;
    let login = |n: u32| json!({"name": format!("web{n}"), "folder": "web", "hash": HASH, "enabled": true});
    let no_ftp = || -> Fallible {
        let spec = hostd.spec("joko")?;
        for login in spec["services"]["ftp"]["accounts"].as_array().into_iter().flatten() {
            hostd.done(&json!({"ftp_remove": {"username": "joko", "name": login["name"]}}))?;
        }
        Ok(())
    };
    scene.edit("ftp_add", 3, no_ftp, |n| json!({"ftp_add": {"username": "joko", "login": login(n)}}))?;
    assert!(scene.met.get() > 40, "only {} faults were met", scene.met.get());
    Ok(host.finish()?)
}

#[test]
fn a_change_of_the_whole_account_is_taken_back_on_a_failing_disk() -> Fallible {
    let host = Host::with_panel("faults-life")?;
    let scene = Scene::of(&host)?;
    let hostd = &scene.hostd;
    hostd.create("joko", "joko.test", "starter")?;
    let base = limits(&scene, 0)?;
    let shell = |n: u32| ["/bin/sh", "/bin/bash"][n as usize % 2];
    scene.edit("account_update", 1, || Ok(()), |n| {
        let mut limits = base.clone();
        limits["memory_limit_mb"] = json!(256 + n);
        json!({"account_update": {"username": "joko", "contact_email": "keep", "notes": null, "shell": shell(n), "limits": {"custom": limits}}})
    })?;
    let (suspend, unsuspend) =
        (json!({"account_suspend": {"username": "joko", "reason": null}}), json!({"account_unsuspend": {"username": "joko"}}));
    scene.edit("suspend", 2, || hostd.done(&unsuspend).map(drop), |_| suspend.clone())?;
    scene.edit("unsuspend", 2, || hostd.done(&suspend).map(drop), |_| unsuspend.clone())?;
    hostd.done(&unsuspend)?;
    let job = |n: u32| json!({"name": "tidy", "schedule": format!("{} 2 * * *", n % 60), "command": "true", "timeout_minutes": 1, "enabled": true});
    hostd.done(&json!({"cron_put": {"username": "joko", "job": job(59), "new": true}}))?;
    scene.edit("cron_put", 3, || Ok(()), |n| json!({"cron_put": {"username": "joko", "job": job(n), "new": false}}))?;
    let ssh = |mode: &str| {
        json!({"ssh_update": {"username": "joko", "mode": mode, "allow_password": false,
            "allow_port_forwarding": false, "allow_agent_forwarding": false, "allow_x11_forwarding": false}})
    };
    scene.edit("ssh_update", 3, || hostd.done(&ssh("disabled")).map(drop), |_| ssh("sftp_chroot"))?;
    assert!(scene.met.get() > 40, "only {} faults were met", scene.met.get());
    Ok(host.finish()?)
}

/// A disk that fails and goes on failing: what could not be taken back is carried to an end when the daemon starts again.
#[test]
fn a_disk_that_stays_bad_leaves_nothing_in_between() -> Fallible {
    let host = Host::with_panel("faults-on")?;
    let scene = Scene::of(&host)?;
    for part in ["operation failed", "could not be undone", "could not be written down"] {
        host.expect_error(part);
    }
    scene.hostd.create("joko", "joko.test", "starter")?;
    for at in [1, 3, 6, 10, 15, 21, 28, 36] {
        for errno in ["enospc", "eio"] {
            let what = format!("{errno} from point {at} on");
            let wanted = update("joko", "joko.test", None, json!({"runtime": "php", "max_upload_mb": 10 + scene.serial.get()}));
            let before = scene.hostd.spec("joko")?;
            scene.arm(errno, at, "on")?;
            let told = scene.hostd.call(&wanted)?;
            scene.neighbour.is_untouched(&what)?;
            let met = scene.disarm()?;
            host.run(["systemctl", "restart", "nusantara-hostd.service"])?;
            let now = scene.hostd.spec("joko")?;
            assert_eq!(scene.hostd.drift("joko")?, json!([]), "{what}");
            let is = |spec: &Value| spec["domains"]["primary"].clone();
            let (old, new) = (is(&now) == is(&before), is(&now)["max_upload_mb"] == wanted["site_update"]["settings"]["max_upload_mb"]);
            assert!(old ^ new, "{what} ({met:?}): the old state or the new one, not {now:#}");
            match told {
                Ok(_) => assert!(new, "{what}: told as done"),
                Err(error) => assert!(old || error["code"] == "undo_failed", "{what}: {error:#}"),
            }
            scene.is_whole(&what)?;
            scene.hostd.done(&wanted)?;
        }
    }
    host.wait_until("the panel", Duration::from_secs(30), || Ok(panel::api(&host, "GET", "/api/v1/accounts/joko", None).ok()))?;
    Ok(host.finish()?)
}
