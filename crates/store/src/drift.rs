//! What was last found of accounts that is not as it should be: an index over what the host says, like everything about accounts.

use crate::db::{Store, Tx, micros};
use crate::error::StoreError;
use crate::rows::accounts;
use crate::rows::drift_findings::{ActiveModel, Column, Entity, Model};
use nusantara_types::{DriftId, Timestamp, Username};
use sea_orm::ActiveValue::Set;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use std::collections::HashMap;

/// Names that one statement asks for.
const NAMES: usize = 200;
/// Rows that one statement writes: 6 values each, within the 500 that a statement may carry.
const ROWS: usize = 80;

/// One thing that is not as it should be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DriftFinding {
    /// Its stable name.
    pub item: DriftId,
    /// What it is on the host.
    pub target: String,
    /// One line for people, in English.
    pub summary: String,
    /// Whether it can be taken into the account's files.
    pub adoptable: bool,
    /// When it was seen first.
    pub found_at: Timestamp,
}

impl TryFrom<Model> for DriftFinding {
    type Error = StoreError;
    fn try_from(row: Model) -> Result<Self, StoreError> {
        Ok(Self {
            item: row.item.parse().map_err(StoreError::corrupt("drift item"))?,
            target: row.target,
            summary: row.summary,
            adoptable: row.adoptable,
            found_at: row.found_at,
        })
    }
}

impl Store {
    /// The accounts of which something was found, with how much, in order of name.
    ///
    /// # Errors
    /// What the database says.
    pub async fn drift_accounts(&self) -> Result<Vec<(Username, u32)>, StoreError> {
        let rows: Vec<(String, i64)> = Entity::find()
            .select_only()
            .column(Column::Account)
            .column_as(Column::Item.count(), "count")
            .group_by(Column::Account)
            .order_by_asc(Column::Account)
            .into_tuple()
            .all(&self.reader)
            .await?;
        let account = |(name, count): (String, i64)| {
            Ok((name.parse().map_err(StoreError::corrupt("drift account"))?, u32::try_from(count).unwrap_or(u32::MAX)))
        };
        rows.into_iter().map(account).collect()
    }

    /// How much was found of each of these accounts; those of which nothing was are left out.
    ///
    /// # Errors
    /// What the database says.
    pub async fn drift_counts(&self, usernames: &[Username]) -> Result<HashMap<String, u32>, StoreError> {
        let mut counts = HashMap::new();
        for page in usernames.chunks(NAMES) {
            let rows: Vec<(String, i64)> = Entity::find()
                .select_only()
                .column(Column::Account)
                .column_as(Column::Item.count(), "count")
                .filter(Column::Account.is_in(page.iter().map(Username::as_str)))
                .group_by(Column::Account)
                .into_tuple()
                .all(&self.reader)
                .await?;
            counts.extend(rows.into_iter().map(|(account, count)| (account, u32::try_from(count).unwrap_or(u32::MAX))));
        }
        Ok(counts)
    }

    /// What was found of an account.
    ///
    /// # Errors
    /// What the database says.
    pub async fn drift_of(&self, account: &Username) -> Result<Vec<DriftFinding>, StoreError> {
        let rows = Entity::find().filter(Column::Account.eq(account.as_str())).order_by_asc(Column::Item).all(&self.reader).await?;
        rows.into_iter().map(DriftFinding::try_from).collect()
    }
}

impl Tx {
    /// Makes these all that is known to be found of an account. What was known before keeps the time it was seen first. An account
    /// that is gone meanwhile gets none.
    ///
    /// # Errors
    /// What the database says.
    pub async fn drift_replace(&self, account: &Username, found: &[DriftFinding]) -> Result<(), StoreError> {
        let mine = Entity::find().filter(Column::Account.eq(account.as_str()));
        let known: HashMap<String, Model> = mine.all(&self.inner).await?.into_iter().map(|row| (row.item.clone(), row)).collect();
        if known.is_empty() && found.is_empty() {
            return Ok(());
        }
        let there = accounts::Entity::find_by_id(account.as_str().to_owned()).one(&self.inner).await?.is_some();
        Entity::delete_many().filter(Column::Account.eq(account.as_str())).exec(&self.inner).await?;
        if !there {
            return Ok(());
        }
        let row = |finding: &DriftFinding| ActiveModel {
            account: Set(account.as_str().to_owned()),
            item: Set(finding.item.as_str().to_owned()),
            target: Set(finding.target.clone()),
            summary: Set(finding.summary.clone()),
            adoptable: Set(finding.adoptable),
            found_at: Set(known.get(finding.item.as_str()).map_or_else(|| micros(finding.found_at), |row| row.found_at)),
        };
        for page in found.chunks(ROWS) {
            Entity::insert_many(page.iter().map(row)).exec_without_returning(&self.inner).await?;
        }
        Ok(())
    }
}
