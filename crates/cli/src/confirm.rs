//! Asking before something is destroyed.

use crate::context::{Context, write_err};
use crate::failure::Failure;
use crate::show::text;
use std::io;

impl Context {
    /// Where nobody can be asked, only `--yes` will do.
    pub(crate) fn demand_yes(&self, yes: bool, what: &str) -> Result<(), Failure> {
        if yes || self.can_ask() {
            return Ok(());
        }
        let why = if self.json { "With --json no question is asked" } else { "There is no terminal to ask at" };
        Err(Failure::Usage(format!("{why}: add --yes to {what}.")))
    }

    /// Lets the person type the name of what is about to go.
    #[expect(clippy::unused_self, reason = "asking is the context's business, wherever it asks")]
    pub(crate) fn confirm(&self, name: &str) -> Result<(), Failure> {
        write_err(&format!("\nType {} to go on: ", text::clean(name)));
        let mut answer = String::new();
        io::stdin().read_line(&mut answer).map_err(|e| Failure::Local(format!("Your answer cannot be read: {e}.")))?;
        if answer.trim() == name { Ok(()) } else { Err(Failure::Declined) }
    }
}
