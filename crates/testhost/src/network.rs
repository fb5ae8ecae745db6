//! The bridge that all hosts of this machine share, and the addresses on it.

use std::{net::Ipv4Addr, path::Path};

use crate::{
    command::{check, command},
    error::Result,
};

/// Name of the bridge. The kernel allows 15 characters.
pub(crate) const BRIDGE: &str = "nusantara-test";
/// Its hardware address, of those that anybody may give.
const BRIDGE_MAC: &str = "02:00:77:00:00:01";
/// This machine's own address on the bridge; the hosts' default route.
pub(crate) const GATEWAY: Ipv4Addr = Ipv4Addr::new(10, 77, 0, 1);
/// Last octets that hosts may get.
pub(crate) const OCTETS: std::ops::RangeInclusive<u8> = 11..=250;

pub(crate) fn address(octet: u8) -> Ipv4Addr {
    Ipv4Addr::new(10, 77, 0, octet)
}

fn exists(interface: &str) -> bool {
    Path::new("/sys/class/net").join(interface).exists()
}

fn ip(arguments: &str) -> Result<()> {
    check(command(std::iter::once("ip").chain(arguments.split(' ')))).map(drop)
}

/// Makes the bridge unless it is there. Call it under the registry's lock.
pub(crate) fn bridge_up() -> Result<()> {
    if !exists(BRIDGE) {
        // An address of its own: else the bridge takes its ports' lowest, another one whenever a host comes or goes, and connections
        // of the others stall until they have asked who it is.
        ip(&format!("link add {BRIDGE} address {BRIDGE_MAC} type bridge"))?;
        ip(&format!("address add {GATEWAY}/24 dev {BRIDGE}"))?;
    }
    ip(&format!("link set {BRIDGE} up"))
}

/// Removes the bridge. Call it under the registry's lock, when no host is left.
pub(crate) fn bridge_down() -> Result<()> {
    if exists(BRIDGE) { ip(&format!("link delete {BRIDGE}")) } else { Ok(()) }
}

/// The tap interface of a virtual machine.
pub(crate) fn tap(address: Ipv4Addr) -> String {
    format!("nusa-tap{}", address.octets()[3])
}

/// Makes a tap interface on the bridge.
pub(crate) fn tap_up(name: &str) -> Result<()> {
    tap_down(name)?;
    ip(&format!("tuntap add dev {name} mode tap"))?;
    ip(&format!("link set {name} master {BRIDGE} up"))
}

/// Removes a tap interface if it is there.
pub(crate) fn tap_down(name: &str) -> Result<()> {
    if exists(name) { ip(&format!("link delete {name}")) } else { Ok(()) }
}
