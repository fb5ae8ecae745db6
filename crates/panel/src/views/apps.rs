//! Apps as the client sees them.

use nusantara_api::apps::{App, AppList, InstanceState};
use nusantara_proto::host::{self, AppState};
use nusantara_types::apps::{EnvValue, NodeApp};
use std::collections::BTreeMap;

/// What stands for a value that the caller may not see.
const HIDDEN: &str = "***";

/// The apps of a spec with how they are, in order of name.
///
/// Environments hold what is nobody else's business: a caller who may not change apps sees the names of the variables only.
pub(crate) fn list(mut apps: Vec<NodeApp>, states: Vec<AppState>, may_change: bool) -> AppList {
    let mut states: BTreeMap<_, _> = states.into_iter().map(|state| (state.name, state.instances)).collect();
    apps.sort_by(|a, b| a.name.cmp(&b.name));
    let hidden = EnvValue::try_from(HIDDEN.to_owned()).ok().filter(|_| !may_change);
    let view = |mut app: NodeApp| {
        if let Some(hidden) = &hidden {
            app.env.values_mut().for_each(|value| value.clone_from(hidden));
        }
        let instances = states.remove(&app.name).unwrap_or_default();
        App::new(app, instances.into_iter().map(instance).collect())
    };
    AppList { items: apps.into_iter().map(view).collect() }
}

fn instance(state: host::InstanceState) -> InstanceState {
    let host::InstanceState { state, sub_state, since, restarts, memory_bytes, ended } = state;
    InstanceState { state, sub_state, since, restarts, memory_bytes, ended }
}
