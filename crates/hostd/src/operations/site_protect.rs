//! Says who may enter which parts of a site.

use super::Call;
use super::edit::{Consent, edit};
use super::site_update::site;
use crate::daemon::Daemon;
use nusantara_proto::host::{Answer, ErrorCode, FolderChange, OperationError, SiteProtect, VisitorChange};
use nusantara_types::AccountSpec;
use nusantara_types::sites::{ProtectedFolder, Visitor};

pub(super) async fn run(d: &Daemon, call: &Call, args: &SiteProtect) -> Result<Answer, OperationError> {
    edit(d, call, &args.username, Consent::None, |spec| protect(spec, args)).await
}

fn protect(spec: &mut AccountSpec, args: &SiteProtect) -> Result<(), OperationError> {
    let (_, settings) = site(spec, &args.domain)?;
    settings.protected = args.folders.iter().map(|folder| changed(&settings.protected, folder)).collect::<Result<_, _>>()?;
    Ok(())
}

fn changed(before: &[ProtectedFolder], folder: &FolderChange) -> Result<ProtectedFolder, OperationError> {
    let was = before.iter().find(|was| was.path == folder.path);
    let visitor = |visitor: &VisitorChange| {
        let had = || was?.visitors.iter().find(|had| had.name == visitor.name).map(|had| had.hash.clone());
        let hash = visitor.hash.clone().or_else(had).ok_or_else(|| {
            let message = format!("{} is new in {} and needs a password", visitor.name, folder.path);
            OperationError::new(ErrorCode::Invalid, message).field("protected.visitors")
        })?;
        Ok(Visitor { name: visitor.name.clone(), hash })
    };
    let visitors = folder.visitors.iter().map(visitor).collect::<Result<_, OperationError>>()?;
    Ok(ProtectedFolder { path: folder.path.clone(), realm: folder.realm.clone(), visitors })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::operations::spec::tests::spec_of;

    #[test]
    fn who_has_a_password_keeps_it() {
        let hash = format!("$6$saltsalt${}", "A".repeat(86));
        let args = |path: &str, name: &str, hash: Option<&str>| -> SiteProtect {
            serde_json::from_value(serde_json::json!({ "username": "joko", "domain": "joko.test",
                "folders": [{ "path": path, "realm": "A", "visitors": [{ "name": name, "hash": hash }] }] }))
            .unwrap()
        };
        let mut spec = spec_of("joko", "joko.test");
        assert_eq!(protect(&mut spec, &args("/a", "sari", None)).unwrap_err().code, ErrorCode::Invalid);
        protect(&mut spec, &args("/a", "sari", Some(&hash))).unwrap();
        let there = spec.clone();
        protect(&mut spec, &args("/a", "sari", None)).unwrap();
        assert_eq!(spec, there);
        assert!(protect(&mut spec, &args("/b", "sari", None)).is_err(), "another folder has other passwords");
        spec.validate().unwrap();
    }
}
