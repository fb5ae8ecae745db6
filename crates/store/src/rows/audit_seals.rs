//! Row of `audit_seals`. What the host daemon signed of the audit chain.

use sea_orm::entity::prelude::*;

type Time = DateTimeUtc;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "audit_seals")]
pub struct Model {
    /// The row that was sealed.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    pub hash: String,
    pub sealed_at: Time,
    pub signing_key: String,
    pub signature: String,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
