//! The whole path on a booted host: an account is created through the panel, its site answers as its own uid in its own
//! slice, and its deletion leaves nothing.

mod panel;

use nusantara_testhost::Host;
use panel::{Fallible, api, assert_clean, create, delete, fetch, inventory};
use serde_json::Value;

#[test]
fn account_serves_as_its_own_uid_and_leaves_nothing() -> Fallible {
    let host = Host::with_panel("lifecycle")?;
    let before = inventory(&host)?;

    let job = create(&host, "joko", "joko.test")?;
    let steps: Vec<&str> = job["steps"].as_array().into_iter().flatten().filter_map(|s| s["name"].as_str()).collect();
    for step in ["spec.write", "user.create", "home.create", "slice.set", "php.enable", "web.publish", "site.probe", "record"] {
        assert!(steps.contains(&step), "{step} is not among the steps {steps:?}");
    }
    let page = fetch(&host, "joko.test")?;
    assert!(page.body.contains("12000"), "the page shows the uid: {}", page.body);

    worker_is_confined(&host)?;
    spec_is_as_designed(&host)?;
    let plan = api(&host, "GET", "/api/v1/accounts/joko/plan", None)?;
    assert_eq!(plan.body["changes"], Value::Array(vec![]), "a fresh account has no drift");

    delete(&host, "joko")?;
    assert_clean(&host, &before, "after the deletion")?;
    assert!(host.http_get("joko.test", "/").is_err(), "an unknown name gets no answer");
    assert_eq!(api(&host, "GET", "/api/v1/accounts/joko", None)?.status, 404);

    create(&host, "joko", "joko.test")?;
    let uid = host.run(["id", "-u", "joko"])?;
    assert_eq!(uid.trim(), "12001", "uids are never reused");
    Ok(host.finish()?)
}

/// The PHP processes run with the account's uid, in its slice, and see no other home.
fn worker_is_confined(host: &Host) -> Fallible {
    let unit = host.run(["systemctl", "list-units", "--plain", "--no-legend", "nusantara-php*@joko.service"])?;
    let unit = unit.split_whitespace().next().ok_or("no PHP service is running")?.to_owned();
    let pid = host.run(["systemctl", "show", "--value", "--property=MainPID", &unit])?;
    let pid = pid.trim();
    let cgroup = host.read_file(&format!("/proc/{pid}/cgroup"))?;
    assert!(cgroup.contains("/user-12000.slice/"), "{cgroup}");
    let status = host.read_file(&format!("/proc/{pid}/status"))?;
    assert!(status.contains("Uid:\t12000\t12000\t12000\t12000"), "{status}");
    let limits = host.run(["systemctl", "show", "--property=MemoryMax,CPUQuotaPerSecUSec,TasksMax", "user-12000.slice"])?;
    assert!(!limits.contains("infinity"), "{limits}");
    let script = "printf '%s' '<?php echo shell_exec(\"ls -1 /home\");' > /home/joko/domains/joko.test/public_html/peek.php";
    assert!(host.exec_as("joko", ["/bin/sh", "-c", script])?.success());
    let peek = host.http_get("joko.test", "/peek.php")?;
    assert_eq!(peek.body, "joko\n", "whatever PHP starts sees only its own home");
    Ok(())
}

fn spec_is_as_designed(host: &Host) -> Fallible {
    let listing = host.run(["find", "/etc/nusantara-panel/users/joko", "-printf", "%f %m %U\n"])?;
    let mut lines: Vec<&str> = listing.lines().collect();
    lines.sort_unstable();
    let expected = ["account.json", "domains.json", "limits.json", "meta.json", "services.json", "ssh.json"];
    let mut wanted: Vec<String> = expected.iter().map(|f| format!("{f} 600 0")).collect();
    wanted.push("joko 700 0".to_owned());
    wanted.sort_unstable();
    assert_eq!(lines, wanted);
    let meta: Value = serde_json::from_str(&host.read_file("/etc/nusantara-panel/users/joko/meta.json")?)?;
    let account = api(host, "GET", "/api/v1/accounts/joko", None)?;
    assert_eq!(meta["last_applied_revision"], account.body["account"]["revision"]);
    Ok(())
}

#[test]
fn command_line_does_the_same() -> Fallible {
    let host = Host::with_panel("prompt")?;
    let json = |argv: &[&str]| -> Fallible<Value> { Ok(serde_json::from_str(&host.run(argv)?)?) };
    host.run(["nusantara", "account", "create", "joko", "--domain", "joko.test", "--package", "starter", "--wait"])?;
    fetch(&host, "joko.test")?;
    let list = json(&["nusantara", "account", "list", "--json"])?;
    assert_eq!(list["items"][0]["username"], "joko");
    let shown = json(&["nusantara", "account", "show", "joko", "--json"])?;
    assert_eq!(shown["account"]["primary_domain"], "joko.test");
    let plan = json(&["nusantara", "account", "plan", "joko", "--json"])?;
    assert_eq!(plan["changes"], Value::Array(vec![]));
    let table = host.run(["nusantara", "account", "list"])?;
    assert!(table.contains("joko.test"), "{table}");
    let refused = host.exec(["nusantara", "account", "delete", "joko", "--wait"])?;
    assert!(!refused.success(), "without a terminal a deletion wants --yes");
    host.run(["nusantara", "account", "delete", "joko", "--yes", "--wait", "--json"])?;
    let gone = host.exec(["nusantara", "account", "show", "joko"])?;
    assert_eq!(gone.status, 3, "{}", gone.stderr);
    Ok(host.finish()?)
}

#[test]
fn further_sites_come_and_go() -> Fallible {
    let host = Host::with_panel("sites")?;
    create(&host, "joko", "joko.test")?;
    let add = |domain: &str| -> Fallible<panel::Answer> {
        api(&host, "POST", "/api/v1/sites", Some(&serde_json::json!({"account": "joko", "domain": domain}).to_string()))
    };
    for domain in ["shop.test", "blog.joko.test"] {
        let answer = add(domain)?;
        assert_eq!(answer.status, 202, "{:?}", answer.body);
        let job = panel::job_end(&host, answer.body["job"]["id"].as_str().ok_or("no job")?)?;
        assert_eq!(job["state"], "success", "{job:#}");
        fetch(&host, domain)?;
    }
    create(&host, "budi", "budi.test")?;
    for (account, taken) in [("budi", "joko.test"), ("budi", "x.joko.test"), ("budi", "shop.test")] {
        let body = serde_json::json!({"account": account, "domain": taken}).to_string();
        let answer = api(&host, "POST", "/api/v1/sites", Some(&body))?;
        if answer.status == 202 {
            let job = panel::job_end(&host, answer.body["job"]["id"].as_str().ok_or("no job")?)?;
            assert_eq!(job["state"], "failed", "{taken} belongs to another account");
        } else {
            assert_eq!(answer.status, 409, "{:?}", answer.body);
        }
    }
    let sites = api(&host, "GET", "/api/v1/sites?account=joko", None)?;
    let items = sites.body["items"].as_array().ok_or("no items")?.clone();
    assert_eq!(items.len(), 3, "{items:#?}");
    let id_of = |domain: &str| items.iter().find(|s| s["domain"] == domain).and_then(|s| s["id"].as_str()).unwrap_or_default();
    assert_eq!(api(&host, "DELETE", &format!("/api/v1/sites/{}", id_of("joko.test")), None)?.status, 409);
    let answer = api(&host, "DELETE", &format!("/api/v1/sites/{}", id_of("shop.test")), None)?;
    assert_eq!(answer.status, 202, "{:?}", answer.body);
    let job = panel::job_end(&host, answer.body["job"]["id"].as_str().ok_or("no job")?)?;
    assert_eq!(job["state"], "success", "{job:#}");
    assert!(host.http_get("shop.test", "/").is_err(), "a removed site gets no answer");
    fetch(&host, "joko.test")?;
    fetch(&host, "blog.joko.test")?;
    Ok(host.finish()?)
}
