//! Removes an app that no site leads to. Its files stay.

use super::edit::{Consent, edit};
use super::{Call, no_app};
use crate::daemon::Daemon;
use nusantara_proto::host::{Answer, ErrorCode, OperationError};
use nusantara_types::{AccountSpec, AppName, Username};

pub(super) async fn run(d: &Daemon, call: &Call, username: &Username, name: &AppName) -> Result<Answer, OperationError> {
    edit(d, call, username, Consent::None, |spec| remove(spec, name)).await
}

fn remove(spec: &mut AccountSpec, name: &AppName) -> Result<(), OperationError> {
    if let Some((site, ..)) = spec.domains.sites().find(|(.., settings)| settings.app.as_ref() == Some(name)) {
        let message = format!("{site} leads to the app {name}; give that site another runtime first");
        return Err(OperationError::new(ErrorCode::Invalid, message).field("name"));
    }
    let apps = &mut spec.services.nodejs.apps;
    let before = apps.len();
    apps.retain(|app| &app.name != name);
    if apps.len() == before { Err(no_app(name)) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::app_put::tests::app;
    use crate::operations::spec::tests::spec_of;

    #[test]
    fn an_app_goes_only_when_no_site_leads_to_it() {
        let start = spec_of("joko", "joko.test");
        let shop = "shop".parse().unwrap();
        assert_eq!(remove(&mut start.clone(), &shop).unwrap_err().code, ErrorCode::NotFound);
        let mut spec = start.clone();
        spec.services.nodejs.apps.push(app("shop"));
        let mut led = spec.clone();
        led.domains.primary.settings.app = Some(shop.clone());
        assert_eq!(remove(&mut led, &shop).unwrap_err().code, ErrorCode::Invalid);
        remove(&mut spec, &shop).unwrap();
        assert_eq!(spec, start);
    }
}
