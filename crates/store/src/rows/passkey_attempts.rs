//! Row of `passkey_attempts`. A question that a device was asked and has not answered.

use sea_orm::entity::prelude::*;

type Time = DateTimeUtc;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "passkey_attempts")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub token_hash: String,
    pub purpose: String,
    pub bound_to: String,
    pub state: String,
    pub expires_at: Time,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
