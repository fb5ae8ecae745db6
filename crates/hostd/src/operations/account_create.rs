//! Makes an account and publishes its primary site.

use super::{Call, begin, carry_out, spec::new_account};
use crate::converge::{Sight, Work, quota};
use crate::daemon::Daemon;
use crate::state::host_failed;
use nusantara_host::users;
use nusantara_plan::account::{Observed, plan};
use nusantara_plan::change::Owner;
use nusantara_plan::site::summary;
use nusantara_proto::host::{AccountCreate, Answer, ErrorCode, OperationError};
use nusantara_types::{AccountSpec, DomainName, PhpVersion, Timestamp, Username};

pub(super) async fn run(d: &Daemon, call: &Call, args: &AccountCreate) -> Result<Answer, OperationError> {
    let username = &args.username;
    d.specs.package(&args.package)?;
    php_version(d, args)?;
    refuse_own_name(d, &args.primary_domain, "primary_domain")?;
    d.index.reserve_account(username, &args.primary_domain)?;
    let result = make(d, call, args).await;
    match &result {
        // What could not be taken back keeps its names until somebody has looked.
        Err(e) if e.code == ErrorCode::UndoFailed => {}
        Err(_) => d.index.remove(username),
        Ok(_) => {}
    }
    result
}

async fn make(d: &Daemon, call: &Call, args: &AccountCreate) -> Result<Answer, OperationError> {
    let username = &args.username;
    let _held = d.access.to(username).await?;
    refuse_taken(d, username).await?;
    let now = d.now();
    let uid = d.uids.allocate(users::uid_taken).await.map_err(|e| host_failed(&e))?;
    let spec = rebuild(d, args, uid, now)?;
    let work = Work::new(Owner::of(&spec), "create", call.request.actor.clone(), now, Some(spec.clone()));
    // Nothing of this name is there (seen above), and nothing of this uid ever was.
    let quota = quota::observe(&Sight::One, uid).await.map_err(|e| host_failed(&e))?;
    let changes = plan(&spec, &Observed { nginx: d.nginx, quota, ..Observed::default() })
        .map_err(|e| OperationError::new(ErrorCode::Conflict, e.message))?;
    let entry = begin(d, call, &work, None).await?;
    carry_out(d, &entry, &work, &changes, &call.running).await?;
    d.index.put(&spec);
    Ok(Answer::Applied(summary(&spec)))
}

/// The spec that a request asks for, given its uid and time: the same again after a crash.
pub(crate) fn rebuild(d: &Daemon, args: &AccountCreate, uid: u32, at: Timestamp) -> Result<AccountSpec, OperationError> {
    let package = d.specs.package(&args.package)?;
    let spec = new_account(args, package.limits, php_version(d, args)?, uid, at);
    spec.validate().map_err(|e| OperationError::new(ErrorCode::Invalid, e.to_string()))?;
    Ok(spec)
}

fn php_version(d: &Daemon, args: &AccountCreate) -> Result<PhpVersion, OperationError> {
    installed(d, args.php_version.as_ref())
}

/// The branch that was asked for, when it is installed; else the newest.
pub(super) fn installed(d: &Daemon, wanted: Option<&PhpVersion>) -> Result<PhpVersion, OperationError> {
    let refuse = |message: String| OperationError::new(ErrorCode::Invalid, message).field("php_version");
    match wanted {
        Some(version) if d.php.contains(version) => Ok(version.clone()),
        Some(version) => Err(refuse(format!("PHP {version} is not installed on this host"))),
        None => d.php.last().cloned().ok_or_else(|| refuse("no PHP is installed on this host".to_owned())),
    }
}

/// The host's own name, and what lies above it, cannot be anybody's site (SECURITY R30).
pub(super) fn refuse_own_name(d: &Daemon, domain: &DomainName, field: &str) -> Result<(), OperationError> {
    let own = d.own_name.as_ref().is_some_and(|own| own == domain || own.is_below(domain));
    if own {
        let message = format!("{domain} is this server's own name or lies above it");
        return Err(OperationError::new(ErrorCode::Invalid, message).field(field));
    }
    Ok(())
}

pub(super) async fn refuse_taken(d: &Daemon, username: &Username) -> Result<(), OperationError> {
    let taken = |what: &str| {
        Err(OperationError::new(ErrorCode::Conflict, format!("{what} of this name exists on the host already")).field("username"))
    };
    let (name, home) = tokio::try_join!(users::name_taken(username), d.homes.exists(username)).map_err(|e| host_failed(&e))?;
    if name {
        return taken("a user or group");
    }
    if d.specs.exists(username) {
        return taken("an account folder");
    }
    if home {
        return taken("a home");
    }
    Ok(())
}
