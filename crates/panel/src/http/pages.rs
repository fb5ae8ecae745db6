//! Cursor pagination. A cursor is opaque: base64url over the last key of the page before.

use super::{ApiError, ApiResult};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use nusantara_api::Page;
use std::str::FromStr;

const USUAL: u32 = 50;
const MOST: u32 = 200;

/// How many items were asked for.
pub(crate) fn limit(asked: Option<u32>) -> ApiResult<usize> {
    match asked.unwrap_or(USUAL) {
        limit @ 1..=MOST => Ok(limit as usize),
        _ => Err(ApiError::invalid("limit", "use a number from 1 to 200")),
    }
}

/// How many lines of a log were asked for.
pub(crate) fn lines(asked: Option<u32>) -> ApiResult<u32> {
    match asked.unwrap_or(100) {
        lines @ 1..=1_000 => Ok(lines),
        _ => Err(ApiError::invalid("lines", "use a number from 1 to 1000")),
    }
}

/// The key a cursor stands for.
pub(crate) fn key<T: FromStr>(cursor: Option<&str>) -> ApiResult<Option<T>> {
    let Some(cursor) = cursor else { return Ok(None) };
    let bytes = URL_SAFE_NO_PAD.decode(cursor).ok();
    let key = bytes.and_then(|bytes| String::from_utf8(bytes).ok()).and_then(|text| text.parse().ok());
    key.map(Some).ok_or_else(|| ApiError::invalid("cursor", "pass next_cursor of the page before, unchanged"))
}

/// Cuts one item more than asked for into a page and the cursor to the next.
pub(crate) fn page<R, T>(mut rows: Vec<R>, limit: usize, key: impl Fn(&R) -> String, view: impl FnMut(R) -> T) -> Page<T> {
    let more = rows.len() > limit;
    rows.truncate(limit);
    told(rows, more, key, view)
}

/// A page that somebody else has cut, and who says whether there is more.
pub(crate) fn told<R, T>(rows: Vec<R>, more: bool, key: impl Fn(&R) -> String, view: impl FnMut(R) -> T) -> Page<T> {
    let next_cursor = rows.last().filter(|_| more).map(|row| URL_SAFE_NO_PAD.encode(key(row)));
    Page { items: rows.into_iter().map(view).collect(), next_cursor }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_leads_to_the_next_page_and_the_last_has_none() {
        let first = page(vec![1, 2, 3], 2, ToString::to_string, |n| n);
        assert_eq!(first.items, [1, 2]);
        assert_eq!(key::<u32>(first.next_cursor.as_deref()).unwrap(), Some(2));
        assert!(page(vec![1, 2], 2, ToString::to_string, |n| n).next_cursor.is_none());
        assert!(key::<u32>(Some("%%")).is_err() && key::<u32>(Some("eA")).is_err());
        assert_eq!(key::<u32>(None).unwrap(), None);
        assert!(limit(Some(0)).is_err() && limit(Some(201)).is_err());
        assert_eq!(limit(None).unwrap(), 50);
    }
}
