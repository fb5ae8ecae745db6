//! The folders in which accounts' apps make their sockets: `/run/nusantara-app/<username>/`.
//!
//! The account owns its folder, so root never looks into it; the web server's group may pass it, and nobody else. The file system
//! of the folders follows no links (its mount unit says so), so what an account calls a socket is one of its own.

use crate::command::{Arg, Options, Program, run_ok};
use crate::error::Explain;
use crate::replace::{self, Access};
use crate::{HostError, HostErrorKind, Result};
use nusantara_types::{END_ACCOUNT_UID, FIRST_ACCOUNT_UID, Username};
use rustix::fs::AtFlags;
use rustix::io::Errno;
use std::path::PathBuf;
use std::time::Duration;

const FOLDER: &str = "/run/nusantara-app";
const TMPFILES: &str = "/etc/tmpfiles.d";

/// How long an account's files may take to be counted.
const MEASURE_PATIENCE: Duration = Duration::from_secs(40);

/// Makes an account's folder, now and at every boot. `tmpfiles` is the tmpfiles.d(5) text that makes the same.
///
/// # Errors
/// What the kernel says.
pub async fn folder_create(username: &Username, uid: u32, web_gid: u32, tmpfiles: &str) -> Result<()> {
    in_range(uid, || format!("make the socket folder of {username}"))?;
    replace::write(tmpfiles_path(username), tmpfiles, Access::PUBLIC).await?;
    replace::dir(folder(username), Access { mode: 0o2710, owner: Some((uid, web_gid)) }).await
}

/// The text that makes an account's folder at boot, when it is there.
#[must_use]
pub fn folder_text(username: &Username) -> Option<String> {
    std::fs::read_to_string(tmpfiles_path(username)).ok()
}

/// Removes an account's folder: emptied with the account's uid, then taken away. Not being there is success.
///
/// # Errors
/// [`HostErrorKind::Tool`] with what rm(1) said, else what the kernel says.
pub async fn folder_remove(username: &Username, uid: u32) -> Result<()> {
    in_range(uid, || format!("remove the socket folder of {username}"))?;
    replace::remove(tmpfiles_path(username)).await?;
    if remove_empty(username).await? {
        return Ok(());
    }
    let options = Options { uid_gid: Some((uid, uid)), ..Options::default() };
    // rm cannot remove the folder itself, which lies in one of root's: its exit status says nothing, the folder does.
    let said = crate::command::run(Program::Rm, &["-rf".into(), "--".into(), Arg::value(folder(username))?], options).await?;
    match remove_empty(username).await? {
        true => Ok(()),
        false => Err(crate::command::failed(&said, &format!("empty the socket folder of {username}"))),
    }
}

/// Bytes that the files of a home take, counted by a process with the account's uid (du(1)): links are not followed, files with
/// several names count once.
///
/// # Errors
/// [`HostErrorKind::Timeout`] when there are too many files to count now, [`HostErrorKind::Tool`] when they cannot be counted.
pub async fn measure_home(username: &Username, uid: u32) -> Result<u64> {
    let what = format!("measure the home of {username}");
    in_range(uid, || what.clone())?;
    let options = Options { uid_gid: Some((uid, uid)), timeout: MEASURE_PATIENCE, ..Options::default() };
    let args = ["--summarize", "--block-size=1", "--no-dereference", "--"].map(Arg::fixed);
    let home = Arg::value(format!("/home/{username}"))?;
    let args: Vec<Arg> = args.into_iter().chain([home]).collect();
    let output = match run_ok(Program::Du, &args, options.clone(), &what).await {
        // A folder that its owner closed to themselves is not counted; the rest is.
        Err(e) if e.kind == HostErrorKind::Tool => crate::command::run(Program::Du, &args, options).await?,
        other => other?,
    };
    let text = String::from_utf8_lossy(&output.stdout);
    let figure = text.split_once('\t').and_then(|(figure, _)| figure.parse().ok());
    figure.ok_or_else(|| crate::command::failed(&output, &what))
}

fn folder(username: &Username) -> PathBuf {
    PathBuf::from(FOLDER).join(username.as_str())
}

fn tmpfiles_path(username: &Username) -> PathBuf {
    PathBuf::from(TMPFILES).join(format!("nusantara-app-{username}.conf"))
}

/// Removes the folder if it is empty; true when it is not there afterwards.
async fn remove_empty(username: &Username) -> Result<bool> {
    let folder = folder(username);
    crate::blocking::run(move || match rustix::fs::unlinkat(rustix::fs::CWD, &folder, AtFlags::REMOVEDIR) {
        Ok(()) | Err(Errno::NOENT) => Ok(true),
        Err(Errno::NOTEMPTY) => Ok(false),
        Err(e) => Err(e).explain(|| format!("remove {}", folder.display())),
    })
    .await
}

fn in_range(uid: u32, what: impl FnOnce() -> String) -> Result<()> {
    if (FIRST_ACCOUNT_UID..END_ACCOUNT_UID).contains(&uid) {
        Ok(())
    } else {
        Err(HostError::refused(what(), format!("the uid {uid} is not one of a hosting account")))
    }
}
