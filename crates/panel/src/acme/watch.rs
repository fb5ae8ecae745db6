//! Orders what is due: certificates of sites that have none, that come to their end, or that lack a name. By one of the panels that share
//! a database, as jobs like anybody's.
//!
//! Sites of an account are looked at when something about it changed, and every hour.

use super::due::{Past, is_due};
use crate::app::App;
use crate::flows::{CERTIFICATE_ISSUE, CertificatePayload};
use crate::http::ApiResult;
use nusantara_jobs::{Tasks, enqueue};
use nusantara_proto::host::{AccountSummary, SiteTls};
use nusantara_store::{JobFilter, JobRecord, JobState, NewJob, Scope};
use nusantara_types::{Actor, DomainName, JobId, RequestId, Timestamp, Username};
use serde_json::json;
use std::collections::HashMap;
use std::time::Duration;

/// Between two looks at what changed.
const EVERY: Duration = Duration::from_secs(10);
/// An account without a change is looked at again after this.
const AGAIN: chrono::TimeDelta = chrono::TimeDelta::hours(1);
/// One that waits for another try, after this.
const SOON: chrono::TimeDelta = chrono::TimeDelta::minutes(5);
/// One whose orders are under way, after this.
const NEXT: chrono::TimeDelta = chrono::TimeDelta::seconds(30);
/// Orders that are begun at most between two looks: an authority counts them too.
const MOST: usize = 10;
/// Orders of one account under way at most, so that there is room for what its people want meanwhile.
const MOST_OF_ONE: usize = 2;
/// As many jobs of an account are looked through for its last orders.
const JOBS: u64 = 200;

/// When an account was last looked at, and the state it was in then.
#[derive(Debug, Clone, Copy)]
struct Seen {
    changed: Timestamp,
    again: Timestamp,
}

/// Looks now and again, until the process ends.
pub(crate) async fn keep_renewing(app: App, tasks: Tasks) {
    if app.acme.directory().is_none() {
        return;
    }
    let mut seen = HashMap::new();
    loop {
        tokio::select! { () = tokio::time::sleep(EVERY) => {}, () = tasks.stopped() => return }
        if !app.leader.is_me() {
            seen.clear();
            continue;
        }
        tokio::select! {
            done = pass(&app, &mut seen) => if let Err(error) = done
                && !error.is_database_away()
            {
                tracing::warn!(?error, "certificates that are due could not be looked for");
            },
            () = tasks.stopped() => return,
        }
    }
}

async fn pass(app: &App, seen: &mut HashMap<Username, Seen>) -> ApiResult<()> {
    if app.acme.pauses(app.now()) {
        return Ok(());
    }
    let (mut after, mut left, mut there) = (None, MOST, Vec::new());
    loop {
        let (accounts, more) = app.host.account_page(after).await?;
        for account in &accounts {
            if left > 0 && needs_a_look(seen.get(&account.username), account, app.now()) {
                match look(app, seen, account, left).await {
                    Ok(begun) => left -= begun,
                    Err(error) if error.is_database_away() => return Err(error),
                    // One that cannot be looked at keeps no other from its certificates.
                    Err(error) => {
                        tracing::warn!(account = %account.username, ?error, "its certificates could not be looked at");
                        let next = Seen { changed: account.updated_at, again: app.now() + SOON };
                        seen.insert(account.username.clone(), next);
                    }
                }
            }
        }
        there.extend(accounts.iter().map(|account| account.username.clone()));
        after = accounts.last().map(|account| account.username.clone());
        if !more {
            break;
        }
    }
    seen.retain(|username, _| there.binary_search(username).is_ok());
    Ok(())
}

fn needs_a_look(seen: Option<&Seen>, account: &AccountSummary, now: Timestamp) -> bool {
    seen.is_none_or(|seen| seen.changed != account.updated_at || seen.again <= now)
}

/// Looks at one account; how many orders were begun.
async fn look(app: &App, seen: &mut HashMap<Username, Seen>, account: &AccountSummary, most: usize) -> ApiResult<usize> {
    let now = app.now();
    let username = &account.username;
    let sites = app.host.certificates(&Actor::system(), username).await?;
    let filter = JobFilter { account: Some(username.clone()), ..JobFilter::default() };
    let jobs = app.store.job_list(Scope::All, &filter, JOBS).await?;
    let under_way = jobs.iter().filter(|job| job.kind == CERTIFICATE_ISSUE && !job.state.is_final()).count();
    let most = most.min(MOST_OF_ONE.saturating_sub(under_way));
    let (mut begun, mut waits) = (0, false);
    for site in &sites {
        if orders(&jobs, &site.domain).any(|job| !job.state.is_final()) {
            continue;
        }
        let past = past(&jobs, &site.domain);
        waits |= past.failures > 0;
        if begun < most && is_due(site, &past, account.updated_at, now) {
            order(app, username, site, now).await?;
            begun += 1;
        }
    }
    let again = match (begun + under_way, waits) {
        (1.., _) => now + NEXT,
        (0, true) => now + SOON,
        (0, false) => now + AGAIN,
    };
    seen.insert(username.clone(), Seen { changed: account.updated_at, again });
    Ok(begun)
}

/// Orders for a site, newest first.
pub(crate) fn orders<'a>(jobs: &'a [JobRecord], domain: &DomainName) -> impl Iterator<Item = &'a JobRecord> {
    let domain = domain.to_string();
    jobs.iter().filter(move |job| job.kind == CERTIFICATE_ISSUE && job.target == domain)
}

/// What the last orders of a site came to.
pub(crate) fn past(jobs: &[JobRecord], domain: &DomainName) -> Past {
    let ended = orders(jobs, domain).find_map(|job| job.finished_at);
    let failures =
        orders(jobs, domain).take_while(|job| job.state != JobState::Success).filter(|job| job.state == JobState::Failed).count();
    Past { failures: u32::try_from(failures).unwrap_or(u32::MAX), ended }
}

async fn order(app: &App, username: &Username, site: &SiteTls, now: Timestamp) -> ApiResult<()> {
    let payload = CertificatePayload { username: username.clone(), domain: site.domain.clone(), anew: false };
    let job = NewJob {
        background: true,
        id: JobId::generate(),
        kind: CERTIFICATE_ISSUE,
        target_type: "site",
        target: site.domain.as_str(),
        account: Some(username),
        created_by: &Actor::system(),
        request: RequestId::generate(),
        payload: payload.value(),
    };
    let tx = app.store.begin().await?;
    enqueue(&tx, &job, json!({ "account": username }), now).await?;
    tx.commit().await?;
    app.engine.nudge();
    Ok(())
}
