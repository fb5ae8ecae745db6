//! Row of `passkeys`. A key that a device keeps, and opens a login with.

use sea_orm::entity::prelude::*;

type Time = DateTimeUtc;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "passkeys")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub user_id: Uuid,
    pub name: String,
    pub credential_hash: String,
    pub credential: String,
    pub sign_count: i64,
    pub created_at: Time,
    pub last_used_at: Option<Time>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
