//! Why there is no certificate, in words for whoever can change it.

use instant_acme::{Error, Problem};
use nusantara_store::{JobFailure, StoreError};

/// Why there is no certificate.
#[derive(Debug)]
pub(crate) struct Trouble {
    pub(crate) code: &'static str,
    pub(crate) message: String,
    pub(crate) detail: Option<String>,
}

impl Trouble {
    fn new(code: &'static str, message: impl Into<String>, detail: Option<String>) -> Self {
        Self { code, message: message.into(), detail }
    }

    /// No directory is configured.
    pub(crate) fn off() -> Self {
        let message = "No authority is set up to order certificates from: name its directory as acme_directory in panel.toml.";
        Self::new("acme_off", message, None)
    }

    /// It does not answer.
    pub(crate) fn silent() -> Self {
        Self::new("acme_away", "The authority does not answer; the order is tried again later.", None)
    }

    /// A name does not lead here.
    pub(crate) fn dns(message: String) -> Self {
        Self::new("dns", message, None)
    }

    /// The authority did not see the answers.
    pub(crate) fn challenge(message: String, detail: Option<String>) -> Self {
        Self::new("acme_challenge", message, detail)
    }

    pub(crate) fn internal(detail: &str) -> Self {
        Self::new("internal", "The order could not be carried out; the panel's log says why.", Some(detail.to_owned()))
    }

    pub(crate) fn store(error: &StoreError) -> Self {
        Self::internal(&error.to_string())
    }

    /// What the authority said.
    pub(crate) fn of(error: Error) -> Self {
        match error {
            Error::Api(problem) => Self::problem(&problem),
            Error::Http(_) | Error::Hyper(_) | Error::Timeout(_) | Error::Other(_) | Error::Json(_) => {
                Self { detail: Some(chain(&error)), ..Self::silent() }
            }
            other => Self::new("acme_refused", "The authority answered what the panel does not understand.", Some(other.to_string())),
        }
    }

    pub(crate) fn problem(problem: &Problem) -> Self {
        let kind = problem.r#type.as_deref().unwrap_or_default().rsplit(':').next().unwrap_or_default();
        let detail = Some(problem.to_string());
        match kind {
            "rateLimited" => Self::new("acme_limited", "The authority takes no more orders for now; it is tried again later.", detail),
            "externalAccountRequired" => {
                let message =
                    "The authority wants a key of an account that you have there: set acme_eab_key_id and acme_eab_key_file in panel.toml.";
                Self::new("acme_refused", message, detail)
            }
            "caa" => {
                Self::new("acme_refused", "A CAA record in DNS forbids this authority to sign for the name: change or remove it.", detail)
            }
            "rejectedIdentifier" => Self::new("acme_refused", "The authority signs for no such name.", detail),
            "serverInternal" => Self::new("acme_away", "The authority has trouble of its own; the order is tried again later.", detail),
            _ => Self::new("acme_refused", "The authority refused the order.", detail),
        }
    }

    /// Whether the authority does not know the panel's account any more.
    pub(crate) fn is_about_the_account(&self) -> bool {
        self.detail.as_deref().is_some_and(|said| said.contains("accountDoesNotExist"))
    }

    /// Whether the authority was asked for too much.
    pub(crate) fn is_about_too_many(&self) -> bool {
        self.code == "acme_limited"
    }

    /// Whether a certificate had been revoked before.
    pub(crate) fn is_already_revoked(&self) -> bool {
        self.detail.as_deref().is_some_and(|said| said.contains("alreadyRevoked"))
    }

    /// As a job ends with it. What was in force still is.
    pub(crate) fn failure(self) -> JobFailure {
        JobFailure { code: self.code.to_owned(), message: self.message, detail: self.detail }
    }
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let said = cause.to_string();
        if !text.contains(&said) {
            text = format!("{text}: {said}");
        }
        source = cause.source();
    }
    text
}
