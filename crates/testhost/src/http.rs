//! One HTTP request, without keeping anything: enough to ask a site for a page.

use std::{
    io::{Read, Write},
    net::{Ipv4Addr, TcpStream},
    time::Duration,
};

use crate::error::{During, Error, Result};

/// Longer than nginx waits for what is behind it (60 s), so that its own answer tells who did not answer.
const PATIENCE: Duration = Duration::from_secs(90);

/// The answer of a web server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Response {
    /// Status code.
    pub status: u16,
    /// Header lines as sent.
    pub head: String,
    /// Body, bytes that are no UTF-8 replaced.
    pub body: String,
}

/// `GET path` at `address:80` with `Host: hostname`. HTTP/1.0, so the body ends with the connection.
pub(crate) fn get(address: Ipv4Addr, hostname: &str, path: &str) -> Result<Response> {
    let action = || format!("fetch http://{hostname}{path} from {address}");
    let mut stream = TcpStream::connect_timeout(&(address, 80).into(), PATIENCE).during(action)?;
    stream.set_read_timeout(Some(PATIENCE)).during(action)?;
    stream.set_write_timeout(Some(PATIENCE)).during(action)?;
    let request = format!("GET {path} HTTP/1.0\r\nHost: {hostname}\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).during(action)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).during(action)?;
    parse(&String::from_utf8_lossy(&answer))
        .ok_or_else(|| Error::Answer { what: action(), answer: String::from_utf8_lossy(&answer).chars().take(200).collect() })
}

fn parse(answer: &str) -> Option<Response> {
    let (head, body) = answer.split_once("\r\n\r\n")?;
    let status = head.strip_prefix("HTTP/1.")?.get(2..5)?.parse().ok()?;
    Some(Response { status, head: head.to_owned(), body: body.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn answer_is_split_into_status_and_body() {
        let response = parse("HTTP/1.1 404 Not Found\r\nServer: x\r\n\r\nno\r\n\r\nsuch page");
        assert_eq!(response.map(|r| (r.status, r.body)), Some((404, "no\r\n\r\nsuch page".to_owned())));
    }

    #[test]
    fn closed_connection_is_no_answer() {
        assert_eq!(parse(""), None);
    }
}
