//! `Idempotency-Key`: a create sent again answers with what it answered first, instead of being carried out again.

use super::{ApiError, ApiResult};
use crate::app::App;
use crate::auth::caller::Caller;
use axum::Json;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use nusantara_api::ProblemCode;
use nusantara_store::{IdempotentReply, StoreError, Tx};
use nusantara_types::Timestamp;
use serde::Serialize;
use sha2::{Digest, Sha256};

const HEADER: &str = "idempotency-key";

/// The key of one request, bound to its caller, its route and its values.
pub(crate) struct Key {
    key_hash: String,
    body_hash: String,
}

impl Key {
    /// The request's key, if it carries one.
    pub(crate) fn of(headers: &HeaderMap, caller: &Caller, route: &str, body: &impl Serialize) -> ApiResult<Option<Self>> {
        let Some(value) = headers.get(HEADER) else { return Ok(None) };
        let text = value.to_str().unwrap_or_default();
        if !(1..=255).contains(&text.len()) || !text.bytes().all(|b| b.is_ascii_graphic()) {
            return Err(ApiError::invalid("Idempotency-Key", "use 1 to 255 visible ASCII characters without spaces"));
        }
        let bound = serde_json::json!([caller.key(), route, text]).to_string();
        let body = serde_json::to_vec(body).map_err(ApiError::internal)?;
        Ok(Some(Self { key_hash: hex::encode(Sha256::digest(bound)), body_hash: hex::encode(Sha256::digest(body)) }))
    }

    /// What was answered the first time.
    pub(crate) async fn replay(key: Option<&Self>, app: &App) -> ApiResult<Option<Response>> {
        let Some(key) = key else { return Ok(None) };
        let Some(reply) = app.store.idempotent_reply(&key.key_hash).await? else { return Ok(None) };
        if reply.body_hash != key.body_hash {
            let detail = "This Idempotency-Key came with other values before; use a new key for a new request.";
            return Err(ApiError::new(ProblemCode::IdempotencyMismatch, detail));
        }
        let status = StatusCode::from_u16(reply.status).map_err(ApiError::internal)?;
        let body: serde_json::Value = serde_json::from_str(&reply.response).map_err(ApiError::internal)?;
        Ok(Some((status, Json(body)).into_response()))
    }

    /// The answer to a create: what was accepted, or why not. When the same key came twice at once, the one that lost finds its
    /// names taken by the other, whose answer is then its own.
    pub(crate) async fn settle<T: Serialize>(key: Option<&Self>, app: &App, accepted: ApiResult<T>) -> ApiResult<Response> {
        match accepted {
            Ok(accepted) => Ok((StatusCode::ACCEPTED, Json(accepted)).into_response()),
            Err(refusal) => Self::replay(key, app).await?.ok_or(refusal),
        }
    }

    /// Remembers the answer in the transaction of the change.
    pub(crate) async fn remember(&self, tx: &Tx, answer: &impl Serialize, now: Timestamp) -> Result<(), StoreError> {
        let response = serde_json::to_string(answer).unwrap_or_default();
        let status = StatusCode::ACCEPTED.as_u16();
        let reply =
            IdempotentReply { key_hash: self.key_hash.clone(), body_hash: self.body_hash.clone(), status, response, created_at: now };
        tx.idempotent_insert(&reply).await
    }
}
