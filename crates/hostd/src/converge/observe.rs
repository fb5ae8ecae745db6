//! What is there of an account.

use super::{Sight, access, app, cron, databases, ftp, php, quota, ssh};
use crate::daemon::Daemon;
use crate::state::traffic;
use nusantara_host::home::HomeLook;
use nusantara_host::users::Passwd;
use nusantara_host::{HostError, apps};
use nusantara_plan::account::{Observed, ObservedSlice, ObservedUser};
use nusantara_plan::change::HomeAccess;
use nusantara_plan::serving::Serving;
use nusantara_types::{AccountSpec, Login, Shell, Username};

/// Looks at everything an account owns on this host. `spec` is what the six files say, `uid` whose slice to look at.
pub(crate) async fn observe(d: &Daemon, username: &Username, uid: u32, spec: Option<AccountSpec>) -> Result<Observed, HostError> {
    observe_in(d, &Sight::One, username, uid, spec).await
}

/// As [`observe`], with what `sight` has seen already.
pub(crate) async fn observe_in(
    d: &Daemon,
    sight: &Sight,
    username: &Username,
    uid: u32,
    spec: Option<AccountSpec>,
) -> Result<Observed, HostError> {
    let vhost = d.folders.vhost(username);
    let (user, group, login, home, home_half_removed, slice, processes, quota, php, apps, cron, databases, ftp, ssh, logs) = tokio::try_join!(
        sight.user(username),
        sight.group(username),
        sight.login(username),
        d.homes.look(username, d.web_user.0),
        d.homes.half_removed(uid),
        d.systemd.slice_limits(uid),
        processes(d, uid, spec.as_ref()),
        quota::observe(sight, uid),
        php::observe(d, sight, username),
        app::observe(d, sight, username),
        cron::observe(d, sight, username),
        databases::observe(d, sight, username, spec.as_ref()),
        ftp::observe(d, sight, username),
        ssh::observe(sight, username, uid),
        d.logs.exists(username),
    )?;
    Ok(Observed {
        spec,
        spec_folder: d.specs.exists(username),
        unapplied: false,
        user: observed_user(user, group, login, uid),
        home: home.is_some(),
        home_owner: home.map(|home| home.uid),
        home_access: home.map(|HomeLook { mode, web_enters, .. }| HomeAccess { mode, web_enters }),
        sockets: apps::folder_text(username),
        home_half_removed,
        slice: ObservedSlice { cpu_percent: slice.cpu_percent, memory_mb: slice.memory_mb, tasks: slice.tasks, io_mb_s: slice.io_mb_s },
        quota,
        ports: d.ports.of(uid),
        sent_bytes: traffic::load(&d.folders, username).sent_in(d.now()),
        php,
        nginx: d.nginx,
        access: access::observe(d, username),
        apps,
        cron,
        databases,
        ftp,
        // The live tree changes by one rename, so this is the old file or the new one, never half of one.
        vhost: std::fs::read_to_string(vhost).ok(),
        ssh,
        logs,
        processes,
    })
}

/// The user, with what a useradd(8) or userdel(8) left of it that was killed half-way: the user without its group, or the group alone.
fn observed_user(user: Option<Passwd>, group: Option<u32>, login: Option<Login>, uid: u32) -> Option<ObservedUser> {
    let login = login.unwrap_or(Login::FRESH);
    match user {
        Some(u) => Some(ObservedUser { uid: u.uid, gid: u.gid, shell: Shell::at(&u.shell), login, half: group != Some(u.gid) }),
        None if group == Some(uid) => Some(ObservedUser { uid, gid: uid, shell: None, login, half: true }),
        None => None,
    }
}

/// Whether something runs in the slice of an account that is to run nothing. Of others nobody asks.
async fn processes(d: &Daemon, uid: u32, spec: Option<&AccountSpec>) -> Result<bool, HostError> {
    if spec.is_none_or(|spec| Serving::of(spec).runs()) {
        return Ok(false);
    }
    Ok(!d.systemd.unit_processes(&format!("user-{uid}.slice")).await?.is_empty())
}
