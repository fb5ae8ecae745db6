//! What the test kit itself promises about virtual machines.

use nusantara_testhost::{Host, HostOptions, Kind, Result};

#[test]
fn machine_enforces_limits_and_survives_a_power_cut() -> Result<()> {
    let mut host = Host::up("vm", &HostOptions { kind: Kind::Vm, ..HostOptions::default() })?;
    let status = host.exec(["sh", "-c", "exit $(( 40 + $1 ))", "sh", "2"])?.status;
    assert_eq!(status, 42);
    let script = "cat /sys/fs/cgroup/$(cut -d: -f3 /proc/self/cgroup)/memory.max";
    let limit = host.run(["systemd-run", "--quiet", "--pipe", "--wait", "-p", "MemoryMax=50M", "sh", "-c", script])?;
    assert_eq!(limit.trim(), (50 * 1024 * 1024).to_string());
    assert_eq!(host.http_get("anything.test", "/")?.status, 200);

    host.write_file("/root/kept", "on disk")?;
    host.run(["sync"])?;
    let before = host.read_file("/proc/sys/kernel/random/boot_id")?;
    host.power_cycle()?;
    assert_ne!(host.read_file("/proc/sys/kernel/random/boot_id")?, before);
    assert_eq!(host.read_file("/root/kept")?, "on disk");
    host.finish()
}
