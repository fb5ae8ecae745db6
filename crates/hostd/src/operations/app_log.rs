//! What an app wrote.

use super::{no_account, no_app};
use crate::daemon::Daemon;
use crate::state::host_failed;
use crate::state::specs::broken;
use nusantara_host::journal::{self, Cursor};
use nusantara_plan::render::app::unit;
use nusantara_proto::host::{Answer, ErrorCode, LogPage, LogRead, OperationError};
use nusantara_types::AppName;

/// The most instances an app can have had: lines of those that are gone are its lines too.
const MOST_INSTANCES: u32 = 16;

pub(super) async fn run(d: &Daemon, args: &LogRead, name: &AppName) -> Result<Answer, OperationError> {
    let username = &args.username;
    if !(1..=1_000).contains(&args.lines) {
        return Err(OperationError::new(ErrorCode::Invalid, "ask for 1 to 1000 lines").field("lines"));
    }
    if d.uid_of(username).is_none() || !d.specs.exists(username) {
        return Err(no_account(username));
    }
    let spec = d.specs.read(username).map_err(|e| broken(&e))?;
    if !spec.services.nodejs.apps.iter().any(|app| &app.name == name) {
        return Err(no_app(name));
    }
    let invalid = |e: &str| OperationError::new(ErrorCode::Invalid, e).field("after");
    // Nothing was there when the earlier page was read: everything is new.
    let after = args.after.as_deref().filter(|after| !after.is_empty());
    let after = after.map(|after| Cursor::try_from(after.to_owned()).map_err(invalid)).transpose()?;
    let units: Vec<String> = (0..MOST_INSTANCES).map(|number| unit(username, name, number)).collect();
    let page = journal::read(&units, args.lines, after.as_ref()).await.map_err(|e| host_failed(&e))?;
    let after = page.cursor.or(after).map_or_else(String::new, |cursor| cursor.as_str().to_owned());
    Ok(Answer::Log(LogPage { lines: page.lines, after }))
}
