//! Logins, as systemd-logind knows them (org.freedesktop.login1(5)).

use super::Systemd;
use super::bus::explain;
use crate::{HostError, HostErrorKind, Result};
use rustix::process::Signal;
use std::time::{Duration, Instant};
use zbus::OwnedObjectPath;
use zbus::proxy::CacheProperties;

/// How long ended logins may take to be gone.
const PATIENCE: Duration = Duration::from_secs(10);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(50);

#[zbus::proxy(
    interface = "org.freedesktop.login1.Manager",
    default_service = "org.freedesktop.login1",
    default_path = "/org/freedesktop/login1"
)]
trait Logins {
    /// Id, uid, user, seat, object.
    fn list_sessions(&self) -> zbus::Result<Vec<(String, u32, String, String, OwnedObjectPath)>>;
    fn kill_session(&self, id: &str, whom: &str, signal: i32) -> zbus::Result<()>;
    fn terminate_session(&self, id: &str) -> zbus::Result<()>;
}

impl Systemd {
    /// Ends every login of a hosting account with all that runs in it, and waits until they are gone. Its services go on.
    ///
    /// # Errors
    /// [`HostErrorKind::Refused`] for a uid outside the hosting range, [`HostErrorKind::Timeout`] when logins do not go away, else
    /// what logind says.
    pub async fn end_sessions(&self, uid: u32) -> Result<()> {
        super::slice(uid)?;
        let what = || format!("end the logins of uid {uid}");
        let manager = self.bus.manager().await?;
        let logins = LoginsProxy::builder(manager.inner().connection()).cache_properties(CacheProperties::No).build().await;
        let logins = logins.map_err(|e| explain(what(), &e))?;
        let began = Instant::now();
        loop {
            let all = logins.list_sessions().await.map_err(|e| explain(what(), &e))?;
            let ours: Vec<String> = all.into_iter().filter(|session| session.1 == uid).map(|session| session.0).collect();
            if ours.is_empty() {
                return Ok(());
            }
            if began.elapsed() > PATIENCE {
                return Err(HostError::new(HostErrorKind::Timeout, what()));
            }
            for id in ours {
                // Killed first: a shell ignores the request to end, and what a login left running may too. One that has gone by
                // itself meanwhile is an error of no interest; the next look tells.
                let _ = logins.kill_session(&id, "all", Signal::KILL.as_raw()).await;
                let _ = logins.terminate_session(&id).await;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }
}
