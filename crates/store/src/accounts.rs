//! The index over accounts. The truth is the host's; a row here is what it last said, or what a job is about to make so.

use crate::db::{Store, Tx, micros};
use crate::error::{StoreError, expect_one};
use crate::members::granted;
use crate::page::{MAX_PAGE, Scope};
use crate::rows::accounts::{ActiveModel, Column, Entity, Model};
use crate::rows::{account_grants, jobs, sites, usage_samples};
use crate::text_enum::text_enum;
use nusantara_types::{Actor, DomainName, EmailAddress, JobId, PackageName, Revision, Timestamp, Username};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};
use std::collections::{BTreeSet, HashMap};

text_enum! {
    /// State of an account in the index.
    AccountStatus, "account status" {
        /// Being made.
        Provisioning = "provisioning",
        /// Serving.
        Active = "active",
        /// Switched off.
        Suspended = "suspended",
        /// Being removed.
        Deleting = "deleting",
        /// Getting another name.
        Renaming = "renaming",
        /// The last change failed and could not be taken back.
        Failed = "failed",
    }
}

/// An account in the index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AccountRecord {
    /// Its Linux user.
    pub username: Username,
    /// Its uid, once it exists.
    pub uid: Option<u32>,
    /// Its first site.
    pub primary_domain: DomainName,
    /// Its package.
    pub package: PackageName,
    /// Its state.
    pub status: AccountStatus,
    /// Whom to write to.
    pub contact_email: Option<EmailAddress>,
    /// Revision of its spec.
    pub revision: Option<Revision>,
    /// The job that is changing it, or that failed last.
    pub job: Option<JobId>,
    /// Who asked for it.
    pub created_by: Actor,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Counts up with every write of the row; a write with an old one is refused.
    pub generation: i64,
}

impl TryFrom<Model> for AccountRecord {
    type Error = StoreError;
    fn try_from(row: Model) -> Result<Self, StoreError> {
        let corrupt = StoreError::corrupt;
        Ok(Self {
            username: row.username.parse().map_err(corrupt("account username"))?,
            uid: row.uid.and_then(|uid| u32::try_from(uid).ok()),
            primary_domain: row.primary_domain.parse().map_err(corrupt("account primary_domain"))?,
            package: row.package.parse().map_err(corrupt("account package"))?,
            status: AccountStatus::parse(&row.status)?,
            contact_email: row.contact_email.map(|e| e.parse()).transpose().map_err(corrupt("account contact_email"))?,
            revision: row.revision.map(|r| r.parse()).transpose().map_err(corrupt("account revision"))?,
            job: row.job_id.map(JobId),
            created_by: row.created_by.parse().map_err(corrupt("account created_by"))?,
            created_at: row.created_at,
            updated_at: row.updated_at,
            generation: row.generation,
        })
    }
}

fn visible(scope: Scope) -> Select<Entity> {
    match scope {
        Scope::All => Entity::find(),
        Scope::Member { user, permission } => Entity::find().filter(Column::Username.in_subquery(granted(user, permission))),
    }
}

async fn get(db: &impl ConnectionTrait, scope: Scope, username: &Username) -> Result<Option<AccountRecord>, StoreError> {
    let row = visible(scope).filter(Column::Username.eq(username.as_str())).one(db).await?;
    row.map(AccountRecord::try_from).transpose()
}

impl Store {
    /// Accounts within `scope` after a name, in order of name, at most `limit`.
    ///
    /// # Errors
    /// What the database says.
    pub async fn account_list(&self, scope: Scope, after: Option<&str>, limit: u64) -> Result<Vec<AccountRecord>, StoreError> {
        let mut select = visible(scope);
        if let Some(after) = after {
            select = select.filter(Column::Username.gt(after));
        }
        let rows = select.order_by_asc(Column::Username).limit(limit).all(&self.reader).await?;
        rows.into_iter().map(AccountRecord::try_from).collect()
    }

    /// One account within `scope`.
    ///
    /// # Errors
    /// What the database says.
    pub async fn account_get(&self, scope: Scope, username: &Username) -> Result<Option<AccountRecord>, StoreError> {
        get(&self.reader, scope, username).await
    }

    /// Which of these accounts are suspended.
    ///
    /// # Errors
    /// What the database says.
    pub async fn account_suspended(&self, usernames: &BTreeSet<Username>) -> Result<BTreeSet<Username>, StoreError> {
        let among = Column::Username.is_in(usernames.iter().map(Username::as_str));
        let suspended = Column::Status.eq(AccountStatus::Suspended.as_str());
        let select = Entity::find().select_only().column(Column::Username).filter(among).filter(suspended);
        let names: Vec<String> = select.into_tuple().all(&self.reader).await?;
        names.into_iter().map(|name| name.parse().map_err(StoreError::corrupt("account username"))).collect()
    }

    /// How many sites each of these accounts has; those without are left out.
    ///
    /// # Errors
    /// What the database says.
    pub async fn account_site_counts(&self, usernames: &[Username]) -> Result<HashMap<String, u32>, StoreError> {
        let mut counts = HashMap::new();
        for page in usernames.chunks(MAX_PAGE as usize) {
            let rows: Vec<(String, i64)> = sites::Entity::find()
                .select_only()
                .column(sites::Column::Account)
                .column_as(sites::Column::Id.count(), "count")
                .filter(sites::Column::Account.is_in(page.iter().map(Username::as_str)))
                .group_by(sites::Column::Account)
                .into_tuple()
                .all(&self.reader)
                .await?;
            counts.extend(rows.into_iter().map(|(account, count)| (account, u32::try_from(count).unwrap_or(u32::MAX))));
        }
        Ok(counts)
    }

    /// How many accounts have each package; packages that none has are left out.
    ///
    /// # Errors
    /// What the database says.
    pub async fn account_package_counts(&self) -> Result<HashMap<String, u32>, StoreError> {
        let rows: Vec<(String, i64)> = Entity::find()
            .select_only()
            .column(Column::Package)
            .column_as(Column::Username.count(), "count")
            .group_by(Column::Package)
            .into_tuple()
            .all(&self.reader)
            .await?;
        Ok(rows.into_iter().map(|(package, count)| (package, u32::try_from(count).unwrap_or(u32::MAX))).collect())
    }
}

impl Tx {
    /// One account within `scope`.
    ///
    /// # Errors
    /// What the database says.
    pub async fn account_get(&self, scope: Scope, username: &Username) -> Result<Option<AccountRecord>, StoreError> {
        get(&self.inner, scope, username).await
    }

    /// Adds an account to the index.
    ///
    /// # Errors
    /// [`StoreError::Taken`] when the name is.
    pub async fn account_insert(&self, account: &AccountRecord) -> Result<(), StoreError> {
        let row = ActiveModel {
            username: Set(account.username.as_str().to_owned()),
            uid: Set(uid_column(account)),
            primary_domain: Set(account.primary_domain.as_str().to_owned()),
            package: Set(account.package.as_str().to_owned()),
            status: Set(account.status.as_str().to_owned()),
            contact_email: Set(account.contact_email.as_ref().map(ToString::to_string)),
            revision: Set(account.revision.as_ref().map(ToString::to_string)),
            job_id: Set(account.job.map(|j| j.0)),
            created_by: Set(account.created_by.as_str().to_owned()),
            created_at: Set(micros(account.created_at)),
            updated_at: Set(micros(account.updated_at)),
            generation: Set(1),
        };
        Entity::insert(row).exec_without_returning(&self.inner).await.map_err(StoreError::unique("username"))?;
        Ok(())
    }

    /// Writes what changed about an account.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when the row is not of `account.generation` any more.
    pub async fn account_update(&self, account: &AccountRecord) -> Result<(), StoreError> {
        let update = Entity::update_many()
            .col_expr(Column::Uid, Expr::value(uid_column(account)))
            .col_expr(Column::PrimaryDomain, Expr::value(account.primary_domain.as_str()))
            .col_expr(Column::Package, Expr::value(account.package.as_str()))
            .col_expr(Column::Status, Expr::value(account.status.as_str()))
            .col_expr(Column::ContactEmail, Expr::value(account.contact_email.as_ref().map(ToString::to_string)))
            .col_expr(Column::Revision, Expr::value(account.revision.as_ref().map(ToString::to_string)))
            .col_expr(Column::JobId, Expr::value(account.job.map(|j| j.0)))
            .col_expr(Column::CreatedAt, Expr::value(micros(account.created_at)))
            .col_expr(Column::UpdatedAt, Expr::value(micros(account.updated_at)))
            .col_expr(Column::Generation, Expr::value(account.generation + 1))
            .filter(Column::Username.eq(account.username.as_str()))
            .filter(Column::Generation.eq(account.generation));
        expect_one(update.exec(&self.inner).await?.rows_affected, "the account")
    }

    /// Gives an account another name, with everything in the index that carries it: its sites, its samples, its jobs and what the panel
    /// has noted of its traffic. The audit trail keeps the name that each row was written under.
    ///
    /// # Errors
    /// [`StoreError::Taken`] when the name is.
    pub async fn account_rename(&self, from: &Username, to: &Username, now: Timestamp) -> Result<(), StoreError> {
        let Some(row) = get(&self.inner, Scope::All, from).await? else { return Ok(()) };
        // A row of the new name first, and the old one last: what hangs on an account must at every moment have one.
        self.account_insert(&AccountRecord { username: to.clone(), ..row }).await?;
        let (from, to) = (from.as_str(), to.as_str());
        let sites = sites::Entity::update_many().col_expr(sites::Column::Account, Expr::value(to)).filter(sites::Column::Account.eq(from));
        sites.exec(&self.inner).await?;
        let samples = usage_samples::Entity::update_many()
            .col_expr(usage_samples::Column::Account, Expr::value(to))
            .filter(usage_samples::Column::Account.eq(from));
        samples.exec(&self.inner).await?;
        let jobs = jobs::Entity::update_many().col_expr(jobs::Column::Account, Expr::value(to)).filter(jobs::Column::Account.eq(from));
        jobs.exec(&self.inner).await?;
        let grants = account_grants::Entity::update_many()
            .col_expr(account_grants::Column::Account, Expr::value(to))
            .filter(account_grants::Column::Account.eq(from));
        grants.exec(&self.inner).await?;
        if let Some(mark) = self.setting_get(&traffic_mark(from)).await? {
            self.setting_set(&traffic_mark(to), &mark, now).await?;
            self.setting_delete(&traffic_mark(from)).await?;
        }
        Entity::delete_by_id(from.to_owned()).exec(&self.inner).await?;
        Ok(())
    }

    /// Removes an account and its sites from the index.
    ///
    /// # Errors
    /// What the database says.
    pub async fn account_delete(&self, username: &Username) -> Result<(), StoreError> {
        Entity::delete_by_id(username.as_str().to_owned()).exec(&self.inner).await?;
        Ok(())
    }
}

/// The setting that says which mark of its traffic an account has passed this month.
#[must_use]
pub fn traffic_mark(account: &str) -> String {
    format!("traffic.{account}")
}

fn uid_column(account: &AccountRecord) -> Option<i32> {
    account.uid.and_then(|uid| i32::try_from(uid).ok())
}
