//! Changes as people read them: in a plan before, as step names during the work.

use crate::change::{Change, DiskQuota, Envelope, Owner};
use crate::diff::unified;
use crate::render::app::AppTexts;
use crate::render::php::PhpTexts;
use crate::{paths, spec_files};
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

fn planned(owner: &Owner, change: &Change) -> PlannedChange {
    let (action, target, summary) = words(owner, change);
    PlannedChange { action, step: change.step().name().to_owned(), target, summary, detail: detail(change) }
}

/// Kind, target and summary of a change.
fn words(owner: &Owner, change: &Change) -> (ChangeAction, String, String) {
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
        Change::HomeCreate { .. } => (Create, paths::home(name), format!("Create the home of {name}")),
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
        Change::DocrootCreate { docroot } => {
            let target = paths::docroot(name, &docroot.path);
            (Create, target, format!("Create the folder {} as {name}", docroot.path))
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
        Change::WebWithdraw => (Remove, vhost, format!("Take the sites of {name} off the web")),
        Change::PhpDisable { version, .. } => {
            (Remove, format!("nusantara-php{version}@{name}.socket"), format!("Stop PHP {version} of {name}"))
        }
        Change::ProcessesEnd => (Remove, format!("processes of {name}"), format!("End every process of {name}")),
        Change::HomeEmpty => (Remove, paths::home(name), format!("Remove the home of {name} with all files")),
        Change::SliceRevert => (Remove, slice, format!("Remove the limits of {name}")),
        Change::UserDelete => (Remove, format!("user {name}"), format!("Remove the Linux user {name}")),
        Change::LogsRemove => (Remove, logs, format!("Remove the site logs of {name}")),
        Change::SpecRemove => (Remove, spec, format!("Remove the spec of {name}")),
        Change::Record { .. } => (Update, format!("ledger of {name}"), "Write down what was applied".to_owned()),
    }
}

fn envelope(e: &Envelope) -> String {
    format!("{} % of a core, {} MiB memory, {} processes, {} MiB/s disk", e.cpu_percent, e.memory_mb, e.tasks, e.io_mb_s)
}

fn quota(q: &DiskQuota) -> String {
    format!("{} KiB and {} files", q.kib, q.files)
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
        Change::WebPublish { before, after } => unified(before.as_deref().unwrap_or_default(), after),
        _ => String::new(),
    };
    (!text.is_empty()).then_some(text)
}

fn spec_diff(before: Option<&AccountSpec>, after: &AccountSpec) -> String {
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
fn without_values(description: &str) -> String {
    let Ok(mut app) = serde_json::from_str::<serde_json::Value>(description) else { return String::new() };
    for value in app["env"].as_object_mut().into_iter().flatten().map(|(_, value)| value) {
        *value = HIDDEN.into();
    }
    serde_json::to_string_pretty(&app).unwrap_or_default() + "\n"
}

/// Hashes of passwords are for nginx alone.
fn without_hash(line: &str) -> String {
    match line.split_once("\"hash\": \"") {
        Some((before, _)) => format!("{before}\"hash\": …"),
        None => line.to_owned(),
    }
}
