//! What the test kit itself promises about containers.
#![allow(clippy::disallowed_methods, reason = "this crate is no part of the product")]

use std::{fs, path::Path, process::Command, time::Duration};

use nusantara_testhost::{Error, Host, HostOptions, Result, list};

fn container(name: &str) -> Result<Host> {
    Host::up(name, &HostOptions::default())
}

fn names() -> Result<Vec<String>> {
    Ok(list()?.into_iter().map(|host| host.name).collect())
}

/// Writes a journal line as a unit of ours.
fn plant(host: &Host, priority: &str, message: &str) -> Result<String> {
    let script = format!("echo '<{priority}>{message}'");
    host.run(["systemd-run", "--wait", "--quiet", "--unit=nusantara-planted", "--collect", "sh", "-c", &script])
}

#[test]
fn exit_status_output_and_input_pass_through() -> Result<()> {
    let host = container("status")?;
    let output = host.exec(["sh", "-c", "echo out; echo err >&2; exit 42"])?;
    assert_eq!((output.status, output.stdout.as_str(), output.stderr.as_str()), (42, "out\n", "err\n"));
    let killed = host.exec(["sh", "-c", "kill -KILL $$"])?;
    assert_eq!(killed.status, 137);
    let echoed = host.exec_with_input(["cat"], b"to and fro")?;
    assert_eq!(echoed.stdout, "to and fro");
    host.finish()
}

#[test]
fn commands_run_as_the_user_they_name() -> Result<()> {
    let host = container("users")?;
    assert_eq!(host.exec_as("www-data", ["id", "-un"])?.stdout, "www-data\n");
    assert_eq!(host.exec_as(54_321, ["id", "-u"])?.stdout, "54321\n");
    host.finish()
}

#[test]
fn files_come_back_as_they_were_written() -> Result<()> {
    let host = container("files")?;
    host.write_file("/etc/a file", "first\nsecond")?;
    assert_eq!(host.read_file("/etc/a file")?, "first\nsecond");
    assert!(host.exists("/etc/a file")?);
    assert!(!host.exists("/etc/another")?);
    host.finish()
}

#[test]
fn two_hosts_reach_each_other_and_keep_their_processes_apart() -> Result<()> {
    let one = container("one")?;
    let two = container("two")?;
    assert_ne!(one.address(), two.address());
    let url = format!("http://{}/", two.address());
    assert!(one.run(["curl", "--silent", "--fail", &url])?.contains("nginx"));
    // Stopping a service on one leaves the same service of the other alone.
    one.run(["systemctl", "stop", "nginx"])?;
    assert_eq!(two.http_get("anything.test", "/")?.status, 200);
    let tree = two.run(["systemd-cgls", "--no-pager", "--all"])?;
    assert_eq!(tree.matches("nginx: master").count(), 1, "{tree}");
    one.finish()?;
    two.finish()
}

#[test]
fn host_that_ended_leaves_nothing_behind() -> Result<()> {
    let host = container("gone")?;
    let name = host.name().to_owned();
    let leader = host.leader();
    assert!(names()?.contains(&name));
    host.finish()?;
    assert!(!names()?.contains(&name));
    assert!(matches!(Host::attach(&name), Err(Error::NotUp(_))));
    assert!(!Path::new(&format!("/proc/{leader}")).exists());
    let mounts = fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    assert!(!mounts.contains(&name));
    for folder in ["/sys/fs/cgroup", "/sys/fs/cgroup/systemd", "/sys/fs/cgroup/unified"] {
        assert!(!Path::new(folder).join(format!("testhost-{name}")).exists());
    }
    let before = names()?;
    let links = Command::new("ip").args(["-oneline", "link"]).output().map(|output| output.stdout);
    let links = String::from_utf8_lossy(&links.unwrap_or_default()).into_owned();
    assert!(!links.contains(&format!("vb-{name}")), "{links}");
    // The bridge is shared with whatever runs beside this test: it goes when the last host does.
    if before.is_empty() && names()?.is_empty() {
        assert!(!links.contains("nusantara-test:"), "{links}");
    }
    Ok(())
}

#[test]
fn name_is_taken_only_while_its_host_is_up() -> Result<()> {
    let options = HostOptions { keep: true, ..HostOptions::default() };
    let name = format!("taken-{}", std::process::id());
    let host = Host::up(&name, &options)?;
    assert!(matches!(Host::up(&name, &options), Err(Error::NameTaken(_))));
    drop(host);
    // A kept host outlives its handle.
    assert_eq!(Host::attach(&name)?.exec(["true"])?.status, 0);
    Host::down(&name)?;
    assert!(matches!(Host::down(&name), Err(Error::NotUp(_))));
    Ok(())
}

#[test]
fn error_line_of_ours_fails_the_test() -> Result<()> {
    let host = container("planted")?;
    plant(&host, "4", "a warning is fine")?;
    host.check_journal()?;
    plant(&host, "3", "the disk is on fire")?;
    let Err(Error::Journal { lines, .. }) = host.finish() else { panic!("the planted line was not noticed") };
    assert!(lines.contains("nusantara-planted.service <3> the disk is on fire"), "{lines}");
    Ok(())
}

#[test]
fn dropping_a_host_with_an_error_line_panics() {
    let outcome = std::panic::catch_unwind(|| {
        let host = container("dropped").expect("a host");
        plant(&host, "2", "unnoticed").expect("a line");
    });
    assert!(outcome.is_err());
}

#[test]
fn expected_error_line_is_forgiven() -> Result<()> {
    let host = container("expected")?;
    host.expect_error("nginx refused");
    plant(&host, "3", "nginx refused line 7")?;
    assert_eq!(host.journal("nusantara-planted.service")?.iter().filter(|line| line.priority == 3).count(), 1);
    host.finish()
}

#[test]
fn condition_that_never_holds_is_named() -> Result<()> {
    let host = container("waiting")?;
    let waited = host.wait_until("a miracle", Duration::from_millis(100), || Ok(None::<()>));
    let Err(Error::Timeout { what, .. }) = waited else { panic!("no time limit") };
    assert!(what.starts_with("a miracle on waiting-"), "{what}");
    host.finish()
}

#[test]
fn trixie_boots_as_well() -> Result<()> {
    let host = Host::up("trixie", &HostOptions { suite: nusantara_testhost::Suite::Trixie, ..HostOptions::default() })?;
    assert!(host.read_file("/etc/os-release")?.contains("VERSION_CODENAME=trixie"));
    assert_eq!(host.http_get("anything.test", "/")?.status, 200);
    host.finish()
}
