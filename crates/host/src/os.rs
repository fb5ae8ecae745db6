//! What is asked of installed programs about themselves. What can be read without privilege is in `nusantara-facts`.

use crate::command::{self, Options, Program};
use crate::{HostError, HostErrorKind, Result};
use std::time::Duration;

/// nginx's version, such as `1.22.1`; `None` when it is not installed.
///
/// # Errors
/// [`HostErrorKind::Tool`] when it is installed and does not say.
pub async fn nginx_version() -> Result<Option<String>> {
    const WHAT: &str = "ask nginx for its version";
    let options = Options { timeout: Duration::from_secs(10), ..Options::default() };
    let output = match command::run_ok(Program::Nginx, &["-v".into()], options, WHAT).await {
        Err(e) if e.kind == HostErrorKind::NotFound => return Ok(None),
        other => other?,
    };
    match version_in(&output.stderr_text()) {
        Some(version) => Ok(Some(version)),
        None => Err(HostError::new(HostErrorKind::Tool, WHAT).detail(output.stderr_text())),
    }
}

/// Takes `1.22.1` out of `nginx version: nginx/1.22.1 (Ubuntu)`.
fn version_in(said: &str) -> Option<String> {
    let (_, rest) = said.split_once("nginx/")?;
    let version: String = rest.chars().take_while(|c| c.is_ascii_digit() || *c == '.').collect();
    (!version.is_empty()).then_some(version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_found_whatever_surrounds_them() {
        assert_eq!(version_in("nginx version: nginx/1.22.1").as_deref(), Some("1.22.1"));
        assert_eq!(version_in("nginx version: nginx/1.18.0 (Ubuntu)").as_deref(), Some("1.18.0"));
        assert_eq!(version_in("nginx version: openresty"), None);
    }
}
