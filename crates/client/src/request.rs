//! One request and its answer: addresses, headers, size limits, problems.

use crate::error::Error;
use crate::transport::Client;
use nusantara_api::{Page, Problem};
use nusantara_types::RequestId;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName, HeaderValue, ORIGIN};
use reqwest::{Method, RequestBuilder, Response, Url};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Largest answer that is read; a page of 200 items is about 200 KiB.
const MAX_ANSWER: usize = 16 * 1024 * 1024;
/// Items asked for at once by whoever wants a whole list: the most the API gives.
const FULL_PAGE: u32 = 200;

const CSRF_TOKEN: HeaderName = HeaderName::from_static("x-csrf-token");
const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

impl Client {
    /// Address of a route; every segment is encoded, so that none can reach another route.
    pub(crate) fn url(&self, segments: &[&str]) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.clear().extend(segments);
        }
        url
    }

    pub(crate) fn request(&self, method: Method, url: Url) -> RequestBuilder {
        let safe = method.is_safe();
        let mut request = self.http.request(method, url);
        if let Some(token) = &self.token {
            request = request.header(AUTHORIZATION, token.clone());
        }
        if !safe {
            if let Some(origin) = &self.origin {
                request = request.header(ORIGIN, origin.clone());
            }
            if let Some(token) = self.csrf.read().unwrap_or_else(std::sync::PoisonError::into_inner).clone() {
                request = request.header(CSRF_TOKEN, token);
            }
        }
        request
    }

    pub(crate) async fn get<T: DeserializeOwned>(&self, segments: &[&str]) -> Result<T, Error> {
        self.answer(self.request(Method::GET, self.url(segments))).await
    }

    pub(crate) async fn get_with<T: DeserializeOwned>(&self, segments: &[&str], query: &impl Serialize) -> Result<T, Error> {
        let mut url = self.url(segments);
        add_query(&mut url, query)?;
        self.answer(self.request(Method::GET, url)).await
    }

    pub(crate) async fn post<T: DeserializeOwned>(&self, segments: &[&str], body: &impl Serialize) -> Result<T, Error> {
        self.answer(self.request(Method::POST, self.url(segments)).json(body)).await
    }

    pub(crate) async fn put<T: DeserializeOwned>(&self, segments: &[&str], body: &impl Serialize) -> Result<T, Error> {
        self.answer(self.request(Method::PUT, self.url(segments)).json(body)).await
    }

    pub(crate) async fn patch<T: DeserializeOwned>(&self, segments: &[&str], body: &impl Serialize) -> Result<T, Error> {
        self.answer(self.request(Method::PATCH, self.url(segments)).json(body)).await
    }

    /// A change whose answer has no body.
    pub(crate) async fn put_silently(&self, segments: &[&str], body: &impl Serialize) -> Result<(), Error> {
        self.send(self.request(Method::PUT, self.url(segments)).json(body)).await.map(drop)
    }

    /// A removal whose answer has no body.
    pub(crate) async fn delete_silently(&self, segments: &[&str]) -> Result<(), Error> {
        self.send(self.request(Method::DELETE, self.url(segments))).await.map(drop)
    }

    /// A create. The same `key` sent again gives the first answer again instead of a second thing, so an answer that got lost,
    /// as in a restart of the panel, is asked for once more.
    pub(crate) async fn create<T: DeserializeOwned>(&self, segments: &[&str], body: &impl Serialize, key: RequestId) -> Result<T, Error> {
        let request = || self.request(Method::POST, self.url(segments)).header(IDEMPOTENCY_KEY, key.to_string()).json(body);
        match self.answer(request()).await {
            Err(Error::Lost(_)) => self.answer(request()).await,
            answer => answer,
        }
    }

    pub(crate) async fn delete<T: DeserializeOwned>(&self, segments: &[&str]) -> Result<T, Error> {
        self.answer(self.request(Method::DELETE, self.url(segments))).await
    }

    pub(crate) async fn delete_with<T: DeserializeOwned>(&self, segments: &[&str], query: &impl Serialize) -> Result<T, Error> {
        let mut url = self.url(segments);
        add_query(&mut url, query)?;
        self.answer(self.request(Method::DELETE, url)).await
    }

    /// Sends a request and reads its answer.
    pub(crate) async fn answer<T: DeserializeOwned>(&self, request: RequestBuilder) -> Result<T, Error> {
        let response = self.send(request).await?;
        let status = response.status().as_u16();
        let body = self.read(response).await?;
        serde_json::from_slice(&body).map_err(|e| Error::Unexpected { status, what: e.to_string() })
    }

    /// Sends a request; anything but a 2xx is an error.
    pub(crate) async fn send(&self, request: RequestBuilder) -> Result<Response, Error> {
        let response = request.send().await.map_err(|e| Error::of_transport(&e, &self.endpoint))?;
        if response.status().is_success() {
            return Ok(response);
        }
        let status = response.status().as_u16();
        let kind = response.headers().get(CONTENT_TYPE).cloned();
        let body = self.read(response).await?;
        match serde_json::from_slice::<Problem>(&body) {
            Ok(problem) => Err(Error::Refused(Box::new(problem))),
            Err(e) => Err(Error::Unexpected { status, what: describe(kind.as_ref(), &e) }),
        }
    }

    /// The next piece of a body.
    pub(crate) async fn chunk(
        &self,
        response: &mut Response,
    ) -> Result<Option<impl AsRef<[u8]> + std::ops::Deref<Target = [u8]> + use<>>, Error> {
        response.chunk().await.map_err(|e| Error::of_transport(&e, &self.endpoint))
    }

    async fn read(&self, mut response: Response) -> Result<Vec<u8>, Error> {
        let status = response.status().as_u16();
        let mut body = Vec::new();
        while let Some(chunk) = self.chunk(&mut response).await? {
            if body.len() + chunk.len() > MAX_ANSWER {
                return Err(Error::Unexpected { status, what: format!("it is longer than {MAX_ANSWER} bytes") });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(body)
    }

    /// At most `limit` items of a list, over as many pages as that takes.
    pub(crate) async fn collect<T, F>(&self, limit: usize, mut page: F) -> Result<Vec<T>, Error>
    where
        F: AsyncFnMut(Option<String>, u32) -> Result<Page<T>, Error>,
    {
        let mut items = Vec::new();
        let mut cursor = None;
        while items.len() < limit {
            let missing = u32::try_from(limit - items.len()).unwrap_or(FULL_PAGE).min(FULL_PAGE);
            let mut next = page(cursor, missing).await?;
            items.append(&mut next.items);
            cursor = next.next_cursor;
            if cursor.is_none() {
                break;
            }
        }
        items.truncate(limit);
        Ok(items)
    }
}

/// A header value from text the server gave.
pub(crate) fn header_value(text: &str) -> Option<HeaderValue> {
    let mut value = HeaderValue::from_str(text).ok()?;
    value.set_sensitive(true);
    Some(value)
}

/// Adds the fields of a flat query type. The types are ours, so anything that is not a scalar is a mistake in them.
pub(crate) fn add_query(url: &mut Url, query: &impl Serialize) -> Result<(), Error> {
    let value = serde_json::to_value(query).map_err(|e| Error::Setup(e.to_string()))?;
    let Value::Object(fields) = value else { return Err(Error::Setup("a query must be a record".to_owned())) };
    let mut pairs = url.query_pairs_mut();
    for (name, value) in fields {
        match value {
            Value::Null => {}
            Value::String(text) => drop(pairs.append_pair(&name, &text)),
            Value::Number(_) | Value::Bool(_) => drop(pairs.append_pair(&name, &value.to_string())),
            Value::Array(_) | Value::Object(_) => return Err(Error::Setup(format!("the query field {name} must be a scalar"))),
        }
    }
    Ok(())
}

fn describe(kind: Option<&HeaderValue>, error: &serde_json::Error) -> String {
    match kind.and_then(|k| k.to_str().ok()) {
        Some(kind) if !kind.contains("json") => format!("it is {kind}, not a problem document"),
        _ => error.to_string(),
    }
}
