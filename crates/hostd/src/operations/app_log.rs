//! The units whose lines are the log of an app.

use super::{no_account, no_app};
use crate::daemon::Daemon;
use crate::state::specs::broken;
use nusantara_plan::render::app::unit;
use nusantara_proto::host::OperationError;
use nusantara_types::{AppName, Username};

/// The most instances an app can have had: lines of those that are gone are its lines too.
const MOST_INSTANCES: u32 = 16;

pub(super) fn units(d: &Daemon, username: &Username, name: &AppName) -> Result<Vec<String>, OperationError> {
    if !d.specs.exists(username) {
        return Err(no_account(username));
    }
    let spec = d.specs.read(username).map_err(|e| broken(&e))?;
    if !spec.services.nodejs.apps.iter().any(|app| &app.name == name) {
        return Err(no_app(name));
    }
    Ok((0..MOST_INSTANCES).map(|number| unit(username, name, number)).collect())
}
