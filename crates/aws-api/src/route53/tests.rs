//! Requests and answers as they are on the wire; what they do is tested where it is done.

use super::*;

fn operation(method: &str, path: &str) -> Result<Operation, Error> {
    Operation::of(&method.parse().unwrap(), path)
}

#[test]
fn operations_are_told_by_method_and_path() {
    assert_eq!(operation("POST", "/2013-04-01/hostedzone").unwrap(), Operation::CreateHostedZone);
    let zone = operation("GET", "/2013-04-01/hostedzone/Z12/rrset/").unwrap();
    assert_eq!(zone.action(), ("route53:ListResourceRecordSets", "arn:aws:route53:::hostedzone/Z12".into()));
    let change = operation("GET", "/2013-04-01/change/C12").unwrap();
    assert_eq!(change.action(), ("route53:GetChange", "arn:aws:route53:::change/C12".into()));
    for (method, path) in [
        ("PUT", "/2013-04-01/hostedzone"),
        ("GET", "/2012-12-12/hostedzone"),
        ("GET", "/2013-04-01/healthcheck"),
        ("GET", "/2013-04-01/hostedzone/x"),
        ("GET", "/"),
    ] {
        assert!(operation(method, path).is_err(), "{method} {path}");
    }
}

fn batch(set: &str) -> Result<(Vec<Change>, Option<String>), Error> {
    let text = format!(
        "<ChangeResourceRecordSetsRequest xmlns=\"{NAMESPACE}\"><ChangeBatch><Comment>c</Comment><Changes><Change>\
         <Action>UPSERT</Action><ResourceRecordSet>{set}</ResourceRecordSet></Change></Changes></ChangeBatch>\
         </ChangeResourceRecordSetsRequest>"
    );
    read::changes(text.as_bytes())
}

#[test]
fn what_is_read_is_told_again() {
    for set in [
        "<Name>a.test.</Name><Type>A</Type><TTL>60</TTL><ResourceRecords><ResourceRecord><Value>10.0.0.1</Value>\
         </ResourceRecord><ResourceRecord><Value>10.0.0.2</Value></ResourceRecord></ResourceRecords>",
        "<Name>\\052.a.test.</Name><Type>AAAA</Type><AliasTarget><HostedZoneId>Z117KPS5GTRQ2G</HostedZoneId>\
         <DNSName>shop.us-east-1.eb.test.</DNSName><EvaluateTargetHealth>true</EvaluateTargetHealth></AliasTarget>",
        "<Name>t.test.</Name><Type>TXT</Type><TTL>0</TTL><ResourceRecords><ResourceRecord>\
         <Value>&quot;a &lt;b&gt;&quot;</Value></ResourceRecord></ResourceRecords>",
    ] {
        let (changes, comment) = batch(set).unwrap();
        assert_eq!((changes.len(), comment.as_deref()), (1, Some("c")));
        let mut document = Document::new();
        write_set(&mut document, &changes[0].set);
        let written = document.finish();
        assert_eq!(
            batch(&written[written.find("<Name>").unwrap()..written.rfind("</Res").unwrap()]).unwrap().0,
            changes
        );
    }
}

#[test]
fn what_is_not_offered_is_refused_by_name() {
    let values =
        "<TTL>60</TTL><ResourceRecords><ResourceRecord><Value>10.0.0.1</Value></ResourceRecord></ResourceRecords>";
    for (set, why) in [
        (format!("<Name>a.test</Name><Type>A</Type><Weight>1</Weight>{values}"), "Weight is not offered"),
        (format!("<Name>a.test</Name><Type>MX</Type>{values}"), "MX are not served"),
        (format!("<Name>a.test</Name><Type>AAAA</Type>{values}"), "not a valid IPv6 address"),
        (format!("<Name>a..test</Name><Type>A</Type>{values}"), "not a valid domain name"),
        ("<Name>a.test</Name><Type>A</Type><TTL>60</TTL>".into(), "either an AliasTarget"),
    ] {
        let refused = batch(&set).unwrap_err();
        assert!(refused.message.contains(why), "{}", refused.message);
    }
    let zone = |more: &str| {
        let text = format!(
            "<CreateHostedZoneRequest><Name>a.test</Name><CallerReference>r</CallerReference>{more}\
             </CreateHostedZoneRequest>"
        );
        read::zone(text.as_bytes())
    };
    assert_eq!(zone("").unwrap().name.told(), "a.test.");
    assert!(zone("<VPC><VPCId>v</VPCId></VPC>").unwrap_err().message.contains("Private"));
    assert!(read::zone(b"<!DOCTYPE a><CreateHostedZoneRequest/>").is_err());
}
