//! What this panel keeps in memory of the database, and another panel on the same one may have changed: which networks reach the panel,
//! and whether somebody has made the first login. Rights are not among it; they are never older than a second (`recent.rs`).

use crate::app::App;
use nusantara_jobs::Tasks;
use nusantara_store::StoreError;
use std::time::Duration;

/// How long a change made elsewhere may take to bind here.
const EVERY: Duration = Duration::from_secs(2);

/// Looks until the process ends. While the database is away nothing is changed elsewhere either.
pub(crate) async fn keep_up(app: App, tasks: Tasks) {
    loop {
        tokio::select! { () = tokio::time::sleep(EVERY) => {}, () = tasks.stopped() => return }
        if app.store.is_away() {
            continue;
        }
        if let Err(error) = look(&app).await
            && !error.is_away()
        {
            tracing::warn!(%error, "what other panels changed could not be read");
        }
    }
}

async fn look(app: &App) -> Result<(), StoreError> {
    app.access.read_anew(&app.store).await?;
    if !app.setup.is_done() && app.store.user_count().await? > 0 {
        app.setup.finished();
    }
    Ok(())
}
