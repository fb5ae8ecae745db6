//! Questions to DNS. Nothing is kept: whoever has just written a record must not be told of the time before.

use hickory_resolver::config::{ConnectionConfig, LookupIpStrategy, NameServerConfig, ResolverConfig};
use hickory_resolver::net::NetError;
use hickory_resolver::net::runtime::TokioRuntimeProvider;
use hickory_resolver::proto::rr::RData;
use hickory_resolver::{Resolver, TokioResolver};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

/// How long one server may take, and how often it is asked.
const PATIENCE: Duration = Duration::from_secs(3);
const ATTEMPTS: usize = 2;

/// The texts of the TXT records of a name; none when there are none. `servers` are asked, or those of the system when there are none.
///
/// # Errors
/// A sentence, when no server answers.
pub(crate) async fn txt(servers: &[SocketAddr], name: &str) -> Result<Vec<String>, String> {
    // With the final dot no search list is tried.
    let answer = resolver(servers).map_err(|e| e.to_string())?.txt_lookup(format!("{name}.")).await;
    match answer {
        Ok(found) => Ok(found.answers().iter().filter_map(|record| text(&record.data)).collect()),
        Err(e) if e.is_no_records_found() || e.is_nx_domain() => Ok(Vec::new()),
        Err(e) => Err(e.to_string()),
    }
}

/// The addresses of a name; none when it has none. `servers` are asked, or those of the system when there are none.
///
/// # Errors
/// A sentence, when no server answers.
pub(crate) async fn addresses(servers: &[SocketAddr], name: &str) -> Result<Vec<IpAddr>, String> {
    // Both kinds: an authority may take either.
    let resolver = resolver(servers).map_err(|e| e.to_string())?;
    let answer = resolver.lookup_ip(format!("{name}.")).await;
    match answer {
        Ok(found) => Ok(found.iter().collect()),
        Err(e) if e.is_no_records_found() || e.is_nx_domain() => Ok(Vec::new()),
        Err(e) => Err(e.to_string()),
    }
}

/// A record's text: its parts one after the other (RFC 7208, 3.3).
fn text(data: &RData) -> Option<String> {
    let RData::TXT(txt) = data else { return None };
    String::from_utf8(txt.txt_data.concat()).ok()
}

fn resolver(servers: &[SocketAddr]) -> Result<TokioResolver, NetError> {
    let mut builder = if servers.is_empty() {
        TokioResolver::builder_tokio()?
    } else {
        let servers = servers.iter().map(|&server| name_server(server)).collect();
        Resolver::builder_with_config(ResolverConfig::from_parts(None, Vec::new(), servers), TokioRuntimeProvider::default())
    };
    let options = builder.options_mut();
    options.ip_strategy = LookupIpStrategy::Ipv4AndIpv6;
    (options.timeout, options.attempts, options.cache_size) = (PATIENCE, ATTEMPTS, 0);
    builder.build()
}

fn name_server(server: SocketAddr) -> NameServerConfig {
    let (mut udp, mut tcp) = (ConnectionConfig::udp(), ConnectionConfig::tcp());
    (udp.port, tcp.port) = (server.port(), server.port());
    NameServerConfig::new(server.ip(), true, vec![udp, tcp])
}
