//! The kinds of job. Each is one operation of the host daemon under the job's request id, and what its end means for the index.

mod account_create;
mod account_delete;
mod account_rename;
mod change;
mod converge_all;
mod drift;
mod package_apply;
mod payload;
mod primary_domain;
mod site_create;
mod site_delete;
mod upkeep;

use crate::audit_copy::AuditCopy;
use crate::host::{Carried, Host, carry_out};
use nusantara_jobs::{Flow, Outcome, Work};
use nusantara_proto::host::{Answer, ErrorCode, Operation, Outcome as HostOutcome};
use nusantara_store::{JobFailure, Store, StoreError};
use nusantara_types::{Clock, RequestId};
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::sync::Arc;

pub(crate) use account_create::AccountCreateFlow;
pub(crate) use account_delete::AccountDeleteFlow;
pub(crate) use account_rename::AccountRenameFlow;
pub(crate) use change::ChangeFlow;
pub(crate) use converge_all::ConvergeAllFlow;
pub(crate) use drift::DriftFlow;
pub(crate) use package_apply::{PackageApplyFlow, PackageApplyPayload};
pub(crate) use payload::Payload;
pub(crate) use primary_domain::PrimaryDomainFlow;
pub(crate) use site_create::SiteCreateFlow;
pub(crate) use site_delete::SiteDeleteFlow;
pub(crate) use upkeep::UpkeepFlow;

/// Names of the kinds.
pub(crate) const ACCOUNT_CREATE: &str = "account.create";
pub(crate) const ACCOUNT_DELETE: &str = "account.delete";
pub(crate) const ACCOUNT_UPDATE: &str = "account.update";
pub(crate) const ACCOUNT_SUSPEND: &str = "account.suspend";
pub(crate) const ACCOUNT_UNSUSPEND: &str = "account.unsuspend";
pub(crate) const ACCOUNT_RENAME: &str = "account.rename";
pub(crate) const ACCOUNT_PRIMARY_DOMAIN: &str = "account.primary_domain";
pub(crate) const ACCOUNT_ROLLBACK: &str = "account.rollback";
pub(crate) const ACCOUNT_IMPORT: &str = "account.import";
pub(crate) const ACCOUNT_ADOPT: &str = "account.adopt";
pub(crate) const ACCOUNT_CONVERGE: &str = "account.converge";
pub(crate) const DRIFT_ADOPT: &str = "drift.adopt";
pub(crate) const DRIFT_OVERWRITE: &str = "drift.overwrite";
pub(crate) const HOST_CONVERGE: &str = "host.converge";
pub(crate) const PACKAGE_APPLY: &str = "package.apply";
pub(crate) const DRIFT_LOOK: &str = "drift.look";
pub(crate) const INDEX_COMPARE: &str = "index.compare";
pub(crate) const AUDIT_SEAL: &str = "audit.seal";
pub(crate) const AUDIT_VERIFY: &str = "audit.verify";
pub(crate) const TIDY: &str = "panel.tidy";
pub(crate) const SITE_CREATE: &str = "site.create";
pub(crate) const SITE_UPDATE: &str = "site.update";
pub(crate) const SITE_PROTECT: &str = "site.protect";
pub(crate) const SITE_DELETE: &str = "site.delete";
pub(crate) const ALIAS_CREATE: &str = "alias.create";
pub(crate) const ALIAS_DELETE: &str = "alias.delete";
pub(crate) const PHP_UPDATE: &str = "php.update";
pub(crate) const APP_PUT: &str = "app.put";
pub(crate) const APP_RESTART: &str = "app.restart";
pub(crate) const APP_DELETE: &str = "app.delete";
pub(crate) const ACCOUNT_TRAFFIC: &str = "account.traffic";
pub(crate) const CRON_PUT: &str = "cron.put";
pub(crate) const CRON_RUN: &str = "cron.run";
pub(crate) const CRON_DELETE: &str = "cron.delete";
pub(crate) const DATABASE_CREATE: &str = "database.create";
pub(crate) const DATABASE_DELETE: &str = "database.delete";
pub(crate) const DATABASE_USER_CREATE: &str = "database_user.create";
pub(crate) const DATABASE_USER_UPDATE: &str = "database_user.update";
pub(crate) const DATABASE_PASSWORD: &str = "database_user.password";
pub(crate) const DATABASE_USER_DELETE: &str = "database_user.delete";
pub(crate) const FTP_CREATE: &str = "ftp.create";
pub(crate) const FTP_UPDATE: &str = "ftp.update";
pub(crate) const FTP_DELETE: &str = "ftp.delete";
pub(crate) const SSH_UPDATE: &str = "ssh.update";
pub(crate) const SSH_KEY_ADD: &str = "ssh_key.add";
pub(crate) const SSH_KEY_REMOVE: &str = "ssh_key.remove";

/// What flows work with.
#[derive(Clone)]
pub(crate) struct Parts {
    pub(crate) host: Host,
    pub(crate) store: Store,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) copy: AuditCopy,
}

/// Every kind.
pub(crate) fn all(parts: &Parts) -> Vec<Arc<dyn Flow>> {
    let Parts { host, store, clock, .. } = parts;
    let upkeep = |kind| -> Arc<dyn Flow> { Arc::new(UpkeepFlow { kind, parts: parts.clone() }) };
    let change = |kind, removes| -> Arc<dyn Flow> { Arc::new(ChangeFlow { kind, host: host.clone(), removes }) };
    let create = |kind| -> Arc<dyn Flow> { Arc::new(AccountCreateFlow { kind, host: host.clone() }) };
    let drift = |kind| -> Arc<dyn Flow> { Arc::new(DriftFlow { kind, host: host.clone() }) };
    vec![
        create(ACCOUNT_CREATE),
        create(ACCOUNT_IMPORT),
        create(ACCOUNT_ADOPT),
        drift(ACCOUNT_CONVERGE),
        drift(DRIFT_ADOPT),
        drift(DRIFT_OVERWRITE),
        Arc::new(ConvergeAllFlow { host: host.clone(), store: store.clone(), clock: Arc::clone(clock) }),
        Arc::new(AccountDeleteFlow(host.clone())),
        Arc::new(AccountRenameFlow(host.clone())),
        Arc::new(PrimaryDomainFlow(host.clone())),
        Arc::new(SiteCreateFlow(host.clone())),
        Arc::new(SiteDeleteFlow(host.clone())),
        Arc::new(PackageApplyFlow { host: host.clone(), store: store.clone(), clock: Arc::clone(clock) }),
        upkeep(DRIFT_LOOK),
        upkeep(INDEX_COMPARE),
        upkeep(AUDIT_SEAL),
        upkeep(AUDIT_VERIFY),
        upkeep(TIDY),
        change(ACCOUNT_UPDATE, false),
        change(ACCOUNT_SUSPEND, false),
        change(ACCOUNT_UNSUSPEND, false),
        change(ACCOUNT_ROLLBACK, false),
        change(SITE_UPDATE, false),
        change(SITE_PROTECT, false),
        change(ALIAS_CREATE, false),
        change(ALIAS_DELETE, true),
        change(PHP_UPDATE, false),
        change(APP_PUT, false),
        change(APP_RESTART, false),
        change(APP_DELETE, true),
        change(ACCOUNT_TRAFFIC, false),
        change(CRON_PUT, false),
        change(CRON_RUN, false),
        change(CRON_DELETE, true),
        change(DATABASE_CREATE, false),
        change(DATABASE_DELETE, true),
        change(DATABASE_USER_CREATE, false),
        change(DATABASE_USER_UPDATE, false),
        change(DATABASE_PASSWORD, false),
        change(DATABASE_USER_DELETE, true),
        change(FTP_CREATE, false),
        change(FTP_UPDATE, false),
        change(FTP_DELETE, true),
        change(SSH_UPDATE, false),
        change(SSH_KEY_ADD, false),
        change(SSH_KEY_REMOVE, true),
    ]
}

/// The points where a crash test may end the panel, beside the host daemon's own steps: a job is taken, its steps become known,
/// the daemon is asked and has answered, the end is written.
pub(crate) const POINTS: [&str; 4] = ["claim", "call", "plan", "finish"];

/// Has the host carry out the job's operation. `gone` is the answer when the thing to be removed is not there any more, which
/// is what was wanted.
async fn run(host: &Host, work: &Work, gone: Option<Answer>) -> Outcome {
    let payload = match Payload::read(&work.job) {
        Ok(payload) => payload,
        Err(error) => {
            let failure =
                JobFailure { code: "internal".to_owned(), message: "The job cannot be read.".to_owned(), detail: Some(error.to_string()) };
            return Outcome::Failed { failure, undone: false };
        }
    };
    let operation = match whole(host, work, payload).await {
        Ok(operation) => operation,
        Err(outcome) => return outcome,
    };
    let outcome = match (carry_out(host, work, &operation).await, gone) {
        (Carried::Done(answer), _) | (Carried::Not(_, ErrorCode::NotFound), Some(answer)) => {
            Outcome::Done { result: serde_json::to_value(answer).unwrap_or_default() }
        }
        (Carried::Not(outcome, _), _) => outcome,
    };
    if !matches!(outcome, Outcome::Again { .. }) {
        host.forget(work.job.id);
    }
    outcome
}

/// The operation with what was withheld from the payload. Where this process does not have that, because another one accepted the job,
/// it must have been sent by then: the host daemon knows the request, and what it is asked again is not looked at.
async fn whole(host: &Host, work: &Work, payload: Payload) -> Result<Operation, Outcome> {
    if !payload.withheld {
        return Ok(payload.operation);
    }
    if let Some(operation) = host.withheld(work.job.id) {
        return Ok(operation);
    }
    let failure = |code: &str, message: &str| JobFailure { code: code.to_owned(), message: message.to_owned(), detail: None };
    match host.outcome(work.job.request).await {
        Ok(HostOutcome::Running | HostOutcome::Ended(_)) => Ok(payload.operation),
        Ok(HostOutcome::Unknown) => {
            let message = "The panel ended before this was begun, and what is secret in it is written down nowhere: ask for it once more.";
            Err(Outcome::Failed { failure: failure("interrupted", message), undone: true })
        }
        Err(_) => {
            let failure = failure("host_unavailable", "The host daemon does not answer; nothing was done.");
            Err(Outcome::Again { after: std::time::Duration::from_secs(2), failure })
        }
    }
}

/// The request id of a step that is an operation of its own: the same in every attempt at the job, so that one which was cut short is
/// followed to its end instead of being asked for a second time.
fn step_request(work: &Work, step: &str, tries: u32) -> RequestId {
    let mut hash = Sha256::new();
    for part in [work.job.request.to_string().as_str(), step, &tries.to_string()] {
        hash.update(part.as_bytes());
        hash.update([0]);
    }
    let bytes: [u8; 16] = std::array::from_fn({
        let digest = hash.finalize();
        move |i| digest[i]
    });
    RequestId(uuid::Builder::from_random_bytes(bytes).into_uuid())
}

/// The host's answer, out of the job's result.
fn answer(result: &Value) -> Result<Answer, StoreError> {
    serde_json::from_value(result.clone()).map_err(|e| StoreError::Corrupt { what: "host answer", why: e.to_string() })
}

/// Whether a failure left the host in a state that somebody has to look at.
fn needs_a_look(failure: &JobFailure) -> bool {
    matches!(failure.code.as_str(), "undo_failed" | "internal")
}
