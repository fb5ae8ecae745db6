//! The host daemon killed before and after every step of edits that `sites.rs` and `apps.rs` do not kill it in: each is carried to
//! its end when the daemon is back, and nothing is left to converge.

mod hostd;
mod neighbour;
mod panel;

use hostd::apps::put_file;
use hostd::{Hostd, add, update};
use neighbour::{Neighbour, half_done, specs};
use nusantara_testhost::{Host, form::moments};
use panel::Fallible;
use serde_json::{Value, json};

const FAILPOINTS: &str = "/run/nusantara-panel/failpoints";
/// `openssl passwd -6 -salt saltsalt secret`.
const HASH: &str = "$6$saltsalt$TVLlQcbpFVof5W3Yz4DTP6gRstiNuHwwTt6GLc1E5n0U0aDehy0S5knV8wiOQSpT0Y77vwPZN.Pq.H91p5hVO1";

struct Scene<'a> {
    host: &'a Host,
    hostd: Hostd<'a>,
    listed: Value,
    neighbour: Neighbour<'a>,
}

impl<'a> Scene<'a> {
    fn of(host: &'a Host) -> Fallible<Self> {
        let hostd = Hostd::of(host)?;
        let neighbour = Neighbour::settle(host, &hostd)?;
        hostd.create("joko", "joko.test", "business")?;
        put_file(host, "joko", "domains/joko.test/public_html", "index.html", "here")?;
        host.expect_error("killed here on request of a test");
        let listed = serde_json::from_str(&host.run(["/usr/sbin/nusantara-hostd", "steps", "--json"])?)?;
        Ok(Self { host, hostd, listed, neighbour })
    }

    /// Every step of an operation, before it and after it, but for `never`, which this operation does not take on a host with one PHP.
    fn points(&self, operation: &str, never: &[&str]) -> Vec<(String, &'static str)> {
        let steps = self.listed[operation].as_array().into_iter().flatten().filter_map(Value::as_str);
        let steps = steps.filter(|step| !never.contains(step)).map(str::to_owned);
        steps.enumerate().flat_map(|(index, step)| moments(index).map(move |when| (step.clone(), when))).collect()
    }

    fn kill(&self, name: &str, step: &str, when: &str, operation: &Value) -> Fallible {
        let what = format!("killed {when} {step} of {name}");
        self.host.write_file(FAILPOINTS, format!("kill hostd {name} {step} {when}\n"))?;
        self.hostd.survived(operation).map_err(|e| format!("{what}: {e}"))?;
        assert_eq!(self.host.read_file(FAILPOINTS)?, "", "{what}: it was killed");
        assert_eq!(self.hostd.drift("joko")?, json!([]), "{what}");
        specs(self.host).map_err(|e| format!("{what}: {e}"))?;
        assert_eq!(half_done(self.host)?, Vec::<String>::new(), "{what}");
        self.neighbour.is_untouched(&what)
    }
}

fn protect(realm: &str, visitor: &str) -> Value {
    let visitors = json!([{"name": visitor, "hash": HASH}]);
    json!({"site_protect": {"username": "joko", "domain": "joko.test", "folders": [{"path": "/a", "realm": realm, "visitors": visitors}]}})
}

#[test]
fn hostd_killed_at_every_step_of_protecting_and_of_php() -> Fallible {
    let host = Host::with_panel("i3-crash-protect")?;
    let scene = Scene::of(&host)?;
    for (number, (step, when)) in scene.points("site_protect", &[]).iter().enumerate() {
        scene.hostd.done(&protect("Before", &format!("before{number}")))?;
        scene.kill("site_protect", step, when, &protect("After", &format!("after{number}")))?;
        let files = host.run(["find", "/var/lib/nusantara-hostd/access/joko", "-type", "f"])?;
        assert_eq!(files.lines().count(), 1, "{step} {when}: the old list is gone");
        assert_eq!(host.http_get("joko.test", "/a/")?.status, 401, "{step} {when}");
    }
    let php = |limit: u32| json!({"php_update": {"username": "joko", "version": "8.2", "ini": {"memory_limit": limit}}});
    for (number, (step, when)) in (64_u32..).zip(scene.points("php_update", &["web.publish", "php.disable"])) {
        scene.kill("php_update", &step, when, &php(number))?;
        assert_eq!(scene.hostd.spec("joko")?["services"]["php"]["ini"]["memory_limit"], json!(number));
        assert_eq!(host.http_get("joko.test", "/")?.status, 200, "{step} {when}");
    }
    Ok(host.finish()?)
}

#[test]
fn hostd_killed_at_every_step_of_a_removal_and_of_a_pause() -> Fallible {
    let host = Host::with_panel("i3-crash-remove")?;
    let scene = Scene::of(&host)?;
    let remove = json!({"site_remove": {"username": "joko", "domain": "gone.test"}});
    for (step, when) in scene.points("site_remove", &[]) {
        // What has to go is there: a port and visitors, or settings of PHP that others do not have, or the last site with PHP.
        let (primary, gone) = match step.as_str() {
            "php.enable" => ("php", json!({"php_ini": {"memory_limit": 77}})),
            "php.disable" => ("static", json!({})),
            _ => ("php", json!({"runtime": "proxy", "proxy": {"port": 20_001}})),
        };
        scene.hostd.done(&add("joko", "gone.test", None, gone))?;
        let folders = json!([{"path": "/a", "realm": "A", "visitors": [{"name": "sari", "hash": HASH}]}]);
        scene.hostd.done(&json!({"site_protect": {"username": "joko", "domain": "gone.test", "folders": folders}}))?;
        scene.hostd.done(&update("joko", "joko.test", None, json!({"runtime": primary})))?;
        scene.kill("site_remove", &step, when, &remove)?;
        assert!(!host.exists("/var/lib/nusantara-hostd/access/joko")?, "{step} {when}");
        assert!(!host.read_file("/var/lib/nusantara-hostd/firewall.nft")?.contains("20001"), "{step} {when}");
        assert_eq!(host.http_get("joko.test", "/")?.status, 200, "{step} {when}");
    }
    let file = "/etc/nusantara-panel/users/joko/limits.json";
    let enforce = json!({"traffic_enforce": {"username": "joko"}});
    for (step, when) in scene.points("traffic_enforce", &[]) {
        for (quota, status) in [(0, 509), (100_000, 200)] {
            let mut limits: Value = serde_json::from_str(&host.read_file(file)?)?;
            limits["bandwidth_action"] = json!("pause_sites");
            limits["bandwidth_quota_mb"] = json!(quota);
            host.write_file(file, limits.to_string())?;
            scene.kill("traffic_enforce", &step, when, &enforce)?;
            assert_eq!(host.http_get("joko.test", "/")?.status, status, "{step} {when}");
        }
    }
    Ok(host.finish()?)
}
