//! Makes an FTP login of an account.

use super::Call;
use super::edit::{Consent, edit};
use super::ftp_update::refuse_missing;
use crate::daemon::Daemon;
use nusantara_proto::host::{Answer, ErrorCode, FtpAdd, OperationError};
use nusantara_types::AccountSpec;

pub(super) async fn run(d: &Daemon, call: &Call, args: &FtpAdd) -> Result<Answer, OperationError> {
    refuse_missing()?;
    edit(d, call, &args.username, Consent::None, |spec| add(spec, args)).await
}

fn add(spec: &mut AccountSpec, args: &FtpAdd) -> Result<(), OperationError> {
    let service = &mut spec.services.ftp;
    if service.accounts.iter().any(|known| known.name == args.login.name) {
        let message = format!("this account has an FTP login named {} already; choose another name", args.login.name);
        return Err(OperationError::new(ErrorCode::Conflict, message).field("name"));
    }
    service.accounts.push(args.login.clone());
    service.enabled = true;
    Ok(())
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::operations::spec::tests::spec_of;

    pub(crate) fn login(name: &str) -> FtpAdd {
        serde_json::from_value(serde_json::json!({ "username": "joko", "login": { "name": name, "folder": "web", "enabled": true,
            "hash": format!("$6$saltsalt${}", "A".repeat(86)) } }))
        .unwrap()
    }

    #[test]
    fn a_login_is_made_once() {
        let mut spec = spec_of("joko", "joko.test");
        add(&mut spec, &login("web")).unwrap();
        spec.validate().unwrap();
        assert!(spec.services.ftp.enabled);
        let error = add(&mut spec, &login("web")).unwrap_err();
        assert_eq!((error.code, error.field.as_deref()), (ErrorCode::Conflict, Some("name")));
        for name in ["a", "b"] {
            add(&mut spec, &login(name)).unwrap();
        }
        assert_eq!(spec.validate().unwrap_err().field, "ftp.accounts", "the package allows two");
    }
}
