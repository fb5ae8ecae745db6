//! Who may log in as an account: its password, its expiry and its shell. Changed through the shadow tools; a hash goes to
//! chpasswd(8) on its standard input and is never an argument.

use crate::blocking::run;
use crate::command::{Arg, Options, Program};
use crate::error::Explain;
use crate::users::{SHADOW, in_range, lookup, shadow, shadow_told};
use crate::{HostError, HostErrorKind, Result};
use nusantara_types::{Login, PasswordHash, Shell, Username};

pub(crate) const SHADOW_FILE: &str = "/etc/shadow";

/// What shadow(5) says of a user; `None` when it has no line there.
///
/// # Errors
/// What the kernel says.
pub async fn state(username: &Username) -> Result<Option<Login>> {
    let name = username.clone();
    run(move || {
        let text = std::fs::read_to_string(SHADOW_FILE).explain(|| format!("read {SHADOW_FILE}"))?;
        Ok(state_in(&text, name.as_str()))
    })
    .await
}

fn state_in(text: &str, name: &str) -> Option<Login> {
    let line = text.lines().find(|line| line.split(':').next() == Some(name))?;
    of_line(line).map(|(_, login)| login)
}

/// Whose line of shadow(5) it is, and what it says.
pub(crate) fn of_line(line: &str) -> Option<(String, Login)> {
    let fields: Vec<&str> = line.split(':').collect();
    let (name, password) = (fields.first()?, fields.get(1)?);
    let locked = password.is_empty() || password.starts_with(['!', '*']);
    let expires_day = fields.get(7).and_then(|day| day.parse().ok());
    Some(((*name).to_owned(), Login { password_locked: locked, expires_day }))
}

/// Locks the password and lets the user expire on [`Login::DENIED`]'s day: password, key, cron and whatever else asks PAM for the
/// account are all refused. A locked password stays as it is.
///
/// # Errors
/// [`HostErrorKind::Refused`] for a user outside the hosting range, else as [`crate::users::create`].
pub async fn deny(username: &Username) -> Result<()> {
    let what = format!("keep {username} from logging in");
    let _turn = SHADOW.lock().await;
    guard(username, &what).await?;
    let day = Login::DENIED.expires_day.unwrap_or(1);
    shadow(Program::Usermod, &["--lock".into(), "--expiredate".into(), day.into(), username.into()], &[], &what).await
}

/// Gives a user the login `to`. A password that is not there cannot be unlocked, and stays locked.
///
/// # Errors
/// As [`deny`].
pub async fn allow(username: &Username, to: Login) -> Result<()> {
    let what = format!("let {username} log in again");
    let _turn = SHADOW.lock().await;
    guard(username, &what).await?;
    let day = to.expires_day.map_or_else(|| Arg::fixed("-1"), Arg::from);
    shadow(Program::Usermod, &["--expiredate".into(), day, username.into()], &[], &what).await?;
    let now = state(username).await?;
    if !to.password_locked && now.is_some_and(|login| login.password_locked) && has_hash(username).await? {
        return shadow(Program::Usermod, &["--unlock".into(), username.into()], &[], &what).await;
    }
    Ok(())
}

/// Whether there is a hash behind a lock.
async fn has_hash(username: &Username) -> Result<bool> {
    let name = username.clone();
    run(move || {
        let text = std::fs::read_to_string(SHADOW_FILE).explain(|| format!("read {SHADOW_FILE}"))?;
        let line = text.lines().find_map(|line| line.strip_prefix(name.as_str())?.strip_prefix(':'));
        Ok(line.is_some_and(|rest| rest.starts_with("!$")))
    })
    .await
}

/// Gives a user another shell.
///
/// # Errors
/// As [`deny`].
pub async fn set_shell(username: &Username, shell: Shell) -> Result<()> {
    let what = format!("change the shell of {username}");
    let _turn = SHADOW.lock().await;
    guard(username, &what).await?;
    shadow(Program::Usermod, &["--shell".into(), Arg::fixed(shell.path()), username.into()], &[], &what).await
}

/// Sets a user's password, or with `None` takes it away: then no password opens the account. The lines of shadow(5) change
/// together or not at all.
///
/// # Errors
/// As [`deny`].
pub async fn set_password(username: &Username, hash: Option<&PasswordHash>) -> Result<()> {
    let what = format!("change the password of {username}");
    let _turn = SHADOW.lock().await;
    guard(username, &what).await?;
    let line = format!("{username}:{}\n", hash.map_or("!", PasswordHash::expose));
    let options = Options { stdin: Some(line.into_bytes()), ..Options::default() };
    shadow_told(Program::Chpasswd, &["--encrypted".into()], &options, &[], &what).await
}

async fn guard(username: &Username, what: &str) -> Result<()> {
    match lookup(username).await? {
        Some(user) => in_range(user.uid, what),
        None => Err(HostError::new(HostErrorKind::NotFound, what).detail("there is no such user")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_of_shadow_says_who_gets_in() {
        let text =
            "joko:$6$salt$hash:20000:0:99999:7:::\njokowi:!$6$salt$hash:20000:0:99999:7::1:\nsari:!:20000::::::\nbudi::1:::::20001:\n";
        let of = |name: &str| state_in(text, name);
        assert_eq!(of("joko"), Some(Login { password_locked: false, expires_day: None }));
        assert_eq!(of("jokowi"), Some(Login::DENIED));
        assert_eq!(of("sari"), Some(Login::FRESH));
        assert_eq!(of("budi"), Some(Login { password_locked: true, expires_day: Some(20_001) }), "no password is no way in");
        assert_eq!(of("jok"), None);
    }

    #[tokio::test]
    async fn system_users_are_never_touched() {
        let nobody: Username = "nosuchuser".parse().unwrap();
        assert_eq!(deny(&nobody).await.unwrap_err().kind, HostErrorKind::NotFound);
        assert_eq!(set_password(&nobody, None).await.unwrap_err().kind, HostErrorKind::NotFound);
    }
}
