//! What PAM asks us when somebody logs in to an account by SSH: whether they may, and what they shall see.
//!
//! sshd has proved by then who it is; it calls us as root. Whatever is not as it should be ends the login.

use crate::state::logins::{self, Login};
use crate::state::specs::Specs;
use crate::state::{Folders, config::LogLevel};
use crate::{logging, sshd};
use nusantara_host::ssh::{self, View};
use nusantara_plan::render::ssh::{VIEWS, texts};
use nusantara_types::{AccountSpec, Clock, SshMode, SystemClock, Username};
use std::net::IpAddr;
use std::path::Path;
use std::process::ExitCode;

/// The hidden subcommand that pam_exec(8) calls, with the name and the address in its environment.
pub(crate) const SUBCOMMAND: &str = "internal-ssh-login";

/// Whether an account may be logged in to now. Answers with its spec.
fn may_log_in(folders: &Folders, username: &Username) -> Result<AccountSpec, String> {
    let spec = Specs::of(folders).read(username).map_err(|e| e.to_string())?;
    if texts(&spec).is_none() {
        return Err("SSH of this account is off, or the account is suspended".to_owned());
    }
    if !ssh::keys_path(username).exists() {
        return Err("SSH of this account is being switched".to_owned());
    }
    if !sshd::is_in_place(&folders.state) {
        return Err("sshd's file of the panel is not in place; restart nusantara-hostd".to_owned());
    }
    Ok(spec)
}

/// Whether somebody may log in, and where from they did: the address is sshd's own word.
#[expect(clippy::disallowed_methods, reason = "pam_exec says in the environment who it is about")]
pub(crate) fn login_main() -> ExitCode {
    logging::start(LogLevel::Info);
    let variable = |name: &str| std::env::var(name).unwrap_or_default();
    let outcome = variable("PAM_USER").parse::<Username>().map_err(|e| e.to_string()).and_then(|username| {
        let folders = Folders::of_host();
        may_log_in(&folders, &username)?;
        match variable("PAM_RHOST").parse::<IpAddr>() {
            Ok(ip) => logins::write(&folders, &username, Login { ip, at: SystemClock.now() }),
            Err(_) => Ok(()),
        }
    });
    ended("a login was refused", outcome)
}

/// Makes what a login sees. Called by pam_namespace(8) in the login's own mount namespace as
/// `<folder> tmpfs <new> <user>`, whoever the user is.
pub(crate) fn view_main(user: &str) -> ExitCode {
    logging::start(LogLevel::Info);
    // An administrator's own use of pam_namespace comes through here too; there is nothing to be made then.
    let Ok(username) = user.parse::<Username>() else { return ExitCode::SUCCESS };
    let folders = Folders::of_host();
    if !Specs::of(&folders).exists(&username) {
        return ExitCode::SUCCESS;
    }
    ended("a login could not be given its view", view(&folders, &username))
}

fn view(folders: &Folders, username: &Username) -> Result<(), String> {
    let spec = may_log_in(folders, username)?;
    let uid = spec.account.uid;
    if !ssh::is_in_slice(uid).map_err(|e| e.to_string())? {
        return Err("the login is not in the account's slice, so its limits would not bind: is libpam-systemd installed?".to_owned());
    }
    let view = if spec.ssh.effective_mode() == SshMode::Shell { View::System } else { View::Files };
    ssh::build_view(Path::new(VIEWS), username, uid, view).map_err(|e| e.to_string())
}

fn ended(what: &str, outcome: Result<(), String>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(why) => {
            tracing::warn!("{what}: {why}");
            ExitCode::FAILURE
        }
    }
}
