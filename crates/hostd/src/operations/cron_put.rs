//! Makes a cron job of an account, or gives it other settings.

use super::Call;
use super::edit::{Consent, edit};
use crate::daemon::Daemon;
use nusantara_proto::host::{Answer, ErrorCode, OperationError};
use nusantara_types::cron::CronJob;
use nusantara_types::{AccountSpec, Username};

pub(super) async fn run(d: &Daemon, call: &Call, username: &Username, job: &CronJob, new: bool) -> Result<Answer, OperationError> {
    edit(d, call, username, Consent::None, |spec| put(spec, job, new)).await
}

fn put(spec: &mut AccountSpec, job: &CronJob, new: bool) -> Result<(), OperationError> {
    let service = &mut spec.services.cron;
    match service.jobs.iter_mut().find(|known| known.name == job.name) {
        Some(_) if new => {
            let message = format!("this account has a cron job named {} already", job.name);
            return Err(OperationError::new(ErrorCode::Conflict, message).field("name"));
        }
        Some(known) => known.clone_from(job),
        None => service.jobs.push(job.clone()),
    }
    service.enabled = true;
    Ok(())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::operations::spec::tests::spec_of;

    pub(crate) fn job(name: &str) -> CronJob {
        serde_json::from_value(serde_json::json!({ "name": name, "schedule": "@daily", "command": "true" })).unwrap()
    }

    #[test]
    fn a_job_is_made_once_and_then_changed() {
        let mut spec = spec_of("joko", "joko.test");
        put(&mut spec, &job("tidy"), true).unwrap();
        spec.validate().unwrap();
        assert!(spec.services.cron.enabled);
        assert_eq!(put(&mut spec, &job("tidy"), true).unwrap_err().code, ErrorCode::Conflict);
        put(&mut spec, &CronJob { timeout_minutes: 5, ..job("tidy") }, false).unwrap();
        assert_eq!(spec.services.cron.jobs, [CronJob { timeout_minutes: 5, ..job("tidy") }]);
        for i in 0..spec.limits.max_cron_jobs {
            put(&mut spec, &job(&format!("more{i}")), true).unwrap();
        }
        assert_eq!(spec.validate().unwrap_err().field, "cron.jobs", "the package allows no more");
    }
}
