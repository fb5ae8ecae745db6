//! What is kept of an account that is deleted: all of it, made by the account itself, or nothing is deleted.

mod hostd;
mod panel;

use hostd::{Hostd, text};
use nusantara_testhost::Host;
use panel::{Fallible, api, assert_clean, create, delete, fetch, inventory, job_end};
use serde_json::{Value, json};

const COPIES: &str = "/var/lib/nusantara-hostd/last-copies";
const FAILPOINTS: &str = "/run/nusantara-panel/failpoints";

fn shell(host: &Host, script: &str) -> Fallible<String> {
    Ok(host.run(["/bin/bash", "-c", script])?)
}

/// Whatever may be in a home, made by its owner.
const HOSTILE: &str = r#"set -e; cd ~
mkdir -p odd/deep; printf secret > odd/file; chmod 0640 odd/file; printf '#!/bin/sh\n' > odd/run; chmod 0751 odd/run
printf x > $'odd/a\nb'; printf y > 'odd/--checkpoint-action=exec=id'; printf z > $'odd/\xff\xfe \033[31m'; printf w > ./-rf
mkfifo odd/fifo; ln -s /etc/shadow odd/shadow; ln -s ./file odd/link; ln odd/file odd/twin; mkdir -m 0500 odd/shut
truncate -s 20G odd/sparse; printf end | dd of=odd/sparse conv=notrunc oflag=append status=none
python3 -c 'import socket; socket.socket(socket.AF_UNIX).bind("odd/socket")'
head -c 3000000 /dev/urandom > odd/bytes"#;

/// Names, kinds, modes and content of everything but sockets and the one large file, whose size must do.
const LISTED: &str = r#"find . ! -type s ! -name tmp -printf '%P %y %m %l\0' | LC_ALL=C sort -z | sha256sum;
find . -type f ! -name sparse -print0 | LC_ALL=C sort -z | xargs -0 sha256sum | sha256sum; stat -c '%s' odd/sparse; tail -c 3 odd/sparse"#;

fn copies(host: &Host) -> Fallible<Vec<Value>> {
    let said: Value = serde_json::from_str(&host.run(["nusantara", "--json", "last-copy", "list"])?)?;
    Ok(said["items"].as_array().cloned().unwrap_or_default())
}

fn deleted(host: &Host, query: &str) -> Fallible<Value> {
    let answer = api(host, "DELETE", &format!("/api/v1/accounts/joko{query}"), None)?;
    job_end(host, answer.body["job"]["id"].as_str().ok_or("no job")?)
}

#[test]
fn a_deleted_account_leaves_a_whole_copy_for_root_alone() -> Fallible {
    let host = Host::with_panel("last-copy")?;
    let hostd = Hostd::of(&host)?;
    let before = inventory(&host)?;
    create(&host, "joko", "joko.test")?;
    let made = host.exec_as("joko", ["env", "HOME=/home/joko", "/bin/bash", "-c", HOSTILE])?;
    assert!(made.success(), "{}", made.stderr);
    let spec = shell(&host, "cd /etc/nusantara-panel/users/joko && sha256sum *.json")?;
    let home = shell(&host, &format!("cd /home/joko && {LISTED}"))?;
    let job = delete(&host, "joko")?;
    assert_eq!(job["steps"][0]["name"], "copy.keep", "{job:#}");
    assert_clean(&host, &before, "deleted with a last copy")?;
    assert_eq!(host.run(["find", "/run/systemd/system", "-name", "nusantara-last-copy*"])?, "");

    let kept = copies(&host)?;
    assert_eq!((kept.len(), &kept[0]["username"]), (1, &json!("joko")), "{kept:#?}");
    let path = text(&kept[0]["path"]);
    assert!(path.starts_with(&format!("{COPIES}/joko-")) && path.ends_with(".tar.gz"), "{path}");
    assert_eq!(host.run(["stat", "-c", "%U:%G %a", &path, COPIES])?, "root:root 600\nroot:root 700\n");
    let size = kept[0]["size_bytes"].as_u64().ok_or("no size")?;
    assert!((3_000_000..20_000_000).contains(&size), "holes are kept as holes: {size}");
    shell(&host, &format!("mkdir -p /root/back && tar --extract --preserve-permissions --sparse --file={path} --directory=/root/back"))?;
    assert_eq!(shell(&host, "cd /root/back/spec && sha256sum *.json")?, spec);
    assert_eq!(shell(&host, &format!("cd /root/back/home && {LISTED}"))?, home);
    assert_eq!(shell(&host, "ls /root/back")?, "home\nspec\n");
    assert_eq!(host.run(["readlink", "/root/back/home/odd/link"])?, "./file\n", "links are as they were");

    // Whoever wants none has none; and after as many days as the host is told, a copy goes.
    create(&host, "joko", "joko.test")?;
    assert_eq!(deleted(&host, "?last_copy=false")?["state"], "success");
    assert_eq!(copies(&host)?.len(), 1);
    create(&host, "joko", "joko.test")?;
    host.run(["nusantara", "account", "delete", "joko", "--no-last-copy", "--yes", "--wait"])?;
    assert_eq!(copies(&host)?.len(), 1);
    host.run(["mv", &path, &format!("{COPIES}/joko-20200101T000000Z.tar.gz")])?;
    host.run(["systemctl", "restart", "nusantara-hostd.service"])?;
    hostd.done(&json!({"describe": {}}))?;
    host.wait_until("it is gone", panel::PATIENCE, || Ok(copies(&host).ok().filter(Vec::is_empty).map(drop)))?;
    assert_eq!(host.run(["ls", "-A", COPIES])?, "");
    Ok(host.finish()?)
}

#[test]
fn without_a_copy_nothing_is_deleted() -> Fallible {
    let host = Host::with_panel("last-copy-not")?;
    let hostd = Hostd::of(&host)?;
    create(&host, "joko", "joko.test")?;
    host.expect_error("Failed to start nusantara-last-copy@joko.service");
    let stays = |what: &str, part: &str| -> Fallible {
        let job = deleted(&host, "")?;
        assert_eq!((&job["state"], &job["error"]["code"]), (&json!("failed"), &json!("copy_failed")), "{what}: {job:#}");
        assert!(text(&job["error"]["detail"]).contains(part), "{what}: {job:#}");
        assert_eq!(host.run(["ls", "-A", COPIES])?, "", "{what}: no half of a copy");
        assert_eq!(api(&host, "GET", "/api/v1/accounts/joko", None)?.body["account"]["status"], "active", "{what}");
        fetch(&host, "joko.test")?;
        assert_eq!(hostd.drift("joko")?, json!([]), "{what}");
        Ok(())
    };
    // What the account itself cannot read would be missing.
    host.run(["install", "-m", "0600", "/dev/null", "/home/joko/of-root"])?;
    stays("a file of root's", "of-root")?;
    host.run(["rm", "/home/joko/of-root"])?;
    // Where there is no room it is not even begun.
    shell(&host, &format!("mount -t tmpfs -o size=64m,mode=0700 none {COPIES}"))?;
    stays("no room", "there is room for 0 MiB")?;
    shell(&host, &format!("umount {COPIES}"))?;

    // Killed while the account writes, hostd begins anew; nothing of the first try is left.
    host.expect_error("killed here on request of a test");
    for when in ["before", "after"] {
        host.write_file(FAILPOINTS, format!("kill hostd delete copy.keep {when}\n"))?;
        assert_eq!(deleted(&host, "")?["state"], "success", "killed {when}");
        assert_eq!(host.read_file(FAILPOINTS)?, "", "it was killed");
        let kept = copies(&host)?;
        assert_eq!(kept.len(), 1, "killed {when}: {kept:#?}");
        host.run(["gzip", "-t", &text(&kept[0]["path"])])?;
        shell(&host, &format!("rm {COPIES}/* && test -z \"$(ls -A {COPIES} /run/systemd/system | grep last-copy)\""))?;
        create(&host, "joko", "joko.test")?;
    }
    let report = host.run(["systemd-analyze", "security", "--no-pager", "nusantara-last-copy@joko.service"])?;
    let exposure = report.lines().find_map(|line| line.split_once("exposure level for ")?.1.split_once(": "));
    let exposure: Option<f32> = exposure.and_then(|(_, rest)| rest.split(' ').next()?.parse().ok());
    assert!(exposure.is_some_and(|level| level <= 1.8), "{exposure:?} of 1.8\n{report}");
    Ok(host.finish()?)
}
