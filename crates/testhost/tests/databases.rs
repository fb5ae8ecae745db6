//! Databases on a real server: who gets where and who does not, tried as the tenants' own SQL users; what is seen of a hand's work; and
//! hostd killed at every step.

mod hostd;
mod panel;

use hostd::Hostd;
use nusantara_testhost::{Host, HostOptions, Output, form::moments, panel_package};
use panel::Fallible;
use serde_json::{Value, json};
use std::time::Duration;

const PASSWORD: &str = "geheim 1234567";
const OTHER: &str = "another one 42";

fn up(name: &str) -> Fallible<Host> {
    Ok(Host::up(name, &HostOptions { databases: true, install: Some(panel_package()?), ..HostOptions::default() })?)
}

/// SQL as root, whatever it says.
fn root(host: &Host, sql: &str) -> Fallible<String> {
    Ok(host.run(["mariadb", "--batch", "--skip-column-names", "--execute", sql])?)
}

/// What the server keeps of a password, as the panel makes it.
fn hash(host: &Host, password: &str) -> Fallible<String> {
    Ok(root(host, &format!("SELECT PASSWORD('{password}')"))?.trim().to_owned())
}

/// SQL as a tenant's Linux user and SQL user.
fn sql(host: &Host, user: &str, password: &str, database: &str, sql: &str) -> Fallible<Output> {
    let (linux, _) = user.split_once('_').unwrap_or((user, ""));
    let (user, password) = (format!("--user={user}"), format!("--password={password}"));
    let mut argv = vec!["mariadb", "--no-defaults", "--batch", "--skip-column-names", &user, &password, "--execute", sql];
    if !database.is_empty() {
        argv.push(database);
    }
    Ok(host.exec_as(linux, &argv)?)
}

#[track_caller]
fn got(output: &Output) -> &str {
    assert!(output.success(), "{}", output.stderr);
    output.stdout.trim()
}

/// Whether the user comes in.
fn enters(host: &Host, user: &str, password: &str) -> Fallible<bool> {
    let output = sql(host, user, password, "", "SELECT 1")?;
    assert!(output.success() || output.stderr.contains("ERROR 1045") || output.stderr.contains("ERROR 4151"), "{}", output.stderr);
    Ok(output.success())
}

fn add(username: &str, name: &str) -> Value {
    json!({"database_add": {"username": username, "name": name}})
}

fn remove(username: &str, name: &str) -> Value {
    json!({"database_remove": {"username": username, "name": name}})
}

fn put(name: &str, grants: &[(&str, &str)], hash: Option<&str>) -> Value {
    let (username, _) = name.split_once('_').unwrap_or_default();
    let grants: Vec<Value> = grants.iter().map(|(database, rights)| json!({"database": database, "rights": rights})).collect();
    json!({"database_user_put": {"username": username, "name": name, "grants": grants, "hash": hash, "new": hash.is_some()}})
}

fn user_remove(username: &str, name: &str) -> Value {
    json!({"database_user_remove": {"username": username, "name": name}})
}

fn password(username: &str, name: &str, hash: &str) -> Value {
    json!({"database_password": {"username": username, "name": name, "hash": hash}})
}

fn has(host: &Host, database: &str) -> Fallible<bool> {
    Ok(root(host, "SHOW DATABASES")?.lines().any(|line| line == database))
}

#[test]
fn databases_stay_apart() -> Fallible {
    let host = up("databases")?;
    let hostd = Hostd::of(&host)?;
    assert_eq!(hostd.done(&json!({"describe": {}}))?["description"]["mariadb"], true);
    for (name, domain) in [("joko", "joko.test"), ("sari", "sari.test")] {
        hostd.create(name, domain, "business")?;
    }
    let hash1 = hash(&host, PASSWORD)?;
    for name in ["joko_shop", "joko_a_b", "joko_axb"] {
        hostd.done(&add("joko", name))?;
    }
    hostd.done(&add("sari", "sari_shop"))?;
    hostd.done(&put("joko_app", &[("joko_shop", "full")], Some(&hash1)))?;
    hostd.done(&put("joko_look", &[("joko_shop", "read")], Some(&hash1)))?;
    hostd.done(&put("joko_one", &[("joko_a_b", "full")], Some(&hash1)))?;
    hostd.done(&put("sari_app", &[("sari_shop", "full")], Some(&hash1)))?;
    for name in ["joko", "sari"] {
        assert_eq!(hostd.drift(name)?, json!([]));
    }
    assert_eq!(hostd.done(&json!({"host_drift": {}}))?["host_drift"]["items"], json!([]));

    // Everything that a program needs, with its own rights.
    let own = "CREATE TABLE t (id INT PRIMARY KEY AUTO_INCREMENT, word VARCHAR(20)); INSERT INTO t (word) VALUES ('one'), ('two'); \
               CREATE VIEW v AS SELECT word FROM t; CREATE TRIGGER g BEFORE INSERT ON t FOR EACH ROW SET NEW.word = UPPER(NEW.word); \
               CREATE PROCEDURE p() SELECT 'called'; CREATE TEMPORARY TABLE x (i INT); ALTER TABLE t ADD INDEX (word); CALL p()";
    assert_eq!(got(&sql(&host, "joko_app", PASSWORD, "joko_shop", own)?), "called");
    got(&sql(&host, "sari_app", PASSWORD, "sari_shop", "CREATE TABLE s (secret VARCHAR(20)); INSERT INTO s VALUES ('of sari')")?);
    assert_eq!(got(&sql(&host, "joko_look", PASSWORD, "joko_shop", "SELECT word FROM v ORDER BY word")?), "one\ntwo");
    for write in ["INSERT INTO t (word) VALUES ('x')", "DELETE FROM t", "DROP TABLE t", "CREATE TABLE y (i INT)", "CALL p()"] {
        assert!(!sql(&host, "joko_look", PASSWORD, "joko_shop", write)?.success(), "{write}");
    }
    let list = hostd.done(&json!({"database_list": {"username": "joko"}}))?["databases"].clone();
    assert!(list["server"].as_str().unwrap_or_default().contains("MariaDB"), "{list}");
    let shop = list["databases"].as_array().into_iter().flatten().find(|d| d["name"] == "joko_shop").cloned().unwrap_or_default();
    assert_eq!(shop["tables"], 2, "{list}");
    assert!(shop["bytes"].as_u64().unwrap_or_default() > 0, "{list}");

    // Out of reach: the neighbour, the account's own other databases, names that look alike, the server, the host's files.
    for (user, attempt) in [
        ("joko_app", "SELECT * FROM sari_shop.s"),
        ("joko_app", "USE sari_shop"),
        ("joko_app", "CREATE TABLE sari_shop.mine (i INT)"),
        ("joko_app", "DROP DATABASE sari_shop"),
        ("joko_app", "CREATE VIEW v2 AS SELECT * FROM sari_shop.s"),
        ("joko_app", "RENAME TABLE t TO sari_shop.t"),
        ("joko_app", "USE joko_a_b"),
        ("joko_one", "USE joko_axb"),
        ("joko_one", "USE joko_shop"),
        ("joko_app", "CREATE DATABASE joko_more"),
        ("joko_app", "CREATE DATABASE sari_more"),
        ("joko_app", "CREATE USER joko_more@localhost"),
        ("joko_app", "GRANT SELECT ON joko_shop.* TO sari_app@localhost"),
        ("joko_app", "SET PASSWORD FOR sari_app@localhost = PASSWORD('x')"),
        ("joko_app", "SELECT * FROM mysql.global_priv"),
        ("joko_app", "SELECT * FROM mysql.db"),
        ("joko_app", "CREATE DEFINER=root@localhost VIEW d AS SELECT 1"),
        ("joko_app", "CREATE DEFINER=sari_app@localhost PROCEDURE d() SELECT * FROM sari_shop.s"),
        ("joko_app", "CREATE EVENT e ON SCHEDULE EVERY 1 SECOND DO SELECT 1"),
        ("joko_app", "SET GLOBAL local_infile = 1"),
        ("joko_app", "SELECT 1 INTO OUTFILE '/tmp/out'"),
        ("joko_app", "LOAD DATA INFILE '/etc/passwd' INTO TABLE t (word)"),
        ("joko_app", "LOAD DATA LOCAL INFILE '/etc/passwd' INTO TABLE t (word)"),
        ("joko_app", "INSTALL SONAME 'auth_ed25519'"),
        ("joko_app", "SHUTDOWN"),
    ] {
        let database = if user == "joko_app" { "joko_shop" } else { "joko_a_b" };
        let output = sql(&host, user, PASSWORD, database, attempt)?;
        assert!(!output.success() && output.stderr.contains("ERROR"), "{user}: {attempt}: {}", output.stdout);
    }
    assert_eq!(got(&sql(&host, "joko_app", PASSWORD, "", "SHOW DATABASES")?), "information_schema\njoko_shop");
    let seen = "SELECT COUNT(*) FROM information_schema.TABLES WHERE TABLE_SCHEMA LIKE 'sari%'";
    assert_eq!(got(&sql(&host, "joko_app", PASSWORD, "", seen)?), "0");
    assert_eq!(got(&sql(&host, "joko_app", PASSWORD, "", "SELECT LOAD_FILE('/etc/passwd')")?), "NULL");
    assert_eq!(got(&sql(&host, "joko_app", PASSWORD, "", "SELECT DISTINCT USER FROM information_schema.PROCESSLIST")?), "joko_app");
    for (user, password) in [("joko_app", "wrong"), ("sari_app", ""), ("root", ""), ("mysql", ""), ("nobody", ""), ("", "")] {
        let user = format!("--user={user}");
        let password = format!("--password={password}");
        let argv = ["mariadb", "--no-defaults", &user, &password, "--execute", "SELECT 1"];
        assert!(!host.exec_as("joko", argv)?.success(), "{user} {password}");
    }
    assert_eq!(root(&host, "SELECT secret FROM sari_shop.s")?.trim(), "of sari");

    refuses(&host, &hostd, &hash1)?;
    follows(&host, &hostd)?;
    Ok(host.finish()?)
}

/// What is refused by the host daemon, whoever asks.
fn refuses(host: &Host, hostd: &Hostd<'_>, hash1: &str) -> Fallible {
    for (operation, code, field) in [
        (add("joko", "joko_shop"), "conflict", "name"),
        (add("joko", "sari_more"), "invalid", "name"),
        (add("sari", "joko_more"), "invalid", "name"),
        (remove("sari", "joko_shop"), "not_found", "name"),
        (remove("joko", "joko_none"), "not_found", "name"),
        (put("joko_app", &[], Some(hash1)), "conflict", "name"),
        (put("joko_none", &[], None), "not_found", "name"),
        (put("joko_x", &[("sari_shop", "full")], Some(hash1)), "not_found", "grants"),
        (user_remove("sari", "joko_app"), "not_found", "name"),
        (password("sari", "joko_app", hash1), "not_found", "name"),
    ] {
        assert_eq!(hostd.refused(&operation)?, (code.into(), field.into()), "{operation}");
    }
    for bad in [
        add("joko", "mysql"),
        add("joko", "joko_%"),
        add("joko", "joko_a`b"),
        add("joko", "information_schema"),
        put("joko_x", &[], Some("x")),
    ] {
        assert_eq!(hostd.refused(&bad)?.0, "malformed", "{bad}");
    }
    // What somebody left on the server is not given away.
    root(host, "CREATE DATABASE joko_left; CREATE USER joko_was@localhost")?;
    assert_eq!(hostd.refused(&add("joko", "joko_left"))?, ("conflict".into(), "name".into()));
    assert_eq!(hostd.refused(&put("joko_was", &[], Some(hash1)))?, ("conflict".into(), "name".into()));
    root(host, "DROP DATABASE joko_left; DROP USER joko_was@localhost")?;
    // A database and a user of one name are two things: what root has made beside the account's own stays root's.
    let lookalikes = "CREATE USER joko_shop@localhost IDENTIFIED BY 'of root'; CREATE DATABASE joko_app; CREATE TABLE joko_app.r (i INT)";
    root(host, lookalikes)?;
    assert_eq!(hostd.drift("joko")?, json!([]));
    hostd.done(&add("joko", "joko_tmp"))?;
    hostd.done(&put("joko_tmp", &[("joko_tmp", "full")], Some(hash1)))?;
    hostd.done(&user_remove("joko", "joko_tmp"))?;
    hostd.done(&remove("joko", "joko_tmp"))?;
    assert!(root(host, "SELECT User FROM mysql.global_priv WHERE User = 'joko_shop'")?.contains("joko_shop") && has(host, "joko_app")?);
    // Counted in the account's lock.
    hostd.create("tono", "tono.test", "starter")?;
    hostd.done(&add("tono", "tono_a"))?;
    let (first, second) = (hostd.request(&add("tono", "tono_b")), hostd.request(&add("tono", "tono_c")));
    let results: Vec<String> = std::thread::scope(|scope| {
        let threads = [&first.1, &second.1].map(|frame| scope.spawn(|| hostd.send(frame).unwrap_or_default()));
        threads.into_iter().map(|thread| thread.join().unwrap_or_default()).collect()
    });
    assert_eq!(results.iter().filter(|said| said.contains("limit_reached")).count(), 1, "{results:#?}");
    Ok(())
}

/// What follows from other changes of an account, and from a hand's.
fn follows(host: &Host, hostd: &Hostd<'_>) -> Fallible {
    // A session that is under way ends with what let it in.
    let begin = "nohup mariadb --no-defaults --user=joko_app --password='geheim 1234567' --execute 'SELECT SLEEP(300)' >/dev/null 2>&1 &";
    let sessions = || root(host, "SELECT COUNT(*) FROM information_schema.PROCESSLIST WHERE USER = 'joko_app'").ok();
    host.run(["/bin/sh", "-c", begin])?;
    host.wait_until("a session", Duration::from_secs(20), || Ok(sessions().filter(|n| n.trim() == "1")))?;
    hostd.done(&password("joko", "joko_app", &hash(host, OTHER)?))?;
    host.wait_until("the session's end", Duration::from_secs(20), || Ok(sessions().filter(|n| n.trim() == "0")))?;
    assert!(!enters(host, "joko_app", PASSWORD)? && enters(host, "joko_app", OTHER)?);
    assert_eq!(got(&sql(host, "joko_app", OTHER, "joko_shop", "SELECT COUNT(*) FROM t")?), "2", "rights stay");

    // A hand: seen, and put right; what is in a database is nobody's to give away meanwhile.
    for (hand, step) in [
        ("GRANT ALL ON *.* TO joko_app@localhost WITH GRANT OPTION", "database.users"),
        ("GRANT SELECT ON sari_shop.s TO joko_app@localhost", "database.users"),
        ("GRANT SELECT ON `joko_%`.* TO joko_app@localhost", "database.users"),
        ("ALTER USER joko_app@localhost IDENTIFIED BY 'by hand'", "database.users"),
        ("ALTER USER joko_app@localhost IDENTIFIED VIA unix_socket", "database.users"),
        ("ALTER USER joko_app@localhost WITH MAX_USER_CONNECTIONS 0", "database.users"),
        ("DROP USER joko_app@localhost", "database.users"),
        ("DROP DATABASE joko_axb", "database.create"),
    ] {
        root(host, hand)?;
        assert_eq!(hostd.drift("joko")?[0]["step"], step, "{hand}");
        hostd.done(&json!({"account_converge": {"username": "joko"}}))?;
        assert_eq!(hostd.drift("joko")?, json!([]), "{hand}");
        assert!(enters(host, "joko_app", OTHER)?, "{hand}");
        assert!(!sql(host, "joko_app", OTHER, "", "SELECT * FROM sari_shop.s")?.success(), "{hand}");
    }
    root(host, "CREATE USER ''@localhost; GRANT ALL ON test.* TO PUBLIC; SET GLOBAL local_infile = 1")?;
    assert_eq!(hostd.done(&json!({"host_drift": {}}))?["host_drift"]["items"][0]["item"], "mariadb");
    hostd.done(&json!({"host_converge": {}}))?;
    assert_eq!(hostd.done(&json!({"host_drift": {}}))?["host_drift"]["items"], json!([]));

    hostd.done(&json!({"account_suspend": {"username": "joko", "reason": null}}))?;
    assert!(!enters(host, "joko_app", OTHER)? && enters(host, "sari_app", PASSWORD)?, "suspended");
    assert_eq!(hostd.drift("joko")?, json!([]));
    hostd.done(&json!({"account_unsuspend": {"username": "joko"}}))?;
    assert!(enters(host, "joko_app", OTHER)?);

    // Another name: what was made under the old one stays the account's, and nobody else's.
    hostd.done(&json!({"account_rename": {"username": "joko", "new_username": "budi"}}))?;
    assert_eq!(hostd.drift("budi")?, json!([]));
    hostd.create("joko", "other.test", "starter")?;
    assert_eq!(hostd.refused(&add("joko", "joko_shop"))?, ("conflict".into(), "name".into()));
    assert_eq!(hostd.refused(&remove("joko", "joko_shop"))?, ("not_found".into(), "name".into()));
    hostd.done(&add("budi", "budi_new"))?;
    hostd.done(&json!({"database_user_put": {"username": "budi", "name": "joko_look", "new": false, "hash": null,
        "grants": [{"database": "budi_new", "rights": "full"}]}}))?;
    assert!(has(host, "joko_shop")? && has(host, "budi_new")?);
    hostd.done(&json!({"account_delete": {"username": "joko"}}))?;
    assert!(has(host, "joko_shop")?, "not the deleted account's");

    // The server goes away: other changes go on, nobody is let in, and all is said.
    host.run(["systemctl", "stop", "mariadb.service"])?;
    assert_eq!(hostd.error(&add("budi", "budi_more"))?["code"], "database_server_missing");
    assert_eq!(hostd.done(&json!({"database_list": {"username": "budi"}}))?["databases"]["server"], Value::Null);
    // What the server must do is refused before any of it is begun, and nobody is forgotten.
    let (spec, hash3) = (hostd.spec("budi")?, format!("*{}", "3".repeat(40)));
    let kept = |spec: &Value| (spec["account"]["status"].clone(), spec["services"]["databases"].clone());
    for operation in [
        password("budi", "joko_app", &hash3),
        remove("budi", "joko_shop"),
        remove("budi", "budi_new"),
        user_remove("budi", "joko_app"),
        json!({"database_user_put": {"username": "budi", "name": "joko_app", "new": false, "hash": null, "grants": []}}),
        json!({"account_delete": {"username": "budi"}}),
    ] {
        assert_eq!(hostd.error(&operation)?["code"], "database_server_missing", "{operation}");
        assert_eq!(kept(&hostd.spec("budi")?), kept(&spec), "{operation}");
    }
    hostd.done(&json!({"account_suspend": {"username": "budi", "reason": null}}))?;
    let unsuspend = json!({"account_unsuspend": {"username": "budi"}});
    assert_eq!(hostd.error(&unsuspend)?["code"], "database_server_missing", "what lets in needs the server");
    host.run(["systemctl", "start", "mariadb.service"])?;
    assert_eq!(hostd.drift("budi")?[0]["step"], "database.users", "what could not be taken then is seen now");
    hostd.done(&unsuspend)?;
    assert_eq!(hostd.drift("budi")?, json!([]));

    let users = "SELECT COUNT(*) FROM mysql.global_priv WHERE User LIKE 'joko%' OR User LIKE 'budi%'";
    hostd.done(&json!({"account_delete": {"username": "budi"}}))?;
    assert!(root(host, "SHOW TABLES IN joko_app")?.contains('r'), "root's stays");
    root(host, "DROP DATABASE joko_app; DROP USER joko_shop@localhost")?;
    assert_eq!(root(host, "SHOW DATABASES")?.lines().filter(|name| name.starts_with("joko") || name.starts_with("budi")).count(), 0);
    assert_eq!(root(host, users)?.trim(), "0");
    assert_eq!(got(&sql(host, "sari_app", PASSWORD, "sari_shop", "SELECT secret FROM s")?), "of sari", "the neighbour's stays");

    // Nothing of a password is said anywhere.
    let written =
        "journalctl --no-pager --output=cat; cat /var/lib/nusantara-hostd/ledger.jsonl /var/lib/nusantara-hostd/journal/* 2>/dev/null";
    let journal = host.run(["/bin/sh", "-c", &format!("{written}; true")])?;
    assert!(journal.contains("database_password"), "the ledger was read");
    let (hash1, hash2) = (hash(host, PASSWORD)?, hash(host, OTHER)?);
    for secret in [PASSWORD, OTHER, hash1.as_str(), hash2.as_str()] {
        assert!(!journal.contains(secret), "{secret}");
    }
    Ok(())
}

#[test]
fn hostd_killed_at_every_step_of_a_database() -> Fallible {
    let host = up("databases-crash")?;
    let hostd = Hostd::of(&host)?;
    hostd.create("joko", "joko.test", "business")?;
    hostd.create("sari", "sari.test", "business")?;
    let (hash1, hash2) = (hash(&host, PASSWORD)?, hash(&host, OTHER)?);
    hostd.done(&add("sari", "sari_shop"))?;
    hostd.done(&put("sari_app", &[("sari_shop", "full")], Some(&hash1)))?;
    got(&sql(&host, "sari_app", PASSWORD, "sari_shop", "CREATE TABLE s (secret VARCHAR(20)); INSERT INTO s VALUES ('of sari')")?);
    let listed: Value = serde_json::from_str(&host.run(["/usr/sbin/nusantara-hostd", "steps", "--json"])?)?;
    let suspend = json!({"account_suspend": {"username": "joko", "reason": null}});
    let unsuspend = json!({"account_unsuspend": {"username": "joko"}});
    let delete = json!({"account_delete": {"username": "joko"}});
    for name in [
        "database_add",
        "database_user_put",
        "database_password",
        "suspend",
        "unsuspend",
        "database_user_remove",
        "database_remove",
        "delete",
    ] {
        let of_others = ["suspend", "unsuspend", "delete"].contains(&name);
        let steps: Vec<String> = serde_json::from_value(listed[name].clone())?;
        // Of operations that are proved elsewhere only what is new here.
        let steps: Vec<String> = steps.into_iter().filter(|step| !of_others || step.starts_with("database.")).collect();
        assert!(!steps.is_empty(), "{name}");
        for (index, step) in steps.iter().enumerate() {
            for when in moments(index) {
                let what = format!("{name} {step} {when}");
                if hostd.call(&json!({"account_show": {"username": "joko"}}))?.is_err() {
                    hostd.create("joko", "joko.test", "business")?;
                }
                if name != "database_add" {
                    hostd.done(&add("joko", "joko_shop"))?;
                }
                if !["database_add", "database_user_put"].contains(&name) {
                    hostd.done(&put("joko_app", &[("joko_shop", "full")], Some(&hash1)))?;
                }
                if name == "unsuspend" {
                    hostd.done(&suspend)?;
                }
                let wanted = match name {
                    "database_add" => add("joko", "joko_shop"),
                    "database_user_put" => put("joko_app", &[("joko_shop", "full")], Some(&hash1)),
                    "database_password" => password("joko", "joko_app", &hash2),
                    "suspend" => suspend.clone(),
                    "unsuspend" => unsuspend.clone(),
                    "database_user_remove" => user_remove("joko", "joko_app"),
                    "database_remove" => remove("joko", "joko_shop"),
                    _ => delete.clone(),
                };
                host.write_file("/run/nusantara-panel/failpoints", format!("kill hostd {name} {step} {when}\n"))?;
                host.expect_error("killed here on request of a test");
                hostd.survived(&wanted).map_err(|e| format!("{what}: {e}"))?;
                assert_eq!(host.read_file("/run/nusantara-panel/failpoints")?, "", "{what}: it was not killed");
                if name != "delete" {
                    assert_eq!(hostd.drift("joko")?, json!([]), "{what}");
                }
                assert_eq!(has(&host, "joko_shop")?, !["database_remove", "delete"].contains(&name), "{what}");
                if !["database_add", "delete"].contains(&name) {
                    let expected = match name {
                        "database_password" => (false, true),
                        "suspend" | "database_user_remove" => (false, false),
                        _ => (true, false),
                    };
                    assert_eq!((enters(&host, "joko_app", PASSWORD)?, enters(&host, "joko_app", OTHER)?), expected, "{what}");
                }
                assert_eq!(got(&sql(&host, "sari_app", PASSWORD, "sari_shop", "SELECT secret FROM s")?), "of sari", "{what}");
                if name != "delete" {
                    hostd.done(&delete)?;
                    assert_eq!(root(&host, "SELECT COUNT(*) FROM mysql.global_priv WHERE User LIKE 'joko%'")?.trim(), "0", "{what}");
                }
            }
        }
    }
    Ok(host.finish()?)
}

#[test]
fn a_host_without_a_server_says_so() -> Fallible {
    let host = Host::with_panel("databases-none")?;
    let hostd = Hostd::of(&host)?;
    hostd.create("joko", "joko.test", "starter")?;
    assert_eq!(hostd.done(&json!({"describe": {}}))?["description"]["mariadb"], false);
    let hash = format!("*{}", "A".repeat(40));
    for operation in [add("joko", "joko_shop"), put("joko_app", &[], Some(&hash))] {
        let error = hostd.error(&operation)?;
        assert_eq!(error["code"], "database_server_missing", "{error:#}");
        assert!(error["message"].as_str().unwrap_or_default().contains("apt install mariadb-server"), "{error:#}");
    }
    let none = json!({"server": null, "databases": []});
    assert_eq!(hostd.done(&json!({"database_list": {"username": "joko"}}))?["databases"], none);
    assert_eq!(hostd.drift("joko")?, json!([]));
    assert_eq!(hostd.spec("joko")?["services"]["databases"], json!({"enabled": false}));
    hostd.done(&json!({"account_delete": {"username": "joko"}}))?;
    Ok(host.finish()?)
}
