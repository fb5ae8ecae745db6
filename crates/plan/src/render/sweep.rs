//! The unit that removes what an account left in the folders that everybody shares. One template; the instance is a uid.

use askama::Template;

#[derive(Template)]
#[template(path = "sweep.service", escape = "none")]
struct ServiceTemplate;

/// `nusantara-sweep@.service`.
#[must_use]
pub fn service_template() -> String {
    super::text(&ServiceTemplate)
}

/// The unit for a uid.
#[must_use]
pub fn unit(uid: u32) -> String {
    format!("nusantara-sweep@{uid}.service")
}
