//! What the panel does at set times, and jobs that are stopped.

use super::check;
use super::panel::{JOB, Panel, schedules};
use serde_json::json;

#[test]
fn schedules_are_listed_made_changed_run_and_removed() {
    let add = ["schedule", "add", "nightly", "--task", "tidy", "--cron"];
    check(
        "schedules",
        &[
            &["schedule", "list"],
            &[&add[..], &["30 2 * * *", "--zone", "Asia/Jakarta"]].concat(),
            &[&add[..], &["@daily", "--disabled"]].concat(),
            &[&add[..], &["61 * * * *"]].concat(),
            &[&add[..], &["@daily", "--zone", "Mars/Olympus"]].concat(),
            &["schedule", "add", "Not A Name", "--task", "tidy", "--cron", "@daily"],
            &["schedule", "set", "nightly", "--cron", "@hourly", "--enabled", "off"],
            &["schedule", "set", "newer", "--zone", "UTC"],
            &["schedule", "set", "none", "--zone", "UTC"],
            &["schedule", "run", "nightly"],
            &["schedule", "run", "nightly", "--wait"],
            &["schedule", "run", "newer"],
            &["schedule", "history", "nightly"],
            &["schedule", "history", "none"],
            &["schedule", "preview", "30 2 * * *", "--zone", "Asia/Jakarta"],
            &["schedule", "remove", "nightly"],
            &["schedule", "remove", "nightly", "--yes"],
            &["schedule", "remove", "none", "--yes"],
        ],
    );
}

#[test]
fn what_is_not_named_of_a_schedule_stays() {
    let panel = Panel::start();
    let asked = |arguments: &[&str]| {
        let ran = panel.run(arguments);
        assert_eq!(ran.code, 0, "{arguments:?}: {}", ran.err);
        panel.last_asked()
    };
    let known = json!({
        "task": "tidy", "cron": "30 2 * * *", "zone": "Asia/Jakarta", "jitter_seconds": 60, "missed": "skip", "catch_up": 10, "enabled": true,
    });
    assert_eq!(asked(&["schedule", "set", "nightly", "--jitter", "60"]), known);
    let all = asked(&["schedule", "set", "nightly", "--missed", "all", "--catch-up", "3", "--task", "converge", "--enabled", "off"]);
    assert_eq!(
        (&all["missed"], &all["catch_up"], &all["task"], &all["enabled"]),
        (&json!("all"), &json!(3), &json!("converge"), &json!(false))
    );
    assert_eq!((&all["jitter_seconds"], &all["zone"]), (&json!(0), &json!("Asia/Jakarta")));
    let made = asked(&["schedule", "add", "new", "--task", "audit-seal", "--cron", "@daily"]);
    assert_eq!((&made["task"], &made["zone"], &made["missed"]), (&json!("audit_seal"), &json!("UTC"), &json!("skip")));
}

#[test]
fn jobs_are_stopped() {
    let [running, ended] = [schedules::RUNNING_JOB, schedules::ENDED_JOB];
    let unknown = "01990000-0000-7000-8000-00000000ffff";
    check("job-cancel", &[&["job", "cancel", JOB], &["job", "cancel", running], &["job", "cancel", ended], &["job", "cancel", unknown]]);
}
