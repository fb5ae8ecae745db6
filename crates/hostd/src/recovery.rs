//! What a crash or a power cut left in the journal is finished, or taken back, before anything is served.

use crate::converge::{self, Work, observe};
use crate::daemon::Daemon;
use crate::operations::{self, conclude, cron_run_again, rebuild, remove_account, restart_of, undone};
use crate::requests::Running;
use crate::state::host_failed;
use crate::state::journal::{Entry, Made};
use crate::state::specs::broken;
use nusantara_plan::account::{Observed, plan, plan_delete};
use nusantara_plan::change::{Change, Owner};
use nusantara_plan::site::summary;
use nusantara_proto::host::{AccountCreate, Answer, ErrorCode, Operation, OperationError, Reply};
use nusantara_types::{AccountSpec, Username};
use std::collections::BTreeMap;

/// Finishes every entry of the journal.
///
/// # Errors
/// When the journal itself cannot be read: then a person has to look before anything is changed.
pub(crate) async fn run(d: &Daemon) -> Result<(), String> {
    let entries = d.journal.unfinished()?;
    if entries.is_empty() {
        return Ok(());
    }
    tracing::warn!(count = entries.len(), "operations were cut short; they are finished first");
    let mut accounts: BTreeMap<u32, Vec<&Entry>> = BTreeMap::new();
    for entry in &entries {
        accounts.entry(entry.uid).or_default().push(entry);
    }
    // Together, so that they share the web server's tests and reloads; those of one account in the order in which they came.
    let all = accounts.values().map(async |entries| {
        for entry in entries {
            finish(d, entry).await;
        }
    });
    futures_util::future::join_all(all).await;
    Ok(())
}

/// What a later operation has made of the account, if one has: then this one had ended, and only that could not be written down.
fn overtaken(d: &Daemon, entry: &Entry) -> Option<AccountSpec> {
    let after = &entry.edit.as_ref()?.after;
    let now = d.specs.read(&after.account.username).ok()?;
    (now.account.uid == after.account.uid && now.account.updated_at > after.account.updated_at).then_some(now)
}

async fn finish(d: &Daemon, entry: &Entry) {
    let id = entry.request.id;
    // Told already, and only its entry is left; or told as failed, and the undo is tried once more.
    let told = d.ledger.outcome(id);
    let result = match (&told, &entry.undoing) {
        (Some(_), None) => None,
        _ if overtaken(d, entry).is_some() => overtaken(d, entry).map(|now| Ok(Answer::Applied(summary(&now)))),
        (_, Some(error)) => Some(Err(back(d, entry, error.clone()).await)),
        (None, None) => Some(onward(d, entry).await),
    };
    match (told, result) {
        (Some(_), Some(Err(error))) if error.code == ErrorCode::UndoFailed => {
            tracing::error!(%id, detail = error.detail, "an undo failed again; the journal keeps it");
        }
        (Some(_), _) => {
            if let Err(error) = d.journal.close(id).await {
                tracing::error!(%id, %error, "a journal entry could not be removed");
            }
        }
        (None, Some(result)) => conclude(d, Reply { id, result }).await,
        (None, None) => {}
    }
}

fn work(entry: &Entry, username: &Username, spec: Option<AccountSpec>) -> Work {
    let owner = Owner { username: username.clone(), uid: entry.uid };
    Work::new(owner, operations::name(&entry.request.operation), entry.request.actor.clone(), entry.accepted_at, spec)
}

/// Goes on where it was cut.
async fn onward(d: &Daemon, entry: &Entry) -> Result<Answer, OperationError> {
    let running = Running::new();
    if let Some(edit) = &entry.edit {
        if matches!(entry.request.operation, Operation::DriftOverwrite { .. }) {
            // What the files say now is what was to be written over, or what cannot be read.
            let written = if d.specs.exists(&edit.after.account.username) {
                d.specs.update(&edit.after).await
            } else {
                d.specs.create(&edit.after).await
            };
            written.map_err(|e| host_failed(&e))?;
        }
        // Root cannot see what was made below a home already, so all of it is done as if the edit had only begun.
        let done = lead(d, entry, &edit.before, &edit.after).await;
        return match done {
            Ok(answer) => Ok(answer),
            Err(error) => Err(back(d, entry, error).await),
        };
    }
    if let Some(made) = &entry.made {
        return match make(d, entry, made).await {
            Ok(answer) => Ok(answer),
            Err(error) => Err(back(d, entry, error).await),
        };
    }
    match &entry.request.operation {
        Operation::AccountCreate(args) => match create(d, entry, args).await {
            Ok(answer) => Ok(answer),
            Err(error) => Err(back(d, entry, error).await),
        },
        Operation::AccountDelete { username, last_copy } => {
            let leftovers = remove_account(d, &work(entry, username, None), *last_copy, &running).await?;
            Ok(Answer::Deleted { leftovers })
        }
        Operation::AppRestart { username, name } => {
            let spec = read(d, username)?;
            let work = work(entry, username, Some(spec.clone()));
            let changes = [restart_of(&spec, name)?];
            converge::forward(d, &work, &changes, &running).await.map_err(|failed| failed.error)?;
            Ok(Answer::Applied(summary(&spec)))
        }
        Operation::CronRun { username, name } => {
            let spec = read(d, username)?;
            cron_run_again(d, &work(entry, username, Some(spec.clone())), &spec, name).await
        }
        _ => Err(OperationError::new(ErrorCode::Invalid, "this operation does not change the host")),
    }
}

/// Goes on making an account whose spec came whole. What is below its home cannot be seen, so all of it is done again.
async fn make(d: &Daemon, entry: &Entry, made: &Made) -> Result<Answer, OperationError> {
    let username = &made.spec.account.username;
    let there = match &made.found {
        Some(found) => Some(found.files.clone()),
        None if d.specs.exists(username) => Some(read(d, username)?),
        None => None,
    };
    let observed = Observed { unapplied: true, ..seen(d, entry, username, there).await? };
    onto(d, entry, &observed, made.spec.clone()).await
}

async fn create(d: &Daemon, entry: &Entry, args: &AccountCreate) -> Result<Answer, OperationError> {
    let now = if d.specs.exists(&args.username) { Some(read(d, &args.username)?) } else { None };
    let spec = match &now {
        Some(spec) => spec.clone(),
        None => rebuild(d, args, entry.uid, entry.accepted_at)?,
    };
    converge_to(d, entry, now, spec).await
}

fn read(d: &Daemon, username: &Username) -> Result<AccountSpec, OperationError> {
    d.specs.read(username).map_err(|e| broken(&e))
}

/// Brings the account from one spec to the other, which may be of another name.
async fn lead(d: &Daemon, entry: &Entry, from: &AccountSpec, to: &AccountSpec) -> Result<Answer, OperationError> {
    let (old, new) = (&from.account.username, &to.account.username);
    if old == new {
        return converge_to(d, entry, Some(from.clone()), to.clone()).await;
    }
    let changes = operations::rename_changes(d, from, to, false).await?;
    let work = work(entry, new, Some(to.clone()));
    converge::forward(d, &work, &changes, &Running::new()).await.map_err(|failed| failed.error)?;
    d.index.rename(old, to);
    Ok(Answer::Applied(summary(to)))
}

/// Brings the account from `before` to `spec`.
async fn converge_to(d: &Daemon, entry: &Entry, before: Option<AccountSpec>, spec: AccountSpec) -> Result<Answer, OperationError> {
    let observed = seen(d, entry, &spec.account.username, before.clone()).await?;
    if let Some(had) = before {
        d.released.note(&had, Some(&spec), d.now()).await?;
    }
    let answer = onto(d, entry, &observed, spec.clone()).await?;
    d.index.put(&spec);
    Ok(answer)
}

async fn seen(d: &Daemon, entry: &Entry, username: &Username, spec: Option<AccountSpec>) -> Result<Observed, OperationError> {
    let mut observed = observe(d, username, entry.uid, spec).await.map_err(|e| host_failed(&e))?;
    operations::condemn(&mut observed.databases, &entry.request.operation);
    Ok(observed)
}

/// Carries out what is missing to `spec`.
async fn onto(d: &Daemon, entry: &Entry, observed: &Observed, spec: AccountSpec) -> Result<Answer, OperationError> {
    let username = spec.account.username.clone();
    let changes = plan(&spec, observed).map_err(|e| OperationError::new(ErrorCode::Conflict, e.message))?;
    let work = work(entry, &username, Some(spec.clone()));
    converge::forward(d, &work, &changes, &Running::new()).await.map_err(|failed| failed.error)?;
    d.index.put(&spec);
    Ok(Answer::Applied(summary(&spec)))
}

/// Takes it back by what is seen, not by what is remembered. Answers with the reason.
async fn back(d: &Daemon, entry: &Entry, error: OperationError) -> OperationError {
    if error.code == ErrorCode::DiskFull {
        d.reserve.release().await;
    }
    let undoing = Entry { undoing: Some(error.clone()), ..entry.clone() };
    if let Err(unwritten) = d.journal.open(&undoing).await {
        tracing::error!(error = %unwritten, "the journal cannot be written");
    }
    let outcome = match (&entry.request.operation, &entry.edit) {
        (_, Some(edit)) => lead(d, entry, &edit.after, &edit.before).await.map(|_| ()),
        _ if entry.made.is_some() => unmake(d, entry).await,
        (Operation::AccountCreate(args), None) => uncreate(d, entry, &args.username).await,
        // The others go forward only.
        _ => Ok(()),
    };
    undone(error, outcome.err().as_slice())
}

/// Takes away what was made of an account whose spec came whole; what was there of one that was adopted stays.
async fn unmake(d: &Daemon, entry: &Entry) -> Result<(), OperationError> {
    let Some(Made { spec, found }) = entry.made.as_deref() else { return Ok(()) };
    let username = &spec.account.username;
    let Some(found) = found else { return uncreate(d, entry, username).await };
    let observed = seen(d, entry, username, Some(spec.clone())).await?;
    let mut changes = plan_delete(entry.uid, &observed).map_err(|e| OperationError::new(ErrorCode::Conflict, e.message))?;
    changes.retain(|change| match change {
        // Users may have been there before, and what is in a database too.
        Change::SpecRemove | Change::Record { .. } | Change::DatabaseUsers { .. } | Change::DatabaseDrop { .. } => false,
        Change::UserDelete => !found.user,
        Change::HomeEmpty => !found.home,
        Change::LogsRemove => !found.logs,
        _ => true,
    });
    changes.push(Change::SpecWrite { before: Some(Box::new(spec.clone())), after: Box::new(found.files.clone()) });
    let work = work(entry, username, None);
    converge::forward(d, &work, &changes, &Running::new()).await.map_err(|failed| failed.error)?;
    d.index.remove(username);
    Ok(())
}

async fn uncreate(d: &Daemon, entry: &Entry, username: &Username) -> Result<(), OperationError> {
    let work = work(entry, username, None);
    operations::remove_account(d, &work, false, &Running::new()).await.map(|_| ())
}
