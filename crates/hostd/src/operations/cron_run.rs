//! Runs a cron job now.

use super::{Call, begin, no_account, no_job};
use crate::converge::{Work, forward};
use crate::daemon::Daemon;
use crate::requests::Running;
use crate::state::host_failed;
use crate::state::specs::broken;
use chrono::DateTime;
use nusantara_host::cron;
use nusantara_plan::change::{Change, Owner};
use nusantara_plan::render::cron::service;
use nusantara_plan::site::summary;
use nusantara_proto::host::{Answer, ErrorCode, OperationError};
use nusantara_types::{AccountSpec, AccountStatus, CronJobName, Username};

pub(super) async fn run(d: &Daemon, call: &Call, username: &Username, name: &CronJobName) -> Result<Answer, OperationError> {
    if d.index.get(username).is_none() {
        return Err(no_account(username));
    }
    let _held = d.access.to(username).await?;
    if !d.specs.exists(username) {
        return Err(no_account(username));
    }
    let spec = d.specs.read(username).map_err(|e| broken(&e))?;
    let change = change(&spec, name)?;
    let work = Work::new(Owner::of(&spec), super::name(&call.request.operation), call.request.actor.clone(), d.now(), Some(spec.clone()));
    begin(d, call, &work, None).await?;
    // There is no way back from a run.
    forward(d, &work, &[change], &call.running).await.map_err(|failed| failed.error)?;
    Ok(Answer::Applied(summary(&spec)))
}

/// What runs a job of a spec. One that is switched off can be tried out all the same.
fn change(spec: &AccountSpec, name: &CronJobName) -> Result<Change, OperationError> {
    if spec.account.status != AccountStatus::Active {
        return Err(OperationError::new(ErrorCode::Invalid, "a suspended account runs nothing").field("username"));
    }
    let known = spec.services.cron.jobs.iter().any(|job| &job.name == name);
    known.then(|| Change::CronRun { name: name.clone() }).ok_or_else(|| no_job(name))
}

/// Carries on after a crash. A job that has begun to run since it was asked for is not run a second time.
pub(crate) async fn again(d: &Daemon, work: &Work, spec: &AccountSpec, name: &CronJobName) -> Result<Answer, OperationError> {
    let change = change(spec, name)?;
    let username = &work.owner.username;
    let state = d.systemd.service_state(&service(username, name)).await.map_err(|e| host_failed(&e))?;
    let since = i64::try_from(state.since_usec).ok().and_then(DateTime::from_timestamp_micros);
    let runs = since.is_some_and(|since| since >= work.at) && state.active_state != "inactive";
    if !runs && cron::runs(username, name).first().is_none_or(|last| last.started_at < work.at) {
        forward(d, work, &[change], &Running::new()).await.map_err(|failed| failed.error)?;
    }
    Ok(Answer::Applied(summary(spec)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::cron_put::tests::job;
    use crate::operations::spec::tests::spec_of;

    #[test]
    fn a_suspended_account_runs_nothing() {
        let mut spec = spec_of("joko", "joko.test");
        spec.services.cron.jobs = vec![job("tidy")];
        let tidy = "tidy".parse().unwrap();
        assert!(change(&spec, &tidy).is_ok());
        assert_eq!(change(&spec, &"other".parse().unwrap()).unwrap_err().code, ErrorCode::NotFound);
        spec.account.status = AccountStatus::Suspended;
        assert_eq!(change(&spec, &tidy).unwrap_err().code, ErrorCode::Invalid);
    }
}
