//! What the file system of the homes lets an account own, where it keeps quotas.

use super::Sight;
use crate::daemon::Daemon;
use nusantara_facts::disk::user_quota_device;
use nusantara_host::HostError;
use nusantara_host::quota::{self, Limits, Quota};
use nusantara_plan::account::ObservedQuota;
use nusantara_plan::change::DiskQuota;
use nusantara_types::AccountSpec;
use std::path::{Path, PathBuf};

/// Where the homes are.
const HOMES: &str = "/home";

/// The device of the homes, when quotas are switched on there at the moment.
pub(crate) fn device() -> Option<PathBuf> {
    user_quota_device(Path::new(HOMES))
}

/// Whether limits on disk space bind here.
pub(crate) async fn binds() -> bool {
    seen(nusantara_types::FIRST_ACCOUNT_UID).await.is_ok_and(|quota| quota.is_some())
}

/// What a uid may own and owns; `None` where the file system does not keep count.
pub(crate) async fn seen(uid: u32) -> Result<Option<Quota>, HostError> {
    match device() {
        Some(device) => quota::get(device, uid).await,
        None => Ok(None),
    }
}

/// What is set for a uid.
pub(crate) async fn observe(sight: &Sight, uid: u32) -> Result<ObservedQuota, HostError> {
    let kept = |quota: Quota| ObservedQuota::Kept(quota.limits.map(|l| DiskQuota { kib: l.kib, files: l.files }));
    let Some(device) = sight.quotas() else { return Ok(ObservedQuota::Unkept) };
    Ok(quota::get(device, uid).await?.map_or(ObservedQuota::Unkept, kept))
}

/// Sets it. Where quotas were switched off since it was looked at, there is nothing to set.
pub(super) async fn set(uid: u32, wanted: DiskQuota) -> Result<(), HostError> {
    match device() {
        Some(device) => quota::set(device, uid, Limits { kib: wanted.kib, files: wanted.files }).await,
        None => Ok(()),
    }
}

/// Forgets it.
pub(super) async fn clear(uid: u32) -> Result<(), HostError> {
    match device() {
        Some(device) => quota::clear(device, uid).await,
        None => Ok(()),
    }
}

/// Sets what the limits say where quotas were switched on after the account was made.
pub(crate) async fn refresh(d: &Daemon, spec: &AccountSpec) -> Result<(), HostError> {
    let (uid, wanted) = (spec.account.uid, DiskQuota::from(&spec.limits));
    if d.specs.exists(&spec.account.username) && matches!(observe(&Sight::One, uid).await?, ObservedQuota::Kept(now) if now != Some(wanted))
    {
        set(uid, wanted).await?;
        tracing::info!(account = %spec.account.username, kib = wanted.kib, "the disk quota was set");
    }
    Ok(())
}
