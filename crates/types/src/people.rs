//! What logins of the panel are described by: roles and networks.

use crate::parse::{Invalid, string_newtype};
use serde::{Deserialize, Serialize};
use std::net::IpAddr;

/// The name of a role: `^[a-z][a-z0-9-]{1,15}$`. `admin`, `operator`, `viewer` and `user` are built in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RoleName(String);

impl TryFrom<String> for RoleName {
    type Error = Invalid;
    fn try_from(s: String) -> Result<Self, Invalid> {
        let ok = (2..=16).contains(&s.len())
            && s.as_bytes()[0].is_ascii_lowercase()
            && s.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-');
        if ok {
            Ok(Self(s))
        } else {
            Err(Invalid::new("role", "use 2 to 16 lower-case letters, digits and hyphens, starting with a letter"))
        }
    }
}
string_newtype!(RoleName);

impl RoleName {
    /// Everything.
    #[must_use]
    pub fn admin() -> Self {
        Self("admin".to_owned())
    }

    /// Owns accounts and sees those only.
    #[must_use]
    pub fn user() -> Self {
        Self("user".to_owned())
    }
}

/// A network such as `192.0.2.0/24`, or one address. IPv4 written as IPv6 is the same network.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

impl Network {
    /// Whether an address is in it.
    #[must_use]
    pub fn contains(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        address.is_ipv4() == self.address.is_ipv4() && masked(address, self.bits) == self.address
    }
}

/// The address with everything past its first `bits` cleared.
fn masked(address: IpAddr, bits: u8) -> IpAddr {
    match address {
        IpAddr::V4(v4) => {
            let mask = u32::MAX.checked_shl(32 - u32::from(bits.min(32))).unwrap_or(0);
            IpAddr::V4((u32::from(v4) & mask).into())
        }
        IpAddr::V6(v6) => {
            let mask = u128::MAX.checked_shl(128 - u32::from(bits.min(128))).unwrap_or(0);
            IpAddr::V6((u128::from(v6) & mask).into())
        }
    }
}

impl TryFrom<String> for Network {
    type Error = Invalid;
    fn try_from(s: String) -> Result<Self, Invalid> {
        let bad =
            || Invalid::new("network", "give an address or a network such as 192.0.2.0/24 or 2001:db8::/48, without bits past its length");
        let (address, bits) = match s.split_once('/') {
            Some((address, bits)) => (address, Some(bits)),
            None => (s.as_str(), None),
        };
        let address: IpAddr = address.parse().map_err(|_| bad())?;
        let address = address.to_canonical();
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = match bits {
            None => most,
            Some(bits) if bits.bytes().all(|b| b.is_ascii_digit()) => bits.parse().ok().filter(|bits| *bits <= most).ok_or_else(bad)?,
            Some(_) => return Err(bad()),
        };
        if masked(address, bits) != address {
            return Err(bad());
        }
        Ok(Self { address, bits })
    }
}

impl std::fmt::Display for Network {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let whole = if self.address.is_ipv4() { 32 } else { 128 };
        if self.bits == whole { self.address.fmt(f) } else { write!(f, "{}/{}", self.address, self.bits) }
    }
}

impl std::str::FromStr for Network {
    type Err = Invalid;
    fn from_str(s: &str) -> Result<Self, Invalid> {
        Self::try_from(s.to_owned())
    }
}

impl From<Network> for String {
    fn from(network: Network) -> Self {
        network.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_short_words() {
        for good in ["admin", "support-2", "ab"] {
            assert_eq!(good.parse::<RoleName>().unwrap().as_str(), good);
        }
        for bad in ["", "a", "Admin", "1st", "-x", "a b", "aaaaaaaaaaaaaaaaa", "a\n"] {
            assert!(bad.parse::<RoleName>().is_err(), "{bad:?}");
        }
    }

    #[test]
    fn networks_hold_what_is_in_them() {
        let of = |text: &str| text.parse::<Network>().unwrap();
        let ip = |text: &str| text.parse::<IpAddr>().unwrap();
        assert!(of("192.0.2.0/24").contains(ip("192.0.2.255")) && !of("192.0.2.0/24").contains(ip("192.0.3.0")));
        assert!(of("192.0.2.7").contains(ip("::ffff:192.0.2.7")) && !of("192.0.2.7").contains(ip("192.0.2.8")));
        assert!(of("0.0.0.0/0").contains(ip("203.0.113.9")) && !of("0.0.0.0/0").contains(ip("2001:db8::1")));
        assert!(of("2001:db8::/32").contains(ip("2001:db8:ffff::1")) && !of("2001:db8::/32").contains(ip("2001:db9::1")));
        for bad in ["", "192.0.2.1/24", "192.0.2.0/33", "192.0.2.0/", "192.0.2.0/+8", "x", "2001:db8::/129", "1.2.3.4/8/8"] {
            assert!(bad.parse::<Network>().is_err(), "{bad:?}");
        }
        for same in ["192.0.2.0/24", "192.0.2.7", "2001:db8::/32", "::/0"] {
            assert_eq!(of(same).to_string(), same);
        }
    }
}
