//! The index over sites.

use crate::db::{Store, Tx, micros};
use crate::error::{StoreError, expect_one};
use crate::members::granted;
use crate::page::Scope;
use crate::rows::sites::{ActiveModel, Column, Entity, Model};
use crate::text_enum::text_enum;
use nusantara_types::{Actor, DomainKind, DomainName, JobId, PhpVersion, Runtime, SiteId, Timestamp, Username};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};
use serde::{Serialize, de::DeserializeOwned};

text_enum! {
    /// State of a site in the index.
    SiteStatus, "site status" {
        /// Being published.
        Provisioning = "provisioning",
        /// Serving.
        Active = "active",
        /// Being taken down.
        Deleting = "deleting",
        /// The last change failed and could not be taken back.
        Failed = "failed",
    }
}

/// A site in the index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteRecord {
    /// Its id.
    pub id: SiteId,
    /// Whose.
    pub account: Username,
    /// Its name.
    pub domain: DomainName,
    /// Kind of claim.
    pub kind: DomainKind,
    /// Absolute folder it serves from.
    pub root_path: String,
    /// How it answers.
    pub runtime: Runtime,
    /// PHP branch.
    pub php_version: Option<PhpVersion>,
    /// Its state.
    pub status: SiteStatus,
    /// The job that is changing it, or that failed last.
    pub job: Option<JobId>,
    /// Who asked for it.
    pub created_by: Actor,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Counts up with every write of the row.
    pub generation: i64,
}

/// Which sites a list is about.
#[derive(Debug, Clone, Default)]
pub struct SiteFilter {
    /// Only this account's.
    pub account: Option<Username>,
    /// Only the one of exactly this name.
    pub domain: Option<DomainName>,
    /// Start after this domain.
    pub after: Option<String>,
}

/// The word serde gives a fieldless member.
fn word<T: Serialize>(value: T) -> Result<String, StoreError> {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => Ok(word),
        other => Err(StoreError::Corrupt { what: "word", why: format!("{other:?}") }),
    }
}

fn read_word<T: DeserializeOwned>(what: &'static str, word: &str) -> Result<T, StoreError> {
    serde_json::from_value(serde_json::Value::from(word)).map_err(|e| StoreError::Corrupt { what, why: e.to_string() })
}

impl TryFrom<Model> for SiteRecord {
    type Error = StoreError;
    fn try_from(row: Model) -> Result<Self, StoreError> {
        let corrupt = StoreError::corrupt;
        Ok(Self {
            id: SiteId(row.id),
            account: row.account.parse().map_err(corrupt("site account"))?,
            domain: row.domain.parse().map_err(corrupt("site domain"))?,
            kind: read_word("site kind", &row.kind)?,
            root_path: row.root_path,
            runtime: read_word("site runtime", &row.runtime)?,
            php_version: row.php_version.map(|v| v.parse()).transpose().map_err(corrupt("site php_version"))?,
            status: SiteStatus::parse(&row.status)?,
            job: row.job_id.map(JobId),
            created_by: row.created_by.parse().map_err(corrupt("site created_by"))?,
            created_at: row.created_at,
            updated_at: row.updated_at,
            generation: row.generation,
        })
    }
}

fn visible(scope: Scope) -> Select<Entity> {
    match scope {
        Scope::All => Entity::find(),
        Scope::Member { user, permission } => Entity::find().filter(Column::Account.in_subquery(granted(user, permission))),
    }
}

async fn get(db: &impl ConnectionTrait, scope: Scope, id: SiteId) -> Result<Option<SiteRecord>, StoreError> {
    visible(scope).filter(Column::Id.eq(id.0)).one(db).await?.map(SiteRecord::try_from).transpose()
}

impl Store {
    /// Sites within `scope` and `filter`, in order of domain, at most `limit`.
    ///
    /// # Errors
    /// What the database says.
    pub async fn site_list(&self, scope: Scope, filter: &SiteFilter, limit: u64) -> Result<Vec<SiteRecord>, StoreError> {
        let mut select = visible(scope);
        if let Some(account) = &filter.account {
            select = select.filter(Column::Account.eq(account.as_str()));
        }
        if let Some(domain) = &filter.domain {
            select = select.filter(Column::Domain.eq(domain.as_str()));
        }
        if let Some(after) = &filter.after {
            select = select.filter(Column::Domain.gt(after.as_str()));
        }
        let rows = select.order_by_asc(Column::Domain).limit(limit).all(&self.reader).await?;
        rows.into_iter().map(SiteRecord::try_from).collect()
    }

    /// One site within `scope`.
    ///
    /// # Errors
    /// What the database says.
    pub async fn site_get(&self, scope: Scope, id: SiteId) -> Result<Option<SiteRecord>, StoreError> {
        get(&self.reader, scope, id).await
    }
}

impl Tx {
    /// One site within `scope`.
    ///
    /// # Errors
    /// What the database says.
    pub async fn site_get(&self, scope: Scope, id: SiteId) -> Result<Option<SiteRecord>, StoreError> {
        get(&self.inner, scope, id).await
    }

    /// The site of a domain, whoever owns it: a name is taken or it is not.
    ///
    /// # Errors
    /// What the database says.
    pub async fn site_by_domain(&self, domain: &DomainName) -> Result<Option<SiteRecord>, StoreError> {
        let row = Entity::find().filter(Column::Domain.eq(domain.as_str())).one(&self.inner).await?;
        row.map(SiteRecord::try_from).transpose()
    }

    /// Every site of an account.
    ///
    /// # Errors
    /// What the database says.
    pub async fn site_list_of(&self, account: &Username) -> Result<Vec<SiteRecord>, StoreError> {
        let rows = Entity::find().filter(Column::Account.eq(account.as_str())).order_by_asc(Column::Domain).all(&self.inner).await?;
        rows.into_iter().map(SiteRecord::try_from).collect()
    }

    /// Adds a site to the index.
    ///
    /// # Errors
    /// [`StoreError::Taken`] when the domain is.
    pub async fn site_insert(&self, site: &SiteRecord) -> Result<(), StoreError> {
        let row = ActiveModel {
            id: Set(site.id.0),
            account: Set(site.account.as_str().to_owned()),
            domain: Set(site.domain.as_str().to_owned()),
            kind: Set(word(site.kind)?),
            root_path: Set(site.root_path.clone()),
            runtime: Set(word(site.runtime)?),
            php_version: Set(site.php_version.as_ref().map(ToString::to_string)),
            status: Set(site.status.as_str().to_owned()),
            job_id: Set(site.job.map(|j| j.0)),
            created_by: Set(site.created_by.as_str().to_owned()),
            created_at: Set(micros(site.created_at)),
            updated_at: Set(micros(site.updated_at)),
            generation: Set(1),
        };
        Entity::insert(row).exec_without_returning(&self.inner).await.map_err(StoreError::unique("domain"))?;
        Ok(())
    }

    /// Writes what changed about a site.
    ///
    /// # Errors
    /// [`StoreError::Stale`] when the row is not of `site.generation` any more.
    pub async fn site_update(&self, site: &SiteRecord) -> Result<(), StoreError> {
        let update = Entity::update_many()
            .col_expr(Column::Kind, Expr::value(word(site.kind)?))
            .col_expr(Column::RootPath, Expr::value(site.root_path.as_str()))
            .col_expr(Column::Runtime, Expr::value(word(site.runtime)?))
            .col_expr(Column::PhpVersion, Expr::value(site.php_version.as_ref().map(ToString::to_string)))
            .col_expr(Column::Status, Expr::value(site.status.as_str()))
            .col_expr(Column::JobId, Expr::value(site.job.map(|j| j.0)))
            .col_expr(Column::UpdatedAt, Expr::value(micros(site.updated_at)))
            .col_expr(Column::Generation, Expr::value(site.generation + 1))
            .filter(Column::Id.eq(site.id.0))
            .filter(Column::Generation.eq(site.generation));
        expect_one(update.exec(&self.inner).await?.rows_affected, "the site")
    }

    /// Gives a site another name: it stays the site it is.
    ///
    /// # Errors
    /// [`StoreError::Taken`] when the name is.
    pub async fn site_rename(&self, id: SiteId, domain: &DomainName) -> Result<(), StoreError> {
        let update = Entity::update_many()
            .col_expr(Column::Domain, Expr::value(domain.as_str()))
            .col_expr(Column::Generation, Expr::col(Column::Generation).add(1))
            .filter(Column::Id.eq(id.0));
        update.exec(&self.inner).await.map_err(StoreError::unique("domain"))?;
        Ok(())
    }

    /// Removes a site from the index.
    ///
    /// # Errors
    /// What the database says.
    pub async fn site_delete(&self, id: SiteId) -> Result<(), StoreError> {
        Entity::delete_by_id(id.0).exec(&self.inner).await?;
        Ok(())
    }
}
