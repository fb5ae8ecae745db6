//! Which addresses reach the panel at all. Nobody may name a list that leaves themselves out; root at the local socket is never
//! asked, and can clear it.

use crate::http::{ApiError, ApiResult};
use nusantara_api::ProblemCode;
use nusantara_store::{Store, StoreError, Tx};
use nusantara_types::{Network, Timestamp};
use std::net::IpAddr;
use std::sync::{PoisonError, RwLock};

const SETTING: &str = "access.networks";

/// The networks; all addresses when there are none.
#[derive(Debug, Default)]
pub(crate) struct Access(RwLock<Vec<Network>>);

impl Access {
    /// As it was last set.
    pub(crate) async fn load(store: &Store) -> Result<Self, String> {
        let kept = store.setting_get(SETTING).await.map_err(|e| e.to_string())?;
        let networks = match kept {
            Some(text) => serde_json::from_str(&text).map_err(|e| format!("the setting {SETTING}: {e}"))?,
            None => Vec::new(),
        };
        Ok(Self(RwLock::new(networks)))
    }

    /// The networks.
    pub(crate) fn networks(&self) -> Vec<Network> {
        self.0.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Refuses an address that is not among them.
    pub(crate) fn check(&self, address: IpAddr) -> ApiResult<()> {
        let networks = self.0.read().unwrap_or_else(PoisonError::into_inner);
        if networks.is_empty() || networks.iter().any(|network| network.contains(address)) {
            return Ok(());
        }
        Err(ApiError::new(ProblemCode::Forbidden, "This panel does not answer to the network you are in."))
    }

    /// Writes the list into `tx`; it holds once [`Access::put`] was called after the commit.
    pub(crate) async fn write(tx: &Tx, networks: &[Network], now: Timestamp) -> Result<(), StoreError> {
        tx.setting_set(SETTING, &serde_json::json!(networks).to_string(), now).await
    }

    /// Holds from now on.
    pub(crate) fn put(&self, networks: Vec<Network>) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = networks;
    }
}
