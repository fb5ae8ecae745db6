//! An account under another name: the spec it then has, and the changes that lead from one name to the other.
//!
//! Way there and way back are the same plan with the two specs exchanged, made of what is seen under both names. So it can be carried
//! on from wherever a crash left it, in either direction.

use crate::account::{Foreign, Observed, app_remove, plan};
use crate::change::Change;
use crate::paths;
use crate::render::app::tmpfiles;
use crate::render::nginx;
use crate::serving::Serving;
use crate::site::sites;
use nusantara_types::apps::NodeApp;
use nusantara_types::cron::CronJob;
use nusantara_types::{AccountSpec, AppName, DomainName, Username};
use std::collections::BTreeSet;
use std::fmt::Display;
use std::str::FromStr;
use std::sync::Arc;

/// What answered under the old name and must answer under the new one.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Alive {
    /// Sites, by the names they settle on.
    pub sites: Vec<DomainName>,
    /// Apps of which every instance was well.
    pub apps: BTreeSet<AppName>,
}

/// Something that cannot carry the new name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TooLong {
    /// Where it is.
    pub field: String,
    /// What is allowed, as a sentence.
    pub message: String,
}

/// The spec of an account under another name. Texts of its owner that name the old home name the new one: arguments and environments
/// of apps, and the commands of cron jobs.
///
/// # Errors
/// [`TooLong`] for the first text that would be longer than it may be.
pub fn renamed(spec: &AccountSpec, to: &Username) -> Result<AccountSpec, TooLong> {
    let from = &spec.account.username;
    let mut out = spec.clone();
    out.account.username = to.clone();
    out.account.home_dir = paths::home(to);
    out.services.php.fpm_pool = to.clone();
    for app in &mut out.services.nodejs.apps {
        let NodeApp { name, args, env, .. } = app;
        for argument in args {
            *argument = at_new_home(argument, from, to, || format!("nodejs.apps.{name}.args"))?;
        }
        for (variable, value) in env {
            *value = at_new_home(value, from, to, || format!("nodejs.apps.{name}.env.{variable}"))?;
        }
    }
    for CronJob { name, command, .. } in &mut out.services.cron.jobs {
        *command = at_new_home(command, from, to, || format!("cron.jobs.{name}.command"))?;
    }
    Ok(out)
}

fn at_new_home<T>(text: &T, from: &Username, to: &Username, field: impl Fn() -> String) -> Result<T, TooLong>
where
    T: AsRef<str> + FromStr,
    T::Err: Display,
{
    let moved = moved_home(text.as_ref(), from, to);
    moved.parse().map_err(|e: T::Err| TooLong { field: field(), message: format!("it would not fit the new name: {e}") })
}

/// A text in which every path of one home is a path of the other. `/home/joko2` and `/srv/home/joko` are no paths of `/home/joko`.
fn moved_home(text: &str, from: &Username, to: &Username) -> String {
    let (old, new) = (paths::home(from), paths::home(to));
    let of_a_name = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.');
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(&old) {
        let after = &rest[at + old.len()..];
        out.push_str(&rest[..at]);
        // Slashes before it are those of a URL, as in `file:///home/joko`, unless a name stands before them.
        let begins = !out.trim_end_matches('/').ends_with(of_a_name);
        let ends = !after.starts_with(of_a_name);
        out.push_str(if begins && ends { &new } else { &old });
        rest = after;
    }
    out + rest
}

/// Values of environments that name the new home, which a diff of the spec does not show.
pub(crate) fn hidden(before: &AccountSpec, after: &AccountSpec) -> String {
    let mut out = String::new();
    for (old, new) in before.services.nodejs.apps.iter().zip(&after.services.nodejs.apps) {
        for (variable, value) in &new.env {
            if old.env.get(variable) != Some(value) {
                out.push_str(&format!("~ the variable {variable} of the app {} names the new home\n", new.name));
            }
        }
    }
    out
}

/// What leads an account from one name to the other. `old` and `new` are what is seen under each of them.
///
/// # Errors
/// [`Foreign`] when a Linux user of either name is somebody else.
pub fn plan_rename(
    before: &AccountSpec,
    after: &AccountSpec,
    old: &Observed,
    new: &Observed,
    alive: &Alive,
) -> Result<Vec<Change>, Foreign> {
    let (from, to) = (before.account.username.clone(), after.account.username.clone());
    if let Some(user) = old.user.filter(|user| user.uid != before.account.uid) {
        return Err(Foreign { message: format!("the Linux user {from} has uid {}, the spec says {}", user.uid, before.account.uid) });
    }
    let mut out = taken_away(before, old);
    let last = match &old.vhost {
        Some(_) if serves(before, old) => Some(nginx::vhost(before, Serving::Moving, old.nginx).text),
        other => other.clone(),
    };
    // Once the user has its new name, what runs has come back under that one already.
    if old.user.is_some() {
        out.push(Change::ProcessesEnd);
    }
    out.push(Change::UserRename { from: from.clone(), to: to.clone() });
    out.push(Change::HomeMove { from: from.clone(), to: to.clone() });
    out.push(Change::SpecMove { before: Box::new(before.clone()), after: Box::new(after.clone()) });
    out.push(Change::FilesMove { from: from.clone(), to: to.clone() });
    let moved = moved(after, old, new);
    let serving = Serving::after_sending(after, moved.sent_bytes);
    let vhost = nginx::vhost(after, serving, moved.nginx);
    let web = Change::WebMove { from, to, before: last, after: Some(vhost.text) };
    let probe = Change::SiteProbe {
        token: vhost.token,
        routed: sites(after).iter().map(|site| site.settled().clone()).collect(),
        fresh: if serving == Serving::Normal { alive.sites.clone() } else { Vec::new() },
        pristine: false,
    };
    out.extend(put_back(after, &moved, alive, web, probe)?);
    if !old.access.is_empty() {
        let change = Box::new(Change::AccessRemove { files: old.access.clone() });
        out.insert(out.len() - 1, Change::Former { spec: Arc::new(before.clone()), change });
    }
    Ok(out)
}

fn serves(spec: &AccountSpec, observed: &Observed) -> bool {
    Serving::after_sending(spec, observed.sent_bytes) == Serving::Normal
}

/// What carries the old name and is written anew: it goes, and its sites say that they are back in a moment. Whoever could log in or
/// start something goes first.
fn taken_away(before: &AccountSpec, old: &Observed) -> Vec<Change> {
    let spec = Arc::new(before.clone());
    let mut out = Vec::new();
    let mut former = |change| out.push(Change::Former { spec: Arc::clone(&spec), change: Box::new(change) });
    if old.ftp.logins.is_some() {
        former(Change::FtpLogins { before: old.ftp.logins.clone(), after: None });
    }
    if old.ssh.is_some() {
        former(Change::SshRemove { before: old.ssh.clone() });
    }
    for (name, job) in &old.cron {
        former(Change::CronRemove { name: name.clone(), before: job.setting(), forget: false });
    }
    if let Some(live) = old.vhost.as_ref().filter(|_| serves(before, old)) {
        let after = nginx::vhost(before, Serving::Moving, old.nginx).text;
        if *live != after {
            former(Change::WebPublish { before: old.vhost.clone(), after, new_logs: false });
        }
    }
    for (name, app) in &old.apps {
        former(app_remove(name, app));
    }
    for (version, php) in &old.php {
        former(Change::PhpDisable { version: version.clone(), before: php.texts() });
    }
    out
}

/// What is seen under the new name once everything that moves has moved.
fn moved(after: &AccountSpec, old: &Observed, new: &Observed) -> Observed {
    Observed {
        spec: Some(after.clone()),
        spec_folder: true,
        user: new.user.or(old.user),
        home: new.home || old.home,
        home_owner: new.home_owner.or(old.home_owner),
        home_access: new.home_access.or(old.home_access),
        // Apps and sites bring their own.
        sockets: Some(tmpfiles(&after.account.username)),
        sent_bytes: old.sent_bytes.max(new.sent_bytes),
        logs: true,
        processes: false,
        // They keep the names they were made under.
        databases: old.databases.clone(),
        ..new.clone()
    }
}

/// What the account has under its new name, with `web` and `probe` in the places of their kind. Ends with the record.
fn put_back(after: &AccountSpec, moved: &Observed, alive: &Alive, web: Change, probe: Change) -> Result<Vec<Change>, Foreign> {
    let mut rest = plan(after, moved)?;
    let record = rest.pop();
    let mut web = Some(web);
    let mut out = Vec::new();
    for change in rest {
        // What serves the sites comes first: until then they say that they are back in a moment.
        if matches!(change, Change::CronPut { .. } | Change::FtpLogins { .. } | Change::SshApply { .. }) {
            out.extend(web.take());
        }
        match change {
            Change::WebPublish { .. } | Change::SiteProbe { .. } => {}
            Change::AppStart { name, instances, .. } => {
                let demanded = alive.apps.contains(&name);
                out.push(Change::AppStart { name, instances, demanded });
            }
            other => out.push(other),
        }
    }
    out.extend(web);
    // Before anybody can log in again.
    let at = out.iter().position(|c| matches!(c, Change::FtpLogins { .. } | Change::SshApply { .. })).unwrap_or(out.len());
    out.insert(at, probe);
    out.extend(record);
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_the_home_and_no_others_are_moved() {
        let (from, to) = ("joko".parse().unwrap(), "budi".parse().unwrap());
        for (text, moved) in [
            ("/home/joko", "/home/budi"),
            ("cd /home/joko/domains && php x.php >> '/home/joko/tmp/log'", "cd /home/budi/domains && php x.php >> '/home/budi/tmp/log'"),
            ("A=/home/joko:/home/joko/bin:/usr/bin", "A=/home/budi:/home/budi/bin:/usr/bin"),
            ("sqlite:////home/joko/db file:///home/joko/x", "sqlite:////home/budi/db file:///home/budi/x"),
            (
                "/home/joko2 /home/joko.old /home/joko-x /srv/home/joko x/home/joko",
                "/home/joko2 /home/joko.old /home/joko-x /srv/home/joko x/home/joko",
            ),
            ("/srv//home/joko", "/srv//home/joko"),
            ("/home/joko/home/joko", "/home/budi/home/joko"),
            ("joko /home/ é/home/joko", "joko /home/ é/home/joko"),
        ] {
            assert_eq!(moved_home(text, &from, &to), moved);
        }
    }
}
