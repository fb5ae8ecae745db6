//! Removes an FTP login. Its files stay.

use super::Call;
use super::edit::{Consent, edit};
use super::ftp_update::no_login;
use crate::daemon::Daemon;
use nusantara_proto::host::{Answer, OperationError};
use nusantara_types::{AccountSpec, FtpName, Username};

pub(super) async fn run(d: &Daemon, call: &Call, username: &Username, name: &FtpName) -> Result<Answer, OperationError> {
    edit(d, call, username, Consent::None, |spec| remove(spec, name)).await
}

/// With the last login FTP is off again, as it was at first.
fn remove(spec: &mut AccountSpec, name: &FtpName) -> Result<(), OperationError> {
    let service = &mut spec.services.ftp;
    let before = service.accounts.len();
    service.accounts.retain(|login| &login.name != name);
    if service.accounts.len() == before {
        return Err(no_login(name));
    }
    service.enabled &= !service.accounts.is_empty();
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::ftp_add::tests::login;
    use crate::operations::spec::tests::spec_of;
    use nusantara_proto::host::ErrorCode;

    #[test]
    fn the_last_login_takes_ftp_with_it() {
        let start = spec_of("joko", "joko.test");
        let mut spec = start.clone();
        let web = "web".parse().unwrap();
        assert_eq!(remove(&mut spec, &web).unwrap_err().code, ErrorCode::NotFound);
        spec.services.ftp.accounts.push(login("web").login);
        spec.services.ftp.enabled = true;
        remove(&mut spec, &web).unwrap();
        assert_eq!(spec, start);
    }
}
