//! The packages of this host. Each is one file, which changes whole or not at all.

use super::account_update::refusals;
use super::{Call, note, undone};
use crate::daemon::Daemon;
use crate::state::host_failed;
use nusantara_proto::host::{Answer, ErrorCode, LimitChange, OperationError, PackageEffect};
use nusantara_types::{Limits, Package, PackageName, Username};
use serde_json::{Map, Value};
use std::collections::BTreeSet;
use tokio::sync::Mutex;

/// Changes of packages queue here: what is checked before one still holds when it is written.
static CHANGING: Mutex<()> = Mutex::const_new(());
/// The largest page of a plan.
const MOST: u32 = 200;

pub(super) fn list(d: &Daemon) -> Answer {
    Answer::Packages { packages: d.specs.packages() }
}

pub(super) async fn put(d: &Daemon, call: &Call, package: &Package, create: bool) -> Result<Answer, OperationError> {
    if let Some((field, allowed)) = package.limits.violation() {
        return Err(OperationError::new(ErrorCode::Invalid, allowed).field(format!("limits.{field}")));
    }
    let _turn = CHANGING.lock().await;
    let name = &package.name;
    let there = d.specs.has_package(name);
    // The same request again, after a crash in between, finds its own file.
    let same = there && d.specs.package(name).is_ok_and(|known| known == *package);
    if create && there && !same {
        return Err(OperationError::new(ErrorCode::Conflict, format!("there is a package {name} already")).field("name"));
    }
    if !create && !there {
        return Err(no_package(name));
    }
    let before = d.specs.package(name).ok();
    note(d, call).await?;
    if let Err(error) = d.specs.put_package(package).await {
        // The new file may be there already, and only its name not be durable.
        let back = match &before {
            Some(before) => d.specs.put_package(before).await,
            None if there => Ok(()),
            None => d.specs.remove_package(name).await,
        };
        return Err(undone(host_failed(&error), back.map_err(|e| host_failed(&e)).err().as_slice()));
    }
    Ok(Answer::Done {})
}

pub(super) async fn remove(d: &Daemon, call: &Call, name: &PackageName) -> Result<Answer, OperationError> {
    let _turn = CHANGING.lock().await;
    if !d.specs.has_package(name) {
        return Err(no_package(name));
    }
    let users = d.index.of_package(name);
    if let Some(first) = users.first() {
        let message = match users.len() {
            1 => format!("{first} has the package {name}; give it another one first"),
            n => format!("{n} accounts have the package {name}, {first} among them; give them another one first"),
        };
        return Err(OperationError::new(ErrorCode::Invalid, message).field("name"));
    }
    note(d, call).await?;
    d.specs.remove_package(name).await.map_err(|e| host_failed(&e))?;
    Ok(Answer::Done {})
}

/// What applying a package would do to a page of the accounts that have it. An account whose files cannot be used is one that
/// would refuse.
pub(super) fn plan(d: &Daemon, name: &PackageName, after: Option<&Username>, limit: u32) -> Result<Answer, OperationError> {
    let package = d.specs.package(name)?;
    let limit = limit.clamp(1, MOST) as usize;
    let all = d.index.of_package(name);
    let rest: Vec<&Username> = all.iter().filter(|username| after.is_none_or(|after| *username > after)).collect();
    let effect = |username: &Username| match d.specs.read(username) {
        Ok(spec) => PackageEffect {
            username: username.clone(),
            changes: changes(&spec.limits, &package.limits),
            refused: refusals(&spec, &package.limits),
        },
        Err(error) => PackageEffect { username: username.clone(), changes: Vec::new(), refused: vec![error.to_string()] },
    };
    let accounts = rest.iter().take(limit).map(|username| effect(username)).collect();
    Ok(Answer::PackagePlan { accounts, more: rest.len() > limit })
}

/// What is different, field by field as the files name them.
fn changes(from: &Limits, to: &Limits) -> Vec<LimitChange> {
    let fields = |limits: &Limits| match serde_json::to_value(limits) {
        Ok(Value::Object(fields)) => fields,
        _ => Map::new(),
    };
    let (from, to) = (fields(from), fields(to));
    let names: BTreeSet<&String> = from.keys().chain(to.keys()).collect();
    let value = |map: &Map<String, Value>, name: &str| map.get(name).cloned().unwrap_or(Value::Null);
    let change = |name: &String| LimitChange { field: name.clone(), from: value(&from, name), to: value(&to, name) };
    names.into_iter().map(change).filter(|change| change.from != change.to).collect()
}

fn no_package(name: &PackageName) -> OperationError {
    OperationError::new(ErrorCode::NotFound, format!("there is no package named {name}")).field("name")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::spec::tests::spec_of;

    #[test]
    fn only_limits_that_differ_are_listed() {
        let from = spec_of("joko", "joko.test").limits;
        assert_eq!(changes(&from, &from), []);
        let to = Limits { memory_limit_mb: from.memory_limit_mb * 2, max_apps: None, max_processes: Some(99), ..from.clone() };
        let names: Vec<String> = changes(&from, &to).into_iter().map(|c| c.field).collect();
        let expected: Vec<&str> = ["max_apps", "max_processes", "memory_limit_mb"]
            .into_iter()
            .filter(|name| *name != "max_apps" || from.max_apps.is_some())
            .collect();
        assert_eq!(names, expected);
    }
}
