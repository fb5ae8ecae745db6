//! Why a call has no answer of the expected kind.

use nusantara_api::Problem;
use std::error::Error as StdError;
use std::io::ErrorKind;

/// What went wrong with a call.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The panel understood and said no.
    #[error("{}", .0.detail)]
    Refused(Box<Problem>),
    /// Nobody could be asked; nothing was done.
    #[error("the panel at {endpoint} cannot be reached: {obstacle}")]
    Unreachable {
        /// The socket's path or the address.
        endpoint: String,
        /// What is in the way.
        obstacle: Obstacle,
    },
    /// The connection ended, or nothing came for too long, after the request had been sent: it may or may not have been done.
    #[error("the connection to the panel was lost before its answer came: {0}")]
    Lost(String),
    /// The answer is not one this client understands; something else may be listening there, or another version.
    #[error("the answer (HTTP {status}) is not one of this version's panel: {what}")]
    Unexpected {
        /// HTTP status.
        status: u16,
        /// What is odd about it.
        what: String,
    },
    /// The client cannot be set up, or the request cannot be put together.
    #[error("{0}")]
    Setup(String),
}

/// Why nobody could be asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Obstacle {
    /// There is no such socket.
    #[error("there is no such socket")]
    Missing,
    /// Nobody listens.
    #[error("nobody is listening")]
    NotListening,
    /// The operating system forbids it.
    #[error("permission denied")]
    Forbidden,
    /// Its certificate is not the expected one.
    #[error("its certificate is not trusted ({0})")]
    Certificate(String),
    /// It took too long.
    #[error("no connection in time")]
    Timeout,
    /// Something else.
    #[error("{0}")]
    Other(String),
}

impl Error {
    /// The problem document, when the panel said no.
    #[must_use]
    pub fn problem(&self) -> Option<&Problem> {
        match self {
            Self::Refused(problem) => Some(problem),
            _ => None,
        }
    }

    /// Whether the panel itself did not answer, so that asking again after a moment may help.
    #[must_use]
    pub fn is_outage(&self) -> bool {
        match self {
            Self::Unreachable { .. } | Self::Lost(_) => true,
            Self::Refused(problem) => matches!(problem.status, 429 | 503),
            // What a proxy in front of a panel says while the panel restarts.
            Self::Unexpected { status, .. } => matches!(status, 502..=504),
            Self::Setup(_) => false,
        }
    }

    /// Sorts a transport error.
    pub(crate) fn of_transport(error: &reqwest::Error, endpoint: &str) -> Self {
        if error.is_connect() {
            return Self::Unreachable { endpoint: endpoint.to_owned(), obstacle: obstacle(error) };
        }
        if error.is_builder() {
            return Self::Setup(innermost(error));
        }
        if error.is_timeout() {
            return Self::Lost("nothing was heard for too long".to_owned());
        }
        Self::Lost(innermost(error))
    }
}

fn obstacle(error: &reqwest::Error) -> Obstacle {
    if error.is_timeout() {
        return Obstacle::Timeout;
    }
    for cause in causes(error) {
        if let Some(tls) = cause.downcast_ref::<rustls::Error>() {
            return Obstacle::Certificate(tls.to_string());
        }
        let Some(io) = cause.downcast_ref::<std::io::Error>() else { continue };
        if let Some(tls) = tls_error(io) {
            return Obstacle::Certificate(tls.to_string());
        }
        match io.kind() {
            ErrorKind::NotFound => return Obstacle::Missing,
            ErrorKind::ConnectionRefused => return Obstacle::NotListening,
            ErrorKind::PermissionDenied => return Obstacle::Forbidden,
            _ => {}
        }
    }
    Obstacle::Other(innermost(error))
}

/// A TLS failure travels inside an `io::Error`, sometimes two, whose own `source` skips it.
fn tls_error(error: &std::io::Error) -> Option<&rustls::Error> {
    let inner = error.get_ref()?;
    inner.downcast_ref::<rustls::Error>().or_else(|| tls_error(inner.downcast_ref()?))
}

fn causes<'a>(error: &'a (dyn StdError + 'static)) -> impl Iterator<Item = &'a (dyn StdError + 'static)> {
    std::iter::successors(Some(error), |error| (*error).source())
}

/// The last cause says what happened; those around it only say where.
fn innermost(error: &reqwest::Error) -> String {
    causes(error).last().map_or_else(String::new, ToString::to_string)
}
