//! What an account uses now: its slice as the kernel counts it, its home, and what was sent to its visitors this month.

use super::no_account;
use crate::converge::quota;
use crate::daemon::Daemon;
use crate::state::{host_failed, traffic};
use chrono::TimeDelta;
use nusantara_facts::cgroup;
use nusantara_host::apps::measure_home;
use nusantara_plan::paths;
use nusantara_plan::serving::Serving;
use nusantara_proto::host::{AccountUsage, Answer, ErrorCode, OperationError, Pressure};
use nusantara_types::Username;
use std::path::PathBuf;
use tokio::sync::Mutex;

/// How old a measured home may be, in minutes.
const FRESH: TimeDelta = TimeDelta::minutes(15);

/// One count at a time: two would count the same lines.
static COUNTING: Mutex<()> = Mutex::const_new(());

/// Does something while nobody counts.
pub(crate) async fn quietly<T>(work: impl Future<Output = T>) -> T {
    let _turn = COUNTING.lock().await;
    work.await
}

pub(super) async fn run(d: &Daemon, username: &Username) -> Result<Answer, OperationError> {
    let uid = d.uid_of(username).ok_or_else(|| no_account(username))?;
    let now = d.now();
    let mut remembered = traffic::load(&d.folders, username);
    let quota = quota::seen(uid).await.map_err(|e| host_failed(&e))?;
    let old = quota.is_none() && remembered.disk_measured_at.is_none_or(|at| now - at > FRESH || at > now);
    // Before it counts, for this may take long. A home that cannot be measured now keeps its last figure.
    let measured = if old { measure_home(username, uid).await.ok() } else { None };
    {
        let _turn = COUNTING.lock().await;
        remembered = traffic::load(&d.folders, username);
        if let Some(bytes) = measured {
            (remembered.disk_bytes, remembered.disk_measured_at) = (Some(bytes), Some(now));
        }
        let folder = PathBuf::from(paths::site_logs(username));
        let counted = tokio::task::spawn_blocking(move || remembered.count(&folder, now).map(|()| remembered)).await;
        let unreadable = |e: String| OperationError::new(ErrorCode::HostFailed, "the site logs could not be read").detail(e);
        remembered = counted.map_err(|e| unreadable(e.to_string()))?.map_err(|e| unreadable(e.to_string()))?;
        // An account that was removed meanwhile is not remembered.
        if d.specs.exists(username) {
            traffic::save(&d.folders, username, &remembered).await.map_err(|e| host_failed(&e))?;
        }
    }
    let group = cgroup::user_slice(uid);
    // An account whose files cannot be used keeps what it has.
    let live = Serving::of_vhost(&std::fs::read_to_string(d.folders.vhost(username)).unwrap_or_default());
    let spec = d.specs.read(username).ok();
    let due = spec.as_ref().map_or(live, |spec| Serving::after_sending(spec, remembered.sent_bytes));
    Ok(Answer::Usage(AccountUsage {
        cpu_usec: group.cpu_usec,
        cpu_throttled_usec: group.cpu_throttled_usec,
        memory_bytes: group.memory_bytes,
        memory_peak_bytes: group.memory_peak_bytes,
        oom_kills: group.oom_kills,
        tasks: group.tasks,
        io_read_bytes: group.io_read_bytes,
        io_write_bytes: group.io_write_bytes,
        pressure: group.pressure.map(|(cpu, memory, io)| Pressure { cpu, memory, io }),
        disk_bytes: quota.map(|q| q.bytes).or(remembered.disk_bytes),
        disk_files: quota.map(|q| q.files),
        disk_measured_at: remembered.disk_measured_at.filter(|_| quota.is_none()),
        sent_bytes: remembered.sent_bytes,
        sent_percent: spec.map_or(0, |spec| spec.limits.traffic_percent(remembered.sent_bytes)),
        sites_paused: live == Serving::OverTraffic,
        pause_due: due == Serving::OverTraffic,
    }))
}
