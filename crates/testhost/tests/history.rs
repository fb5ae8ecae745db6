//! The past of an account on booted hosts: gone back to with everything in it at once, taken from one host to another, and written by
//! hand.

mod hostd;
mod panel;

use hostd::specs::{asked, put_app, two_states};
use hostd::{Hostd, add, text};
use nusantara_testhost::Host;
use panel::{Fallible, api, job_end};
use serde_json::{Value, json};
use std::time::Duration;

fn rollback(to: &str) -> Value {
    json!({"account_rollback": {"username": "joko", "to": to, "below_foreign": false}})
}

/// joko, whom the panel knows too.
fn made(host: &Host) -> Fallible {
    Ok(host.run(["nusantara", "account", "create", "joko", "--domain", "joko.test", "--package", "business", "--wait"]).map(drop)?)
}

fn revisions(hostd: &Hostd<'_>, username: &str) -> Fallible<Vec<Value>> {
    let answer = hostd.done(&json!({"revision_list": {"username": username, "before": null, "limit": 200}}))?;
    Ok(answer["revisions"]["revisions"].as_array().cloned().unwrap_or_default())
}

fn answers(host: &Host, domain: &str, wanted: (u16, &str)) -> Fallible {
    let seen = || Ok(host.http_get(domain, "/").ok().filter(|r| r.status == wanted.0 && r.body.contains(wanted.1)).map(|_| ()));
    Ok(host.wait_until(&format!("{domain} to answer {wanted:?}"), Duration::from_secs(30), seen)?)
}

fn is_gone(host: &Host, domain: &str) -> Fallible {
    // Unknown names get nothing at all.
    match host.http_get(domain, "/") {
        Ok(response) => Err(format!("{domain} answers {}", response.status).into()),
        Err(_) => Ok(()),
    }
}

#[test]
fn every_revision_can_be_gone_back_to() -> Fallible {
    let host = Host::with_panel("history-back")?;
    let hostd = Hostd::of(&host)?;
    made(&host)?;
    let fresh = hostd.spec("joko")?;
    let (a, b) = two_states(&fresh, "joko");
    put_app(&host, "joko")?;
    let (a, b) = (hostd.brought_to("joko", &a)?, hostd.brought_to("joko", &b)?);
    for (site, word) in [("new-joko.test", "is here"), ("joko.test", "no PHP")] {
        host.run(["sh", "-c", &format!("echo {word} > /home/joko/domains/{site}/public_html/index.html")])?;
    }

    let as_fresh = || answers(&host, "joko.test", (200, "joko.test"));
    let as_a = || -> Fallible {
        as_fresh()?;
        answers(&host, "app.joko.test", (200, "app one"))?;
        answers(&host, "shop-joko.test", (200, ""))?;
        assert_eq!(host.http_get("joko.test", "/private/")?.status, 401);
        assert!(host.read_file("/var/lib/nusantara-hostd/firewall.nft")?.contains("20001"));
        is_gone(&host, "new-joko.test")
    };
    let as_b = || -> Fallible {
        answers(&host, "new-joko.test", (200, "is here"))?;
        answers(&host, "alias-joko.test", (200, "no PHP"))?;
        assert!(!host.read_file("/var/lib/nusantara-hostd/firewall.nft")?.contains("20001"));
        is_gone(&host, "shop-joko.test")
    };
    as_b()?;
    for (to, state) in [("2", &a), ("1", &fresh), ("3", &b), ("1", &fresh), ("2", &a), ("3", &b)] {
        let steps = hostd.steps_of(&json!({"rollback_plan": {"username": "joko", "to": to, "below_foreign": false}}))?;
        assert!(steps.contains(&"spec.write".to_owned()) && steps.contains(&"web.publish".to_owned()), "{to}: {steps:?}");
        hostd.done(&rollback(to))?;
        assert_eq!(asked(&hostd.spec("joko")?), asked(state), "{to}");
        assert_eq!(hostd.drift("joko")?, json!([]), "{to}");
        match to {
            "1" => as_fresh()?,
            "2" => as_a()?,
            _ => as_b()?,
        }
    }
    told(&host, &hostd)?;
    refused(&host, &hostd, &b)?;
    Ok(host.finish()?)
}

/// What the history says of all this, and what it does not.
fn told(host: &Host, hostd: &Hostd<'_>) -> Fallible {
    let all = revisions(hostd, "joko")?;
    assert_eq!((all.len(), &all[0]["number"], &all[0]["current"]), (9, &json!(9), &json!(true)));
    let actions: Vec<String> = all.iter().rev().map(|r| text(&r["action"])).collect();
    assert_eq!(actions[..4], ["create", "replace", "replace", "rollback"], "{actions:?}");
    assert!(all[..8].iter().all(|r| r["actor"] == "admin" && r["at"].is_string()), "{all:#?}");
    assert_eq!(all[8]["actor"], "root");
    assert_eq!(all[0]["revision"], all[6]["revision"], "gone back, it is the same");
    let page = hostd.done(&json!({"revision_list": {"username": "joko", "before": 9, "limit": 2}}))?["revisions"].clone();
    assert_eq!((&page["revisions"][0]["number"], &page["revisions"][1]["number"], &page["more"]), (&json!(8), &json!(7), &json!(true)));

    let hash = text(&all[7]["revision"]);
    let by_hash = hash.get(..16).ok_or("a hash")?;
    let diff = hostd.done(&json!({"revision_diff": {"username": "joko", "from": by_hash, "to": "current"}}))?["revision_diff"].clone();
    assert_eq!((&diff["from"]["number"], &diff["to"]["number"]), (&json!(8), &json!(9)));
    let changes = diff["changes"].as_array().cloned().unwrap_or_default();
    let change = |field: &str| changes.iter().find(|c| c["field"] == field).cloned().unwrap_or_default();
    assert_eq!((&change("memory_limit_mb")["before"], &change("memory_limit_mb")["after"]), (&json!(900), &json!(2048)));
    assert_eq!(change("nodejs.apps[shop].env.WORD")["hidden"], json!(true));
    assert_eq!(change("alias_domains")["after"], "alias-joko.test");
    for secret in ["$6$", "TVLlQcbp", "one\"", "two\""] {
        assert!(!diff.to_string().contains(secret), "{secret}: {diff:#}");
    }
    // The same over the API and for people.
    let over = api(host, "GET", "/api/v1/accounts/joko/revisions/8/diff/9", None)?;
    assert_eq!(over.body["changes"], diff["changes"]);
    let said = host.run(["nusantara", "account", "diff", "joko", "8"])?;
    assert!(said.contains("-memory_limit_mb: 900") && said.contains("~nodejs.apps[shop].env.WORD: changed (hidden)"), "{said}");
    let listed = host.run(["nusantara", "account", "history", "joko"])?;
    assert!(listed.contains("rollback") && listed.contains("memory_limit_mb"), "{listed}");
    Ok(())
}

fn refused(host: &Host, hostd: &Hostd<'_>, state: &Value) -> Fallible {
    // joko is as revision 3; what revision 2 had may be others' by now.
    hostd.create("budi", "budi.test", "business")?;
    let mut taken = add("budi", "shop-joko.test", Some("addon"), json!({}));
    assert_eq!(hostd.refused(&taken)?, ("conflict".to_owned(), "domain".to_owned()), "it rests first");
    taken["site_add"]["below_foreign"] = json!(true);
    hostd.done(&taken)?;
    for operation in [rollback("2"), json!({"rollback_plan": {"username": "joko", "to": "2", "below_foreign": true}})] {
        let error = hostd.error(&operation)?;
        assert_eq!((&error["code"], &error["field"]), (&json!("conflict"), &json!("domain")));
        assert!(text(&error["message"]).starts_with("shop-joko.test belongs to another account"), "{error}");
    }
    hostd.done(&json!({"site_remove": {"username": "budi", "domain": "shop-joko.test"}}))?;
    hostd.done(&add("budi", "port.budi.test", None, json!({"runtime": "proxy", "proxy": {"port": 20_001}})))?;
    let mut back = rollback("2");
    back["account_rollback"]["below_foreign"] = json!(true);
    assert_eq!(hostd.refused(&back)?, ("conflict".to_owned(), "proxy.port".to_owned()));
    hostd.done(&json!({"site_remove": {"username": "budi", "domain": "port.budi.test"}}))?;
    for (to, code) in [("77", "not_found"), ("ffffffffffff", "not_found")] {
        assert_eq!(hostd.refused(&rollback(to))?, (code.to_owned(), "revision".to_owned()));
    }
    assert_eq!(asked(&hostd.spec("joko")?), asked(state));
    assert_eq!(hostd.drift("joko")?, json!([]));
    // nginx refuses what it would come to: all of it is taken back.
    host.write_file("/run/nusantara-panel/failpoints", "vhost-garbage port-joko.test\n")?;
    host.expect_error("operation failed");
    let error = hostd.error(&back)?;
    assert_eq!(error["code"], "config_refused");
    assert!(text(&error["detail"]).contains("nusantara_garbage"), "{error}");
    host.write_file("/run/nusantara-panel/failpoints", "")?;
    assert_eq!(asked(&hostd.spec("joko")?), asked(state));
    assert_eq!(hostd.drift("joko")?, json!([]));
    answers(host, "new-joko.test", (200, "is here"))?;
    hostd.done(&back)?;
    answers(host, "app.joko.test", (200, "app one"))
}

/// The command line on one host, its document, and the command line on another.
#[test]
fn an_account_goes_from_one_host_to_another() -> Fallible {
    let here = Host::with_panel("history-from")?;
    let hostd = Hostd::of(&here)?;
    made(&here)?;
    let (a, _) = two_states(&hostd.spec("joko")?, "joko");
    put_app(&here, "joko")?;
    let a = hostd.brought_to("joko", &a)?;
    let document = here.run(["nusantara", "account", "export", "joko"])?;
    let audit = api(&here, "GET", "/api/v1/audit-logs?action=account.export", None)?;
    assert_eq!(audit.body["items"].as_array().map(Vec::len), Some(1), "who takes secrets out is written down");
    here.finish()?;

    let there = Host::with_panel("history-to")?;
    // Its files come later.
    there.expect_error("Failed to start nusantara-app@joko.shop.0.service");
    let hostd = Hostd::of(&there)?;
    // So that its uid is another one.
    hostd.create("first", "first.test", "starter")?;
    there.write_file("/root/joko.json", &document)?;
    let planned = there.run(["nusantara", "account", "import", "/root/joko.json", "--plan"])?;
    assert!(planned.contains("Create the Linux user joko with uid 12001"), "{planned}");
    let bad = there.exec(["nusantara", "account", "import", "/root/joko.json", "--name", "first", "--wait"])?;
    assert!(!bad.success() && bad.stderr.contains("on the host already"), "{}", bad.stderr);
    let done = there.run(["nusantara", "account", "import", "/root/joko.json", "--wait"])?;
    assert!(done.contains("imported"), "{done}");
    assert_eq!(asked(&hostd.spec("joko")?), asked(&a));
    let account = api(&there, "GET", "/api/v1/accounts/joko", None)?.body;
    assert_eq!((&account["account"]["uid"], &account["account"]["status"]), (&json!(12_001), &json!("active")));
    assert_eq!(account["sites"].as_array().map(Vec::len), Some(4), "the panel knows all of it");
    answers(&there, "joko.test", (200, "joko.test"))?;
    answers(&there, "shop-joko.test", (200, ""))?;
    // Its files come by another way; then its app starts by itself again.
    put_app(&there, "joko")?;
    hostd.done(&json!({"app_restart": {"username": "joko", "name": "shop"}}))?;
    answers(&there, "app.joko.test", (200, "app one"))?;
    assert_eq!(hostd.drift("joko")?, json!([]));

    for (from, to, field) in [
        ("\"business\"", "\"nosuch\"", "document.account.package"),
        ("\"static\"", "\"statik\"", "document.domains.addon_domains[0].runtime"),
        ("\"max_apps\": 4", "\"max_apps\": 1", "document.services.nodejs.apps"),
        ("\"notes\"", "\"snippet\"", "document.meta.snippet"),
    ] {
        assert!(document.contains(from), "{from}");
        let body = format!("{{\"document\": {}, \"username\": \"sari\"}}", document.replacen(from, to, 1));
        let answer = api(&there, "POST", "/api/v1/accounts/import", Some(&body))?;
        assert_eq!((answer.status, &answer.body["errors"][0]["field"]), (422, &json!(field)), "{:#}", answer.body);
    }
    let again = format!("{{\"document\": {document}, \"username\": \"sari\"}}");
    let taken = api(&there, "POST", "/api/v1/accounts/import", Some(&again))?;
    assert_eq!((taken.status, &taken.body["code"]), (409, &json!("name_taken")), "{:#}", taken.body);
    assert!(!there.exists("/etc/nusantara-panel/users/sari")?);
    Ok(there.finish()?)
}

/// The six files, as somebody may write them.
fn write_tree(host: &Host, username: &str, spec: &Value) -> Fallible {
    let folder = format!("/etc/nusantara-panel/users/{username}");
    host.run(["mkdir", "-p", "-m", "0700", &folder])?;
    for file in ["account", "limits", "domains", "services", "ssh", "meta"] {
        host.write_file(&format!("{folder}/{file}.json"), serde_json::to_string_pretty(&spec[file])?)?;
    }
    Ok(())
}

fn adopt(host: &Host, username: &str) -> Fallible<Value> {
    let asked = api(host, "POST", &format!("/api/v1/accounts/{username}/adopt"), Some("{}"))?;
    assert_eq!(asked.status, 202, "{:#}", asked.body);
    job_end(host, &text(&asked.body["job"]["id"]))
}

#[test]
fn a_tree_written_by_hand_is_adopted() -> Fallible {
    let host = Host::with_panel("history-adopt")?;
    // Its files are not there.
    host.expect_error("Failed to start nusantara-app@sari.shop.0.service");
    let hostd = Hostd::of(&host)?;
    hostd.create("joko", "joko.test", "business")?;
    let (mut tree, _) = two_states(&hostd.spec("joko")?, "sari");
    let text = tree.to_string().replace("joko", "sari");
    tree = serde_json::from_str(&text)?;
    tree["meta"] = json!({"schema_version": 1});
    for field in ["uid", "gid", "home_dir"] {
        tree["account"].as_object_mut().ok_or("an object")?.remove(field);
    }
    // What is wrong is said with file, field and line; nothing is touched.
    let mut wrong = tree.clone();
    wrong["services"]["cron"]["snippet"] = json!(1);
    write_tree(&host, "sari", &wrong)?;
    let refused = api(&host, "POST", "/api/v1/accounts/sari/adopt", Some("{}"))?;
    let said = refused.body["errors"][0]["message"].to_string();
    assert_eq!((refused.status, &refused.body["errors"][0]["field"]), (422, &json!("services")), "{:#}", refused.body);
    assert!(said.contains("services.json") && said.contains("snippet") && said.contains("line"), "{said}");
    for (file, field, value, blamed, status) in [
        ("account", "uid", json!(12_000), "account.uid", 409),
        ("account", "uid", json!(11_000), "account.uid", 422),
        ("account", "package", json!("nosuch"), "account.package", 422),
        ("limits", "max_apps", json!(1), "services.nodejs.apps", 422),
        ("domains", "alias_domains", json!(["joko.test"]), "domain", 409),
    ] {
        let mut wrong = tree.clone();
        wrong[file][field] = value;
        write_tree(&host, "sari", &wrong)?;
        let refused = api(&host, "POST", "/api/v1/accounts/sari/adopt", Some("{}"))?;
        assert_eq!((refused.status, &refused.body["errors"][0]["field"]), (status, &json!(blamed)), "{:#}", refused.body);
    }
    assert!(!host.exists("/home/sari")?);
    write_tree(&host, "sari", &tree)?;
    // Not before somebody says so, whatever restarts.
    host.run(["systemctl", "restart", "nusantara-hostd"])?;
    assert_eq!(api(&host, "GET", "/api/v1/accounts/sari", None)?.status, 404);
    let planned = host.run(["nusantara", "account", "adopt", "sari", "--plan"])?;
    assert!(planned.contains("Create the Linux user sari with uid 12001"), "{planned}");
    let done = host.run(["nusantara", "account", "adopt", "sari", "--yes", "--wait"])?;
    assert!(done.contains("adopted"), "{done}");
    answers(&host, "sari.test", (200, "sari.test"))?;
    answers(&host, "shop-sari.test", (200, ""))?;
    assert_eq!(hostd.drift("sari")?, json!([]));
    assert_eq!(api(&host, "GET", "/api/v1/accounts/sari", None)?.body["account"]["uid"], json!(12_001));
    assert_eq!(hostd.spec("sari")?["account"]["uid"], json!(12_001), "it is written down");

    edited(&host, &hostd)?;
    restored(&host, &hostd)?;
    Ok(host.finish()?)
}

/// Files of an account that were edited: what does not go is refused and what was applied stays in force.
fn edited(host: &Host, hostd: &Hostd<'_>) -> Fallible {
    let file = "/etc/nusantara-panel/users/sari/domains.json";
    let mut domains: Value = serde_json::from_str(&host.read_file(file)?)?;
    domains["alias_domains"] = json!(["joko.test"]);
    host.write_file(file, domains.to_string())?;
    let refused = api(host, "POST", "/api/v1/accounts/sari/adopt", Some("{}"))?;
    assert_eq!((refused.status, &refused.body["errors"][0]["field"]), (409, &json!("domain")), "{:#}", refused.body);
    answers(host, "shop-sari.test", (200, ""))?;
    domains["alias_domains"] = json!(["other-sari.test"]);
    let docroot = "domains/hand-sari.test/public_html";
    domains["addon_domains"] = json!([{"domain": "hand-sari.test", "docroot": docroot, "runtime": "static"}]);
    host.write_file(file, domains.to_string())?;
    let job = adopt(host, "sari")?;
    assert_eq!(job["state"], "success", "{job:#}");
    let steps: Vec<String> = job["steps"].as_array().into_iter().flatten().map(|s| text(&s["name"])).collect();
    assert!(steps.contains(&"docroot.create".to_owned()), "{steps:?}");
    answers(host, "hand-sari.test", (200, ""))?;
    answers(host, "other-sari.test", (200, "sari.test"))?;
    is_gone(host, "shop-sari.test")?;
    let all = revisions(hostd, "sari")?;
    assert_eq!((all.len(), text(&all[0]["action"])), (2, "adopt".to_owned()));
    assert_eq!(hostd.drift("sari")?, json!([]));
    Ok(())
}

/// A tree and a home that were put back: under the uid that they had, and under nobody else's.
fn restored(host: &Host, hostd: &Hostd<'_>) -> Fallible {
    host.run(["sh", "-c", "echo kept > /home/sari/domains/hand-sari.test/public_html/index.html"])?;
    host.run(["sh", "-c", "cp -a /home/sari /root/home && cp -a /etc/nusantara-panel/users/sari /root/tree"])?;
    hostd.done(&json!({"account_delete": {"username": "sari"}}))?;
    hostd.create("budi", "budi.test", "starter")?;
    host.run(["sh", "-c", "cp -a /root/home /home/sari && cp -a /root/tree /etc/nusantara-panel/users/sari"])?;
    let file = "/etc/nusantara-panel/users/sari/account.json";
    let own = host.read_file(file)?;
    host.write_file(file, own.replace("12001", "12002"))?;
    assert_eq!(hostd.refused(&json!({"account_adopt": {"username": "sari", "below_foreign": false}}))?.0, "conflict", "budi's");
    host.write_file(file, own.replace("12001", "12010"))?;
    let error = hostd.error(&json!({"account_adopt": {"username": "sari", "below_foreign": false}}))?;
    assert!(text(&error["message"]).contains("belongs to uid 12001"), "{error}");
    host.write_file(file, &own)?;
    let job = adopt(host, "sari")?;
    assert_eq!(job["state"], "success", "{job:#}");
    answers(host, "hand-sari.test", (200, "kept"))?;
    assert_eq!(hostd.drift("sari")?, json!([]));
    let next = hostd.create("dewi", "dewi.test", "starter")?;
    assert_eq!(next["applied"]["uid"], json!(12_011), "no uid that was named is given out again");
    Ok(())
}
