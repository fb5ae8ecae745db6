//! Lets keys in, and in no more.

use super::Call;
use super::edit::{Consent, edit};
use crate::daemon::Daemon;
use nusantara_proto::host::{Answer, ErrorCode, OperationError, SshKeyAdd, SshKeyRemove};
use nusantara_types::{AccountSpec, SshFingerprint, SshKey};

pub(super) async fn add(d: &Daemon, call: &Call, args: &SshKeyAdd) -> Result<Answer, OperationError> {
    edit(d, call, &args.username, Consent::None, |spec| put(spec, &args.key)).await
}

pub(super) async fn remove(d: &Daemon, call: &Call, args: &SshKeyRemove) -> Result<Answer, OperationError> {
    edit(d, call, &args.username, Consent::None, |spec| take(spec, &args.fingerprint)).await
}

fn put(spec: &mut AccountSpec, key: &SshKey) -> Result<(), OperationError> {
    let keys = &mut spec.ssh.authorized_keys;
    if keys.iter().any(|there| there.is_same_key(key)) {
        let message = format!("the key {} is there already", key.fingerprint());
        return Err(OperationError::new(ErrorCode::Conflict, message).field("key"));
    }
    keys.push(key.clone());
    Ok(())
}

fn take(spec: &mut AccountSpec, fingerprint: &SshFingerprint) -> Result<(), OperationError> {
    let keys = &mut spec.ssh.authorized_keys;
    let before = keys.len();
    keys.retain(|key| key.fingerprint() != *fingerprint);
    if keys.len() < before {
        return Ok(());
    }
    Err(OperationError::new(ErrorCode::NotFound, "this account has no key with that fingerprint").field("fingerprint"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::spec::tests::spec_of;

    #[test]
    fn a_key_is_there_once_and_goes_by_its_fingerprint() {
        const KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIO3sc8bZQzBbA2Ik6yPqs1GLpItcgYaGmGakD3rxixUT";
        let start = spec_of("joko", "joko.test");
        let mut spec = start.clone();
        let key: SshKey = KEY.parse().unwrap();
        put(&mut spec, &key).unwrap();
        spec.validate().unwrap();
        let renamed = format!("{KEY} other name").parse().unwrap();
        assert_eq!(put(&mut spec, &renamed).unwrap_err().code, ErrorCode::Conflict);
        take(&mut spec, &key.fingerprint()).unwrap();
        assert_eq!(spec, start);
        assert_eq!(take(&mut spec, &key.fingerprint()).unwrap_err().code, ErrorCode::NotFound);
    }
}
