//! The traffic of a month on a booted host: counted, used up, the sites paused as the package says, and back again.

mod hostd;
mod panel;

use hostd::apps::{put_file, widen_package};
use hostd::{Hostd, update};
use nusantara_testhost::Host;
use panel::{Fallible, api, create, fetch};
use serde_json::{Value, json};
use std::time::Duration;

fn usage(host: &Host) -> Fallible<Value> {
    Ok(api(host, "GET", "/api/v1/accounts/joko/usage", None)?.body)
}

#[test]
fn sites_pause_when_the_traffic_is_used_up_and_come_back() -> Fallible {
    let host = Host::with_panel("i3-traffic")?;
    widen_package(&host, &json!({"bandwidth_quota_mb": 2, "bandwidth_action": "pause_sites"}))?;
    let hostd = Hostd::of(&host)?;
    create(&host, "joko", "joko.test")?;
    create(&host, "sari", "sari.test")?;
    let enforce = json!({"traffic_enforce": {"username": "joko"}});
    let settings =
        json!({"runtime": "static", "error_pages": [{"status": 509, "path": "/own.html"}], "headers": [{"name": "X-Own", "value": "yes"}]});
    hostd.done(&update("joko", "joko.test", None, settings))?;
    for (name, text) in [("index.html", "here".to_owned()), ("large.bin", "x".repeat(1_700_000))] {
        put_file(&host, "joko", "domains/joko.test/public_html", name, &text)?;
    }
    hostd.done(&enforce)?;
    assert_eq!(host.http_get("joko.test", "/")?.status, 200, "there is traffic left");

    assert_eq!(host.http_get("joko.test", "/large.bin")?.status, 200);
    let counted = |least: u64| {
        host.wait_until("what was sent", Duration::from_secs(20), || {
            Ok(usage(&host).ok().filter(|u| u["sent_percent"].as_u64() >= Some(least)))
        })
    };
    let seen = counted(80)?;
    assert_eq!((&seen["sites_paused"], &seen["limits"]["bandwidth_action"]), (&json!(false), &json!("pause_sites")), "{seen}");
    assert_eq!(host.http_get("joko.test", "/large.bin")?.status, 200);
    counted(100)?;
    let due = hostd.done(&json!({"account_usage": {"username": "joko"}}))?["usage"].clone();
    assert_eq!((&due["sites_paused"], &due["pause_due"]), (&json!(false), &json!(true)));
    let steps: Vec<String> = hostd.drift("joko")?.as_array().into_iter().flatten().map(|c| hostd::text(&c["step"])).collect();
    assert_eq!(steps, ["web.publish", "site.probe", "record"], "it is drift until it is done");
    hostd.done(&enforce)?;
    for path in ["/", "/large.bin", "/x.php"] {
        let page = host.http_get("joko.test", path)?;
        assert_eq!(page.status, 509, "{path}");
        assert!(page.body.contains("taking a break") && page.body.contains("beristirahat"), "{path}: {}", page.body);
    }
    assert_eq!(hostd.drift("joko")?, json!([]));
    assert_eq!(usage(&host)?["sites_paused"], json!(true));
    let shown = host.run(["nusantara", "account", "usage", "joko"])?;
    assert!(shown.contains("the sites pause until the month ends"), "{shown}");
    fetch(&host, "sari.test")?;
    // Another change of the account leaves it paused.
    hostd.done(&update("joko", "joko.test", None, json!({"runtime": "static"})))?;
    assert_eq!(host.http_get("joko.test", "/")?.status, 509);
    host.run(["systemctl", "restart", "nusantara-hostd.service"])?;
    assert_eq!(host.http_get("joko.test", "/")?.status, 509, "also after a restart");

    // The month ends.
    let remembered = "/var/lib/nusantara-hostd/usage/joko.json";
    let mut old: Value = serde_json::from_str(&host.read_file(remembered)?)?;
    old["month"] = json!([2_001, 1]);
    host.write_file(remembered, old.to_string())?;
    let next = hostd.done(&json!({"account_usage": {"username": "joko"}}))?["usage"].clone();
    assert_eq!((&next["sites_paused"], &next["pause_due"]), (&json!(true), &json!(false)), "{next}");
    hostd.done(&enforce)?;
    fetch(&host, "joko.test")?;

    // Or the limit is raised: it follows with any change.
    for (quota, status) in [(0, 509), (1_000, 200)] {
        let file = "/etc/nusantara-panel/users/joko/limits.json";
        let mut limits: Value = serde_json::from_str(&host.read_file(file)?)?;
        limits["bandwidth_quota_mb"] = json!(quota);
        host.write_file(file, limits.to_string())?;
        hostd.done(&enforce)?;
        assert_eq!(host.http_get("joko.test", "/")?.status, status, "of {quota} MiB");
    }
    Ok(host.finish()?)
}
