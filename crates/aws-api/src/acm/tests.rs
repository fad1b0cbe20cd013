//! What is told of certificates.

use super::*;

async fn made(names: &[&str], method: Option<&str>) -> (Arc<Certificate>, tempfile::TempDir) {
    let directory = tempfile::tempdir().unwrap();
    let store = store::Store::open(&directory.path().join("state")).unwrap();
    let authority = Arc::new(balancer::Authority::generate("test").unwrap());
    let acm = ::acm::Acm::open(store, "123456789012".parse().unwrap(), authority).unwrap();
    let names = names.iter().map(|name| name.parse().unwrap()).collect();
    let request = Request { names, validation: method.map(str::to_owned), token: None, tags: Tags::new() };
    (acm.request(&"us-east-1".parse().unwrap(), request, Timestamp::now()).await.unwrap(), directory)
}

#[tokio::test]
async fn what_was_requested_is_issued_until_it_ends() {
    let (certificate, _directory) = made(&["a.test", "*.b.test"], None).await;
    let now = Timestamp::now();
    let told = described(&certificate, vec!["balancer".into()], now);
    assert_eq!((told.status.as_deref(), told.r#type.as_deref()), (Some("ISSUED"), Some("AMAZON_ISSUED")));
    assert_eq!((told.issued_at.is_some(), told.imported_at), (true, None));
    assert_eq!(told.in_use_by.unwrap(), ["balancer"]);
    let validations = told.domain_validation_options.unwrap();
    assert_eq!(validations.len(), 2);
    let record = validations[1].resource_record.as_ref().unwrap();
    assert!(record.name.ends_with(".b.test.") && record.value.ends_with(".acm-validations.aws."), "{record:?}");
    let late = now.saturating_add(::acm::limits::LIFE);
    assert_eq!(summary(&certificate, false, late).status.as_deref(), Some("EXPIRED"));
}

#[tokio::test]
async fn letters_need_no_record() {
    let (certificate, _directory) = made(&["a.test"], Some("EMAIL")).await;
    let validations = described(&certificate, Vec::new(), Timestamp::now()).domain_validation_options.unwrap();
    assert_eq!(validations[0].validation_method.as_deref(), Some("EMAIL"));
    assert!(validations[0].resource_record.is_none());
}

#[test]
fn a_field_that_is_no_text_is_refused_by_name() {
    let refused = pem("private key", &Bytes::from_static(&[0xff])).unwrap_err();
    assert!(refused.message.contains("private key"), "{refused}");
}
