//! Applied revisions of an account, newest first.

use crate::app::App;
use crate::auth::caller::Caller;
use crate::http::extract::{ApiQuery, Segment};
use crate::http::problem::Problems;
use crate::http::{ApiError, ApiResult, pages};
use crate::views;
use axum::Json;
use axum::extract::State;
use nusantara_api::history::RevisionView;
use nusantara_api::{Page, PageQuery};
use nusantara_proto::host::RevisionEntry;
use nusantara_types::Username;

/// Applied revisions of an account, newest first: what changed, when, and by whom.
#[utoipa::path(
    get,
    path = "/accounts/{username}/revisions",
    operation_id = "revision_list",
    tag = "history",
    params(
        ("username" = String, Path, description = "The account"),
        PageQuery
    ),
    responses((status = 200, description = "One page", body = Page<RevisionView>), Problems)
)]
pub(crate) async fn list(
    State(app): State<App>,
    caller: Caller,
    Segment(username): Segment<Username>,
    ApiQuery(query): ApiQuery<PageQuery>,
) -> ApiResult<Json<Page<RevisionView>>> {
    let limit = pages::limit(query.limit)?;
    let before: Option<u32> = pages::key(query.cursor.as_deref())?;
    let account = app.store.account_get(caller.scope(), &username).await?.ok_or_else(ApiError::not_found)?;
    let (entries, more) = app.host.revisions(&caller.actor, account.username, before, u32::try_from(limit).unwrap_or(1)).await?;
    let key = |entry: &RevisionEntry| entry.number.to_string();
    Ok(Json(pages::told(entries, more, key, |entry| views::history::revision(entry, &caller))))
}
