//! What of an account answers now: before it is moved, so that the same is demanded of it afterwards, and no more. A site whose own
//! program fails, and an app that is ill, are no reason to refuse their account another name.

use crate::daemon::Daemon;
use nusantara_host::web::{PROBE_SOCKET, probe};
use nusantara_plan::rename::Alive;
use nusantara_plan::render::app::unit;
use nusantara_plan::site::sites;
use nusantara_types::AccountSpec;
use nusantara_types::apps::NodeApp;
use std::path::Path;
use std::time::Duration;

/// What takes longer to answer is not waited for, neither now nor afterwards.
const PATIENCE: Duration = Duration::from_secs(5);
/// Sites that are asked; of an account with more, the first of them stand for all.
const MOST: usize = 50;

/// Looks.
pub(crate) async fn look(d: &Daemon, spec: &AccountSpec) -> Alive {
    let names: Vec<_> = sites(spec).iter().take(MOST).map(|site| site.settled().clone()).collect();
    let answers = names.iter().map(|domain| probe(Path::new(PROBE_SOCKET), domain, PATIENCE));
    let answers = futures_util::future::join_all(answers).await;
    let well = |answer: &Result<u16, _>| matches!(answer, Ok(status) if !(500..=599).contains(status));
    let sites = names.into_iter().zip(&answers).filter(|(_, answer)| well(answer)).map(|(name, _)| name).collect();
    let mut apps = std::collections::BTreeSet::new();
    for app in spec.services.nodejs.apps.iter().filter(|app| app.enabled) {
        if is_well(d, spec, app).await {
            apps.insert(app.name.clone());
        }
    }
    Alive { sites, apps }
}

async fn is_well(d: &Daemon, spec: &AccountSpec, app: &NodeApp) -> bool {
    for number in 0..app.instances {
        let active = d.systemd.is_active(&unit(&spec.account.username, &app.name, number)).await;
        if !active.unwrap_or(false) {
            return false;
        }
    }
    true
}
