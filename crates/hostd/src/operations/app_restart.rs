//! Starts an app's instances again, and waits until they are well.

use super::{Call, begin, no_account, no_app};
use crate::converge::{Work, forward};
use crate::daemon::Daemon;
use crate::state::specs::broken;
use nusantara_plan::change::{Change, Owner};
use nusantara_plan::serving::Serving;
use nusantara_plan::site::summary;
use nusantara_proto::host::{Answer, ErrorCode, OperationError};
use nusantara_types::{AccountSpec, AppName, Username};

pub(super) async fn run(d: &Daemon, call: &Call, username: &Username, name: &AppName) -> Result<Answer, OperationError> {
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
    // There is no way back from a restart: an app that does not come up stays as it is, with its log.
    forward(d, &work, &[change], &call.running).await.map_err(|failed| failed.error)?;
    Ok(Answer::Applied(summary(&spec)))
}

/// What starts an app of a spec again.
///
/// # Errors
/// [`ErrorCode::NotFound`] when there is no such app, [`ErrorCode::Invalid`] when it is not to run.
pub(crate) fn change(spec: &AccountSpec, name: &AppName) -> Result<Change, OperationError> {
    let service = &spec.services.nodejs;
    let app = service.apps.iter().find(|app| &app.name == name).ok_or_else(|| no_app(name))?;
    if !Serving::of(spec).runs() {
        return Err(
            OperationError::new(ErrorCode::Invalid, "the account is suspended; its apps start again when it is not").field("username")
        );
    }
    if !(service.enabled && app.enabled) {
        return Err(
            OperationError::new(ErrorCode::Invalid, format!("the app {name} is switched off; switch it on to start it")).field("name")
        );
    }
    Ok(Change::AppStart { name: name.clone(), instances: app.instances, demanded: true })
}
