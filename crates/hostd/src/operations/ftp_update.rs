//! Gives an FTP login another folder or password, or switches it on or off.

use super::Call;
use super::edit::{Consent, edit};
use crate::converge::ftp::MISSING;
use crate::daemon::Daemon;
use nusantara_host::ftp;
use nusantara_proto::host::{Answer, ErrorCode, FtpUpdate, OperationError};
use nusantara_types::{AccountSpec, FtpName};

pub(super) async fn run(d: &Daemon, call: &Call, args: &FtpUpdate) -> Result<Answer, OperationError> {
    // Switching off must be possible where the server is gone.
    if args.enabled {
        refuse_missing()?;
    }
    edit(d, call, &args.username, Consent::None, |spec| update(spec, args)).await
}

fn update(spec: &mut AccountSpec, args: &FtpUpdate) -> Result<(), OperationError> {
    let service = &mut spec.services.ftp;
    let login = service.accounts.iter_mut().find(|known| known.name == args.name).ok_or_else(|| no_login(&args.name))?;
    login.folder.clone_from(&args.folder);
    login.enabled = args.enabled;
    if let Some(hash) = &args.hash {
        login.hash.clone_from(hash);
    }
    service.enabled |= args.enabled;
    Ok(())
}

/// Refuses what the host cannot do.
pub(super) fn refuse_missing() -> Result<(), OperationError> {
    if ftp::installed() { Ok(()) } else { Err(OperationError::new(ErrorCode::Invalid, MISSING)) }
}

/// No such login, in the words every operation uses.
pub(super) fn no_login(name: &FtpName) -> OperationError {
    OperationError::new(ErrorCode::NotFound, format!("this account has no FTP login named {name}")).field("name")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::ftp_add::tests::login;
    use crate::operations::spec::tests::spec_of;

    #[test]
    fn a_login_keeps_what_is_not_said() {
        let mut spec = spec_of("joko", "joko.test");
        let args = |hash: Option<&str>| -> FtpUpdate {
            serde_json::from_value(serde_json::json!({ "username": "joko", "name": "web", "folder": "other", "hash": hash,
                "enabled": false }))
            .unwrap()
        };
        assert_eq!(update(&mut spec, &args(None)).unwrap_err().code, ErrorCode::NotFound);
        let first = login("web").login;
        spec.services.ftp.accounts.push(first.clone());
        update(&mut spec, &args(None)).unwrap();
        let now = &spec.services.ftp.accounts[0];
        assert_eq!((&now.hash, now.folder.as_str(), now.enabled), (&first.hash, "other", false));
        assert!(!spec.services.ftp.enabled, "switching a login off switches nothing on");
        let other = format!("$6$saltsalt${}", "B".repeat(86));
        update(&mut spec, &args(Some(&other))).unwrap();
        assert_eq!(spec.services.ftp.accounts[0].hash.as_str(), other);
    }
}
