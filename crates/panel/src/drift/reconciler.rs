//! The periodic look: every so many minutes, give or take, spread over the accounts so that no moment is busy with all of them. It
//! says what it finds; only where it is told to repair does it change anything, and then as a job like anybody's.

use super::look::Look;
use crate::app::App;
use crate::config::Reconcile;
use crate::flows::{ACCOUNT_CONVERGE, HOST_CONVERGE, Payload};
use crate::http::ApiResult;
use crate::routes::at_once::{self, Effect};
use nusantara_jobs::{Tasks, enqueue};
use nusantara_proto::host::{Operation, Surveyed};
use nusantara_store::NewJob;
use nusantara_types::{Actor, JobId, RequestId};
use serde_json::json;
use std::time::Duration;

/// The first look after a start, before which others have the machine.
const FIRST: Duration = Duration::from_secs(60);
/// Between two pages of accounts.
const BETWEEN: Duration = Duration::from_secs(5);
/// Repairs that one look asks for at most; the rest is found again by the next.
const MOST_REPAIRS: usize = 100;

/// Looks now and again, until the process ends.
pub(crate) async fn keep_looking(app: App, tasks: Tasks) {
    if app.config.reconcile == Reconcile::Off {
        return;
    }
    let mut pause = FIRST;
    loop {
        tokio::select! { () = tokio::time::sleep(pause) => {}, () = tasks.stopped() => return }
        pause = next(&app, chance());
        if !app.leader.is_me() {
            continue;
        }
        tokio::select! {
            done = pass(&app) => if let Err(error) = done
                && !error.is_database_away()
            {
                tracing::warn!(?error, "the host could not be looked at for what is not as it should be");
            },
            () = tasks.stopped() => return,
        }
    }
}

/// How long until the next look: the interval, and by chance so much more or less. `chance` is from 0 to 1.
fn next(app: &App, chance: f64) -> Duration {
    spread(app.config.reconcile_minutes, app.config.reconcile_jitter_minutes, chance)
}

fn spread(minutes: u32, jitter: u32, chance: f64) -> Duration {
    let jitter = f64::from(jitter.min(minutes / 2)) * 60.0;
    Duration::from_secs_f64((f64::from(minutes) * 60.0 + jitter * (2.0 * chance - 1.0)).max(1.0))
}

/// A number from 0 to 1 that nobody needs to be unable to guess.
fn chance() -> f64 {
    f64::from(u16::from_be_bytes(RequestId::generate().0.into_bytes()[14..].try_into().unwrap_or_default())) / f64::from(u16::MAX)
}

async fn pass(app: &App) -> ApiResult<()> {
    let (mut look, mut after, mut left) = (Look::default(), None, MOST_REPAIRS);
    loop {
        let (next, found) = look.page(&app.into(), after).await?;
        for account in &found {
            if app.config.reconcile == Reconcile::Repair && left > 0 && repair(app, account).await? {
                left -= 1;
            }
        }
        let Some(next) = next else { break };
        after = Some(next);
        tokio::time::sleep(BETWEEN).await;
    }
    let last = look.end(&app.into()).await?;
    if app.config.reconcile == Reconcile::Repair && !last.host.is_empty() {
        let items: Vec<&str> = last.host.iter().map(|found| found.item.as_str()).collect();
        let facts = json!({ "items": items });
        let effect = Effect { action: HOST_CONVERGE, target: ("host", "host"), facts, operation: Operation::HostConverge {} };
        at_once::by(app, &Actor::system(), effect).await?;
    }
    Ok(())
}

/// Asks for a converge of an account, as a job; whether it did. Files that somebody changed by hand are for somebody to decide about.
async fn repair(app: &App, account: &Surveyed) -> ApiResult<bool> {
    let by_hand = account.items.iter().any(|found| found.item.as_str() == "spec");
    if by_hand || account.problem.is_some() || account.items.is_empty() {
        return Ok(false);
    }
    let tx = app.store.begin().await?;
    if tx.job_unfinished(&account.username).await? > 0 {
        return Ok(false);
    }
    let operation = Operation::AccountConverge { username: account.username.clone() };
    let job = NewJob {
        background: true,
        id: JobId::generate(),
        kind: ACCOUNT_CONVERGE,
        target_type: "account",
        target: account.username.as_str(),
        account: Some(&account.username),
        created_by: &Actor::system(),
        request: RequestId::generate(),
        payload: Payload::of(operation).value(),
    };
    let items: Vec<&str> = account.items.iter().map(|found| found.item.as_str()).collect();
    enqueue(&tx, &job, json!({ "items": items }), app.now()).await?;
    tx.commit().await?;
    app.engine.nudge();
    Ok(true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_are_spread_around_the_interval() {
        let minutes = |chance| spread(15, 3, chance).as_secs() / 60;
        assert_eq!((minutes(0.0), minutes(0.5), minutes(1.0)), (12, 15, 18));
        assert_eq!(spread(1, 60, 0.0), Duration::from_secs(60), "never more than half of it");
        assert!((0..100).map(|_| chance()).all(|chance| (0.0..=1.0).contains(&chance)));
    }
}
