//! How supervised apps are.

use nusantara_types::{AppName, Timestamp};
use serde::{Deserialize, Serialize};

/// How an app is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AppState {
    /// Its name.
    pub name: AppName,
    /// Its instances, in order.
    pub instances: Vec<InstanceState>,
}

/// How an instance of an app is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct InstanceState {
    /// systemd's word: `active`, `activating`, `failed`, `inactive`, `deactivating`.
    pub state: String,
    /// systemd's finer word, such as `running` or `auto-restart`.
    pub sub_state: String,
    /// When it last came into this state.
    pub since: Option<Timestamp>,
    /// How often systemd has started it again.
    pub restarts: u32,
    /// Bytes of memory it has.
    pub memory_bytes: Option<u64>,
    /// How it ended, when it ended: an exit status or a signal, in words.
    pub ended: Option<String>,
}
