//! Links by which a password is set: an invitation, a reset, a rescue. 256 bits, kept as a hash, one for each login, good once
//! (SECURITY R24). Using one logs nobody in, ends every session and asks for the second factor as always.

use super::tokens;
use crate::http::ApiResult;
use chrono::TimeDelta;
use nusantara_api::people::PasswordLink;
use nusantara_store::{LoginLink, Tx, UserRecord};
use nusantara_types::{Actor, Timestamp};

/// How long somebody who is new has: the link reaches them by a person, and opens nothing that is older than it.
const INVITED: TimeDelta = TimeDelta::hours(24);
/// How long somebody has whose login exists.
const RESET: TimeDelta = TimeDelta::minutes(15);

/// Makes a login's link, in the place of the one it had.
pub(crate) async fn make(tx: &Tx, user: &UserRecord, by: &Actor, now: Timestamp) -> ApiResult<PasswordLink> {
    let token = tokens::generate();
    let expires_at = now + if user.password_hash.is_empty() { INVITED } else { RESET };
    let link = LoginLink { user: user.id, expires_at };
    tx.login_link_put(&link, &tokens::stored(&token), by, now).await?;
    Ok(PasswordLink { path: format!("/welcome#{token}"), expires_at })
}
