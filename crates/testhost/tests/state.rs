//! The panel's own state on a booted host: carried from SQLite to PostgreSQL and on to MariaDB, backed up and restored, with kills
//! in between; and a trail that begins anew where the host had sealed more than a restored one has.

mod panel;

use nusantara_testhost::{Host, HostOptions, panel_package};
use panel::{Fallible, api, create};
use serde_json::Value;
use std::time::Duration;

const POSTGRES: &str = "postgres://nusantara@localhost/nusantara?host=/run/postgresql";
const MARIADB: &str = "mysql://nusantara@localhost/nusantara?socket=/run/mysqld/mysqld.sock";
const CONFIG: &str = "/etc/nusantara-panel/panel.toml";

/// What a command of ours prints with `--json`, and how it ended.
fn json(host: &Host, words: &[&str]) -> Fallible<(i32, Value)> {
    let said = host.exec(["nusantara"].into_iter().chain(words.iter().copied()).chain(["--json"]))?;
    let document = serde_json::from_str(&said.stdout).map_err(|e| format!("{words:?}: {e}: {}{}", said.stdout, said.stderr))?;
    Ok((said.status, document))
}

fn done(host: &Host, words: &[&str]) -> Fallible<Value> {
    let (status, document) = json(host, words)?;
    if status == 0 { Ok(document) } else { Err(format!("{words:?}: {document}").into()) }
}

fn answers(host: &Host) -> Fallible {
    host.wait_until("the panel's answer", Duration::from_secs(60), || {
        Ok(api(host, "GET", "/healthz", None).ok().filter(|answer| answer.body["status"] == "ok").map(|_| ()))
    })?;
    Ok(())
}

fn empty_postgres(host: &Host) -> Fallible {
    host.run(["runuser", "-u", "postgres", "--", "dropdb", "--if-exists", "--force", "nusantara"])?;
    host.run(["runuser", "-u", "postgres", "--", "createdb", "-O", "nusantara", "nusantara"])?;
    Ok(())
}

/// Whether the configuration names a database by now.
fn is_switched(host: &Host) -> Fallible<bool> {
    Ok(host.read_file(CONFIG)?.lines().any(|line| line.starts_with("database_url")))
}

fn trail_holds(host: &Host) -> Fallible {
    let verdict = done(host, &["audit", "verify"])?;
    assert_eq!((&verdict["intact"], &verdict["join"]["halves"]), (&Value::Bool(true), &Value::Array(vec![])), "{verdict}");
    Ok(())
}

#[test]
fn the_state_moves_between_databases_and_comes_back_from_a_backup() -> Fallible {
    let host = Host::up("state", &HostOptions { databases: true, install: Some(panel_package()?), ..HostOptions::default() })?;
    host.run(["runuser", "-u", "postgres", "--", "createuser", "nusantara"])?;
    create(&host, "joko", "joko.test")?;
    trail_holds(&host)?;

    // Into a file and back, with the panel's own file as its database.
    done(&host, &["role", "put", "before", "--allow", "account:read"])?;
    let counts = done(&host, &["state", "backup", "/root/state.jsonl"])?;
    assert!(counts["rows"].as_u64() > Some(5) && counts["files"].as_u64() >= Some(4), "{counts}");
    assert_eq!(host.run(["stat", "-c", "%a %U", "/root/state.jsonl"])?, "600 root\n");
    assert_eq!(json(&host, &["state", "backup", "/root/state.jsonl"])?.0, 4, "nothing is overwritten");
    done(&host, &["role", "put", "after", "--allow", "account:read"])?;
    // It is sealed at the start: now the host knows more of the trail than the backup has.
    host.run(["systemctl", "restart", "nusantarad.service"])?;
    answers(&host)?;
    let key = host.run(["sha256sum", "/var/lib/nusantara-panel/secrets.key"])?;
    host.run(["sh", "-c", "head -c -100 /root/state.jsonl >/root/cut.jsonl"])?;
    let (status, refused) = json(&host, &["state", "restore", "/root/cut.jsonl", "--yes"])?;
    assert_eq!(status, 4, "{refused}");
    assert_eq!(api(&host, "GET", "/api/v1/roles", None)?.body.to_string().matches("after").count(), 1, "nothing was changed");
    host.expect_error("audit trail");
    let restored = done(&host, &["state", "restore", "/root/state.jsonl", "--yes"])?;
    assert!(restored["done"]["trail_rows"].is_i64(), "{restored}");
    let roles = api(&host, "GET", "/api/v1/roles", None)?.body.to_string();
    assert!(roles.contains("before") && !roles.contains("after"), "{roles}");
    assert_eq!(host.run(["sha256sum", "/var/lib/nusantara-panel/secrets.key"])?, key);
    assert!(host.exists("/var/lib/nusantara-panel.before-restore/panel.db")?);
    assert_eq!(
        host.run(["stat", "-c", "%a %U", "/var/lib/nusantara-panel", "/var/lib/nusantara-panel/panel.db"])?,
        "700 nusantara\n600 nusantara\n"
    );

    // The host sealed rows that are no more: that shows, and root can say that it is meant.
    let (status, verdict) = json(&host, &["audit", "verify"])?;
    assert_eq!((status, &verdict["intact"]), (1, &Value::Bool(false)), "{verdict}");
    let begun = done(&host, &["audit", "begin-anew", "--reason", "restored by the test", "--yes"])?;
    assert_eq!((&begun["sealed"], begun["kept"].as_array().map(Vec::len)), (&Value::Bool(true), Some(2)), "{begun}");
    trail_holds(&host)?;
    done(&host, &["audit", "verify", "--file", "/var/log/nusantara-panel/audit.jsonl"])?;
    assert_eq!(json(&host, &["audit", "begin-anew", "--reason", "again", "--yes"])?.0, 4, "a trail that holds is not begun anew");

    // To PostgreSQL, killed at some moments first: whatever they are, the panel answers with what it had.
    assert_eq!(json(&host, &["db", "migrate-to", "postgres://a:secret@localhost/x"])?.0, 2, "a password is not for the command line");
    empty_postgres(&host)?;
    for seconds in ["0.05", "0.4", "0.8", "1.2", "2"] {
        host.exec(["timeout", "--signal=KILL", seconds, "nusantara", "db", "migrate-to", POSTGRES])?;
        answers(&host)?;
        done(&host, &["account", "show", "joko"])?;
        if is_switched(&host)? {
            break;
        }
    }
    if !is_switched(&host)? {
        let (status, moved) = json(&host, &["db", "migrate-to", POSTGRES])?;
        if status != 0 {
            let said = moved.to_string();
            assert!(said.contains("not empty") && said.contains("drop that database"), "{said}");
            empty_postgres(&host)?;
            done(&host, &["db", "migrate-to", POSTGRES])?;
        }
    }
    assert!(host.read_file(CONFIG)?.contains(&format!("database_url = \"{POSTGRES}\"")), "{}", host.read_file(CONFIG)?);
    assert_eq!(host.run(["stat", "-c", "%a %U %G", CONFIG])?, "640 root nusantara\n");
    create(&host, "sari", "sari.test")?;
    done(&host, &["account", "show", "joko"])?;
    trail_holds(&host)?;
    assert_eq!(json(&host, &["db", "migrate-to", POSTGRES])?.0, 4, "that is where it is");

    // The database goes away beneath it and comes back.
    host.run(["systemctl", "stop", "postgresql@15-main.service"])?;
    let away = api(&host, "GET", "/api/v1/accounts", None)?;
    assert_eq!((away.status, &away.body["code"]), (503, &Value::from("database_away")), "{:?}", away.body);
    host.run(["systemctl", "start", "postgresql@15-main.service"])?;
    answers(&host)?;
    done(&host, &["account", "show", "sari"])?;

    // On to MariaDB, out of a backup.
    let sql = "create database nusantara; create user nusantara@localhost identified via unix_socket; \
               grant all on nusantara.* to nusantara@localhost";
    host.run(["mariadb", "-e", sql])?;
    done(&host, &["state", "backup", "/root/second.jsonl"])?;
    let words = ["state", "restore", "/root/second.jsonl", "--yes"];
    assert_eq!(json(&host, &words)?.0, 2, "which database is to be said");
    done(&host, &[&words[..], &["--into", MARIADB]].concat())?;
    for name in ["joko", "sari"] {
        done(&host, &["account", "show", name])?;
    }
    create(&host, "budi", "budi.test")?;
    assert_eq!(done(&host, &["audit", "verify"])?["intact"], Value::Bool(true));
    assert!(host.run(["mariadb", "-N", "-e", "select count(*) from nusantara.audit_logs"])?.trim().parse::<u32>()? > 5);
    Ok(host.finish()?)
}
