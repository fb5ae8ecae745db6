//! Errors as RFC 9457 problem documents. Handlers return [`ApiError`]; the outermost layer adds the request's id and
//! writes the body, so no error leaves the panel in another shape.

use crate::auth::passwords::Overloaded;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use nusantara_api::{FieldProblem, Problem, ProblemCode};
use nusantara_store::StoreError;
use std::fmt::Display;

/// What a handler returns.
pub(crate) type ApiResult<T> = Result<T, ApiError>;

/// The `default` response of every operation in the OpenAPI document.
#[derive(utoipa::IntoResponses)]
#[expect(dead_code, reason = "describes the document; problems are built by ApiError")]
pub(crate) enum Problems {
    /// A problem document.
    #[response(status = "default", content_type = "application/problem+json")]
    Problem(Problem),
}

/// A refusal or failure on its way to the client. Holds nothing that the client must not see.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ApiError {
    status: StatusCode,
    code: ProblemCode,
    detail: String,
    errors: Vec<FieldProblem>,
    retry_after: Option<u64>,
}

impl ApiError {
    /// A problem with the code's usual status.
    pub(crate) fn new(code: ProblemCode, detail: impl Into<String>) -> Self {
        Self { status: status_of(code), code, detail: detail.into(), errors: Vec::new(), retry_after: None }
    }

    /// A value that is not allowed.
    pub(crate) fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::new(ProblemCode::ValidationFailed, "The request holds a value that is not allowed.").field(field, message)
    }

    /// The same answer for what does not exist and for what the caller may not see.
    pub(crate) fn not_found() -> Self {
        Self::new(ProblemCode::NotFound, "There is no such thing here.")
    }

    /// Something of ours broke: the cause goes to the log, once, and nowhere else.
    pub(crate) fn internal(cause: impl Display) -> Self {
        tracing::error!(error = %cause, "request failed");
        Self::new(ProblemCode::Internal, "Something went wrong inside the panel. Its log has the details under this request id.")
    }

    /// No valid session.
    pub(crate) fn unauthenticated() -> Self {
        Self::new(ProblemCode::Unauthenticated, "There is no valid session; log in.")
    }

    /// A name that somebody has already.
    pub(crate) fn taken(field: &str) -> Self {
        Self::new(ProblemCode::NameTaken, "The name is taken; choose another.").field(field, "this name is taken")
    }

    /// Another change of the same account is under way.
    pub(crate) fn busy() -> Self {
        Self::new(ProblemCode::AccountBusy, "Another change of this account is under way; try again when its job has ended.")
    }

    /// The account is suspended.
    pub(crate) fn suspended() -> Self {
        Self::new(ProblemCode::AccountSuspended, "The account is suspended; this can be done once it is not.")
    }

    /// The database does not answer.
    pub(crate) fn database_away() -> Self {
        let detail = "The panel's database does not answer at the moment. Sites and apps go on; try again in a few seconds.";
        Self::new(ProblemCode::DatabaseAway, detail).retry_after(5)
    }

    /// Whether it says that the database does not answer.
    pub(crate) fn is_database_away(&self) -> bool {
        self.code == ProblemCode::DatabaseAway
    }

    /// Names a field at fault.
    pub(crate) fn field(mut self, field: impl Into<String>, message: impl Into<String>) -> Self {
        self.errors.push(FieldProblem { field: field.into(), message: message.into() });
        self
    }

    /// Says of fields that begin with one of `parts` that they are below `whole`.
    pub(crate) fn below(mut self, whole: &str, parts: &[&str]) -> Self {
        for error in &mut self.errors {
            let part = error.field.split('.').next().unwrap_or_default();
            if parts.contains(&part) {
                error.field = format!("{whole}.{}", error.field);
            }
        }
        self
    }

    /// Another status than the code's usual one.
    pub(crate) fn status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// When to come back, in seconds.
    pub(crate) fn retry_after(mut self, seconds: u64) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// The problem document for one request.
    pub(crate) fn problem(&self, request_id: String) -> Problem {
        Problem {
            kind: "about:blank".to_owned(),
            title: title_of(self.code).to_owned(),
            status: self.status.as_u16(),
            code: self.code,
            detail: self.detail.clone(),
            errors: self.errors.clone(),
            request_id,
        }
    }
}

impl From<StoreError> for ApiError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Taken(what) => Self::taken(what),
            // Somebody else changed the row between our look and our write.
            StoreError::Stale(_) => Self::busy(),
            StoreError::Full(_) => {
                tracing::error!(%error, "the database cannot be written");
                Self::new(
                    ProblemCode::DiskFull,
                    "The disk of the panel's database is full; nothing was changed. Make room, then try again.",
                )
            }
            StoreError::Disk(_) => {
                tracing::error!(%error, "the database cannot be used");
                let detail = "The disk of the panel's database reports errors; nothing was changed. Look at the disk before you try again.";
                Self::new(ProblemCode::DiskError, detail)
            }
            // Said once, by whoever watches the database.
            StoreError::Away(_) => Self::database_away(),
            StoreError::Corrupt { .. } | StoreError::Url | StoreError::Database(_) => Self::internal(error),
        }
    }
}

impl From<Overloaded> for ApiError {
    fn from(_: Overloaded) -> Self {
        Self::new(ProblemCode::Overloaded, "Too many logins at once; try again in a few seconds.").retry_after(5)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        if let Some(seconds) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        response.extensions_mut().insert(self);
        response
    }
}

/// Every code has one status; the match has no wildcard, so that a new code cannot become a 500 by accident.
const fn status_of(code: ProblemCode) -> StatusCode {
    match code {
        ProblemCode::BadRequest => StatusCode::BAD_REQUEST,
        ProblemCode::Unauthenticated | ProblemCode::InvalidCredentials | ProblemCode::SecondFactorRequired => StatusCode::UNAUTHORIZED,
        ProblemCode::Forbidden | ProblemCode::StepUpRequired | ProblemCode::CsrfFailed => StatusCode::FORBIDDEN,
        ProblemCode::NotFound => StatusCode::NOT_FOUND,
        ProblemCode::MethodNotAllowed => StatusCode::METHOD_NOT_ALLOWED,
        ProblemCode::NameTaken
        | ProblemCode::DomainUnproved
        | ProblemCode::AccountBusy
        | ProblemCode::AccountSuspended
        | ProblemCode::PackageInUse
        | ProblemCode::PrimarySite
        | ProblemCode::LimitReached
        | ProblemCode::LastAdmin
        | ProblemCode::OwnLogin
        | ProblemCode::RoleInUse
        | ProblemCode::JobUnstoppable
        | ProblemCode::IdempotencyMismatch => StatusCode::CONFLICT,
        ProblemCode::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        ProblemCode::UnsupportedMediaType => StatusCode::UNSUPPORTED_MEDIA_TYPE,
        ProblemCode::MisdirectedRequest => StatusCode::MISDIRECTED_REQUEST,
        ProblemCode::ValidationFailed => StatusCode::UNPROCESSABLE_ENTITY,
        ProblemCode::RateLimited => StatusCode::TOO_MANY_REQUESTS,
        ProblemCode::HostUnavailable | ProblemCode::DatabaseAway | ProblemCode::DatabaseServerMissing | ProblemCode::Overloaded => {
            StatusCode::SERVICE_UNAVAILABLE
        }
        ProblemCode::DiskFull => StatusCode::INSUFFICIENT_STORAGE,
        ProblemCode::DiskError | ProblemCode::Internal => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

const fn title_of(code: ProblemCode) -> &'static str {
    match code {
        ProblemCode::ValidationFailed => "A value is not allowed",
        ProblemCode::BadRequest => "The request cannot be read",
        ProblemCode::Unauthenticated => "Log in first",
        ProblemCode::InvalidCredentials => "Name or password is wrong",
        ProblemCode::SecondFactorRequired => "A code is needed besides",
        ProblemCode::StepUpRequired => "Prove once more who you are",
        ProblemCode::Forbidden => "Not allowed",
        ProblemCode::CsrfFailed => "The request did not come from the panel's own pages",
        ProblemCode::NotFound => "Not found",
        ProblemCode::MethodNotAllowed => "Method not allowed",
        ProblemCode::NameTaken => "The name is taken",
        ProblemCode::DomainUnproved => "A DNS record has to prove whose the name is",
        ProblemCode::AccountBusy => "The account is being changed",
        ProblemCode::AccountSuspended => "The account is suspended",
        ProblemCode::PackageInUse => "Accounts have the package",
        ProblemCode::PrimarySite => "Not possible for the primary site",
        ProblemCode::LimitReached => "The package's limit is reached",
        ProblemCode::LastAdmin => "Nobody could administer the panel any more",
        ProblemCode::OwnLogin => "Not possible for one's own login",
        ProblemCode::RoleInUse => "Logins have the role",
        ProblemCode::JobUnstoppable => "The job cannot be stopped any more",
        ProblemCode::IdempotencyMismatch => "The Idempotency-Key was used for another request",
        ProblemCode::TooLarge => "Too large",
        ProblemCode::UnsupportedMediaType => "Send application/json",
        ProblemCode::MisdirectedRequest => "This host name is not served here",
        ProblemCode::RateLimited => "Too many attempts",
        ProblemCode::HostUnavailable => "The host daemon does not answer",
        ProblemCode::DatabaseAway => "The database does not answer",
        ProblemCode::DatabaseServerMissing => "There is no database server",
        ProblemCode::Overloaded => "Too much at once",
        ProblemCode::DiskFull => "The disk is full",
        ProblemCode::DiskError => "The disk reports errors",
        ProblemCode::Internal => "Internal error",
    }
}
