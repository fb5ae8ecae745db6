//! Errors: RFC 9457 problem documents with a stable `code`, a sentence for people and the field at fault.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// `application/problem+json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Problem {
    /// `about:blank`; the code tells the kind.
    #[serde(rename = "type")]
    pub kind: String,
    /// Short title of the code, in English.
    pub title: String,
    /// HTTP status.
    pub status: u16,
    /// Stable, for machines and for translation.
    pub code: ProblemCode,
    /// What happened and what to do, in English.
    pub detail: String,
    /// The fields at fault, when the request's values are.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<FieldProblem>,
    /// Quote this when asking for help; the panel's log has it.
    pub request_id: String,
}

/// One field at fault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FieldProblem {
    /// Its name as in the request, such as `primary_domain`.
    pub field: String,
    /// What is allowed.
    pub message: String,
}

/// Every code the API answers with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ProblemCode {
    /// 422: a field is missing, unknown or holds a value that is not allowed.
    ValidationFailed,
    /// 400: not JSON, or not HTTP as expected.
    BadRequest,
    /// 401: no valid session.
    Unauthenticated,
    /// 401: the name or password is wrong.
    InvalidCredentials,
    /// 401: the password is right, and a code is needed besides.
    SecondFactorRequired,
    /// 403: prove once more who you are (`POST /api/v1/auth/verify`), then ask again.
    StepUpRequired,
    /// 403: logged in, but not allowed.
    Forbidden,
    /// 403: the request did not come from the panel's own pages.
    CsrfFailed,
    /// 404: no such thing, or not yours to see.
    NotFound,
    /// 405.
    MethodNotAllowed,
    /// 409: the name is taken.
    NameTaken,
    /// 409: the name lies below or above another account's, or was one until lately; a DNS record has to prove whose it is.
    DomainUnproved,
    /// 409: another change of the same account is under way.
    AccountBusy,
    /// 409: the account is suspended; this can be done once it is not.
    AccountSuspended,
    /// 409: accounts have the package; give them another one first.
    PackageInUse,
    /// 409: this cannot be done to the primary site; delete the account instead.
    PrimarySite,
    /// 409: the package's limit is reached.
    LimitReached,
    /// 409: nobody could administer the panel any more.
    LastAdmin,
    /// 409: nobody does this to their own login.
    OwnLogin,
    /// 409: logins have the role; give them another one first.
    RoleInUse,
    /// 409: the job has begun, or ended, and cannot be stopped any more.
    JobUnstoppable,
    /// 409: the same Idempotency-Key came with another body.
    IdempotencyMismatch,
    /// 413, or 414 when it is the address.
    TooLarge,
    /// 415: send `application/json`.
    UnsupportedMediaType,
    /// 421: this host name is not served here.
    MisdirectedRequest,
    /// 429: see `Retry-After`.
    RateLimited,
    /// 503: the host daemon does not answer.
    HostUnavailable,
    /// The panel's database does not answer.
    DatabaseAway,
    /// 503: the database server that accounts share is not installed, or does not answer.
    DatabaseServerMissing,
    /// 503: too much at once.
    Overloaded,
    /// 507: a disk has no room left; nothing was changed. Make room first.
    DiskFull,
    /// 500: a disk reports errors; nothing was changed. Look at the disk first.
    DiskError,
    /// 500.
    Internal,
}
