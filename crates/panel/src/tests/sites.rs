//! Further sites of an account.

use super::bench::{Bench, root};
use serde_json::json;

async fn add(bench: &Bench, domain: &str) -> super::bench::Answer {
    bench.send(root("POST", "/api/v1/sites").json(&json!({"account": "joko", "domain": domain}))).await
}

#[tokio::test]
async fn sites_come_and_go_and_the_primary_one_stays() {
    let bench = Bench::new().await;
    bench.create("joko").await;
    let below = add(&bench, "blog.joko.test").await;
    assert_eq!((below.status.as_u16(), &below.body["site"]["kind"]), (202, &json!("subdomain")));
    bench.end_of(below.body["job"]["id"].as_str().unwrap()).await;
    let added = add(&bench, "shop.test").await;
    assert_eq!((&added.body["site"]["status"], &added.body["site"]["kind"]), (&json!("provisioning"), &json!("addon")));
    assert_eq!(bench.end_of(added.body["job"]["id"].as_str().unwrap()).await["state"], "success");
    let id = added.body["site"]["id"].as_str().unwrap();
    let shown = bench.send(root("GET", &format!("/api/v1/sites/{id}"))).await.body;
    assert_eq!((&shown["status"], &shown["root_path"]), (&json!("active"), &json!("/home/joko/domains/shop.test/public_html")));
    assert_eq!(add(&bench, "shop.test").await.code(), "name_taken");

    let list = bench.send(root("GET", "/api/v1/sites?account=joko&limit=200")).await.body;
    let domains: Vec<_> = list["items"].as_array().unwrap().iter().map(|s| s["domain"].as_str().unwrap()).collect();
    assert_eq!(domains, ["blog.joko.test", "joko.test", "shop.test"]);
    let primary = list["items"][1]["id"].as_str().unwrap();
    let kept = bench.send(root("DELETE", &format!("/api/v1/sites/{primary}"))).await;
    assert_eq!((kept.status.as_u16(), kept.code()), (409, "primary_site"));

    let gone = bench.send(root("DELETE", &format!("/api/v1/sites/{id}"))).await;
    assert_eq!((gone.status.as_u16(), &gone.body["site"]["status"]), (202, &json!("deleting")));
    assert_eq!(bench.send(root("DELETE", &format!("/api/v1/sites/{id}"))).await.code(), "account_busy");
    assert_eq!(bench.end_of(gone.body["job"]["id"].as_str().unwrap()).await["state"], "success");
    assert_eq!(bench.send(root("GET", &format!("/api/v1/sites/{id}"))).await.status, 404);
}

#[tokio::test]
async fn an_account_may_have_a_few_jobs_waiting_and_they_all_end() {
    let bench = Bench::new().await;
    bench.create("joko").await;
    bench.host.hold();
    let mut jobs = Vec::new();
    for i in 0..4 {
        let answer = add(&bench, &format!("s{i}.test")).await;
        assert_eq!(answer.status, 202, "{}", answer.text);
        jobs.push(answer.body["job"]["id"].as_str().unwrap().to_owned());
    }
    assert_eq!(add(&bench, "s4.test").await.code(), "account_busy");
    bench.host.let_go();
    for job in jobs {
        assert_eq!(bench.end_of(&job).await["state"], "success");
    }
    let list = bench.send(root("GET", "/api/v1/sites?account=joko")).await.body;
    assert!(list["items"].as_array().unwrap().iter().all(|s| s["status"] == "active"), "{list:#}");
    assert_eq!(list["items"].as_array().unwrap().len(), 5);
}

#[tokio::test]
async fn a_site_that_could_not_be_published_is_not_listed() {
    use nusantara_proto::host::{ErrorCode, OperationError};
    let bench = Bench::new().await;
    bench.create("joko").await;
    bench.host.state().refuse = Some(OperationError::new(ErrorCode::LimitReached, "the package allows five further domains"));
    let asked = add(&bench, "shop.test").await;
    let job = bench.end_of(asked.body["job"]["id"].as_str().unwrap()).await;
    assert_eq!(job["error"]["code"], "limit_reached");
    assert_eq!(bench.send(root("GET", "/api/v1/sites?account=joko")).await.body["items"].as_array().unwrap().len(), 1);
    assert_eq!(add(&bench, "shop.test").await.status, 202);
}
