//! A package applied to the accounts that have it, with either daemon killed at every point of it: in the end all of them have its
//! limits, and nobody else has.

mod hostd;
mod neighbour;
mod panel;

use hostd::{Hostd, text};
use neighbour::{Neighbour, half_done, specs};
use nusantara_testhost::Host;
use panel::{Fallible, api, job_end};
use serde_json::{Value, json};

const OF_HOSTD: &str = "/run/nusantara-panel/failpoints";
const OF_PANEL: &str = "/var/lib/nusantara-panel/failpoints";
const ACCOUNTS: [&str; 3] = ["joko", "budi", "wati"];

/// Gives the package other limits, applies it with a daemon armed, and looks at every account.
fn killed(host: &Host, hostd: &Hostd<'_>, neighbour: &Neighbour<'_>, at: (&str, &str), memory: u64) -> Fallible {
    let (file, line) = at;
    let mut limits = api(host, "GET", "/api/v1/packages", None)?.body["items"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|package| package["name"] == "shop")
        .map(|package| package["limits"].clone())
        .ok_or("no package")?;
    limits["memory_limit_mb"] = json!(memory);
    let put = api(host, "PUT", "/api/v1/packages/shop", Some(&json!({"limits": limits}).to_string()))?;
    assert_eq!(put.status, 200, "{put:?}");
    host.write_file(file, format!("{line}\n"))?;
    host.run(["chown", "--reference", file.rsplit_once('/').map_or("/", |(folder, _)| folder), file])?;
    let asked = api(host, "POST", "/api/v1/packages/shop/apply", None)?;
    assert_eq!(asked.status, 202, "{line}: {asked:?}");
    let job = job_end(host, &text(&asked.body["job"]["id"])).map_err(|e| format!("{line}: {e}"))?;
    assert_eq!(job["state"], "success", "{line}: {job:#}");
    assert_eq!(host.read_file(file)?, "", "{line}: it was killed");
    for name in ACCOUNTS {
        assert_eq!(hostd.spec(name)?["limits"]["memory_limit_mb"], json!(memory), "{line}: {name}");
        assert_eq!(hostd.drift(name)?, json!([]), "{line}: {name}");
        panel::fetch(host, &format!("{name}.test")).map_err(|e| format!("{line}: {e}"))?;
    }
    specs(host).map_err(|e| format!("{line}: {e}"))?;
    assert_eq!(half_done(host)?, Vec::<String>::new(), "{line}");
    neighbour.is_untouched(line)
}

#[test]
fn a_package_reaches_all_its_accounts_whatever_is_killed() -> Fallible {
    let host = Host::with_panel("crash-package")?;
    host.expect_error("killed here on request of a test");
    let hostd = Hostd::of(&host)?;
    let neighbour = Neighbour::settle(&host, &hostd)?;
    let starter = api(&host, "GET", "/api/v1/packages", None)?.body["items"][0]["limits"].clone();
    let made = api(&host, "POST", "/api/v1/packages", Some(&json!({"name": "shop", "limits": starter}).to_string()))?;
    assert_eq!(made.status, 201, "{made:?}");
    for name in ACCOUNTS {
        hostd.create(name, &format!("{name}.test"), "shop")?;
    }
    let listed: Value = serde_json::from_str(&host.run(["/usr/sbin/nusantara-hostd", "steps", "--json"])?)?;
    // What an edit of limits takes here: no quota, no other shell, and the web only where sites pause or come back.
    let taken = |step: &&str| !step.starts_with("quota.") && !["user.shell", "php.enable", "web.publish", "site.probe"].contains(step);
    let steps: Vec<&str> = listed["account_update"].as_array().into_iter().flatten().filter_map(Value::as_str).filter(taken).collect();
    assert!(steps.len() >= 3, "{listed}");
    let mut points: Vec<(&str, String)> = Vec::new();
    for when in ["before", "after"] {
        points.extend(steps.iter().map(|step| (OF_HOSTD, format!("kill hostd account_update {step} {when}"))));
        // The steps of the panel's job are one per account.
        points
            .extend(["claim", "plan", "account.update", "finish"].map(|p| (OF_PANEL, format!("kill nusantarad package.apply {p} {when}"))));
    }
    neighbour.through("applying a package", || {
        for (memory, (file, line)) in (600..).step_by(10).zip(&points) {
            killed(&host, &hostd, &neighbour, (file, line), memory)?;
        }
        Ok(())
    })?;
    Ok(host.finish()?)
}
