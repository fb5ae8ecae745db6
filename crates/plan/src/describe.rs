//! Changes as people read them: in a plan before, as step names during the work.

use crate::change::{Change, DiskQuota, Envelope, HomeAccess, Owner};
use crate::diff::unified;
use crate::render::app::AppTexts;
use crate::render::cron::CronTexts;
use crate::render::databases;
use crate::render::php::PhpTexts;
use crate::render::ssh::{self, SshTexts};
use crate::{paths, rename, spec_files};
use nusantara_proto::host::{self, ChangeAction, PlanIntent, PlannedChange};
use nusantara_types::AccountSpec;
use nusantara_types::apps::EnvValue;

/// A plan for the protocol.
#[must_use]
pub fn plan(owner: &Owner, intent: PlanIntent, changes: &[Change]) -> host::Plan {
    let changes = changes.iter().map(|change| planned(owner, change)).collect();
    host::Plan { username: owner.username.clone(), intent, changes }
}

/// The steps of a running operation, one per change.
#[must_use]
pub fn steps(owner: &Owner, changes: &[Change]) -> Vec<host::Step> {
    changes.iter().map(|c| host::Step { name: c.step().name().to_owned(), summary: words(owner, c).2 }).collect()
}

/// One change, as it is told.
#[must_use]
pub fn planned(owner: &Owner, change: &Change) -> PlannedChange {
    let (action, target, summary) = words(owner, change);
    PlannedChange { action, step: change.step().name().to_owned(), target, summary, detail: detail(change) }
}

/// Kind, target and summary of a change.
pub(crate) fn words(owner: &Owner, change: &Change) -> (ChangeAction, String, String) {
    use ChangeAction::{Create, Remove, Update};
    let name = &owner.username;
    let uid = owner.uid;
    let make_or_change = |before: bool| if before { Update } else { Create };
    let spec = format!("{}/{name}", paths::USERS);
    let slice = format!("user-{uid}.slice");
    let vhost = format!("/etc/nginx/nusantara/sites/{name}.conf");
    let logs = paths::site_logs(name);
    let access = paths::access_folder(name);
    match change {
        Change::SpecWrite { before, .. } => {
            let action = make_or_change(before.is_some());
            (action, spec, format!("Write the spec of {name}"))
        }
        Change::UserCreate { .. } => (Create, format!("user {name}"), format!("Create the Linux user {name} with uid {uid}")),
        Change::UserShell { after, .. } => (Update, format!("user {name}"), format!("Give {name} the shell {}", after.path())),
        Change::LoginDeny { .. } => (Update, format!("user {name}"), format!("Lock the password of {name} and let the user expire")),
        Change::LoginAllow { .. } => (Update, format!("user {name}"), format!("Give {name} the login back that it had")),
        Change::HomeCreate { .. } => (Create, paths::home(name), format!("Create the home of {name}")),
        Change::HomeAccess { .. } => (Update, paths::home(name), format!("Say again who may enter the home of {name}")),
        Change::AppSockets { before, .. } => {
            let action = make_or_change(before.is_some());
            (action, paths::app_tmpfiles(name), format!("Make the folder of sockets of {name}, now and at every boot"))
        }
        Change::SliceSet { before, after } => {
            let action = make_or_change(before.is_some());
            (action, slice, format!("Limit {name} to {}", envelope(after)))
        }
        Change::QuotaSet { before, after } => {
            (make_or_change(before.is_some()), format!("disk quota of {name}"), format!("Let {name} own {}", quota(after)))
        }
        Change::QuotaClear => (Remove, format!("disk quota of {name}"), format!("Forget the disk quota of {name}")),
        Change::PortsGuard { after, .. } => {
            let ports: Vec<String> = after.iter().map(u16::to_string).collect();
            let summary = if ports.is_empty() {
                format!("Give back the ports of {name}")
            } else {
                format!("Let no other account reach the ports of {name}: {}", ports.join(", "))
            };
            (Update, format!("ports of {name}"), summary)
        }
        Change::SshApply { before, .. } => {
            let action = make_or_change(before.is_some());
            (action, format!("{}/{name}", ssh::KEYS), format!("Let {name} log in by SSH"))
        }
        Change::SshCheck { .. } => (Update, "sshd".to_owned(), format!("See that sshd treats {name} as meant")),
        Change::SessionsEnd => (Remove, format!("logins of {name}"), format!("End every login of {name}")),
        Change::SshRemove { .. } => (Remove, format!("{}/{name}", ssh::KEYS), format!("End SSH of {name}")),
        Change::PhpEnable { version, before, .. } => {
            let action = make_or_change(before.is_some());
            (action, format!("nusantara-php{version}@{name}.socket"), format!("Let PHP {version} listen for {name}"))
        }
        Change::AppPut { name: app, before, .. } => (
            make_or_change(before.is_some()),
            paths::app_description(name, app),
            format!("Write what the app {app} of {name} is started from"),
        ),
        Change::AppStart { name: app, instances, .. } => {
            (Update, format!("app {app}"), format!("Start the app {app} of {name}, {instances} times"))
        }
        Change::AppStop { name: app, .. } => (Update, format!("app {app}"), format!("Stop the app {app} of {name}")),
        Change::AppRemove { name: app, .. } => (Remove, format!("app {app}"), format!("Remove the app {app} of {name}")),
        Change::CronPut { name: job, before, .. } => {
            (make_or_change(before.is_some()), format!("cron job {job}"), format!("Put the cron job {job} of {name} in place"))
        }
        Change::CronRemove { name: job, .. } => (Remove, format!("cron job {job}"), format!("Remove the cron job {job} of {name}")),
        Change::CronRun { name: job } => (Update, format!("cron job {job}"), format!("Run the cron job {job} of {name}")),
        Change::DocrootCreate { docroot } => {
            let target = paths::docroot(name, &docroot.path);
            (Create, target, format!("Create the folder {} as {name}", docroot.path))
        }
        Change::FolderCreate { path } => (Create, paths::docroot(name, path), format!("Create the folder {path} as {name}")),
        Change::DatabaseCreate { name: database } => {
            (Create, format!("database {database}"), format!("Make the database {database} of {name}"))
        }
        Change::DatabaseUsers { before, after } => {
            let action = if after.is_empty() { Remove } else { make_or_change(!before.is_empty()) };
            let summary = match after.len() {
                0 => format!("Remove every database user of {name}"),
                1 => format!("Set up one database user of {name}"),
                count => format!("Set up {count} database users of {name}"),
            };
            (action, format!("database users of {name}"), summary)
        }
        Change::DatabaseDrop { name: database, only_empty } => {
            let which = if *only_empty { "if nothing is in it" } else { "with all that is in it" };
            (Remove, format!("database {database}"), format!("Remove the database {database} {which}"))
        }
        Change::FtpLogins { before, after } => {
            let count = after.as_deref().map_or(0, |text| text.lines().count());
            let action = if after.is_none() { Remove } else { make_or_change(before.is_some()) };
            let summary = match count {
                0 => format!("Let no FTP login of {name} in"),
                1 => format!("Let one FTP login of {name} in"),
                _ => format!("Let {count} FTP logins of {name} in"),
            };
            (action, format!("FTP of {name}"), summary)
        }
        Change::AccessWrite { .. } => (Create, access, format!("Write who may enter protected folders of {name}")),
        Change::AccessRemove { .. } => (Remove, access, format!("Remove what protected folders of {name} no longer name")),
        Change::WebPublish { before, .. } => {
            let action = make_or_change(before.is_some());
            (action, vhost, format!("Publish the sites of {name}"))
        }
        Change::SiteProbe { routed, .. } => {
            let names: Vec<&str> = routed.iter().map(|d| d.as_str()).collect();
            let names = names.join(", ");
            (Update, names.clone(), format!("See that {names} answers"))
        }
        Change::CertificateProbe { sites } => {
            let names: Vec<&str> = sites.iter().map(|(name, _)| name.as_str()).collect();
            let names = names.join(", ");
            (Update, names.clone(), format!("See that {names} answers HTTPS with its certificate"))
        }
        Change::LastCopy { .. } => (Create, paths::LAST_COPIES.to_owned(), format!("Keep a last copy of the files and the spec of {name}")),
        Change::WebWithdraw => (Remove, vhost, format!("Take the sites of {name} off the web")),
        Change::PhpDisable { version, .. } => {
            (Remove, format!("nusantara-php{version}@{name}.socket"), format!("Stop PHP {version} of {name}"))
        }
        Change::ProcessesEnd => (Remove, format!("processes of {name}"), format!("End every process of {name}")),
        Change::HomeEmpty => (Remove, paths::home(name), format!("Remove the home of {name} with all files")),
        Change::SharedEmpty => {
            (Remove, "/tmp, /var/tmp, /dev/shm".to_owned(), format!("Remove what {name} left in /tmp, /var/tmp and /dev/shm"))
        }
        Change::SliceRevert => (Remove, slice, format!("Remove the limits of {name}")),
        Change::UserDelete => (Remove, format!("user {name}"), format!("Remove the Linux user {name}")),
        Change::LogsRemove => (Remove, logs, format!("Remove the site logs of {name}")),
        Change::SpecRemove => (Remove, spec, format!("Remove the spec of {name}")),
        Change::Former { spec, change } => match (words(&Owner::of(spec), change), change.as_ref()) {
            ((action, target, _), Change::WebPublish { .. }) => {
                (action, target, format!("Let the sites of {} say that they are back in a moment", spec.account.username))
            }
            (words, _) => words,
        },
        Change::UserRename { from, to } => (Update, format!("user {from}"), format!("Call the Linux user and group {from} {to}")),
        Change::HomeMove { from, to } => (Update, paths::home(from), format!("Move the home {} to {}", paths::home(from), paths::home(to))),
        Change::SpecMove { before, after } => {
            let (from, to) = (&before.account.username, &after.account.username);
            (Update, format!("{}/{from}", paths::USERS), format!("Keep the spec of {from} as that of {to}"))
        }
        Change::FilesMove { from, to } => {
            (Update, format!("records of {from}"), format!("Keep revisions, runs, usage and logins of {from} as those of {to}"))
        }
        Change::WebMove { from, to, .. } => {
            (Update, format!("/etc/nginx/nusantara/sites/{to}.conf"), format!("Publish the sites of {from} as those of {to}"))
        }
        Change::HomeLink { after, .. } => {
            (Update, format!("{}/public_html", paths::home(name)), format!("Let public_html lead to {after}, as {name}"))
        }
        Change::Record { .. } => (Update, format!("ledger of {name}"), "Write down what was applied".to_owned()),
    }
}

pub(crate) fn envelope(e: &Envelope) -> String {
    format!("{} % of a core, {} MiB memory, {} processes, {} MiB/s disk", e.cpu_percent, e.memory_mb, e.tasks, e.io_mb_s)
}

pub(crate) fn quota(q: &DiskQuota) -> String {
    format!("{} KiB and {} files", q.kib, q.files)
}

pub(crate) fn home_access(access: HomeAccess) -> String {
    let web = if access.web_enters { "the web server may pass" } else { "the web server may not pass" };
    format!("mode {:04o}, {web}", access.mode)
}

/// What there is to read beyond the summary.
fn detail(change: &Change) -> Option<String> {
    let text = match change {
        Change::SpecWrite { before, after } => spec_diff(before.as_deref(), after),
        Change::HomeCreate { docroots, .. } => docroots.iter().map(|d| format!("{}\n", d.path)).collect(),
        Change::SliceSet { before: Some(before), after } => {
            format!("-{}\n+{}\n", envelope(before), envelope(after))
        }
        Change::QuotaSet { before: Some(before), after } => format!("-{}\n+{}\n", quota(before), quota(after)),
        Change::PhpEnable { before, after, .. } => {
            let none = PhpTexts { pool: String::new(), dropin: String::new(), ini: None };
            let before = before.as_ref().unwrap_or(&none);
            let ini = |texts: &PhpTexts| texts.ini.clone().unwrap_or_default();
            unified(&before.pool, &after.pool) + &unified(&before.dropin, &after.dropin) + &unified(&ini(before), &ini(after))
        }
        Change::AppPut { before, after, .. } => {
            let none = AppTexts { description: String::new(), dropin: String::new(), instances: 0 };
            let before = before.as_ref().unwrap_or(&none);
            unified(&without_values(&before.description), &without_values(&after.description)) + &unified(&before.dropin, &after.dropin)
        }
        Change::CronPut { before, after, .. } => {
            let none = CronTexts { description: String::new(), service: String::new(), timer: None };
            let (before, armed) = before.as_ref().map_or((&none, false), |b| (&b.texts, b.armed));
            let timer = |texts: &CronTexts| texts.timer.clone().unwrap_or_default();
            let armed = match (armed, after.armed) {
                (false, true) => "+waits for its time\n",
                (true, false) => "-waits for its time\n",
                _ => "",
            };
            unified(&before.description, &after.texts.description)
                + &unified(&before.service, &after.texts.service)
                + &unified(&timer(before), &timer(&after.texts))
                + armed
        }
        Change::DatabaseUsers { before, after } => unified(&databases::lines(before), &databases::lines(after)),
        Change::FtpLogins { before, after } => {
            let names = |text: &Option<String>| -> String {
                text.iter().flat_map(|text| text.lines()).map(|line| ftp_without_hash(line) + "\n").collect()
            };
            unified(&names(before), &names(after))
        }
        Change::Former { change, .. } => detail(change).unwrap_or_default(),
        Change::HomeMove { from, .. } => {
            let home = paths::home(from);
            format!(
                "No file below it is changed. Where programs of the account name {home} in files of their own, such as\n\
                 configuration and caches, their owner has to change it.\n"
            )
        }
        Change::SpecMove { before, after } => spec_diff(Some(before), after) + &rename::hidden(before, after),
        Change::WebMove { before, after, .. } => unified(before.as_deref().unwrap_or_default(), after.as_deref().unwrap_or_default()),
        Change::HomeLink { before, after } => format!("-{before}\n+{after}\n"),
        Change::SshApply { before, after } => unified(&before.as_ref().map(ssh_lines).unwrap_or_default(), &ssh_lines(after)),
        Change::HomeAccess { before, after } => format!("-{}\n+{}\n", home_access(*before), home_access(*after)),
        Change::AppSockets { before, after } => unified(before.as_deref().unwrap_or_default(), after),
        Change::WebPublish { before, after, .. } => unified(before.as_deref().unwrap_or_default(), after),
        _ => String::new(),
    };
    (!text.is_empty()).then_some(text)
}

/// Groups and keys, to be compared.
pub(crate) fn ssh_lines(texts: &SshTexts) -> String {
    let groups: Vec<&str> = texts.groups.iter().map(|group| group.name()).collect();
    format!("groups {}\n{}", groups.join(" "), texts.keys)
}

pub(crate) fn spec_diff(before: Option<&AccountSpec>, after: &AccountSpec) -> String {
    let old = before.map(|spec| spec_files::texts(&without_environments(spec)));
    let mut out = String::new();
    for (i, (name, text)) in spec_files::texts(&without_environments(after)).iter().enumerate() {
        let diff = unified(old.as_ref().map_or("", |old| old[i].1.as_str()), text);
        if !diff.is_empty() {
            out.push_str(&format!("--- {name}\n+++ {name}\n"));
            out.extend(diff.lines().map(|line| without_hash(line) + "\n"));
        }
    }
    out
}

/// Of an FTP login its name and folder.
pub(crate) fn ftp_without_hash(line: &str) -> String {
    let mut fields = line.split(':');
    let (name, folder) = (fields.next().unwrap_or_default(), fields.nth(4).unwrap_or_default());
    let folder = folder.trim_start_matches(paths::FTP_HOMES).trim_end_matches("/./");
    format!("{name} /home{folder}")
}

/// What stands for a value of an app's environment: whoever may read a plan need not know it.
const HIDDEN: &str = "***";

fn without_environments(spec: &AccountSpec) -> AccountSpec {
    let mut spec = spec.clone();
    if let Ok(hidden) = EnvValue::try_from(HIDDEN.to_owned()) {
        spec.services.nodejs.apps.iter_mut().flat_map(|app| app.env.values_mut()).for_each(|value| value.clone_from(&hidden));
    }
    spec
}

/// What an app is started from, without the values of its environment.
pub(crate) fn without_values(description: &str) -> String {
    let Ok(mut app) = serde_json::from_str::<serde_json::Value>(description) else { return String::new() };
    for value in app["env"].as_object_mut().into_iter().flatten().map(|(_, value)| value) {
        *value = HIDDEN.into();
    }
    serde_json::to_string_pretty(&app).unwrap_or_default() + "\n"
}

/// Hashes of passwords are for those who check them alone.
fn without_hash(line: &str) -> String {
    match line.split_once("\"hash\": \"") {
        Some((before, _)) => format!("{before}\"hash\": …"),
        None => line.to_owned(),
    }
}
