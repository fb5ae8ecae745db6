//! SIGKILL at every step, enumerated by the daemons themselves: after the restart the job ends in success or in a clean undo.

mod hostd;
mod neighbour;
mod panel;

use hostd::{Hostd, add};
use neighbour::{Neighbour, half_done, specs};
use nusantara_testhost::{Host, form::moments};
use panel::{Fallible, api, assert_clean, begin_create, begin_delete, create, delete, fetch, inventory, job_end};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// The points of `operation` (`create` or `delete`) that a daemon says it can be killed at.
fn points(host: &Host, program: &str, operation: &str) -> Fallible<Vec<String>> {
    let listed: Value = serde_json::from_str(&host.run([program, "steps", "--json"])?)?;
    let names = listed[operation].as_array().ok_or_else(|| format!("{program} lists no steps for {operation}: {listed}"))?;
    assert!(!names.is_empty());
    Ok(names.iter().filter_map(|n| n.as_str().map(str::to_owned)).collect())
}

struct Scene<'a> {
    host: &'a Host,
    before: BTreeSet<String>,
    failpoints: &'a str,
    daemon: &'a str,
    unit: &'a str,
    neighbour: &'a Neighbour<'a>,
}

impl Scene<'_> {
    fn arm(&self, operation: &str, step: &str, when: &str) -> Fallible {
        let daemon = self.daemon;
        self.host.write_file(self.failpoints, format!("kill {daemon} {operation} {step} {when}\n"))?;
        Ok(self.host.run(["chown", "--reference", self.folder(), self.failpoints]).map(drop)?)
    }

    fn folder(&self) -> &str {
        self.failpoints.rsplit_once('/').map_or("/", |(folder, _)| folder)
    }

    fn restarts(&self) -> Fallible<u32> {
        Ok(self.host.run(["systemctl", "show", "--value", "--property=NRestarts", self.unit])?.trim().parse()?)
    }

    /// Kills the daemon at one point of a create, then of a delete, and looks at what became of it.
    fn kill_at(&self, operation: &str, step: &str, when: &str) -> Fallible {
        let what = format!("{} killed {when} {step} of {operation}", self.daemon);
        if operation == "delete" {
            create(self.host, "joko", "joko.test")?;
            // With something to remove at every step.
            let folders = json!([{"path": "/a", "realm": "A", "visitors": []}]);
            let proxy = json!({"runtime": "proxy", "proxy": {"port": 20_001}});
            let hostd = Hostd::of(self.host)?;
            let mut port = add("joko", "port.joko.test", None, proxy);
            // The account before this one gave the name up.
            port["site_add"]["below_foreign"] = json!(true);
            hostd.done(&port)?;
            hostd.done(&json!({"site_protect": {"username": "joko", "domain": "joko.test", "folders": folders}}))?;
            let login = json!({"name": "web", "folder": "web", "hash": format!("$6$saltsalt${}", "A".repeat(86)), "enabled": true});
            hostd.done(&json!({"ftp_add": {"username": "joko", "login": login}}))?;
            hostd.done(&json!({"ssh_update": {"username": "joko", "mode": "sftp_chroot", "allow_password": false,
                "allow_port_forwarding": false, "allow_agent_forwarding": false, "allow_x11_forwarding": false}}))?;
        }
        let restarts = self.restarts()?;
        self.arm(operation, step, when)?;
        let id = if operation == "delete" { begin_delete(self.host, "joko") } else { begin_create(self.host, "joko", "joko.test") };
        let job = job_end(self.host, &id.map_err(|e| format!("{what}: {e}"))?).map_err(|e| format!("{what}: {e}"))?;
        assert_eq!(self.restarts()?, restarts + 1, "{what}: it was really killed, once");
        let there = api(self.host, "GET", "/api/v1/accounts/joko", None)?.status == 200;
        match (operation, job["state"].as_str()) {
            ("create", Some("success")) => {
                fetch(self.host, "joko.test").map_err(|e| format!("{what}: {e}"))?;
                let plan = api(self.host, "GET", "/api/v1/accounts/joko/plan", None)?;
                assert_eq!(plan.body["changes"], Value::Array(vec![]), "{what}: nothing is missing");
                delete(self.host, "joko")?;
            }
            ("create", Some("failed")) | ("delete", Some("success")) => assert!(!there, "{what}: a clean undo leaves no account"),
            _ => return Err(format!("{what}: the job ended as {job:#}").into()),
        }
        assert_clean(self.host, &self.before, &what)?;
        specs(self.host).map_err(|e| format!("{what}: {e}"))?;
        assert_eq!(half_done(self.host)?, Vec::<String>::new(), "{what}");
        self.neighbour.is_untouched(&what)
    }
}

fn kill_everywhere(name: &str, daemon: &str, program: &str, failpoints: &str, unit: &str) -> Fallible {
    let host = Host::with_panel(name)?;
    let neighbour = Neighbour::settle(&host, &Hostd::of(&host)?)?;
    let scene = Scene { host: &host, before: inventory(&host)?, failpoints, daemon, unit, neighbour: &neighbour };
    neighbour.through(name, || all_points(&scene, program))?;
    Ok(host.finish()?)
}

fn all_points(scene: &Scene<'_>, program: &str) -> Fallible {
    let host = scene.host;
    for operation in ["create", "delete"] {
        // The panel names every step there may be; the host daemon leaves out those that its host never takes.
        let taken = points(host, "/usr/sbin/nusantara-hostd", operation)?;
        let never = |step: &str| (step.starts_with("quota.") || step.starts_with("database.")) && !taken.iter().any(|taken| taken == step);
        let steps = points(host, program, operation)?;
        for (index, step) in steps.iter().filter(|step| !never(step)).enumerate() {
            for when in moments(index) {
                scene.kill_at(operation, step, when)?;
            }
        }
    }
    Ok(())
}

#[test]
fn hostd_killed_at_every_step() -> Fallible {
    kill_everywhere("crash-hostd", "hostd", "/usr/sbin/nusantara-hostd", "/run/nusantara-panel/failpoints", "nusantara-hostd.service")
}

#[test]
fn nusantarad_killed_at_every_step() -> Fallible {
    kill_everywhere("crash-panel", "nusantarad", "/usr/sbin/nusantarad", "/var/lib/nusantara-panel/failpoints", "nusantarad.service")
}
