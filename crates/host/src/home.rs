//! Homes of accounts.
//!
//! A home is built in a folder that only root may enter and appears at its place by one rename, complete with owners, modes and
//! ACLs. From then on root touches nothing below it: further docroots are made, and everything is removed, by processes with the
//! account's uid (SECURITY R6).

mod access;
mod build;
mod empty;

use crate::blocking::run;
use crate::command::{Arg, Options, Program, run_ok};
use crate::error::Explain;
use crate::{HostError, Result, worker};
use nusantara_types::{DocRoot, END_ACCOUNT_UID, FIRST_ACCOUNT_UID, Username};
use rustix::fs::{AtFlags, FileType};
use rustix::io::Errno;
use std::collections::BTreeSet;
use std::os::fd::AsFd;
use std::path::PathBuf;
use std::time::Duration;

/// A file that a fresh docroot starts with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StarterFile {
    /// One path component, such as `index.php`.
    pub name: String,
    /// Its content.
    pub bytes: Vec<u8>,
    /// Permission bits; 0600 for PHP source, 0640 for what nginx reads itself (the group bits are the ACL mask).
    pub mode: u32,
}

/// A document root with its first files.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewDocRoot {
    /// Where, below the home.
    pub path: DocRoot,
    /// What lies in it at first.
    pub files: Vec<StarterFile>,
}

/// Everything needed to make a home.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewHome {
    /// Whose.
    pub username: Username,
    /// Owner of everything in it.
    pub uid: u32,
    /// Group of everything in it.
    pub gid: u32,
    /// The web server's uid, which the ACLs let in ([`crate::users::web_user`]).
    pub web_uid: u32,
    /// Document roots to make.
    pub docroots: Vec<NewDocRoot>,
    /// Which of them `public_html` in the home points to.
    pub primary: DocRoot,
}

/// A home as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HomeLook {
    /// Whose it is.
    pub uid: u32,
    /// Its permission bits.
    pub mode: u32,
    /// Whether the web server may pass.
    pub web_enters: bool,
}

/// The folder that holds the homes.
#[derive(Debug, Clone)]
pub struct Homes(PathBuf);

/// Homes being made; root alone may enter.
const STAGING: &str = ".nusantara-staging";
/// Homes being emptied; their owners must be able to pass.
const TRASH: &str = ".nusantara-trash";

impl Homes {
    /// `/home`.
    #[must_use]
    pub fn system() -> Self {
        Self::at("/home")
    }

    /// Another root-owned folder, for tests.
    #[must_use]
    pub fn at(folder: impl Into<PathBuf>) -> Self {
        Self(folder.into())
    }

    /// Whether the home is there, by its own entry in the root-owned folder (nothing below it is looked at).
    ///
    /// # Errors
    /// What the kernel says.
    pub async fn exists(&self, username: &Username) -> Result<bool> {
        let (homes, name) = (self.0.clone(), username.clone());
        run(move || Ok(entry(crate::replace::open_dir(&homes)?, name.as_str())?.is_some())).await
    }

    /// Whose the home is, when it is there; seen like [`Homes::exists`].
    ///
    /// # Errors
    /// What the kernel says.
    pub async fn owner(&self, username: &Username) -> Result<Option<u32>> {
        let (homes, name) = (self.0.clone(), username.clone());
        run(move || Ok(entry(crate::replace::open_dir(&homes)?, name.as_str())?.map(|(_, owner)| owner))).await
    }

    /// Makes the two folders beside the homes and clears what a crash left of homes being made. To be called at start, while no
    /// home is being made.
    ///
    /// # Errors
    /// What the kernel says.
    pub async fn prepare(&self) -> Result<()> {
        let homes = self.0.clone();
        run(move || {
            crate::replace::dir_now(&homes.join(TRASH), 0o711, None)?;
            build::clear_staging(&homes)
        })
        .await
    }

    /// Whether a removal of the account's home was begun and not ended.
    ///
    /// # Errors
    /// What the kernel says.
    pub async fn half_removed(&self, uid: u32) -> Result<bool> {
        let trash = self.0.join(TRASH);
        run(move || match crate::replace::open_dir(&trash) {
            Ok(trash) => Ok(entry(trash, &uid.to_string())?.is_some()),
            Err(e) if e.kind == crate::HostErrorKind::NotFound => Ok(false),
            Err(e) => Err(e),
        })
        .await
    }

    /// Who owns the home and who may enter it; `None` when it is not there. The folder itself is looked at, and nothing below it.
    ///
    /// # Errors
    /// What the kernel says; [`crate::HostErrorKind::Exists`] when it is not a folder.
    pub async fn look(&self, username: &Username, web_uid: u32) -> Result<Option<HomeLook>> {
        let (homes, name) = (self.0.clone(), username.clone());
        run(move || access::look(&homes, &name, web_uid)).await
    }

    /// Gives the home these permission bits, and lets the web server pass or not. Other entries of its list stay.
    ///
    /// # Errors
    /// [`crate::HostErrorKind::Exists`] when it belongs to another uid, [`crate::HostErrorKind::Refused`] for a uid outside the hosting
    /// range, else what the kernel says.
    pub async fn set_access(&self, username: &Username, uid: u32, web_uid: u32, mode: u32, web_enters: bool) -> Result<()> {
        in_range(uid, || format!("say who may enter the home of {username}"))?;
        let (homes, name) = (self.0.clone(), username.clone());
        run(move || access::set(&homes, &name, uid, web_uid, mode, web_enters)).await
    }

    /// The uids of the hosting range that homes belong to, whoever knows of them.
    ///
    /// # Errors
    /// What the kernel says.
    pub async fn owners(&self) -> Result<BTreeSet<u32>> {
        let homes = self.0.clone();
        run(move || access::owners(&homes)).await
    }

    /// Makes the home. One that is there and belongs to the account is success and stays as it is; what an earlier try left in
    /// the staging folder is thrown away.
    ///
    /// # Errors
    /// [`crate::HostErrorKind::Exists`] when something of another owner has the name, [`crate::HostErrorKind::Refused`] for a uid outside the
    /// hosting range or a file name that is not one, else what the kernel says.
    pub async fn create(&self, home: NewHome) -> Result<()> {
        in_range(home.uid, || format!("make the home of {}", home.username))?;
        let homes = self.0.clone();
        run(move || build::create(&homes, &home)).await
    }

    /// Makes one more document root in an existing home, with the account's uid. What is there stays as it is: existing folders
    /// get the ACL entry for the web server, existing files are not overwritten.
    ///
    /// # Errors
    /// [`crate::HostErrorKind::Tool`] with what the worker said (a link in the way, no space, quota), [`crate::HostErrorKind::Timeout`] after 60
    /// seconds, [`crate::HostErrorKind::Refused`] for a uid outside the hosting range.
    pub async fn add_docroot(&self, username: &Username, uid: u32, gid: u32, web_uid: u32, docroot: NewDocRoot) -> Result<()> {
        let what = format!("make the folder {} of {username}", docroot.path);
        in_range(uid, || what.clone())?;
        let args = [
            Arg::fixed(worker::DOCROOT_SUBCOMMAND),
            Arg::value(&self.0)?,
            username.into(),
            web_uid.into(),
            // The grammar of a DocRoot lets no segment start with a hyphen.
            Arg::value(docroot.path.as_str())?,
        ];
        let options = Options {
            stdin: Some(worker::encode_files(&docroot.files)),
            timeout: Duration::from_secs(60),
            uid_gid: Some((uid, gid)),
            ..Options::default()
        };
        run_ok(Program::SelfExe, &args, options, &what).await.map(drop)
    }

    /// Makes a folder in an existing home, with the account's uid and for the account alone. What is there stays as it is.
    ///
    /// # Errors
    /// As [`Homes::add_docroot`].
    pub async fn add_folder(&self, username: &Username, uid: u32, gid: u32, path: &DocRoot) -> Result<()> {
        let what = format!("make the folder {path} of {username}");
        in_range(uid, || what.clone())?;
        let args = [Arg::fixed(worker::FOLDER_SUBCOMMAND), Arg::value(&self.0)?, username.into(), Arg::value(path.as_str())?];
        let options = Options { timeout: Duration::from_secs(60), uid_gid: Some((uid, gid)), ..Options::default() };
        run_ok(Program::SelfExe, &args, options, &what).await.map(drop)
    }

    /// Gives the home another name, by its own entry in the root-owned folder: nothing below it is looked at. Having the new name
    /// already, and not being there at all, are success.
    ///
    /// # Errors
    /// [`crate::HostErrorKind::Exists`] when the new name is taken, [`crate::HostErrorKind::Refused`] when the home belongs to another
    /// uid or the uid is outside the hosting range, else what the kernel says.
    pub async fn rename(&self, from: &Username, to: &Username, uid: u32) -> Result<()> {
        let what = format!("move the home of {from} to {to}");
        in_range(uid, || what.clone())?;
        let (homes, from, to) = (self.0.clone(), from.clone(), to.clone());
        run(move || {
            let folder = crate::replace::open_dir(&homes)?;
            match entry(&folder, from.as_str())? {
                None => Ok(()),
                Some((FileType::Directory, owner)) if owner == uid => {
                    crate::replace::rename_now(&homes.join(from.as_str()), &homes.join(to.as_str()))
                }
                Some(_) => Err(HostError::refused(what, "it does not belong to the account")),
            }
        })
        .await
    }

    /// Lets the link `public_html` in the home lead to another docroot, with the account's uid. Something else than a link stays as it
    /// is.
    ///
    /// # Errors
    /// As [`Homes::add_docroot`].
    pub async fn link_primary(&self, username: &Username, uid: u32, gid: u32, docroot: &DocRoot) -> Result<()> {
        let what = format!("let public_html of {username} lead to {docroot}");
        in_range(uid, || what.clone())?;
        let args = [Arg::fixed(worker::LINK_SUBCOMMAND), Arg::value(&self.0)?, username.into(), Arg::value(docroot.as_str())?];
        let options = Options { timeout: Duration::from_secs(60), uid_gid: Some((uid, gid)), ..Options::default() };
        run_ok(Program::SelfExe, &args, options, &what).await.map(drop)
    }

    /// Removes the home: renames it to `.nusantara-trash/<uid>`, empties it with the account's uid, removes the empty folder.
    /// Works from any half state. Returns what could not be removed, each as a sentence (a file that root made unremovable).
    ///
    /// # Errors
    /// [`crate::HostErrorKind::Refused`] when the home belongs to another uid or the uid is outside the hosting range, else what the
    /// kernel says.
    pub async fn empty_and_remove(&self, username: &Username, uid: u32, gid: u32) -> Result<Vec<String>> {
        in_range(uid, || format!("remove the home of {username}"))?;
        empty::remove(&self.0, username, uid, gid).await
    }
}

fn in_range(uid: u32, what: impl FnOnce() -> String) -> Result<()> {
    if (FIRST_ACCOUNT_UID..END_ACCOUNT_UID).contains(&uid) {
        Ok(())
    } else {
        Err(HostError::refused(what(), format!("the uid {uid} is not one of a hosting account")))
    }
}

/// Kind and owner of an entry of a root-owned folder; a link is not followed.
fn entry(folder: impl AsFd, name: &str) -> Result<Option<(FileType, u32)>> {
    match rustix::fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(stat) => Ok(Some((FileType::from_raw_mode(stat.st_mode), stat.st_uid))),
        Err(Errno::NOENT) => Ok(None),
        Err(e) => Err(e).explain(|| format!("look at the home {name}")),
    }
}

#[cfg(test)]
mod tests;
