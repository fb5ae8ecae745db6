//! The audit trail: rows that are only ever appended, each holding the hash of the one before.
//!
//! The hash of a row covers every column and the hash before it, so a changed, removed or inserted row breaks the chain from
//! there on; `audit_head` holds the end, so that a cut-off tail shows too. Appenders lock that one row, which puts them in order.

use crate::db::{Store, Tx, micros};
use crate::error::StoreError;
use crate::rows::audit_head;
use crate::rows::audit_logs::{ActiveModel, Column, Entity, Model};
use crate::text_enum::text_enum;
use nusantara_types::{Actor, Timestamp};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, LikeExpr};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect};
use sha2::{Digest, Sha256};

text_enum! {
    /// Where in the life of an effect a row stands.
    AuditPhase, "audit phase" {
        /// Before it.
        Begin = "begin",
        /// It happened.
        Success = "success",
        /// It did not happen.
        Failed = "failed",
        /// Nobody knows: the panel ended in between and the work was not taken up again.
        Interrupted = "interrupted",
    }
}

/// What is to be written down.
#[derive(Debug, Clone)]
pub struct AuditEvent<'a> {
    /// Who.
    pub actor: &'a Actor,
    /// What, such as `account.create`.
    pub action: &'a str,
    /// Before or after.
    pub phase: AuditPhase,
    /// Kind of thing.
    pub target_type: &'a str,
    /// Which thing.
    pub target_id: &'a str,
    /// Joins begin and outcome, and the host daemon's ledger.
    pub request_id: &'a str,
    /// Further facts; never secrets.
    pub metadata: serde_json::Value,
}

/// A row of the trail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditRecord {
    /// Place in the chain, from 1.
    pub id: i64,
    /// Who.
    pub actor: String,
    /// What.
    pub action: String,
    /// Before or after.
    pub phase: AuditPhase,
    /// Kind of thing.
    pub target_type: String,
    /// Which thing.
    pub target_id: String,
    /// Joins begin and outcome.
    pub request_id: String,
    /// Further facts, as the JSON text that was hashed.
    pub metadata: String,
    /// When.
    pub created_at: Timestamp,
    /// Hash of the row before.
    pub prev_hash: String,
    /// Hash of this row.
    pub hash: String,
}

/// Where the chain does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the audit trail is broken at row {row}: {why}")]
pub struct AuditBroken {
    /// The first row that does not fit.
    pub row: i64,
    /// What is wrong with it.
    pub why: &'static str,
}

/// Which rows a list is about.
#[derive(Debug, Clone, Default)]
pub struct AuditFilter {
    /// Only rows before this one.
    pub before: Option<i64>,
    /// Only by this actor, also with the view of another login, or by others with theirs.
    pub actor: Option<String>,
    /// Only this action.
    pub action: Option<String>,
    /// Only about this thing.
    pub target: Option<String>,
}

/// The hash of a row: SHA-256 over a JSON array of its columns. An array of strings has one reading only, so that no byte can
/// be moved from one column to the next.
fn hash_of(row: &Model) -> String {
    let columns = serde_json::json!([
        row.prev_hash,
        row.id.to_string(),
        row.actor,
        row.action,
        row.phase,
        row.target_type,
        row.target_id,
        row.request_id,
        row.metadata,
        row.created_at.timestamp_micros().to_string(),
    ]);
    hex::encode(Sha256::digest(columns.to_string()))
}

impl TryFrom<Model> for AuditRecord {
    type Error = StoreError;
    fn try_from(row: Model) -> Result<Self, StoreError> {
        Ok(Self {
            id: row.id,
            phase: AuditPhase::parse(&row.phase)?,
            actor: row.actor,
            action: row.action,
            target_type: row.target_type,
            target_id: row.target_id,
            request_id: row.request_id,
            metadata: row.metadata,
            created_at: row.created_at,
            prev_hash: row.prev_hash,
            hash: row.hash,
        })
    }
}

impl Tx {
    /// Appends a row. Call it last in a transaction: it takes the lock that all appenders share.
    ///
    /// # Errors
    /// What the database says; then the transaction must not be committed.
    pub async fn audit_append(&self, event: AuditEvent<'_>, now: Timestamp) -> Result<i64, StoreError> {
        let head = audit_head::Entity::find_by_id(1).lock_exclusive().one(&self.inner).await?;
        let head = head.ok_or(StoreError::Stale("the end of the audit trail"))?;
        let mut row = Model {
            id: head.last_id + 1,
            actor: event.actor.as_str().to_owned(),
            action: event.action.to_owned(),
            phase: event.phase.as_str().to_owned(),
            target_type: event.target_type.to_owned(),
            target_id: event.target_id.to_owned(),
            request_id: event.request_id.to_owned(),
            metadata: event.metadata.to_string(),
            created_at: micros(now),
            prev_hash: head.last_hash,
            hash: String::new(),
        };
        row.hash = hash_of(&row);
        let end = audit_head::Entity::update_many()
            .col_expr(audit_head::Column::LastId, Expr::value(row.id))
            .col_expr(audit_head::Column::LastHash, Expr::value(row.hash.as_str()))
            .filter(audit_head::Column::Id.eq(1));
        end.exec(&self.inner).await?;
        let id = row.id;
        Entity::insert(ActiveModel {
            id: Set(row.id),
            actor: Set(row.actor),
            action: Set(row.action),
            phase: Set(row.phase),
            target_type: Set(row.target_type),
            target_id: Set(row.target_id),
            request_id: Set(row.request_id),
            metadata: Set(row.metadata),
            created_at: Set(row.created_at),
            prev_hash: Set(row.prev_hash),
            hash: Set(row.hash),
        })
        .exec_without_returning(&self.inner)
        .await?;
        self.mark_audited();
        Ok(id)
    }
}

impl Store {
    /// Rows that `filter` lets through, newest first, at most `limit`.
    ///
    /// # Errors
    /// What the database says.
    pub async fn audit_list(&self, filter: &AuditFilter, limit: u64) -> Result<Vec<AuditRecord>, StoreError> {
        let mut select = Entity::find();
        if let Some(before) = filter.before {
            select = select.filter(Column::Id.lt(before));
        }
        if let Some(actor) = &filter.actor {
            let like = |pattern: String| Column::Actor.like(LikeExpr::new(pattern).escape('!'));
            let name = actor.replace('!', "!!").replace('_', "!_").replace('%', "!%");
            let under = Condition::any().add(Column::Actor.eq(actor.as_str()));
            select = select.filter(under.add(like(format!("{name}@%"))).add(like(format!("%@{name}"))));
        }
        if let Some(action) = &filter.action {
            select = select.filter(Column::Action.eq(action.as_str()));
        }
        if let Some(target) = &filter.target {
            select = select.filter(Column::TargetId.eq(target.as_str()));
        }
        let rows = select.order_by_desc(Column::Id).limit(limit).all(&self.reader).await?;
        rows.into_iter().map(AuditRecord::try_from).collect()
    }

    /// Rows after one, oldest first, at most `limit`: for whoever follows the trail.
    ///
    /// # Errors
    /// What the database says.
    pub async fn audit_after(&self, id: i64, limit: u64) -> Result<Vec<AuditRecord>, StoreError> {
        let rows = Entity::find().filter(Column::Id.gt(id)).order_by_asc(Column::Id).limit(limit).all(&self.reader).await?;
        rows.into_iter().map(AuditRecord::try_from).collect()
    }

    /// Walks the whole trail. The number of rows when it holds.
    ///
    /// # Errors
    /// What the database says; the inner error says where the chain breaks.
    pub async fn audit_verify(&self) -> Result<Result<i64, AuditBroken>, StoreError> {
        // The end is read first: rows appended meanwhile lie behind it and are not looked at.
        let head = audit_head::Entity::find_by_id(1).one(&self.reader).await?.ok_or(StoreError::Stale("the end of the audit trail"))?;
        let (mut last, mut hash) = (0, String::new());
        while last < head.last_id {
            let page = Entity::find().filter(Column::Id.gt(last)).order_by_asc(Column::Id).limit(500).all(&self.reader).await?;
            if page.is_empty() {
                return Ok(Err(AuditBroken { row: last + 1, why: "it is missing" }));
            }
            for row in page.into_iter().take_while(|row| row.id <= head.last_id) {
                if row.id != last + 1 {
                    return Ok(Err(AuditBroken { row: last + 1, why: "it is missing" }));
                }
                if row.prev_hash != hash {
                    return Ok(Err(AuditBroken { row: row.id, why: "it does not continue the row before" }));
                }
                if row.hash != hash_of(&row) {
                    return Ok(Err(AuditBroken { row: row.id, why: "it was changed" }));
                }
                last = row.id;
                hash = row.hash;
            }
        }
        if hash == head.last_hash { Ok(Ok(last)) } else { Ok(Err(AuditBroken { row: last, why: "it is not the recorded end" })) }
    }
}
