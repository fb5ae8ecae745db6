//! Makes an app of an account, or gives it other settings.

use super::Call;
use super::edit::{Consent, edit};
use crate::daemon::Daemon;
use nusantara_host::launcher::{NODE, PYTHON, installed};
use nusantara_proto::host::{Answer, ErrorCode, OperationError};
use nusantara_types::apps::{AppProgram, NodeApp};
use nusantara_types::{AccountSpec, Username};

pub(super) async fn run(d: &Daemon, call: &Call, username: &Username, app: &NodeApp) -> Result<Answer, OperationError> {
    refuse_missing(&app.program)?;
    edit(d, call, username, Consent::None, |spec| {
        put(spec, app);
        Ok(())
    })
    .await
}

fn put(spec: &mut AccountSpec, app: &NodeApp) {
    let service = &mut spec.services.nodejs;
    match service.apps.iter_mut().find(|known| known.name == app.name) {
        Some(known) => known.clone_from(app),
        None => service.apps.push(app.clone()),
    }
    service.enabled = true;
}

/// What runs the app must be on this host. A file of the account's is not looked for: root looks into no home.
fn refuse_missing(program: &AppProgram) -> Result<(), OperationError> {
    let (what, places) = match program {
        AppProgram::Node(_) => ("Node.js", NODE),
        AppProgram::Python(_) => ("Python 3", PYTHON),
        AppProgram::File(_) => return Ok(()),
    };
    match installed(places) {
        Some(_) => Ok(()),
        None => Err(OperationError::new(ErrorCode::Invalid, format!("{what} is not installed on this host")).field("program")),
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::operations::spec::tests::spec_of;

    pub(crate) fn app(name: &str) -> NodeApp {
        serde_json::from_value(serde_json::json!({ "name": name, "folder": format!("apps/{name}"), "program": { "node": "server.js" },
            "listen": { "socket": {} }, "instances": 1, "enabled": true }))
        .unwrap()
    }

    #[test]
    fn an_app_is_made_once_and_then_changed() {
        let mut spec = spec_of("joko", "joko.test");
        put(&mut spec, &app("shop"));
        spec.validate().unwrap();
        assert!(spec.services.nodejs.enabled);
        put(&mut spec, &NodeApp { instances: 2, ..app("shop") });
        assert_eq!(spec.services.nodejs.apps, [NodeApp { instances: 2, ..app("shop") }]);
        put(&mut spec, &app("other"));
        assert_eq!(spec.validate().unwrap_err().field, "nodejs.apps", "the package allows one");
    }
}
