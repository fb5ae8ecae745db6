//! Names that lie close to another account's. Whoever can write a record at the name may have it (SECURITY R30).

use crate::app::App;
use crate::auth::caller::Caller;
use crate::dns;
use crate::http::extract::{ApiQuery, Segment};
use crate::http::problem::Problems;
use crate::http::{ApiError, ApiResult};
use crate::routes::checks;
use axum::Json;
use axum::extract::State;
use nusantara_api::ProblemCode;
use nusantara_api::sites::{DomainProof, DomainProofQuery, NameStanding};
use nusantara_proto::host;
use nusantara_store::AccountRecord;
use nusantara_types::{DomainName, Username};

/// What a new name brings with it.
pub(crate) struct Wanted<'a> {
    pub(crate) domain: &'a DomainName,
    /// An administrator allows it.
    pub(crate) allowed: bool,
    /// A DNS record shall be looked for.
    pub(crate) proof: bool,
}

/// The DNS record that proves that a name is an account's, and whether one is needed.
#[utoipa::path(
    get,
    path = "/accounts/{username}/domain-proof",
    operation_id = "domain_proof",
    tag = "sites",
    params(("username" = String, Path, description = "The account"), DomainProofQuery),
    responses((status = 200, description = "The record", body = DomainProof), Problems)
)]
pub(crate) async fn show(
    State(app): State<App>,
    caller: Caller,
    Segment(username): Segment<Username>,
    ApiQuery(query): ApiQuery<DomainProofQuery>,
) -> ApiResult<Json<DomainProof>> {
    let account = app.store.account_get(caller.scope(), &username).await?.ok_or_else(ApiError::not_found)?;
    let domain = query.domain.parse().map_err(|invalid: nusantara_types::Invalid| ApiError::invalid("domain", invalid.allowed))?;
    let standing = match app.host.name_standing(&caller.actor, &account.username, &domain).await? {
        host::NameStanding::Free => NameStanding::Free,
        host::NameStanding::Held => NameStanding::Held,
        host::NameStanding::Below => NameStanding::Below,
        host::NameStanding::Above => NameStanding::Above,
        host::NameStanding::Resting => NameStanding::Resting,
    };
    let (record_name, record_value) = record(&app, &account, &domain)?;
    Ok(Json(DomainProof { standing, record_name, record_value }))
}

/// Whether there is consent to a name that lies close to another account's: an administrator's, or a record in DNS. For a name that
/// needs none there is none.
pub(crate) async fn consent(app: &App, caller: &Caller, username: &Username, wanted: Wanted<'_>) -> ApiResult<bool> {
    checks::below_foreign(caller, wanted.allowed)?;
    if wanted.allowed {
        return Ok(true);
    }
    let account = app.store.account_get(caller.scope(), username).await?.ok_or_else(ApiError::not_found)?;
    match app.host.name_standing(&caller.actor, username, wanted.domain).await? {
        host::NameStanding::Free => Ok(false),
        host::NameStanding::Held => Err(ApiError::taken("domain")),
        host::NameStanding::Below | host::NameStanding::Above | host::NameStanding::Resting => {
            prove(app, &account, &wanted).await?;
            Ok(true)
        }
    }
}

async fn prove(app: &App, account: &AccountRecord, wanted: &Wanted<'_>) -> ApiResult<()> {
    let (name, value) = record(app, account, wanted.domain)?;
    let unproved = |found: &str| {
        let detail = "The name lies close to another account's, or was one until lately. A DNS record proves that it is this account's.";
        let wish = format!("publish a TXT record at {name} that says {value}, then ask with dns_proof; {found}");
        ApiError::new(ProblemCode::DomainUnproved, detail).field("domain", wish)
    };
    if !wanted.proof {
        return Err(unproved("DNS was not asked yet"));
    }
    match dns::txt(&app.config.dns_servers, &name).await {
        Ok(texts) if texts.contains(&value) => Ok(()),
        Ok(texts) if texts.is_empty() => Err(unproved("there is no such record yet; it may take some minutes until it is seen")),
        Ok(_) => Err(unproved("the record there says something else")),
        Err(cause) => {
            tracing::warn!(name, %cause, "DNS did not answer");
            Err(unproved("DNS did not answer; try again in a moment"))
        }
    }
}

/// Where the record has to be and what it says. The uid is in it because names of accounts are used again, and uids never are.
fn record(app: &App, account: &AccountRecord, domain: &DomainName) -> ApiResult<(String, String)> {
    let uid = account.uid.ok_or_else(ApiError::busy)?;
    let proof = app.vault.proof(&format!("domain|{uid}|{domain}"));
    Ok((format!("_nusantara-challenge.{domain}"), format!("nusantara-proof={proof}")))
}
