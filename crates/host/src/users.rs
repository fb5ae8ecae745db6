//! Linux users and groups, changed through the shadow tools (they hold the locks, keep gshadow and subids right and tell NSS
//! caches), looked up through NSS.

use crate::blocking::run;
use crate::command::{self, Arg, Options, Output, Program};
use crate::error::Explain;
use crate::{HostError, HostErrorKind, Result};
use nix::unistd::{Gid, Group, Uid, User, getgrouplist};
use nusantara_types::{END_ACCOUNT_UID, FIRST_ACCOUNT_UID, Login, Shell, Username};
use std::collections::{BTreeSet, HashMap};
use std::time::{Duration, Instant};
use tokio::sync::Mutex;

/// A line of passwd(5).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Passwd {
    /// User id.
    pub uid: u32,
    /// Primary group's id.
    pub gid: u32,
    /// Home folder.
    pub home: String,
    /// Login shell.
    pub shell: String,
}

/// How long to keep trying while another program holds the passwd lock. The shadow tools themselves give up at once.
const LOCK_PATIENCE: Duration = Duration::from_secs(15);

/// Where something may lie under a user's name.
const TRACES: [&str; 3] = ["/var/spool/cron/crontabs", "/var/mail", "/var/lib/systemd/linger"];

/// How long to wait for processes of a user to be gone: those that were killed just now still count for userdel(8).
const EXIT_PATIENCE: Duration = Duration::from_secs(2);

/// The shadow tools exclude each other by lock files and fail instead of waiting: within this process they queue here.
pub(crate) static SHADOW: Mutex<()> = Mutex::const_new(());

/// The user of that name, by NSS.
///
/// # Errors
/// [`HostErrorKind::Io`] when the name service fails.
pub async fn lookup(username: &Username) -> Result<Option<Passwd>> {
    let name = username.clone();
    run(move || user_now(name.as_str())).await
}

/// The id of the group of that name, by NSS.
///
/// # Errors
/// [`HostErrorKind::Io`] when the name service fails.
pub async fn group(username: &Username) -> Result<Option<u32>> {
    let name = username.clone();
    run(move || group_now(name.as_str())).await
}

/// Whether a user *or* a group of that name exists, by NSS.
///
/// # Errors
/// [`HostErrorKind::Io`] when the name service fails.
pub async fn name_taken(username: &Username) -> Result<bool> {
    let name = username.clone();
    run(move || Ok(user_now(name.as_str())?.is_some() || group_now(name.as_str())?.is_some())).await
}

/// Whether a user or a group has that id, by NSS.
///
/// # Errors
/// [`HostErrorKind::Io`] when the name service fails.
pub async fn uid_taken(uid: u32) -> Result<bool> {
    run(move || {
        let what = || format!("look up the id {uid}");
        Ok(User::from_uid(Uid::from_raw(uid)).explain(what)?.is_some() || Group::from_gid(Gid::from_raw(uid)).explain(what)?.is_some())
    })
    .await
}

/// What the host's own files say of all users and groups at one time. Accounts are local users, so no name service is asked.
#[derive(Debug, Clone, Default)]
pub struct Everybody {
    users: HashMap<String, Passwd>,
    logins: HashMap<String, Login>,
    groups: HashMap<String, u32>,
    members: HashMap<String, BTreeSet<String>>,
}

impl Everybody {
    /// Reads passwd(5), shadow(5) and group(5).
    ///
    /// # Errors
    /// What the kernel says.
    pub async fn look() -> Result<Self> {
        run(|| {
            let read = |path: &str| std::fs::read_to_string(path).explain(|| format!("read {path}"));
            Ok(Self::of(&read("/etc/passwd")?, &read(crate::login::SHADOW_FILE)?, &read("/etc/group")?))
        })
        .await
    }

    fn of(passwd: &str, shadow: &str, group: &str) -> Self {
        let fields = |line: &str| -> Vec<String> { line.split(':').map(str::to_owned).collect() };
        let user = |line: &str| match fields(line).as_slice() {
            [name, _, uid, gid, _, home, shell] => {
                Some((name.clone(), Passwd { uid: uid.parse().ok()?, gid: gid.parse().ok()?, home: home.clone(), shell: shell.clone() }))
            }
            _ => None,
        };
        let members = |line: &str| match fields(line).as_slice() {
            [name, _, _, members] => Some((name.clone(), members.split(',').map(str::to_owned).collect())),
            _ => None,
        };
        let id = |line: &str| match fields(line).as_slice() {
            [name, _, gid, _] => Some((name.clone(), gid.parse().ok()?)),
            _ => None,
        };
        Self {
            groups: group.lines().filter_map(id).collect(),
            users: passwd.lines().filter_map(user).collect(),
            logins: shadow.lines().filter_map(crate::login::of_line).collect(),
            members: group.lines().filter_map(members).collect(),
        }
    }

    /// A user.
    #[must_use]
    pub fn user(&self, username: &Username) -> Option<Passwd> {
        self.users.get(username.as_str()).cloned()
    }

    /// The id of the group of a user's name.
    #[must_use]
    pub fn group(&self, username: &Username) -> Option<u32> {
        self.groups.get(username.as_str()).copied()
    }

    /// What shadow(5) says of a user.
    #[must_use]
    pub fn login(&self, username: &Username) -> Option<Login> {
        self.logins.get(username.as_str()).copied()
    }

    /// Which of `groups` a user is named in.
    #[must_use]
    pub fn groups_among(&self, username: &Username, groups: Vec<&'static str>) -> Vec<&'static str> {
        groups.into_iter().filter(|group| self.members.get(*group).is_some_and(|members| members.contains(username.as_str()))).collect()
    }
}

/// Uid and gid of nginx's worker user (`www-data` on Debian and Ubuntu).
///
/// # Errors
/// [`HostErrorKind::NotFound`] when there is no such user.
pub async fn web_user() -> Result<(u32, u32)> {
    match run(|| user_now("www-data")).await? {
        Some(user) => Ok((user.uid, user.gid)),
        None => Err(HostError::new(HostErrorKind::NotFound, "look up the user www-data")),
    }
}

/// Makes the user and its group of the same name and id, password locked, home `/home/<username>` (not made here). The same
/// user already there is success, and half of it (user without group, group without user) is completed.
///
/// # Errors
/// [`HostErrorKind::Refused`] for a uid outside the hosting range, [`HostErrorKind::Exists`] when name or id belong to somebody
/// else, [`HostErrorKind::Timeout`] when the passwd lock stayed held for 15 seconds, [`HostErrorKind::Tool`] with what useradd(8)
/// said.
pub async fn create(username: &Username, uid: u32, shell: Shell) -> Result<()> {
    let what = format!("create the user {username}");
    in_range(uid, &what)?;
    let _turn = SHADOW.lock().await;
    let name = username.clone();
    let (user, group) = run(move || Ok((user_now(name.as_str())?, group_now(name.as_str())?))).await?;
    let ours = user.as_ref().is_none_or(|u| u.uid == uid && u.gid == uid) && group.is_none_or(|gid| gid == uid);
    match (user, group) {
        _ if !ours => return Err(HostError::new(HostErrorKind::Exists, what).detail("the name belongs to another user or group")),
        (Some(_), Some(_)) => return Ok(()),
        // Of one that is whole but for its group, things may be running, and its login is settled.
        (Some(_), None) if crate::login::state(username).await?.is_some() => {
            return shadow(Program::Groupadd, &["--gid".into(), uid.into(), username.into()], &[], &what).await;
        }
        (Some(_), None) => shadow(Program::Userdel, &[username.into()], &[], &what).await?,
        (None, Some(_)) => shadow(Program::Groupdel, &[username.into()], &[], &what).await?,
        (None, None) if uid_taken(uid).await? => {
            return Err(HostError::new(HostErrorKind::Exists, what).detail(format!("the id {uid} belongs to another user or group")));
        }
        (None, None) => {}
    }
    shadow(Program::Useradd, &useradd_args(username, uid, shell)?, &[], &what).await
}

/// `-U` gives the group the uid's number when it lies in GID_MIN..GID_MAX and is free: with both ends at the uid it is this gid or
/// an error, in one process instead of groupadd and useradd (6 ms instead of 14 at 100 accounts).
fn useradd_args(username: &Username, uid: u32, shell: Shell) -> Result<[Arg; 20]> {
    Ok([
        "--uid".into(),
        uid.into(),
        "--user-group".into(),
        "-K".into(),
        Arg::setting("GID_MIN=", uid),
        "-K".into(),
        Arg::setting("GID_MAX=", uid),
        // 65,536 subordinate ids for each account would run out near 9,150 accounts.
        "-K".into(),
        "SUB_UID_COUNT=0".into(),
        "-K".into(),
        "SUB_GID_COUNT=0".into(),
        "--no-log-init".into(),
        "--no-create-home".into(),
        "--home-dir".into(),
        Arg::value(format!("/home/{username}"))?,
        "--shell".into(),
        Arg::fixed(shell.path()),
        "--password".into(),
        "!".into(),
        username.into(),
    ])
}

/// Puts a hosting account into exactly these groups besides its own.
///
/// # Errors
/// [`HostErrorKind::Refused`] for a uid outside the hosting range, [`HostErrorKind::Timeout`] and [`HostErrorKind::Tool`] as in
/// [`create`].
pub async fn set_groups(username: &Username, uid: u32, groups: &[&'static str]) -> Result<()> {
    let what = format!("change the groups of {username}");
    in_range(uid, &what)?;
    let _turn = SHADOW.lock().await;
    let list = Arg::list(groups);
    shadow(Program::Usermod, &["--groups".into(), list, username.into()], &[], &what).await
}

/// Which of `groups` a user is in, by NSS. One that does not exist has nobody in it.
///
/// # Errors
/// [`HostErrorKind::Io`] when the name service fails.
pub async fn groups_among(username: &Username, gid: u32, groups: Vec<&'static str>) -> Result<Vec<&'static str>> {
    let name = username.clone();
    run(move || {
        let what = || format!("look up the groups of {name}");
        let c_name = std::ffi::CString::new(name.as_str()).map_err(std::io::Error::from).explain(what)?;
        let member: Vec<u32> = getgrouplist(&c_name, Gid::from_raw(gid)).explain(what)?.into_iter().map(Gid::as_raw).collect();
        let mut found = Vec::new();
        for group in groups {
            if group_now(group)?.is_some_and(|gid| member.contains(&gid)) {
                found.push(group);
            }
        }
        Ok(found)
    })
    .await
}

/// Removes the user and its group. Not being there is success, and a group left alone is removed too. Waits up to two seconds for
/// the user's last processes, if userdel(8) may look for them (CAP_SYS_PTRACE): [`end_processes`] first is what makes sure.
///
/// # Errors
/// [`HostErrorKind::Refused`] when the user's uid is not in the hosting range or processes of it still run,
/// [`HostErrorKind::Timeout`] and [`HostErrorKind::Tool`] as in [`create`].
pub async fn delete(username: &Username) -> Result<()> {
    let what = format!("delete the user {username}");
    let _turn = SHADOW.lock().await;
    if let Some(user) = lookup(username).await? {
        in_range(user.uid, &what)?;
        // 6: no such user, which is what is wanted.
        shadow(Program::Userdel, &[username.into()], &[6], &what).await?;
    }
    let name = username.clone();
    if let Some(gid) = run(move || group_now(name.as_str())).await? {
        in_range(gid, &what)?;
        shadow(Program::Groupdel, &[username.into()], &[6], &what).await?;
    }
    Ok(())
}

/// Gives the user and its group of a hosting account another name; home `/home/<to>` (not moved here). Works from any half state:
/// what has the new name already stays as it is. Ends the account's processes, and again when one that was just started is in the
/// way.
///
/// # Errors
/// [`HostErrorKind::Refused`] for a uid outside the hosting range or while processes of the user keep coming,
/// [`HostErrorKind::Exists`] when a name belongs to somebody else, [`HostErrorKind::NotFound`] when the user has neither name,
/// [`HostErrorKind::Timeout`] and [`HostErrorKind::Tool`] as in [`create`].
pub async fn rename(from: &Username, to: &Username, uid: u32) -> Result<()> {
    let what = format!("call the user {from} {to}");
    in_range(uid, &what)?;
    let (old, new) = (from.clone(), to.clone());
    let look = move || {
        Ok([
            user_now(old.as_str())?.map(|u| u.uid),
            user_now(new.as_str())?.map(|u| u.uid),
            group_now(old.as_str())?,
            group_now(new.as_str())?,
        ])
    };
    let [user, renamed, group, group_renamed] = run(look).await?;
    if [user, renamed, group, group_renamed].into_iter().flatten().any(|id| id != uid) {
        return Err(HostError::new(HostErrorKind::Exists, what).detail("a name belongs to another user or group"));
    }
    if user.is_none() && renamed.is_none() {
        return Err(HostError::new(HostErrorKind::NotFound, what));
    }
    if user.is_some() {
        rename_user(from, to, uid, &what).await?;
    }
    if group.is_some() {
        let _turn = SHADOW.lock().await;
        shadow(Program::Groupmod, &["--new-name".into(), to.into(), from.into()], &[], &what).await?;
    }
    for folder in TRACES {
        let folder = std::path::Path::new(folder);
        crate::replace::rename(folder.join(from.as_str()), folder.join(to.as_str())).await?;
    }
    Ok(())
}

async fn rename_user(from: &Username, to: &Username, uid: u32, what: &str) -> Result<()> {
    let args = ["--login".into(), to.into(), "--home".into(), Arg::value(format!("/home/{to}"))?, from.into()];
    let begun = Instant::now();
    loop {
        end_processes(uid, uid).await?;
        let _turn = SHADOW.lock().await;
        match shadow(Program::Usermod, &args, &[], what).await {
            Err(e) if e.kind == HostErrorKind::Refused && begun.elapsed() < EXIT_PATIENCE => {}
            other => return other,
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Removes what a user may have left in folders of the system under their name, which userdel(8) leaves there: a crontab, mail,
/// and the wish to have a manager of their own at boot. Names in folders of root's are removed and never followed.
///
/// # Errors
/// What the kernel says.
pub async fn remove_traces(username: &Username) -> Result<()> {
    for folder in TRACES {
        crate::replace::remove(std::path::Path::new(folder).join(username.as_str())).await?;
    }
    Ok(())
}

/// Kills every process of a hosting account, wherever it runs: also what got out of the account's slice. A process with the
/// account's uid sends SIGKILL to everything it may signal (kill(2), pid -1), which is exactly that; nothing is looked up by
/// number. The kernel holds its list of processes meanwhile, so not even one that forks all the time escapes. Those killed may take
/// a moment more to be gone.
///
/// # Errors
/// [`HostErrorKind::Refused`] for a uid outside the hosting range, [`HostErrorKind::Tool`] with what kill(1) said.
pub async fn end_processes(uid: u32, gid: u32) -> Result<()> {
    let what = format!("end the processes of uid {uid}");
    in_range(uid, &what)?;
    let options = Options { uid_gid: Some((uid, gid)), ..Options::default() };
    command::run_ok(Program::Kill, &["-KILL".into(), "--".into(), "-1".into()], options, &what).await.map(drop)
}

/// Kills those of `processes` that are the account's: the signals are sent with the account's uid, so the kernel refuses the rest.
/// The numbers must come from a cgroup just now.
///
/// # Errors
/// [`HostErrorKind::Refused`] for a uid outside the hosting range, [`HostErrorKind::Io`] when kill(1) cannot be started.
pub async fn end_own(uid: u32, gid: u32, processes: &[u32]) -> Result<()> {
    let what = format!("end processes of uid {uid}");
    in_range(uid, &what)?;
    let options = Options { uid_gid: Some((uid, gid)), ..Options::default() };
    let numbers = processes.iter().map(|pid| Arg::from(*pid));
    let args: Vec<Arg> = ["-KILL", "--"].map(Arg::fixed).into_iter().chain(numbers).collect();
    // Its status says whether every one could be signalled, and most are somebody else's.
    command::run(Program::Kill, &args, options).await.map(drop)
}

pub(crate) fn in_range(id: u32, what: &str) -> Result<()> {
    if (FIRST_ACCOUNT_UID..END_ACCOUNT_UID).contains(&id) {
        Ok(())
    } else {
        Err(HostError::refused(what, format!("the id {id} is not one of a hosting account")))
    }
}

/// Runs a shadow tool; exit codes in `fine` are success. Tries again while somebody else holds the lock of a file.
pub(crate) async fn shadow(program: Program, args: &[Arg], fine: &[i32], what: &str) -> Result<()> {
    shadow_told(program, args, &Options::default(), fine, what).await
}

/// As [`shadow`], with input.
pub(crate) async fn shadow_told(program: Program, args: &[Arg], options: &Options, fine: &[i32], what: &str) -> Result<()> {
    let begun = Instant::now();
    let mut pause = Duration::from_millis(20);
    loop {
        let output = command::run(program, args, options.clone()).await?;
        match output.code() {
            Some(0) => return Ok(()),
            Some(code) if fine.contains(&code) => return Ok(()),
            Some(8) if program == Program::Userdel && begun.elapsed() < EXIT_PATIENCE => tokio::time::sleep(pause).await,
            _ if !lock_is_held(&output) => return Err(refusal(program, &output, what)),
            // The lock is a file: it cannot be made either when there is no room.
            _ if is_full("/etc") => return Err(HostError::new(HostErrorKind::Full, what).detail(output.stderr_text())),
            _ if begun.elapsed() > LOCK_PATIENCE => {
                return Err(HostError::new(HostErrorKind::Timeout, what).detail(output.stderr_text()));
            }
            _ => tokio::time::sleep(pause).await,
        }
        pause = (pause * 2).min(Duration::from_millis(320));
    }
}

/// Whether root itself finds no room on the file system of a folder.
fn is_full(folder: &str) -> bool {
    rustix::fs::statvfs(folder).is_ok_and(|stat| stat.f_blocks > 0 && stat.f_bfree.saturating_mul(stat.f_frsize) < 64 * 1024)
}

/// The tools have no exit code of their own for this; in the C locale the sentence is fixed.
fn lock_is_held(output: &Output) -> bool {
    output.stderr_text().contains("cannot lock /etc/")
}

fn refusal(program: Program, output: &Output, what: &str) -> HostError {
    let error = command::failed(output, what);
    let kind = match (program, output.code()) {
        (Program::Useradd, Some(4 | 9)) => HostErrorKind::Exists,
        (Program::Userdel | Program::Usermod, Some(8)) => HostErrorKind::Refused,
        _ => error.kind,
    };
    HostError { kind, ..error }
}

fn user_now(name: &str) -> Result<Option<Passwd>> {
    let user = User::from_name(name).explain(|| format!("look up the user {name}"))?;
    Ok(user.map(|u| Passwd {
        uid: u.uid.as_raw(),
        gid: u.gid.as_raw(),
        home: u.dir.to_string_lossy().into_owned(),
        shell: u.shell.to_string_lossy().into_owned(),
    }))
}

fn group_now(name: &str) -> Result<Option<u32>> {
    Ok(Group::from_name(name).explain(|| format!("look up the group {name}"))?.map(|g| g.gid.as_raw()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_process_of_an_account_ends_and_no_other() {
        const UID: u32 = 58_777;
        end_processes(UID, UID).await.unwrap();
        #[expect(clippy::disallowed_methods, reason = "a victim for the test")]
        let start = |uid: u32| {
            use std::os::unix::process::CommandExt;
            std::process::Command::new("/usr/bin/sleep").arg("60").uid(uid).gid(uid).spawn().unwrap()
        };
        let (mut victims, mut stranger) = ([start(UID), start(UID)], start(UID + 1));
        end_processes(UID, UID).await.unwrap();
        for victim in &mut victims {
            assert_eq!(std::os::unix::process::ExitStatusExt::signal(&victim.wait().unwrap()), Some(9));
        }
        assert!(stranger.try_wait().unwrap().is_none());
        stranger.kill().unwrap();
        stranger.wait().unwrap();
    }

    #[tokio::test]
    async fn of_some_processes_only_the_accounts_own_end() {
        const UID: u32 = 58_779;
        #[expect(clippy::disallowed_methods, reason = "a victim for the test")]
        let start = |uid: u32| {
            use std::os::unix::process::CommandExt;
            std::process::Command::new("/usr/bin/sleep").arg("60").uid(uid).gid(uid).spawn().unwrap()
        };
        let (mut victim, mut spared, mut stranger) = (start(UID), start(UID), start(UID + 1));
        end_own(UID, UID, &[stranger.id(), victim.id(), 1]).await.unwrap();
        assert_eq!(std::os::unix::process::ExitStatusExt::signal(&victim.wait().unwrap()), Some(9));
        for other in [&mut spared, &mut stranger] {
            assert!(other.try_wait().unwrap().is_none());
            other.kill().unwrap();
            other.wait().unwrap();
        }
        assert_eq!(end_own(0, 0, &[1]).await.unwrap_err().kind, HostErrorKind::Refused);
    }

    #[tokio::test]
    async fn one_look_at_everybody_says_what_single_looks_do() {
        let all = Everybody::look().await.unwrap();
        let nobody: Username = "nosuchuser".parse().unwrap();
        assert_eq!((all.user(&nobody), all.login(&nobody)), (None, None));
        let (joko, budi): (Username, Username) = ("joko".parse().unwrap(), "budi".parse().unwrap());
        let all = Everybody::of(
            "joko:x:12000:12000::/home/joko:/bin/bash\nbroken\n",
            "joko:!:20000:::::1:\n",
            "nusantara-ssh:x:990:joko,sari\njoko:x:12000:\nnusantara-ssh-sftp:x:991:\n",
        );
        assert_eq!((all.user(&joko).unwrap().uid, all.user(&budi)), (12_000, None));
        assert_eq!((all.group(&joko), all.group(&budi)), (Some(12_000), None));
        assert_eq!(all.login(&joko), Some(Login::DENIED));
        assert_eq!(all.groups_among(&joko, vec!["nusantara-ssh", "nusantara-ssh-sftp", "nosuch"]), ["nusantara-ssh"]);
    }

    #[tokio::test]
    async fn system_users_are_found_and_never_touched() {
        let (uid, gid) = web_user().await.unwrap();
        assert!(uid < FIRST_ACCOUNT_UID && gid < FIRST_ACCOUNT_UID);
        assert!(uid_taken(0).await.unwrap());
        assert!(!uid_taken(59_998).await.unwrap());
        let nobody: Username = "nosuchuser".parse().unwrap();
        assert!(!name_taken(&nobody).await.unwrap());
        for uid in [0, 33, 1_000, END_ACCOUNT_UID] {
            assert_eq!(end_processes(uid, uid).await.unwrap_err().kind, HostErrorKind::Refused);
        }
        for uid in [0, 33, 1_000, FIRST_ACCOUNT_UID - 1, END_ACCOUNT_UID] {
            assert_eq!(create(&nobody, uid, Shell::Nologin).await.unwrap_err().kind, HostErrorKind::Refused);
        }
        delete(&nobody).await.unwrap();
    }
}
