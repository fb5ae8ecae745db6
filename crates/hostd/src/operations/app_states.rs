//! How the apps of an account are, in systemd's words.

use super::no_account;
use crate::daemon::Daemon;
use crate::state::host_failed;
use crate::state::specs::broken;
use chrono::DateTime;
use nusantara_host::systemd::ServiceState;
use nusantara_plan::render::app::unit;
use nusantara_proto::host::{Answer, AppState, InstanceState, OperationError};
use nusantara_types::Username;

pub(super) async fn run(d: &Daemon, username: &Username) -> Result<Answer, OperationError> {
    if d.uid_of(username).is_none() || !d.specs.exists(username) {
        return Err(no_account(username));
    }
    let spec = d.specs.read(username).map_err(|e| broken(&e))?;
    let mut apps = Vec::new();
    for app in &spec.services.nodejs.apps {
        let units: Vec<String> = (0..app.instances).map(|number| unit(username, &app.name, number)).collect();
        let states = futures_util::future::try_join_all(units.iter().map(|unit| d.systemd.service_state(unit)));
        let instances = states.await.map_err(|e| host_failed(&e))?.into_iter().map(instance).collect();
        apps.push(AppState { name: app.name.clone(), instances });
    }
    apps.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(Answer::Apps { apps })
}

fn instance(state: ServiceState) -> InstanceState {
    let since = i64::try_from(state.since_usec).ok().filter(|usec| *usec > 0).and_then(DateTime::from_timestamp_micros);
    InstanceState {
        state: state.active_state,
        sub_state: state.sub_state,
        since,
        restarts: state.restarts,
        memory_bytes: state.memory_bytes,
        ended: state.ended,
    }
}
