//! The program as its users run it: what it prints, where, and with which exit code.

mod panel;
mod schedules;

use axum::Router;
use axum::routing::{any, get};
use expect_test::expect_file;
use panel::{FAILING_JOB, HOSTILE, JOB, Panel, problem};
use serde_json::json;

/// Runs commands one after the other and holds what was seen to a golden file.
fn check(golden: &str, commands: &[&[&str]]) {
    let panel = Panel::start();
    let seen: Vec<String> = commands.iter().map(|c| format!("$ nusantara {}\n{}", c.join(" "), panel.run(c).text())).collect();
    expect_file![format!("golden/{golden}.txt")].assert_eq(&seen.join("\n"));
}

#[test]
fn accounts_are_listed_and_shown() {
    check("account-show", &[&["account", "list"], &["account", "show", "joko"], &["account", "show", "nobody1"]]);
}

#[test]
fn an_account_is_created() {
    let create = ["account", "create", "joko", "--domain", "JOKO.test", "--package", "starter"];
    check("account-create", &[&create, &[&create[..], &["--wait"]].concat()]);
}

#[test]
fn a_job_that_fails_is_the_commands_failure() {
    let create = ["account", "create", "failing", "--domain", "joko.test", "--package", "starter", "--wait"];
    check("job-failed", &[&create, &["job", "follow", FAILING_JOB]]);
    let ran = Panel::start().run(&[&create[..], &["--json"]].concat());
    assert_eq!((ran.code, &ran.json()["job"]["error"]["code"]), (5, &json!("config_refused")));
}

#[test]
fn refusals_name_the_field_and_what_to_do() {
    let create = |name: &'static str, domain: &'static str| ["account", "create", name, "--domain", domain, "--package", "starter"];
    let (taken, root) = (create("taken", "joko.test"), create("root", "joko.test"));
    check("refusals", &[&taken, &create("busy", "joko.test"), &root, &create("joko", "joko.test; rm -rf /")]);
    let ran = Panel::start().run(&[&taken[..], &["--json"]].concat());
    let error = json!({
        "code": "name_taken", "message": "The name is taken.", "errors": [{"field": "username", "message": "choose another"}],
        "request_id": "r-42", "exit_code": 4,
    });
    assert_eq!(ran.json(), json!({ "error": error }));
    let ran = Panel::start().run(&[&root[..], &["--json"]].concat());
    assert_eq!(ran.json()["error"]["errors"][0]["field"], "username");
}

#[test]
fn a_plan_is_readable() {
    check("account-plan", &[&["account", "plan", "joko"], &["account", "plan", "joko", "--delete", "--details"]]);
}

#[test]
fn a_deletion_wants_yes_where_nobody_can_be_asked() {
    check(
        "delete",
        &[
            &["account", "delete", "joko"],
            &["account", "delete", "joko", "--json"],
            &["account", "delete", "joko", "--yes", "--wait"],
            &["site", "delete", "blog.joko.test"],
            &["site", "delete", "blog.joko.test", "--yes", "--wait"],
            &["site", "delete", "other.test", "--yes"],
        ],
    );
}

#[test]
fn an_account_is_changed_suspended_and_unsuspended() {
    check(
        "account-life",
        &[
            &["account", "show", "away"],
            &["account", "set", "joko", "--memory", "700", "--package", "starter"],
            &["account", "set", "joko", "--shell", "zsh"],
            &["account", "suspend", "joko"],
            &["account", "suspend", "joko", "--reason", "unpaid", "--yes", "--wait"],
            &["account", "unsuspend", "joko"],
            &["account", "password", "joko", "--remove"],
        ],
    );
    let panel = Panel::start();
    let asked = |arguments: &[&str], input: &str| {
        let ran = panel.run_with(arguments, input);
        assert_eq!(ran.code, 0, "{arguments:?}: {}", ran.err);
        panel.last_asked()
    };
    let set = asked(&["account", "set", "joko", "--no-email", "--notes", "late", "--shell", "bash", "--memory", "700"], "");
    assert_eq!((&set["contact_email"], &set["notes"], &set["shell"]), (&json!(null), &json!("late"), &json!("/bin/bash")));
    assert_eq!((&set["limits"]["memory_limit_mb"], &set["limits"]["max_apps"]), (&json!(700), &json!(2)), "the rest as it was");
    assert!(set.as_object().unwrap().contains_key("contact_email"), "nobody, not the same");
    assert_eq!(asked(&["account", "set", "joko", "--package", "starter"], ""), json!({"package": "starter"}));
    assert_eq!(asked(&["account", "suspend", "joko", "--yes", "--reason", "unpaid"], ""), json!({"reason": "unpaid"}));
    assert_eq!(asked(&["account", "password", "joko"], "kopi susu gula\n"), json!({"password": "kopi susu gula"}));
    let made = asked(&["package", "create", "small", "--from", "starter", "--cpu", "50"], "");
    assert_eq!((&made["name"], &made["limits"]["cpu_limit_percent"]), (&json!("small"), &json!(50)));
}

#[test]
fn people_are_invited_changed_and_let_back_in() {
    check(
        "people",
        &[
            &["user", "list"],
            &["user", "show", "ani"],
            &["user", "show", "nobody1"],
            &["user", "invite", "budi", "--role", "user"],
            &["user", "invite", "budi", "--role", "Not A Role"],
            &["user", "set", "ani"],
            &["user", "set", "ani", "--disable"],
            &["user", "link", "ani"],
            &["user", "logout", "ani"],
            &["user", "drop-second-factor", "ani"],
            &["user", "drop-second-factor", "ani", "--keep"],
            &["user", "drop-second-factor", "nobody1", "--keep"],
            &["user", "passkeys", "ani"],
            &["user", "remove-passkey", "ani", "Laptop"],
            &["user", "remove-passkey", "ani", "nosuch"],
            &["user", "delete", "ani"],
            &["user", "delete", "ani", "--yes"],
            &["role", "list"],
            &["role", "put", "helper", "--allow", "site:read", "--own-only"],
            &["role", "delete", "nosuch"],
            &["member", "list", "joko"],
            &["member", "add", "joko", "budi"],
            &["member", "add", "joko", "budi", "--allow", "site:read"],
            &["member", "remove", "joko", "budi"],
            &["access", "show"],
            &["access", "set", "192.0.2.1/24"],
            &["access", "set", "192.0.2.0/24"],
            &["rescue", "password", "ani", "--admin"],
            &["rescue", "second-factor", "ani"],
            &["rescue", "second-factor", "ani", "--now"],
            &["rescue", "unlock", "nobody1"],
            &["rescue", "access"],
        ],
    );
    let panel = Panel::start();
    let asked = |arguments: &[&str]| {
        let ran = panel.run_with(arguments, "");
        assert_eq!(ran.code, 0, "{arguments:?}: {}", ran.err);
        panel.last_asked()
    };
    let set = asked(&["user", "set", "ani", "--email", "ani@example.com"]);
    assert_eq!(set, json!({"role": "operator", "email": "ani@example.com", "disabled": false}), "the rest as it was");
    let rescue = asked(&["rescue", "second-factor", "ani"]);
    assert_eq!(rescue, json!({"password": false, "second_factor": true, "at_once": false, "unlock": false, "admin": false}));
    let member = asked(&["member", "set", "joko", "budi", "--owner"]);
    assert_eq!(member, json!({"owner": true, "permissions": []}));
}

#[test]
fn the_past_is_shown_compared_and_gone_back_to() {
    check(
        "history",
        &[
            &["account", "history", "joko"],
            &["account", "history", "nobody1"],
            &["account", "diff", "joko", "2"],
            &["account", "diff", "joko", "3", "3"],
            &["account", "diff", "joko", "9"],
            &["account", "diff", "joko", "x"],
            &["account", "rollback", "joko", "2", "--plan"],
            &["account", "rollback", "joko", "2"],
            &["account", "rollback", "joko", "2", "--yes", "--wait"],
        ],
    );
    let panel = Panel::start();
    assert_eq!(panel.run(&["account", "rollback", "joko", "sha256:abcd", "--yes"]).code, 0);
    assert_eq!(panel.last_asked(), json!({"revision": "sha256:abcd", "allow_below_foreign": false}));
}

#[test]
fn an_account_is_a_document_and_a_document_an_account() {
    let panel = Panel::start();
    let exported = panel.run(&["account", "export", "joko"]);
    assert_eq!(exported.code, 0, "{}", exported.err);
    assert!(!exported.out.contains(['\u{1b}', '\u{9b}']), "what is in it cannot paint");
    let document = exported.json();
    let ran = panel.run_with(&["account", "import", "-", "--name", "sari", "--wait"], &exported.out);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let asked = panel.last_asked();
    assert_eq!((&asked["username"], &asked["replace"]), (&json!("sari"), &json!(false)));
    assert_eq!(asked["document"], document, "as it was written");
    let planned = panel.run_with(&["account", "import", "-", "--plan"], &exported.out);
    assert!(planned.code == 0 && planned.out.contains("Nothing to change: joko"), "{}", planned.text());
    let asks = panel.run_with(&["account", "import", "-", "--replace"], &exported.out);
    assert!(asks.code == 2 && asks.err.contains("--yes"), "{}", asks.text());
    let wrong = exported.out.replacen("\"enabled\"", "\"snippet\"", 1);
    for (text, said) in [(wrong.as_str(), "snippet"), ("{", "line 1"), ("", "line 1"), (&"x".repeat(200_000), "longer than")] {
        let ran = panel.run_with(&["account", "import", "-"], text);
        assert!(ran.code != 0 && ran.err.contains(said), "{said}: {}", ran.text());
    }
    let adopted = panel.run(&["account", "adopt", "joko", "--yes"]);
    assert!(adopted.code == 0 && adopted.out.contains("Account joko is being adopted."), "{}", adopted.text());
}

#[test]
fn drift_is_shown_adopted_and_overwritten() {
    check(
        "drift",
        &[
            &["plan", "joko"],
            &["plan", "--all"],
            &["plan"],
            &["converge", "joko", "--wait"],
            &["converge", "--all", "--plan"],
            &["converge", "--all"],
            &["drift", "joko"],
            &["drift", "away"],
            &["drift", "nobody1"],
            &["drift"],
            &["drift", "adopt", "joko", "user.shell", "--wait"],
            &["drift", "adopt", "joko", "../x"],
            &["drift", "overwrite", "joko"],
            &["drift", "overwrite", "joko", "--yes"],
        ],
    );
    let panel = Panel::start();
    assert_eq!(panel.run(&["drift", "adopt", "joko", "user.shell"]).code, 0);
    assert_eq!(panel.last_asked(), json!({"item": "user.shell"}));
    let all = panel.run(&["plan", "--all", "--json"]).json();
    assert_eq!((&all["summary"]["accounts"], all["items"].as_array().unwrap().len()), (&json!(1_000), 2));
}

#[test]
fn packages_are_shown_planned_and_applied() {
    check(
        "packages",
        &[
            &["package", "list"],
            &["package", "show", "starter"],
            &["package", "show", "nosuch"],
            &["package", "set", "starter"],
            &["package", "set", "starter", "--memory", "1024"],
            &["package", "plan", "starter"],
            &["package", "apply", "starter"],
            &["package", "apply", "starter", "--yes", "--wait"],
            &["package", "delete", "starter"],
        ],
    );
}

#[test]
fn sites_go_by_their_names() {
    check("sites", &[&["site", "list"], &["site", "show", "BLOG.joko.test"], &["site", "create", "joko", "blog.joko.test"]]);
}

/// A key as ssh-keygen makes it, and its fingerprint.
const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIO3sc8bZQzBbA2Ik6yPqs1GLpItcgYaGmGakD3rxixUT joko@laptop";
const FINGERPRINT: &str = "SHA256:7Se4w2d5KUM4q4lcEop8YxqsZVb7xNXSwg6v3bzC8Bg";

/// Options are only what is named: the rest of the request is what the panel said before.
#[test]
fn options_change_what_they_name() {
    let panel = Panel::start();
    let asked = |arguments: &[&str], input: &str| {
        let ran = panel.run_with(arguments, input);
        assert_eq!(ran.code, 0, "{arguments:?}: {}", ran.err);
        panel.last_asked()
    };
    let proxy = asked(&["site", "add", "joko", "api.joko.test", "--proxy-port", "20010", "--docroot", "api", "--kind", "addon"], "");
    assert_eq!((&proxy["kind"], &proxy["docroot"], &proxy["settings"]["runtime"]), (&json!("addon"), &json!("api"), &json!("proxy")));
    assert_eq!(proxy["settings"]["proxy"], json!({"port": 20_010}));

    let set = ["site", "set", "blog.joko.test", "--force-https", "--hsts", "30", "--header", "X-B: 2; x", "--no-header", "x-a"];
    let set = asked(&[&set[..], &["--php-set", "max_input_vars=500", "--error-page", "404=/404.html", "--page-cache", "60"]].concat(), "");
    let settings = &set["settings"];
    assert_eq!((&settings["www"], &settings["https"], &settings["force_https"]), (&json!("to_apex"), &json!(true), &json!(true)));
    assert_eq!(settings["php_ini"], json!({"memory_limit": 256, "max_input_vars": 500}));
    assert_eq!(settings["headers"], json!([{"name": "X-B", "value": "2; x"}]));
    assert_eq!((&settings["hsts"]["max_age_days"], &settings["page_cache"]["seconds"]), (&json!(30), &json!(60)));
    let redirect =
        asked(&["site", "set", "blog.joko.test", "--redirect-to", "https://a.test/x", "--redirect-status", "302", "--keep-path"], "");
    let kept = json!({"to": "https://a.test/x", "status": "found", "keep_path": true});
    assert_eq!((&redirect["settings"]["runtime"], &redirect["settings"]["redirect"]), (&json!("redirect"), &kept));

    let protect = asked(&["site", "protect", "blog.joko.test", "/staff", "--user", "budi"], "open sesame\nmore\n");
    let visitors = json!([{"name": "sari"}, {"name": "budi", "password": "open sesame"}]);
    assert_eq!(protect["folders"], json!([{"path": "/staff", "realm": "Staff only", "visitors": visitors}]));
    assert_eq!(asked(&["site", "unprotect", "blog.joko.test", "/staff"], ""), json!({"folders": []}));

    let php = asked(&["account", "php", "joko", "--version", "8.4", "--set", "display_errors=off", "--unset", "date.timezone"], "");
    assert_eq!(php, json!({"version": "8.4", "ini": {"memory_limit": 256, "display_errors": false}}));
    let app = asked(&["app", "put", "joko", "shop", "--env", "MODE=x", "--instances", "3", "--enabled", "off"], "");
    assert_eq!((&app["env"], &app["instances"], &app["enabled"]), (&json!({"API_KEY": "hidden", "MODE": "x"}), &json!(3), &json!(false)));
    let new = asked(&["app", "put", "joko", "api", "--folder", "api", "--exec", "venv/bin/gunicorn", "--arg", "-w", "--listen-socket"], "");
    assert_eq!(
        (&new["program"], &new["listen"], &new["args"]),
        (&json!({"file": "venv/bin/gunicorn"}), &json!({"socket": {}}), &json!(["-w"]))
    );
    let add = asked(&["ftp", "add", "joko", "web", "--folder", "a/b"], "open sesame\n");
    assert_eq!(add, json!({"name": "web", "folder": "a/b", "password": "open sesame"}));
    let set = asked(&["ftp", "set", "joko", "web", "--enabled", "off"], "");
    assert_eq!(set, json!({"folder": "shared/web", "enabled": false}));
    let password = asked(&["ftp", "password", "joko", "scans"], "open sesame\n");
    assert_eq!(password, json!({"folder": "shared/scans", "enabled": false, "password": "open sesame"}));
    assert_eq!(asked(&["alias", "add", "joko", "JOKO.example.com"], "")["domain"], "joko.example.com");
    let ssh = asked(&["ssh", "set", "joko", "--mode", "sftp", "--password", "on"], "");
    assert_eq!((&ssh["mode"], &ssh["allow_password"]), (&json!("sftp_chroot"), &json!(true)));
    assert_eq!((&ssh["allow_port_forwarding"], &ssh["allow_agent_forwarding"]), (&json!(true), &json!(false)));
    assert_eq!(asked(&["ssh", "key", "add", "joko", "-"], &format!("{KEY}\n"))["key"], KEY);
    let options = panel.run_with(&["ssh", "key", "add", "joko", "-"], &format!("restrict {KEY}"));
    assert!(options.code == 4 && options.err.contains("options before the key"), "{} {}", options.code, options.err);
}

#[test]
fn ftp_logins_are_listed_and_removed() {
    check(
        "ftp",
        &[
            &["ftp", "list", "joko"],
            &["ftp", "set", "joko", "web"],
            &["ftp", "set", "joko", "none", "--enabled", "on"],
            &["ftp", "add", "joko", "Web", "--folder", "web"],
            &["ftp", "remove", "joko", "web"],
            &["ftp", "remove", "joko", "web", "--yes", "--wait"],
        ],
    );
}

#[test]
fn databases_and_their_users_are_listed_changed_and_removed() {
    check(
        "databases",
        &[
            &["database", "list", "joko"],
            &["database", "add", "joko", "Shop"],
            &["database", "add", "joko", "blog", "--wait"],
            &["database", "remove", "joko", "shop"],
            &["database", "remove", "joko", "joko_shop", "--yes", "--wait"],
            &["database", "user", "set", "joko", "app"],
            &["database", "user", "set", "joko", "none", "--full", "shop"],
            &["database", "user", "remove", "joko", "app", "--yes"],
        ],
    );
    let panel = Panel::start();
    let asked = |words: &[&str], input: &str| {
        let ran = panel.run_with(words, input);
        assert_eq!(ran.code, 0, "{words:?}: {}", ran.err);
        panel.last_asked()
    };
    let grant = |database: &str, rights: &str| json!({"database": database, "rights": rights});
    assert_eq!(asked(&["database", "add", "joko", "shop"], ""), json!({"name": "joko_shop"}));
    let add = asked(&["database", "user", "add", "joko", "web", "--full", "shop", "--read", "joko_old"], "open sesame 42\n");
    let grants = json!([grant("joko_old", "read"), grant("joko_shop", "full")]);
    assert_eq!(add, json!({"name": "joko_web", "password": "open sesame 42", "grants": grants}));
    let set = asked(&["database", "user", "set", "joko", "app", "--read", "old", "--none", "shop"], "");
    assert_eq!(set, json!({"grants": [grant("joko_old", "read")]}));
    assert_eq!(asked(&["database", "user", "password", "joko", "app"], "open sesame 43\n"), json!({"password": "open sesame 43"}));
}

#[test]
fn a_password_that_was_made_up_is_shown_once_and_not_to_machines() {
    let panel = Panel::start();
    let ran = panel.run(&["ftp", "add", "joko", "web", "--folder", "web", "--generate", "--json"]);
    assert_eq!(ran.code, 0, "{}", ran.err);
    let sent = panel.last_asked()["password"].as_str().unwrap().to_owned();
    assert_eq!(sent.len(), 24);
    assert!(ran.err.contains(&sent) && !ran.out.contains(&sent), "{}", ran.err);
    panel.run(&["ftp", "password", "joko", "web", "--generate"]);
    assert_ne!(panel.last_asked()["password"], sent.as_str());
}

#[test]
fn an_app_may_stand_in_a_file() {
    let panel = Panel::start();
    let file = tempfile::NamedTempFile::new().unwrap();
    std::io::Write::write_all(&mut file.as_file(), br#"{"folder":"a","program":{"python":"x.py"},"listen":{"socket":{}}}"#).unwrap();
    let put = ["app", "put", "joko", "filed", "--file", file.path().to_str().unwrap()];
    assert_eq!(panel.run(&put).code, 0);
    assert_eq!(panel.run(&[&put[..], &["--instances", "2"]].concat()).code, 2, "one or the other");
    assert_eq!(panel.run(&["app", "put", "joko", "filed", "--file", "/nonexistent"]).code, 1);
}

#[test]
fn what_sites_and_apps_are_told_is_shown() {
    check(
        "settings",
        &[
            &["site", "set", "blog.joko.test", "--www", "both"],
            &["site", "set", "blog.joko.test", "--https=off", "--wait"],
            &["site", "set", "blog.joko.test", "--proxy-port", "80"],
            &["site", "set", "blog.joko.test", "--php-set", "memory_limit=1"],
            &["site", "set", "other.test", "--https"],
            &["site", "unprotect", "blog.joko.test", "/other"],
            &["site", "logs", "blog.joko.test", "--log", "error", "-n", "7"],
            &["site", "logs", "blog.joko.test", "--follow", "--json"],
            &["account", "php", "joko"],
            &["account", "usage", "joko"],
            &["account", "usage-history", "joko"],
            &["alias", "add", "joko", "joko.example.com"],
            &["alias", "remove", "joko", "joko.example.com"],
            &["alias", "remove", "joko", "joko.example.com", "--yes", "--wait"],
        ],
    );
}

#[test]
fn apps_are_listed_shown_and_removed() {
    check(
        "apps",
        &[
            &["app", "list", "joko"],
            &["app", "show", "joko", "shop"],
            &["app", "show", "joko", "none"],
            &["app", "put", "joko", "new"],
            &["app", "put", "joko", "Bad"],
            &["app", "restart", "joko", "shop", "--wait"],
            &["app", "remove", "joko", "shop"],
            &["app", "remove", "joko", "shop", "--yes"],
            &["app", "logs", "joko", "shop"],
        ],
    );
}

#[test]
fn cron_jobs_are_listed_changed_and_run() {
    check(
        "cron",
        &[
            &["cron", "list", "joko"],
            &["cron", "add", "joko", "tidy", "--schedule", "@daily", "--command", "true"],
            &["cron", "add", "joko", "tidy", "--schedule", "0 25 * * *", "--command", "true"],
            &["cron", "set", "joko", "backup", "--schedule", "*/5 * * * *"],
            &["cron", "set", "joko", "none", "--timeout", "5"],
            &["cron", "run", "joko", "backup"],
            &["cron", "history", "joko", "backup"],
            &["cron", "history", "joko", "backup", "--output", "last"],
            &["cron", "preview", "0 2 * * *"],
            &["cron", "preview", "0 0 30 2 *"],
            &["cron", "remove", "joko", "backup"],
            &["cron", "remove", "joko", "backup", "--yes"],
        ],
    );
}

#[test]
fn packages_jobs_and_audit_rows_are_listed() {
    check(
        "lists",
        &[
            &["package", "list"],
            &["job", "list"],
            &["job", "show", FAILING_JOB],
            &["job", "follow", JOB],
            &["job", "show", "no-id"],
            &["audit", "list", "--actor", "admin"],
        ],
    );
}

#[test]
fn a_host_is_checked() {
    check("system", &[&["system", "check"]]);
    let broken = Router::new().fallback(any(async || axum::Json(panel::compatibility("error"))));
    assert_eq!(Panel::serving(broken).run(&["system", "check"]).code, 1);
}

#[test]
fn the_first_admin_is_made() {
    let panel = Panel::start();
    assert_eq!(panel.run(&["setup-token"]).text(), "-- out\none-time-token\n-- exit 0\n");
    let setup = ["setup", "--username", "admin", "--password-stdin"];
    let ran = panel.run_with(&setup, "correct horse battery\nsecond line\n");
    assert_eq!(ran.text(), "-- out\nadmin is the first admin. Log in at https://web1.example.com:8443\n-- exit 0\n");
    let ran = panel.run_with(&[&setup[..], &["--json"]].concat(), "correct horse battery");
    assert_eq!(ran.json(), json!({"username": "admin", "role": "admin"}));
    assert_eq!(panel.run_with(&setup, "short\n").code, 4);
    assert_eq!(panel.run_with(&setup, "").code, 4);
    assert_eq!(panel.run_with(&["setup", "--username", "admin"], "").code, 2, "no other way to give the password");
    let done = Router::new().route("/api/v1/setup", get(async || axum::Json(json!({"required": false}))));
    let ran = Panel::serving(done).run(&["setup-token"]);
    assert_eq!((ran.code, ran.out.as_str()), (4, ""));
}

#[test]
fn every_verb_prints_one_json_document() {
    let panel = Panel::start();
    let verbs: &[&[&str]] = &[
        &["account", "list"],
        &["account", "show", "joko"],
        &["account", "plan", "joko"],
        &["account", "create", "joko", "--domain", "joko.test", "--package", "starter"],
        &["account", "create", "joko", "--domain", "joko.test", "--package", "starter", "--wait"],
        &["account", "delete", "joko", "--yes"],
        &["account", "delete", "joko", "--yes", "--wait"],
        &["site", "list"],
        &["site", "show", "joko.test"],
        &["site", "create", "joko", "blog.joko.test", "--wait"],
        &["site", "set", "blog.joko.test", "--https"],
        &["site", "logs", "blog.joko.test"],
        &["site", "unprotect", "blog.joko.test", "/staff", "--wait"],
        &["site", "delete", "blog.joko.test", "--yes", "--wait"],
        &["alias", "add", "joko", "joko.example.com"],
        &["alias", "remove", "joko", "joko.example.com", "--yes", "--wait"],
        &["account", "php", "joko"],
        &["account", "php", "joko", "--set", "memory_limit=64"],
        &["account", "usage", "joko"],
        &["account", "usage-history", "joko"],
        &["ssh", "show", "joko"],
        &["ssh", "set", "joko", "--port-forwarding", "off"],
        &["ssh", "key", "remove", "joko", FINGERPRINT, "--yes", "--wait"],
        &["app", "list", "joko"],
        &["app", "show", "joko", "shop"],
        &["app", "put", "joko", "shop", "--instances", "2", "--wait"],
        &["app", "restart", "joko", "shop"],
        &["app", "remove", "joko", "shop", "--yes"],
        &["app", "logs", "joko", "shop"],
        &["database", "list", "joko"],
        &["database", "add", "joko", "shop"],
        &["ftp", "list", "joko"],
        &["ftp", "set", "joko", "web", "--folder", "web", "--wait"],
        &["ftp", "remove", "joko", "web", "--yes"],
        &["package", "list"],
        &["job", "list"],
        &["job", "show", JOB],
        &["job", "follow", JOB],
        &["job", "cancel", JOB],
        &["schedule", "list"],
        &["schedule", "add", "nightly", "--task", "tidy", "--cron", "@daily"],
        &["schedule", "set", "nightly", "--enabled", "off"],
        &["schedule", "run", "nightly"],
        &["schedule", "history", "nightly"],
        &["schedule", "preview", "@daily"],
        &["schedule", "remove", "nightly", "--yes"],
        &["audit", "list"],
        &["system", "check"],
        &["setup-token"],
    ];
    let mut shapes = String::new();
    for verb in verbs {
        let ran = panel.run(&[verb, &["--json"][..]].concat());
        assert_eq!((ran.code, ran.err.as_str()), (0, ""), "{verb:?}");
        let keys: Vec<String> = ran.json().as_object().unwrap().keys().cloned().collect();
        shapes.push_str(&format!("{}: {}\n", verb.join(" "), keys.join(" ")));
    }
    expect_file!["golden/json-shapes.txt"].assert_eq(&shapes);
}

#[test]
fn nothing_a_server_says_reaches_the_terminal_as_a_command() {
    let everything =
        Router::new().fallback(any(async || problem(422, "validation_failed", HOSTILE, &json!([{"field": HOSTILE, "message": HOSTILE}]))));
    let hostile = Panel::serving(everything);
    let scripted = Panel::start();
    let refused = hostile.run(&["account", "list"]);
    let shown = scripted.run(&["account", "show", "hostile"]);
    let machine = scripted.run(&["account", "show", "hostile", "--json"]);
    for text in [&refused.err, &shown.out, &machine.out] {
        assert!(text.chars().all(|c| c == '\n' || !c.is_control() && c != '\u{202e}'), "{text:?}");
    }
    assert_eq!(machine.json()["account"]["primary_domain"], HOSTILE, "machines get what was said");
}

#[test]
fn a_panel_that_is_not_there_is_told_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let ran = panel::run(&folder.path().join("panel.sock"), &["account", "list"], "");
    assert_eq!(ran.code, 6);
    assert!(ran.err.contains("systemctl status nusantarad"), "{}", ran.err);
    let proxy = Router::new().fallback(any(async || "<html>"));
    let ran = Panel::serving(proxy).run(&["account", "list"]);
    assert_eq!(ran.code, 1);
    let denied = Router::new().fallback(any(async || problem(403, "forbidden", "You may not do this.", &json!([]))));
    let ran = Panel::serving(denied).run(&["account", "list"]);
    assert_eq!(ran.code, 7);
    assert!(ran.err.contains("sudo"), "{}", ran.err);
}

#[test]
fn the_exit_codes_of_the_help_are_those_of_the_guide() {
    let help = Panel::start().run(&["--help"]).out;
    let guide = include_str!("../../../docs/cli.md");
    let codes: Vec<&str> = help.split("Exit codes:\n").nth(1).unwrap().lines().filter(|line| !line.is_empty()).collect();
    assert_eq!(codes.len(), 10);
    for line in codes {
        let (code, meaning) = line.trim().split_once("  ").unwrap();
        assert!(guide.contains(&format!("| {code} | {meaning} |")), "docs/cli.md does not have: {line}");
    }
}

#[test]
fn help_manual_and_completions_come_from_one_definition() {
    let panel = Panel::start();
    expect_file!["golden/help.txt"].assert_eq(&panel.run(&["--help"]).out);
    let page = panel.run(&["manpage"]).out;
    for verb in [
        "account create",
        "account delete",
        "site create",
        "site set",
        "site protect",
        "alias add",
        "app put",
        "database user",
        "ftp add",
        "account php",
        "ssh set",
        "job follow",
        "audit list",
        "setup-token",
    ] {
        assert!(page.contains(&format!(".SS \"nusantara {verb}")), "{verb}");
    }
    assert!(page.contains(".SH \"EXIT STATUS\"") && !page.contains("nusantara manpage"));
    for shell in ["bash", "zsh", "fish"] {
        assert!(panel.run(&["completions", shell]).out.contains("setup-token"), "{shell}");
    }
    let folder = tempfile::tempdir().unwrap();
    assert_eq!(panel.run(&["manpage", folder.path().to_str().unwrap()]).code, 0);
    assert!(folder.path().join("nusantara-account-create.1").exists());
    assert_eq!(panel.run(&["account", "fly"]).code, 2);
}
