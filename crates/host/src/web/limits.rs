//! How many files nginx may have open. Each site has two logs, and a master that reads its configuration again holds the old and
//! the new ones at the same time; besides, a worker keeps up to 64 files of a site open (`open_file_cache` of the vhosts). Debian
//! starts nginx with room for 1,024.

use crate::Result;
use crate::error::Explain;
use rustix::io::Errno;
use rustix::process::{Pid, Resource, Rlimit, getrlimit, prlimit};

/// Room besides logs: connections, upstreams, modules.
const BESIDES: u64 = 8_192;
/// Descriptors per log: the log in the old and in the new configuration, and half of what a worker keeps of its site.
const PER_LOG: u64 = 2 + 32;
/// Never less than this, so that growing hosts are not adjusted at every reload.
const AT_LEAST: u64 = 65_536;

/// Raises the limit of a process (this one for `None`) so that `log_files` logs fit. Never lowers it. Workers inherit it from
/// their master when they are started.
pub(super) fn allow_open_files(pid: Option<Pid>, log_files: usize) -> Result<()> {
    let what = || "raise the number of files the web server may open".to_owned();
    let needed = (PER_LOG * log_files as u64 + BESIDES).max(AT_LEAST);
    let limit = match pid {
        None => getrlimit(Resource::Nofile),
        // Reading another process's limit through the same call would set it; its own record has it. Where that is hidden from
        // this daemon, the limit of nginx's unit, which the package raises, has to do.
        Some(pid) => match of_process(pid) {
            Ok(limit) => limit,
            Err(error) => {
                tracing::debug!(%error, "the web server's limits cannot be seen");
                return Ok(());
            }
        },
    };
    // `None` is "no limit".
    let enough = |have: Option<u64>| have.is_none_or(|have| have >= needed);
    if enough(limit.current) {
        return Ok(());
    }
    let set = |current, maximum| prlimit(pid, Resource::Nofile, Rlimit { current, maximum }).map(drop);
    if enough(limit.maximum) {
        return set(Some(needed), limit.maximum).explain(what);
    }
    // Past the hard limit only CAP_SYS_RESOURCE leads. Without it take what there is: nginx says so if it is too little.
    match set(Some(needed), Some(needed)) {
        Err(Errno::PERM) => {
            tracing::warn!(needed, limit = limit.maximum, "the number of files the web server may open cannot be raised far enough");
            set(limit.maximum, limit.maximum).explain(what)
        }
        other => other.explain(what),
    }
}

/// Reads `Max open files` from proc(5): `Max open files            1024                 524288               files`.
fn of_process(pid: Pid) -> std::io::Result<Rlimit> {
    let text = std::fs::read_to_string(format!("/proc/{}/limits", pid.as_raw_nonzero()))?;
    let mut values = text
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"))
        .map(str::split_ascii_whitespace)
        .ok_or(std::io::ErrorKind::InvalidData)?
        .map(|word| word.parse::<u64>().ok());
    Ok(Rlimit { current: values.next().flatten(), maximum: values.next().flatten() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_process_gets_more_room_and_keeps_what_it_had() {
        let child = std::process::id();
        let me = Pid::from_raw(i32::try_from(child).unwrap());
        let before = of_process(me.unwrap()).unwrap();
        assert_eq!(before.current, getrlimit(Resource::Nofile).current);
        allow_open_files(me, 10).unwrap();
        let after = of_process(me.unwrap()).unwrap();
        // Where tests may not raise the hard limit, all of it is used.
        assert!(after.current.is_none_or(|n| n >= AT_LEAST) || after.current == after.maximum, "{before:?} {after:?}");
        allow_open_files(None, 10).unwrap();
        assert_eq!(of_process(me.unwrap()).unwrap(), after);
    }
}
