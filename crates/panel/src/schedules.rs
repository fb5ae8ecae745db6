//! What schedules can do: a closed set of the panel's own jobs.

use crate::flows::{AUDIT_SEAL, AUDIT_VERIFY, DRIFT_LOOK, HOST_CONVERGE, INDEX_COMPARE, TIDY};
use nusantara_api::schedules::ScheduleTask;
use nusantara_jobs::schedules::Planned;
use nusantara_store::ScheduleRecord;
use serde_json::Value;

/// The task of this word.
pub(crate) fn task(word: &str) -> Option<ScheduleTask> {
    ScheduleTask::ALL.into_iter().find(|task| task.as_str() == word)
}

/// The job that a schedule makes.
pub(crate) fn planned(schedule: &ScheduleRecord) -> Option<Planned> {
    let (kind, target_type) = match task(&schedule.task)? {
        ScheduleTask::Converge => (HOST_CONVERGE, "host"),
        ScheduleTask::DriftLook => (DRIFT_LOOK, "host"),
        ScheduleTask::IndexCompare => (INDEX_COMPARE, "host"),
        ScheduleTask::AuditSeal => (AUDIT_SEAL, "panel"),
        ScheduleTask::AuditVerify => (AUDIT_VERIFY, "panel"),
        ScheduleTask::Tidy => (TIDY, "panel"),
    };
    Some(Planned { kind, target: (target_type, "all".to_owned()), payload: Value::Null })
}
