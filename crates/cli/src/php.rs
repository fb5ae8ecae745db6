//! `nusantara account php`: what the PHP sites of an account start from.

use crate::changes::{Words, end};
use crate::context::{Context, parse};
use crate::failure::Failure;
use crate::show::Line;
use clap::Args;
use nusantara_client::api::php::{AccountPhp, UpdatePhp};
use nusantara_client::types::Username;
use nusantara_client::types::sites::PhpIni;
use serde_json::Value;

/// `account php`.
#[derive(Debug, Args)]
pub(crate) struct Php {
    /// The account
    name: String,
    /// The branch of sites that name none, such as 8.2
    #[arg(long, value_name = "VERSION")]
    version: Option<String>,
    /// Set a PHP setting, such as memory_limit=256 (MiB, seconds, true or false)
    #[arg(long, value_name = "NAME=VALUE")]
    set: Vec<String>,
    /// Put a PHP setting back to its default
    #[arg(long, value_name = "NAME")]
    unset: Vec<String>,
    /// Wait for the end, showing every step
    #[arg(long)]
    wait: bool,
}

/// Shows an account's PHP, or changes what is named.
pub(crate) async fn run(arguments: Php, context: &Context) -> Result<(), Failure> {
    let username: Username = parse("username", &arguments.name)?;
    let absent = |e| Failure::absent(e, || format!("There is no account {username}. See: nusantara account list"));
    let php = context.client.php_show(&username).await.map_err(absent)?;
    if arguments.version.is_none() && arguments.set.is_empty() && arguments.unset.is_empty() {
        return show(&php, context);
    }
    let version = arguments.version.unwrap_or(php.version);
    let ini = changed(php.ini, &arguments.set, &arguments.unset)?;
    let request = UpdatePhp { version: parse("php_version", &version)?, ini };
    let accepted = context.client.php_update(&username, &request).await.map_err(absent)?;
    let words = Words {
        begun: format!("PHP of account {username} is being changed."),
        doing: format!("Changing PHP of account {username}"),
        done: format!("PHP of account {username} is changed."),
    };
    end(&accepted, arguments.wait, &words, context).await
}

fn show(php: &AccountPhp, context: &Context) -> Result<(), Failure> {
    context.result(php, |page| {
        page.fields(&[("Version", php.version.as_str().into()), ("Installed", php.installed.join(", ").into())]);
        settings(&php.ini).into_iter().for_each(|line| page.line(line));
    })
}

/// Each setting as `name = value`.
pub(crate) fn settings(ini: &PhpIni) -> Vec<Line> {
    let values = serde_json::to_value(ini).unwrap_or_default();
    let line = |(name, value): (&String, &Value)| {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        format!("  {name} = {text}").into()
    };
    values.as_object().into_iter().flatten().map(line).collect()
}

/// Settings with some set and some taken away. The type itself says which there are and what they may be.
pub(crate) fn changed(ini: PhpIni, set: &[String], unset: &[String]) -> Result<PhpIni, Failure> {
    let refused = |message: String| Failure::Value { field: "php_ini", message };
    let Ok(Value::Object(mut values)) = serde_json::to_value(ini) else { return Err(refused("These settings cannot be read.".to_owned())) };
    for name in unset {
        values.remove(name);
    }
    for pair in set {
        let (name, text) = pair.split_once('=').ok_or_else(|| refused(format!("\"{pair}\" is not NAME=VALUE.")))?;
        let value = match text {
            "true" | "on" => Value::Bool(true),
            "false" | "off" => Value::Bool(false),
            _ => text.parse::<u32>().map_or_else(|_| Value::from(text), Value::from),
        };
        values.insert(name.to_owned(), value);
    }
    let sentence = |e: serde_json::Error| format!("A PHP setting is not allowed: {}.", e.to_string().replace(" is not valid:", ":"));
    serde_json::from_value(Value::Object(values)).map_err(|e| refused(sentence(e)))
}
