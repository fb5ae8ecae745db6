//! Whether names lead to this server: asked of DNS before an authority is, because an authority counts what fails.

use crate::dns;
use nusantara_types::DomainName;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket};

/// The most names of a certificate (what authorities sign).
const NAMES_MOST: usize = 100;

/// Where a name leads.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Leads {
    /// To this server, or as far as can be told from behind a translated address.
    Here,
    /// Not here; what to change, as a sentence.
    Away(String),
}

/// The names of a site that an order can be for, its own first, and a sentence about each that is left out.
///
/// # Errors
/// What to change, when the site's own name does not lead here.
pub(crate) async fn chosen(servers: &[SocketAddr], names: &[DomainName]) -> Result<(Vec<DomainName>, Vec<String>), String> {
    let (mut here, mut left_out) = (Vec::new(), Vec::new());
    for (at, name) in names.iter().enumerate() {
        match dns::addresses(servers, name.as_str()).await {
            Ok(addresses) => match leads(name, &addresses, from) {
                Leads::Here if here.len() == NAMES_MOST => {
                    left_out.push(format!("{name} is left out: a certificate is for at most {NAMES_MOST} names."));
                }
                Leads::Here => here.push(name.clone()),
                Leads::Away(what) if at == 0 => return Err(what),
                Leads::Away(what) => left_out.push(what),
            },
            Err(cause) => {
                tracing::warn!(%name, cause, "DNS did not answer");
                let what = format!("DNS did not answer when it was asked for {name}; try again in a moment.");
                if at == 0 {
                    return Err(what);
                }
                left_out.push(what);
            }
        }
    }
    Ok((here, left_out))
}

/// Every address that the name has: an authority may take any.
fn leads(name: &DomainName, addresses: &[IpAddr], from: impl Fn(IpAddr) -> Option<IpAddr>) -> Leads {
    let record = |address: &IpAddr| if address.is_ipv4() { "A" } else { "AAAA" };
    let public = |probe: IpAddr| from(probe).filter(|own| !is_private(*own));
    if addresses.is_empty() {
        // Reserved for documentation (RFC 5737): nothing is sent there, it only shows which address this server would send from.
        let own = public(IpAddr::V4(Ipv4Addr::new(192, 0, 2, 1)));
        let to = own.map_or_else(|| "this server's public address".to_owned(), |own| own.to_string());
        return Leads::Away(format!("{name} has no address in DNS. Add an A record for {name} with {to}."));
    }
    for address in addresses {
        let Some(own) = from(*address) else {
            // No way there from here: nobody can say more.
            continue;
        };
        if own == *address || address.is_loopback() || is_private(own) {
            continue;
        }
        let record = record(address);
        return Leads::Away(format!(
            "{name} leads to {address}, which is another machine. Change its {record} record to {own}, or remove that record."
        ));
    }
    Leads::Here
}

/// The address this server would send from to reach `to`: `to` itself when it is this server's. Nothing is sent.
fn from(to: IpAddr) -> Option<IpAddr> {
    let any: IpAddr = if to.is_ipv4() { Ipv4Addr::UNSPECIFIED.into() } else { Ipv6Addr::UNSPECIFIED.into() };
    let socket = UdpSocket::bind((any, 0)).ok()?;
    socket.connect((to, 80)).ok()?;
    Some(socket.local_addr().ok()?.ip())
}

/// Whether an address is translated on its way out (RFC 1918, 6598, 4193), so that nobody inside knows the one outside.
fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, ..] = v4.octets();
            v4.is_private() || v4.is_loopback() || v4.is_link_local() || (a == 100 && (64..128).contains(&b))
        }
        IpAddr::V6(v6) => v6.is_loopback() || (v6.segments()[0] & 0xfe00) == 0xfc00 || (v6.segments()[0] & 0xffc0) == 0xfe80,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_a_name_leads_is_said_with_what_to_change() {
        let name: DomainName = "joko.test".parse().unwrap();
        let (own, own6): (IpAddr, IpAddr) = ("198.51.100.4".parse().unwrap(), "2001:db8::4".parse().unwrap());
        let routed = move |to: IpAddr| Some(if to == own || to.is_ipv4() { own } else { own6 });
        let ip = |s: &str| s.parse::<IpAddr>().unwrap();
        assert_eq!(leads(&name, &[own, own6], routed), Leads::Here);
        assert_eq!(leads(&name, &[ip("127.0.0.1")], routed), Leads::Here);
        let Leads::Away(said) = leads(&name, &[ip("203.0.113.9")], routed) else { panic!() };
        assert!(said.contains("A record to 198.51.100.4"), "{said}");
        let Leads::Away(said) = leads(&name, &[own, ip("2001:db8::9")], routed) else { panic!() };
        assert!(said.contains("AAAA record to 2001:db8::4"), "{said}");
        let Leads::Away(said) = leads(&name, &[], routed) else { panic!() };
        assert!(said.contains("Add an A record for joko.test with 198.51.100.4"), "{said}");
        let inside = |_: IpAddr| Some(ip("10.0.0.5"));
        assert_eq!(leads(&name, &[ip("203.0.113.9")], inside), Leads::Here, "behind a translated address nobody can tell");
        let Leads::Away(said) = leads(&name, &[], inside) else { panic!() };
        assert!(said.contains("this server's public address"), "{said}");
    }

    #[test]
    fn an_address_of_this_machine_is_its_own() {
        assert_eq!(from("127.0.0.1".parse().unwrap()), Some("127.0.0.1".parse().unwrap()));
    }
}
