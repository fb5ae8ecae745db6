//! Which of the processes that share a database does what only one is to do: asking every account what it uses, removing what is over.

use crate::Tasks;
use chrono::TimeDelta;
use nusantara_store::{Store, StoreError};
use nusantara_types::Clock;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};
use tokio::sync::watch;

/// The lease's name.
const NAME: &str = "background";
/// How long it is had without a sign of life.
const LEASE: Duration = Duration::from_secs(15);
/// How often it is asked for.
const EVERY: Duration = Duration::from_secs(3);

/// Whether this process is the one. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Leader {
    /// Until when that is certain; without it, it always is: nobody else uses the database.
    until: Option<Arc<Mutex<Option<Instant>>>>,
    changed: watch::Sender<bool>,
}

impl Leader {
    /// Asks for the lease as `owner` until the process ends.
    ///
    /// # Errors
    /// What the store says.
    pub async fn start(store: &Store, clock: &Arc<dyn Clock>, owner: &str, tasks: &Tasks) -> Result<Self, StoreError> {
        if !store.is_shared() {
            return Ok(Self { until: None, changed: watch::Sender::new(true) });
        }
        // What an earlier process of the same panel had: there is never another one beside this.
        if let Some((name, _)) = owner.rsplit_once('/') {
            store.lease_release(&format!("{name}/")).await?;
        }
        let until: Arc<Mutex<Option<Instant>>> = Arc::default();
        let leader = Self { until: Some(Arc::clone(&until)), changed: watch::Sender::new(false) };
        let (store, clock, owner, told) = (store.clone(), Arc::clone(clock), owner.to_owned(), leader.changed.clone());
        let stopped = tasks.clone();
        tasks.spawn("leader", async move {
            let mut was = false;
            loop {
                let asked = Instant::now();
                match tokio::time::timeout(EVERY, ask(&store, &*clock, &owner)).await {
                    Ok(Ok(true)) => *until.lock().unwrap_or_else(PoisonError::into_inner) = Some(asked + LEASE - EVERY),
                    Ok(Ok(false)) => *until.lock().unwrap_or_else(PoisonError::into_inner) = None,
                    Ok(Err(error)) => tracing::debug!(%error, "the lease of what only one panel does could not be asked for"),
                    Err(_) => tracing::debug!("the lease of what only one panel does could not be asked for: the database does not answer"),
                }
                let is = until.lock().unwrap_or_else(PoisonError::into_inner).is_some_and(|until| Instant::now() < until);
                if is && !was {
                    tracing::info!("this panel does what only one of them does");
                }
                was = is;
                told.send_if_modified(|told| std::mem::replace(told, is) != is);
                tokio::select! { () = tokio::time::sleep(EVERY) => {}, () = stopped.stopped() => break }
            }
            if was {
                // Others need not wait for the lease to run out; where this cannot be said, they do.
                let _ = store.lease_release(&owner).await;
            }
        });
        Ok(leader)
    }

    /// Whether it is this process, for some seconds to come.
    #[must_use]
    pub fn is_me(&self) -> bool {
        let Some(until) = &self.until else { return true };
        until.lock().unwrap_or_else(PoisonError::into_inner).is_some_and(|until| Instant::now() < until)
    }

    /// Resolves once it is this process.
    pub async fn me(&self) {
        // The sender is here, so this ends only with a yes.
        let _ = self.changed.subscribe().wait_for(|is| *is).await;
    }

    /// Resolves once it is not this process any more.
    pub async fn not_me(&self) {
        let _ = self.changed.subscribe().wait_for(|is| !*is).await;
    }
}

async fn ask(store: &Store, clock: &dyn Clock, owner: &str) -> Result<bool, StoreError> {
    let now = store.time(clock).await?;
    store.lease_take(NAME, owner, now, now + TimeDelta::from_std(LEASE).unwrap_or(TimeDelta::MAX)).await
}
