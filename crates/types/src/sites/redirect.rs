//! Where a site sends its visitors.

use super::UrlPath;
use crate::parse::{Invalid, string_newtype};
use crate::{DomainName, refuse_control};
use serde::{Deserialize, Serialize};

/// An absolute address: `http://` or `https://`, a domain name, optionally a port and a path. No user, query or fragment.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RedirectTarget(String);

impl TryFrom<String> for RedirectTarget {
    type Error = Invalid;
    fn try_from(s: String) -> Result<Self, Invalid> {
        const WHAT: &str = "redirect";
        let bad = Invalid::new(WHAT, "give an address such as https://example.com/shop, without user, query or fragment");
        refuse_control(WHAT, &s)?;
        let (scheme, rest) = s.split_once("://").ok_or_else(|| bad.clone())?;
        if !matches!(scheme, "http" | "https") {
            return Err(bad);
        }
        let (authority, path) = rest.find('/').map_or((rest, ""), |at| rest.split_at(at));
        let (host, port) = authority.split_once(':').map_or((authority, None), |(host, port)| (host, Some(port)));
        let host: DomainName = host.parse()?;
        let port = match port {
            None => String::new(),
            Some(port) => match port.parse::<u16>() {
                Ok(n) if n > 0 && port.bytes().all(|b| b.is_ascii_digit()) => format!(":{n}"),
                _ => return Err(bad),
            },
        };
        let path = if path.is_empty() { String::new() } else { UrlPath::try_from(path.to_owned())?.into() };
        Ok(Self(format!("{scheme}://{host}{port}{path}")))
    }
}
string_newtype!(RedirectTarget);

/// How a redirect is meant (RFC 9110, section 15.4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RedirectStatus {
    /// 301: for good; browsers remember it.
    #[default]
    MovedPermanently,
    /// 302: for now.
    Found,
    /// 307: for now, with the same method.
    Temporary,
    /// 308: for good, with the same method.
    Permanent,
}

impl RedirectStatus {
    /// The number.
    #[must_use]
    pub const fn code(self) -> u16 {
        match self {
            Self::MovedPermanently => 301,
            Self::Found => 302,
            Self::Temporary => 307,
            Self::Permanent => 308,
        }
    }
}

/// The runtime `redirect`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Redirect {
    /// Where to.
    pub to: RedirectTarget,
    /// How it is meant.
    #[serde(default)]
    pub status: RedirectStatus,
    /// Whether path and query of the request are put behind the address.
    #[serde(default)]
    pub keep_path: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_are_taken_apart_and_put_together_again() {
        for (given, kept) in [
            ("https://Example.com", "https://example.com"),
            ("http://bücher.de:8080/a/b.html", "http://xn--bcher-kva.de:8080/a/b.html"),
            ("https://a.test/", "https://a.test/"),
        ] {
            assert_eq!(given.parse::<RedirectTarget>().unwrap().as_str(), kept);
        }
        for bad in [
            "",
            "example.com",
            "javascript://a.test/",
            "//a.test",
            "https://",
            "https://a.test:0",
            "https://a.test:+80",
            "https://a.test:99999",
            "https://u@a.test",
            "https://a.test/?x",
            "https://a.test/#x",
            "https://a.test/$x",
            "https://a.test/;",
            "https://a.test\n",
            "https://127.0.0.1/",
            "https://a.test/ b",
        ] {
            assert!(bad.parse::<RedirectTarget>().is_err(), "{bad:?}");
        }
    }
}
