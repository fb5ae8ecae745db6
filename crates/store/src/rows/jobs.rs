//! Row of `jobs`. A durable piece of work.

use sea_orm::entity::prelude::*;

type Time = DateTimeUtc;

#[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
#[sea_orm(table_name = "jobs")]
pub struct Model {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    pub kind: String,
    pub state: String,
    pub target_type: String,
    pub target: String,
    pub account: Option<String>,
    pub created_by: String,
    pub request_id: Uuid,
    pub payload: String,
    pub attempts: i32,
    pub run_after: Time,
    pub lease_owner: Option<String>,
    pub lease_until: Option<Time>,
    pub claim_key: Option<String>,
    pub created_at: Time,
    pub started_at: Option<Time>,
    pub finished_at: Option<Time>,
    pub error_code: Option<String>,
    pub error_message: Option<String>,
    pub error_detail: Option<String>,
    pub generation: i64,
    pub background: bool,
    pub reserved_for: Option<String>,
    pub slot: Option<i32>,
    pub cancel_at: Option<Time>,
}

#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}
