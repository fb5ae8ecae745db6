//! Disks that are really full: small file systems of their own, filled to the last block.

mod hostd;
mod neighbour;
mod panel;

use hostd::{Hostd, text};
use neighbour::{Neighbour, half_done, specs};
use nusantara_testhost::Host;
use panel::{Answer, Fallible, api, begin_create, create, delete, job_end};
use serde_json::{Value, json};
use std::time::Duration;

/// Puts a folder of the host on a small file system of its own, with everything in it.
fn on_a_small_disk(host: &Host, folder: &str, mib: u32) -> Fallible {
    const SCRIPT: &str = "set -e; systemctl stop nusantarad.service nusantara-hostd.service nusantara-hostd.socket; \
        mkdir /var/tmp/keep; cp -a \"$1/.\" /var/tmp/keep; mount -t tmpfs -o size=$2m tmpfs \"$1\"; cp -a /var/tmp/keep/. \"$1\"; \
        chmod --reference=/var/tmp/keep \"$1\"; chown --reference=/var/tmp/keep \"$1\"; rm -rf /var/tmp/keep; \
        systemctl start nusantara-hostd.socket nusantarad.service";
    host.run(["/bin/sh", "-c", SCRIPT, "sh", folder, &mib.to_string()])?;
    answers(host)
}

fn answers(host: &Host) -> Fallible {
    host.wait_until("the panel", Duration::from_secs(60), || {
        Ok(api(host, "GET", "/api/v1/accounts", None).ok().filter(|a| a.status == 200))
    })?;
    Ok(())
}

/// Fills the file system to the last block.
fn fill(host: &Host, folder: &str) -> Fallible {
    let filler = format!("of={folder}/filler");
    let said = host.exec(["dd", "if=/dev/zero", &filler, "bs=4k", "oflag=append", "conv=notrunc"])?;
    assert!(said.stderr.contains("No space left"), "{}", said.stderr);
    Ok(())
}

fn empty(host: &Host, folder: &str) -> Fallible {
    Ok(host.run(["rm", "-f", &format!("{folder}/filler")]).map(drop)?)
}

/// Expects a job to fail because of the full disk, and to have left nothing.
fn refused(host: &Host, username: &str, neighbour: &Neighbour<'_>) -> Fallible {
    let job = job_end(host, &begin_create(host, username, &format!("{username}.test"))?)?;
    assert_eq!((&job["state"], &job["error"]["code"]), (&json!("failed"), &json!("disk_full")), "{job:#}");
    assert!(text(&job["error"]["message"]).contains("make room"), "{job:#}");
    assert!(!host.exec(["getent", "passwd", username])?.success());
    assert!(!host.exists(&format!("/home/{username}"))?);
    assert_eq!(api(host, "GET", &format!("/api/v1/accounts/{username}"), None)?.status, 404);
    assert!(!specs(host)?.contains_key(username));
    assert_eq!(half_done(host)?, Vec::<String>::new());
    neighbour.is_untouched("on a full disk")
}

fn expect(host: &Host) {
    for part in ["No space left", "no room", "disk is full", "database or disk is full"] {
        host.expect_error(part);
    }
}

#[test]
fn on_a_full_disk_accounts_are_refused_suspended_and_deleted() -> Fallible {
    let host = Host::with_panel("full-state")?;
    expect(&host);
    let state = "/var/lib/nusantara-hostd";
    on_a_small_disk(&host, state, 96)?;
    let hostd = Hostd::of(&host)?;
    let neighbour = Neighbour::settle(&host, &hostd)?;
    for name in ["joko", "budi"] {
        create(&host, name, &format!("{name}.test"))?;
    }
    fill(&host, state)?;
    neighbour.through("a full disk of the host daemon", || {
        refused(&host, "wati", &neighbour)?;
        // Whoever fills the disk can be stopped, and what is not needed can go: there is room kept for that.
        let answer = api(&host, "POST", "/api/v1/accounts/joko/suspend", Some("{}"))?;
        let job = job_end(&host, &text(&answer.body["job"]["id"]))?;
        assert_eq!(job["state"], "success", "{job:#}");
        assert_eq!(host.http_get("joko.test", "/")?.status, 503);
        fill(&host, state)?;
        // Not with a last copy, for which there is no room: then it stays as it is.
        let answer = api(&host, "DELETE", "/api/v1/accounts/budi", None)?;
        let job = job_end(&host, &text(&answer.body["job"]["id"]))?;
        assert_eq!(job["error"]["code"], "copy_failed", "{job:#}");
        panel::fetch(&host, "budi.test")?;
        let answer = api(&host, "DELETE", "/api/v1/accounts/budi?last_copy=false", None)?;
        let job = job_end(&host, &text(&answer.body["job"]["id"]))?;
        assert_eq!(job["state"], "success", "{job:#}");
        refused(&host, "wati", &neighbour)?;
        // It starts again, too, and serves.
        host.run(["systemctl", "restart", "nusantara-hostd.service"])?;
        assert_eq!(hostd.drift("joko")?, json!([]));
        empty(&host, state)
    })?;
    create(&host, "wati", "wati.test")?;
    panel::fetch(&host, "wati.test")?;
    assert_eq!(hostd.drift("joko")?, json!([]));
    Ok(host.finish()?)
}

#[test]
fn full_homes_and_a_full_folder_of_the_specs_refuse_with_reason() -> Fallible {
    let host = Host::with_panel("full-homes")?;
    expect(&host);
    on_a_small_disk(&host, "/home", 32)?;
    on_a_small_disk(&host, "/etc/nusantara-panel", 8)?;
    let hostd = Hostd::of(&host)?;
    let neighbour = Neighbour::settle(&host, &hostd)?;
    create(&host, "joko", "joko.test")?;
    for folder in ["/home", "/etc/nusantara-panel"] {
        fill(&host, folder)?;
        refused(&host, "wati", &neighbour)?;
        // A folder that the account itself makes, and an edit of its files.
        let before = hostd.spec("joko")?;
        let error = hostd.error(&hostd::add("joko", "a.joko.test", None, json!({"runtime": "static"})))?;
        assert_eq!(error["code"], "disk_full", "{folder}: {error:#}");
        assert_eq!(hostd.spec("joko")?, before, "{folder}");
        assert_eq!(hostd.drift("joko")?, json!([]), "{folder}");
        empty(&host, folder)?;
        create(&host, "wati", "wati.test")?;
        panel::fetch(&host, "wati.test")?;
        delete(&host, "wati")?;
    }
    Ok(host.finish()?)
}

fn make_package(host: &Host, n: u32, limits: &Value) -> Fallible<Answer> {
    api(host, "POST", "/api/v1/packages", Some(&json!({"name": format!("p{n}"), "limits": limits}).to_string()))
}

#[test]
fn a_full_disk_of_the_panel_is_a_clear_problem_and_no_end() -> Fallible {
    let host = Host::with_panel("full-panel")?;
    expect(&host);
    host.expect_error("could not be written");
    host.expect_error("the database cannot be written");
    host.expect_error("cannot be taken");
    let state = "/var/lib/nusantara-panel";
    create(&host, "joko", "joko.test")?;
    on_a_small_disk(&host, state, 256)?;
    host.wait_until("room to be kept", Duration::from_secs(30), || Ok(host.exists(&format!("{state}/reserve"))?.then_some(())))?;
    let packages = api(&host, "GET", "/api/v1/packages", None)?;
    let mut limits = packages.body["items"][0]["limits"].clone();
    assert!(limits.is_object(), "{packages:?}");
    limits["max_apps"] = json!(1);

    // The room that was kept is given to the database: work goes on.
    fill(&host, state)?;
    host.wait_until("the room to be given", Duration::from_secs(30), || Ok((!host.exists(&format!("{state}/reserve"))?).then_some(())))?;
    assert_eq!(make_package(&host, 0, &limits)?.status, 201);
    // Without any, too, it says what is the matter, and shows what there is. What the database has room for within its own files is
    // used up first.
    const BURN: &str = "for i in $(seq 25); do nusantara package create \"$1x$i\" --from starter >/dev/null 2>/var/tmp/said; code=$?; \
        [ $code = 0 ] || { echo $code; cat /var/tmp/said; exit 0; }; done";
    let (mut said, mut refused) = (None, None);
    for n in 1..60 {
        fill(&host, state)?;
        let burnt = host.run(["/bin/sh", "-c", BURN, "sh", &format!("p{n}")])?;
        said = said.or_else(|| burnt.starts_with(char::is_numeric).then_some(burnt));
        let answer = make_package(&host, n, &limits)?;
        refused = refused.or_else(|| (answer.status != 201).then_some(answer));
        if said.is_some() && refused.is_some() {
            break;
        }
    }
    let answer = refused.ok_or("the database was never full")?;
    assert_eq!((answer.status, &answer.body["code"]), (507, &json!("disk_full")), "{answer:?}");
    let said = said.ok_or("the command line was never refused")?;
    assert!(said.starts_with("8\n") && said.contains("full") && said.contains("df -h"), "{said}");
    for page in ["/api/v1/accounts", "/api/v1/accounts/joko", "/api/v1/jobs"] {
        assert_eq!(api(&host, "GET", page, None)?.status, 200, "{page}");
    }
    panel::fetch(&host, "joko.test")?;
    empty(&host, state)?;
    create(&host, "budi", "budi.test")?;
    // The copy of the trail has every row once, in order, whatever the disk was like.
    let copied = host.read_file("/var/log/nusantara-panel/audit.jsonl")?;
    let lines: Vec<Value> = copied.lines().map(serde_json::from_str).collect::<Result<_, _>>()?;
    let ids: Vec<i64> = lines.iter().filter(|line| line["seal"].is_null()).map(|row| row["id"].as_i64().unwrap_or(0)).collect();
    assert!(ids.windows(2).all(|pair| pair[0] + 1 == pair[1]), "{ids:?}");
    Ok(host.finish()?)
}
