//! Cron jobs: run at their time as their account, told apart from everybody else's, written down, gone without trace.

mod hostd;
mod panel;

use hostd::Hostd;
use hostd::apps::put_file;
use nusantara_client::types::Timestamp;
use nusantara_testhost::{Host, form::moments};
use panel::{Fallible, assert_clean, create, delete, inventory};
use serde_json::{Value, json};
use std::ops::Deref;
use std::time::Duration;

/// What must reach the account's shell as it is, and what that shell must not reach.
const HOSTILE: &str = r#"echo "100% %h %% %i $((20+1))" '$HOME ${X}' \\d; id -u; pwd; cat /proc/self/cgroup; ls /home; env | cut -d= -f1 | sort | tr '\n' ' '; cat /home/sari/secret /etc/nusantara-panel/users/joko/account.json /var/lib/nusantara-hostd/cron/sari/own.json; ls /run/nusantara-panel /var/lib/nusantara-hostd/cron-runs; touch /etc/x; printf '\033[31mred\033[0m\n'; exit 3"#;

/// A host, and its daemon as the panel speaks to it.
struct Cron<'a> {
    host: &'a Host,
    hostd: Hostd<'a>,
}

impl Deref for Cron<'_> {
    type Target = Host;
    fn deref(&self) -> &Host {
        self.host
    }
}

impl<'a> Cron<'a> {
    fn on(host: &'a Host) -> Fallible<Self> {
        Ok(Self { host, hostd: Hostd::of(host)? })
    }

    fn ok(&self, operation: &str, args: Value) -> Fallible<Value> {
        self.hostd.done(&json!({operation: args}))
    }

    fn error(&self, operation: &str, args: Value) -> Fallible<Value> {
        self.hostd.error(&json!({operation: args}))
    }

    fn survived(&self, operation: &str, args: Value) -> Fallible<Value> {
        self.hostd.survived(&json!({operation: args}))
    }
}

fn job(name: &str, schedule: &str, command: &str) -> Value {
    json!({"name": name, "schedule": schedule, "command": command, "timeout_minutes": 1, "enabled": true})
}

fn put(username: &str, job: &Value) -> Value {
    json!({"username": username, "job": job, "new": false})
}

fn named(name: &str) -> Value {
    json!({"username": "joko", "name": name})
}

fn runs(host: &Cron<'_>, name: &str) -> Fallible<Vec<Value>> {
    Ok(host.ok("cron_runs", named(name))?["cron_runs"]["runs"].as_array().cloned().unwrap_or_default())
}

fn wait_for_runs(host: &Cron<'_>, name: &str, count: usize, within: u64) -> Fallible<Vec<Value>> {
    let what = format!("{count} runs of {name}");
    Ok(host.wait_until(&what, Duration::from_secs(within), || Ok(runs(host, name).ok().filter(|all| all.len() >= count)))?)
}

fn state(host: &Cron<'_>, name: &str) -> Fallible<Value> {
    let jobs = host.ok("cron_states", json!({"username": "joko"}))?;
    let found = jobs["cron_jobs"]["jobs"].as_array().into_iter().flatten().find(|job| job["name"] == name).cloned();
    Ok(found.ok_or_else(|| format!("no {name} in {jobs}"))?)
}

fn output(host: &Cron<'_>, name: &str, run: &Value) -> Fallible<String> {
    let args = json!({"username": "joko", "name": name, "run": run["id"]});
    let lines = host.wait_until("what it wrote", Duration::from_secs(10), || {
        let said = host.ok("cron_output", args.clone()).unwrap_or_default();
        let lines: Vec<String> =
            said["cron_output"]["lines"].as_array().into_iter().flatten().filter_map(|l| l.as_str().map(str::to_owned)).collect();
        Ok((!lines.is_empty()).then_some(lines))
    })?;
    Ok(lines.join("\n"))
}

fn drift(host: &Cron<'_>) -> Fallible<Vec<String>> {
    let plan = host.ok("account_plan", json!({"username": "joko", "intent": "converge"}))?;
    Ok(plan["plan"]["changes"].as_array().into_iter().flatten().filter_map(|c| c["step"].as_str().map(str::to_owned)).collect())
}

/// What the host says of a schedule is what its timer waits for.
fn waits_as_previewed(host: &Cron<'_>, name: &str, schedule: &str) -> Fallible<Value> {
    let mut seen = Value::Null;
    let same = host.wait_until("the timer as previewed", Duration::from_secs(20), || {
        let times = host.ok("cron_times", json!({"schedule": schedule, "count": 1})).unwrap_or_default();
        let next = state(host, name).unwrap_or_default()["next"].clone();
        seen = json!([times, next]);
        let utc = |text: &Value| text.as_str().and_then(|text| text.parse::<Timestamp>().ok());
        let agreed = utc(&times["cron_times"]["runs"][0]).is_some_and(|run| Some(run) == utc(&next));
        Ok(agreed.then(|| times["cron_times"].clone()))
    });
    Ok(same.map_err(|e| format!("{schedule}: {e}: {seen}"))?)
}

#[test]
fn a_job_runs_at_its_minute_as_its_account() -> Fallible {
    let booted = Host::with_panel("cron-life")?;
    let host = Cron::on(&booted)?;
    host.expect_error("nusantara-cron@joko");
    create(&host, "sari", "sari.test")?;
    put_file(&host, "sari", ".", "secret", "sari's own")?;
    host.ok("cron_put", put("sari", &job("own", "@yearly", "true")))?;
    let before = inventory(&host)?;
    create(&host, "joko", "joko.test")?;

    // Two that take their time: one is ended by its limit of a minute, one is ended by hand.
    for name in ["long", "slow"] {
        host.ok("cron_put", put("joko", &job(name, "@reboot", "sleep 300 & sleep 300")))?;
        host.ok("cron_run", named(name))?;
    }
    host.ok("cron_put", put("joko", &job("minute", "* * * * *", HOSTILE)))?;
    waits_as_previewed(&host, "minute", "* * * * *")?;
    host.wait_until("it runs", Duration::from_secs(20), || Ok(state(&host, "slow").ok().filter(|s| s["running_since"].is_string())))?;
    let twice = host.error("cron_run", named("slow"))?;
    assert_eq!((&twice["code"], &twice["field"]), (&json!("conflict"), &json!("name")), "{twice}");

    let first = wait_for_runs(&host, "minute", 1, 90)?.pop().ok_or("no run")?;
    assert_eq!(first["end"], json!({"exit": 3}), "{first}");
    assert!(first["started_at"].as_str().is_some_and(|at| at[17..19].parse::<u32>().is_ok_and(|second| second <= 5)), "{first}");
    assert_eq!(state(&host, "minute")?["last"]["end"], json!({"exit": 3}));
    let said = output(&host, "minute", &first)?;
    let uid = host.run(["id", "-u", "joko"])?;
    for part in ["100% %h %% %i 21 $HOME ${X} \\d", &format!("Z {}", uid.trim()), "Z /home/joko", "Z red"] {
        assert!(said.contains(part), "{part}: {said}");
    }
    assert!(said.contains(&format!("/user-{}.slice/nusantara-cron@joko.minute.service", uid.trim())), "{said}");
    for line in ["HOME INVOCATION_ID", "sari's own", "primary_domain", "@yearly", "\u{1b}"] {
        assert!(!said.contains(line), "{line}: {said}");
    }
    assert!(said.contains("Z joko\n") && !said.contains("Z sari\n") && !host.exists("/etc/x")?, "{said}");
    assert!(said.contains("HOME LANG LOGNAME PATH PWD SHELL TMPDIR USER"), "{said}");
    let foreign = host.ok("cron_output", json!({"username": "sari", "name": "own", "run": first["id"]}))?;
    assert_eq!(foreign["cron_output"]["lines"], json!([]), "another account's run is not read by its id");

    // Run by hand, and a limit that is kept to.
    host.ok("cron_run", named("minute"))?;
    wait_for_runs(&host, "minute", 2, 90)?;
    let long = wait_for_runs(&host, "long", 1, 90)?.pop().ok_or("no run")?;
    assert_eq!(long["end"], json!({"timeout": {}}));

    // Removed, its run ends and nothing is left of it.
    host.ok("cron_remove", named("slow"))?;
    assert_eq!(host.exec(["pgrep", "-u", "joko", "-x", "sleep"])?.stdout, "", "what a job left in the background ends with it");
    assert_eq!(host.run(["systemctl", "list-units", "--all", "--plain", "--no-legend", "nusantara-cron@joko.slow.*"])?.trim(), "");
    assert!(!host.exists("/var/lib/nusantara-hostd/cron-runs/joko/slow.json")?);
    assert_eq!(host.error("cron_run", named("slow"))?["code"], "not_found");

    let report = host.run(["systemd-analyze", "security", "--no-pager", "nusantara-cron@joko.minute.service"])?;
    let exposure = report.lines().find_map(|line| line.split_once("exposure level for ")?.1.split_once(": "));
    let exposure: Option<f32> = exposure.and_then(|(_, rest)| rest.split(' ').next()?.parse().ok());
    assert!(exposure.is_some_and(|level| level <= 1.8), "{exposure:?} of 1.8\n{report}");
    delete(&host, "joko")?;
    // A reload while something is enabled makes systemd remember the link until the next one.
    host.run(["systemctl", "daemon-reload"])?;
    assert_clean(&host, &before, "deleted with cron jobs")?;
    Ok(booted.finish()?)
}

#[test]
fn timers_wait_for_what_is_previewed_and_are_put_right() -> Fallible {
    let booted = Host::with_panel("cron-times")?;
    let host = Cron::on(&booted)?;
    create(&host, "joko", "joko.test")?;
    for zone in ["UTC", "Asia/Jakarta"] {
        host.run(["ln", "-sf", &format!("/usr/share/zoneinfo/{zone}"), "/etc/localtime"])?;
        for schedule in ["30 2 * * *", "*/7 3-5,23 * * *", "0 6 13 * FRI", "15 4 */2 * SUN", "0 0 29 2 *", "5 0 1 JAN *"] {
            host.ok("cron_put", put("joko", &job("tidy", schedule, "true")))?;
            let seen = waits_as_previewed(&host, "tidy", schedule)?;
            assert_eq!(seen["zone"], zone, "{seen}");
        }
    }
    assert_eq!(drift(&host)?, [""; 0]);
    let timer = "nusantara-cron@joko.tidy.timer";
    assert_eq!(host.run(["systemctl", "is-enabled", timer])?.trim(), "enabled");

    // The host daemon comes and goes; timers stay.
    host.run(["systemctl", "restart", "nusantara-hostd.service"])?;
    assert_eq!(host.run(["systemctl", "is-active", timer])?.trim(), "active");

    // Whatever is changed by hand is seen, and put right by the next change.
    let folder = format!("/etc/systemd/system/{timer}.d");
    let hands: [&[&str]; 5] = [
        &["systemctl", "stop", timer],
        &["systemctl", "disable", timer],
        &["sed", "-i", "s/OnCalendar=.*/OnCalendar=minutely/", &format!("{folder}/50-job.conf")],
        &["cp", &format!("{folder}/50-job.conf"), &format!("{folder}/90-more.conf")],
        &["rm", "/var/lib/nusantara-hostd/cron/joko/tidy.json"],
    ];
    for hand in hands {
        host.run(hand)?;
        host.run(["systemctl", "daemon-reload"])?;
        assert_eq!(drift(&host)?, ["cron.put", "record"], "{hand:?}");
        host.ok("cron_put", put("joko", &job("tidy", "30 2 * * *", "true")))?;
        assert_eq!(drift(&host)?, [""; 0], "{hand:?}");
        waits_as_previewed(&host, "tidy", "30 2 * * *")?;
    }

    // Switched off it waits for nothing; at boot it needs no timer.
    let mut off = job("tidy", "30 2 * * *", "true");
    off["enabled"] = json!(false);
    host.ok("cron_put", put("joko", &off))?;
    assert_eq!(state(&host, "tidy")?["next"], Value::Null);
    assert!(!host.exec(["systemctl", "is-active", timer])?.success() && !host.exec(["systemctl", "is-enabled", timer])?.success());
    host.ok("cron_put", put("joko", &job("tidy", "@reboot", "true")))?;
    assert_eq!(host.run(["systemctl", "is-enabled", "nusantara-cron@joko.tidy.service"])?.trim(), "enabled");
    assert_eq!(runs(&host, "tidy")?, Vec::<Value>::new(), "it waits for the next boot");
    host.run(["systemctl", "start", "nusantara-cron@joko.tidy.service"])?;
    wait_for_runs(&host, "tidy", 1, 20)?;
    assert_eq!(drift(&host)?, [""; 0]);

    // No more than the package allows, counted where nobody can come between.
    let mut code = Value::Null;
    for i in 0..100 {
        let args = json!({"username": "joko", "job": job(&format!("more{i}"), "@yearly", "true"), "new": true});
        if let Err(refused) = host.hostd.call(&json!({"cron_put": args}))? {
            code = refused["code"].clone();
            break;
        }
    }
    assert_eq!(code, "limit_reached");
    let taken = host.error("cron_put", json!({"username": "joko", "job": job("tidy", "@yearly", "true"), "new": true}))?;
    assert_eq!(taken["code"], "conflict", "{taken}");
    Ok(booted.finish()?)
}

#[test]
fn a_job_survives_the_daemon_at_every_step() -> Fallible {
    const FAILPOINTS: &str = "/run/nusantara-panel/failpoints";
    let booted = Host::with_panel("cron-killed")?;
    let host = Cron::on(&booted)?;
    create(&host, "joko", "joko.test")?;
    let listed: Value = serde_json::from_str(&host.run(["/usr/sbin/nusantara-hostd", "steps", "--json"])?)?;
    let (old, new) = (job("tidy", "30 2 * * *", "true"), job("tidy", "45 3 * * *", "false"));
    for operation in ["cron_put", "cron_remove"] {
        let steps = listed[operation].as_array().into_iter().flatten().filter_map(Value::as_str);
        for (step, when) in steps.enumerate().flat_map(|(index, step)| moments(index).map(move |when| (step, when))) {
            let what = format!("killed {when} {step} of {operation}");
            host.ok("cron_put", put("joko", &old))?;
            host.write_file(FAILPOINTS, format!("kill hostd {operation} {step} {when}\n"))?;
            let args = if operation == "cron_put" { put("joko", &new) } else { named("tidy") };
            host.survived(operation, args).map_err(|e| format!("{what}: {e}"))?;
            assert_eq!(drift(&host)?, [""; 0], "{what}");
            if operation == "cron_put" {
                waits_as_previewed(&host, "tidy", "45 3 * * *").map_err(|e| format!("{what}: {e}"))?;
            } else {
                assert_eq!(host.run(["systemctl", "list-timers", "--all", "--no-legend", "nusantara-cron@*"])?.trim(), "", "{what}");
                assert!(!host.exists("/var/lib/nusantara-hostd/cron/joko")?, "{what}");
            }
        }
    }
    // A run that was asked for is begun once, whenever the daemon dies.
    host.ok("cron_put", put("joko", &job("tidy", "@yearly", "echo x >> ~/count")))?;
    for when in ["before", "after"] {
        host.exec(["rm", "-f", "/home/joko/count"])?;
        host.write_file(FAILPOINTS, format!("kill hostd cron_run cron.run {when}\n"))?;
        host.survived("cron_run", named("tidy")).map_err(|e| format!("{when}: {e}"))?;
        host.wait_until("the run", Duration::from_secs(20), || Ok(host.read_file("/home/joko/count").ok().filter(|text| text == "x\n")))?;
        host.wait_until("its end", Duration::from_secs(20), || Ok(state(&host, "tidy").ok().filter(|s| s["running_since"].is_null())))?;
    }
    assert_eq!(wait_for_runs(&host, "tidy", 2, 20)?.len(), 2);
    Ok(booted.finish()?)
}
