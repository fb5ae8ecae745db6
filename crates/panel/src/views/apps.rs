//! Apps as the client sees them.

use nusantara_api::apps::{App, AppList, InstanceState};
use nusantara_proto::host::{self, AppState};
use nusantara_types::apps::NodeApp;
use std::collections::BTreeMap;

/// The apps of a spec with how they are, in order of name.
pub(crate) fn list(mut apps: Vec<NodeApp>, states: Vec<AppState>) -> AppList {
    let mut states: BTreeMap<_, _> = states.into_iter().map(|state| (state.name, state.instances)).collect();
    apps.sort_by(|a, b| a.name.cmp(&b.name));
    let view = |app: NodeApp| {
        let instances = states.remove(&app.name).unwrap_or_default();
        App::new(app, instances.into_iter().map(instance).collect())
    };
    AppList { items: apps.into_iter().map(view).collect() }
}

fn instance(state: host::InstanceState) -> InstanceState {
    let host::InstanceState { state, sub_state, since, restarts, memory_bytes, ended } = state;
    InstanceState { state, sub_state, since, restarts, memory_bytes, ended }
}
