//! What all operations share that edit an account's spec: lock, read, change, check, claim, plan, journal, converge, record, and
//! the way back.

use super::carry::{self, Extent};
use super::{Call, no_account};
use crate::access::Held;
use crate::converge::observe;
use crate::daemon::Daemon;
use crate::state::host_failed;
use crate::state::journal::Edit;
use crate::state::specs::broken;
use nusantara_plan::account::plan;
use nusantara_plan::change::{Change, Owner};
use nusantara_plan::describe;
use nusantara_proto::host::{Answer, ErrorCode, OperationError, PlanIntent};
use nusantara_types::{AccountSpec, Username};

/// Whether somebody who may has agreed to names that lie above or below those of another account, or that another account gave up
/// lately.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Consent {
    /// Nobody has.
    None,
    /// That account or an administrator has.
    Given,
}

/// Brings an account to what `change` makes of its spec. Everything that `change` is told is read inside the account's lock, and
/// so are all counts.
pub(super) async fn edit(
    d: &Daemon,
    call: &Call,
    username: &Username,
    consent: Consent,
    change: impl FnOnce(&mut AccountSpec) -> Result<(), OperationError>,
) -> Result<Answer, OperationError> {
    edit_seen(d, call, username, consent, async || Ok(()), |spec, ()| change(spec)).await
}

/// As [`edit`]; `change` is told besides what `look` has seen of the host inside the account's lock.
pub(super) async fn edit_seen<T>(
    d: &Daemon,
    call: &Call,
    username: &Username,
    consent: Consent,
    look: impl AsyncFnOnce() -> Result<T, OperationError>,
    change: impl FnOnce(&mut AccountSpec, T) -> Result<(), OperationError>,
) -> Result<Answer, OperationError> {
    let _held = held(d, username).await?;
    let edit = prepare(d, username, consent, look, change).await?;
    bring(d, call, &edit).await
}

/// Brings an account from one spec to another whose names and ports are reserved, and settles what it holds.
pub(super) async fn bring(d: &Daemon, call: &Call, edit: &Edit) -> Result<Answer, OperationError> {
    bring_from(d, call, edit, None, Extent::Everything).await
}

/// As [`bring`], where the files say something else than the spec before, or not all is to be carried out.
pub(super) async fn bring_from(
    d: &Daemon,
    call: &Call,
    edit: &Edit,
    written: Option<&AccountSpec>,
    extent: Extent,
) -> Result<Answer, OperationError> {
    // Before the effect: who keeps a name after all may have it back, and an effect is never told as failed because of a list.
    let noted = d.released.note(&edit.before, Some(&edit.after), d.now()).await;
    let result = match noted {
        Ok(()) => Box::pin(carry::over(d, call, edit, written, extent)).await,
        Err(error) => Err(error),
    };
    match &result {
        Ok(_) => d.index.put(&edit.after),
        // What could not be taken back keeps its names until somebody has looked.
        Err(e) if e.code == ErrorCode::UndoFailed => {}
        Err(_) => d.index.put(&edit.before),
    }
    result
}

/// What [`edit`] would change on the host, without changing it.
pub(super) async fn foresee(
    d: &Daemon,
    username: &Username,
    consent: Consent,
    change: impl FnOnce(&mut AccountSpec) -> Result<(), OperationError>,
) -> Result<Answer, OperationError> {
    let _held = held(d, username).await?;
    let Edit { before, after } = prepare(d, username, consent, async || Ok(()), |spec, ()| change(spec)).await?;
    // Only to see that it could have the names and ports.
    d.index.put(&before);
    let changes = planned(d, &before, &after).await?;
    Ok(Answer::Plan(describe::plan(&Owner::of(&after), PlanIntent::Converge, &changes)))
}

/// The account's lock, when there is such an account.
async fn held(d: &Daemon, username: &Username) -> Result<Held, OperationError> {
    if d.index.get(username).is_none() {
        return Err(no_account(username));
    }
    let held = d.access.to(username).await?;
    if d.specs.exists(username) { Ok(held) } else { Err(no_account(username)) }
}

/// The spec before and after, checked, with the names and ports of both reserved.
async fn prepare<T>(
    d: &Daemon,
    username: &Username,
    consent: Consent,
    look: impl AsyncFnOnce() -> Result<T, OperationError>,
    change: impl FnOnce(&mut AccountSpec, T) -> Result<(), OperationError>,
) -> Result<Edit, OperationError> {
    let before = d.specs.read(username).map_err(|e| broken(&e))?;
    let mut after = before.clone();
    change(&mut after, look().await?)?;
    after.account.updated_at = d.now();
    let edit = Edit { before, after };
    reserve(d, &edit, consent)?;
    Ok(edit)
}

/// Checks an edit, and reserves the names and ports of both specs.
pub(super) fn reserve(d: &Daemon, edit: &Edit, consent: Consent) -> Result<(), OperationError> {
    let Edit { before, after } = edit;
    check(before, after)?;
    d.index.reserve(after, consent == Consent::Given)?;
    // Only now: a name that is being given up is in the list before it can be reserved.
    if consent == Consent::None
        && let Err(refusal) = d.released.refuse(before, after, d.now())
    {
        d.index.put(before);
        return Err(refusal);
    }
    Ok(())
}

pub(super) async fn planned(d: &Daemon, before: &AccountSpec, after: &AccountSpec) -> Result<Vec<Change>, OperationError> {
    let observed = observe(d, &after.account.username, before.account.uid, Some(before.clone())).await.map_err(|e| host_failed(&e))?;
    plan(after, &observed).map_err(|e| OperationError::new(ErrorCode::Conflict, e.message))
}

/// Whether the spec holds together. A count that an edit drives past its limit is told apart from a value that is wrong in itself.
pub(super) fn check(before: &AccountSpec, after: &AccountSpec) -> Result<(), OperationError> {
    let counts = |spec: &AccountSpec| {
        let d = &spec.domains;
        let services = &spec.services;
        [
            d.addon_domains.len(),
            d.subdomains.len(),
            d.alias_domains.len(),
            services.nodejs.apps.len(),
            services.cron.jobs.len(),
            services.ftp.accounts.len(),
            services.databases.mariadb.databases.len(),
            services.databases.mariadb.users.len(),
        ]
    };
    let limits = &after.limits;
    let most = [
        limits.max_addon_domains,
        limits.max_subdomains,
        limits.max_alias_domains,
        limits.apps(),
        limits.max_cron_jobs,
        limits.max_ftp_accounts,
        limits.max_databases,
        limits.max_db_users,
    ];
    let fields = [
        ("addon domains", "domain"),
        ("subdomains", "domain"),
        ("alias domains", "domain"),
        ("apps", "name"),
        ("cron jobs", "name"),
        ("FTP logins", "name"),
        ("databases", "name"),
        ("database users", "name"),
    ];
    for (((what, field), most), (had, has)) in fields.into_iter().zip(most).zip(counts(before).into_iter().zip(counts(after))) {
        if has > had && has > most as usize {
            let message = format!("this account may have {most} {what}; its package allows no more");
            return Err(OperationError::new(ErrorCode::LimitReached, message).field(field));
        }
    }
    after.validate().map_err(|e| OperationError::new(ErrorCode::Invalid, e.message).field(e.field))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::spec::tests::spec_of;

    #[test]
    fn a_limit_is_told_apart_from_a_mistake() {
        let before = spec_of("joko", "joko.test");
        let mut after = before.clone();
        after.domains.alias_domains = (0..6).map(|i| format!("a{i}.test").parse().unwrap()).collect();
        let error = check(&before, &after).unwrap_err();
        assert_eq!((error.code, error.field.as_deref()), (ErrorCode::LimitReached, Some("domain")));
        let mut after = before.clone();
        after.domains.primary.settings.force_https = true;
        let error = check(&before, &after).unwrap_err();
        assert_eq!((error.code, error.field.as_deref()), (ErrorCode::Invalid, Some("force_https")));
        let mut less = before.clone();
        less.limits.max_alias_domains = 0;
        less.domains.alias_domains = vec!["a.test".parse().unwrap()];
        let error = check(&less.clone(), &less).unwrap_err();
        assert_eq!(error.code, ErrorCode::Invalid, "what is past its limit already is a mistake of the files");
    }
}
