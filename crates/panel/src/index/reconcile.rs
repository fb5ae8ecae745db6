//! Compares the index with every host's own list and mends it. The whole index can be lost and is rebuilt by this.

use super::apply::{apply, status_of};
use crate::app::App;
use crate::host::{Host, HostError};
use nusantara_jobs::Tasks;
use nusantara_proto::host::AccountSummary;
use nusantara_store::{AccountRecord, AccountStatus, Scope, Store, StoreError};
use nusantara_types::{Clock, Timestamp, Username};
use std::collections::HashMap;
use std::time::Duration;

/// How often; every change made through the panel is written at once, so this only finds what others did.
const EVERY: Duration = Duration::from_secs(300);
/// How soon again when the host daemon did not answer.
const SOON: Duration = Duration::from_secs(5);

/// Why the index could not be compared.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Obstacle {
    /// The host daemon did not answer.
    #[error("the host daemon did not list its accounts: {0:?}")]
    Host(HostError),
    /// The database said no.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Reconciles now and every few minutes, until the process ends.
pub(crate) async fn keep_in_line(app: App, tasks: Tasks) {
    loop {
        tokio::select! { () = app.leader.me() => {}, () = tasks.stopped() => return }
        let pause = match reconcile(&app.store, &app.host, &*app.clock).await {
            Ok(0) => EVERY,
            Ok(mended) => {
                tracing::info!(accounts = mended, "brought the index in line with the host");
                EVERY
            }
            Err(Obstacle::Store(error)) if error.is_away() => SOON,
            Err(error) => {
                tracing::warn!(%error, "the index could not be compared with the host");
                SOON
            }
        };
        tokio::select! { () = tokio::time::sleep(pause) => {}, () = tasks.stopped() => return }
    }
}

/// One comparison; how many accounts were out of line.
pub(crate) async fn reconcile(store: &Store, host: &Host, clock: &dyn Clock) -> Result<usize, Obstacle> {
    let began = clock.now();
    let mut known = index(store).await?;
    let mut mended = 0;
    let mut after: Option<Username> = None;
    loop {
        let (accounts, more) = host.account_page(after.take()).await.map_err(Obstacle::Host)?;
        for summary in &accounts {
            if !known.contains_key(&summary.username)
                && let Some(followed) = follow(store, &known, summary, clock.now()).await?
            {
                known.retain(|_, row| row.uid != Some(summary.uid));
                mended += usize::from(followed);
                continue;
            }
            let row = known.remove(&summary.username);
            let same = row.is_some_and(|row| {
                row.revision.as_ref() == Some(&summary.revision) && row.uid == Some(summary.uid) && row.status == status_of(summary.status)
            });
            if same {
                continue;
            }
            let tx = store.begin().await?;
            // While a job works on the account, its end writes the row.
            if tx.job_unfinished(&summary.username).await? == 0 {
                apply(&tx, summary, None, clock.now()).await?;
                tx.commit().await?;
                mended += 1;
            }
        }
        match accounts.last() {
            Some(last) if more => after = Some(last.username.clone()),
            _ => break,
        }
    }
    for row in known.into_values() {
        mended += usize::from(forget(store, &row, began).await?);
    }
    Ok(mended)
}

/// Whether an account that the index does not know is one that it knows under another name: a uid is one account's for ever. Then
/// the rows follow, unless something is under way for it, whose end does that. `None` when it is none of those.
async fn follow(
    store: &Store,
    known: &HashMap<Username, AccountRecord>,
    summary: &AccountSummary,
    now: Timestamp,
) -> Result<Option<bool>, StoreError> {
    let Some(row) = known.values().find(|row| row.uid == Some(summary.uid)) else { return Ok(None) };
    let tx = store.begin().await?;
    if tx.job_unfinished(&row.username).await? > 0 || tx.account_get(Scope::All, &summary.username).await?.is_some() {
        return Ok(Some(false));
    }
    tx.account_rename(&row.username, &summary.username, now).await?;
    apply(&tx, summary, None, now).await?;
    tx.commit().await?;
    Ok(Some(true))
}

async fn index(store: &Store) -> Result<HashMap<Username, AccountRecord>, StoreError> {
    let mut all = HashMap::new();
    let mut after: Option<String> = None;
    loop {
        let page = store.account_list(Scope::All, after.as_deref(), 200).await?;
        let Some(last) = page.last() else { return Ok(all) };
        after = Some(last.username.to_string());
        all.extend(page.into_iter().map(|row| (row.username.clone(), row)));
    }
}

/// Removes a row whose account the host does not have. A row that is young or at work may simply be ahead of the list; one that
/// says `failed` stays until somebody has looked at it.
async fn forget(store: &Store, row: &AccountRecord, began: Timestamp) -> Result<bool, StoreError> {
    if !matches!(row.status, AccountStatus::Active | AccountStatus::Suspended) || row.updated_at > began {
        return Ok(false);
    }
    let tx = store.begin().await?;
    let unchanged = tx.account_get(Scope::All, &row.username).await?.is_some_and(|now| now.generation == row.generation);
    if !unchanged || tx.job_unfinished(&row.username).await? > 0 {
        return Ok(false);
    }
    tx.account_delete(&row.username).await?;
    tx.commit().await?;
    Ok(true)
}
