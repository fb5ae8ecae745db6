//! A pass over many accounts: which of them are not as their files say. What the host holds for all of them is looked at once.

use super::drift::surveyed;
use crate::converge::Sight;
use crate::daemon::Daemon;
use crate::state::host_failed;
use nusantara_proto::codec::MAX_MESSAGE;
use nusantara_proto::host::{Answer, ErrorCode, OperationError, Survey, Surveyed};
use nusantara_types::Username;
use std::collections::BTreeSet;

/// The most accounts of one pass.
const MOST: u32 = 1_000;
/// Accounts that are looked at beside each other.
const BESIDE: usize = 16;
/// Room for the answer, less than a message: what does not fit is looked at in the next pass.
const ROOM: usize = MAX_MESSAGE - 16 * 1024;

pub(super) async fn run(d: &Daemon, after: Option<&Username>, limit: u32) -> Result<Answer, OperationError> {
    if !(1..=MOST).contains(&limit) {
        return Err(OperationError::new(ErrorCode::Invalid, format!("limit must be between 1 and {MOST}")).field("limit"));
    }
    if after.is_none() {
        discover(d).await?;
    }
    let all = d.index.names_with_broken();
    let names: Vec<&Username> = all.iter().filter(|name| after.is_none_or(|after| *name > after)).take(limit as usize).collect();
    let sight = Sight::of_all(d).await.map_err(|e| host_failed(&e))?;
    let mut survey = Survey { looked: 0, accounts: Vec::new(), next: None };
    let mut room = ROOM;
    for some in names.chunks(BESIDE) {
        let seen = futures_util::future::join_all(some.iter().map(|name| surveyed(d, &sight, name))).await;
        for (name, account) in some.iter().zip(seen) {
            if let Some(account) = account {
                let account = shortened(account);
                let size = size(&account);
                if size > room {
                    return Ok(Answer::Survey(survey));
                }
                room -= size;
                survey.accounts.push(account);
            }
            survey.looked += 1;
            survey.next = (Some(*name) != all.last()).then(|| (*name).clone());
        }
    }
    Ok(Answer::Survey(survey))
}

fn size(account: &Surveyed) -> usize {
    serde_json::to_vec(account).map_or(ROOM, |bytes| bytes.len() + 1)
}

/// An account with hundreds of differences shows as many as have room beside others.
fn shortened(mut account: Surveyed) -> Surveyed {
    account.changes.truncate(200);
    account.items.truncate(200);
    while size(&account) > ROOM / 2 {
        let (changes, items) = (account.changes.len() / 2, account.items.len() / 2);
        account.changes.truncate(changes);
        account.items.truncate(items);
        if changes + items == 0 {
            break;
        }
    }
    account
}

/// Takes up accounts whose folders were put here since the start, as when a host is rebuilt from a copy, and those whose files were
/// put right by hand. One that takes another's name is kept apart, like one whose files cannot be used.
async fn discover(d: &Daemon) -> Result<(), OperationError> {
    let unreadable = |e: std::io::Error| {
        OperationError::new(ErrorCode::HostFailed, "the folder of the accounts could not be read").detail(e.to_string())
    };
    let on_disk: BTreeSet<Username> = d.specs.names().map_err(unreadable)?.into_iter().collect();
    let news: Vec<&Username> = on_disk.iter().filter(|name| d.index.is_news(name)).collect();
    if news.is_empty() {
        return Ok(());
    }
    d.uids.see_homes(d.homes.owners().await.map_err(|e| host_failed(&e))?);
    for username in news {
        let Ok(_held) = d.access.to(username).await else { continue };
        if !d.index.is_news(username) {
            continue;
        }
        let problem = match d.specs.read(username) {
            Ok(spec) => {
                d.uids.raise_above(spec.account.uid).await;
                match d.index.reserve(&spec, true) {
                    Ok(()) => {
                        d.index.put(&spec);
                        tracing::info!(account = %username, "an account's files were found; converge brings it to this host");
                        continue;
                    }
                    Err(taken) => taken.message,
                }
            }
            Err(error) => error.to_string(),
        };
        if let Some(uid) = d.specs.uid(username) {
            d.uids.raise_above(uid).await;
        }
        if !d.index.is_broken(username) {
            tracing::warn!(account = %username, problem, "an account's files cannot be used; it is left as it is");
            d.index.put_broken(username);
        }
    }
    Ok(())
}
