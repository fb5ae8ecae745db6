//! Puts PHP to sleep: a service that had only its master process for some minutes is stopped. Its socket stays with systemd, and
//! the next request wakes it.

use crate::daemon::Daemon;
use std::collections::HashMap;
use std::time::Duration;

/// How often it looks.
const EVERY: Duration = Duration::from_secs(60);
const SERVICES: &str = "nusantara-php*@*.service";

/// Looks every minute, for ever.
pub(crate) async fn run(d: &Daemon) {
    let patience = d.config.php_idle_stop_minutes;
    let mut quiet: HashMap<String, u16> = HashMap::new();
    loop {
        tokio::time::sleep(EVERY).await;
        match look(d, &quiet).await {
            Ok(seen) => quiet = seen,
            Err(error) => tracing::warn!(%error, "the PHP services could not be looked at"),
        }
        let due: Vec<String> = quiet.iter().filter(|(_, minutes)| **minutes >= patience).map(|(unit, _)| unit.clone()).collect();
        for unit in due {
            quiet.remove(&unit);
            match d.systemd.stop(&unit).await {
                Ok(()) => tracing::debug!(unit, "idle PHP stopped"),
                Err(error) => tracing::warn!(unit, %error, "idle PHP could not be stopped"),
            }
        }
    }
}

/// For how many minutes each running service has had nothing but its master: a worker is there from a request until ten seconds
/// after it.
async fn look(d: &Daemon, before: &HashMap<String, u16>) -> Result<HashMap<String, u16>, nusantara_host::HostError> {
    let mut seen = HashMap::new();
    for unit in d.systemd.list_units(SERVICES).await? {
        if unit.active_state == "active" && d.systemd.unit_tasks(&unit.name).await? <= 1 {
            let minutes = before.get(&unit.name).map_or(1, |m| m.saturating_add(1));
            seen.insert(unit.name, minutes);
        }
    }
    Ok(seen)
}
