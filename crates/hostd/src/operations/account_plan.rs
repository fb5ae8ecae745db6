//! What a converge, a deletion, a suspension or its end, or another name would change.

use super::account_suspend::{login_now, suspended, unsuspended};
use super::{account_rename, no_account, primary_domain};
use crate::converge::observe;
use crate::daemon::Daemon;
use crate::state::host_failed;
use crate::state::specs::broken;
use nusantara_plan::account::{plan, plan_delete};
use nusantara_plan::change::Owner;
use nusantara_plan::describe;
use nusantara_proto::host::{Answer, ErrorCode, OperationError, PlanIntent};
use nusantara_types::Username;

pub(super) async fn run(d: &Daemon, username: &Username, intent: PlanIntent) -> Result<Answer, OperationError> {
    let uid = d.uid_of(username).ok_or_else(|| no_account(username))?;
    // Not while something is being changed: a plan of half a change would be wrong a moment later.
    let _held = d.access.to(username).await?;
    if !d.specs.exists(username) {
        return Err(no_account(username));
    }
    let foreign = |e: nusantara_plan::account::Foreign| OperationError::new(ErrorCode::Conflict, e.message);
    let changes = match intent {
        PlanIntent::Converge => {
            let spec = d.specs.read(username).map_err(|e| broken(&e))?;
            // Files that a hand has changed come into force from what was applied.
            let applied = d.specs.applied(&spec).unwrap_or_else(|| spec.clone());
            let observed = observe(d, username, uid, Some(applied)).await.map_err(|e| host_failed(&e))?;
            plan(&spec, &observed).map_err(foreign)?
        }
        PlanIntent::Delete => {
            let observed = observe(d, username, uid, d.specs.read(username).ok()).await.map_err(|e| host_failed(&e))?;
            plan_delete(uid, &observed).map_err(foreign)?
        }
        PlanIntent::Rename { ref new_username } => account_rename::plan(d, username, new_username).await?,
        PlanIntent::PrimaryDomain { ref domain, keep_old } => {
            let before = d.specs.read(username).map_err(|e| broken(&e))?;
            let after = primary_domain::planned(d, &before, domain, keep_old)?;
            let observed = observe(d, username, uid, Some(before)).await.map_err(|e| host_failed(&e))?;
            plan(&after, &observed).map_err(foreign)?
        }
        PlanIntent::Suspend | PlanIntent::Unsuspend => {
            let spec = d.specs.read(username).map_err(|e| broken(&e))?;
            let mut after = spec.clone();
            match intent {
                PlanIntent::Suspend => suspended(&mut after, login_now(username).await?, None, d.now()),
                _ => unsuspended(&mut after),
            }
            let observed = observe(d, username, uid, Some(spec)).await.map_err(|e| host_failed(&e))?;
            plan(&after, &observed).map_err(foreign)?
        }
    };
    // What an account has under its other name is said by that one.
    let called = if let PlanIntent::Rename { new_username } = &intent { new_username } else { username };
    let mut plan = describe::plan(&Owner { username: called.clone(), uid }, intent.clone(), &changes);
    plan.username = username.clone();
    Ok(Answer::Plan(plan))
}
