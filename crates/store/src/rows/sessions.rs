//! Row of `sessions`. One logged-in browser or client.

use sea_orm::entity::prelude::*;

type Time = DateTimeUtc;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "sessions")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_id: Uuid,
    pub token_hash: String,
    pub created_at: Time,
    pub last_seen_at: Time,
    pub expires_at: Time,
    pub address: String,
    pub user_agent: String,
    pub verified_at: Option<Time>,
    pub viewing_id: Option<Uuid>,
    pub viewing_until: Option<Time>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
