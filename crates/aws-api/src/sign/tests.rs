//! Known vectors, what botocore signs (`vectors.json`), and each of them with something changed, which is refused.

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue};
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::Frame;
use serde::Deserialize;

use super::body::{Payload, Verified as VerifiedBody};
use super::*;
use crate::error::Code;

const KEY: &str = "AKIDEXAMPLE";
const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const NOW: &str = "2026-01-02T03:04:05Z";

#[derive(Debug, Clone, Deserialize)]
struct Vector {
    name: String,
    method: String,
    path: String,
    query: String,
    headers: Vec<(String, String)>,
    body: String,
    token: Option<String>,
}

fn vectors() -> Vec<Vector> {
    serde_json::from_str(include_str!("vectors.json")).expect("the file is JSON")
}

fn headers(pairs: &[(String, String)]) -> HeaderMap {
    let pairs = pairs.iter().map(|(name, text)| {
        (HeaderName::try_from(name.as_str()).expect("a name"), HeaderValue::try_from(text.as_str()).expect("a value"))
    });
    // A later one of the same name does not replace the one before.
    pairs.fold(HeaderMap::new(), |mut map, (name, value)| {
        map.append(name, value);
        map
    })
}

fn account() -> aws::AccountId {
    "123456789012".parse().expect("an account")
}

fn credential(secret: &str, token: Option<&str>) -> Credential {
    let principal = Principal::Root { account: account() };
    Credential { secret: Secret::new(secret), principal, session_token: token.map(Secret::new) }
}

impl Vector {
    fn check(&self, now: &str, credential: Option<Credential>) -> Result<Verified, Error> {
        let headers = headers(&self.headers);
        let Self { method, path, query, .. } = self;
        let request = Request { method, path, query, headers: &headers };
        let claim = Claim::read(&request)?.ok_or_else(|| Error::new(error::MISSING_AUTHENTICATION_TOKEN, "none"))?;
        let credential = credential.filter(|_| claim.key() == KEY);
        let payload = match claim.service() {
            "s3" => claim.payload(&request)?.text(),
            _ => sha256(self.body.as_bytes()),
        };
        claim.check(&request, &payload, None, now.parse().expect("a moment"), credential)
    }

    fn held(&self) -> Result<Verified, Error> {
        self.check(NOW, Some(credential(SECRET, self.token.as_deref())))
    }

    fn old(&self) -> bool {
        self.query.contains("AWSAccessKeyId=")
    }

    fn object(&self) -> bool {
        self.old() || self.query.contains("%2Fs3%2F") || self.headers.iter().any(|(_, text)| text.contains("/s3/"))
    }
}

#[test]
fn what_botocore_signs_holds() {
    for vector in vectors() {
        if let Err(error) = vector.held() {
            panic!("{}: {error}", vector.name);
        }
    }
}

#[test]
fn what_is_changed_does_not_hold() {
    for vector in vectors() {
        let mut changed: Vec<(String, Vector)> = Vec::new();
        let mut change = |what: &str, change: &dyn Fn(&mut Vector)| {
            let mut one = vector.clone();
            change(&mut one);
            changed.push((format!("{}: {what}", vector.name), one));
        };
        change("the method", &|one| one.method = "DELETE".into());
        change("the path", &|one| one.path.push_str("/x"));
        if !vector.object() {
            change("the body", &|one| one.body.push('x'));
        }
        if !vector.old() {
            change("one more parameter", &|one| one.query.push_str("&x=1"));
            change("one more header of Amazon's", &|one| {
                one.headers.push(("x-amz-acl".into(), "public-read".into()));
            });
        }
        for (position, (name, _)) in vector.headers.iter().enumerate() {
            if vector.old() {
                continue;
            }
            change(&format!("the header {name}"), &|one| one.headers[position].1.push('0'));
            change(&format!("no header {name}"), &|one| {
                one.headers.remove(position);
            });
            if name != "authorization" {
                change(&format!("{name} twice"), &|one| one.headers.push(one.headers[position].clone()));
            }
        }
        for (position, pair) in vector.query.split('&').enumerate().filter(|(_, pair)| !pair.is_empty()) {
            if vector.old() && pair.starts_with("other") {
                continue;
            }
            let edit = |one: &mut Vector, pair: Option<String>| {
                let mut pairs: Vec<String> = one.query.split('&').map(str::to_owned).collect();
                match pair {
                    Some(pair) => pairs[position] = pair,
                    None => drop(pairs.remove(position)),
                }
                one.query = pairs.join("&");
            };
            change(&format!("the parameter {pair}"), &|one| edit(one, Some(format!("{pair}1"))));
            change(&format!("no parameter {pair}"), &|one| edit(one, None));
            change(&format!("{pair} twice"), &|one| edit(one, Some(format!("{pair}&{pair}"))));
        }
        for (what, one) in changed {
            assert!(one.held().is_err(), "{what} is accepted");
        }
        let wrong = |token| vector.check(NOW, Some(credential("another", token)));
        let error = wrong(vector.token.as_deref()).unwrap_err();
        assert_eq!(error.code, error::SIGNATURE_DOES_NOT_MATCH, "{}", vector.name);
    }
}

#[test]
fn each_refusal_has_its_code() {
    let by = |name: &str| vectors().into_iter().find(|vector| vector.name == name).expect("it is there");
    let code = |outcome: Result<Verified, Error>| outcome.map(|_| ()).unwrap_err().code;
    let (api, object, url, old) =
        (by("query protocol"), by("object"), by("URL of an object"), by("old URL of an object"));

    assert_eq!(code(api.check(NOW, None)), error::INVALID_CLIENT_TOKEN_ID);
    assert_eq!(code(object.check(NOW, None)), error::INVALID_ACCESS_KEY_ID);
    assert_eq!(code(api.check(NOW, Some(credential(SECRET, Some("token"))))), error::INVALID_CLIENT_TOKEN_ID);
    assert_eq!(code(object.check(NOW, Some(credential(SECRET, Some("token"))))), error::INVALID_TOKEN);

    let at = |vector: &Vector, now: &str| vector.check(now, Some(credential(SECRET, None))).map(|_| ());
    let message = |outcome: Result<(), Error>| outcome.unwrap_err().message.into_owned();
    assert!(at(&api, "2026-01-02T03:19:05Z").is_ok());
    assert_eq!(
        message(at(&api, "2026-01-02T03:19:06Z")),
        "Signature expired: 20260102T030405Z is now earlier than 20260102T030406Z (20260102T031906Z - 15 min.)"
    );
    assert!(at(&api, "2026-01-02T02:59:05Z").is_ok());
    assert_eq!(
        message(at(&api, "2026-01-02T02:59:04Z")),
        "Signature not yet current: 20260102T030405Z is still later than 20260102T030404Z (20260102T025904Z + 5 min.)"
    );
    let kind = |outcome: Result<(), Error>| outcome.unwrap_err().code;
    assert_eq!(kind(at(&object, "2026-01-02T03:19:06Z")), error::REQUEST_TIME_TOO_SKEWED);
    assert!(at(&object, "2026-01-02T02:49:05Z").is_ok());
    assert_eq!(kind(at(&object, "2026-01-02T02:49:04Z")), error::REQUEST_TIME_TOO_SKEWED);
    assert!(at(&url, "2026-01-02T04:04:05Z").is_ok());
    assert_eq!(message(at(&url, "2026-01-02T04:04:06Z")), "Request has expired");
    assert_eq!(message(at(&url, "2026-01-02T02:04:06Z")), "Request is not valid yet");
    assert!(at(&old, "2026-01-02T04:04:05Z").is_ok());
    assert_eq!(message(at(&old, "2026-01-02T04:04:06Z")), "Request has expired");

    let authorization = |vector: &Vector, from: &str, to: &str| {
        let mut one = vector.clone();
        for (name, text) in &mut one.headers {
            if name == "authorization" {
                assert!(text.contains(from), "{text}");
                *text = text.replace(from, to);
            }
        }
        one.held().map(|_| ()).unwrap_err().code
    };
    let table: &[(&str, &str, Code, Code)] = &[
        ("/20260102/", "/20260101/", error::SIGNATURE_DOES_NOT_MATCH, error::AUTHORIZATION_HEADER_MALFORMED),
        ("/eu-west-1/", "/eu-west-2/", error::SIGNATURE_DOES_NOT_MATCH, error::SIGNATURE_DOES_NOT_MATCH),
        ("/aws4_request", "/aws3_request", error::INCOMPLETE_SIGNATURE, error::AUTHORIZATION_HEADER_MALFORMED),
        ("Signature=", "Sign=", error::INCOMPLETE_SIGNATURE, error::INCOMPLETE_SIGNATURE),
        ("Credential=", "Creditial=", error::INCOMPLETE_SIGNATURE, error::INCOMPLETE_SIGNATURE),
        ("host;", "", error::SIGNATURE_DOES_NOT_MATCH, error::AUTHORIZATION_HEADER_MALFORMED),
        ("x-amz-date", "x-amz-dame", error::SIGNATURE_DOES_NOT_MATCH, error::AUTHORIZATION_HEADER_MALFORMED),
        ("host;", "host;host;", error::INCOMPLETE_SIGNATURE, error::AUTHORIZATION_HEADER_MALFORMED),
        ("AWS4-HMAC-SHA256 ", "AWS ", error::INVALID_REQUEST, error::INVALID_REQUEST),
        (", ", "; ", error::INCOMPLETE_SIGNATURE, error::INCOMPLETE_SIGNATURE),
    ];
    for (from, to, plain, s3) in table {
        assert_eq!(authorization(&api, from, to), *plain, "{from}");
        if *from != "x-amz-date" {
            assert_eq!(authorization(&object, from, to), *s3, "{from}");
        }
    }
    let mut both = object.clone();
    both.query = url.query.clone();
    assert_eq!(code(both.held()), error::INVALID_REQUEST);
}

/// The examples of the S3 API reference and of the signature's test suite.
#[test]
fn published_examples_hold() {
    let check = |method: &str, path: &str, query: &str, pairs: &[(&str, &str)], key: &str, secret, now: &str| {
        let pairs: Vec<(String, String)> = pairs.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
        let headers = headers(&pairs);
        let request = Request { method, path, query, headers: &headers };
        let claim = Claim::read(&request).unwrap().unwrap();
        assert_eq!(claim.key(), key);
        let payload = match claim.service() {
            "s3" => claim.payload(&request).unwrap().text(),
            _ => sha256(b""),
        };
        claim.check(&request, &payload, None, now.parse().unwrap(), Some(credential(secret, None))).unwrap()
    };
    for (method, path, query, signature) in [
        ("GET", "/", "", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
        ("POST", "/", "", "5da7c1a2acd57cee7505fc6676e4e544621c30862966e37dddb68e92efbe5d6b"),
        ("GET", "/", "Param2=value2&Param1=value1", "b97d918cfa904a5beff61c982a1b6f458b799221646efd99d3219ec94cdf2500"),
        ("GET", "/example/..", "", "5fa00fa31553b73ebf1942676e86291e8372ff2a2260956d9b8aae1d763fbf31"),
        ("GET", "/\u{1234}", "", "8318018e0b0f223aa2bbf98705b62bb787dc9c0e678f255a891fd03141be5d85"),
    ] {
        let authorization = format!(
            "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20150830/us-east-1/service/aws4_request, \
             SignedHeaders=host;x-amz-date, Signature={signature}"
        );
        let pairs = [
            ("host", "example.amazonaws.com"),
            ("x-amz-date", "20150830T123600Z"),
            ("authorization", authorization.as_str()),
        ];
        check(method, path, query, &pairs, KEY, SECRET, "2015-08-30T12:36:00Z");
    }

    let (key, secret, now) =
        ("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", "2013-05-24T00:00:00Z");
    let authorization = "AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,\
                         SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,\
                         Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41";
    let pairs = [
        ("host", "examplebucket.s3.amazonaws.com"),
        ("range", "bytes=0-9"),
        ("x-amz-content-sha256", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
        ("x-amz-date", "20130524T000000Z"),
        ("authorization", authorization),
    ];
    check("GET", "/test.txt", "", &pairs, key, secret, now);
    let query = "X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2F\
                 aws4_request&X-Amz-Date=20130524T000000Z&X-Amz-Expires=86400&X-Amz-SignedHeaders=host&X-Amz-Signature=\
                 aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404";
    check("GET", "/test.txt", query, &[("host", "examplebucket.s3.amazonaws.com")], key, secret, now);
}

/// The chunks of the S3 API reference: 65,536 bytes, then 1,024, all `a`.
const SEED: &str = "4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9";

fn chain() -> Chain {
    let scope = Scope { date: "20130524".into(), region: "us-east-1".into(), service: "s3".into() };
    let key = signing_key(&Secret::new("wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"), &scope);
    let lines = "20130524T000000Z\n20130524/us-east-1/s3/aws4_request".to_owned();
    Chain { key, lines, previous: SEED.to_owned() }
}

fn example() -> Vec<u8> {
    let mut body = Vec::new();
    for (size, signature) in [
        (65536, "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648"),
        (1024, "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497"),
        (0, "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9"),
    ] {
        body.extend_from_slice(format!("{size:x};chunk-signature={signature}\r\n").as_bytes());
        body.extend(std::iter::repeat_n(b'a', size));
        body.extend_from_slice(b"\r\n");
    }
    body
}

/// What a body gives when it comes in pieces of this size.
async fn read(
    body: &[u8],
    piece: usize,
    payload: &Payload,
    chain: Option<Chain>,
    length: Option<u64>,
) -> Result<(Vec<u8>, Option<HeaderMap>), Error> {
    let pieces: Vec<Result<Frame<Bytes>, std::io::Error>> =
        body.chunks(piece).map(|one| Ok(Frame::data(Bytes::copy_from_slice(one)))).collect();
    let stream = StreamBody::new(futures_util::stream::iter(pieces));
    let collected = VerifiedBody::new(stream, payload, chain, length)?.collect().await?;
    let trailers = collected.trailers().cloned();
    Ok((collected.to_bytes().to_vec(), trailers))
}

#[tokio::test]
async fn signed_chunks_are_verified_as_they_come() {
    let (body, payload) = (example(), Payload::Signed { trailer: false });
    for piece in [1, 7, 100, 65536, usize::MAX] {
        let (plain, _) = read(&body, piece, &payload, Some(chain()), Some(66560)).await.unwrap();
        assert!(plain.len() == 66560 && plain.iter().all(|byte| *byte == b'a'));
    }
    let refused =
        async |body: Vec<u8>, length| read(&body, 1000, &payload, Some(chain()), length).await.unwrap_err().code;
    for position in [0, 20, 100, 65000, 65630, 66700, body.len() - 10] {
        let mut changed = body.clone();
        changed[position] ^= 1;
        let outcome = read(&changed, 1000, &payload, Some(chain()), Some(66560)).await;
        assert!(outcome.is_err(), "byte {position}");
    }
    assert_eq!(refused(body[..70000.min(body.len() - 100)].to_vec(), None).await, error::INCOMPLETE_BODY);
    assert_eq!(refused(body[..65000].to_vec(), None).await, error::INCOMPLETE_BODY);
    assert_eq!(refused(body.clone(), Some(66561)).await, error::INCOMPLETE_BODY);
    assert_eq!(refused(body.clone(), Some(66559)).await, error::INCOMPLETE_BODY);
    assert_eq!(refused([body.as_slice(), b"x"].concat(), None).await, error::INVALID_REQUEST);
    // The second chunk in the first one's place.
    let second = body[88 + 65536 + 2..].to_vec();
    assert_eq!(refused(second, None).await, error::SIGNATURE_DOES_NOT_MATCH);
    assert_eq!(refused(vec![b'a'; 1 << 20], None).await, error::INVALID_REQUEST);
    assert!(read(&body, 1000, &payload, None, None).await.is_err(), "nothing says what chunks are signed with");
}

#[tokio::test]
async fn trailers_come_after_the_body_and_are_signed_too() {
    let body = "5\r\nhello\r\n0\r\nx-amz-checksum-crc32:NhCmhg==\r\n\r\n";
    let (plain, trailers) = read(body.as_bytes(), 3, &Payload::Trailer, None, Some(5)).await.unwrap();
    assert_eq!(plain, b"hello");
    assert_eq!(trailers.unwrap()["x-amz-checksum-crc32"], "NhCmhg==");

    let mut signer = chain();
    let mut sign = |algorithm: &str, parts: &[&str]| {
        let text = format!("{algorithm}\n{}\n{}\n{}", signer.lines, signer.previous, parts.join("\n"));
        signer.previous = words::hex(&mac(&signer.key, text.as_bytes()));
        signer.previous.clone()
    };
    let empty = sha256(b"");
    let first = sign("AWS4-HMAC-SHA256-PAYLOAD", &[&empty, &sha256(b"hello")]);
    let last = sign("AWS4-HMAC-SHA256-PAYLOAD", &[&empty, &empty]);
    let trailer = sign("AWS4-HMAC-SHA256-TRAILER", &[&sha256(b"x-amz-checksum-crc32:NhCmhg==\n")]);
    let body = format!(
        "5;chunk-signature={first}\r\nhello\r\n0;chunk-signature={last}\r\nx-amz-checksum-crc32:NhCmhg==\r\n\
         x-amz-trailer-signature:{trailer}\r\n\r\n"
    );
    let payload = Payload::Signed { trailer: true };
    let (plain, trailers) = read(body.as_bytes(), 3, &payload, Some(chain()), Some(5)).await.unwrap();
    assert_eq!((plain.as_slice(), trailers.unwrap().len()), (&b"hello"[..], 1));
    for changed in [
        body.replace("NhCmhg==", "NhCmhA=="),
        body.replace(&format!("x-amz-trailer-signature:{trailer}\r\n"), ""),
        body.replace("x-amz-checksum-crc32:NhCmhg==\r\n", ""),
        body.replace("x-amz-trailer-signature", "x-amz-other"),
    ] {
        assert!(read(changed.as_bytes(), 3, &payload, Some(chain()), Some(5)).await.is_err(), "{changed}");
    }
    let unasked = Payload::Signed { trailer: false };
    assert!(read(body.as_bytes(), 3, &unasked, Some(chain()), Some(5)).await.is_err());
}

#[tokio::test]
async fn a_body_is_what_its_digest_says() {
    let payload = Payload::read(&sha256(b"hello")).unwrap();
    assert_eq!(read(b"hello", 2, &payload, None, Some(5)).await.unwrap().0, b"hello");
    let error = read(b"hellO", 2, &payload, None, Some(5)).await.unwrap_err();
    assert_eq!(error.code, error::CONTENT_SHA256_MISMATCH);
    assert!(Payload::read("STREAMING-ECDSA").is_err());
}

#[tokio::test(start_paused = true)]
async fn a_silent_client_is_given_up() {
    let never = StreamBody::new(futures_util::stream::pending::<Result<Frame<Bytes>, std::io::Error>>());
    let body = VerifiedBody::new(never, &Payload::Unsigned, None, None).unwrap();
    assert_eq!(body.collect().await.unwrap_err().code, error::REQUEST_TIMEOUT);
    let body = VerifiedBody::new(Full::new(Bytes::from_static(b"x")), &Payload::Unsigned, None, None).unwrap();
    assert_eq!(body.collect().await.unwrap().to_bytes(), "x");
}

proptest::proptest! {
    #[test]
    fn any_head_is_read_or_refused(
        authorization in "(AWS4-HMAC-SHA256 )?[A-Za-z0-9=/,; ]{0,60}(Credential=a/2/r/s3/aws4_request,SignedHeaders=host,Signature=)?[0-9a-f]{0,64}",
        query in "(X-Amz-[A-Za-z-]{0,12}=[A-Za-z0-9%/]{0,8}&?){0,6}",
        date in "[0-9TZ]{0,17}",
    ) {
        let headers = headers(&[("x-amz-date".into(), date), ("authorization".into(), authorization)]);
        let request = Request { method: "GET", path: "/", query: &query, headers: &headers };
        let _ = Claim::read(&request);
        let without = HeaderMap::new();
        let _ = Claim::read(&Request { headers: &without, ..request });
    }

    #[test]
    fn any_chunks_are_read_or_refused(bytes in "([0-9a-f]{1,2};?(chunk-signature=)?\r?\n?[a-z:\r\n]{0,10}){0,6}", piece in 1usize..9) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        for payload in [Payload::Trailer, Payload::Signed { trailer: true }] {
            let _ = runtime.block_on(read(bytes.as_bytes(), piece, &payload, Some(chain()), None));
        }
    }
}
