//! Every route of the API, each with its policy.

mod accounts;
mod aliases;
mod apps;
mod at_once;
mod audit;
mod auth;
mod builder;
mod changes;
mod checks;
mod cron;
mod documents;
mod drift;
mod ftp;
mod history;
mod jobs;
mod packages;
mod php;
mod setup;
mod sites;
mod ssh;
mod system;
mod usage;

use crate::app::App;
use crate::auth::permission::{Permission, Policy, role_may};
use crate::http::{ApiError, answer, hosts};
use crate::server::accept::Channel;
use crate::server::{assets, headers};
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Router};
use builder::Routes;
use nusantara_api::auth::Role;
use std::sync::{Arc, LazyLock};
use tower_http::catch_panic::CatchPanicLayer;
use utoipa_axum::routes;

/// Where the API is documented to live; [`API_ALIAS`] answers the same.
pub(crate) const API_PREFIX: &str = "/api/v1";
/// The short form of [`API_PREFIX`].
pub(crate) const API_ALIAS: &str = "/v1";

/// The routes below the API prefix.
fn api() -> Routes {
    const TOKEN: Policy = Policy::Public { why: "asks for the one-time setup token, and is gone once an admin exists" };
    const STATUS: Policy = Policy::Public { why: "says only whether the first run is over, which the login page needs" };
    const LOGIN: Policy = Policy::Public { why: "asks for name and password under the login budget" };
    const DOCUMENT: Policy = Policy::Public { why: "the document is part of the source" };
    use Permission as P;
    Routes::default()
        .add(Policy::Needs(P::AccountRead), routes!(accounts::list::list))
        .add(Policy::Needs(P::AccountCreate), routes!(accounts::create::create))
        .add(Policy::Needs(P::AccountRead), routes!(accounts::show::show))
        .add(Policy::Needs(P::AccountDelete), routes!(accounts::delete::delete))
        .add(Policy::Needs(P::AccountRead), routes!(accounts::plan::plan))
        .add(Policy::Needs(P::AccountUpdate), routes!(accounts::update::update))
        .add(Policy::Needs(P::AccountPassword), routes!(accounts::password::set))
        .add(Policy::Needs(P::AccountPassword), routes!(accounts::password::remove))
        .add(Policy::Needs(P::AccountSuspend), routes!(accounts::suspend::suspend))
        .add(Policy::Needs(P::AccountSuspend), routes!(accounts::suspend::unsuspend))
        .add(Policy::Needs(P::AccountRename), routes!(accounts::rename::rename))
        .add(Policy::Needs(P::AccountRename), routes!(accounts::primary_domain::put))
        .add(Policy::Needs(P::AccountRead), routes!(history::list::list))
        .add(Policy::Needs(P::AccountRead), routes!(history::diff::diff))
        .add(Policy::Needs(P::AccountRollback), routes!(history::plan::plan))
        .add(Policy::Needs(P::AccountRollback), routes!(history::rollback::rollback))
        .add(Policy::Needs(P::AccountExport), routes!(documents::export::export))
        .add_larger(Policy::Needs(P::AccountImport), documents::DOCUMENT_LIMIT, routes!(documents::import::import))
        .add_larger(Policy::Needs(P::AccountImport), documents::DOCUMENT_LIMIT, routes!(documents::import::plan))
        .add(Policy::Needs(P::AccountAdopt), routes!(documents::adopt::adopt))
        .add(Policy::Needs(P::AccountAdopt), routes!(documents::adopt::plan))
        .add(Policy::Needs(P::AccountConverge), routes!(drift::converge::converge))
        .add(Policy::Needs(P::AccountRead), routes!(drift::show::show))
        .add(Policy::Needs(P::AccountUpdate), routes!(drift::adopt::adopt))
        .add(Policy::Needs(P::AccountConverge), routes!(drift::overwrite::overwrite))
        .add(Policy::Needs(P::AccountRead), routes!(drift::list::list))
        .add(Policy::Needs(P::AccountConverge), routes!(drift::look::look))
        .add(Policy::Needs(P::SystemRead), routes!(drift::plan_all::plan))
        .add(Policy::Needs(P::AccountConverge), routes!(drift::converge_all::converge))
        .add(Policy::Needs(P::PackageRead), routes!(packages::list::list))
        .add(Policy::Needs(P::PackageUpdate), routes!(packages::change::create))
        .add(Policy::Needs(P::PackageUpdate), routes!(packages::change::update))
        .add(Policy::Needs(P::PackageUpdate), routes!(packages::change::delete))
        .add(Policy::Needs(P::PackageUpdate), routes!(packages::plan::plan))
        .add(Policy::Needs(P::PackageUpdate), routes!(packages::apply::apply))
        .add(Policy::Needs(P::SiteRead), routes!(sites::list::list))
        .add(Policy::Needs(P::SiteCreate), routes!(sites::create::create))
        .add(Policy::Needs(P::SiteRead), routes!(sites::show::show))
        .add(Policy::Needs(P::SiteUpdate), routes!(sites::update::update))
        .add(Policy::Needs(P::SiteDelete), routes!(sites::delete::delete))
        .add(Policy::Needs(P::SiteUpdate), routes!(sites::protect::protect))
        .add(Policy::Needs(P::LogRead), routes!(sites::logs::logs))
        .add(Policy::Needs(P::SiteCreate), routes!(aliases::create::create))
        .add(Policy::Needs(P::SiteDelete), routes!(aliases::delete::delete))
        .add(Policy::Needs(P::AccountRead), routes!(php::show::show))
        .add(Policy::Needs(P::PhpUpdate), routes!(php::update::update))
        .add(Policy::Needs(P::AppRead), routes!(apps::list::list))
        .add(Policy::Needs(P::AppUpdate), routes!(apps::put::put))
        .add(Policy::Needs(P::AppDelete), routes!(apps::delete::delete))
        .add(Policy::Needs(P::AppRestart), routes!(apps::restart::restart))
        .add(Policy::Needs(P::LogRead), routes!(apps::logs::logs))
        .add(Policy::Needs(P::CronRead), routes!(cron::list::list))
        .add(Policy::Needs(P::CronUpdate), routes!(cron::create::create))
        .add(Policy::Needs(P::CronUpdate), routes!(cron::put::put))
        .add(Policy::Needs(P::CronDelete), routes!(cron::delete::delete))
        .add(Policy::Needs(P::CronRun), routes!(cron::run::run))
        .add(Policy::Needs(P::CronRead), routes!(cron::runs::runs))
        .add(Policy::Needs(P::LogRead), routes!(cron::output::output))
        .add(Policy::Needs(P::CronRead), routes!(cron::preview::preview))
        .add(Policy::Needs(P::FtpRead), routes!(ftp::list::list))
        .add(Policy::Needs(P::FtpUpdate), routes!(ftp::create::create))
        .add(Policy::Needs(P::FtpUpdate), routes!(ftp::update::update))
        .add(Policy::Needs(P::FtpDelete), routes!(ftp::delete::delete))
        .add(Policy::Needs(P::AccountRead), routes!(ssh::show::show))
        .add(Policy::Needs(P::SshUpdate), routes!(ssh::update::update))
        .add(Policy::Needs(P::SshUpdate), routes!(ssh::key_add::add))
        .add(Policy::Needs(P::SshUpdate), routes!(ssh::key_remove::remove))
        .add(Policy::Needs(P::AccountRead), routes!(usage::show::show))
        .add(Policy::Needs(P::AccountRead), routes!(usage::history::history))
        .add(Policy::Needs(P::JobRead), routes!(jobs::list::list))
        .add(Policy::Needs(P::JobRead), routes!(jobs::show::show))
        .add(Policy::Needs(P::JobRead), routes!(jobs::events::events))
        .add(STATUS, routes!(setup::status::status))
        .add(TOKEN, routes!(setup::finish::finish))
        .add(Policy::LocalRoot, routes!(setup::token::token))
        .add(LOGIN, routes!(auth::login::login))
        .add(Policy::LoggedIn, routes!(auth::logout::logout))
        .add(Policy::LoggedIn, routes!(auth::me::me))
        .add(Policy::Needs(P::AuditRead), routes!(audit::list::list))
        .add(Policy::Needs(P::SystemRead), routes!(system::compatibility::compatibility))
        .add(DOCUMENT, routes!(system::openapi::openapi))
}

/// The routes beside the API.
fn root() -> Routes {
    Routes::default().add(Policy::Public { why: "says only that the panel answers" }, routes!(system::health::health))
}

/// The OpenAPI document as it is committed in `api/openapi.json` and served.
#[must_use]
pub fn openapi_document() -> &'static str {
    static DOCUMENT: LazyLock<String> = LazyLock::new(|| builder::document(api(), root()));
    &DOCUMENT
}

/// The whole policy, one line for each permission and each route: what `policy.golden` holds.
#[must_use]
pub fn policy_document() -> String {
    let mut text = String::from("# who holds which permission\n");
    for permission in Permission::ALL {
        let holders = [Role::Admin, Role::Operator, Role::Viewer, Role::User].into_iter().filter(|role| role_may(*role, *permission));
        let holders: Vec<String> = holders.map(|role| format!("{role:?}").to_lowercase()).collect();
        text += &format!("{:<16} {}\n", permission.as_str(), holders.join(" "));
    }
    text += "\n# who may use which route\n";
    let (api, root) = (api(), root());
    let prefixed = api.policies().iter().map(|(route, policy)| (route.replacen(" /", &format!(" {API_PREFIX}/"), 1), policy));
    for (route, policy) in prefixed.chain(root.policies().iter().map(|(route, policy)| (route.clone(), policy))) {
        let who = match policy {
            Policy::Public { why } => format!("public: {why}"),
            Policy::LoggedIn => "logged in".to_owned(),
            Policy::LocalRoot => "root at the local socket".to_owned(),
            Policy::Needs(permission) => permission.as_str().to_owned(),
        };
        text += &format!("{route:<42} {who}\n");
    }
    text
}

/// The whole web application: the API under both prefixes, the UI for everything else.
pub(crate) fn router(app: App) -> Router {
    let api = api().into_router().method_not_allowed_fallback(async || StatusCode::METHOD_NOT_ALLOWED);
    let router = root().into_router().nest(API_PREFIX, api.clone()).nest(API_ALIAS, api);
    let checked = Arc::clone(&app);
    router
        .fallback(everything_else)
        .layer(DefaultBodyLimit::max(BODY_LIMIT))
        .layer(from_fn(move |request, next| check_host(Arc::clone(&checked), request, next)))
        .layer(Extension(Arc::clone(&app)))
        .layer(CatchPanicLayer::custom(answer::panicked))
        .layer(from_fn(answer::shape))
        .layer(from_fn(headers::add))
        .with_state(app)
}

/// Largest body of a request, bytes (SECURITY R39).
const BODY_LIMIT: usize = 64 * 1024;

async fn check_host(app: App, request: Request, next: Next) -> Response {
    let authority = hosts::authority(request.uri(), request.headers());
    // Over the local socket there is no name to be misled by.
    let local = matches!(request.extensions().get::<Channel>(), Some(Channel::LocalRoot));
    match app.hosts.check(authority.as_ref()) {
        Err(refusal) if !local => refusal.into_response(),
        _ => next.run(request).await,
    }
}

/// What is no route: the UI, except below the prefixes, where a wrong address must not be answered with a page.
async fn everything_else(request: Request) -> Response {
    let path = request.uri().path();
    let below = |prefix: &str| path.strip_prefix(prefix).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    if below("/api") || below(API_ALIAS) {
        return ApiError::not_found().into_response();
    }
    assets::serve(request).await
}
