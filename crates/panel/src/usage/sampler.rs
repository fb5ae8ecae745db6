//! Asks the host what each account uses, every few minutes at the same times for all, and writes it down.
//!
//! An account that nothing changed about gets no row, so that thousands that sleep cost nothing but the question. When it wakes,
//! the last look before that is written too: what it then used is not spread over the time it slept.

use super::{EVERY_SECONDS, traffic};
use crate::app::App;
use crate::host::HostError;
use chrono::TimeDelta;
use nusantara_jobs::Tasks;
use nusantara_proto::host::AccountUsage;
use nusantara_store::{AccountStatus, Scope, StoreError, UsageSample};
use nusantara_types::{Actor, Timestamp, Username};
use std::collections::HashMap;
use std::time::Duration;

/// Accounts read from the index at once, and their samples written in one transaction.
const PAGE: u64 = 200;

/// The last look at an account.
struct Seen {
    usage: UsageSample,
    /// Whether it was written down, or only found to be the same as before.
    written: bool,
}

/// Looks at accounts.
#[derive(Default)]
pub(crate) struct Sampler {
    seen: HashMap<Username, Seen>,
}

/// Samples every few minutes, until the process ends.
pub(crate) async fn keep_sampling(app: App, tasks: Tasks) {
    let mut sampler = Sampler::default();
    loop {
        let pause = until_next(app.now());
        tokio::select! { () = tokio::time::sleep(pause) => {}, () = tasks.stopped() => return }
        if !app.leader.is_me() {
            // What this one saw last is too old to be compared with when it is its turn again.
            sampler = Sampler::default();
            continue;
        }
        if let Err(error) = sampler.look(&app, mark(app.now())).await
            && !error.is_away()
        {
            tracing::warn!(%error, "what accounts use could not be written down");
        }
    }
}

/// How long it is until the next mark, and a little, so that the clock has surely passed it.
fn until_next(now: Timestamp) -> Duration {
    let next = mark(now) + TimeDelta::seconds(i64::from(EVERY_SECONDS));
    (next - now).to_std().unwrap_or_default() + Duration::from_millis(50)
}

/// The last time that samples were due at.
fn mark(now: Timestamp) -> Timestamp {
    let seconds = now.timestamp() - now.timestamp().rem_euclid(i64::from(EVERY_SECONDS));
    Timestamp::from_timestamp(seconds, 0).unwrap_or(now)
}

impl Sampler {
    /// Looks at every account once, at a time that all its samples bear. Stops when the host daemon does not answer.
    pub(crate) async fn look(&mut self, app: &App, at: Timestamp) -> Result<(), StoreError> {
        let mut last = std::mem::take(&mut self.seen);
        let mut after: Option<String> = None;
        loop {
            let accounts = app.store.account_list(Scope::All, after.as_deref(), PAGE).await?;
            let Some(end) = accounts.last() else { return Ok(()) };
            after = Some(end.username.to_string());
            let there = accounts.into_iter().filter(|a| matches!(a.status, AccountStatus::Active | AccountStatus::Suspended));
            let mut samples = Vec::new();
            let answering = self.ask(app, at, there.map(|account| account.username), &mut last, &mut samples).await;
            if !samples.is_empty() {
                let tx = app.store.begin().await?;
                tx.usage_insert(&samples).await?;
                tx.commit().await?;
            }
            if !answering {
                return Ok(());
            }
        }
    }

    /// Adds what has to be written down about these accounts to `samples`. Whether the host daemon answers.
    async fn ask(
        &mut self,
        app: &App,
        at: Timestamp,
        accounts: impl Iterator<Item = Username>,
        last: &mut HashMap<Username, Seen>,
        samples: &mut Vec<UsageSample>,
    ) -> bool {
        for account in accounts {
            match app.host.usage(&Actor::system(), account.clone()).await {
                Ok(usage) => {
                    if let Err(error) = traffic::judge(app, &account, &usage, app.now()).await
                        && !error.is_away()
                    {
                        tracing::warn!(%account, %error, "what an account sent could not be judged");
                    }
                    let before = last.remove(&account);
                    self.note(sample(account, at, &usage), before, samples);
                }
                Err(HostError::Refused(refusal)) => tracing::debug!(%account, %refusal, "the host daemon has no usage of an account"),
                Err(error) => {
                    tracing::debug!(?error, "the host daemon does not say what accounts use");
                    return false;
                }
            }
        }
        true
    }

    /// Keeps a look in mind, and adds to `samples` what has to be written down.
    fn note(&mut self, now: UsageSample, before: Option<Seen>, samples: &mut Vec<UsageSample>) {
        let same = |seen: &Seen| seen.usage == UsageSample { taken_at: seen.usage.taken_at, ..now.clone() };
        let written = !before.as_ref().is_some_and(same);
        if written {
            samples.extend(before.filter(|seen| !seen.written).map(|seen| seen.usage));
            samples.push(now.clone());
        }
        self.seen.insert(now.account.clone(), Seen { usage: now, written });
    }
}

fn sample(account: Username, taken_at: Timestamp, usage: &AccountUsage) -> UsageSample {
    UsageSample {
        account,
        taken_at,
        cpu_usec: usage.cpu_usec,
        cpu_throttled_usec: usage.cpu_throttled_usec,
        memory_bytes: usage.memory_bytes,
        oom_kills: usage.oom_kills,
        tasks: usage.tasks,
        io_read_bytes: usage.io_read_bytes,
        io_write_bytes: usage.io_write_bytes,
        disk_bytes: usage.disk_bytes,
        sent_bytes: usage.sent_bytes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn samples_are_due_at_the_same_times_for_all() {
        let now: Timestamp = "2026-11-20T10:07:31Z".parse().unwrap();
        assert_eq!(mark(now).to_rfc3339(), "2026-11-20T10:05:00+00:00");
        assert_eq!(until_next(now), Duration::from_millis(149_050));
        assert_eq!(mark(mark(now)), mark(now));
    }
}
