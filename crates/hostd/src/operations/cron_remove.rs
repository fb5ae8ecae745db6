//! Removes a cron job.

use super::edit::{Consent, edit};
use super::{Call, no_job};
use crate::daemon::Daemon;
use nusantara_proto::host::{Answer, OperationError};
use nusantara_types::{AccountSpec, CronJobName, Username};

pub(super) async fn run(d: &Daemon, call: &Call, username: &Username, name: &CronJobName) -> Result<Answer, OperationError> {
    edit(d, call, username, Consent::None, |spec| remove(spec, name)).await
}

fn remove(spec: &mut AccountSpec, name: &CronJobName) -> Result<(), OperationError> {
    let jobs = &mut spec.services.cron.jobs;
    let before = jobs.len();
    jobs.retain(|job| &job.name != name);
    if jobs.len() == before { Err(no_job(name)) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::cron_put::tests::job;
    use crate::operations::spec::tests::spec_of;

    #[test]
    fn only_a_job_that_is_there_goes() {
        let mut spec = spec_of("joko", "joko.test");
        spec.services.cron.jobs = vec![job("tidy")];
        assert!(remove(&mut spec, &"other".parse().unwrap()).is_err());
        remove(&mut spec, &"tidy".parse().unwrap()).unwrap();
        assert_eq!(spec.services.cron.jobs, []);
    }
}
