//! A vhost that nginx refuses never reaches the live tree, and nobody else notices.

mod hostd;
mod panel;

use hostd::{Hostd, text, update};
use nusantara_testhost::Host;
use panel::{Fallible, assert_clean, begin_create, create, fetch, inventory, job_end};
use serde_json::{Value, json};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

#[test]
fn refused_vhost_stays_out_and_names_the_line() -> Fallible {
    let host = Host::with_panel("refused")?;
    create(&host, "healthy", "healthy.test")?;
    let before = inventory(&host)?;
    let live = "/var/lib/nusantara-hostd/nginx/live/";
    let digest = || host.run(["/bin/sh", "-c", &format!("cd {live} && find . -type f -exec sha256sum {{}} + | sort")]);
    let untouched = digest()?;
    host.write_file("/run/nusantara-panel/failpoints", "vhost-garbage broken.test\n")?;
    host.expect_error("broken");

    let stop = AtomicBool::new(false);
    let answered = AtomicUsize::new(0);
    let job = std::thread::scope(|scope| -> Fallible<_> {
        let watcher = scope.spawn(|| -> Result<(), String> {
            while !stop.load(Ordering::Relaxed) {
                let page = host.http_get("healthy.test", "/").map_err(|e| e.to_string())?;
                if page.status != 200 {
                    return Err(format!("{} in between", page.status));
                }
                answered.fetch_add(1, Ordering::Relaxed);
            }
            Ok(())
        });
        // A good account that arrives with the bad one must be served all the same.
        let bad = begin_create(&host, "broken", "broken.test");
        let good = begin_create(&host, "good", "good.test");
        let ended = bad.and_then(|bad| job_end(&host, &bad));
        let good_ended = good.and_then(|good| job_end(&host, &good));
        stop.store(true, Ordering::Relaxed);
        watcher.join().map_err(|_| "the watcher panicked")??;
        assert_eq!(good_ended?["state"], "success");
        ended
    })?;
    assert!(answered.load(Ordering::Relaxed) > 0);
    assert_eq!(job["state"], "failed", "{job:#}");
    assert_eq!(job["error"]["code"], "config_refused", "{job:#}");
    let said = job["error"]["detail"].as_str().unwrap_or_default();
    assert!(said.contains("broken.conf:"), "nginx's own words name file and line: {said}");
    assert!(job["steps"].as_array().into_iter().flatten().any(|s| s["state"] == "undone"), "{job:#}");

    fetch(&host, "good.test")?;
    host.run(["rm", "/run/nusantara-panel/failpoints"])?;
    panel::delete(&host, "good")?;
    assert_eq!(digest()?, untouched, "the live tree is what it was");
    assert_clean(&host, &before, "after the refusal")?;
    create(&host, "broken", "broken.test")?;
    fetch(&host, "broken.test")?;
    Ok(host.finish()?)
}

const FAILPOINTS: &str = "/run/nusantara-panel/failpoints";
const GROUP: usize = 64;
const BAD: [usize; 3] = [7, 29, 50];

/// What the host daemon's log says of the groups since a cursor: how many changes asked, how many went live, how often nginx was
/// asked.
fn groups(host: &Host, since: &str) -> Fallible<Vec<[u64; 3]>> {
    let cursor = format!("--after-cursor={since}");
    let said = host.run(["journalctl", "--output=json", "--no-pager", "--unit=nusantara-hostd.service", &cursor])?;
    let entries = said.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok()).filter(|e| e["MESSAGE"] == "web group");
    let field = |entry: &Value, name: &str| text(&entry[name]).parse::<u64>().map_err(|e| format!("{name} in {entry}: {e}"));
    let figures = entries.map(|e| Ok([field(&e, "F_ASKED")?, field(&e, "F_LIVE")?, field(&e, "F_TESTS")?]));
    figures.collect()
}

fn cursor(host: &Host) -> Fallible<String> {
    host.run(["journalctl", "--sync"])?;
    let said = host.run(["journalctl", "--lines=0", "--show-cursor", "--quiet"])?;
    Ok(said.trim().strip_prefix("-- cursor: ").ok_or_else(|| format!("no cursor in {said}"))?.to_owned())
}

fn names_its_own_file(error: &Value, name: &str) {
    assert_eq!(error["code"], "config_refused", "{name}: {error:#}");
    let said = text(&error["detail"]);
    assert!(said.contains("unknown directive") && said.contains(&format!("/{name}.conf:")), "{name} is told nginx's own words: {said}");
}

/// Of 64 changes in one group nginx refuses three: the others go live together, and nginx is asked a few times only.
#[test]
fn of_a_group_the_bad_ones_stay_out_and_the_good_ones_go_live() -> Fallible {
    let host = Host::with_panel("refused-group")?;
    host.expect_error("refused the new configuration");
    // The panel's own questions must not be what a connection is missing for.
    host.run([
        "/bin/sh",
        "-c",
        "echo 'max_connections = 200' >> /etc/nusantara-panel/hostd.toml; systemctl restart nusantara-hostd.service",
    ])?;
    let jobs = (0..GROUP).map(|i| begin_create(&host, &format!("acc{i}"), &format!("acc{i}.test"))).collect::<Fallible<Vec<_>>>()?;
    for job in jobs {
        assert_eq!(job_end(&host, &job)?["state"], "success");
    }
    let garbage: String = BAD.iter().map(|i| format!("vhost-garbage acc{i}.test\n")).collect();
    host.write_file(FAILPOINTS, format!("web-gather {GROUP}\n{garbage}"))?;
    let (since, hostd) = (cursor(&host)?, Hostd::of(&host)?);
    let settings = json!({"runtime": "php", "max_upload_mb": 33});
    let outcomes = std::thread::scope(|scope| -> Fallible<Vec<Result<Value, Value>>> {
        let calls: Vec<_> = (0..GROUP)
            .map(|i| {
                let operation = update(&format!("acc{i}"), &format!("acc{i}.test"), None, settings.clone());
                let hostd = &hostd;
                scope.spawn(move || hostd.call(&operation).map_err(|e| e.to_string()))
            })
            .collect();
        calls.into_iter().map(|call| Ok(call.join().map_err(|_| "a call panicked")??)).collect()
    })?;
    for (i, outcome) in outcomes.iter().enumerate() {
        match outcome {
            Ok(_) => assert!(!BAD.contains(&i), "acc{i} went live"),
            Err(error) => {
                assert!(BAD.contains(&i), "acc{i}: {error:#}");
                names_its_own_file(error, &format!("acc{i}"));
            }
        }
    }
    let seen = groups(&host, &since)?;
    let (asked, live) = (seen.iter().map(|g| g[0]).sum::<u64>(), seen.iter().map(|g| g[1]).sum::<u64>());
    let tests: u64 = seen.iter().map(|g| g[2]).sum();
    assert_eq!((seen.len(), asked, live), (1, 64, 61), "{seen:?}");
    assert!(tests <= 14, "{tests} tests");
    println!("PROOF group commit: of one group of 64 changes with 3 that nginx refuses, 61 went live with {tests} tests");
    host.run(["rm", FAILPOINTS])?;
    for i in 0..GROUP {
        let is_new = hostd.spec(&format!("acc{i}"))?["domains"]["primary"]["max_upload_mb"] == json!(33);
        assert_eq!(is_new, !BAD.contains(&i), "acc{i}");
        fetch(&host, &format!("acc{i}.test"))?;
    }
    for i in BAD {
        assert_eq!(hostd.drift(&format!("acc{i}"))?, json!([]), "acc{i}");
    }

    // The same through jobs, of which the panel runs sixteen at once.
    let garbage: String = [2, 8, 15].iter().map(|i| format!("vhost-garbage new{i}.test\n")).collect();
    host.write_file(FAILPOINTS, format!("web-gather 16\n{garbage}"))?;
    let jobs = (0..16).map(|i| begin_create(&host, &format!("new{i}"), &format!("new{i}.test"))).collect::<Fallible<Vec<_>>>()?;
    for (i, id) in jobs.iter().enumerate() {
        let job = job_end(&host, id)?;
        if [2, 8, 15].contains(&i) {
            names_its_own_file(&job["error"], &format!("new{i}"));
        } else {
            assert_eq!(job["state"], "success", "{job:#}");
            fetch(&host, &format!("new{i}.test"))?;
        }
    }
    Ok(host.finish()?)
}
