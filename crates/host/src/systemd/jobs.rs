//! Starting and stopping, and waiting until it is done.

use super::bus::{Bus, JobRemovedStream, ManagerProxy, Retry, explain};
use crate::{HostError, HostErrorKind, Result};
use futures_util::StreamExt;
use std::collections::HashMap;
use std::time::Duration;
use zbus::OwnedObjectPath;

/// Longest wait for a job. systemd itself gives up on a unit after 90 seconds by default, twice when it has to kill.
const PATIENCE: Duration = Duration::from_secs(200);

#[derive(Debug, Clone, Copy)]
pub(super) enum Verb {
    Start,
    Stop,
    Reload,
}

/// Queues the job and waits for its end, as long as systemd may take for ordinary units.
pub(super) async fn run(bus: &Bus, verb: Verb, unit: &str) -> Result<()> {
    run_within(bus, verb, unit, PATIENCE).await
}

/// The same, with another patience.
pub(super) async fn run_within(bus: &Bus, verb: Verb, unit: &str, patience: Duration) -> Result<()> {
    let what = || match verb {
        Verb::Start => format!("start {unit}"),
        Verb::Stop => format!("stop {unit}"),
        Verb::Reload => format!("reload {unit}"),
    };
    let mut retry = Retry::default();
    let waited = tokio::time::timeout(patience, async {
        loop {
            let manager = bus.manager().await?;
            match attempt(bus, &manager, verb, unit).await {
                // Starting what is started and stopping what is stopped ends at once, so the whole job may be asked for again.
                Err(e) if retry.again(&e).await => {}
                other => return other.map_err(|e| explain(what(), &e)),
            }
        }
    });
    let result = waited.await.map_err(|_| HostError::new(HostErrorKind::Timeout, what()))??;
    match result.as_str() {
        "done" => Ok(()),
        other => {
            let hint = format!("systemd says \"{other}\"; `journalctl -u {unit}` has the reason");
            Err(HostError::new(HostErrorKind::Tool, what()).detail(hint))
        }
    }
}

/// One try over one connection; answers with the job's result.
async fn attempt(bus: &Bus, manager: &ManagerProxy<'_>, verb: Verb, unit: &str) -> zbus::Result<String> {
    let turn = bus.turn().await;
    // Listening begins before the job does, or a quick end would be missed. The proxy checks that signals come from systemd:
    // anybody may send some to this connection.
    let mut removed = manager.receive_job_removed().await?;
    let mut ended = HashMap::new();
    let job = {
        let call = async {
            match verb {
                Verb::Start => manager.start_unit(unit, "replace").await,
                Verb::Stop => manager.stop_unit(unit, "replace").await,
                Verb::Reload => manager.reload_or_restart_unit(unit, "replace").await,
            }
        };
        tokio::pin!(call);
        // Signals are read while the answer is awaited: a full queue of them would keep the answer from coming in.
        loop {
            tokio::select! {
                job = &mut call => break job?,
                signal = next(&mut removed) => {
                    let (job, result) = signal?;
                    ended.insert(job, result);
                }
            }
        }
    };
    // What is left to wait for is a signal, which the bus does not count.
    drop(turn);
    if let Some(result) = ended.remove(&job) {
        return Ok(result);
    }
    loop {
        let (other, result) = next(&mut removed).await?;
        if other == job {
            return Ok(result);
        }
    }
}

async fn next(removed: &mut JobRemovedStream) -> zbus::Result<(OwnedObjectPath, String)> {
    match removed.next().await {
        Some(signal) => {
            let args = signal.args()?;
            Ok((args.job().clone(), args.result().clone()))
        }
        None => Err(zbus::Error::InputOutput(std::sync::Arc::new(std::io::ErrorKind::ConnectionReset.into()))),
    }
}
