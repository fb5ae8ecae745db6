//! The audit trail: rows that are only ever appended, each holding the hash of the one before.
//!
//! The hash of a row covers every column and the hash before it, so a changed, removed or inserted row breaks the chain from
//! there on; `audit_head` holds the end, so that a cut-off tail shows too, and seals by the host daemon show a trail that was cut off
//! or written anew together with it. Appenders lock the one row of `audit_head`, which puts them in order.

use crate::db::{Store, Tx, micros};
use crate::error::StoreError;
use crate::rows::audit_logs::{ActiveModel, Column, Entity, Model};
use crate::rows::{audit_head, audit_seals};
use crate::text_enum::text_enum;
use nusantara_types::audit::{AuditBroken, AuditColumns, AuditSeal, AuditWalk, SealKey};
use nusantara_types::{Actor, Timestamp};
use sea_orm::ActiveValue::Set;
use sea_orm::sea_query::{Expr, LikeExpr};
use sea_orm::{ColumnTrait, Condition, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select};

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
    /// Only from this moment on.
    pub since: Option<Timestamp>,
    /// Only before this moment.
    pub until: Option<Timestamp>,
}

/// The action of the row with which a trail begins anew.
pub const BEGIN_ANEW: &str = "audit.begin_anew";

/// What joins a row with the host daemon's ledger.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditStub {
    /// Place in the chain.
    pub id: i64,
    /// What.
    pub action: String,
    /// Before or after.
    pub phase: AuditPhase,
    /// Joins begin and outcome, and the ledger.
    pub request_id: String,
    /// When.
    pub created_at: Timestamp,
}

/// A trail that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AuditTrail {
    /// How many rows it has.
    pub rows: i64,
    /// Hash of the last one; empty when there is none.
    pub hash: String,
    /// The last of its seals.
    pub seal: Option<AuditSeal>,
}

fn columns(row: &Model) -> AuditColumns<'_> {
    AuditColumns {
        id: row.id,
        actor: &row.actor,
        action: &row.action,
        phase: &row.phase,
        target_type: &row.target_type,
        target_id: &row.target_id,
        request_id: &row.request_id,
        metadata: &row.metadata,
        created_at: row.created_at,
        prev_hash: &row.prev_hash,
    }
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
        row.hash = columns(&row).digest();
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
        let select = chosen(filter);
        let rows = select.order_by_desc(Column::Id).limit(limit).all(&self.reader).await?;
        rows.into_iter().map(AuditRecord::try_from).collect()
    }

    /// Rows that `filter` lets through after one, oldest first, at most `limit`.
    ///
    /// # Errors
    /// What the database says.
    pub async fn audit_export(&self, filter: &AuditFilter, after: i64, limit: u64) -> Result<Vec<AuditRecord>, StoreError> {
        let select = chosen(filter).filter(Column::Id.gt(after));
        let rows = select.order_by_asc(Column::Id).limit(limit).all(&self.reader).await?;
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

    /// What joins rows since a moment with the ledger: those after a row, oldest first, at most `limit`.
    ///
    /// # Errors
    /// What the database says.
    pub async fn audit_stubs(&self, since: Timestamp, after: i64, limit: u64) -> Result<Vec<AuditStub>, StoreError> {
        let rows: Vec<(i64, String, String, String, Timestamp)> = Entity::find()
            .select_only()
            .columns([Column::Id, Column::Action, Column::Phase, Column::RequestId, Column::CreatedAt])
            .filter(Column::Id.gt(after))
            .filter(Column::CreatedAt.gte(micros(since)))
            .order_by_asc(Column::Id)
            .limit(limit)
            .into_tuple()
            .all(&self.reader)
            .await?;
        let stub = |(id, action, phase, request_id, created_at): (_, _, String, _, _)| {
            Ok(AuditStub { id, action, phase: AuditPhase::parse(&phase)?, request_id, created_at })
        };
        rows.into_iter().map(stub).collect()
    }

    /// Whether a row is of this request.
    ///
    /// # Errors
    /// What the database says.
    pub async fn audit_knows(&self, request_id: &str) -> Result<bool, StoreError> {
        let row: Option<i64> =
            Entity::find().select_only().column(Column::Id).filter(Column::RequestId.eq(request_id)).into_tuple().one(&self.reader).await?;
        Ok(row.is_some())
    }

    /// The row with which the trail was begun anew the last time, and when that was.
    ///
    /// # Errors
    /// What the database says.
    pub async fn audit_begun_anew(&self) -> Result<Option<(i64, Timestamp)>, StoreError> {
        let newest = Entity::find().select_only().columns([Column::Id, Column::CreatedAt]).filter(Column::Action.eq(BEGIN_ANEW));
        Ok(newest.order_by_desc(Column::Id).into_tuple().one(&self.reader).await?)
    }

    /// The newest row and its hash; none while there is no row.
    ///
    /// # Errors
    /// What the database says.
    pub async fn audit_end(&self) -> Result<Option<(i64, String)>, StoreError> {
        let head = audit_head::Entity::find_by_id(1).one(&self.reader).await?.ok_or(StoreError::Stale("the end of the audit trail"))?;
        Ok((head.last_id > 0).then_some((head.last_id, head.last_hash)))
    }

    /// Walks the whole trail and holds it against the seals that were kept, which must be by `key` when there is one; those from
    /// before the trail was begun anew, by whichever key they name.
    ///
    /// # Errors
    /// What the database says; the inner error says where the chain breaks.
    pub async fn audit_verify(&self, key: Option<&SealKey>) -> Result<Result<AuditTrail, AuditBroken>, StoreError> {
        self.audit_verify_with(key, None).await
    }

    /// The same, with the last seal as the host daemon itself remembers it, whatever was kept here.
    ///
    /// # Errors
    /// What the database says; the inner error says where the chain breaks.
    pub async fn audit_verify_with(
        &self,
        key: Option<&SealKey>,
        last_seal: Option<&AuditSeal>,
    ) -> Result<Result<AuditTrail, AuditBroken>, StoreError> {
        let anew = self.audit_begun_anew().await?.map_or(0, |(id, _)| id);
        let mut seals = self.audit_seals().await?;
        if let Some(last) = last_seal {
            seals.retain(|kept| kept.id != last.id);
            seals.push(last.clone());
            seals.sort_unstable_by_key(|seal| seal.id);
        }
        // The end is read before the rows: those appended meanwhile lie behind it and are not looked at. And after the seals: none
        // can be of a row behind it.
        let head = audit_head::Entity::find_by_id(1).one(&self.reader).await?.ok_or(StoreError::Stale("the end of the audit trail"))?;
        let mut walk = AuditWalk::from_the_first();
        let mut sealed = seals.iter().peekable();
        let mut last = 0;
        while last < head.last_id {
            let page = Entity::find().filter(Column::Id.gt(last)).order_by_asc(Column::Id).limit(500).all(&self.reader).await?;
            if page.is_empty() {
                return Ok(Err(AuditBroken { row: last + 1, why: "it is missing" }));
            }
            for row in page.into_iter().take_while(|row| row.id <= head.last_id) {
                if let Err(broken) = walk.take(&columns(&row), &row.hash) {
                    return Ok(Err(broken));
                }
                while let Some(seal) = sealed.next_if(|seal| seal.id <= row.id) {
                    let key = key.filter(|_| seal.id >= anew).unwrap_or(&seal.key);
                    if let Err(broken) = seal.confirm(key, row.id, (seal.id == row.id).then_some(&row.hash)) {
                        return Ok(Err(broken));
                    }
                }
                last = row.id;
            }
        }
        if let Some(seal) = sealed.next() {
            return Ok(Err(AuditBroken {
                row: last + 1,
                why: if seal.holds() { "it is missing: a later row was sealed" } else { "its seal is forged" },
            }));
        }
        let hash = walk.last().map(|(_, hash)| hash.to_owned()).unwrap_or_default();
        if hash != head.last_hash {
            return Ok(Err(AuditBroken { row: last, why: "it is not the recorded end" }));
        }
        Ok(Ok(AuditTrail { rows: last, hash, seal: seals.last().cloned() }))
    }

    /// The seals that were kept, in order of row.
    async fn audit_seals(&self) -> Result<Vec<AuditSeal>, StoreError> {
        let rows = audit_seals::Entity::find().order_by_asc(audit_seals::Column::Id).all(&self.reader).await?;
        rows.into_iter().map(seal_of).collect()
    }

    /// The row that was sealed last.
    ///
    /// # Errors
    /// What the database says.
    pub async fn audit_last_seal(&self) -> Result<Option<AuditSeal>, StoreError> {
        let row = audit_seals::Entity::find().order_by_desc(audit_seals::Column::Id).one(&self.reader).await?;
        row.map(seal_of).transpose()
    }

    /// Keeps a seal; one of a row that has a seal already is left out.
    ///
    /// # Errors
    /// What the database says.
    pub async fn audit_seal_keep(&self, seal: &AuditSeal) -> Result<(), StoreError> {
        let row = audit_seals::ActiveModel {
            id: Set(seal.id),
            hash: Set(seal.hash.to_string()),
            sealed_at: Set(micros(seal.sealed_at)),
            signing_key: Set(seal.key.to_string()),
            signature: Set(seal.signature.to_string()),
        };
        // No "on conflict": MariaDB takes one that changes nothing for an update, which a trigger refuses.
        let kept = audit_seals::Entity::insert(row).exec_without_returning(&self.writer).await;
        match kept.map_err(StoreError::unique("the seal")) {
            Ok(_) | Err(StoreError::Taken(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// The rows that a filter lets through.
fn chosen(filter: &AuditFilter) -> Select<Entity> {
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
    if let Some(since) = filter.since {
        select = select.filter(Column::CreatedAt.gte(micros(since)));
    }
    if let Some(until) = filter.until {
        select = select.filter(Column::CreatedAt.lt(micros(until)));
    }
    select
}

fn seal_of(row: audit_seals::Model) -> Result<AuditSeal, StoreError> {
    let broken = |_| StoreError::Stale("a seal of the audit trail");
    Ok(AuditSeal {
        id: row.id,
        hash: row.hash.parse().map_err(broken)?,
        sealed_at: row.sealed_at,
        key: row.signing_key.parse().map_err(broken)?,
        signature: row.signature.parse().map_err(broken)?,
    })
}
