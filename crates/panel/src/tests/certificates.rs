//! Certificates: uploaded at once and told by field, removed, ordered only where there is somebody to order from; a key comes in and is
//! kept nowhere.

use super::bench::{Bench, root};
use nusantara_proto::host::{ErrorCode, OperationError};
use serde_json::json;

const SITE: &str = "/api/v1/accounts/joko/sites/joko.test/certificate";
const KEY: &str = "-----BEGIN PRIVATE KEY-----\nMIGsecret\n-----END PRIVATE KEY-----\n";
const CHAIN: &str = "-----BEGIN CERTIFICATE-----\nMIIpublic\n-----END CERTIFICATE-----\n";

/// An account whose site answers HTTPS.
async fn bench() -> Bench {
    let bench = Bench::new().await;
    bench.create("joko").await;
    bench.host.state().specs.values_mut().for_each(|spec| spec.domains.primary.settings.https = true);
    bench
}

#[tokio::test]
async fn an_uploaded_certificate_comes_and_goes_and_its_key_is_kept_nowhere() {
    let bench = bench().await;
    let none = bench.send(root("GET", SITE)).await.body;
    assert_eq!((&none["state"], &none["certificate"], &none["orders"]), (&json!("host_own"), &json!(null), &json!(false)));
    let put = bench.send(root("PUT", SITE).json(&json!({"key": KEY, "chain": CHAIN}))).await;
    assert_eq!((put.status.as_u16(), &put.body["state"]), (200, &json!("valid")), "{}", put.text);
    assert_eq!(put.body["certificate"]["source"], "uploaded");
    let list = bench.send(root("GET", "/api/v1/accounts/joko/certificates")).await.body;
    assert_eq!(list["items"][0]["certificate"], put.body["certificate"]);
    for path in [SITE, "/api/v1/audit-logs", "/api/v1/jobs", "/api/v1/accounts/joko"] {
        let text = bench.send(root("GET", path)).await.text;
        assert!(!text.contains("MIGsecret"), "{path}");
    }
    let trail = bench.send(root("GET", "/api/v1/audit-logs")).await.text;
    assert!(trail.contains("certificate.install"), "{trail}");
    let revoked = bench.send(root("POST", &format!("{SITE}/revoke")).json(&json!({}))).await;
    assert_eq!((revoked.status.as_u16(), revoked.fields()), (422, vec!["domain"]), "only whoever ordered it can");
    let removed = bench.send(root("DELETE", SITE)).await;
    assert_eq!(removed.status, 202, "{}", removed.text);
    assert_eq!(bench.end_of(removed.body["job"]["id"].as_str().unwrap()).await["state"], "success");
    assert_eq!(bench.send(root("GET", SITE)).await.body["state"], "host_own");
    assert_eq!(bench.send(root("DELETE", SITE)).await.status, 404);
}

#[tokio::test]
async fn what_is_wrong_is_told_by_its_field() {
    let bench = bench().await;
    let put = async |key: &str, chain: &str| bench.send(root("PUT", SITE).json(&json!({"key": key, "chain": chain}))).await;
    let locked = "-----BEGIN ENCRYPTED PRIVATE KEY-----\n";
    for (key, chain, field) in [(CHAIN, CHAIN, "key"), (locked, CHAIN, "key"), (KEY, KEY, "chain")] {
        let refused = put(key, chain).await;
        assert_eq!((refused.status.as_u16(), refused.fields()), (422, vec![field]), "{}", refused.text);
    }
    let said = OperationError::new(ErrorCode::Invalid, "the key does not belong to the certificate").field("key");
    bench.host.state().refuse = Some(said);
    let refused = put(KEY, CHAIN).await;
    assert_eq!((refused.status.as_u16(), refused.fields()), (422, vec!["key"]), "{}", refused.text);
    let issue = bench.send(root("POST", &format!("{SITE}/issue")).json(&json!({}))).await;
    assert_eq!((issue.status.as_u16(), issue.fields()), (422, vec!["domain"]), "nobody to order from");
    for path in [SITE.replace("joko.test", "other.test"), SITE.replace("joko/", "sari/")] {
        assert_eq!(bench.send(root("GET", &path)).await.status, 404, "{path}");
    }
}
