//! How large the databases of an account are.

use super::no_account;
use crate::converge::databases::failed;
use crate::daemon::Daemon;
use crate::state::specs::broken;
use nusantara_host::databases;
use nusantara_plan::render::databases::names;
use nusantara_proto::host::{Answer, DatabaseList, DatabaseState, OperationError};
use nusantara_types::Username;

pub(super) async fn run(d: &Daemon, username: &Username) -> Result<Answer, OperationError> {
    if d.index.get(username).is_none() || !d.specs.exists(username) {
        return Err(no_account(username));
    }
    let wanted = names(&d.specs.read(username).map_err(|e| broken(&e))?);
    let (server, sizes) = match databases::sizes(&wanted).await {
        Ok((version, sizes)) => (Some(version), sizes),
        // What is listed can be seen also where no server answers.
        Err(error) if databases::is_away(&error) => Default::default(),
        Err(error) => return Err(failed(&error)),
    };
    let state = |name: nusantara_types::DatabaseName| {
        let (bytes, tables) = sizes.get(&name).copied().unzip();
        DatabaseState { name, bytes, tables }
    };
    Ok(Answer::Databases(DatabaseList { server, databases: wanted.into_iter().map(state).collect() }))
}
