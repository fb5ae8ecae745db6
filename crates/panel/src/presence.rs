//! Whether the database is there. One watches and says so once when it goes and once when it comes back; whoever else meets it away
//! tries again later and is quiet about it. Meanwhile requests that need it are refused at the door, with when to come back.

use crate::app::App;
use nusantara_jobs::Tasks;
use nusantara_store::{Store, StoreError};
use std::time::Duration;

/// How often it is looked at without a reason.
const EVERY: Duration = Duration::from_secs(10);
/// How often while it is away.
const AWAY_EVERY: Duration = Duration::from_millis(500);

/// Watches until the process ends.
pub(crate) async fn watch(app: App, tasks: Tasks) {
    loop {
        tokio::select! {
            () = app.store.doubted() => {}
            () = tokio::time::sleep(EVERY) => {}
            () = tasks.stopped() => return,
        }
        if app.store.look().await {
            continue;
        }
        tracing::warn!("the database does not answer; what needs it is refused until it does");
        while !app.store.look().await {
            tokio::select! { () = tokio::time::sleep(AWAY_EVERY) => {}, () = tasks.stopped() => return }
        }
        tracing::info!("the database answers again");
        app.engine.nudge();
    }
}

/// Opens a database that is not there yet, as after a boot at which its server starts later than the panel.
pub(crate) async fn wait(url: &str) -> Result<Store, StoreError> {
    loop {
        tokio::time::sleep(AWAY_EVERY).await;
        match Store::open(url).await {
            Err(error) if error.is_away() => {}
            opened => return opened,
        }
    }
}
