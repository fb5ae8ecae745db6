//! Brings the host to a tree that was written by hand, or restored: one that hostd never applied, or an account's whose files were
//! edited. A tree that is refused stays as it is, and what was applied before stays in force.

use super::account_create::refuse_own_name;
use super::account_import::{foreseen, whole};
use super::edit::{self, Consent};
use super::history::{needs_php, possible};
use super::{Call, begin_made, carry_out};
use crate::converge::{Work, databases, observe};
use crate::daemon::Daemon;
use crate::state::host_failed;
use crate::state::journal::{Edit, Found, Made};
use crate::state::revisions::Revisions;
use nusantara_host::users;
use nusantara_plan::account::{Observed, plan as plan_changes};
use nusantara_plan::change::{Change, Owner};
use nusantara_plan::site::summary;
use nusantara_proto::host::{AccountAdopt, Answer, ErrorCode, OperationError};
use nusantara_types::{AccountSpec, END_ACCOUNT_UID, FIRST_ACCOUNT_UID, Meta};

/// What there is to adopt.
enum Tree {
    /// One that was never applied here.
    New(Box<AccountSpec>),
    /// An account's, beside what was applied of it last.
    Edited(Box<Edit>),
}

pub(super) async fn run(d: &Daemon, call: &Call, args: &AccountAdopt) -> Result<Answer, OperationError> {
    let _held = d.access.to(&args.username).await?;
    match tree(d, args)? {
        Tree::Edited(edit) => {
            edit::reserve(d, &edit, consent(args))?;
            let result = edit::bring(d, call, &edit).await;
            if result.is_err() {
                // Going back has put the files back too; whoever edited them finds them as they left them.
                d.specs.update(&edit.after).await.map_err(|e| host_failed(&e))?;
            }
            result
        }
        Tree::New(files) => {
            let uid = taken_uid(d, &files).await?;
            let made = completed(d, &files, uid).await?;
            let (known, spec) = (d.index.get(&args.username).is_some(), made.spec.clone());
            reserve(d, &spec, args)?;
            let result = make(d, call, made).await;
            match &result {
                // What could not be taken back keeps its names until somebody has looked.
                Err(e) if e.code == ErrorCode::UndoFailed => {}
                Err(_) => settle(d, known, &spec),
                Ok(_) => {}
            }
            result
        }
    }
}

/// What [`run`] would change.
pub(super) async fn plan(d: &Daemon, args: &AccountAdopt) -> Result<Answer, OperationError> {
    let _held = d.access.to(&args.username).await?;
    match tree(d, args)? {
        Tree::Edited(edit) => {
            edit::reserve(d, &edit, consent(args))?;
            d.index.put(&edit.before);
            Ok(foreseen(&edit.after, &edit::planned(d, &edit.before, &edit.after).await?))
        }
        Tree::New(files) => {
            let uid = if files.account.uid == 0 { d.uids.next().await } else { free_uid(d, &files).await? };
            let made = completed(d, &files, uid).await?;
            let known = d.index.get(&args.username).is_some();
            reserve(d, &made.spec, args)?;
            settle(d, known, &made.spec);
            Ok(foreseen(&made.spec, &changes(d, &made).await?))
        }
    }
}

/// A tree that is known although the host was never brought to it, such as a restored one, stays known.
fn settle(d: &Daemon, known: bool, spec: &AccountSpec) {
    if known { d.index.put(spec) } else { d.index.remove(&spec.account.username) }
}

const fn consent(args: &AccountAdopt) -> Consent {
    if args.below_foreign { Consent::Given } else { Consent::None }
}

/// Reads the tree strictly: what is wrong in it is said with file, field and line.
fn tree(d: &Daemon, args: &AccountAdopt) -> Result<Tree, OperationError> {
    let username = &args.username;
    if !d.specs.exists(username) {
        let message = format!("there is no folder {username} below /etc/nusantara-panel/users");
        return Err(OperationError::new(ErrorCode::NotFound, message).field("username"));
    }
    let files = d.specs.parse(username).map_err(|broken| {
        let file = broken.file.rsplit('/').next().unwrap_or_default().to_owned();
        OperationError::new(ErrorCode::Invalid, format!("{file}: {}", broken.problem)).field(file.trim_end_matches(".json"))
    })?;
    let known = d.index.get(username).is_some() || d.index.is_broken(username);
    let applied = if known { Revisions::of(&d.folders, username).latest()? } else { None };
    let Some(applied) = applied else { return Ok(Tree::New(Box::new(files))) };
    let before = AccountSpec { meta: Meta { notes: applied.spec.meta.notes.clone(), ..files.meta.clone() }, ..applied.spec };
    let mut after = files;
    let (a, b) = (&after.account, &before.account);
    for (field, same) in [("uid", a.uid == b.uid), ("gid", a.gid == b.gid), ("created_at", a.created_at == b.created_at)] {
        if !same {
            let message = format!("account.json: {field}: an account keeps this for its life; write back what it was");
            return Err(OperationError::new(ErrorCode::Invalid, message).field(format!("account.{field}")));
        }
    }
    after.account.updated_at = d.now();
    whole(&after)?;
    possible(d, &before, &after)?;
    Ok(Tree::Edited(Box::new(Edit { before, after })))
}

/// The uid that a tree names, when the account may have it.
async fn free_uid(d: &Daemon, files: &AccountSpec) -> Result<u32, OperationError> {
    let (uid, username) = (files.account.uid, &files.account.username);
    let refuse = |code, message: String| Err(OperationError::new(code, format!("account.json: uid: {message}")).field("account.uid"));
    if !(FIRST_ACCOUNT_UID..END_ACCOUNT_UID).contains(&uid) {
        return refuse(ErrorCode::Invalid, format!("must be from {FIRST_ACCOUNT_UID} to {}, or left out", END_ACCOUNT_UID - 1));
    }
    let user = users::lookup(username).await.map_err(|e| host_failed(&e))?;
    let own = user.is_some_and(|user| (user.uid, user.gid) == (uid, uid));
    let others = d.index.holder_of_uid(uid).is_some_and(|holder| holder != *username)
        || Revisions::retired(&d.folders).iter().any(|(name, retired)| *retired == uid && name != username.as_str());
    if others || (!own && users::uid_taken(uid).await.map_err(|e| host_failed(&e))?) {
        return refuse(
            ErrorCode::Conflict,
            format!("{uid} is, or was, somebody else's on this host; leave it out to get one that is free"),
        );
    }
    Ok(uid)
}

/// The uid of the account from now on.
async fn taken_uid(d: &Daemon, files: &AccountSpec) -> Result<u32, OperationError> {
    let username = &files.account.username;
    if files.account.uid != 0 {
        let uid = free_uid(d, files).await?;
        d.uids.raise_beyond(uid).await.map_err(|e| host_failed(&e))?;
        return Ok(uid);
    }
    if let Some(owner) = d.homes.owner(username).await.map_err(|e| host_failed(&e))? {
        return Err(wrong_home(owner));
    }
    d.uids.allocate(users::uid_taken).await.map_err(|e| host_failed(&e))
}

fn wrong_home(owner: u32) -> OperationError {
    let message = format!("account.json: uid: the home is there already and belongs to uid {owner}; name that uid, or move the home away");
    OperationError::new(ErrorCode::Conflict, message).field("account.uid")
}

/// The spec of a new account: what the tree leaves out is filled in, and it is what can be on this host.
async fn completed(d: &Daemon, files: &AccountSpec, uid: u32) -> Result<Made, OperationError> {
    let username = &files.account.username;
    let mut spec = files.clone();
    let account = &mut spec.account;
    account.uid = uid;
    if account.gid == 0 {
        account.gid = uid;
    }
    if account.home_dir.is_empty() {
        account.home_dir = format!("/home/{username}");
    }
    account.updated_at = d.now();
    whole(&spec)?;
    d.specs.package(&spec.account.package).map_err(|e| OperationError { code: ErrorCode::Invalid, ..e.field("account.package") })?;
    needs_php(d, &spec)?;
    for (name, _) in spec.domains.claims() {
        refuse_own_name(d, &name, "domain")?;
    }
    let (user, home, logs) =
        tokio::try_join!(users::lookup(username), d.homes.owner(username), d.logs.exists(username)).map_err(|e| host_failed(&e))?;
    match home {
        Some(owner) if owner != uid => Err(wrong_home(owner)),
        _ => Ok(Made { spec, found: Some(Found { files: files.clone(), user: user.is_some(), home: home.is_some(), logs }) }),
    }
}

fn reserve(d: &Daemon, spec: &AccountSpec, args: &AccountAdopt) -> Result<(), OperationError> {
    let known = d.index.get(&args.username).is_some();
    d.index.reserve_new(spec, args.below_foreign, true)?;
    if !args.below_foreign
        && let Err(refusal) = d.released.refuse_new(spec, d.now())
    {
        settle(d, known, spec);
        return Err(refusal);
    }
    Ok(())
}

async fn make(d: &Daemon, call: &Call, made: Made) -> Result<Answer, OperationError> {
    let spec = made.spec.clone();
    let changes = changes(d, &made).await?;
    databases::refuse_silent(&changes).await?;
    let work = Work::new(Owner::of(&spec), "adopt", call.request.actor.clone(), spec.account.updated_at, Some(spec.clone()));
    let entry = begin_made(d, call, &work, made).await?;
    carry_out(d, &entry, &work, &changes, &call.running).await?;
    d.index.put(&spec);
    Ok(Answer::Applied(summary(&spec)))
}

async fn changes(d: &Daemon, made: &Made) -> Result<Vec<Change>, OperationError> {
    let (username, uid) = (&made.spec.account.username, made.spec.account.uid);
    let files = made.found.as_ref().map(|found| found.files.clone());
    let seen = observe(d, username, uid, files).await.map_err(|e| host_failed(&e))?;
    let observed = Observed { unapplied: true, ..seen };
    plan_changes(&made.spec, &observed).map_err(|e| OperationError::new(ErrorCode::Conflict, e.message))
}
