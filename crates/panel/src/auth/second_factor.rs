//! The second factor: codes of an app (RFC 6238), each good once, and recovery codes for when the app is lost.

use super::tokens;
use super::vault::Vault;
use crate::app::App;
use crate::http::{ApiError, ApiResult};
use fast_qr::{ECL, QRBuilder};
use nusantara_api::auth::{QrCode, SecondFactorSetup};
use nusantara_store::{TotpRecord, Tx};
use nusantara_types::{Secret, Timestamp, UserId};
use secrecy::ExposeSecret;
use totp_rs::{Algorithm, Builder, Totp};

/// How many recovery codes somebody gets.
const CODES: usize = 10;
/// Digits and letters of a recovery code that cannot be taken for one another: 32 of them, so 16 make 80 bits.
const LETTERS: &[u8; 32] = b"ABCDEFGHJKLMNPQRSTUVWXYZ23456789";
/// Light squares around a QR code, without which cameras do not find it.
const BORDER: usize = 4;

fn place(user: UserId) -> String {
    format!("totp_secrets|secret|{user}")
}

/// What makes codes out of a secret, as every app does: SHA-1, six digits, thirty seconds, one to either side.
fn totp(secret: Vec<u8>, username: &str, host: &str) -> ApiResult<Totp> {
    let builder = Builder::new().with_algorithm(Algorithm::SHA1).with_digits(6).with_skew(1).with_step_duration(30);
    let builder = builder.with_secret(secret).with_account_name(username).with_issuer(Some(format!("Nusantara {host}")));
    builder.build().map_err(|e| ApiError::internal(format_args!("a secret for codes: {e:?}")))
}

/// A new secret for a login, kept but not yet asked for.
pub(crate) async fn begin(app: &App, tx: &Tx, user: UserId, username: &str, now: Timestamp) -> ApiResult<SecondFactorSetup> {
    let secret: [u8; 20] = rand::random();
    let host = app.config.names().into_iter().next().unwrap_or_default().replace(':', "");
    let totp = totp(secret.to_vec(), username, &host)?;
    let sealed = app.vault.seal(&place(user), &secret).ok_or_else(|| ApiError::internal("a secret could not be encrypted"))?;
    tx.totp_put(user, &sealed, now).await?;
    let uri = totp.to_url().map_err(|e| ApiError::internal(format_args!("an address for codes: {e:?}")))?;
    Ok(SecondFactorSetup { secret: totp.secret().to_base32(), qr: qr(&uri)?, uri })
}

/// What a code turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Checked {
    /// The login has no second factor.
    NotAsked,
    /// It has one, and nothing was given.
    Missing {
        /// Whether a passkey would do.
        passkey: bool,
    },
    /// It is not right, or was used before.
    Wrong,
    /// It is right, and is now spent.
    Right,
}

/// Checks and spends a code of the app, or a recovery code.
pub(crate) async fn check(app: &App, tx: &Tx, user: UserId, code: Option<&Secret>, now: Timestamp) -> ApiResult<Checked> {
    let record = tx.totp_get(user).await?.filter(|record| record.confirmed_at.is_some());
    let passkey = tx.passkey_count(user).await? > 0;
    if record.is_none() && !passkey {
        return Ok(Checked::NotAsked);
    }
    let given = code.map(|code| code.expose_secret().trim()).filter(|code| !code.is_empty());
    let Some(code) = given else { return Ok(Checked::Missing { passkey }) };
    let right = match &record {
        Some(record) if code.len() <= 7 => spend(&app.vault, tx, user, record, code, now).await?,
        None if code.len() <= 7 => false,
        _ => tx.recovery_code_spend(user, &tokens::stored(&plain(code))).await?,
    };
    Ok(if right { Checked::Right } else { Checked::Wrong })
}

/// Spends the code of the app, confirmed or not.
pub(crate) async fn spend(vault: &Vault, tx: &Tx, user: UserId, record: &TotpRecord, code: &str, now: Timestamp) -> ApiResult<bool> {
    let secret = vault.open_sealed(&place(user), &record.secret);
    let secret = secret.ok_or_else(|| ApiError::internal(format_args!("the secret of login {user} does not open with secrets.key")))?;
    let seconds = u64::try_from(now.timestamp()).unwrap_or_default();
    let digits: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    let step = totp(secret, "x", "x")?.check(&digits, seconds).and_then(|step| i64::try_from(step).ok());
    match step {
        Some(step) => Ok(tx.totp_spend(user, step).await?),
        None => Ok(false),
    }
}

/// New recovery codes for a login, in the place of those it had.
pub(crate) async fn new_codes(tx: &Tx, user: UserId) -> ApiResult<Vec<String>> {
    let codes: Vec<String> = (0..CODES).map(|_| new_code()).collect();
    let hashes: Vec<String> = codes.iter().map(|code| tokens::stored(&plain(code))).collect();
    tx.recovery_codes_put(user, &hashes).await?;
    Ok(codes)
}

fn new_code() -> String {
    let bytes: [u8; 16] = rand::random();
    let letters: Vec<char> = bytes.iter().map(|byte| char::from(LETTERS[usize::from(byte % 32)])).collect();
    letters.chunks(4).map(|four| four.iter().collect::<String>()).collect::<Vec<_>>().join("-")
}

/// A recovery code without what people add when they copy it.
fn plain(code: &str) -> String {
    code.chars().filter(char::is_ascii_alphanumeric).take(64).collect::<String>().to_ascii_uppercase()
}

/// An address as a QR code: one path with a stroke for each run of dark squares.
fn qr(text: &str) -> ApiResult<QrCode> {
    let code = QRBuilder::new(text).ecl(ECL::M).build().map_err(|_| ApiError::internal("an address is too long for a QR code"))?;
    let mut path = String::new();
    for y in 0..code.size {
        let row = &code[y];
        let mut x = 0;
        while x < row.len() {
            let run = row[x..].iter().take_while(|square| square.value()).count();
            if run > 0 {
                path += &format!("M{} {}h{run}v1h-{run}z", x + BORDER, y + BORDER);
            }
            x += run.max(1);
        }
    }
    let size = u32::try_from(code.size + 2 * BORDER).map_err(ApiError::internal)?;
    Ok(QrCode { size, path })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn recovery_codes_are_long_and_forgive_how_they_are_typed() {
        let code = new_code();
        assert_eq!((code.len(), plain(&code).len()), (19, 16));
        assert_eq!(plain(&format!(" {} ", code.to_lowercase().replace('-', " "))), plain(&code));
        assert_ne!(code, new_code());
    }

    #[test]
    fn a_qr_code_has_its_three_corners() {
        let code = qr("otpauth://totp/Nusantara:ani?secret=ABC").unwrap();
        let end = code.size - 4 - 7;
        for corner in ["M4 4h7v1h-7z".to_owned(), format!("M{end} 4h7v1h-7z"), format!("M4 {end}h7v1h-7z")] {
            assert!(code.path.contains(&corner), "{corner}");
        }
    }
}
