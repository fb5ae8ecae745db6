//! The audit trail on a booted host: sealed by the root daemon, checked by the panel and from a copied file alone.

mod panel;

use nusantara_testhost::Host;
use panel::{Fallible, create};
use serde_json::Value;
use std::time::Duration;

const STATE: &str = "/var/lib/nusantara-hostd";
const TRAIL: &str = "/var/log/nusantara-panel/audit.jsonl";

/// What `nusantara audit verify` says, and how it ended.
fn verify(host: &Host, more: &[&str]) -> Fallible<(i32, Value)> {
    let words = ["nusantara", "audit", "verify", "--json"].into_iter().chain(more.iter().copied());
    let said = host.exec(words)?;
    let verdict = serde_json::from_str(&said.stdout).map_err(|e| format!("{e}: {}{}", said.stdout, said.stderr))?;
    Ok((said.status, verdict))
}

#[test]
fn the_trail_is_sealed_by_root_and_a_changed_copy_shows() -> Fallible {
    let host = Host::with_panel("audit")?;
    create(&host, "joko", "joko.test")?;
    create(&host, "sari", "sari.test")?;
    // It is sealed when the panel starts, and every five minutes.
    host.run(["systemctl", "restart", "nusantarad.service"])?;
    let sealed = |rows: i64| {
        host.wait_until("a seal", Duration::from_secs(30), || {
            let seen = verify(&host, &[]).ok();
            Ok(seen.map(|(_, verdict)| verdict).filter(|verdict| verdict["sealed_row"].as_i64() >= Some(rows)))
        })
    };
    let verdict = sealed(4)?;
    assert_eq!((&verdict["intact"], verdict["key"].is_string()), (&Value::Bool(true), true), "{verdict}");
    let modes = host.run(["stat", "-c", "%a %U", &format!("{STATE}/audit-seal.key"), &format!("{STATE}/audit-seals.jsonl")])?;
    assert_eq!(modes, "600 root\n600 root\n");
    assert!(!host.exec_as("nusantara", ["cat", &format!("{STATE}/audit-seal.key")])?.success(), "the panel has no key");

    // A copy is checked without the panel, by whoever has the public key.
    let key = host.read_file(&format!("{STATE}/audit-seal.pub"))?;
    let text = host.read_file(TRAIL)?;
    let lines: Vec<&str> = text.lines().collect();
    let row =
        |n: i64| lines.iter().position(|line| line.starts_with(&format!("{{\"id\":{n},"))).ok_or_else(|| format!("no row {n} in {text}"));
    let check = |lines: &[&str]| -> Fallible<(i32, Value)> {
        host.write_file("/tmp/copy.jsonl", lines.join("\n") + "\n")?;
        verify(&host, &["--file", "/tmp/copy.jsonl", "--key", key.trim()])
    };
    let (status, whole) = check(&lines)?;
    assert_eq!((status, &whole["intact"], &whole["sealed_row"]), (0, &Value::Bool(true), &verdict["sealed_row"]), "{whole}");
    let (second, third) = (row(2)?, row(3)?);
    let changed = lines[second].replace("\"phase\":\"", "\"phase\":\"x");
    let mut attacks: Vec<(&str, Vec<&str>, i64)> = Vec::new();
    let mut copy = lines.clone();
    copy[second] = &changed;
    attacks.push(("changed", copy, 2));
    let mut copy = lines.clone();
    copy.remove(second);
    attacks.push(("removed", copy, 2));
    let mut copy = lines.clone();
    copy.swap(second, third);
    attacks.push(("reordered", copy, 2));
    let seals: Vec<&str> = lines.iter().copied().filter(|line| line.starts_with("{\"seal\"")).collect();
    attacks.push(("cut off at the end", lines[..=second].iter().copied().chain(seals).collect(), 3));
    for (what, copy, first_bad) in attacks {
        let (status, found) = check(&copy)?;
        assert_eq!((status, &found["intact"], found["broken_row"].as_i64()), (1, &Value::Bool(false), Some(first_bad)), "{what}: {found}");
    }
    let (status, found) = verify(&host, &["--file", TRAIL, "--key", &"ab".repeat(32)])?;
    assert_eq!((status, &found["intact"]), (1, &Value::Bool(false)), "sealed by another key: {found}");

    // An export holds the same rows, and says itself that it was made.
    let rows = host.run(["nusantara", "audit", "export"])?;
    assert!(rows.lines().count() >= lines.iter().filter(|line| line.starts_with("{\"id\"")).count());
    host.run(["nusantara", "audit", "export", "--format", "csv", "--output", "/tmp/trail.csv"])?;
    assert!(host.read_file("/tmp/trail.csv")?.starts_with("id,created_at,actor,"));
    assert!(!host.exec(["nusantara", "audit", "export", "--output", "/tmp/trail.csv"])?.success(), "nothing is overwritten");
    assert!(host.run(["nusantara", "audit", "list", "--limit", "5"])?.contains("audit.export"));
    Ok(host.finish()?)
}
