//! Pauses the sites of an account that has used up its traffic, or lets them go on when it has not: a new month has begun, or its
//! limits were raised. Nothing is changed about the spec; what was counted decides, wherever vhosts are planned.

use super::Call;
use super::edit::{Consent, edit};
use crate::daemon::Daemon;
use nusantara_proto::host::{Answer, OperationError};
use nusantara_types::Username;

pub(super) async fn run(d: &Daemon, call: &Call, username: &Username) -> Result<Answer, OperationError> {
    edit(d, call, username, Consent::None, |_| Ok(())).await
}
