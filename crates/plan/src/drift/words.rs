//! A difference as people read it: what should be, taken away; what is, added.

use crate::account::{Observed, ObservedCron};
use crate::change::{Change, CronSetting, Envelope, Owner};
use crate::describe::{self, envelope, ftp_without_hash, home_access, quota, ssh_lines, without_values};
use crate::diff::unified;
use crate::render::app::AppTexts;
use crate::render::databases::lines;
use crate::render::php::PhpTexts;
use nusantara_types::databases::SqlUsers;
use nusantara_types::{DriftId, Login, PhpVersion};
use std::collections::BTreeMap;

/// Target, summary and difference.
pub(super) fn of(owner: &Owner, observed: &Observed, change: &Change) -> (String, String, Option<String>) {
    let target = describe::words(owner, change).1;
    let diff = diff(owner, observed, change);
    (target, summary(owner, observed, change), (!diff.is_empty()).then_some(diff))
}

fn summary(owner: &Owner, observed: &Observed, change: &Change) -> String {
    let name = &owner.username;
    let gone_or = |gone: bool, what: &str| if gone { format!("{what} is gone") } else { format!("{what} was changed by hand") };
    match change {
        Change::UserCreate { .. } => format!("There is no Linux user {name} with a group of its own"),
        Change::UserShell { .. } => format!("The shell of {name} was changed by hand"),
        Change::LoginDeny { .. } => format!("{name} is suspended, and its login was opened by hand"),
        Change::LoginAllow { .. } => format!("The login of {name} was taken away by hand"),
        Change::HomeCreate { .. } => format!("There is no home of {name}"),
        Change::HomeAccess { .. } => format!("Who may enter the home of {name} was changed by hand"),
        Change::SliceSet { .. } => format!("The limits of {name} are not those of its files"),
        Change::QuotaSet { .. } => format!("The disk quota of {name} is not that of its files"),
        Change::PortsGuard { .. } => format!("The ports of {name} are not kept from other accounts"),
        Change::AccessWrite { .. } => format!("Who may enter protected folders of {name} was changed by hand or is gone"),
        Change::AccessRemove { .. } => format!("Files about protected folders of {name} are there that nothing names"),
        Change::AppSockets { before, .. } => gone_or(before.is_none(), &format!("What makes the folder of sockets of {name}")),
        Change::PhpEnable { version, .. } => php_summary(owner, observed, version),
        Change::PhpDisable { version, .. } => format!("Something is there of PHP {version}, which {name} does not use"),
        Change::AppPut { name: app, .. } => {
            gone_or(!observed.apps.contains_key(app), &format!("What the app {app} of {name} is started from"))
        }
        Change::AppStart { name: app, .. } => format!("The app {app} of {name} is not started at boot"),
        Change::AppStop { name: app, .. } => format!("The app {app} of {name} is started, and shall not be"),
        Change::AppRemove { name: app, .. } => format!("Something is there of an app {app}, which {name} does not have"),
        Change::CronPut { name: job, .. } => gone_or(!observed.cron.contains_key(job), &format!("The cron job {job} of {name}")),
        Change::CronRemove { name: job, .. } => format!("Something is there of a cron job {job}, which {name} does not have"),
        Change::DatabaseCreate { name: database } => format!("The database {database} of {name} is gone"),
        Change::DatabaseUsers { .. } => format!("The database users of {name} are not those of its files"),
        Change::FtpLogins { .. } => format!("The FTP logins of {name} are not those of its files"),
        Change::SshApply { before, .. } => gone_or(before.is_none(), &format!("SSH of {name}")),
        Change::SshRemove { .. } => format!("{name} may log in by SSH, and shall not"),
        Change::WebPublish { before: Some(_), .. } if !observed.logs => format!("The folder of the site logs of {name} is gone"),
        Change::WebPublish { before, .. } => gone_or(before.is_none(), &format!("The vhost of {name}")),
        Change::ProcessesEnd => format!("{name} is suspended, and something of it runs"),
        other => describe::words(owner, other).2,
    }
}

fn php_summary(owner: &Owner, observed: &Observed, version: &PhpVersion) -> String {
    let name = &owner.username;
    match observed.php.get(version) {
        None => format!("PHP {version} of {name} is gone"),
        Some(php) if php.pool.is_some() && php.dropin.is_some() && php.beside.is_empty() && !(php.listening && php.enabled) => {
            format!("PHP {version} of {name} does not listen, now or after a reboot")
        }
        Some(_) => format!("PHP {version} of {name} was changed by hand"),
    }
}

fn login(login: Login) -> String {
    let password = if login.password_locked { "password locked" } else { "password usable" };
    match login.expires_day {
        Some(day) => format!("{password}, expires on day {day}"),
        None => format!("{password}, does not expire"),
    }
}

fn diff(owner: &Owner, observed: &Observed, change: &Change) -> String {
    let said = |should: &str, is: &str| format!("-{should}\n+{is}\n");
    match change {
        Change::UserCreate { shell } => format!("-{} with uid {} and shell {}\n", owner.username, owner.uid, shell.path()),
        Change::UserShell { before, after } => said(after.path(), before.map_or("a shell that no account may have", |shell| shell.path())),
        Change::LoginDeny { before } => said(&login(Login::DENIED), &login(*before)),
        Change::LoginAllow { to } => said(&login(*to), &login(observed.user.map_or(Login::DENIED, |user| user.login))),
        Change::HomeAccess { before, after } => said(&home_access(*after), &home_access(*before)),
        Change::SliceSet { after, .. } => slice(observed, after),
        Change::QuotaSet { before, after } => said(&quota(after), &before.as_ref().map_or("no quota".to_owned(), quota)),
        Change::PortsGuard { before, after } => {
            let list = |ports: &std::collections::BTreeSet<u16>| ports.iter().map(|port| format!("{port}\n")).collect::<String>();
            unified(&list(after), &list(before))
        }
        Change::AppSockets { before, after } => unified(after, before.as_deref().unwrap_or_default()),
        Change::AccessWrite { files } => {
            let there =
                |name: &String| if observed.access.contains_key(name) { format!("+{name} as it is there\n") } else { String::new() };
            files.keys().map(|name| format!("-{name} as it was written\n") + &there(name)).collect()
        }
        Change::AccessRemove { files } => files.keys().map(|name| format!("+{name} as it is there\n")).collect(),
        Change::PhpEnable { version, after, .. } => php(observed, version, Some(after)),
        Change::PhpDisable { version, .. } => php(observed, version, None),
        Change::AppPut { name, after, .. } => app(observed, name, after),
        Change::AppStart { .. } => "-started at boot\n".to_owned(),
        Change::AppStop { .. } => "+started at boot\n".to_owned(),
        Change::CronPut { name, after, .. } => cron(observed.cron.get(name), Some(after)),
        Change::CronRemove { name, .. } => cron(observed.cron.get(name), None),
        Change::DatabaseCreate { name } => format!("-{name}\n"),
        Change::DatabaseUsers { before, after } => databases(before, after),
        Change::FtpLogins { before, after } => ftp(observed, before.as_ref(), after.as_ref()),
        Change::SshApply { before, after } => unified(&ssh_lines(after), &before.as_ref().map(ssh_lines).unwrap_or_default()),
        Change::SshRemove { before } => unified("", &before.as_ref().map(ssh_lines).unwrap_or_default()),
        Change::WebPublish { before: Some(before), after, .. } => unified(after, before),
        _ => String::new(),
    }
}

fn slice(observed: &Observed, after: &Envelope) -> String {
    if let Some(all) = observed.slice.envelope() {
        return format!("-{}\n+{}\n", envelope(after), envelope(&all));
    }
    let o = &observed.slice;
    let word = |value: Option<u64>| value.map_or("not set".to_owned(), |n| n.to_string());
    let is = [
        format!("CPU percent: {}", word(o.cpu_percent.map(u64::from))),
        format!("memory MiB: {}", word(o.memory_mb)),
        format!("processes: {}", word(o.tasks.map(u64::from))),
        format!("disk MiB/s: {}", word(o.io_mb_s.map(u64::from))),
    ];
    format!("-{}\n+{}\n", envelope(after), is.join(", "))
}

fn php(observed: &Observed, version: &PhpVersion, wanted: Option<&PhpTexts>) -> String {
    let seen = observed.php.get(version).cloned().unwrap_or_default();
    let text = |text: Option<&String>| text.cloned().unwrap_or_default();
    let mut out = unified(&text(wanted.map(|w| &w.pool)), &text(seen.pool.as_ref()))
        + &unified(&text(wanted.map(|w| &w.dropin)), &text(seen.dropin.as_ref()))
        + &unified(&text(wanted.and_then(|w| w.ini.as_ref())), &text(seen.ini.as_ref()));
    for (name, text) in &seen.beside {
        out += &format!("+++ {name}\n{}", unified("", text));
    }
    for (is, what) in [(seen.listening, "listens"), (seen.enabled, "listens after a reboot")] {
        match (wanted.is_some(), is) {
            (true, false) => out += &format!("-{what}\n"),
            (false, true) => out += &format!("+{what}\n"),
            _ => {}
        }
    }
    out
}

fn app(observed: &Observed, name: &nusantara_types::AppName, after: &AppTexts) -> String {
    let seen = observed.apps.get(name).cloned().unwrap_or_default();
    let is = seen.description.as_deref().unwrap_or_default();
    // What cannot be read as a description is not shown: nobody knows which of its lines are secrets.
    let shown = match without_values(is).as_str() {
        "" if !is.is_empty() => "what is there cannot be read\n".to_owned(),
        hidden => hidden.to_owned(),
    };
    let mut out = unified(&without_values(&after.description), &shown);
    for number in 0..after.instances {
        out += &unified(&after.dropin, seen.dropins.get(&number).map_or("", String::as_str));
    }
    for dropin in seen.dropins.range(after.instances..).map(|(_, dropin)| dropin) {
        out += &unified("", dropin);
    }
    for ((_, file), text) in &seen.beside {
        out += &format!("+++ {file}\n{}", unified("", text));
    }
    if out.is_empty() && is != after.description {
        // Only a hidden value differs.
        out.push_str("-environment as in the spec\n+another environment\n");
    }
    out
}

fn cron(seen: Option<&ObservedCron>, wanted: Option<&CronSetting>) -> String {
    let seen = seen.cloned().unwrap_or_default();
    let text = |text: Option<&String>| text.cloned().unwrap_or_default();
    let texts = wanted.map(|w| &w.texts);
    let armed = match (wanted.is_some_and(|w| w.armed), seen.armed) {
        (true, Some(false)) => "-waits for its time\n",
        (false, Some(true)) => "+waits for its time\n",
        (true, None) => "-waits for its time\n+waits for its time only until the next boot, or only after it\n",
        _ => "",
    };
    unified(&text(texts.map(|t| &t.description)), &text(seen.description.as_ref()))
        + &unified(&text(texts.map(|t| &t.service)), &text(seen.service.as_ref()))
        + &unified(&text(texts.and_then(|t| t.timer.as_ref())), &text(seen.timer.as_ref()))
        + armed
}

fn databases(before: &SqlUsers, after: &SqlUsers) -> String {
    let out = unified(&lines(after), &lines(before));
    if out.is_empty() { "-passwords as in the spec\n+other passwords\n".to_owned() } else { out }
}

fn ftp(observed: &Observed, before: Option<&String>, after: Option<&String>) -> String {
    let names =
        |text: Option<&String>| -> String { text.iter().flat_map(|t| t.lines()).map(|line| ftp_without_hash(line) + "\n").collect() };
    let mut out = unified(&names(after), &names(before));
    if after.is_some() && !observed.ftp.served {
        out += "-the FTP server lets them in\n";
    }
    if out.is_empty() {
        // Only a password differs, and its hash is nobody's to read.
        out += "-passwords as in the spec\n+other passwords\n";
    }
    out
}

/// Adds what is there of a thing, whole.
pub(super) fn texts(observed: &Observed, item: &DriftId, out: &mut BTreeMap<String, String>) {
    let mut put = |name: String, text: Option<&String>| {
        if let Some(text) = text {
            out.insert(name, text.clone());
        }
    };
    match (item.as_str(), item.as_str().split_once('.')) {
        ("vhost", _) => put("vhost".to_owned(), observed.vhost.as_ref()),
        ("databases", _) => put("databases".to_owned(), Some(&lines(&observed.databases.users))),
        ("ftp", _) => put("ftp".to_owned(), observed.ftp.logins.as_ref()),
        ("ssh", _) => put("ssh".to_owned(), observed.ssh.as_ref().map(ssh_lines).as_ref()),
        ("sockets", _) => put("sockets".to_owned(), observed.sockets.as_ref()),
        ("access", _) => observed.access.iter().for_each(|(name, text)| put(format!("access/{name}"), Some(text))),
        ("slice", _) => put("slice".to_owned(), Some(&format!("{:?}", observed.slice))),
        ("quota", _) => put("quota".to_owned(), Some(&format!("{:?}", observed.quota))),
        ("user.shell" | "user.login", _) => put("user".to_owned(), Some(&format!("{:?}", observed.user))),
        ("home.access", _) => put("home.access".to_owned(), observed.home_access.map(home_access).as_ref()),
        (_, Some(("php", version))) => {
            for (_, php) in observed.php.iter().filter(|(known, _)| known.as_str() == version) {
                put(format!("{item}/pool"), php.pool.as_ref());
                put(format!("{item}/dropin"), php.dropin.as_ref());
                put(format!("{item}/ini"), php.ini.as_ref());
                php.beside.iter().for_each(|(name, text)| put(format!("{item}/{name}"), Some(text)));
            }
        }
        (_, Some(("app", name))) => {
            for (_, app) in observed.apps.iter().filter(|(known, _)| known.as_str() == name) {
                put(format!("{item}/description"), app.description.as_ref());
                app.dropins.iter().for_each(|(number, text)| put(format!("{item}/dropin.{number}"), Some(text)));
                app.beside.iter().for_each(|((number, name), text)| put(format!("{item}/{number}.{name}"), Some(text)));
            }
        }
        (_, Some(("cron", name))) => {
            for (_, job) in observed.cron.iter().filter(|(known, _)| known.as_str() == name) {
                put(format!("{item}/description"), job.description.as_ref());
                put(format!("{item}/service"), job.service.as_ref());
                put(format!("{item}/timer"), job.timer.as_ref());
            }
        }
        _ => {}
    }
}
