//! First run: one admin, made by whoever can read a file that only root and the panel can read (SECURITY R24).

use super::tokens;
use nusantara_store::{Store, StoreError, Tx};
use nusantara_types::Timestamp;
use std::io::{ErrorKind, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

/// Where the token's SHA-256 is kept.
const SETTING: &str = "setup.token";

/// Whether the first run is over, and its token until then.
#[derive(Debug)]
pub(crate) struct Setup {
    done: AtomicBool,
    file: PathBuf,
}

impl Setup {
    /// Makes the token when there is no admin yet and none was made before.
    pub(crate) async fn prepare(store: &Store, state_dir: &Path, now: Timestamp) -> Result<Self, String> {
        let file = state_dir.join("setup-token");
        let done = store.user_count().await.map_err(|e| e.to_string())? > 0;
        if !done {
            let kept = store.setting_get(SETTING).await.map_err(|e| e.to_string())?;
            let known = std::fs::read_to_string(&file).ok().map(|text| tokens::stored(text.trim()));
            if kept.is_none() || known != kept {
                renew(store, &file, now).await?;
            }
            tracing::info!("waiting for the first admin: `nusantara setup-token` prints the one-time token");
        }
        Ok(Self { done: AtomicBool::new(done), file })
    }

    /// Whether an admin exists.
    pub(crate) fn is_done(&self) -> bool {
        self.done.load(Ordering::Acquire)
    }

    /// The token, for root at the local socket.
    pub(crate) fn token(&self) -> std::io::Result<String> {
        Ok(std::fs::read_to_string(&self.file)?.trim().to_owned())
    }

    /// Takes the token out of `tx`, so that it works once; `false` when it is not the one or is gone.
    pub(crate) async fn spend(&self, tx: &Tx, token: &str) -> Result<bool, StoreError> {
        let Some(kept) = tx.setting_get(SETTING).await? else { return Ok(false) };
        if tx.user_count().await? > 0 || !tokens::same(&tokens::stored(token), &kept) {
            return Ok(false);
        }
        tx.setting_delete(SETTING).await
    }

    /// Whether a token is the right one, without spending it.
    pub(crate) async fn matches(&self, store: &Store, token: &str) -> Result<bool, StoreError> {
        let kept = store.setting_get(SETTING).await?;
        Ok(kept.is_some_and(|kept| tokens::same(&tokens::stored(token), &kept)))
    }

    /// Says that an admin exists now.
    pub(crate) fn finished(&self) {
        self.done.store(true, Ordering::Release);
        match std::fs::remove_file(&self.file) {
            Err(error) if error.kind() != ErrorKind::NotFound => tracing::warn!(%error, "the spent setup token could not be removed"),
            _ => {}
        }
    }
}

async fn renew(store: &Store, file: &Path, now: Timestamp) -> Result<(), String> {
    let token = tokens::generate();
    let tx = store.begin().await.map_err(|e| e.to_string())?;
    tx.setting_set(SETTING, &tokens::stored(&token), now).await.map_err(|e| e.to_string())?;
    write_private(file, &format!("{token}\n")).map_err(|e| format!("{}: {e}", file.display()))?;
    tx.commit().await.map_err(|e| e.to_string())?;
    // DESIGN section 7 wants it in the journal too: whoever reads root's journal could read the file.
    tracing::info!("the one-time setup token is {token}");
    Ok(())
}

/// The file is replaced as a whole and is never readable by others, not even for a moment.
fn write_private(file: &Path, text: &str) -> std::io::Result<()> {
    let temporary = file.with_extension("tmp");
    let _ = std::fs::remove_file(&temporary);
    let mut out = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&temporary)?;
    out.write_all(text.as_bytes())?;
    out.sync_all()?;
    std::fs::rename(&temporary, file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use nusantara_types::{Clock, SystemClock};
    use std::os::unix::fs::MetadataExt;

    #[tokio::test]
    async fn the_token_survives_a_restart_and_is_made_anew_when_lost() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&format!("sqlite://{}/p.db", folder.path().display())).await.unwrap();
        let prepare = async || Setup::prepare(&store, folder.path(), SystemClock.now()).await.unwrap();
        let setup = prepare().await;
        let token = setup.token().unwrap();
        assert_eq!(std::fs::metadata(folder.path().join("setup-token")).unwrap().mode() & 0o777, 0o600);
        assert!(setup.matches(&store, &token).await.unwrap());
        assert_eq!(prepare().await.token().unwrap(), token);
        std::fs::remove_file(folder.path().join("setup-token")).unwrap();
        let anew = prepare().await;
        assert_ne!(anew.token().unwrap(), token);
        assert!(!anew.matches(&store, &token).await.unwrap(), "the lost one is dead");
        let tx = store.begin().await.unwrap();
        assert!(!anew.spend(&tx, &token).await.unwrap());
        assert!(anew.spend(&tx, &anew.token().unwrap()).await.unwrap());
        assert!(!anew.spend(&tx, &anew.token().unwrap()).await.unwrap(), "it works once");
    }
}
