//! How many wrong passwords are too many (SECURITY R21): counted per login *and* network, and per network alone, so that strangers
//! can never lock the owner out. Each failure past the free ones doubles the wait.

use chrono::TimeDelta;
use nusantara_types::Timestamp;
use std::net::IpAddr;

/// Failures without a wait: people mistype.
const FREE: u32 = 5;
/// The same for a whole network, behind which may be an office.
const FREE_NETWORK: u32 = 30;
/// The longest wait.
const LONGEST: TimeDelta = TimeDelta::minutes(15);
/// After this long without a failure the count starts anew.
pub(crate) const FORGOTTEN_AFTER: TimeDelta = TimeDelta::hours(24);

/// The buckets that an attempt counts in: the login from this network, and the network. From a browser that the login was seen in it
/// is only that browser's own, which strangers cannot fill.
pub(crate) fn buckets(username: &str, address: IpAddr, device: Option<&str>) -> Vec<String> {
    if let Some(device) = device {
        return vec![format!("{}device {}", of_login(username), &super::tokens::stored(device)[..32])];
    }
    let network = network(address);
    vec![format!("{}{network}", of_login(username)), format!("network {network}")]
}

/// What the name of every bucket of a login begins with. Hashed, so that it has a bounded length whatever was typed.
pub(crate) fn of_login(username: &str) -> String {
    let login = super::tokens::stored(&username.to_lowercase());
    format!("login {} ", &login[..32])
}

/// When the next attempt may come after this many failures in a bucket.
pub(crate) fn blocked_until(bucket: &str, failures: u32, now: Timestamp) -> Option<Timestamp> {
    let free = if bucket.starts_with("network ") { FREE_NETWORK } else { FREE };
    let over = failures.checked_sub(free)?;
    let wait = TimeDelta::try_seconds(1_i64 << over.min(20)).unwrap_or(LONGEST).min(LONGEST);
    Some(now + wait)
}

/// IPv4 by /24, IPv6 by /56: what one customer of a network usually has.
pub(crate) fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            format!("{a}.{b}.{c}.0/24")
        }
        IpAddr::V6(v6) => {
            let mut octets = v6.octets();
            octets[7..].fill(0);
            format!("{}/56", std::net::Ipv6Addr::from(octets))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_up_to_a_bound() {
        let now = chrono::DateTime::from_timestamp(0, 0).unwrap();
        let wait = |failures| blocked_until("login x", failures, now).map(|until| (until - now).num_seconds());
        assert_eq!(
            [wait(0), wait(4), wait(5), wait(6), wait(9), wait(40), wait(u32::MAX)],
            [None, None, Some(1), Some(2), Some(16), Some(900), Some(900)]
        );
        assert_eq!(blocked_until("network x", 29, now), None);
    }

    #[test]
    fn neighbours_share_a_network_and_strangers_do_not() {
        let of = |text: &str| buckets("Admin", text.parse().unwrap(), None);
        assert_eq!(of("192.0.2.1"), of("192.0.2.254"));
        assert_eq!(of("192.0.2.1"), of("::ffff:192.0.2.9"));
        assert_ne!(of("192.0.2.1"), of("192.0.3.1"));
        assert_eq!(of("2001:db8:0:ff00::1")[1], "network 2001:db8:0:ff00::/56");
        assert_eq!(buckets("admin", "192.0.2.1".parse().unwrap(), None), of("192.0.2.1"));
        let known = buckets("admin", "192.0.2.1".parse().unwrap(), Some("token"));
        assert!(known.len() == 1 && known[0].starts_with(&of_login("ADMIN")), "{known:?}");
    }
}
