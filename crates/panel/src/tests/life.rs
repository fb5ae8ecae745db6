//! Suspending, editing, passwords and packages.

use super::bench::{Answer, Bench, root};
use crate::index::reconcile;
use nusantara_proto::host::{ErrorCode, OperationError, PasswordEdit};
use serde_json::{Value, json};

const JOKO: &str = "/api/v1/accounts/joko";

async fn end_of(bench: &Bench, asked: &Answer) -> Value {
    assert_eq!(asked.status, 202, "{}", asked.text);
    bench.end_of(asked.body["job"]["id"].as_str().unwrap()).await
}

async fn done(bench: &Bench, asked: &Answer) -> Value {
    let job = end_of(bench, asked).await;
    assert_eq!(job["state"], "success", "{job:#}");
    job
}

fn limits() -> Value {
    json!({
        "disk_quota_mb": 1024, "bandwidth_quota_mb": 10240, "bandwidth_action": "pause_sites", "max_addon_domains": 5, "max_subdomains": 5, "max_alias_domains": 5,
        "max_databases": 3, "max_db_users": 3, "max_ftp_accounts": 3, "max_cron_jobs": 5, "cpu_limit_percent": 100,
        "memory_limit_mb": 1024, "io_limit_mb_s": 20, "max_processes": 128, "max_apps": 2,
    })
}

#[tokio::test]
async fn an_account_is_suspended_and_unsuspended() {
    let bench = Bench::new().await;
    bench.create("joko").await;
    let suspend = |body: Value| root("POST", &format!("{JOKO}/suspend")).json(&body);
    done(&bench, &bench.send(suspend(json!({"reason": "unpaid"}))).await).await;
    let shown = bench.send(root("GET", JOKO)).await.body;
    assert_eq!((&shown["account"]["status"], &shown["suspend_reason"]), (&json!("suspended"), &json!("unpaid")));
    assert!(shown["suspended_at"].is_string());
    assert_eq!(shown["sites"][0]["status"], "suspended");
    let listed = bench.send(root("GET", "/api/v1/sites")).await.body;
    assert_eq!(listed["items"][0]["status"], "suspended");
    let id = listed["items"][0]["id"].as_str().unwrap();
    assert_eq!(bench.send(root("GET", &format!("/api/v1/sites/{id}"))).await.body["status"], "suspended");
    let actions = &shown["account"]["actions"];
    for refused in ["create_site", "update_php", "update_apps", "password", "suspend"] {
        assert_eq!(actions[refused], json!({"allowed": false, "reason": "account_suspended"}), "{refused}");
    }
    for allowed in ["unsuspend", "update", "delete"] {
        assert_eq!(actions[allowed]["allowed"], true, "{allowed}");
    }
    let alias = bench.send(root("POST", &format!("{JOKO}/aliases")).json(&json!({"domain": "a.example.com"}))).await;
    let site = bench.send(root("POST", "/api/v1/sites").json(&json!({"account": "joko", "domain": "a.example.com"}))).await;
    let password = bench.send(root("DELETE", &format!("{JOKO}/password"))).await;
    for refused in [alias, site, password] {
        assert_eq!((refused.status.as_u16(), refused.code()), (409, "account_suspended"));
    }
    // Again with another reason, or none; but not with anything.
    done(&bench, &bench.send(suspend(json!({}))).await).await;
    assert_eq!(bench.send(root("GET", JOKO)).await.body["suspend_reason"], Value::Null);
    for bad in [json!({"reason": ""}), json!({"reason": "a\nb"}), json!({"reason": "x".repeat(201)})] {
        assert_eq!(bench.send(suspend(bad)).await.fields(), ["reason"]);
    }
    done(&bench, &bench.send(root("POST", &format!("{JOKO}/unsuspend"))).await).await;
    let shown = bench.send(root("GET", JOKO)).await.body;
    assert_eq!((&shown["account"]["status"], &shown["suspended_at"]), (&json!("active"), &Value::Null));
    assert_eq!(shown["account"]["actions"]["unsuspend"], json!({"allowed": false, "reason": "account_active"}));
    let audit = bench.send(root("GET", "/api/v1/audit-logs?action=account.suspend")).await;
    assert!(audit.text.contains("unpaid"), "{}", audit.text);
}

#[tokio::test]
async fn an_account_is_edited() {
    let bench = Bench::new().await;
    bench.create("joko").await;
    let patch = |body: &Value| root("PATCH", JOKO).json(body);
    let body = json!({"contact_email": "joko@joko.test", "notes": "pays late\nnice", "shell": "/bin/bash", "limits": limits()});
    done(&bench, &bench.send(patch(&body)).await).await;
    let shown = bench.send(root("GET", JOKO)).await.body;
    assert_eq!((&shown["notes"], &shown["shell"], &shown["has_password"]), (&json!("pays late\nnice"), &json!("/bin/bash"), &json!(false)));
    assert_eq!((&shown["limits"], &shown["account"]["contact_email"]), (&limits(), &json!("joko@joko.test")));
    done(&bench, &bench.send(patch(&json!({"contact_email": null, "package": "starter"}))).await).await;
    let shown = bench.send(root("GET", JOKO)).await.body;
    assert_eq!((&shown["account"]["contact_email"], &shown["limits"]["memory_limit_mb"]), (&Value::Null, &json!(512)));
    assert_eq!(shown["notes"], "pays late\nnice", "what is left out stays");
    let audit = bench.send(root("GET", "/api/v1/audit-logs?action=account.update")).await;
    assert!(!audit.text.contains("pays late"));
    let out_of_range = |field: &str, value: u64| {
        let mut limits = limits();
        limits[field] = json!(value);
        json!({"limits": limits})
    };
    for (field, body) in [
        ("shell", json!({"shell": "/bin/zsh"})),
        ("contact_email", json!({"contact_email": "nobody"})),
        ("notes", json!({"notes": "\u{1b}[1m"})),
        ("package", json!({"package": "nosuch"})),
        ("limits", json!({"package": "starter", "limits": limits()})),
        ("limits.cpu_limit_percent", out_of_range("cpu_limit_percent", 0)),
        ("limits.memory_limit_mb", out_of_range("memory_limit_mb", 1)),
        ("uid", json!({"uid": 0})),
        ("status", json!({"status": "suspended"})),
    ] {
        let answer = bench.send(patch(&body)).await;
        assert_eq!((answer.status.as_u16(), answer.fields()), (422, vec![field]), "{body}");
    }
}

#[tokio::test]
async fn a_password_is_hashed_and_never_written_down() {
    let bench = Bench::new().await;
    bench.create("joko").await;
    let path = format!("{JOKO}/password");
    let put = |password: &str| root("PUT", &path).json(&json!({"password": password}));
    for bad in ["short", "12345678901", "with\nline ends in it", &"x".repeat(129)] {
        assert_eq!(bench.send(put(bad)).await.fields(), ["password"], "{bad:?}");
    }
    assert_eq!(bench.send(put("correct horse battery")).await.status, 204);
    assert_eq!(bench.send(root("DELETE", &path)).await.status, 204);
    let hash = match &bench.host.state().passwords[..] {
        [set, removed] => {
            assert_eq!(removed.password, PasswordEdit::Remove {});
            let PasswordEdit::Set(hash) = &set.password else { panic!("it was set") };
            hash.expose().to_owned()
        }
        other => panic!("{other:?}"),
    };
    assert!(hash.starts_with("$6$"));
    let audit = bench.send(root("GET", "/api/v1/audit-logs?target=joko")).await;
    let phases: Vec<_> = audit.body["items"].as_array().unwrap().iter().filter(|row| row["action"] == "account.password_set").collect();
    assert_eq!(phases.len(), 2, "a row before and a row after: {}", audit.text);
    let jobs = bench.send(root("GET", "/api/v1/jobs")).await;
    for text in [audit.text, jobs.text] {
        assert!(!text.contains("correct horse") && !text.contains(&hash));
    }
    assert_eq!(bench.send(root("DELETE", "/api/v1/accounts/nobo/password")).await.status, 404);
}

#[tokio::test]
async fn packages_come_change_are_applied_and_go() {
    let bench = Bench::new().await;
    for name in ["joko", "dewi"] {
        bench.create(name).await;
    }
    let create = |name: &str| root("POST", "/api/v1/packages").json(&json!({"name": name, "limits": limits()}));
    assert_eq!(bench.send(create("pro")).await.status, 201);
    assert_eq!(bench.send(create("pro")).await.code(), "name_taken");
    assert_eq!(bench.send(create("Pro")).await.fields(), ["name"]);
    let listed = bench.send(root("GET", "/api/v1/packages")).await.body;
    let of = |name: &str| listed["items"].as_array().unwrap().iter().find(|p| p["name"] == name).unwrap().clone();
    assert_eq!((&of("pro")["account_count"], &of("starter")["account_count"]), (&json!(0), &json!(2)));
    assert_eq!(of("starter")["actions"]["delete"], json!({"allowed": false, "reason": "package_in_use"}));
    let put = |name: &str, limits: &Value| root("PUT", &format!("/api/v1/packages/{name}")).json(&json!({"limits": limits}));
    let mut bad = limits();
    bad["max_processes"] = json!(1);
    assert_eq!(bench.send(put("starter", &bad)).await.fields(), ["limits.max_processes"]);
    assert_eq!(bench.send(put("starter", &limits())).await.body["limits"], limits());

    let plan = bench.send(root("GET", "/api/v1/packages/starter/plan")).await.body;
    let change = json!([{"field": "memory_limit_mb", "from": 512, "to": 1024}]);
    assert_eq!(
        plan["items"],
        json!([{"account": "dewi", "changes": change, "refused": []}, {"account": "joko", "changes": change, "refused": []}])
    );
    let apply = || root("POST", "/api/v1/packages/starter/apply");
    let job = done(&bench, &bench.send(apply()).await).await;
    assert_eq!(
        (&job["kind"], &job["target"], &job["steps"][0]["name"]),
        (&json!("package.apply"), &json!("starter"), &json!("account.update"))
    );
    assert_eq!(bench.send(root("GET", JOKO)).await.body["limits"], limits());

    // One that is past the limits stays as it is, and the others get them all the same.
    for domain in ["a.example.com", "b.example.com"] {
        done(&bench, &bench.send(root("POST", &format!("{JOKO}/aliases")).json(&json!({"domain": domain}))).await).await;
    }
    let mut less = limits();
    (less["max_alias_domains"], less["memory_limit_mb"]) = (json!(1), json!(256));
    assert_eq!(bench.send(put("starter", &less)).await.status, 200);
    let job = end_of(&bench, &bench.send(apply()).await).await;
    assert_eq!((&job["state"], &job["error"]["code"]), (&json!("failed"), &json!("partly_failed")), "{job:#}");
    assert!(job["error"]["detail"].as_str().unwrap().contains("joko: it has 2 alias domains, 1 would be allowed"), "{job:#}");
    assert_eq!(bench.send(root("GET", "/api/v1/accounts/dewi")).await.body["limits"], less);
    assert_eq!(bench.send(root("GET", JOKO)).await.body["limits"], limits());

    let delete = |name: &str| root("DELETE", &format!("/api/v1/packages/{name}"));
    assert_eq!(bench.send(delete("starter")).await.code(), "package_in_use");
    assert_eq!(bench.send(delete("pro")).await.status, 204);
    for gone in [delete("pro"), root("GET", "/api/v1/packages/pro/plan"), root("POST", "/api/v1/packages/pro/apply"), put("pro", &limits())]
    {
        assert_eq!(bench.send(gone).await.status, 404);
    }
}

#[tokio::test]
async fn an_account_is_renamed_with_all_that_hangs_on_it() {
    let bench = Bench::new().await;
    for name in ["joko", "sari"] {
        bench.create(name).await;
    }
    let sites = || async { bench.send(root("GET", "/api/v1/sites")).await.body["items"].clone() };
    let before = sites().await;
    let rename = |name: &str| root("POST", &format!("{JOKO}/rename")).json(&json!({"new_username": name}));
    for (name, field) in [("joko", "new_username"), ("Budi", "new_username"), ("root", "new_username")] {
        assert_eq!(bench.send(rename(name)).await.fields(), [field], "{name}");
    }
    assert_eq!(bench.send(rename("sari")).await.code(), "name_taken");
    assert_eq!(bench.send(root("POST", "/api/v1/accounts/nobo/rename").json(&json!({"new_username": "budi"}))).await.status, 404);
    let plan = bench.send(root("GET", &format!("{JOKO}/plan?intent=rename"))).await;
    assert_eq!(plan.fields(), ["new_username"]);
    let plan = bench.send(root("GET", &format!("{JOKO}/plan?intent=rename&new_username=budi&domain=a.test"))).await;
    assert_eq!(plan.fields(), ["domain"]);

    // A host that fails leaves it as it was.
    bench.host.state().refuse = Some(OperationError::new(ErrorCode::ConfigRefused, "nginx did not like it"));
    let job = end_of(&bench, &bench.send(rename("budi")).await).await;
    assert_eq!((&job["state"], &job["error"]["code"]), (&json!("failed"), &json!("config_refused")));
    assert_eq!(bench.send(root("GET", JOKO)).await.body["account"]["status"], "active");

    // While it is under way nothing else is taken.
    bench.host.hold();
    let asked = bench.send(rename("budi")).await;
    assert_eq!(bench.send(root("GET", JOKO)).await.body["account"]["status"], "renaming");
    let busy = |answer: &Answer| (answer.status.as_u16(), answer.code().to_owned());
    for other in [
        rename("tono"),
        root("POST", &format!("{JOKO}/suspend")).json(&json!({})),
        root("DELETE", JOKO),
        root("POST", &format!("{JOKO}/aliases")).json(&json!({"domain": "a.example.com"})),
        root("POST", "/api/v1/sites").json(&json!({"account": "joko", "domain": "a.example.com"})),
    ] {
        assert_eq!(busy(&bench.send(other).await), (409, "account_busy".to_owned()));
    }
    bench.host.let_go();
    let job = done(&bench, &asked).await;
    assert_eq!((&job["kind"], &job["target"], &job["account"]), (&json!("account.rename"), &json!("joko"), &json!("budi")));
    assert_eq!(bench.send(root("GET", JOKO)).await.status, 404);
    let shown = bench.send(root("GET", "/api/v1/accounts/budi")).await.body;
    assert_eq!((&shown["account"]["status"], &shown["account"]["home_dir"]), (&json!("active"), &json!("/home/budi")));
    let after = sites().await;
    for (old, new) in before.as_array().unwrap().iter().zip(after.as_array().unwrap()) {
        assert_eq!((&old["id"], &old["domain"], &old["created_at"]), (&new["id"], &new["domain"], &new["created_at"]), "the same sites");
    }
    assert!(after.to_string().contains("/home/budi/domains/joko.test/public_html") && !after.to_string().contains("/home/joko/"));
    assert_eq!(bench.send(root("GET", "/api/v1/jobs?account=budi")).await.body["items"].as_array().unwrap().len(), 3);
    let audit = bench.send(root("GET", "/api/v1/audit-logs?action=account.rename")).await;
    assert!(audit.text.contains("\"new_username\":\"budi\""), "{}", audit.text);

    // The name is free again, and a suspended account stays suspended.
    let again = json!({"username": "joko", "primary_domain": "another.test", "package": "starter"});
    done(&bench, &bench.send(root("POST", "/api/v1/accounts").json(&again)).await).await;
    let budi = |verb: &str, body: Value| root("POST", &format!("/api/v1/accounts/budi/{verb}")).json(&body);
    done(&bench, &bench.send(budi("suspend", json!({}))).await).await;
    bench.host.state().refuse = Some(OperationError::new(ErrorCode::HostFailed, "no"));
    end_of(&bench, &bench.send(budi("rename", json!({"new_username": "tono"}))).await).await;
    assert_eq!(bench.send(root("GET", "/api/v1/accounts/budi")).await.body["account"]["status"], "suspended");
    done(&bench, &bench.send(budi("rename", json!({"new_username": "tono"}))).await).await;
    assert_eq!(bench.send(root("GET", "/api/v1/accounts/tono")).await.body["account"]["status"], "suspended");
}

#[tokio::test]
async fn an_account_that_was_renamed_behind_the_panels_back_is_followed() {
    let bench = Bench::new().await;
    bench.create("joko").await;
    let site = bench.send(root("GET", "/api/v1/sites")).await.body["items"][0]["id"].clone();
    {
        let mut state = bench.host.state();
        let mut account = state.accounts.remove(&"joko".parse().unwrap()).unwrap();
        account.username = "budi".parse().unwrap();
        state.accounts.insert(account.username.clone(), account);
    }
    reconcile(&bench.app.store, &bench.app.host, &*bench.app.clock).await.unwrap();
    let accounts = bench.send(root("GET", "/api/v1/accounts")).await.body;
    let names: Vec<_> = accounts["items"].as_array().unwrap().iter().map(|a| a["username"].clone()).collect();
    assert_eq!(names, ["budi"]);
    assert_eq!(bench.send(root("GET", "/api/v1/sites")).await.body["items"][0]["id"], site, "it is the same account");
}

#[tokio::test]
async fn the_primary_site_gets_another_name_and_stays_the_same() {
    let bench = Bench::new().await;
    bench.create("joko").await;
    bench.create("sari").await;
    let put = |body: Value| root("PUT", &format!("{JOKO}/primary-domain")).json(&body);
    let site = |domain: &'static str| {
        let bench = &bench;
        async move { bench.send(root("GET", &format!("/api/v1/sites?domain={domain}"))).await.body["items"][0].clone() }
    };
    let first = site("joko.test").await;
    for (body, field) in [(json!({"domain": "joko.test"}), "domain"), (json!({"domain": "a.test", "keep_old_as": "x"}), "keep_old_as")] {
        assert_eq!(bench.send(put(body)).await.fields(), [field]);
    }
    assert_eq!(bench.send(put(json!({"domain": "sari.test"}))).await.code(), "name_taken");
    done(&bench, &bench.send(put(json!({"domain": "new.example.com"}))).await).await;
    let shown = bench.send(root("GET", JOKO)).await.body;
    assert_eq!((&shown["account"]["primary_domain"], &shown["aliases"]), (&json!("new.example.com"), &json!(["joko.test"])));
    let renamed = site("new.example.com").await;
    assert_eq!((&renamed["id"], &renamed["kind"]), (&first["id"], &json!("primary")), "the site kept its id");
    assert_eq!(renamed["root_path"], "/home/joko/domains/joko.test/public_html");
    // With the old name as a site of its own, and back by changing places.
    done(&bench, &bench.send(put(json!({"domain": "third.example.com", "keep_old_as": "addon"}))).await).await;
    let (third, new) = (site("third.example.com").await, site("new.example.com").await);
    assert_eq!((&third["id"], &new["kind"]), (&first["id"], &json!("addon")));
    done(&bench, &bench.send(put(json!({"domain": "new.example.com"}))).await).await;
    let (again, other) = (site("new.example.com").await, site("third.example.com").await);
    assert_eq!((&again["id"], &again["kind"]), (&new["id"], &json!("primary")));
    assert_eq!((&other["id"], &other["kind"]), (&first["id"], &json!("addon")));
}
