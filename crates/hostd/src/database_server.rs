//! What MariaDB is set to on a host whose accounts share it (SECURITY R31): a file of ours beside its own, which the server has judged
//! before it lies there, and none of the doors that a fresh installation leaves open.

use crate::converge::databases::{MISSING, failed};
use crate::daemon::Daemon;
use nusantara_host::replace::{self, Access};
use nusantara_host::{HostError, databases};
use nusantara_plan::paths;
use nusantara_plan::render::databases::SETTINGS;
use nusantara_proto::host::{ErrorCode, OperationError};
use std::path::Path;

/// The server's unit.
const UNIT: &str = "mariadb.service";

/// Whether the file is there as it should be.
pub(crate) fn is_in_place() -> bool {
    std::fs::read_to_string(paths::MARIADB_SETTINGS).is_ok_and(|text| text == SETTINGS)
}

/// What is looked for in drift: whether the running server is set so, and has no door open; none where it is not installed or silent.
pub(crate) async fn is_guarded() -> Result<Option<bool>, HostError> {
    match databases::is_guarded().await {
        Ok(guarded) => Ok(Some(guarded)),
        Err(error) if databases::is_away(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Sees to it, when the host has a server. Once: where all is in place it only looks.
///
/// # Errors
/// [`ErrorCode::DatabaseServerMissing`] where there is no server; else why it cannot be made safe for many. It runs as before then.
pub(crate) async fn provide(d: &Daemon) -> Result<(), OperationError> {
    if !databases::installed() {
        return Err(OperationError::new(ErrorCode::DatabaseServerMissing, MISSING));
    }
    let mut overruled = d.databases.lock().await;
    let written = !is_in_place();
    if written {
        write().await.map_err(|e| failed(&e))?;
    }
    if !written && databases::is_guarded().await.map_err(|e| failed(&e))? {
        *overruled = false;
        return Ok(());
    }
    let mut set = databases::is_set().await.map_err(|e| failed(&e))?;
    // Everybody's sessions end with it: not again where it did not help.
    if !set && (written || !*overruled) {
        restart(d, written).await?;
        set = databases::is_set().await.map_err(|e| failed(&e))?;
    }
    *overruled = !set;
    databases::close_doors().await.map_err(|e| failed(&e))?;
    if !set {
        let message = "another file of the database server's configuration overrules ours, and lets SQL reach files of the host; take \
                       local_infile, symbolic_links and secure_file_priv out of it and restart mariadb.service";
        return Err(OperationError::new(ErrorCode::HostFailed, message).detail(paths::MARIADB_SETTINGS));
    }
    tracing::info!("the database server is set up for accounts that share it");
    Ok(())
}

/// Writes the file, when the server takes it.
async fn write() -> Result<(), HostError> {
    databases::test_settings(SETTINGS).await?;
    if let Some(folder) = Path::new(paths::MARIADB_SETTINGS).parent() {
        replace::dir(folder, Access { mode: 0o755, owner: None }).await?;
    }
    replace::write(paths::MARIADB_SETTINGS, SETTINGS, Access::PUBLIC).await
}

/// Some of it is read at the server's start only. A server that does not start with it gets its own settings back.
async fn restart(d: &Daemon, written: bool) -> Result<(), OperationError> {
    let again = async || {
        d.systemd.stop(UNIT).await?;
        d.systemd.start(UNIT).await
    };
    let Err(error) = again().await else { return Ok(()) };
    if written {
        let back = async {
            replace::remove(paths::MARIADB_SETTINGS).await?;
            again().await
        };
        if let Err(error) = back.await {
            tracing::error!(%error, "the database server does not start any more");
        }
    }
    Err(failed(&error))
}

/// At hostd's start: what cannot be done is said, and again when somebody wants a database.
pub(crate) async fn provide_at_start(d: &Daemon) {
    if !databases::installed() {
        return;
    }
    if let Err(error) = provide(d).await {
        tracing::warn!(%error, detail = error.detail, "the database server is not set up for accounts");
    }
}
