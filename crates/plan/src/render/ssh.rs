//! SSH: what sshd reads once for all accounts, and what it looks up for each at every login.
//!
//! sshd's own file names groups, not accounts: a change of an account is a change of its groups and its file of keys, which sshd
//! looks up at the next login. So no change of an account reads sshd's configuration again, and a reload, in which sshd accepts no
//! connections for a moment, happens once for a host.

use nusantara_types::{AccountSpec, AccountStatus, SshMode};
use std::collections::BTreeSet;

/// sshd's file. Its name sorts first: of two values for a keyword sshd takes the one it read first.
pub const DROPIN: &str = "/etc/ssh/sshd_config.d/00-nusantara-panel.conf";
/// Keys, a file per account.
pub const KEYS: &str = "/etc/nusantara-panel/ssh";
/// Where a login's view is made, in a mount namespace of the login's own.
pub const VIEWS: &str = "/srv/sftp";

/// A group by which sshd knows what an account's logins may do. systemd-sysusers makes them with the package.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SshGroup {
    /// Whoever may log in at all.
    Base,
    /// Files only.
    Sftp,
    /// TCP forwarding.
    Forward,
    /// Agent forwarding.
    Agent,
    /// X11 forwarding.
    X11,
    /// The account's password.
    Password,
}

impl SshGroup {
    /// All of them, in the order in which sshd's file names them: what one of the first allows, the last does not take back.
    pub const ALL: [Self; 6] = [Self::Sftp, Self::Forward, Self::Agent, Self::X11, Self::Password, Self::Base];

    /// The group's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Base => "nusantara-ssh",
            Self::Sftp => "nusantara-ssh-sftp",
            Self::Forward => "nusantara-ssh-forward",
            Self::Agent => "nusantara-ssh-agent",
            Self::X11 => "nusantara-ssh-x11",
            Self::Password => "nusantara-ssh-password",
        }
    }

    /// What it says to sshd.
    const fn settings(self) -> &'static [(&'static str, &'static str)] {
        match self {
            Self::Sftp => &[("ForceCommand", "internal-sftp -d /home/%u")],
            Self::Forward => &[("AllowTcpForwarding", "yes")],
            Self::Agent => &[("AllowAgentForwarding", "yes")],
            Self::X11 => &[("X11Forwarding", "yes")],
            Self::Password => &[("PasswordAuthentication", "yes")],
            Self::Base => BASE,
        }
    }
}

/// What holds for every account. Keys only from root's file; nothing of what lies in a home is read; no way around the view.
const BASE: &[(&str, &str)] = &[
    ("AuthorizedKeysFile", "/etc/nusantara-panel/ssh/%u"),
    ("AuthorizedKeysCommand", "none"),
    ("TrustedUserCAKeys", "none"),
    ("AuthenticationMethods", "any"),
    ("PubkeyAuthentication", "yes"),
    ("PasswordAuthentication", "no"),
    ("KbdInteractiveAuthentication", "no"),
    ("HostbasedAuthentication", "no"),
    ("ChrootDirectory", "/srv/sftp/%u"),
    ("ForceCommand", "none"),
    ("PermitUserRC", "no"),
    ("PermitTunnel", "no"),
    ("GatewayPorts", "no"),
    ("AllowStreamLocalForwarding", "no"),
    ("AllowTcpForwarding", "no"),
    ("AllowAgentForwarding", "no"),
    ("X11Forwarding", "no"),
];

/// sshd's file.
#[must_use]
pub fn dropin() -> String {
    let mut out = String::from(
        "# Written by nusantara-hostd; changes made here are overwritten at its next start, and until then no account can log in.\n\
         # Accounts are in these groups while their SSH is on. Of two values sshd takes the first.\n",
    );
    for group in SshGroup::ALL {
        out.push_str(&format!("\nMatch Group {}\n", group.name()));
        for (keyword, value) in group.settings() {
            out.push_str(&format!("\t{keyword} {value}\n"));
        }
    }
    out
}

/// What SSH of one account is made of on the host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SshTexts {
    /// Its file of keys.
    pub keys: String,
    /// Its groups of these.
    pub groups: BTreeSet<SshGroup>,
}

impl SshTexts {
    /// Whether something that `before` allowed is not allowed any more: then logins of before end.
    #[must_use]
    pub fn withdraws(&self, before: &Self) -> bool {
        let gone = before.keys.lines().any(|key| !self.keys.lines().any(|kept| kept == key));
        let mode = self.groups.contains(&SshGroup::Sftp) != before.groups.contains(&SshGroup::Sftp);
        gone || mode || !before.groups.is_subset(&self.groups)
    }

    /// What sshd has to say of an account with these groups, in the words of `sshd -T`: so that a line of somebody else's which
    /// comes before ours is found before anybody logs in by it.
    #[must_use]
    pub fn effective(&self) -> Vec<(String, &'static str)> {
        let mut out: Vec<(String, &'static str)> = vec![("usepam".to_owned(), "yes")];
        for (keyword, value) in SshGroup::ALL.iter().filter(|group| self.groups.contains(group)).flat_map(|group| group.settings()) {
            let keyword = keyword.to_lowercase();
            if !out.iter().any(|(had, _)| *had == keyword) {
                out.push((keyword, value));
            }
        }
        out
    }
}

/// What SSH of an account is made of; `None` while nobody gets in: it is off, or the account is suspended.
#[must_use]
pub fn texts(spec: &AccountSpec) -> Option<SshTexts> {
    let ssh = &spec.ssh;
    let mode = ssh.effective_mode();
    if mode == SshMode::Disabled || spec.account.status == AccountStatus::Suspended {
        return None;
    }
    let wanted = |group: &SshGroup| match group {
        SshGroup::Base => true,
        SshGroup::Sftp => mode == SshMode::SftpChroot,
        SshGroup::Forward => ssh.allow_port_forwarding,
        SshGroup::Agent => ssh.allow_agent_forwarding,
        SshGroup::X11 => ssh.allow_x11_forwarding,
        SshGroup::Password => ssh.allow_password,
    };
    let keys = ssh.authorized_keys.iter().map(|key| key.line() + "\n").collect();
    Some(SshTexts { keys, groups: SshGroup::ALL.into_iter().filter(wanted).collect() })
}
