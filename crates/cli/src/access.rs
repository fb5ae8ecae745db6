//! `nusantara access`: which networks reach the panel.

use crate::context::{Context, parse};
use crate::failure::Failure;
use clap::Subcommand;
use nusantara_client::api::people::{Access, PutAccess};

/// What can be done about who reaches the panel.
#[derive(Debug, Subcommand)]
pub(crate) enum AccessCommand {
    /// Show which networks reach the panel
    Show,
    /// Let only these networks reach the panel
    Set {
        /// Addresses and networks, such as 192.0.2.0/24
        #[arg(required = true, value_name = "NETWORK")]
        networks: Vec<String>,
    },
    /// Let every network reach the panel
    Clear,
}

pub(crate) async fn run(command: AccessCommand, context: &Context) -> Result<(), Failure> {
    let access = match command {
        AccessCommand::Show => context.client.access_show().await?,
        AccessCommand::Set { networks } => {
            let networks = networks.iter().map(|network| parse("networks", network)).collect::<Result<_, _>>()?;
            context.client.access_put(&PutAccess { networks }).await?
        }
        AccessCommand::Clear => context.client.access_put(&PutAccess { networks: Vec::new() }).await?,
    };
    context.result(&access, |page| page.line(sentence(&access)))
}

fn sentence(access: &Access) -> String {
    if access.networks.is_empty() {
        return "Every network reaches the panel.".to_owned();
    }
    format!("Only these reach the panel: {}", access.networks.join(", "))
}
