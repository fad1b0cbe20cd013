//! What becomes of certificates.

use std::collections::BTreeSet;

use super::*;

fn region() -> Region {
    "eu-west-1".parse().unwrap()
}

fn acm(directory: &std::path::Path) -> Acm {
    let store = Store::open(&directory.join("state")).unwrap();
    let authority = Arc::new(Authority::generate("test").unwrap());
    Acm::open(store, "123456789012".parse().unwrap(), authority).unwrap()
}

fn request(names: &[&str]) -> Request {
    let names = names.iter().map(|name| name.parse().unwrap()).collect();
    Request { names, validation: Some("DNS".into()), token: None, tags: Tags::new() }
}

/// A certificate of another authority, its chain and its key.
fn foreign(names: &[&str], days: (i64, i64)) -> Import {
    let authority = Authority::generate("elsewhere").unwrap();
    let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
    let day = |days: i64| {
        let seconds = Timestamp::now().seconds() + days * 86_400;
        SystemTime::UNIX_EPOCH + Duration::from_secs(u64::try_from(seconds).unwrap())
    };
    let (certificate, key) = authority.certify(&names, day(days.0), day(days.1)).unwrap();
    let chain = Some(authority.certificate().to_owned());
    Import { replaces: None, certificate, chain, key: Secret::new(key), tags: Tags::new() }
}

#[tokio::test]
async fn what_is_requested_is_there_at_once_and_is_renewed_before_its_end() {
    let directory = tempfile::tempdir().unwrap();
    let acm = acm(directory.path());
    let now = Timestamp::now();
    let made = acm.request(&region(), request(&["www.example.com", "*.example.org"]), now).await.unwrap();
    let facts = &made.facts;
    assert_eq!((facts.subject.as_str(), facts.issuer.as_str()), ("CN=www.example.com", "test"));
    assert_eq!(facts.names, ["www.example.com", "*.example.org"]);
    assert_eq!(
        (facts.key_algorithm.as_str(), facts.signature_algorithm.as_str()),
        ("EC-prime256v1", "SHA256WITHECDSA")
    );
    assert_eq!(facts.key_usages, ["DIGITAL_SIGNATURE"]);
    assert_eq!(facts.purposes[0].0, "TLS_WEB_SERVER_AUTHENTICATION");
    assert!(facts.serial.contains(':') && facts.is_valid(now));
    assert!(!format!("{made:?}").contains("PRIVATE"));
    acm.shown(made.arn.as_str()).unwrap();

    assert!(!made.is_due(now));
    let later = now.saturating_add(limits::LIFE - limits::RENEWAL);
    assert!(made.is_due(later));
    let mut changes = acm.changes();
    acm.renew(&made, later).await.unwrap();
    assert!(changes.has_changed().unwrap());
    changes.mark_unchanged();
    let renewed = acm.certificate(&region(), &made.arn).unwrap();
    assert!(!renewed.is_due(later) && renewed.created == made.created && renewed.text != made.text);
    // Of two who renew the same one the second does nothing.
    acm.renew(&made, later).await.unwrap();
    assert_eq!(acm.certificate(&region(), &made.arn).unwrap().text, renewed.text);
}

#[tokio::test]
async fn a_token_makes_two_requests_one() {
    let directory = tempfile::tempdir().unwrap();
    let acm = acm(directory.path());
    let now = Timestamp::now();
    let with = |names: &[&str], token: &str| Request { token: Some(token.into()), ..request(names) };
    let mut arns = BTreeSet::new();
    for (names, token, at) in [
        (&["a.test"][..], "t", now),
        (&["a.test"], "t", now.saturating_add(Duration::from_secs(10))),
        (&["a.test"], "u", now),
        (&["b.test"], "t", now),
        (&["a.test"], "t", now.saturating_add(limits::TOKEN)),
    ] {
        arns.insert(acm.request(&region(), with(names, token), at).await.unwrap().arn.clone());
    }
    assert_eq!(arns.len(), 4);
    assert_eq!(acm.certificates(&region()).len(), 4);
    assert_eq!(acm.certificates(&"us-east-1".parse().unwrap()).len(), 0);
    let long = format!("{}.{}.test", "a".repeat(40), "b".repeat(40));
    assert!(matches!(acm.request(&region(), request(&[&long]), now).await, Err(Error::Invalid(_))));
    acm.request(&region(), request(&["short.test", &long]), now).await.unwrap();
}

#[tokio::test]
async fn an_import_is_read_and_can_be_replaced() {
    let directory = tempfile::tempdir().unwrap();
    let acm = acm(directory.path());
    let (region, now) = (region(), Timestamp::now());
    let import = foreign(&["Shop.example.com", "www.shop.example.com"], (-1, 30));
    let first = acm.import(&region, import.clone(), now).await.unwrap();
    assert_eq!((first.facts.issuer.as_str(), &first.origin), ("elsewhere", &Origin::Imported));
    assert_eq!(first.facts.names, ["shop.example.com", "www.shop.example.com"]);
    assert!(!first.is_due(now.saturating_add(Duration::from_secs(29 * 86_400))), "only its owner can renew it");
    let other = foreign(&["shop.example.com"], (-1, 60));
    let again = Import { replaces: Some(first.arn.clone()), ..other.clone() };
    let second = acm.import(&region, again.clone(), now).await.unwrap();
    assert_eq!((&second.arn, second.created), (&first.arn, first.created));
    assert_ne!(second.facts.serial, first.facts.serial);
    let tagged = Import { tags: [("a".into(), "b".into())].into(), ..again };
    assert!(matches!(acm.import(&region, tagged, now).await, Err(Error::Invalid(_))));
    let issued = acm.request(&region, request(&["a.test"]), now).await.unwrap();
    let over = Import { replaces: Some(issued.arn.clone()), ..other.clone() };
    assert!(matches!(acm.import(&region, over, now).await, Err(Error::Invalid(_))));
    let missing = Import { replaces: Some(CertificateArn::random(&region, &acm.0.account)), ..other };
    assert!(matches!(acm.import(&region, missing, now).await, Err(Error::NoSuchCertificate(_))));
}

#[tokio::test]
async fn what_is_no_certificate_is_refused_and_told_why() {
    let directory = tempfile::tempdir().unwrap();
    let acm = acm(directory.path());
    let (good, other) = (foreign(&["a.test"], (-1, 30)), foreign(&["a.test"], (-1, 30)));
    let twice = format!("{}{}", good.certificate, good.certificate);
    let key = good.key.reveal().to_owned();
    for (import, why) in [
        (Import { certificate: "nonsense".into(), ..good.clone() }, "no certificate in PEM"),
        (Import { certificate: key.clone(), ..good.clone() }, "no certificate in PEM"),
        (Import { certificate: twice, ..good.clone() }, "more than one certificate"),
        (Import { chain: other.chain.clone(), ..good.clone() }, "Could not validate"),
        (Import { chain: Some(good.certificate.clone()), ..good.clone() }, "Could not validate"),
        (Import { key: other.key.clone(), ..good.clone() }, "it is not the key of the first certificate"),
        (Import { key: Secret::new("nonsense"), ..good.clone() }, "private key"),
        (foreign(&["a.test"], (-30, -1)), "not valid at this time"),
        (foreign(&["a.test"], (1, 30)), "not valid at this time"),
        (Import { tags: [("aws:x".into(), "y".into())].into(), ..good.clone() }, "reserved"),
    ] {
        let refused = acm.import(&region(), import, Timestamp::now()).await.unwrap_err().to_string();
        assert!(refused.contains(why) && !refused.contains("PRIVATE"), "{refused}");
    }
    acm.import(&region(), Import { chain: None, ..good }, Timestamp::now()).await.unwrap();
}

#[tokio::test]
async fn tags_and_certificates_go() {
    let directory = tempfile::tempdir().unwrap();
    let acm = acm(directory.path());
    let made = acm.request(&region(), request(&["a.test"]), Timestamp::now()).await.unwrap();
    let tags = |pairs: &[(&str, &str)]| -> Tags {
        pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
    };
    acm.tag(&made.arn, tags(&[("a", "1"), ("b", "2"), ("c", "3")]), Vec::new()).await.unwrap();
    let gone = vec![("a".to_owned(), None), ("b".to_owned(), Some("1".to_owned())), ("c".into(), Some("3".into()))];
    acm.tag(&made.arn, Tags::new(), gone).await.unwrap();
    assert_eq!(acm.certificate(&region(), &made.arn).unwrap().tags, tags(&[("b", "2")]));
    let many: Tags = (0..50).map(|number| (format!("t{number}"), String::new())).collect();
    assert!(matches!(acm.tag(&made.arn, many, Vec::new()).await, Err(Error::TooManyTags(_))));
    acm.delete(&made.arn).await.unwrap();
    assert!(matches!(acm.delete(&made.arn).await, Err(Error::NoSuchCertificate(_))));
    assert!(acm.shown(made.arn.as_str()).is_err());
    // It was all in the record, too.
    let kept = acm.request(&region(), request(&["kept.test"]), Timestamp::now()).await.unwrap();
    drop(acm);
    let opened = self::acm(directory.path());
    assert_eq!(opened.certificates(&region()), [kept]);
}
