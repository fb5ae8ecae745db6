//! Host kind 2: QEMU with a kernel of its own, entered by ssh.

use std::{fs, path::PathBuf, process::Command, time::Duration};

use crate::{
    command::{capture, check, command, keep},
    container::{log_to, observe},
    error::{Error, Result},
    image::Image,
    network,
    paths::{Process, cache_dir, console, run_dir},
    registry::Record,
    wait,
};

/// Holds what this machine changed over the image's disk; survives a power cut, not the host.
fn overlay(name: &str) -> PathBuf {
    cache_dir().join("overlays").join(format!("{name}.qcow2"))
}

fn control(name: &str) -> PathBuf {
    run_dir().join(format!("{name}.ssh"))
}

/// Switches the machine on, on a fresh disk. Supervisor and leader are both QEMU.
pub(crate) fn start(record: &Record, image: &Image) -> Result<(Process, Process)> {
    let overlay = overlay(&record.name);
    if let Some(folder) = overlay.parent() {
        fs::create_dir_all(folder).map_err(|source| Error::Io { action: "create overlays".into(), source })?;
    }
    fs::remove_file(&overlay).ok();
    let base = image.disk();
    let mut create = command(["qemu-img", "create", "-q", "-f", "qcow2", "-F", "raw", "-b"]);
    create.arg(&base).arg(&overlay);
    check(create)?;
    network::tap_up(&network::tap(record.address))?;
    power_on(record, image)
}

/// Switches the machine on with the disk as it is.
pub(crate) fn power_on(record: &Record, image: &Image) -> Result<(Process, Process)> {
    let octet = record.address.octets()[3];
    let mut qemu =
        if record.kept { command(["qemu-system-x86_64"]) } else { command(["setpriv", "--pdeathsig", "KILL", "qemu-system-x86_64"]) };
    qemu.args(["-accel", "tcg,thread=multi", "-smp", "2", "-cpu", "max", "-m", "1024"])
        .args(["-display", "none", "-no-reboot", "-nodefaults", "-serial", "stdio"])
        .args(["-device", "virtio-rng-pci"])
        .arg("-kernel")
        .arg(image.kernel())
        .arg("-initrd")
        .arg(image.initrd())
        .arg("-append")
        .arg(format!(
            "root=/dev/vda rw console=ttyS0 panic=-1 quiet net.ifnames=0 mitigations=off testhost.address={} \
             testhost.name={}",
            record.address, record.name
        ))
        .arg("-drive")
        .arg(format!("file={},if=virtio,format=qcow2,cache=unsafe", overlay(&record.name).display()))
        .arg("-netdev")
        .arg(format!("tap,id=net,ifname={},script=no,downscript=no", network::tap(record.address)))
        .arg("-device")
        .arg(format!("virtio-net-pci,netdev=net,mac=52:54:00:77:00:{octet:02x}"));
    log_to(&mut qemu, &console(&record.name))?;
    let machine = observe(keep(qemu)?)?;
    Ok((machine, machine))
}

/// Waits until the machine lets us in.
pub(crate) fn reachable(record: &Record, image: &Image) -> Result<()> {
    let machine = record.leader.ok_or_else(|| Error::NotUp(record.name.clone()))?;
    wait::until("an ssh server", Duration::from_secs(600), || {
        if !machine.alive() {
            return Err(Error::Unsupported("the machine switched itself off".to_owned()));
        }
        let mut probe = enter(record, image);
        probe.arg("true");
        Ok(capture(probe, None)?.success().then_some(()))
    })
}

/// The command that runs a quoted command line inside. One connection is shared by all, for a handshake in an
/// emulated processor takes a second.
pub(crate) fn enter(record: &Record, image: &Image) -> Command {
    let mut ssh = command(["ssh", "-F", "none", "-i"]);
    ssh.arg(image.key());
    for option in [
        "BatchMode=yes",
        "LogLevel=ERROR",
        "ConnectTimeout=30",
        "StrictHostKeyChecking=no",
        "UserKnownHostsFile=/dev/null",
        "ControlMaster=auto",
        "ControlPersist=yes",
    ] {
        ssh.args(["-o", option]);
    }
    ssh.arg("-o").arg(format!("ControlPath={}", control(&record.name).display()));
    ssh.arg(format!("root@{}", record.address)).arg("--");
    ssh
}

/// Words for the shell on the other side: each in single quotes.
pub(crate) fn quote(word: &str) -> String {
    format!("'{}'", word.replace('\'', r"'\''"))
}

/// Cuts the power. What the machine had not written to its disk is lost.
pub(crate) fn power_off(record: &Record) -> Result<()> {
    // The machine first: nobody tells it beforehand. Then the connection that all commands share, so that they end.
    if let Some(machine) = record.supervisor {
        machine.end()?;
    }
    if control(&record.name).exists() {
        let mut exit = command(["ssh", "-q", "-F", "none", "-O", "exit", "-o"]);
        exit.arg(format!("ControlPath={}", control(&record.name).display())).arg("testhost");
        capture(exit, None).ok();
        fs::remove_file(control(&record.name)).ok();
    }
    Ok(())
}

/// Ends the machine and removes its disk and interface. Works on any half of a machine.
pub(crate) fn stop(record: &Record) -> Result<()> {
    let off = power_off(record);
    fs::remove_file(overlay(&record.name)).ok();
    off.and(network::tap_down(&network::tap(record.address)))
}
