//! Keys and chains of accounts' sites: `tls/accounts/<uid>/<hash>.pem`, named by what is in them and root's alone, with the key of a
//! request that is not answered yet beside them. By uid, which an account keeps when its name changes. Answers to challenges:
//! `acme/<name>/`.

use super::{Folders, entries};
use nusantara_host::HostError;
use nusantara_host::replace::{self, Access};
use nusantara_plan::paths;
use nusantara_types::certificates::{CertificateHash, ChallengeToken, KeyAuthorization, PrivateKey};
use nusantara_types::{AccountSpec, DomainName, Secret};
use sha2::{Digest, Sha256};
use std::path::PathBuf;

const FOLDER: Access = Access { mode: 0o700, owner: None };
/// Passable, not readable: whoever asks for an answer has to know its name.
const PASSABLE: Access = Access { mode: 0o711, owner: None };
/// The most answers at one name. Orders that ended without clearing theirs away must not fill the folder.
const ANSWERS_MOST: usize = 16;

fn folder(folders: &Folders, uid: u32) -> PathBuf {
    folders.state.join("tls/accounts").join(uid.to_string())
}

fn file(folders: &Folders, uid: u32, id: &CertificateHash) -> PathBuf {
    folder(folders, uid).join(format!("{id}.pem"))
}

/// Shortened where it would not fit a file name.
fn key_file(folders: &Folders, uid: u32, domain: &DomainName) -> PathBuf {
    folder(folders, uid).join(format!("{}.key", paths::log_name(domain)))
}

/// SHA-256 of some bytes.
pub(crate) fn hash(bytes: &[u8]) -> Option<CertificateHash> {
    CertificateHash::try_from(hex::encode(Sha256::digest(bytes))).ok()
}

/// Whether key and chain are there.
pub(crate) fn exists(folders: &Folders, uid: u32, id: &CertificateHash) -> bool {
    file(folders, uid, id).is_file()
}

/// Forgets in a spec what is no more on this disk: its sites answer with the host's certificate then, instead of keeping the web
/// server from reading any site.
pub(crate) fn forget_missing(folders: &Folders, spec: &mut AccountSpec) {
    let uid = spec.account.uid;
    spec.meta.certificates.retain(|domain, certificate| {
        let there = exists(folders, uid, &certificate.id);
        if !there {
            tracing::warn!(%domain, id = %certificate.id, "the certificate of a site is not on this host; it answers with the host's own");
        }
        there
    });
}

/// The key and the chain, as a file of that content. One that nothing names goes with the next record.
pub(crate) async fn write(folders: &Folders, uid: u32, key: &PrivateKey, chain: &str) -> Result<Option<CertificateHash>, HostError> {
    let mut text = key.expose().trim_end().to_owned();
    text.push('\n');
    text.push_str(chain.trim_end());
    text.push('\n');
    let Some(id) = hash(text.as_bytes()) else { return Ok(None) };
    replace::dir(folder(folders, uid), FOLDER).await?;
    replace::write(file(folders, uid, &id), text, Access::SECRET).await?;
    Ok(Some(id))
}

/// The certificates of a file: all that is not the key.
pub(crate) fn chain(folders: &Folders, uid: u32, id: &CertificateHash) -> Option<String> {
    let text = std::fs::read_to_string(file(folders, uid, id)).ok()?;
    text.find("-----BEGIN CERTIFICATE-----").map(|at| text[at..].to_owned())
}

/// Keeps the key of a request until it is answered.
pub(crate) async fn keep_key(folders: &Folders, uid: u32, domain: &DomainName, key: &PrivateKey) -> Result<(), HostError> {
    replace::dir(folder(folders, uid), FOLDER).await?;
    replace::write(key_file(folders, uid, domain), key.expose(), Access::SECRET).await
}

/// The key of the last request for a site.
pub(crate) fn kept_key(folders: &Folders, uid: u32, domain: &DomainName) -> Option<PrivateKey> {
    let text = std::fs::read_to_string(key_file(folders, uid, domain)).ok()?;
    PrivateKey::try_from(Secret::from(text)).ok()
}

/// Forgets it.
pub(crate) async fn forget_key(folders: &Folders, uid: u32, domain: &DomainName) -> Result<(), HostError> {
    replace::remove(key_file(folders, uid, domain)).await
}

/// Writes the certificates above a site's own beside the rest for a moment, for `work`.
pub(crate) async fn beside<T>(
    folders: &Folders,
    uid: u32,
    above: &str,
    work: impl AsyncFnOnce(PathBuf) -> Result<T, HostError>,
) -> Result<T, HostError> {
    let path = folder(folders, uid).join("above.pem");
    replace::dir(folder(folders, uid), FOLDER).await?;
    replace::write(path.clone(), above, Access::SECRET).await?;
    let done = work(path.clone()).await;
    replace::remove(path).await?;
    done
}

/// Removes what no site of the spec has any use for. The caller has recorded that spec.
pub(crate) async fn tidy(folders: &Folders, spec: &AccountSpec) -> Result<(), HostError> {
    let uid = spec.account.uid;
    let named = spec.meta.certificates.values().map(|certificate| format!("{}.pem", certificate.id));
    let keys = spec.domains.sites().map(|(domain, ..)| format!("{}.key", paths::log_name(domain)));
    let used: std::collections::BTreeSet<String> = named.chain(keys).collect();
    let there = entries(&folder(folders, uid)).unwrap_or_default();
    for name in there.iter().filter(|name| !used.contains(*name)) {
        replace::remove(folder(folders, uid).join(name)).await?;
    }
    Ok(())
}

/// Removes all of an account.
pub(crate) async fn forget(folders: &Folders, uid: u32) -> Result<(), HostError> {
    replace::remove_dir_flat(folder(folders, uid)).await
}

fn answers(folders: &Folders, name: &DomainName) -> [PathBuf; 3] {
    let top = folders.state.join("acme").join(name.as_str());
    let known = top.join(".well-known");
    [known.join("acme-challenge"), known, top]
}

/// Answers a challenge at a name, over HTTP and HTTPS.
pub(crate) async fn answer(
    folders: &Folders,
    name: &DomainName,
    token: &ChallengeToken,
    authorization: &KeyAuthorization,
) -> Result<(), HostError> {
    let [innermost, known, top] = answers(folders, name);
    if entries(&innermost).unwrap_or_default().len() >= ANSWERS_MOST {
        replace::remove_dir_flat(innermost.clone()).await?;
    }
    for path in [top, known, innermost.clone()] {
        replace::dir(path, PASSABLE).await?;
    }
    replace::write(innermost.join(token.as_str()), authorization.as_str(), Access::PUBLIC).await
}

/// Answers no challenge at a name any more.
pub(crate) async fn answer_none(folders: &Folders, name: &DomainName) -> Result<(), HostError> {
    for path in answers(folders, name) {
        replace::remove_dir_flat(path).await?;
    }
    Ok(())
}

/// Removes answers that were left at names, those that `keep` says yes to excepted.
pub(crate) async fn sweep(folders: &Folders, keep: impl Fn(&DomainName) -> bool) -> Result<(), HostError> {
    for name in entries(&folders.state.join("acme")).unwrap_or_default() {
        if let Ok(name) = name.parse::<DomainName>()
            && !keep(&name)
        {
            answer_none(folders, &name).await?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::spec::tests::spec_of;
    use nusantara_types::certificates::{CertificateSource, SiteCertificate};
    use std::os::unix::fs::PermissionsExt;

    fn key() -> PrivateKey {
        PrivateKey::try_from(Secret::from("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----".to_owned())).unwrap()
    }

    #[tokio::test]
    async fn what_nothing_names_goes_and_what_is_missing_is_forgotten() {
        let folder = tempfile::tempdir().unwrap();
        let folders = Folders { etc: folder.path().into(), state: folder.path().into() };
        let mut spec = spec_of("joko", "joko.test");
        let uid = spec.account.uid;
        let domain: DomainName = "joko.test".parse().unwrap();
        let id = write(&folders, uid, &key(), "-----BEGIN CERTIFICATE-----\nA\n-----END CERTIFICATE-----").await.unwrap().unwrap();
        let other = write(&folders, uid, &key(), "-----BEGIN CERTIFICATE-----\nB\n-----END CERTIFICATE-----").await.unwrap().unwrap();
        keep_key(&folders, uid, &domain, &key()).await.unwrap();
        keep_key(&folders, uid, &"gone.test".parse().unwrap(), &key()).await.unwrap();
        let mode = |path: PathBuf| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode(file(&folders, uid, &id)), mode(key_file(&folders, uid, &domain))), (0o600, 0o600));
        assert!(!chain(&folders, uid, &id).unwrap().contains("PRIVATE"));
        let certificate = SiteCertificate {
            id: id.clone(),
            fingerprint: id.clone(),
            source: CertificateSource::Acme,
            names: vec!["joko.test".parse().unwrap()],
            issuer: "A".to_owned(),
            not_before: chrono::DateTime::UNIX_EPOCH,
            not_after: chrono::DateTime::UNIX_EPOCH,
            installed_at: chrono::DateTime::UNIX_EPOCH,
        };
        spec.meta.certificates.insert(domain.clone(), certificate);
        tidy(&folders, &spec).await.unwrap();
        assert!(exists(&folders, uid, &id) && !exists(&folders, uid, &other));
        assert!(kept_key(&folders, uid, &domain).is_some() && kept_key(&folders, uid, &"gone.test".parse().unwrap()).is_none());
        forget_missing(&folders, &mut spec);
        assert_eq!(spec.meta.certificates.len(), 1);
        forget(&folders, uid).await.unwrap();
        forget_missing(&folders, &mut spec);
        assert_eq!(spec.meta.certificates.len(), 0);
    }

    #[tokio::test]
    async fn answers_are_bounded_and_go_whole() {
        let folder = tempfile::tempdir().unwrap();
        let folders = Folders { etc: folder.path().into(), state: folder.path().into() };
        let name: DomainName = "joko.test".parse().unwrap();
        for i in 0..40 {
            let token: ChallengeToken = format!("{i:016}").parse().unwrap();
            let authorization = format!("{token}.{}", "a".repeat(43)).parse().unwrap();
            answer(&folders, &name, &token, &authorization).await.unwrap();
            assert!(answers(&folders, &name)[0].join(token.as_str()).is_file());
        }
        assert!(entries(&answers(&folders, &name)[0]).unwrap().len() <= ANSWERS_MOST);
        sweep(&folders, |_| true).await.unwrap();
        assert!(folder.path().join("acme/joko.test").exists());
        sweep(&folders, |_| false).await.unwrap();
        assert!(!folder.path().join("acme/joko.test").exists());
        answer_none(&folders, &name).await.unwrap();
    }
}
