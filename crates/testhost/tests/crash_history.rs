//! The host daemon killed before and after every step of going back, of an import and of an adoption: each is carried to its end when
//! the daemon is back, and nothing is left to converge.

mod hostd;
mod panel;

use hostd::specs::{asked, import, put_app, two_states};
use hostd::{Hostd, text};
use nusantara_testhost::{Host, form::moments};
use panel::Fallible;
use serde_json::{Value, json};

const FAILPOINTS: &str = "/run/nusantara-panel/failpoints";
/// The file system of a container's homes keeps no quotas.
const NEVER: [&str; 1] = ["quota.set"];

fn points(host: &Host, operation: &str, never: &[&str]) -> Fallible<Vec<(String, &'static str)>> {
    let listed: Value = serde_json::from_str(&host.run(["/usr/sbin/nusantara-hostd", "steps", "--json"])?)?;
    let steps = listed[operation].as_array().into_iter().flatten().map(text);
    let steps: Vec<String> = steps.filter(|step| !NEVER.contains(&step.as_str()) && !never.contains(&step.as_str())).collect();
    assert!(!steps.is_empty(), "{operation}");
    Ok(steps.into_iter().enumerate().flat_map(|(index, step)| moments(index).map(move |when| (step.clone(), when))).collect())
}

fn kill(host: &Host, hostd: &Hostd<'_>, point: (&str, &str, &str), operation: &Value, username: &str) -> Fallible {
    let (name, step, when) = point;
    host.write_file(FAILPOINTS, format!("kill hostd {name} {step} {when}\n"))?;
    hostd.survived(operation).map_err(|e| format!("{point:?}: {e}"))?;
    assert_eq!(host.read_file(FAILPOINTS)?, "", "{point:?}: it was killed");
    assert_eq!(hostd.drift(username)?, json!([]), "{point:?}");
    Ok(())
}

#[test]
fn hostd_killed_at_every_step_of_going_back() -> Fallible {
    let host = Host::with_panel("crash-rollback")?;
    let hostd = Hostd::of(&host)?;
    host.expect_error("killed here on request of a test");
    hostd.create("joko", "joko.test", "business")?;
    let (a, b) = two_states(&hostd.spec("joko")?, "joko");
    put_app(&host, "joko")?;
    let (a, b) = (hostd.brought_to("joko", &a)?, hostd.brought_to("joko", &b)?);
    let back = |to: &str| json!({"account_rollback": {"username": "joko", "to": to, "below_foreign": false}});
    let (mut other, mut other_state) = ("2", &a);
    for (step, when) in points(&host, "rollback", &[])? {
        let planned = hostd.steps_of(&json!({"rollback_plan": {"username": "joko", "to": other, "below_foreign": false}}))?;
        if !planned.contains(&step) {
            // What comes the other way.
            hostd.done(&back(other))?;
            (other, other_state) = if other == "2" { ("3", &b) } else { ("2", &a) };
        }
        kill(&host, &hostd, ("rollback", &step, when), &back(other), "joko")?;
        assert_eq!(asked(&hostd.spec("joko")?), asked(other_state), "{step} {when}");
        let domain = if other == "2" { "shop-joko.test" } else { "new-joko.test" };
        assert_eq!(host.http_get(domain, "/")?.status, 200, "{step} {when}");
        (other, other_state) = if other == "2" { ("3", &b) } else { ("2", &a) };
    }
    Ok(host.finish()?)
}

#[test]
fn hostd_killed_at_every_step_of_an_import() -> Fallible {
    let host = Host::with_panel("crash-import")?;
    let hostd = Hostd::of(&host)?;
    host.expect_error("killed here on request of a test");
    hostd.create("joko", "joko.test", "business")?;
    let (active, _) = two_states(&hostd.spec("joko")?, "joko");
    put_app(&host, "joko")?;
    let active = hostd.brought_to("joko", &active)?;
    host.expect_error("Failed to start nusantara-app@joko.shop.0.service");
    hostd.done(&json!({"account_delete": {"username": "joko"}}))?;
    let away = suspended(&active);
    let before = panel::inventory(&host)?;
    for (step, when) in points(&host, "import", &[])? {
        let document = if matches!(step.as_str(), "login.deny" | "processes.end") { &away } else { &active };
        let mut import = import("joko", document, false);
        // Each time by another uid, to whom the names of the one before are not free yet.
        import["account_import"]["below_foreign"] = json!(true);
        if !hostd.steps_of(&json!({"import_plan": import["account_import"]}))?.contains(&step) {
            assert_eq!(step, "processes.end", "nothing runs of an account that is new");
            continue;
        }
        kill(&host, &hostd, ("import", &step, when), &import, "joko")?;
        assert_eq!(asked(&hostd.spec("joko")?), asked(document), "{step} {when}");
        hostd.done(&json!({"account_delete": {"username": "joko"}}))?;
    }
    panel::assert_clean(&host, &before, "imports")?;
    // One that nginx refuses leaves nothing.
    host.write_file(FAILPOINTS, "vhost-garbage shop-joko.test\n")?;
    host.expect_error("operation failed");
    let mut refused = import("joko", &active, false);
    refused["account_import"]["below_foreign"] = json!(true);
    assert_eq!(hostd.error(&refused)?["code"], "config_refused");
    panel::assert_clean(&host, &before, "an import that was taken back")?;
    Ok(host.finish()?)
}

fn suspended(spec: &Value) -> Value {
    let mut spec = spec.clone();
    spec["account"]["status"] = json!("suspended");
    let login = json!({"password_locked": true});
    spec["account"]["suspension"] = json!({"since": "2026-11-20T08:00:00Z", "reason": "unpaid", "login": login});
    spec
}

#[test]
fn hostd_killed_at_every_step_of_an_adoption() -> Fallible {
    let host = Host::with_panel("crash-adopt")?;
    let hostd = Hostd::of(&host)?;
    host.expect_error("killed here on request of a test");
    hostd.create("joko", "joko.test", "business")?;
    let (active, _) = two_states(&hostd.spec("joko")?, "joko");
    put_app(&host, "joko")?;
    let active = hostd.brought_to("joko", &active)?;
    host.expect_error("Failed to start nusantara-app@joko.shop.0.service");
    hostd.done(&json!({"account_delete": {"username": "joko"}}))?;
    let away = suspended(&active);
    let folder = "/etc/nusantara-panel/users/joko";
    // Each time by another uid, to whom the names of the one before are not free yet.
    let adopt = json!({"account_adopt": {"username": "joko", "below_foreign": true}});
    let write = |spec: &Value| -> Fallible {
        host.run(["mkdir", "-p", "-m", "0700", folder])?;
        for file in ["account", "limits", "domains", "services", "ssh", "meta"] {
            let mut part = spec[file].clone();
            if file == "meta" {
                part = json!({"schema_version": 1});
            }
            if file == "account" {
                part["uid"] = json!(0);
                part["gid"] = json!(0);
            }
            host.write_file(&format!("{folder}/{file}.json"), part.to_string())?;
        }
        Ok(())
    };
    let before = panel::inventory(&host)?;
    for (step, when) in points(&host, "adopt", &["docroot.create"])? {
        write(if matches!(step.as_str(), "login.deny" | "processes.end") { &away } else { &active })?;
        if !hostd.steps_of(&json!({"adopt_plan": adopt["account_adopt"]}))?.contains(&step) {
            assert_eq!(step, "processes.end", "nothing runs of an account that is new");
            host.run(["rm", "-r", folder])?;
            continue;
        }
        kill(&host, &hostd, ("adopt", &step, when), &adopt, "joko")?;
        assert!(hostd.spec("joko")?["account"]["uid"].as_u64() >= Some(12_000));
        hostd.done(&json!({"account_delete": {"username": "joko"}}))?;
    }
    panel::assert_clean(&host, &before, "adoptions")?;
    // One that nginx refuses leaves the tree, and nothing else.
    write(&active)?;
    let tree = panel::inventory(&host)?;
    host.write_file(FAILPOINTS, "vhost-garbage shop-joko.test\n")?;
    host.expect_error("operation failed");
    assert_eq!(hostd.error(&adopt)?["code"], "config_refused");
    panel::assert_clean(&host, &tree, "an adoption that was taken back")?;
    host.write_file(FAILPOINTS, "")?;
    hostd.done(&adopt)?;
    assert_eq!(hostd.drift("joko")?, json!([]));
    Ok(host.finish()?)
}
