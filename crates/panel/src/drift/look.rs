//! One look at all accounts, and what was seen last.

use crate::app::App;
use crate::host::Host;
use crate::http::{ApiError, ApiResult};
use nusantara_proto::host::{DriftItem, Surveyed};
use nusantara_store::{DriftFinding, Store, StoreError};
use nusantara_types::{Actor, Timestamp, Username};
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;

/// Accounts of one question.
pub(super) const PAGE: u32 = 500;
/// The name of the setting.
const LAST: &str = "drift.last_look";

/// The last look at all.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Last {
    /// When.
    pub(crate) at: Timestamp,
    /// At how many accounts.
    pub(crate) looked: u32,
    /// What all accounts share and was not as it should be.
    pub(crate) host: Vec<DriftItem>,
}

/// The last look, if there was one.
pub(crate) async fn last(store: &Store) -> Result<Option<Last>, StoreError> {
    Ok(store.setting_get(LAST).await?.and_then(|text| serde_json::from_str(&text).ok()))
}

/// What there is to write down of differences.
pub(crate) fn findings(items: &[DriftItem], problem: Option<&str>, now: Timestamp) -> Vec<DriftFinding> {
    let finding = |found: &DriftItem| DriftFinding {
        item: found.item.clone(),
        target: found.target.clone(),
        summary: found.summary.clone(),
        adoptable: found.adoptable,
        found_at: now,
    };
    let problem = problem.and_then(|problem| {
        let item = "problem".parse().ok()?;
        Some(DriftFinding { item, target: String::new(), summary: problem.to_owned(), adoptable: false, found_at: now })
    });
    problem.into_iter().chain(items.iter().map(finding)).collect()
}

/// Writes down what was found of one account just now.
pub(crate) async fn note(store: &Store, account: &Username, found: &[DriftFinding]) -> Result<(), StoreError> {
    let tx = store.begin().await?;
    tx.drift_replace(account, found).await?;
    tx.commit().await
}

/// What a look needs.
pub(crate) struct Eyes<'a> {
    pub(crate) host: &'a Host,
    pub(crate) store: &'a Store,
    pub(crate) now: Timestamp,
}

impl<'a> From<&'a App> for Eyes<'a> {
    fn from(app: &'a App) -> Self {
        Self { host: &app.host, store: &app.store, now: app.now() }
    }
}

/// A look under way, page by page.
#[derive(Debug, Default)]
pub(super) struct Look {
    looked: u32,
    found: BTreeSet<Username>,
}

impl Look {
    /// Looks at the next accounts, and writes down what was found. Where to go on, and the accounts of which something was found.
    pub(super) async fn page(&mut self, with: &Eyes<'_>, after: Option<Username>) -> ApiResult<(Option<Username>, Vec<Surveyed>)> {
        let survey = with.host.survey(&Actor::system(), after, PAGE).await?;
        let now = with.now;
        self.looked += survey.looked;
        for account in &survey.accounts {
            let found = findings(&account.items, account.problem.as_deref(), now);
            self.found.insert(account.username.clone());
            note(with.store, &account.username, &found).await?;
        }
        Ok((survey.next, survey.accounts))
    }

    /// Writes down that all was looked at: of accounts that were as they should be nothing is known any more.
    pub(super) async fn end(self, with: &Eyes<'_>) -> ApiResult<Last> {
        let host = with.host.host_drift(&Actor::system()).await?;
        for (account, _) in with.store.drift_accounts().await? {
            if !self.found.contains(&account) {
                note(with.store, &account, &[]).await?;
            }
        }
        let last = Last { at: with.now, looked: self.looked, host };
        let text = serde_json::to_string(&last).map_err(ApiError::internal)?;
        let tx = with.store.begin().await?;
        tx.setting_set(LAST, &text, last.at).await?;
        tx.commit().await?;
        Ok(last)
    }
}

/// Looks at all accounts now.
pub(crate) async fn look(with: &Eyes<'_>) -> ApiResult<Last> {
    let (mut look, mut after) = (Look::default(), None);
    loop {
        let (next, _) = look.page(with, after).await?;
        if next.is_none() {
            return look.end(with).await;
        }
        after = next;
    }
}
