//! What every command works with: the panel, where output goes, the time.

use crate::failure::{self, Failure};
use crate::show::{Page, Screen, text};
use nusantara_client::Client;
use nusantara_client::types::{Clock, Invalid, SystemClock, Timestamp};
use serde::Serialize;
use std::io::{self, ErrorKind, IsTerminal, Write};
use std::path::Path;
use std::str::FromStr;

/// One run of the program.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) client: Client,
    pub(crate) json: bool,
    out: Screen,
    pub(crate) err: Screen,
}

impl Context {
    /// With the panel elsewhere that the user has logged in to, or the one on this host.
    pub(crate) fn new(elsewhere: Option<Client>, socket: &Path, json: bool) -> Result<Self, Failure> {
        let client = elsewhere.map_or_else(|| Client::local(socket), Ok)?;
        Ok(Self { client, json, out: Screen::of(&io::stdout()), err: Screen::of(&io::stderr()) })
    }

    #[expect(clippy::unused_self, reason = "the context is where commands get the time from")]
    pub(crate) fn now(&self) -> Timestamp {
        SystemClock.now()
    }

    /// Writes the command's result: the document for machines, or what `people` puts on the page.
    pub(crate) fn result(&self, document: &impl Serialize, people: impl FnOnce(&mut Page)) -> Result<(), Failure> {
        if self.json {
            return write_document(document);
        }
        let mut page = Page::new(self.out);
        people(&mut page);
        write_out(&page.into_text())
    }

    /// Says something beside the result, on standard error.
    pub(crate) fn aside(&self, people: impl FnOnce(&mut Page)) {
        let mut page = Page::new(self.err);
        people(&mut page);
        write_err(&page.into_text());
    }

    /// Whether somebody is there to answer a question.
    pub(crate) fn can_ask(&self) -> bool {
        !self.json && io::stdin().is_terminal() && io::stderr().is_terminal()
    }
}

/// One JSON document on standard output.
pub(crate) fn write_document(document: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(document).map_err(|e| Failure::Local(e.to_string()))?;
    write_out(&(text::clean_json(&text) + "\n"))
}

fn write_out(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes()).and_then(|()| out.flush()).map_err(|e| match e.kind() {
        ErrorKind::BrokenPipe => Failure::ClosedPipe,
        _ => Failure::Local(format!("The output cannot be written: {e}.")),
    })
}

/// Standard error is for people; when it is closed there is nobody to tell.
pub(crate) fn write_err(text: &str) {
    let mut err = io::stderr().lock();
    let _ = err.write_all(text.as_bytes()).and_then(|()| err.flush());
}

/// A list as a document.
#[derive(Debug, Serialize)]
pub(crate) struct Items<'a, T> {
    pub(crate) items: &'a [T],
}

/// Parses a value through its type, naming the API's field when it is not allowed.
pub(crate) fn parse<T: FromStr<Err = Invalid>>(field: &'static str, text: &str) -> Result<T, Failure> {
    text.parse().map_err(|invalid: Invalid| {
        let shown: String = text.chars().take(64).collect();
        let sentence = format!("{} \"{shown}\" is not allowed: {}.", failure::label(field), invalid.allowed);
        Failure::Value { field, message: sentence }
    })
}
