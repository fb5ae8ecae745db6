//! `/etc/nusantara-panel/panel.toml`: few keys, unknown ones refused, every one with a default; the environment overrides the
//! database alone. Read once, at start.

use nusantara_types::EmailAddress;
use serde::Deserialize;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};

/// Where the file is unless the command line says otherwise.
pub const CONFIG_FILE: &str = "/etc/nusantara-panel/panel.toml";

/// The panel's configuration.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub(crate) struct Config {
    /// `sqlite://`, `postgres://` or `mysql://`; env `NUSANTARA_DATABASE_URL` wins.
    pub(crate) database_url: String,
    /// Where to listen when systemd hands over no socket.
    pub(crate) listen: SocketAddr,
    /// The local socket when systemd hands over none.
    pub(crate) local_socket: PathBuf,
    /// Name people reach the panel under; goes into its certificate and is an allowed `Host`.
    pub(crate) hostname: Option<String>,
    /// Address people open the panel at, when it is not `https://`, `hostname` and the port of `listen`: behind a proxy, say. Passkeys
    /// work there and nowhere else.
    pub(crate) origin: Option<String>,
    /// `Host` headers that are answered; `*` answers all, which is the default because a fresh panel is reached by whatever
    /// address its server has and does not know it.
    pub(crate) allowed_hosts: Vec<String>,
    /// DNS servers that are asked whose a name is, as `address:port`; those of the system when there are none.
    pub(crate) dns_servers: Vec<SocketAddr>,
    /// Directory of the authority (RFC 8555) that certificates of sites are ordered from, such as
    /// `https://acme-v02.api.letsencrypt.org/directory`; nothing is ordered without one.
    pub(crate) acme_directory: Option<String>,
    /// Whom the authority may write to.
    pub(crate) acme_contact: Option<EmailAddress>,
    /// PEM file of the root that the directory's own certificate hangs on, where that is not one that the system trusts.
    pub(crate) acme_root: Option<PathBuf>,
    /// Id of the account that the authority knows already, where it wants one (external account binding).
    pub(crate) acme_eab_key_id: Option<String>,
    /// File with that account's key, as base64url.
    pub(crate) acme_eab_key_file: Option<PathBuf>,
    /// Proxies whose `X-Forwarded-For` is believed.
    pub(crate) trusted_proxies: Vec<std::net::IpAddr>,
    /// The panel's own folder.
    pub(crate) state_dir: PathBuf,
    /// Copy of the audit trail.
    pub(crate) audit_file: PathBuf,
    /// What the periodic look for what is not as it should be does about it.
    pub(crate) reconcile: Reconcile,
    /// Minutes between two looks, 1 to 1,440.
    pub(crate) reconcile_minutes: u32,
    /// Minutes by which a look comes sooner or later than that, by chance; at most half of it counts.
    pub(crate) reconcile_jitter_minutes: u32,
    /// Jobs that run at once, 1 to 256, over all panels that share the database.
    pub(crate) jobs_at_once: u32,
    /// Seconds, 2 to 600, after which other panels that share the database take up the jobs of one that gives no sign of life.
    pub(crate) job_lease_seconds: u32,
    /// The host daemon's socket.
    pub(crate) hostd_socket: PathBuf,
    /// Names of the sockets systemd handed over, in order; not a key of the file.
    #[serde(skip)]
    pub(crate) socket_names: Vec<String>,
}

/// What is done about what is not as it should be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Reconcile {
    /// Nobody looks by himself.
    Off,
    /// It is said.
    Report,
    /// It is put right, but for files that somebody changed by hand.
    Repair,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            database_url: "sqlite:///var/lib/nusantara-panel/panel.db".to_owned(),
            listen: SocketAddr::from(([0, 0, 0, 0, 0, 0, 0, 0], 8443)),
            local_socket: "/run/nusantara-panel/panel.sock".into(),
            hostname: None,
            origin: None,
            allowed_hosts: vec!["*".to_owned()],
            dns_servers: Vec::new(),
            acme_directory: None,
            acme_contact: None,
            acme_root: None,
            acme_eab_key_id: None,
            acme_eab_key_file: None,
            trusted_proxies: Vec::new(),
            state_dir: "/var/lib/nusantara-panel".into(),
            audit_file: "/var/log/nusantara-panel/audit.jsonl".into(),
            reconcile: Reconcile::Report,
            reconcile_minutes: 15,
            reconcile_jitter_minutes: 3,
            jobs_at_once: 16,
            job_lease_seconds: 30,
            hostd_socket: nusantara_proto::socket::HOSTD_SOCKET.into(),
            socket_names: Vec::new(),
        }
    }
}

impl Config {
    /// Reads the file, then the environment; a missing file means the defaults.
    ///
    /// # Errors
    /// A sentence that names the file, the key and what is wrong.
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the environment")]
    pub(crate) fn load(path: &Path) -> Result<Self, String> {
        let mut config = match std::fs::read_to_string(path) {
            Ok(text) => Self::parse(&text).map_err(|e| format!("{}: {e}", path.display()))?,
            Err(e) if e.kind() == std::io::ErrorKind::NotFound => Self::default(),
            Err(e) => return Err(format!("{}: {e}", path.display())),
        };
        if let Ok(url) = std::env::var("NUSANTARA_DATABASE_URL") {
            config.database_url = url;
        }
        if std::env::var("LISTEN_PID").is_ok_and(|pid| pid == std::process::id().to_string()) {
            let names = std::env::var("LISTEN_FDNAMES").unwrap_or_default();
            config.socket_names = names.split(':').filter(|n| !n.is_empty()).map(str::to_owned).collect();
        }
        Ok(config)
    }

    fn parse(text: &str) -> Result<Self, String> {
        let document = toml::Deserializer::parse(text).map_err(|e| e.to_string())?;
        let config: Self = serde_path_to_error::deserialize(document).map_err(|e| format!("{}: {}", e.path(), e.inner()))?;
        if !(1..=1_440).contains(&config.reconcile_minutes) {
            return Err("reconcile_minutes must be between 1 and 1440".to_owned());
        }
        if !(1..=256).contains(&config.jobs_at_once) {
            return Err("jobs_at_once must be between 1 and 256".to_owned());
        }
        if !(2..=600).contains(&config.job_lease_seconds) {
            return Err("job_lease_seconds must be between 2 and 600".to_owned());
        }
        if config.acme_directory.as_ref().is_some_and(|url| !url.starts_with("https://") || url.contains(char::is_whitespace)) {
            return Err("acme_directory must be an https:// address".to_owned());
        }
        if config.acme_eab_key_id.is_some() != config.acme_eab_key_file.is_some() {
            return Err("acme_eab_key_id and acme_eab_key_file go together".to_owned());
        }
        Ok(config)
    }

    /// Where people open the panel, by a name; none while it has no name.
    pub(crate) fn address(&self) -> Option<String> {
        let named = |name: &String| {
            let plain = name.parse::<std::net::IpAddr>().is_err() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"-.".contains(&b));
            plain.then(|| format!("https://{name}:{}", self.listen.port()))
        };
        self.origin.clone().or_else(|| self.hostname.as_ref().and_then(named))
    }

    /// Names for the self-signed certificate.
    pub(crate) fn names(&self) -> Vec<String> {
        let machine = rustix::system::uname().nodename().to_string_lossy().into_owned();
        let mut names: Vec<String> = self.hostname.iter().cloned().collect();
        names.extend([machine, "localhost".to_owned(), "127.0.0.1".to_owned(), "::1".to_owned()]);
        names.dedup();
        names
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shipped_file_parses() {
        let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../packaging/root/etc/nusantara-panel/panel.toml");
        assert!(shipped.exists());
        Config::load(&shipped).unwrap();
    }

    #[test]
    fn an_unknown_key_is_named() {
        assert!(Config::parse("listen_port = 1").unwrap_err().contains("listen_port"));
        assert!(Config::parse("reconcile_minutes = 0").unwrap_err().contains("between 1 and 1440"));
        assert!(Config::parse("jobs_at_once = 0").unwrap_err().contains("between 1 and 256"));
        assert!(Config::parse("job_lease_seconds = 1").unwrap_err().contains("between 2 and 600"));
        assert!(Config::parse("acme_directory = \"http://a.test/\"").unwrap_err().contains("https://"));
        assert!(Config::parse("acme_eab_key_id = \"a\"").unwrap_err().contains("go together"));
        assert_eq!(Config::parse("reconcile = \"repair\"").unwrap().reconcile, Reconcile::Repair);
        assert_eq!(Config::parse("hostname = \"panel.example\"").unwrap().names()[0], "panel.example");
    }
}
