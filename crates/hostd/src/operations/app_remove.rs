//! Removes an app. Its files stay.

use super::{Call, begin, carry_out, no_account, without_app};
use crate::converge::{Work, observe};
use crate::daemon::Daemon;
use crate::state::host_failed;
use crate::state::specs::broken;
use nusantara_plan::account::plan;
use nusantara_plan::change::Owner;
use nusantara_plan::site::summary;
use nusantara_proto::host::{Answer, ErrorCode, OperationError};
use nusantara_types::{AppName, Username};

pub(super) async fn run(d: &Daemon, call: &Call, username: &Username, name: &AppName) -> Result<Answer, OperationError> {
    if d.index.get(username).is_none() {
        return Err(no_account(username));
    }
    let _held = d.access.to(username).await?;
    if !d.specs.exists(username) {
        return Err(no_account(username));
    }
    let before = d.specs.read(username).map_err(|e| broken(&e))?;
    let now = d.now();
    let spec = without_app(&before, name, now)?;
    spec.validate().map_err(|e| OperationError::new(ErrorCode::Invalid, e.to_string()))?;
    let observed = observe(d, username, before.account.uid, Some(before)).await.map_err(|e| host_failed(&e))?;
    let changes = plan(&spec, &observed).map_err(|e| OperationError::new(ErrorCode::Conflict, e.message))?;
    let work = Work::new(Owner::of(&spec), "app_remove", call.request.actor.clone(), now, Some(spec.clone()));
    let entry = begin(d, call, &work).await?;
    carry_out(d, &entry, &work, &changes, &call.running).await?;
    d.index.put(&spec);
    Ok(Answer::Applied(summary(&spec)))
}
