//! What the fake daemon knows of the past of an account.

use nusantara_plan::history::{differences, made_from, summary};
use nusantara_proto::host::{Answer, ErrorCode, Operation, OperationError, RevisionDiff, RevisionEntry, RevisionLabel};
use nusantara_types::{AccountSpec, RevisionName, Username};
use std::collections::BTreeMap;

/// A spec as it is kept once it was applied.
pub(crate) fn applied(spec: &AccountSpec, action: &str) -> AccountSpec {
    let mut spec = spec.clone();
    spec.meta.last_applied_revision = Some(spec.revision());
    spec.meta.audit.last_action = Some(action.to_owned());
    spec.meta.audit.last_actor = Some("root".to_owned());
    spec.meta.audit.last_time = Some(spec.account.updated_at);
    spec
}

/// The spec that comes whole with a request.
pub(crate) fn whole(trees: &BTreeMap<Username, AccountSpec>, operation: &Operation) -> Result<AccountSpec, OperationError> {
    let missing = || OperationError::new(ErrorCode::NotFound, "no such tree").field("username");
    match operation {
        Operation::ImportPlan(args) | Operation::AccountImport(args) => {
            let document = args.spec.as_deref().ok_or_else(missing)?;
            Ok(made_from(document, &args.username, 12_500, document.account.created_at))
        }
        Operation::AdoptPlan(args) | Operation::AccountAdopt(args) => trees.get(&args.username).cloned().ok_or_else(missing),
        _ => Err(missing()),
    }
}

fn found(past: &[AccountSpec], name: &RevisionName) -> Result<usize, OperationError> {
    let at = match name {
        RevisionName::Current => past.len().checked_sub(1),
        RevisionName::Number(number) => (*number as usize).checked_sub(1).filter(|at| *at < past.len()),
        RevisionName::Prefix(hex) => past.iter().rposition(|spec| spec.revision().hex().starts_with(hex.as_str())),
    };
    at.ok_or_else(|| OperationError::new(ErrorCode::NotFound, "no such revision").field("revision"))
}

pub(crate) fn named<'a>(past: &'a [AccountSpec], name: &RevisionName) -> Result<&'a AccountSpec, OperationError> {
    Ok(&past[found(past, name)?])
}

pub(crate) fn history(past: &[AccountSpec], before: Option<u32>, limit: u32) -> Answer {
    let number = |at: usize| u32::try_from(at + 1).unwrap();
    let all = (0..past.len()).rev().filter(|at| before.is_none_or(|before| number(*at) < before));
    let entry = |at: usize| RevisionEntry {
        number: number(at),
        revision: past[at].revision(),
        current: at + 1 == past.len(),
        at: past[at].meta.audit.last_time,
        actor: past[at].meta.audit.last_actor.clone(),
        action: past[at].meta.audit.last_action.clone(),
        changes: at.checked_sub(1).map(|before| summary(&past[before], &past[at])).unwrap_or_default(),
        more_changes: 0,
    };
    let revisions: Vec<_> = all.clone().take(limit as usize).map(entry).collect();
    Answer::Revisions { more: all.count() > revisions.len(), revisions }
}

pub(crate) fn diff(past: &[AccountSpec], from: &RevisionName, to: &RevisionName) -> Result<Answer, OperationError> {
    let label = |name: &RevisionName| {
        let at = found(past, name)?;
        Ok(RevisionLabel { number: u32::try_from(at + 1).ok(), revision: past[at].revision() })
    };
    let changes = differences(named(past, from)?, named(past, to)?);
    Ok(Answer::RevisionDiff(Box::new(RevisionDiff { from: label(from)?, to: label(to)?, changes, more_changes: 0 })))
}
