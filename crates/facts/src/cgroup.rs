//! What the processes of a control group use, from the files of cgroup v2 (kernel.org, "Control Group v2"). A file or a line that is
//! not there, because its controller is off or the kernel older, counts as nothing.

use std::path::{Path, PathBuf};

/// Where cgroup v2 is mounted.
const ROOT: &str = "/sys/fs/cgroup";

/// What a group uses. Counters count from when the group was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Group {
    /// Microseconds of CPU.
    pub cpu_usec: u64,
    /// Microseconds for which it was held back by its CPU limit.
    pub cpu_throttled_usec: u64,
    /// Bytes of memory now.
    pub memory_bytes: u64,
    /// The most there were.
    pub memory_peak_bytes: Option<u64>,
    /// Processes killed for want of memory.
    pub oom_kills: u64,
    /// Processes and threads now.
    pub tasks: u64,
    /// Bytes read from disks.
    pub io_read_bytes: u64,
    /// Bytes written to disks.
    pub io_write_bytes: u64,
    /// Share of the last 60 s in which something waited, in hundredths of a percent: for CPU, memory, disk.
    pub pressure: Option<(u32, u32, u32)>,
}

/// The slice of a user: all that runs as this user. A slice that is not up uses nothing.
#[must_use]
pub fn user_slice(uid: u32) -> Group {
    read(&Path::new(ROOT).join(format!("user.slice/user-{uid}.slice")))
}

fn read(folder: &Path) -> Group {
    let file = |name: &str| std::fs::read_to_string(PathBuf::from(folder).join(name)).unwrap_or_default();
    let number = |name: &str| file(name).trim().parse::<u64>().ok();
    let (cpu, events, io) = (file("cpu.stat"), file("memory.events"), file("io.stat"));
    let waited = |name: &str| some_avg60(&file(name));
    Group {
        cpu_usec: keyed(&cpu, "usage_usec"),
        cpu_throttled_usec: keyed(&cpu, "throttled_usec"),
        memory_bytes: number("memory.current").unwrap_or(0),
        memory_peak_bytes: number("memory.peak"),
        oom_kills: keyed(&events, "oom_kill"),
        tasks: number("pids.current").unwrap_or(0),
        io_read_bytes: summed(&io, "rbytes="),
        io_write_bytes: summed(&io, "wbytes="),
        pressure: waited("cpu.pressure")
            .zip(waited("memory.pressure"))
            .zip(waited("io.pressure"))
            .map(|((cpu, memory), io)| (cpu, memory, io)),
    }
}

/// The value of a line `key value`.
fn keyed(text: &str, key: &str) -> u64 {
    let value = text.lines().find_map(|line| line.split_once(' ').filter(|(name, _)| *name == key));
    value.and_then(|(_, value)| value.trim().parse().ok()).unwrap_or(0)
}

/// The sum of `key=value` over all lines, one of which there is for each device.
fn summed(text: &str, key: &str) -> u64 {
    text.split_ascii_whitespace().filter_map(|word| word.strip_prefix(key)?.parse::<u64>().ok()).fold(0, u64::saturating_add)
}

/// `avg60` of the line `some`, which has two decimals, in hundredths.
fn some_avg60(text: &str) -> Option<u32> {
    let line = text.lines().find_map(|line| line.strip_prefix("some "))?;
    let (whole, hundredths) = line.split_ascii_whitespace().find_map(|word| word.strip_prefix("avg60="))?.split_once('.')?;
    whole.parse::<u32>().ok()?.checked_mul(100)?.checked_add(hundredths.parse().ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_group_is_read_file_by_file() {
        let folder = tempfile::tempdir().unwrap();
        #[expect(clippy::disallowed_methods, reason = "a fixture")]
        let put = |name: &str, text: &str| std::fs::write(folder.path().join(name), text).unwrap();
        put("cpu.stat", "usage_usec 1500\nuser_usec 1000\nsystem_usec 500\nnr_throttled 2\nthrottled_usec 70\n");
        put("memory.current", "4096\n");
        put("memory.events", "low 0\nhigh 0\nmax 9\noom 3\noom_kill 2\noom_group_kill 0\n");
        put("pids.current", "7\n");
        put("io.stat", "8:0 rbytes=10 wbytes=20 rios=1 wios=1\n8:16 rbytes=1 wbytes=2 rios=0 wios=0 dbytes=0 dios=0\n");
        for name in ["cpu.pressure", "memory.pressure", "io.pressure"] {
            put(name, "some avg10=1.00 avg60=12.05 avg300=0.00 total=1\nfull avg10=0.00 avg60=0.00 avg300=0.00 total=0\n");
        }
        let group = read(folder.path());
        let expected = Group {
            cpu_usec: 1_500,
            cpu_throttled_usec: 70,
            memory_bytes: 4_096,
            memory_peak_bytes: None,
            oom_kills: 2,
            tasks: 7,
            io_read_bytes: 11,
            io_write_bytes: 22,
            pressure: Some((1_205, 1_205, 1_205)),
        };
        assert_eq!(group, expected);
        assert_eq!(read(Path::new("/nonexistent")), Group::default());
    }
}
