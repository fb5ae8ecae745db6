//! Says who may enter which parts of a site.

use crate::app::App;
use crate::auth::caller::Caller;
use crate::flows::SITE_PROTECT;
use crate::http::extract::{Json, Segment};
use crate::http::problem::Problems;
use crate::http::{ApiError, ApiResult};
use crate::routes::changes;
use axum::extract::State;
use axum::http::StatusCode;
use nusantara_api::sites::{ProtectFolder, ProtectSite, ProtectVisitor, SiteAccepted};
use nusantara_proto::host::{FolderChange, Operation, SiteProtect, VisitorChange};
use nusantara_types::SiteId;
use serde_json::json;
use std::collections::BTreeSet;

/// Most folders of a site, and most visitors of a folder.
const FOLDERS: usize = 16;
const VISITORS: usize = 64;

/// Says who may enter which parts of a site.
///
/// The folders are all of them. Whoever comes without a password keeps the one they have in that folder.
#[utoipa::path(
    put,
    path = "/sites/{id}/protected",
    operation_id = "site_protect",
    tag = "sites",
    params(
        ("id" = Uuid, Path, description = "The site"),
    ),
    request_body = ProtectSite,
    responses((status = 202, description = "Accepted; the job does the work", body = SiteAccepted), Problems)
)]
pub(crate) async fn protect(
    State(app): State<App>,
    caller: Caller,
    Segment(id): Segment<SiteId>,
    Json(request): Json<ProtectSite>,
) -> ApiResult<(StatusCode, axum::Json<SiteAccepted>)> {
    // Whoever may not see the site does not make us hash.
    app.store.site_get(caller.scope(), id).await?.ok_or_else(ApiError::not_found)?;
    each_once(&request.folders)?;
    let folders = hashed(&app, request.folders).await?;
    let accepted = changes::replace_site(&app, &caller, id, |site| {
        let paths: Vec<&str> = folders.iter().map(|folder| folder.path.as_str()).collect();
        let facts = json!({ "account": site.account, "folders": paths });
        let (username, domain) = (site.account.clone(), site.domain.clone());
        (SITE_PROTECT, Operation::SiteProtect(SiteProtect { username, domain, folders }), facts)
    });
    Ok((StatusCode::ACCEPTED, axum::Json(accepted.await?)))
}

/// Not too many, and nothing twice: before any password is hashed.
fn each_once(folders: &[ProtectFolder]) -> ApiResult<()> {
    let paths: BTreeSet<&str> = folders.iter().map(|folder| folder.path.as_str().trim_end_matches('/')).collect();
    if folders.len() > FOLDERS || paths.len() < folders.len() {
        return Err(ApiError::invalid("folders", "protect at most 16 folders, each once"));
    }
    for (i, ProtectFolder { visitors, .. }) in folders.iter().enumerate() {
        let names: BTreeSet<_> = visitors.iter().map(|visitor| &visitor.name).collect();
        if visitors.len() > VISITORS || names.len() < visitors.len() {
            return Err(ApiError::invalid(format!("folders[{i}].visitors"), "let at most 64 visitors into a folder, each name once"));
        }
    }
    Ok(())
}

/// The same folders with hashes in the place of passwords.
async fn hashed(app: &App, folders: Vec<ProtectFolder>) -> ApiResult<Vec<FolderChange>> {
    let mut changed = Vec::with_capacity(folders.len());
    for (i, ProtectFolder { path, realm, visitors }) in folders.into_iter().enumerate() {
        let mut kept = Vec::with_capacity(visitors.len());
        for (j, ProtectVisitor { name, password }) in visitors.into_iter().enumerate() {
            let hash = match password {
                None => None,
                Some(password) => {
                    let refused = || {
                        let allowed = "use 8 to 128 characters, without control characters";
                        ApiError::invalid(format!("folders[{i}].visitors[{j}].password"), allowed)
                    };
                    Some(app.passwords.hash_for_visitor(password).await?.ok_or_else(refused)?)
                }
            };
            kept.push(VisitorChange { name, hash });
        }
        changed.push(FolderChange { path, realm, visitors: kept });
    }
    Ok(changed)
}
