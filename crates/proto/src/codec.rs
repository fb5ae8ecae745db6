//! Bytes of one message. The kernel frames: one message is one `SOCK_SEQPACKET` datagram, so there is no length to parse.

use serde::{Serialize, de::DeserializeOwned};

/// Largest message in either direction, in bytes.
pub const MAX_MESSAGE: usize = 192 * 1024;

/// Why bytes are not a message.
#[derive(Debug, thiserror::Error)]
pub enum CodecError {
    /// Longer than [`MAX_MESSAGE`].
    #[error("a message must not be longer than {MAX_MESSAGE} bytes")]
    TooLarge,
    /// Not the JSON that was expected.
    #[error("not a valid message: {0}")]
    Json(#[from] serde_json::Error),
}

/// Encodes a message.
///
/// # Errors
/// [`CodecError::TooLarge`] when it would not fit one datagram.
pub fn encode<T: Serialize>(message: &T) -> Result<Vec<u8>, CodecError> {
    let bytes = serde_json::to_vec(message)?;
    if bytes.len() > MAX_MESSAGE { Err(CodecError::TooLarge) } else { Ok(bytes) }
}

/// Decodes a message. Unknown fields, trailing bytes and nesting beyond serde_json's 128 levels are refused.
///
/// # Errors
/// [`CodecError`] says why.
pub fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, CodecError> {
    if bytes.len() > MAX_MESSAGE {
        return Err(CodecError::TooLarge);
    }
    Ok(serde_json::from_slice(bytes)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::{Operation, Request};

    #[test]
    fn hostile_requests_do_not_decode() {
        let id = "01890000-0000-7000-8000-000000000000";
        let good = format!(r#"{{"version":1,"id":"{id}","actor":"root","operation":{{"account_show":{{"username":"joko"}}}}}}"#);
        assert!(decode::<Request>(good.as_bytes()).is_ok());
        for bad in [
            good.replace("joko", "root"),
            good.replace("joko", "../x"),
            good.replace("account_show", "run_command"),
            good.replace(r#""username":"joko""#, r#""username":"joko","uid":0"#),
            good.replace(r#""version":1"#, r#""version":1,"sudo":true"#),
            good[..good.len() - 3].to_owned(),
            format!("{good}{good}"),
            String::new(),
        ] {
            assert!(decode::<Request>(bad.as_bytes()).is_err(), "{bad}");
        }
        for unit in ["describe", "package_list"] {
            let extra = format!(r#"{{"version":1,"id":"{id}","actor":"root","operation":{{"{unit}":{{"x":1}}}}}}"#);
            assert!(decode::<Request>(extra.as_bytes()).is_err(), "{extra}");
        }
        assert!(decode::<Operation>(vec![b'['; MAX_MESSAGE + 1].as_slice()).is_err());
    }
}
