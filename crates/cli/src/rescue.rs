//! `nusantara rescue`: for root on the panel's host, when somebody cannot log in any more. Every one of these is written down.

use crate::context::Context;
use crate::failure::Failure;
use crate::users::show_link;
use clap::Subcommand;
use nusantara_client::Error;
use nusantara_client::api::people::{PutAccess, Rescue};

/// Ways back in.
#[derive(Debug, Subcommand)]
pub(crate) enum RescueCommand {
    /// Make a link by which a login's password is set, end its sessions, and switch it on again
    Password {
        /// The login
        name: String,
        /// Give it the role admin too
        #[arg(long)]
        admin: bool,
    },
    /// Ask a login for no second factor any more, a day from now: forget its app, its recovery codes and its passkeys
    SecondFactor {
        /// The login
        name: String,
        /// Without the day in which whoever still has it can keep it
        #[arg(long)]
        now: bool,
    },
    /// Forget failed logins, so that nobody has to wait
    Unlock {
        /// The login
        name: String,
    },
    /// Let every network reach the panel again
    Access,
}

pub(crate) async fn run(command: RescueCommand, context: &Context) -> Result<(), Failure> {
    let (name, request, done) = match command {
        RescueCommand::Password { name, admin } => {
            (name, Rescue { password: true, admin, ..Rescue::default() }, "can choose a new password")
        }
        RescueCommand::SecondFactor { name, now } => {
            (name, Rescue { second_factor: true, at_once: now, ..Rescue::default() }, "is asked for no second factor any more")
        }
        RescueCommand::Unlock { name } => (name, Rescue { unlock: true, ..Rescue::default() }, "has to wait no longer"),
        RescueCommand::Access => {
            let access = context.client.access_put(&PutAccess { networks: Vec::new() }).await?;
            return context.result(&access, |page| page.line("Every network reaches the panel."));
        }
    };
    let absent = |e: Error| Failure::absent(e, || format!("There is no login {name}, or you are not root here. See: nusantara user list"));
    let rescued = context.client.rescue(&name, request).await.map_err(absent)?;
    context.result(&rescued, |page| {
        match rescued.second_factor_drops_at {
            Some(at) => {
                let at = at.format("%Y-%m-%d %H:%M UTC");
                page.line(format!("{} {done} from {at} on, unless somebody who has it keeps it until then.", rescued.username));
            }
            None => page.line(format!("{} {done}.", rescued.username)),
        }
        if let Some(link) = &rescued.link {
            show_link(link, context.now(), page);
        }
    })
}
