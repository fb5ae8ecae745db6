//! Which addresses reach the panel at all. Nobody may name a list that leaves themselves out; root at the local socket is never
//! asked, and can clear it.

use crate::http::{ApiError, ApiResult};
use nusantara_api::ProblemCode;
use nusantara_store::{Store, StoreError, Tx};
use nusantara_types::{Network, Timestamp};
use std::net::IpAddr;
use std::sync::{PoisonError, RwLock};
use tokio::sync::Mutex;

const SETTING: &str = "access.networks";

/// The networks; all addresses when there are none.
#[derive(Debug, Default)]
pub(crate) struct Access {
    networks: RwLock<Vec<Network>>,
    /// Held from the commit of a change until it binds here, and while what is kept is read: what was read before never replaces it.
    turn: Mutex<()>,
}

impl Access {
    /// As it was last set.
    pub(crate) async fn load(store: &Store) -> Result<Self, String> {
        let networks = read(store).await.map_err(|e| e.to_string())?;
        Ok(Self { networks: RwLock::new(networks), turn: Mutex::default() })
    }

    /// Takes over what another panel may have set.
    pub(crate) async fn read_anew(&self, store: &Store) -> Result<(), StoreError> {
        let _turn = self.turn.lock().await;
        let networks = read(store).await?;
        *self.networks.write().unwrap_or_else(PoisonError::into_inner) = networks;
        Ok(())
    }

    /// The networks.
    pub(crate) fn networks(&self) -> Vec<Network> {
        self.networks.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Refuses an address that is not among them.
    pub(crate) fn check(&self, address: IpAddr) -> ApiResult<()> {
        let networks = self.networks.read().unwrap_or_else(PoisonError::into_inner);
        if networks.is_empty() || networks.iter().any(|network| network.contains(address)) {
            return Ok(());
        }
        Err(ApiError::new(ProblemCode::Forbidden, "This panel does not answer to the network you are in."))
    }

    /// Writes the list into `tx` and commits that; the list holds from then on.
    pub(crate) async fn commit(&self, tx: Tx, networks: Vec<Network>, now: Timestamp) -> Result<(), StoreError> {
        tx.setting_set(SETTING, &serde_json::json!(networks).to_string(), now).await?;
        let _turn = self.turn.lock().await;
        tx.commit().await?;
        *self.networks.write().unwrap_or_else(PoisonError::into_inner) = networks;
        Ok(())
    }
}

async fn read(store: &Store) -> Result<Vec<Network>, StoreError> {
    let Some(text) = store.setting_get(SETTING).await? else { return Ok(Vec::new()) };
    serde_json::from_str(&text).map_err(|why| StoreError::Corrupt { what: "access.networks", why: why.to_string() })
}
