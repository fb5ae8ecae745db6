//! Publishes a further domain of an account.

use super::account_create::{installed, refuse_own_name};
use super::{Call, begin, carry_out, no_account, with_site};
use crate::converge::{Work, observe};
use crate::daemon::Daemon;
use crate::state::host_failed;
use crate::state::specs::broken;
use nusantara_plan::account::plan;
use nusantara_plan::change::Owner;
use nusantara_plan::site::summary;
use nusantara_proto::host::{Answer, ErrorCode, OperationError, SiteAdd};

pub(super) async fn run(d: &Daemon, call: &Call, args: &SiteAdd) -> Result<Answer, OperationError> {
    let username = &args.username;
    if d.index.get(username).is_none() {
        return Err(no_account(username));
    }
    if args.settings.php_version.is_some() {
        installed(d, args.settings.php_version.as_ref())?;
    }
    refuse_own_name(d, &args.domain, "domain")?;
    let _held = d.access.to(username).await?;
    if !d.specs.exists(username) {
        return Err(no_account(username));
    }
    d.index.reserve_domain(username, &args.domain)?;
    let result = add(d, call, args).await;
    match &result {
        Err(e) if e.code == ErrorCode::UndoFailed => {}
        Err(_) => d.index.release_domain(username, &args.domain),
        Ok(_) => {}
    }
    result
}

async fn add(d: &Daemon, call: &Call, args: &SiteAdd) -> Result<Answer, OperationError> {
    let username = &args.username;
    let before = d.specs.read(username).map_err(|e| broken(&e))?;
    let now = d.now();
    let spec = with_site(&before, args, now)?;
    spec.validate().map_err(|e| OperationError::new(ErrorCode::Invalid, e.to_string()))?;
    let observed = observe(d, username, before.account.uid, Some(before)).await.map_err(|e| host_failed(&e))?;
    let changes = plan(&spec, &observed).map_err(|e| OperationError::new(ErrorCode::Conflict, e.message))?;
    let work = Work::new(Owner::of(&spec), "site_add", call.request.actor.clone(), now, Some(spec.clone()));
    let entry = begin(d, call, &work).await?;
    carry_out(d, &entry, &work, &changes, &call.running).await?;
    d.index.put(&spec);
    Ok(Answer::Applied(summary(&spec)))
}
