//! Every route of the API, each with its policy.

mod access;
mod accounts;
mod aliases;
mod apps;
pub(crate) mod at_once;
mod audit;
mod auth;
mod builder;
mod certificates;
mod changes;
mod checks;
mod cron;
mod databases;
mod documents;
mod drift;
mod ftp;
mod history;
mod jobs;
mod last_copies;
mod members;
mod packages;
mod php;
mod rescue;
mod roles;
mod schedules;
mod setup;
mod sites;
mod ssh;
mod system;
mod usage;
mod users;

use crate::app::App;
use crate::auth::permission::{BuiltIn, Permission, Policy};
use crate::http::{ApiError, answer, gate, hosts};
use crate::server::accept::Channel;
use crate::server::{assets, headers};
use axum::extract::{DefaultBodyLimit, Request};
use axum::http::StatusCode;
use axum::middleware::{Next, from_fn};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Router};
use builder::Routes;
use std::sync::{Arc, LazyLock};
use tower_http::catch_panic::CatchPanicLayer;
use utoipa_axum::routes;

pub(crate) use accounts::list::AccountPage;
pub(crate) use accounts::show::IndexedAccount;
pub(crate) use audit::verify::check as audit_check;
pub(crate) use members::makes_owners;

/// Where the API is documented to live; [`API_ALIAS`] answers the same.
pub(crate) const API_PREFIX: &str = "/api/v1";
/// The short form of [`API_PREFIX`].
pub(crate) const API_ALIAS: &str = "/v1";

/// The routes below the API prefix.
fn api() -> Routes {
    const TOKEN: Policy = Policy::Public { why: "asks for the one-time setup token, and is gone once an admin exists" };
    const STATUS: Policy = Policy::Public { why: "says only whether the first run is over, which the login page needs" };
    const LOGIN: Policy = Policy::Public { why: "asks for name and password under the login budget" };
    const PASSKEY: Policy = Policy::Public { why: "asks for a passkey: for a signature over a question that is answered once" };
    const LINK: Policy = Policy::Public { why: "asks for a link's secret of 256 bits, which works once and not for long" };
    const DOCUMENT: Policy = Policy::Public { why: "the document is part of the source" };
    use Permission as P;
    Routes::default()
        .add(Policy::Needs(P::AccountRead), routes!(accounts::list::list))
        .add(Policy::Needs(P::AccountCreate), routes!(accounts::create::create))
        .add(Policy::Needs(P::AccountRead), routes!(accounts::show::show))
        .add(Policy::Fresh(P::AccountDelete), routes!(accounts::delete::delete))
        .add(Policy::Needs(P::SystemRead), routes!(last_copies::list::list))
        .add(Policy::Needs(P::AccountRead), routes!(accounts::plan::plan))
        .add(Policy::Needs(P::AccountUpdate), routes!(accounts::update::update))
        .add(Policy::Needs(P::AccountPassword), routes!(accounts::password::set))
        .add(Policy::Needs(P::AccountPassword), routes!(accounts::password::remove))
        .add(Policy::Needs(P::AccountSuspend), routes!(accounts::suspend::suspend))
        .add(Policy::Needs(P::AccountSuspend), routes!(accounts::suspend::unsuspend))
        .add(Policy::Needs(P::MemberRead), routes!(members::list::list))
        .add(Policy::InPerson(P::MemberUpdate), routes!(members::add::add))
        .add(Policy::InPerson(P::MemberUpdate), routes!(members::update::update))
        .add(Policy::InPerson(P::MemberUpdate), routes!(members::remove::remove))
        .add(Policy::Fresh(P::AccountRename), routes!(accounts::rename::rename))
        .add(Policy::Needs(P::AccountRename), routes!(accounts::primary_domain::put))
        .add(Policy::Needs(P::AccountRead), routes!(history::list::list))
        .add(Policy::Needs(P::AccountRead), routes!(history::diff::diff))
        .add(Policy::Needs(P::AccountRollback), routes!(history::plan::plan))
        .add(Policy::Needs(P::AccountRollback), routes!(history::rollback::rollback))
        .add(Policy::Fresh(P::AccountExport), routes!(documents::export::export))
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
        .add(Policy::Needs(P::SiteCreate), routes!(sites::proof::show))
        .add(Policy::Needs(P::SiteRead), routes!(sites::show::show))
        .add(Policy::Needs(P::SiteUpdate), routes!(sites::update::update))
        .add(Policy::Needs(P::SiteDelete), routes!(sites::delete::delete))
        .add(Policy::Needs(P::SiteUpdate), routes!(sites::protect::protect))
        .add(Policy::Needs(P::LogRead), routes!(sites::logs::logs))
        .add(Policy::Needs(P::SiteRead), routes!(certificates::list::list))
        .add(Policy::Needs(P::SiteRead), routes!(certificates::show::show))
        .add(Policy::Needs(P::SiteUpdate), routes!(certificates::issue::issue))
        .add(Policy::Needs(P::SiteUpdate), routes!(certificates::upload::upload))
        .add(Policy::Needs(P::SiteUpdate), routes!(certificates::remove::remove))
        .add(Policy::Needs(P::SiteUpdate), routes!(certificates::revoke::revoke))
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
        .add(Policy::Needs(P::DatabaseRead), routes!(databases::list::list))
        .add(Policy::Needs(P::DatabaseUpdate), routes!(databases::create::create))
        .add(Policy::Needs(P::DatabaseDelete), routes!(databases::delete::delete))
        .add(Policy::Needs(P::DatabaseUpdate), routes!(databases::user_create::create))
        .add(Policy::Needs(P::DatabaseUpdate), routes!(databases::user_update::update))
        .add(Policy::Needs(P::DatabaseUpdate), routes!(databases::user_password::set))
        .add(Policy::Needs(P::DatabaseDelete), routes!(databases::user_delete::delete))
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
        .add(Policy::Needs(P::JobCancel), routes!(jobs::cancel::cancel))
        .add(Policy::Needs(P::ScheduleRead), routes!(schedules::list::list))
        .add(Policy::Needs(P::ScheduleUpdate), routes!(schedules::change::create))
        .add(Policy::Needs(P::ScheduleRead), routes!(schedules::preview::preview))
        .add(Policy::Needs(P::ScheduleRead), routes!(schedules::list::show))
        .add(Policy::Needs(P::ScheduleUpdate), routes!(schedules::change::update))
        .add(Policy::Needs(P::ScheduleUpdate), routes!(schedules::change::delete))
        .add(Policy::Needs(P::ScheduleRun), routes!(schedules::run::run))
        .add(Policy::Needs(P::ScheduleRead), routes!(schedules::runs::runs))
        .add(STATUS, routes!(setup::status::status))
        .add(TOKEN, routes!(setup::finish::finish))
        .add(Policy::LocalRoot, routes!(setup::token::token))
        .add(LOGIN, routes!(auth::login::login))
        .add(PASSKEY, routes!(auth::passkey_login::ask))
        .add(PASSKEY, routes!(auth::passkey_login::login))
        .add(Policy::LoggedIn, routes!(auth::logout::logout))
        .add(Policy::LoggedIn, routes!(auth::me::me))
        .add(LINK, routes!(auth::link::look))
        .add(LINK, routes!(auth::link::set))
        .add(Policy::Own, routes!(auth::verify::verify))
        .add(Policy::Own, routes!(auth::verify::ask))
        .add(Policy::OwnFresh, routes!(auth::password::change))
        .add(Policy::Own, routes!(auth::passkeys::list))
        .add(Policy::OwnFresh, routes!(auth::passkeys::ask))
        .add(Policy::OwnFresh, routes!(auth::passkeys::add))
        .add(Policy::Own, routes!(auth::passkeys::rename))
        .add(Policy::OwnFresh, routes!(auth::passkeys::remove))
        .add(Policy::Own, routes!(auth::sessions::list))
        .add(Policy::Own, routes!(auth::sessions::end_others))
        .add(Policy::Own, routes!(auth::sessions::end))
        .add(Policy::Own, routes!(auth::second_factor::show))
        .add(Policy::Own, routes!(auth::second_factor::keep))
        .add(Policy::OwnFresh, routes!(auth::second_factor::begin))
        .add(Policy::OwnFresh, routes!(auth::second_factor::confirm))
        .add(Policy::OwnFresh, routes!(auth::second_factor::remove))
        .add(Policy::OwnFresh, routes!(auth::second_factor::new_codes))
        .add(Policy::Own, routes!(auth::tokens::list))
        .add(Policy::OwnFresh, routes!(auth::tokens::create))
        .add(Policy::Own, routes!(auth::tokens::delete))
        .add(Policy::LoggedIn, routes!(users::view::end))
        .add(Policy::Needs(P::UserRead), routes!(users::list::list))
        .add(Policy::InPerson(P::UserCreate), routes!(users::create::create))
        .add(Policy::Needs(P::UserRead), routes!(users::show::show))
        .add(Policy::InPerson(P::UserUpdate), routes!(users::update::update))
        .add(Policy::InPerson(P::UserDelete), routes!(users::delete::delete))
        .add(Policy::InPerson(P::UserUpdate), routes!(users::link::link))
        .add(Policy::InPerson(P::UserUpdate), routes!(users::sessions::end))
        .add(Policy::InPerson(P::UserUpdate), routes!(users::factor::announce))
        .add(Policy::InPerson(P::UserUpdate), routes!(users::factor::withdraw))
        .add(Policy::Needs(P::UserRead), routes!(users::passkeys::list))
        .add(Policy::LocalRoot, routes!(users::passkeys::remove))
        .add(Policy::InPerson(P::UserView), routes!(users::view::begin))
        .add(Policy::Needs(P::RoleRead), routes!(roles::list))
        .add(Policy::InPerson(P::RoleUpdate), routes!(roles::put))
        .add(Policy::InPerson(P::RoleUpdate), routes!(roles::delete))
        .add(Policy::Needs(P::AccessRead), routes!(access::show))
        .add(Policy::InPerson(P::AccessUpdate), routes!(access::put))
        .add(Policy::LocalRoot, routes!(rescue::rescue))
        .add(Policy::Needs(P::AuditRead), routes!(audit::list::list))
        .add(Policy::Needs(P::AuditRead), routes!(audit::verify::verify))
        .add(Policy::Needs(P::AuditRead), routes!(audit::export::export))
        .add(Policy::LocalRoot, routes!(audit::begin_anew::begin))
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

/// Every operation, as method and path, with its policy.
pub(crate) fn policies() -> Vec<(String, Policy)> {
    let prefixed = |(route, policy): &(String, Policy)| (route.replacen(" /", &format!(" {API_PREFIX}/"), 1), *policy);
    api().policies().iter().map(prefixed).chain(root().policies().iter().cloned()).collect()
}

/// The whole policy, one line for each permission and each route: what `policy.golden` holds.
#[must_use]
pub fn policy_document() -> String {
    let mut text = String::from("# who holds which permission\n");
    for permission in Permission::ALL {
        let holders = BuiltIn::ALL.into_iter().filter(|role| role.rights().has(*permission));
        let holders: Vec<&str> = holders.map(BuiltIn::as_str).collect();
        text += &format!("{:<16} {}\n", permission.as_str(), holders.join(" "));
    }
    text += "\n# who may use which route\n";
    for (route, policy) in policies() {
        let who = match policy {
            Policy::Public { why } => format!("public: {why}"),
            Policy::LoggedIn => "logged in".to_owned(),
            Policy::LocalRoot => "root at the local socket".to_owned(),
            Policy::Needs(permission) => permission.as_str().to_owned(),
            Policy::Fresh(permission) => format!("{}, proved anew", permission.as_str()),
            Policy::InPerson(permission) => format!("{}, proved anew, in person", permission.as_str()),
            Policy::Own => "one's own login, in person".to_owned(),
            Policy::OwnFresh => "one's own login, proved anew, in person".to_owned(),
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

/// What is answered before the database was ever seen: that it is away. Nothing else, because who may come in at all is written there.
pub(crate) fn waiting() -> Router {
    Router::new()
        .fallback(async || ApiError::database_away())
        .layer(CatchPanicLayer::custom(answer::panicked))
        .layer(from_fn(answer::shape))
        .layer(from_fn(headers::add))
}

/// Largest body of a request, bytes (SECURITY R39).
const BODY_LIMIT: usize = 64 * 1024;

/// Whether the panel answers to this name, and to this address. Over the local socket there is no name to be misled by, and root is
/// never locked out.
async fn check_host(app: App, request: Request, next: Next) -> Response {
    let authority = hosts::authority(request.uri(), request.headers());
    let channel = request.extensions().get::<Channel>().filter(|channel| !matches!(channel, Channel::LocalRoot));
    let Some(channel) = channel else { return next.run(request).await };
    let address = gate::client_address(channel, request.headers(), &app.config.trusted_proxies);
    match app.hosts.check(authority.as_ref()).and_then(|()| app.access.check(address)) {
        Err(refusal) => refusal.into_response(),
        Ok(()) => next.run(request).await,
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
