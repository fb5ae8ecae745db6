//! What SSH of an account is made of: its file of keys, its groups, and asking sshd what it makes of them.
//!
//! Keys lie in a folder of root's, each file readable to its account alone: sshd opens it with the account's uid. Nothing here
//! looks into a home.

use crate::command::{Arg, Options, Program, failed, run};
use crate::replace::{self, Access};
use crate::users::in_range;
use crate::{HostErrorKind, Result};
use nusantara_types::Username;
use std::path::{Path, PathBuf};

mod view;

pub use view::{View, build as build_view, is_in_slice};

/// Keys, a file per account.
pub const KEYS: &str = "/etc/nusantara-panel/ssh";

/// The file of an account's keys.
#[must_use]
pub fn keys_path(username: &Username) -> PathBuf {
    Path::new(KEYS).join(username.as_str())
}

/// Whether there is an sshd on this host.
#[must_use]
pub fn is_installed() -> bool {
    Program::Sshd.path().is_file()
}

/// Writes an account's keys.
///
/// # Errors
/// [`HostErrorKind::Refused`] for a uid outside the hosting range, else what the kernel says.
pub async fn keys_write(username: &Username, uid: u32, text: &str) -> Result<()> {
    in_range(uid, &format!("write the keys of {username}"))?;
    // Passable, not readable: whoever is let in finds only the file whose name is known.
    replace::dir(KEYS, Access { mode: 0o711, owner: None }).await?;
    replace::write(keys_path(username), text, Access { mode: 0o640, owner: Some((0, uid)) }).await
}

/// Removes an account's keys. Not being there is success.
///
/// # Errors
/// What the kernel says.
pub async fn keys_remove(username: &Username) -> Result<()> {
    replace::remove(keys_path(username)).await
}

/// What sshd makes of its configuration, for everybody or for one account: keywords in small letters, each with its value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Effective(Vec<(String, String)>);

impl Effective {
    /// The first value of a keyword.
    #[must_use]
    pub fn get(&self, keyword: &str) -> Option<&str> {
        self.0.iter().find(|(name, _)| name == keyword).map(|(_, value)| value.as_str())
    }
}

/// Asks sshd to read its configuration, the live one or `file`, and say what it makes of it (`sshd -T`). Nothing running changes.
///
/// # Errors
/// [`HostErrorKind::Tool`] with sshd's own words when it does not take the configuration, [`HostErrorKind::NotFound`] when it is not
/// installed.
pub async fn effective(file: Option<&Path>, username: Option<&Username>) -> Result<Effective> {
    let mut args: Vec<Arg> = vec!["-T".into()];
    if let Some(file) = file {
        args.extend(["-f".into(), Arg::value(file)?]);
    }
    if let Some(username) = username {
        args.extend(["-C".into(), Arg::value(format!("user={username},host=localhost,addr=127.0.0.1,laddr=127.0.0.1,lport=22"))?]);
    }
    let output = run(Program::Sshd, &args, Options::default()).await?;
    if !output.status.success() {
        return Err(crate::HostError { kind: HostErrorKind::Tool, ..failed(&output, "read sshd's configuration") });
    }
    let text = String::from_utf8_lossy(&output.stdout);
    let pair = |line: &str| line.split_once(' ').map(|(name, value)| (name.to_owned(), value.trim().to_owned()));
    Ok(Effective(text.lines().filter_map(pair).collect()))
}
