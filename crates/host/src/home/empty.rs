//! Removes a home: out of sight by one rename, emptied as its owner, then the empty folder by root.

use super::{TRASH, entry};
use crate::blocking::run;
use crate::command::{self, Arg, Options, Output, Program};
use crate::disk;
use crate::error::Explain;
use crate::{HostError, Result};
use nusantara_types::Username;
use rustix::fs::{AtFlags, FileType};
use rustix::io::Errno;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How long one pass over a home may take; millions of files on a slow disk need minutes.
const PASS: Duration = Duration::from_secs(30 * 60);
/// More sentences than this help nobody.
const MOST_LEFTOVERS: usize = 20;

pub(super) async fn remove(homes: &Path, username: &Username, uid: u32, gid: u32) -> Result<Vec<String>> {
    // First what an earlier try had moved away, then the home itself; normally there is only one of the two.
    let left = empty_trash(homes, uid, gid).await?;
    if !left.is_empty() {
        return Ok(left);
    }
    let (path, name) = (homes.to_owned(), username.clone());
    if run(move || move_out(&path, &name, uid)).await? { empty_trash(homes, uid, gid).await } else { Ok(Vec::new()) }
}

/// Renames the home into the trash; false when there is none.
fn move_out(homes: &Path, username: &Username, uid: u32) -> Result<bool> {
    let what = || format!("remove the home of {username}");
    let folder = crate::replace::open_dir(homes)?;
    match entry(&folder, username.as_str())? {
        None => return Ok(false),
        Some((FileType::Directory, owner)) if owner == uid => {}
        Some(_) => return Err(HostError::refused(what(), "it does not belong to the account")),
    }
    let trash = homes.join(TRASH);
    crate::replace::dir_now(&trash, 0o711, None)?;
    let trash = crate::replace::open_dir(&trash)?;
    disk::rename_new(&folder, username.as_str(), &trash, uid.to_string()).explain(what)?;
    disk::fsync(&trash).explain(what)?;
    disk::fsync(&folder).explain(what)?;
    Ok(true)
}

/// Empties and removes `.nusantara-trash/<uid>`, if there; what stays is told.
async fn empty_trash(homes: &Path, uid: u32, gid: u32) -> Result<Vec<String>> {
    let top = homes.join(TRASH).join(uid.to_string());
    if remove_top(&top).await? {
        return Ok(Vec::new());
    }
    // rm cannot remove the folder itself, which lies in one of root's: its exit status says nothing, the folder does.
    let remove = ["-rf".into(), "--one-file-system".into(), "--".into(), Arg::value(&top)?];
    as_owner(Program::Rm, &remove, uid, gid).await?;
    if remove_top(&top).await? {
        return Ok(Vec::new());
    }
    // Folders the owner closed to themselves: open them and try once more.
    as_owner(Program::Chmod, &["-R".into(), "--".into(), "u+rwX".into(), Arg::value(&top)?], uid, gid).await?;
    let said = as_owner(Program::Rm, &remove, uid, gid).await?;
    if remove_top(&top).await? { Ok(Vec::new()) } else { Ok(leftovers(&said, &top)) }
}

async fn as_owner(program: Program, args: &[Arg], uid: u32, gid: u32) -> Result<Output> {
    command::run(program, args, Options { timeout: PASS, uid_gid: Some((uid, gid)), ..Options::default() }).await
}

/// Removes the folder if it is empty; true when it is not there afterwards.
async fn remove_top(top: &Path) -> Result<bool> {
    let top: PathBuf = top.to_owned();
    run(move || match rustix::fs::unlinkat(rustix::fs::CWD, &top, AtFlags::REMOVEDIR) {
        Ok(()) | Err(Errno::NOENT) => Ok(true),
        Err(Errno::NOTEMPTY) => Ok(false),
        Err(e) => Err(e).explain(|| format!("remove {}", top.display())),
    })
    .await
}

fn leftovers(said: &Output, top: &Path) -> Vec<String> {
    // rm quotes names so that no byte of a file name can pretend to be a line of its own.
    let own = format!("'{}':", top.display());
    let text = said.stderr_text();
    let mut lines: Vec<String> =
        text.lines().filter(|l| !l.contains(&own)).take(MOST_LEFTOVERS).map(|l| l.trim_start_matches("/usr/bin/rm: ").to_owned()).collect();
    if lines.is_empty() {
        lines.push(format!("{} could not be emptied", top.display()));
    }
    lines
}
