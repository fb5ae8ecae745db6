//! Bodies and queries, read strictly: what does not parse is answered with the field's name and what is allowed.

use super::ApiError;
use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::extract::{FromRequest, FromRequestParts, Path, Query, Request};
use axum::http::request::Parts;
use axum::http::{HeaderMap, StatusCode, header};
use nusantara_api::ProblemCode;
use serde::de::{DeserializeOwned, IgnoredAny};
use std::str::FromStr;
use std::time::Duration;

/// How long a body may take: 64 KiB at the 1 KiB/s that SECURITY R39 asks for. The few that may be larger are sent by machines.
const BODY_TIMEOUT: Duration = Duration::from_secs(64);

/// A JSON body.
pub(crate) struct Json<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Json<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        if !is_json(request.headers()) {
            return Err(ApiError::new(ProblemCode::UnsupportedMediaType, "The body must be JSON: send `Content-Type: application/json`."));
        }
        let body = tokio::time::timeout(BODY_TIMEOUT, Bytes::from_request(request, state)).await;
        let bytes = body.map_err(|_| ApiError::new(ProblemCode::BadRequest, "The body took too long to arrive."))?.map_err(unreadable)?;
        parse(&bytes).map(Self)
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    kind.split(';').next().is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"))
}

fn unreadable(rejection: BytesRejection) -> ApiError {
    if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE {
        ApiError::new(ProblemCode::TooLarge, "The body is larger than this request may be.")
    } else {
        ApiError::new(ProblemCode::BadRequest, "The body could not be read to its end.")
    }
}

fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, ApiError> {
    // serde would also read a list as the fields of a struct, in order.
    if bytes.trim_ascii_start().first() != Some(&b'{') {
        return Err(ApiError::new(ProblemCode::BadRequest, "The body must be a JSON object."));
    }
    let mut document = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut document).map_err(|error| {
        let path = error.path().to_string();
        refused(&path, &error.into_inner(), bytes)
    })?;
    document.end().map_err(|_| ApiError::new(ProblemCode::BadRequest, "The body goes on after the end of its JSON."))?;
    Ok(value)
}

fn refused(path: &str, error: &serde_json::Error, bytes: &[u8]) -> ApiError {
    // A number where one of a few words belongs is called a syntax error, although the document can be read.
    let is_json = error.is_data() || serde_json::from_slice::<IgnoredAny>(bytes).is_ok();
    if !is_json {
        let detail = format!("The body is not JSON: it cannot be read at line {}, column {}.", error.line(), error.column());
        return ApiError::new(ProblemCode::BadRequest, detail);
    }
    let text = plain(&error.to_string());
    // A missing or unknown field has no place in the document; serde names it in the message, and its record by the path.
    for (prefix, message) in [
        ("missing field `", "this field is needed"),
        ("unknown field `", "there is no such field"),
        ("duplicate field `", "this field is there twice"),
    ] {
        if let Some(field) = text.strip_prefix(prefix).and_then(|rest| rest.split('`').next()) {
            return ApiError::invalid(within(path, field), message);
        }
    }
    ApiError::invalid(path, allowed(&text))
}

/// A field's whole name, when `path` leads to it or to the record that it belongs to.
fn within(path: &str, field: &str) -> String {
    let leads_to_it = path == field || path.strip_suffix(field).is_some_and(|record| record.ends_with('.'));
    match path {
        "." => field.to_owned(),
        _ if leads_to_it => path.to_owned(),
        _ => format!("{path}.{field}"),
    }
}

/// What is allowed, out of a message: our types say it after "is not valid:", and what serde says about types of JSON values is
/// of no use to somebody who filled in a form.
fn allowed(message: &str) -> &str {
    const KINDS: [&str; 3] = ["invalid type", "invalid value", "expected "];
    match message.split_once(" is not valid: ") {
        Some((_, allowed)) => allowed,
        None if KINDS.iter().any(|start| message.starts_with(start)) => "another kind of value belongs here",
        None => message,
    }
}

/// serde's message without the position in the text, which means nothing to somebody who filled in a form.
fn plain(message: &str) -> String {
    message.rsplit_once(" at line ").map_or(message, |(message, _)| message).chars().filter(|c| !c.is_control()).take(300).collect()
}

/// A query string.
pub(crate) struct ApiQuery<T>(pub(crate) T);

impl<T: DeserializeOwned, S: Send + Sync> FromRequestParts<S> for ApiQuery<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        match Query::<T>::from_request_parts(parts, state).await {
            Ok(Query(value)) => Ok(Self(value)),
            Err(rejection) => {
                let text = plain(&rejection.body_text());
                // "Failed to deserialize query string: limit: invalid digit found in string", or "…: unknown field `x`, …".
                let reason = text.split_once(": ").map_or(text.as_str(), |(_, reason)| reason);
                let named = reason.strip_prefix("unknown field `").and_then(|rest| rest.split('`').next());
                let (field, message) = match named {
                    Some(field) => (field, "there is no such parameter"),
                    None => reason.split_once(": ").unwrap_or(("query", reason)),
                };
                Err(ApiError::invalid(field.trim(), allowed(message)))
            }
        }
    }
}

/// One segment of the path. What does not parse names nothing, and is the same 404 as what does not exist.
pub(crate) struct Segment<T>(pub(crate) T);

impl<T: FromStr, S: Send + Sync> FromRequestParts<S> for Segment<T> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let text = Path::<String>::from_request_parts(parts, state).await.map_err(|_| ApiError::not_found())?;
        text.parse().map(Self).map_err(|_| ApiError::not_found())
    }
}

/// Two segments of the path, read the same way.
pub(crate) struct Segments<A, B>(pub(crate) A, pub(crate) B);

impl<A: FromStr, B: FromStr, S: Send + Sync> FromRequestParts<S> for Segments<A, B> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let texts = Path::<(String, String)>::from_request_parts(parts, state).await;
        let Path((first, second)) = texts.map_err(|_| ApiError::not_found())?;
        match (first.parse(), second.parse()) {
            (Ok(first), Ok(second)) => Ok(Self(first, second)),
            _ => Err(ApiError::not_found()),
        }
    }
}

/// Three segments of the path, read the same way.
pub(crate) struct Three<A, B, C>(pub(crate) A, pub(crate) B, pub(crate) C);

impl<A: FromStr, B: FromStr, C: FromStr, S: Send + Sync> FromRequestParts<S> for Three<A, B, C> {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let texts = Path::<(String, String, String)>::from_request_parts(parts, state).await;
        let Path((first, second, third)) = texts.map_err(|_| ApiError::not_found())?;
        match (first.parse(), second.parse(), third.parse()) {
            (Ok(first), Ok(second), Ok(third)) => Ok(Self(first, second, third)),
            _ => Err(ApiError::not_found()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use nusantara_api::accounts::CreateAccount;

    fn refusal(body: &str) -> (u16, Vec<String>) {
        let problem = parse::<CreateAccount>(body.as_bytes()).err().unwrap().problem(String::new());
        (problem.status, problem.errors.into_iter().map(|e| e.field).collect())
    }

    #[test]
    fn the_field_at_fault_is_named() {
        let good = r#"{"username":"joko","primary_domain":"joko.test","package":"starter"}"#;
        assert!(parse::<CreateAccount>(good.as_bytes()).is_ok());
        for (from, to, field) in [
            (r#""joko""#, r#""Joko""#, "username"),
            (r#""joko""#, "7", "username"),
            (r#""joko.test""#, r#""a;b""#, "primary_domain"),
            (r#""package":"starter""#, r#""package":"../x""#, "package"),
            (r#","package":"starter""#, "", "package"),
            (r#""package""#, r#""uid":0,"package""#, "uid"),
        ] {
            assert_eq!(refusal(&good.replace(from, to)), (422, vec![field.to_owned()]), "{to}");
        }
        for broken in ["", "{", "nonsense", &"[".repeat(5_000)] {
            assert!(matches!(refusal(broken).0, 400 | 422), "{broken:.20}");
        }
        assert_eq!(parse::<CreateAccount>(format!("{good}{good}").as_bytes()).err().unwrap().problem(String::new()).status, 400);
    }
}
