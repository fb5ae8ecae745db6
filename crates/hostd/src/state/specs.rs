//! The spec files on disk: read strictly, written whole or not at all.

use super::revisions::Revisions;
use super::{Folders, certificates, entries, logins};
use nusantara_host::{HostError, replace};
use nusantara_plan::spec_files;
use nusantara_proto::host::{ErrorCode, OperationError};
use nusantara_types::{AccountSpec, Limits, Meta, Package, PackageName, Username};
use serde::de::DeserializeOwned;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// The spec store.
#[derive(Debug, Clone)]
pub(crate) struct Specs {
    folders: Folders,
}

/// A tree that cannot be used, with the file, the field and the line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {problem}")]
pub(crate) struct BrokenSpec {
    /// Path of the file.
    pub(crate) file: String,
    /// Field, line and what is wrong.
    pub(crate) problem: String,
}

impl Specs {
    pub(crate) fn of(folders: &Folders) -> Self {
        Self { folders: folders.clone() }
    }

    fn folder(&self, username: &Username) -> PathBuf {
        self.folders.users().join(username.as_str())
    }

    /// Every account folder's name, also those whose files are broken.
    pub(crate) fn names(&self) -> std::io::Result<Vec<Username>> {
        Ok(entries(&self.folders.users())?.into_iter().filter_map(|name| name.parse().ok()).collect())
    }

    /// Whether the account has a folder here.
    pub(crate) fn exists(&self, username: &Username) -> bool {
        self.folder(username).symlink_metadata().is_ok()
    }

    /// The uid that `account.json` names, whatever the other files hold.
    pub(crate) fn uid(&self, username: &Username) -> Option<u32> {
        let account: nusantara_types::Account = read_file(&self.folder(username).join("account.json")).ok()?;
        let hosting = nusantara_types::FIRST_ACCOUNT_UID..nusantara_types::END_ACCOUNT_UID;
        (&account.username == username && hosting.contains(&account.uid)).then_some(account.uid)
    }

    /// Reads the six files, whether or not they hold together.
    pub(crate) fn parse(&self, username: &Username) -> Result<AccountSpec, BrokenSpec> {
        let folder = self.folder(username);
        let mut spec = AccountSpec {
            account: read_file(&folder.join("account.json"))?,
            limits: read_file(&folder.join("limits.json"))?,
            domains: read_file(&folder.join("domains.json"))?,
            services: read_file(&folder.join("services.json"))?,
            ssh: read_file(&folder.join("ssh.json"))?,
            meta: read_file(&folder.join("meta.json"))?,
        };
        if &spec.account.username != username {
            return Err(BrokenSpec {
                file: folder.join("account.json").display().to_string(),
                problem: format!("username: must be the folder's name, {username}"),
            });
        }
        certificates::forget_missing(&self.folders, &mut spec);
        Ok(spec)
    }

    /// Reads and validates the six files, and knows of a login that is not in them yet.
    pub(crate) fn read(&self, username: &Username) -> Result<AccountSpec, BrokenSpec> {
        let mut spec = self.parse(username)?;
        let file = |name| self.folder(username).join(name).display().to_string();
        spec.validate().map_err(|e| BrokenSpec { file: file(e.file), problem: format!("{}: {}", e.field, e.message) })?;
        logins::take_over(&self.folders, &mut spec);
        Ok(spec)
    }

    /// Makes the six files appear at once.
    pub(crate) async fn create(&self, spec: &AccountSpec) -> Result<(), HostError> {
        let files = spec_files::texts(spec).map(|(name, text)| replace::StagedFile {
            name: name.to_owned(),
            bytes: text.into_bytes(),
            access: replace::Access::SECRET,
        });
        let access = replace::Access { mode: 0o700, owner: None };
        replace::write_dir(self.folder(&spec.account.username), access, files.into()).await
    }

    /// Replaces the files that differ, when all of them fit on the disk. The caller holds the account's lock and has the journal
    /// open: a crash between two files is finished from there.
    pub(crate) async fn update(&self, spec: &AccountSpec) -> Result<(), HostError> {
        let folder = self.folder(&spec.account.username);
        let differs = |(path, text): &(PathBuf, Vec<u8>)| std::fs::read(path).ok().as_ref() != Some(text);
        let texts = spec_files::texts(spec).into_iter().map(|(name, text)| (folder.join(name), text.into_bytes()));
        replace::write_together(texts.filter(differs).collect(), replace::Access::SECRET).await
    }

    /// Removes the six files at once. Not being there is success.
    pub(crate) async fn remove(&self, username: &Username) -> Result<(), HostError> {
        replace::remove_dir_flat(self.folder(username)).await
    }

    /// The files as they are, readable or not.
    pub(crate) fn raw(&self, username: &Username) -> BTreeMap<String, String> {
        let folder = self.folder(username);
        let text = |name: &String| Some(String::from_utf8_lossy(&std::fs::read(folder.join(name)).ok()?).into_owned());
        entries(&folder).unwrap_or_default().into_iter().filter_map(|name| text(&name).map(|text| (name, text))).collect()
    }

    /// What was applied last, when it is known: the spec itself, or the kept revision that its files name.
    pub(crate) fn applied(&self, written: &AccountSpec) -> Option<AccountSpec> {
        let last = written.meta.last_applied_revision.as_ref();
        if last == Some(&written.revision()) {
            return Some(written.clone());
        }
        // The kept one is the surer word: the files may say anything.
        let newest = self.newest(&written.account.username).filter(|kept| kept.account.uid == written.account.uid)?;
        if newest.revision() == written.revision() {
            return Some(written.clone());
        }
        // Certificates come and go without a revision.
        let mut applied = AccountSpec { meta: Meta { certificates: written.meta.certificates.clone(), ..newest.meta.clone() }, ..newest };
        applied.retain_certificates(|_| true);
        Some(applied)
    }

    /// The revision that was applied last, as it is kept.
    pub(crate) fn newest(&self, username: &Username) -> Option<AccountSpec> {
        let spec = Revisions::of(&self.folders, username).latest().ok()??.spec;
        let mut spec = (spec.account.username == *username && spec.validate().is_ok()).then_some(spec)?;
        certificates::forget_missing(&self.folders, &mut spec);
        Some(spec)
    }

    /// The packages of this host, in order of name. One that cannot be read is left out and said in the log.
    pub(crate) fn packages(&self) -> Vec<Package> {
        let folder = self.folders.etc.join("packages");
        let names = entries(&folder).unwrap_or_default();
        names.iter().filter_map(|n| n.strip_suffix(".json")?.parse().ok()).filter_map(|name| self.package(&name).ok()).collect()
    }

    fn package_file(&self, name: &PackageName) -> PathBuf {
        self.folders.etc.join("packages").join(format!("{name}.json"))
    }

    /// Whether there is a package of that name, readable or not.
    pub(crate) fn has_package(&self, name: &PackageName) -> bool {
        self.package_file(name).exists()
    }

    /// Writes a package.
    pub(crate) async fn put_package(&self, package: &Package) -> Result<(), HostError> {
        replace::dir(self.folders.etc.join("packages"), replace::Access { mode: 0o755, owner: None }).await?;
        let mut text = serde_json::to_string_pretty(&package.limits).unwrap_or_default();
        text.push('\n');
        replace::write(self.package_file(&package.name), text, replace::Access::PUBLIC).await
    }

    /// Removes a package. Not being there is success.
    pub(crate) async fn remove_package(&self, name: &PackageName) -> Result<(), HostError> {
        replace::remove(self.package_file(name)).await
    }

    /// One package.
    pub(crate) fn package(&self, name: &PackageName) -> Result<Package, OperationError> {
        let path = self.package_file(name);
        if !path.exists() {
            return Err(OperationError::new(ErrorCode::NotFound, format!("there is no package named {name}")).field("package"));
        }
        let limits: Limits = read_file(&path).map_err(|e| broken_package(name, &e.to_string()))?;
        if let Some((field, message)) = limits.violation() {
            return Err(broken_package(name, &format!("{}: {field} {message}", path.display())));
        }
        Ok(Package { name: name.clone(), limits })
    }
}

fn broken_package(name: &PackageName, problem: &str) -> OperationError {
    tracing::warn!(package = %name, problem, "a package file cannot be used");
    OperationError::new(ErrorCode::Invalid, format!("the package {name} cannot be used: {problem}")).field("package")
}

/// A spec that cannot be used, as an answer.
pub(crate) fn broken(error: &BrokenSpec) -> OperationError {
    OperationError::new(ErrorCode::Invalid, "a spec file of this account was changed by hand and cannot be used").detail(error.to_string())
}

fn read_file<T: DeserializeOwned>(path: &Path) -> Result<T, BrokenSpec> {
    let fail = |problem: String| BrokenSpec { file: path.display().to_string(), problem };
    let text = std::fs::read_to_string(path).map_err(|e| fail(e.to_string()))?;
    let mut document = serde_json::Deserializer::from_str(&text);
    let value = serde_path_to_error::deserialize(&mut document).map_err(|e| fail(format!("{}: {}", e.path(), e.inner())))?;
    document.end().map_err(|e| fail(e.to_string()))?;
    Ok(value)
}
