//! Puts PHP to sleep: a service that has answered nothing for some minutes is stopped. Its socket stays with systemd, and the next
//! request wakes it.

use crate::daemon::Daemon;
use std::collections::HashMap;
use std::time::Duration;

/// How often it looks.
const EVERY: Duration = Duration::from_secs(60);
const SERVICES: &str = "nusantara-php*@*.service";

/// How long a service has been seen idle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Quiet {
    /// Requests it had answered.
    requests: u64,
    /// For how many looks in a row.
    minutes: u16,
}

/// Looks every minute, for ever.
pub(crate) async fn run(d: &Daemon) {
    let patience = d.config.php_idle_stop_minutes;
    let mut quiet: HashMap<String, Quiet> = HashMap::new();
    loop {
        tokio::time::sleep(EVERY).await;
        match look(d, &quiet).await {
            Ok(seen) => quiet = seen,
            Err(error) => tracing::warn!(%error, "the PHP services could not be looked at"),
        }
        let due: Vec<String> = quiet.iter().filter(|(_, quiet)| quiet.minutes >= patience).map(|(unit, _)| unit.clone()).collect();
        for unit in due {
            quiet.remove(&unit);
            match d.systemd.stop(&unit).await {
                Ok(()) => tracing::debug!(unit, "idle PHP stopped"),
                Err(error) => tracing::warn!(unit, %error, "idle PHP could not be stopped"),
            }
        }
    }
}

async fn look(d: &Daemon, before: &HashMap<String, Quiet>) -> Result<HashMap<String, Quiet>, nusantara_host::HostError> {
    let mut seen = HashMap::new();
    for unit in d.systemd.list_units(SERVICES).await?.into_iter().filter(|unit| unit.active_state == "active") {
        let status = d.systemd.status_text(&unit.name).await?;
        if let Some(quiet) = since(before.get(&unit.name), &status) {
            seen.insert(unit.name, quiet);
        }
    }
    Ok(seen)
}

/// What a look adds to the one before; `None` while requests are being answered. `status` is what php-fpm tells systemd every ten
/// seconds, `Processes active: 0, idle: 2, Requests: 15, slow: 0, Traffic: 0.1req/sec`. An account that lies here keeps its PHP
/// awake, or has it stopped: nobody else's.
fn since(before: Option<&Quiet>, status: &str) -> Option<Quiet> {
    let number = |name: &str| status.split(", ").find_map(|part| part.strip_prefix(name)?.parse::<u64>().ok());
    let requests = number("Requests: ")?;
    let minutes = before.filter(|before| before.requests == requests).map_or(0, |before| before.minutes);
    (number("Processes active: ") == Some(0)).then_some(Quiet { requests, minutes: minutes.saturating_add(1) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(active: u32, requests: u64) -> String {
        format!("Processes active: {active}, idle: 2, Requests: {requests}, slow: 0, Traffic: 0.1req/sec")
    }

    #[test]
    fn only_who_answers_nothing_is_quiet() {
        let first = since(None, &status(0, 7)).unwrap();
        assert_eq!(first, Quiet { requests: 7, minutes: 1 });
        let second = since(Some(&first), &status(0, 7)).unwrap();
        assert_eq!(second.minutes, 2);
        assert_eq!(since(Some(&second), &status(0, 8)).unwrap().minutes, 1, "it has answered one in between");
        assert_eq!(since(Some(&second), &status(1, 7)), None, "it is at work");
        assert_eq!(since(None, "Ready to handle connections"), None, "it has just started");
        assert_eq!(since(None, ""), None);
    }
}
