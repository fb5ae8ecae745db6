//! Cron jobs as the client sees them.

use nusantara_api::cron::{CronJob, CronJobList};
use nusantara_proto::host::CronState;
use nusantara_types::cron;
use std::collections::BTreeMap;

/// The jobs of a spec with how they are, in order of name.
pub(crate) fn list(mut jobs: Vec<cron::CronJob>, states: Vec<CronState>, limit: u32) -> CronJobList {
    let mut states: BTreeMap<_, _> = states.into_iter().map(|state| (state.name.clone(), state)).collect();
    jobs.sort_by(|a, b| a.name.cmp(&b.name));
    let view = |job: cron::CronJob| {
        let state = states.remove(&job.name);
        let (next_run, running_since, last) = state.map_or((None, None, None), |s| (s.next, s.running_since, s.last));
        let cron::CronJob { name, schedule, command, timeout_minutes, enabled } = job;
        let (name, last_run) = (name.into(), last.map(Into::into));
        CronJob { name, schedule, command, timeout_minutes, enabled, next_run, running_since, last_run }
    };
    CronJobList { items: jobs.into_iter().map(view).collect(), limit }
}
