//! Makes an app of an account, or gives it other settings.

use super::{Call, begin, carry_out, no_account, with_app};
use crate::converge::{Work, observe};
use crate::daemon::Daemon;
use crate::state::host_failed;
use crate::state::specs::broken;
use nusantara_host::launcher::{NODE, PYTHON, installed};
use nusantara_plan::account::plan;
use nusantara_plan::change::Owner;
use nusantara_plan::site::summary;
use nusantara_proto::host::{Answer, ErrorCode, OperationError};
use nusantara_types::Username;
use nusantara_types::apps::{AppProgram, NodeApp};

pub(super) async fn run(d: &Daemon, call: &Call, username: &Username, app: &NodeApp) -> Result<Answer, OperationError> {
    if d.index.get(username).is_none() {
        return Err(no_account(username));
    }
    refuse_missing(&app.program)?;
    let _held = d.access.to(username).await?;
    if !d.specs.exists(username) {
        return Err(no_account(username));
    }
    let before = d.specs.read(username).map_err(|e| broken(&e))?;
    let now = d.now();
    let spec = with_app(&before, app, now)?;
    spec.validate().map_err(|e| OperationError::new(ErrorCode::Invalid, e.to_string()))?;
    d.index.reserve_ports(&spec)?;
    let work = Work::new(Owner::of(&spec), "app_put", call.request.actor.clone(), now, Some(spec.clone()));
    let done = async {
        let observed = observe(d, username, before.account.uid, Some(before.clone())).await.map_err(|e| host_failed(&e))?;
        let changes = plan(&spec, &observed).map_err(|e| OperationError::new(ErrorCode::Conflict, e.message))?;
        let entry = begin(d, call, &work).await?;
        carry_out(d, &entry, &work, &changes, &call.running).await
    };
    match done.await {
        Ok(_) => {
            d.index.put(&spec);
            Ok(Answer::Applied(summary(&spec)))
        }
        Err(error) => {
            if error.code != ErrorCode::UndoFailed {
                d.index.put(&before);
            }
            Err(error)
        }
    }
}

/// What runs the app must be on this host. A file of the account's is not looked for: root looks into no home.
fn refuse_missing(program: &AppProgram) -> Result<(), OperationError> {
    let (what, places) = match program {
        AppProgram::Node(_) => ("Node.js", NODE),
        AppProgram::Python(_) => ("Python 3", PYTHON),
        AppProgram::File(_) => return Ok(()),
    };
    match installed(places) {
        Some(_) => Ok(()),
        None => Err(OperationError::new(ErrorCode::Invalid, format!("{what} is not installed on this host")).field("program")),
    }
}
