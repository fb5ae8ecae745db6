//! Says how an account may log in by SSH.

use super::Call;
use super::edit::{Consent, edit};
use crate::daemon::Daemon;
use nusantara_proto::host::{Answer, OperationError, SshUpdate};
use nusantara_types::{AccountSpec, Shell, SshMode};

pub(super) async fn run(d: &Daemon, call: &Call, args: &SshUpdate) -> Result<Answer, OperationError> {
    edit(d, call, &args.username, Consent::None, |spec| {
        change(spec, args);
        Ok(())
    })
    .await
}

fn change(spec: &mut AccountSpec, args: &SshUpdate) {
    let ssh = &mut spec.ssh;
    ssh.enabled = args.mode != SshMode::Disabled;
    ssh.mode = args.mode;
    ssh.allow_password = args.allow_password;
    ssh.allow_port_forwarding = args.allow_port_forwarding;
    ssh.allow_agent_forwarding = args.allow_agent_forwarding;
    ssh.allow_x11_forwarding = args.allow_x11_forwarding;
    if args.mode == SshMode::Shell && spec.account.shell == Shell::Nologin {
        spec.account.shell = Shell::Bash;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::spec::tests::spec_of;

    #[test]
    fn a_shell_is_given_where_there_was_none() {
        let args = |mode| SshUpdate {
            username: "joko".parse().unwrap(),
            mode,
            allow_password: false,
            allow_port_forwarding: false,
            allow_agent_forwarding: false,
            allow_x11_forwarding: false,
        };
        let mut spec = spec_of("joko", "joko.test");
        change(&mut spec, &args(SshMode::SftpChroot));
        assert_eq!((spec.account.shell, spec.ssh.enabled), (Shell::Nologin, true));
        change(&mut spec, &args(SshMode::Shell));
        assert_eq!(spec.account.shell, Shell::Bash);
        spec.validate().unwrap();
        spec.account.shell = Shell::Sh;
        change(&mut spec, &args(SshMode::Shell));
        assert_eq!(spec.account.shell, Shell::Sh);
        change(&mut spec, &SshUpdate { allow_x11_forwarding: true, ..args(SshMode::SftpChroot) });
        assert_eq!(spec.validate().unwrap_err().field, "allow_x11_forwarding");
    }
}
