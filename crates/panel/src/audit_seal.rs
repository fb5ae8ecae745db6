//! Has the end of the audit trail signed by the host daemon from time to time, so that nobody can shorten the trail or write it anew
//! later, not even with the database and this process in hand.

use crate::app::App;
use crate::audit_copy::AuditCopy;
use crate::host::{Host, HostError};
use nusantara_jobs::Tasks;
use nusantara_store::Store;
use std::time::Duration;

/// How often, when rows have come.
const EVERY: Duration = Duration::from_secs(300);

/// Seals until the process ends.
pub(crate) async fn keep_sealing(app: App, tasks: Tasks) {
    let mut complained = false;
    loop {
        let sealed = if app.leader.is_me() { seal(&app.store, &app.host, &app.audit_copy).await } else { Ok(false) };
        if let Err(error) = &sealed
            && !complained
            && !matches!(error, Failed::Store(error) if error.is_away())
        {
            // Refused means that the trail is not the one that was sealed: the check says where.
            let refused = matches!(error, Failed::Host(HostError::Refused(_)));
            if refused {
                tracing::error!(%error, "the audit trail could not be sealed: run  nusantara audit verify");
            } else {
                tracing::warn!(%error, "the audit trail could not be sealed; it is tried again");
            }
        }
        complained = sealed.is_err();
        tokio::select! { () = tokio::time::sleep(EVERY) => {}, () = tasks.stopped() => return }
    }
}

/// Why there is no new seal.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failed {
    #[error("the host daemon: {0:?}")]
    Host(HostError),
    #[error("{0}")]
    Store(#[from] nusantara_store::StoreError),
    #[error("{0}")]
    Text(String),
}

/// Seals the newest row, unless it is sealed; whether it was not.
pub(crate) async fn seal(store: &Store, host: &Host, copy: &AuditCopy) -> Result<bool, Failed> {
    let Some((id, hash)) = store.audit_end().await? else { return Ok(false) };
    if store.audit_last_seal().await?.is_some_and(|seal| seal.id == id) {
        return Ok(false);
    }
    let hash = hash.parse().map_err(|e: nusantara_types::Invalid| Failed::Text(e.to_string()))?;
    let seal = host.audit_seal(id, hash).await.map_err(Failed::Host)?;
    store.audit_seal_keep(&seal).await?;
    copy.append_seal(&seal).map_err(|e| Failed::Text(e.to_string()))?;
    Ok(true)
}
