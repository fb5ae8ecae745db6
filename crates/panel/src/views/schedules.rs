//! Schedules as the client sees them.

use super::action;
use super::jobs::state;
use crate::auth::caller::Caller;
use crate::auth::permission::Permission;
use crate::schedules::task;
use nusantara_api::accounts::ActionState;
use nusantara_api::schedules::{Missed, Schedule, ScheduleActions, ScheduleRun};
use nusantara_store::{MissedPolicy, ScheduleRecord};

/// A schedule with its last run.
pub(crate) fn schedule(record: ScheduleRecord, last: Option<nusantara_store::ScheduleRun>, caller: &Caller) -> Schedule {
    let update = action(caller, Permission::ScheduleUpdate, None);
    Schedule {
        name: record.name.to_string(),
        task: task(&record.task),
        cron: record.cron,
        zone: record.zone,
        jitter_seconds: record.jitter_seconds,
        missed: match record.missed {
            MissedPolicy::Skip => Missed::Skip,
            MissedPolicy::Once => Missed::Once,
            MissedPolicy::All => Missed::All,
        },
        catch_up: record.catch_up,
        enabled: record.enabled,
        next_due: record.next_due.filter(|_| record.enabled),
        last_run: last.map(run),
        created_by: record.created_by.to_string(),
        created_at: record.created_at,
        updated_at: record.updated_at,
        actions: ScheduleActions { update: update.clone(), run: action(caller, Permission::ScheduleRun, None), delete: update },
    }
}

/// Whether the caller may make one.
pub(crate) fn create(caller: &Caller) -> ActionState {
    action(caller, Permission::ScheduleUpdate, None)
}

/// What became of a time.
pub(crate) fn run(run: nusantara_store::ScheduleRun) -> ScheduleRun {
    ScheduleRun {
        due_at: run.slot.due_at,
        job: run.slot.job.map(|job| job.0),
        state: run.state.map(state),
        by_hand: run.slot.by_hand,
        missed: run.slot.missed,
        created_at: run.created_at,
        finished_at: run.finished_at,
    }
}

/// The store's word for what is done about missed times.
pub(crate) const fn stored_missed(missed: Missed) -> MissedPolicy {
    match missed {
        Missed::Skip => MissedPolicy::Skip,
        Missed::Once => MissedPolicy::Once,
        Missed::All => MissedPolicy::All,
    }
}
