//! What moves when an account gets another name. Each of these is safe to repeat, from any half state, and goes back with the names
//! exchanged.

use super::apply::spoiled;
use super::run::Work;
use crate::daemon::Daemon;
use crate::operations::without_counting;
use crate::state::revisions::Revisions;
use crate::state::{failpoints, host_failed, logins, traffic};
use crate::web::NotLive;
use nusantara_host::web::ConfFile;
use nusantara_host::{HostError, apps, cron, replace};
use nusantara_proto::host::OperationError;
use nusantara_types::{AccountSpec, Username};
use std::path::PathBuf;

/// The new folder appears whole before the old one goes.
pub(super) async fn spec(d: &Daemon, before: &AccountSpec, after: &AccountSpec) -> Result<(), HostError> {
    if d.specs.exists(&after.account.username) {
        d.specs.update(after).await?;
    } else {
        d.specs.create(after).await?;
    }
    d.specs.remove(&before.account.username).await
}

/// Comes after the spec: whoever counts or writes logins down looks first whether that is still there.
pub(super) async fn files(d: &Daemon, from: &Username, to: &Username, uid: u32) -> Result<(), HostError> {
    Revisions::of(&d.folders, from).rename(&Revisions::of(&d.folders, to)).await?;
    cron::runs_rename(from, to).await?;
    replace_rename(logins::file(&d.folders, from), logins::file(&d.folders, to)).await?;
    without_counting(replace_rename(traffic::file(&d.folders, from), traffic::file(&d.folders, to))).await?;
    // Its apps have ended, and the folder of the other name is made when one of them starts.
    apps::folder_remove(from, uid).await
}

/// What an earlier account of that name left is not the account's.
async fn replace_rename(from: PathBuf, to: PathBuf) -> Result<(), HostError> {
    if from.exists() {
        replace::remove(&to).await?;
    }
    replace::rename(from, to).await
}

/// Both files change in one test and one reload, and the logs are found under both names until it is over: whatever is live, the web
/// server can open what it names.
pub(super) async fn web(
    d: &Daemon,
    work: &Work,
    (from, before): (&Username, Option<&str>),
    (to, after): (&Username, Option<&str>),
) -> Result<Vec<String>, OperationError> {
    let failed = |e: HostError| host_failed(&e);
    if let Some(spec) = work.spec.as_ref().filter(|spec| &spec.account.username == to) {
        super::app::sockets_for_sites(d, spec).await.map_err(failed)?;
    }
    d.logs.rename(from, to).await.map_err(failed)?;
    d.logs.create(to, d.web_user.1).await.map_err(failed)?;
    let live = |name: &Username| std::fs::read_to_string(d.folders.vhost(name)).ok();
    tracing::debug!(%from, %to, replaces = before.is_some(), "vhosts get another name");
    if live(from).is_some() || live(to).as_deref() != after {
        let mut text = after.map(|text| spoiled(work, text));
        if failpoints::vhost_garbage(to.as_str()) {
            text.iter_mut().for_each(|text| text.extend(b"nusantara_garbage on;\n"));
        }
        let changes = vec![(ConfFile::Site(from.clone()), None), (ConfFile::Site(to.clone()), text)];
        d.web.change_together(changes, work.announced()).await.map_err(NotLive::into_error)?;
    }
    d.logs.forget_link(from).await.map_err(failed)?;
    Ok(Vec::new())
}
