//! Makes an account from a document, or brings one to it.

use super::{known, queue};
use crate::app::App;
use crate::auth::caller::Caller;
use crate::flows::ACCOUNT_IMPORT;
use crate::http::ApiResult;
use crate::http::extract::Json;
use crate::http::problem::Problems;
use crate::routes::checks;
use crate::routes::history::cannot_be;
use crate::views;
use axum::extract::State;
use axum::http::StatusCode;
use nusantara_api::accounts::{AccountAccepted, PlanView};
use nusantara_api::documents::ImportAccount;
use nusantara_proto::host::{AccountImport, Foreseen, Operation};
use serde_json::json;

/// Makes an account from a document, or with `replace` brings one to it.
///
/// What the document says is checked as a spec is, and refused with its file and field. A new account gets a uid and a home of this
/// host, and no password. The body may be 160 KiB.
#[utoipa::path(
    post,
    path = "/accounts/import",
    operation_id = "account_import",
    tag = "history",
    request_body = ImportAccount,
    responses((status = 202, description = "Accepted; the job does the work", body = AccountAccepted), Problems)
)]
pub(crate) async fn import(
    State(app): State<App>,
    caller: Caller,
    Json(request): Json<ImportAccount>,
) -> ApiResult<(StatusCode, axum::Json<AccountAccepted>)> {
    let args = arguments(request);
    // Whether it can be is said at once, and not by a job that fails.
    let Foreseen { account, .. } = foreseen(&app, &caller, &args).await?;
    let facts =
        json!({ "replace": args.replace, "primary_domain": account.domains.first().map(|d| &d.domain), "package": account.package });
    queue(&app, &caller, ACCOUNT_IMPORT, &account, Operation::AccountImport(args), facts).await
}

/// What importing a document would change, without changing it.
#[utoipa::path(
    post,
    path = "/accounts/import/plan",
    operation_id = "account_import_plan",
    tag = "history",
    request_body = ImportAccount,
    responses((status = 200, description = "The plan", body = PlanView), Problems)
)]
pub(crate) async fn plan(State(app): State<App>, caller: Caller, Json(request): Json<ImportAccount>) -> ApiResult<axum::Json<PlanView>> {
    let foreseen = foreseen(&app, &caller, &arguments(request)).await?;
    Ok(axum::Json(views::accounts::plan(foreseen.plan)))
}

fn arguments(request: ImportAccount) -> AccountImport {
    let username = request.target().clone();
    let ImportAccount { document, replace, allow_below_foreign: below_foreign, .. } = request;
    AccountImport { username, spec: Some(Box::new((*document).into())), replace, below_foreign }
}

async fn foreseen(app: &App, caller: &Caller, args: &AccountImport) -> ApiResult<Foreseen> {
    checks::below_foreign(caller, args.below_foreign)?;
    if args.replace {
        known(app, &args.username).await?;
    }
    let foreseen = app.host.import_plan(&caller.actor, args.clone()).await;
    foreseen.map_err(|error| cannot_be(error).below("document", &["account", "limits", "domains", "services", "ssh", "meta"]))
}
