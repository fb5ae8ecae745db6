//! The past of an account's spec: what was applied, what is different, and going back.

use super::account_create::refuse_own_name;
use super::account_rename::under_name;
use super::edit::{Consent, edit, foresee};
use super::{Call, no_account};
use crate::daemon::Daemon;
use crate::state::revisions::{Revisions, Stored};
use crate::state::specs::broken;
use nusantara_plan::history::{brought_back, differences, summary};
use nusantara_plan::site::php_versions;
use nusantara_proto::host::{AccountRollback, Answer, ErrorCode, FieldChange, OperationError, RevisionDiff, RevisionEntry, RevisionLabel};
use nusantara_types::{AccountSpec, RevisionName, Username};

/// How many differences a line of the history names.
const NAMED: usize = 6;
/// How many bytes of differences fit an answer, beside the rest of it.
const MOST_BYTES: usize = 128 * 1024;
/// How many revisions one answer lists.
const MOST: u32 = 200;

/// A page of the history, newest first.
pub(super) fn list(d: &Daemon, username: &Username, before: Option<u32>, limit: u32) -> Result<Answer, OperationError> {
    known(d, username)?;
    let revisions = Revisions::of(&d.folders, username);
    let kept = revisions.kept()?;
    let current = kept.last().map(|kept| kept.number);
    let older = kept.iter().rposition(|kept| before.is_none_or(|before| kept.number < before)).map_or(0, |at| at + 1);
    let limit = limit.clamp(1, MOST) as usize;
    let first = older.saturating_sub(limit);
    // One that cannot be read takes nothing from the others: it is left out, and said in the log.
    let read = |kept| revisions.read(kept).inspect_err(|e| tracing::warn!(account = %username, detail = e.detail, "{}", e.message)).ok();
    let mut previous = first.checked_sub(1).and_then(|at| read(&kept[at]));
    let mut entries = Vec::with_capacity(older - first);
    for stored in kept[first..older].iter().filter_map(read) {
        entries.push(entry(&stored, previous.as_ref(), current == Some(stored.number)));
        previous = Some(stored);
    }
    entries.reverse();
    Ok(Answer::Revisions { revisions: entries, more: first > 0 })
}

fn entry(stored: &Stored, previous: Option<&Stored>, current: bool) -> RevisionEntry {
    let mut changes = previous.map(|previous| summary(&previous.spec, &stored.spec)).unwrap_or_default();
    let more = changes.len().saturating_sub(NAMED);
    changes.truncate(NAMED);
    let audit = &stored.spec.meta.audit;
    RevisionEntry {
        number: stored.number,
        revision: stored.revision.clone(),
        current,
        at: audit.last_time,
        actor: audit.last_actor.clone(),
        action: audit.last_action.clone(),
        changes,
        more_changes: u32::try_from(more).unwrap_or(u32::MAX),
    }
}

/// What is different between two revisions; `current` is the files as they are, applied or not.
pub(super) fn diff(d: &Daemon, username: &Username, from: &RevisionName, to: &RevisionName) -> Result<Answer, OperationError> {
    known(d, username)?;
    let revisions = Revisions::of(&d.folders, username);
    let spec = |name: &RevisionName| -> Result<(RevisionLabel, AccountSpec), OperationError> {
        if *name == RevisionName::Current {
            let spec = d.specs.read(username).map_err(|e| broken(&e))?;
            let revision = spec.revision();
            let number = revisions.latest()?.filter(|latest| latest.revision == revision).map(|latest| latest.number);
            return Ok((RevisionLabel { number, revision }, spec));
        }
        let Stored { number, revision, spec } = revisions.named(name)?;
        Ok((RevisionLabel { number: Some(number), revision }, spec))
    };
    let ((from, before), (to, after)) = (spec(from)?, spec(to)?);
    let (changes, more_changes) = fitting(differences(&before, &after));
    Ok(Answer::RevisionDiff(Box::new(RevisionDiff { from, to, changes, more_changes })))
}

/// As many differences as fit an answer, and how many do not.
fn fitting(mut changes: Vec<FieldChange>) -> (Vec<FieldChange>, u32) {
    let mut bytes = 0;
    let fitting = changes.iter().position(|change| {
        bytes += serde_json::to_vec(change).map_or(0, |text| text.len() + 1);
        bytes > MOST_BYTES
    });
    let more = fitting.map_or(0, |at| changes.len() - at);
    changes.truncate(fitting.unwrap_or(changes.len()));
    (changes, u32::try_from(more).unwrap_or(u32::MAX))
}

/// What going back would change.
pub(super) async fn plan(d: &Daemon, args: &AccountRollback) -> Result<Answer, OperationError> {
    foresee(d, &args.username, consent(args), |spec| back(d, spec, args)).await
}

/// Goes back.
pub(super) async fn rollback(d: &Daemon, call: &Call, args: &AccountRollback) -> Result<Answer, OperationError> {
    edit(d, call, &args.username, consent(args), |spec| back(d, spec, args)).await
}

const fn consent(args: &AccountRollback) -> Consent {
    if args.below_foreign { Consent::Given } else { Consent::None }
}

fn back(d: &Daemon, spec: &mut AccountSpec, args: &AccountRollback) -> Result<(), OperationError> {
    let then = Revisions::of(&d.folders, &args.username).named(&args.to)?;
    let after = brought_back(spec, &under_name(&then.spec, &args.username)?);
    possible(d, spec, &after)?;
    *spec = after;
    Ok(())
}

/// What a spec from elsewhere, be it from another time, needs of this host.
///
/// # Errors
/// The first thing that the account does not have already and the host lacks, with its field.
pub(super) fn possible(d: &Daemon, before: &AccountSpec, after: &AccountSpec) -> Result<(), OperationError> {
    let package = &after.account.package;
    if *package != before.account.package && !d.specs.has_package(package) {
        let message = format!("it is of the package {package}, which this host does not have; make the package first");
        return Err(OperationError::new(ErrorCode::Invalid, message).field("account.package"));
    }
    needs_php(d, after)?;
    let held: Vec<_> = before.domains.claims();
    for (name, _) in after.domains.claims().iter().filter(|claim| !held.contains(claim)) {
        refuse_own_name(d, name, "domain")?;
    }
    Ok(())
}

/// PHP of every branch that the sites of a spec need is installed, also of those that sleep while it is suspended.
pub(super) fn needs_php(d: &Daemon, spec: &AccountSpec) -> Result<(), OperationError> {
    let awake = AccountSpec {
        account: nusantara_types::Account { status: nusantara_types::AccountStatus::Active, ..spec.account.clone() },
        ..spec.clone()
    };
    match php_versions(&awake).into_iter().find(|version| !d.php.contains(version)) {
        None => Ok(()),
        Some(version) => {
            let message = format!("a site of it needs PHP {version}, which is not installed on this host");
            Err(OperationError::new(ErrorCode::Invalid, message).field("php_version"))
        }
    }
}

fn known(d: &Daemon, username: &Username) -> Result<(), OperationError> {
    d.uid_of(username).map(drop).ok_or_else(|| no_account(username))
}
