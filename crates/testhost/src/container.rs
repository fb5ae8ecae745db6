//! Host kind 1: systemd-nspawn over a cached tree, every change in memory.

use std::{
    fs,
    fs::File,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::Duration,
};

use crate::{
    command::{check, command, keep},
    error::{During, Error, Result},
    image::Image,
    network::{BRIDGE, GATEWAY},
    paths::{Process, console},
    registry::Record,
    wait,
};

/// Moves itself into the control groups named first, then becomes the command after `--`.
///
/// Without a group of its own every container would share one, and the PID 1 of each would see, and one day stop,
/// the processes of the others. A shell does it because nothing may run between `fork` and `exec` in safe Rust.
const ENTER: &str = r#"while [ "$1" != -- ]; do echo $$ > "$1/cgroup.procs"; shift; done; shift; exec "$@""#;

/// Starts systemd and gives the host its address. Returns the supervisor and the leader.
pub(crate) fn start(record: &Record, image: &Image) -> Result<(Process, Process)> {
    let groups = groups(&record.name);
    for group in &groups {
        fs::create_dir_all(group).during(|| format!("create {}", group.display()))?;
    }
    let mut nspawn = command(["/bin/sh", "-c", ENTER, "sh"]);
    nspawn.args(&groups).arg("--");
    if !record.kept {
        // A test that is killed takes its hosts with it: nspawn dies, and PID 1 inside dies of nspawn's death.
        nspawn.args(["setpriv", "--pdeathsig", "KILL"]);
    }
    nspawn
        .args(["systemd-nspawn", "--quiet", "--volatile=overlay", "--register=no", "--keep-unit", "--boot"])
        .args(["--resolv-conf=off", "--timezone=off", "--link-journal=no"])
        .arg(format!("--network-bridge={BRIDGE}"))
        .arg(format!("--machine={}", record.name))
        .arg(format!("--directory={}", image.rootfs().display()));
    log_to(&mut nspawn, &console(&record.name))?;
    let supervisor = observe(keep(nspawn)?)?;
    let leader =
        wait::until("its PID 1", Duration::from_secs(30), || if supervisor.alive() { Ok(leader(supervisor)) } else { Err(gone()) })?;
    address(record, leader)?;
    Ok((supervisor, leader))
}

/// Output into the console file, and a process group of its own so that Ctrl-C reaches only us.
pub(crate) fn log_to(command: &mut Command, path: &Path) -> Result<()> {
    use std::os::unix::process::CommandExt;
    let log = File::create(path).during(|| format!("create {}", path.display()))?;
    let twin = log.try_clone().during(|| format!("open {}", path.display()))?;
    command.stdin(Stdio::null()).stdout(log).stderr(twin).process_group(0);
    Ok(())
}

pub(crate) fn observe(pid: u32) -> Result<Process> {
    Process::observe(pid).ok_or_else(gone)
}

fn gone() -> Error {
    Error::Unsupported("its supervisor ended at once".to_owned())
}

/// The child of nspawn that has become systemd. Before that it is a copy of nspawn that still sets things up.
fn leader(supervisor: Process) -> Option<Process> {
    let pid = supervisor.pid;
    let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).ok()?;
    children
        .split_ascii_whitespace()
        .filter_map(|child| child.parse().ok())
        .find(|child| fs::read_to_string(format!("/proc/{child}/comm")).is_ok_and(|name| name == "systemd\n"))
        .and_then(Process::observe)
}

fn address(record: &Record, leader: Process) -> Result<()> {
    let inside = |arguments: String| {
        let pid = leader.pid.to_string();
        let words = ["nsenter", "--target", &pid, "--net", "ip"].map(str::to_owned);
        check(command(words.into_iter().chain(arguments.split(' ').map(str::to_owned))))
    };
    // The link address follows the address, so that whoever has this one in its neighbour table from an earlier host is right.
    let octet = record.address.octets()[3];
    inside(format!("link set host0 address 52:54:00:77:00:{octet:02x}"))?;
    inside(format!("address add {}/24 dev host0", record.address))?;
    inside("link set host0 up".to_owned())?;
    inside(format!("route add default via {GATEWAY}"))?;
    let hosts = PathBuf::from(format!("/proc/{}/root/etc/hosts", leader.pid));
    let text = fs::read_to_string(&hosts).during(|| format!("read {}", hosts.display()))?;
    let text = format!("{text}127.0.1.1 {}\n", record.name);
    fs::write(&hosts, text).during(|| format!("write {}", hosts.display()))
}

/// The command that runs `argv` inside, in all namespaces of the host.
pub(crate) fn enter(record: &Record) -> Result<Command> {
    let leader = record.leader.ok_or_else(|| Error::NotUp(record.name.clone()))?;
    let pid = leader.pid.to_string();
    let mut nsenter = command(["nsenter", "--target", &pid, "--all", "--"]);
    nsenter.env_clear().envs([
        ("PATH", "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"),
        ("HOME", "/root"),
        ("LANG", "C.UTF-8"),
    ]);
    Ok(nsenter)
}

/// Ends the host and removes what nspawn leaves behind. Works on any half of a host.
pub(crate) fn stop(record: &Record) -> Result<()> {
    // When PID 1 of a process namespace dies the kernel ends the rest, and nspawn then cleans up after itself.
    match (record.leader, record.supervisor) {
        (Some(leader), _) => leader.kill(),
        (None, Some(supervisor)) => supervisor.kill(),
        (None, None) => {}
    }
    if let Some(supervisor) = record.supervisor {
        let ended = wait::until_uninterrupted(Duration::from_secs(5), || (!supervisor.alive()).then_some(()));
        if ended.is_none() {
            supervisor.kill();
            wait::until_uninterrupted(Duration::from_secs(5), || (!supervisor.alive()).then_some(()));
        }
    }
    // nspawn refuses to remove this one where /run is no mount point of its own.
    fs::remove_dir(Path::new("/run/systemd/nspawn/propagate").join(&record.name)).ok();
    for group in groups(&record.name) {
        remove_group(&group)?;
    }
    Ok(())
}

/// One control group per hierarchy that systemd uses: the unified one, or on older set-ups the named one and it.
fn groups(name: &str) -> Vec<PathBuf> {
    let root = Path::new("/sys/fs/cgroup");
    let candidates =
        if root.join("cgroup.controllers").exists() { vec![root.to_owned()] } else { vec![root.join("systemd"), root.join("unified")] };
    candidates
        .into_iter()
        .filter(|hierarchy| hierarchy.join("cgroup.procs").exists())
        .map(|hierarchy| hierarchy.join(format!("testhost-{name}")))
        .collect()
}

/// Removes a tree of empty control groups, leaves first. Processes that are just ending get a moment.
fn remove_group(group: &Path) -> Result<()> {
    if !group.exists() {
        return Ok(());
    }
    let gone = wait::until_uninterrupted(Duration::from_secs(5), || {
        remove_leaves(group);
        (!group.exists()).then_some(())
    });
    gone.ok_or_else(|| Error::Timeout {
        what: format!("control group {} without processes", group.display()),
        within: Duration::from_secs(5),
    })
}

fn remove_leaves(group: &Path) {
    for entry in fs::read_dir(group).into_iter().flatten().flatten() {
        if entry.file_type().is_ok_and(|kind| kind.is_dir()) {
            remove_leaves(&entry.path());
        }
    }
    fs::remove_dir(group).ok();
}
