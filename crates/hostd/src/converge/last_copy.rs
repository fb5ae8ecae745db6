//! The last copy of an account that is about to be deleted: written by the account itself, in its slice and a sandbox that shows
//! nothing but its home; root only opens the file it goes into, and says when it is whole.

use super::quota;
use crate::daemon::Daemon;
use crate::lines;
use crate::state::{last_copies, traffic};
use chrono::SecondsFormat;
use nusantara_facts::disk;
use nusantara_host::HostError;
use nusantara_host::apps::measure_home;
use nusantara_host::replace::{self, Access};
use nusantara_plan::change::Owner;
use nusantara_plan::render::last_copy::{PATIENCE, dropin, unit};
use nusantara_proto::host::{ErrorCode, OperationError};
use nusantara_types::Timestamp;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

/// Where drop-ins lie that a reboot may take.
const UNITS: &str = "/run/systemd/system";
/// What a copy never takes of a disk: others have to write there too.
const LEFT_FREE: u64 = 128 * 1024 * 1024;
/// What a copy may need besides what the home has on the disk.
const MORE: u64 = 16 * 1024 * 1024;
/// How much of what tar says is told.
const MOST_LINES: u32 = 5;

/// Bytes that copies under way may still write.
static PROMISED: AtomicU64 = AtomicU64::new(0);

/// Room that one copy may take, until it is over.
struct Room(u64);

impl Drop for Room {
    fn drop(&mut self) {
        PROMISED.fetch_sub(self.0, Ordering::Relaxed);
    }
}

/// Makes the copy, unless it is there already, as it is after a crash that came later.
///
/// # Errors
/// [`ErrorCode::CopyFailed`] with a sentence that says why. There is no half of a copy then.
pub(super) async fn keep(d: &Daemon, owner: &Owner, asked_at: Timestamp) -> Result<(), OperationError> {
    let whole = last_copies::file(&d.folders, &owner.username, asked_at);
    let part = last_copies::part(&d.folders, &owner.username);
    let made = if whole.exists() { Ok(()) } else { make(d, owner, &part, whole).await };
    let tidied = async {
        replace::remove(part).await?;
        replace::remove_dir_flat(dropin_folder(owner)).await
    };
    let tidied = tidied.await.map_err(|e| failed(owner, &e.to_string()));
    made.and(tidied)
}

fn dropin_folder(owner: &Owner) -> PathBuf {
    Path::new(UNITS).join(format!("{}.d", unit(&owner.username)))
}

async fn make(d: &Daemon, owner: &Owner, part: &Path, whole: PathBuf) -> Result<(), OperationError> {
    let Owner { username, uid } = owner;
    let told = |e: HostError| failed(owner, &e.to_string());
    let room = room(d, owner).await?;
    let account = dropin(username, *uid, room.0);
    replace::write(part, "", Access::SECRET).await.map_err(told)?;
    replace::dir(dropin_folder(owner), Access { mode: 0o755, owner: None }).await.map_err(told)?;
    replace::write(dropin_folder(owner).join("50-account.conf"), account, Access::PUBLIC).await.map_err(told)?;
    let unit = unit(username);
    let began = d.now();
    if let Err(error) = d.systemd.run_to_end(&unit, PATIENCE + Duration::from_secs(120)).await {
        let said = said(&unit, began).await;
        let _ = d.systemd.stop(&unit).await;
        let _ = d.systemd.reset_failed(&unit).await;
        return Err(failed(owner, said.as_deref().unwrap_or(&error.to_string())));
    }
    let bytes = replace::seal(part, whole, Access::SECRET).await.map_err(told)?;
    tracing::info!(account = %username, bytes, "a last copy is kept");
    Ok(())
}

/// How large the copy may become: as large as the home where nothing in it can be made smaller, and a little more, for the home may
/// grow meanwhile.
async fn room(d: &Daemon, owner: &Owner) -> Result<Room, OperationError> {
    let Owner { username, uid } = owner;
    let counted = quota::seen(*uid).await.ok().flatten().map(|quota| quota.bytes);
    let home = match counted {
        Some(bytes) => bytes,
        None => match measure_home(username, *uid).await {
            Ok(bytes) => bytes,
            Err(error) => traffic::load(&d.folders, username).disk_bytes.ok_or_else(|| failed(owner, &error.to_string()))?,
        },
    };
    let folder = last_copies::folder(&d.folders);
    let free = disk::usage(&folder).map_err(|e| failed(owner, &e.to_string()))?.free_bytes;
    let wanted = home + home / 8 + MORE;
    // Before it is known whether that is too much: of two that ask at the same time one must see the other.
    let promised = PROMISED.fetch_add(wanted, Ordering::Relaxed);
    let room = Room(wanted);
    if wanted + promised + LEFT_FREE > free {
        let mib = |bytes: u64| bytes.div_ceil(1024 * 1024);
        let (needed, there) = (mib(wanted), mib(free.saturating_sub(promised + LEFT_FREE)));
        let why = format!("it may need {needed} MiB, and in {} there is room for {there} MiB", folder.display());
        return Err(failed(owner, &why));
    }
    Ok(room)
}

/// What tar said of it, if anything.
async fn said(unit: &str, began: Timestamp) -> Option<String> {
    let began = began.to_rfc3339_opts(SecondsFormat::Millis, true);
    let said = lines::of_units(&[unit.to_owned()], MOST_LINES, None).await.ok()?;
    let fresh = said.iter().filter(|(line, _)| *line >= began);
    let told: Vec<String> = fresh.filter_map(|(line, _)| Some(lines::plain(line.split_once(' ')?.1))).collect();
    (!told.is_empty()).then(|| told.join("\n"))
}

fn failed(owner: &Owner, why: &str) -> OperationError {
    let message = format!(
        "no last copy of {} could be made, so nothing was removed; see to what is in the way, or delete it without a last copy",
        owner.username
    );
    OperationError::new(ErrorCode::CopyFailed, message).detail(why)
}
