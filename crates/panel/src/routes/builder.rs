//! Registers routes. The only way in takes a policy, so a route without one does not compile; and the policy is wrapped around the
//! handler at the same place, so it cannot be stated and not held.

use super::API_PREFIX;
use crate::app::App;
use crate::auth::permission::Policy;
use crate::http::gate;
use axum::Router;
use axum::extract::{DefaultBodyLimit, Request};
use axum::middleware::{Next, from_fn};
use utoipa::OpenApi;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, HttpAuthScheme, HttpBuilder, SecurityScheme};
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouter};

/// A set of routes under construction.
#[derive(Default)]
pub(crate) struct Routes {
    router: OpenApiRouter<App>,
    policies: Vec<(String, Policy)>,
}

impl Routes {
    /// Adds one operation with who may use it.
    pub(crate) fn add(mut self, policy: Policy, (schemas, paths, methods): UtoipaMethodRouter<App>) -> Self {
        for (path, item) in &paths.paths {
            let operations =
                [("GET", &item.get), ("POST", &item.post), ("PUT", &item.put), ("PATCH", &item.patch), ("DELETE", &item.delete)];
            for (method, _) in operations.iter().filter(|(_, operation)| operation.is_some()) {
                self.policies.push((format!("{method} {path}"), policy));
            }
        }
        let guarded = methods.route_layer(from_fn(move |request: Request, next: Next| gate::pass(policy, request, next)));
        self.router = self.router.routes((schemas, paths, guarded));
        self
    }

    /// The same for an operation whose body may be larger than others'.
    pub(crate) fn add_larger(self, policy: Policy, bytes: usize, (schemas, paths, methods): UtoipaMethodRouter<App>) -> Self {
        self.add(policy, (schemas, paths, methods.layer(DefaultBodyLimit::max(bytes))))
    }

    /// The routes without their document.
    pub(crate) fn into_router(self) -> Router<App> {
        self.router.into()
    }

    /// Every operation, as method and path, with its policy.
    pub(crate) fn policies(&self) -> &[(String, Policy)] {
        &self.policies
    }
}

#[derive(OpenApi)]
#[openapi(
    info(
        title = "Nusantara Panel",
        description = "The HTTP API of Nusantara Panel. `/v1/…` answers the same as `/api/v1/…`.",
        license(name = "Apache-2.0", identifier = "Apache-2.0")
    ),
    components(schemas(nusantara_api::Problem, nusantara_api::FieldProblem, nusantara_api::ProblemCode)),
    tags(
        (name = "accounts", description = "Hosting accounts"),
        (name = "sites", description = "Served domains"),
        (name = "apps", description = "Programs that the host supervises for an account"),
        (name = "schedules", description = "What the panel does by itself at set times"),
        (name = "cron", description = "Commands that the host runs at set times for an account"),
        (name = "databases", description = "Databases of accounts and their users"),
        (name = "ftp", description = "Logins for FTP over TLS"),
        (name = "history", description = "What was applied of an account's spec, what is different, and going back"),
        (name = "drift", description = "What is not as it should be, and what puts it right"),
        (name = "jobs", description = "Durable work with visible steps"),
        (name = "packages", description = "Named sets of limits"),
        (name = "people", description = "Logins of the panel, their roles, and their part in accounts"),
        (name = "auth", description = "Logging in and out, and one's own login"),
        (name = "setup", description = "First run"),
        (name = "audit", description = "The audit trail"),
        (name = "system", description = "The panel and its host"),
    )
)]
struct Document;

/// The OpenAPI document of `api` below the prefix and `root` beside it, as pretty JSON with a line end.
pub(crate) fn document(api: Routes, root: Routes) -> String {
    let document = OpenApiRouter::with_openapi(Document::openapi()).merge(root.router).nest(API_PREFIX, api.router);
    let mut document = document.into_openapi();
    let components = document.components.get_or_insert_default();
    components.add_security_scheme("session", SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::new("__Host-np"))));
    let bearer = HttpBuilder::new().scheme(HttpAuthScheme::Bearer).build();
    components.add_security_scheme("token", SecurityScheme::Http(bearer));
    let mut text = document.to_pretty_json().unwrap_or_default();
    text.push('\n');
    text
}
