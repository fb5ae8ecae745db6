//! Changes what all PHP sites of an account start from.

use super::Call;
use super::account_create::installed;
use super::edit::{Consent, edit};
use crate::daemon::Daemon;
use nusantara_proto::host::{Answer, OperationError, PhpUpdate};

pub(super) async fn run(d: &Daemon, call: &Call, args: &PhpUpdate) -> Result<Answer, OperationError> {
    let version = installed(d, Some(&args.version)).map_err(|e| e.field("version"))?;
    edit(d, call, &args.username, Consent::None, |spec| {
        spec.services.php.version = version;
        spec.services.php.ini = args.ini.clone();
        Ok(())
    })
    .await
}
