//! Makes an account from a document, or brings one to it.

use super::account_create::{refuse_own_name, refuse_taken};
use super::account_rename::under_name;
use super::edit::{Consent, edit, foresee};
use super::history::{needs_php, possible};
use super::{Call, begin_made, carry_out, no_account};
use crate::converge::{Sight, Work, databases, quota};
use crate::daemon::Daemon;
use crate::state::host_failed;
use crate::state::journal::Made;
use nusantara_host::users;
use nusantara_plan::account::{Observed, plan as plan_changes};
use nusantara_plan::change::{Change, Owner};
use nusantara_plan::describe;
use nusantara_plan::history::{brought_back, made_from};
use nusantara_plan::site::summary;
use nusantara_proto::host::{AccountImport, Answer, ErrorCode, Foreseen, OperationError, PlanIntent};
use nusantara_types::{AccountSpec, Username};

pub(super) async fn run(d: &Daemon, call: &Call, args: &AccountImport) -> Result<Answer, OperationError> {
    let document = document(d, args)?;
    if args.replace {
        return edit(d, call, &args.username, consent(args), |spec| replaced(d, spec, &document)).await;
    }
    reserve(d, &made_from(&document, &args.username, document.account.uid, d.now()), args.below_foreign)?;
    let result = make(d, call, &document, &args.username).await;
    match &result {
        // What could not be taken back keeps its names until somebody has looked.
        Err(e) if e.code == ErrorCode::UndoFailed => {}
        Err(_) => d.index.remove(&args.username),
        Ok(_) => {}
    }
    result
}

/// What [`run`] would change.
pub(super) async fn plan(d: &Daemon, args: &AccountImport) -> Result<Answer, OperationError> {
    let (document, username) = (document(d, args)?, &args.username);
    if args.replace {
        let Answer::Plan(plan) = foresee(d, username, consent(args), |spec| replaced(d, spec, &document)).await? else {
            return Err(OperationError::new(ErrorCode::HostFailed, "the plan was no plan"));
        };
        let account = d.index.get(username).ok_or_else(|| no_account(username))?;
        return Ok(Answer::Foreseen(Box::new(Foreseen { plan, account })));
    }
    let _held = d.access.to(username).await?;
    refuse_taken(d, username).await?;
    let spec = made_from(&document, username, d.uids.next().await, d.now());
    reserve(d, &spec, args.below_foreign)?;
    d.index.remove(username);
    let changes = changes(d, &spec).await?;
    Ok(foreseen(&spec, &changes))
}

/// The answer to a plan for a spec that comes whole.
pub(super) fn foreseen(spec: &AccountSpec, changes: &[Change]) -> Answer {
    let plan = describe::plan(&Owner::of(spec), PlanIntent::Converge, changes);
    Answer::Foreseen(Box::new(Foreseen { plan, account: summary(spec) }))
}

const fn consent(args: &AccountImport) -> Consent {
    if args.below_foreign { Consent::Given } else { Consent::None }
}

/// The document, when it can be on this host at all. Which of its fields is at fault is said as in the document.
fn document(d: &Daemon, args: &AccountImport) -> Result<AccountSpec, OperationError> {
    let missing = || OperationError::new(ErrorCode::Invalid, "a document is needed").field("document");
    let document = under_name(args.spec.as_deref().ok_or_else(missing)?, &args.username)?;
    let spec = made_from(&document, &args.username, nusantara_types::FIRST_ACCOUNT_UID, d.now());
    whole(&spec)?;
    needs_php(d, &spec)?;
    Ok(document)
}

/// The spec holds together.
pub(super) fn whole(spec: &AccountSpec) -> Result<(), OperationError> {
    spec.validate().map_err(|e| {
        let file = e.file.trim_end_matches(".json");
        OperationError::new(ErrorCode::Invalid, format!("{}: {}: {}", e.file, e.field, e.message)).field(format!("{file}.{}", e.field))
    })
}

fn replaced(d: &Daemon, spec: &mut AccountSpec, document: &AccountSpec) -> Result<(), OperationError> {
    let after = brought_back(spec, document);
    possible(d, spec, &after)?;
    *spec = after;
    Ok(())
}

/// Takes the name, and all that a new account holds.
fn reserve(d: &Daemon, spec: &AccountSpec, below_foreign: bool) -> Result<(), OperationError> {
    d.specs.package(&spec.account.package).map_err(|e| OperationError { code: ErrorCode::Invalid, ..e.field("account.package") })?;
    for (name, _) in spec.domains.claims() {
        refuse_own_name(d, &name, "domain")?;
    }
    d.index.reserve_new(spec, below_foreign, false)?;
    if !below_foreign && let Err(refusal) = d.released.refuse_new(spec, d.now()) {
        d.index.remove(&spec.account.username);
        return Err(refusal);
    }
    Ok(())
}

/// What somebody has left on the database server under a name of the document is not given away.
async fn refuse_taken_databases(spec: &AccountSpec) -> Result<(), OperationError> {
    databases::refuse_taken(&databases::names_of(spec), "services.databases").await
}

async fn make(d: &Daemon, call: &Call, document: &AccountSpec, username: &Username) -> Result<Answer, OperationError> {
    let _held = d.access.to(username).await?;
    refuse_taken(d, username).await?;
    let now = d.now();
    let uid = d.uids.allocate(users::uid_taken).await.map_err(|e| host_failed(&e))?;
    let spec = made_from(document, username, uid, now);
    refuse_taken_databases(&spec).await?;
    let work = Work::new(Owner::of(&spec), "import", call.request.actor.clone(), now, Some(spec.clone()));
    let changes = changes(d, &spec).await?;
    databases::refuse_silent(&changes).await?;
    let entry = begin_made(d, call, &work, Made { spec: spec.clone(), found: None }).await?;
    carry_out(d, &entry, &work, &changes, &call.running).await?;
    d.index.put(&spec);
    Ok(Answer::Applied(summary(&spec)))
}

/// Nothing of the name is there, and nothing of the uid ever was.
async fn changes(d: &Daemon, spec: &AccountSpec) -> Result<Vec<Change>, OperationError> {
    let quota = quota::observe(&Sight::One, spec.account.uid).await.map_err(|e| host_failed(&e))?;
    let observed = Observed { nginx: d.nginx, quota, ..Observed::default() };
    plan_changes(spec, &observed).map_err(|e| OperationError::new(ErrorCode::Conflict, e.message))
}
