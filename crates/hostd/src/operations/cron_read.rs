//! How cron jobs are, what became of their runs, what those wrote, and when a schedule would run.

use super::{no_account, no_job};
use crate::daemon::Daemon;
use crate::lines;
use crate::state::host_failed;
use crate::state::specs::broken;
use chrono::{DateTime, Local};
use nusantara_host::cron;
use nusantara_plan::render::cron::{service, timer};
use nusantara_proto::host::{Answer, CronOutput, CronState, CronTimes, ErrorCode, OperationError};
use nusantara_types::cron::CronJob;
use nusantara_types::{CronJobName, Schedule, Timestamp, Username};

/// How many lines of a run are handed on, and what they may come to, so that the answer fits a message.
const LINES: u32 = 500;
const MOST: usize = 96 * 1024;

fn jobs(d: &Daemon, username: &Username) -> Result<Vec<CronJob>, OperationError> {
    if d.uid_of(username).is_none() || !d.specs.exists(username) {
        return Err(no_account(username));
    }
    Ok(d.specs.read(username).map_err(|e| broken(&e))?.services.cron.jobs)
}

fn demand(d: &Daemon, username: &Username, name: &CronJobName) -> Result<(), OperationError> {
    let known = jobs(d, username)?.iter().any(|job| &job.name == name);
    known.then_some(()).ok_or_else(|| no_job(name))
}

pub(super) async fn states(d: &Daemon, username: &Username) -> Result<Answer, OperationError> {
    let mut jobs = jobs(d, username)?;
    jobs.sort_by(|a, b| a.name.cmp(&b.name));
    let states = jobs.iter().map(|job| state(d, username, job));
    Ok(Answer::CronJobs { jobs: futures_util::future::try_join_all(states).await? })
}

async fn state(d: &Daemon, username: &Username, job: &CronJob) -> Result<CronState, OperationError> {
    let (service, timer) = (service(username, &job.name), timer(username, &job.name));
    let time = |usec: u64| i64::try_from(usec).ok().and_then(DateTime::from_timestamp_micros);
    let (run, next) = tokio::try_join!(d.systemd.service_state(&service), d.systemd.next_elapse(&timer)).map_err(|e| host_failed(&e))?;
    let runs = matches!(run.active_state.as_str(), "active" | "activating" | "deactivating");
    let running_since: Option<Timestamp> = time(run.since_usec).filter(|_| runs);
    let last = cron::runs(username, &job.name).into_iter().next();
    Ok(CronState { name: job.name.clone(), next: next.and_then(time), running_since, last })
}

pub(super) fn runs(d: &Daemon, username: &Username, name: &CronJobName) -> Result<Answer, OperationError> {
    demand(d, username, name)?;
    Ok(Answer::CronRuns { runs: cron::runs(username, name) })
}

pub(super) async fn output(d: &Daemon, args: &CronOutput) -> Result<Answer, OperationError> {
    demand(d, &args.username, &args.name)?;
    let all = lines::of_run(&service(&args.username, &args.name), &args.run, LINES).await.map_err(|e| host_failed(&e))?;
    Ok(Answer::CronOutput { lines: fitting(all) })
}

/// As many of the last lines as fit an answer, as JSON writes them.
fn fitting(lines: Vec<String>) -> Vec<String> {
    let mut left = MOST;
    let fits = |line: &&String| {
        let size = line.len() + line.bytes().filter(|b| matches!(b, b'"' | b'\\')).count() + 3;
        left.checked_sub(size).map(|rest| left = rest).is_some()
    };
    let count = lines.iter().rev().take_while(fits).count();
    let skipped = lines.len() - count;
    lines.into_iter().skip(skipped).collect()
}

pub(super) fn times(d: &Daemon, schedule: &Schedule, count: u32) -> Result<Answer, OperationError> {
    if !(1..=100).contains(&count) {
        return Err(OperationError::new(ErrorCode::Invalid, "ask for 1 to 100 runs").field("count"));
    }
    let now = d.now().with_timezone(&Local);
    let runs = schedule.next_runs(&now, count as usize).iter().map(DateTime::fixed_offset).collect();
    Ok(Answer::CronTimes(CronTimes { zone: zone(), runs }))
}

/// The host's time zone, as the link to it says (localtime(5)).
fn zone() -> String {
    let link = std::fs::read_link("/etc/localtime").ok();
    let name = link.as_ref().and_then(|link| link.to_str()?.split_once("zoneinfo/").map(|(_, name)| name.to_owned()));
    name.unwrap_or_else(|| "UTC".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_are_kept() {
        let lines: Vec<String> = (0..500).map(|i| format!("{i} {}", "\"".repeat(900))).collect();
        let kept = fitting(lines);
        assert!(kept.len() < 100 && kept.last().unwrap().starts_with("499"));
        assert!(serde_json::to_vec(&kept).unwrap().len() <= MOST + 2);
    }
}
