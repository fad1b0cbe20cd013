//! The numbers, and why. Those of certificates are Amazon's ("Quotas" in the AWS Certificate Manager user guide).

use std::time::Duration;

/// Certificates of an account in a region.
pub const CERTIFICATES: usize = 2_500;
/// Names of one certificate: Amazon gives 10, and up to 100 on request.
pub const NAMES: usize = 100;
/// Bytes of the first name, which is the subject (RFC 5280, appendix A.1: ub-common-name).
pub const FIRST_NAME: usize = 64;
/// Bytes of any name (RFC 1035, section 2.3.4).
pub const NAME: usize = 253;
/// Certificates of an imported chain: more has no authority, and each costs a signature to verify.
pub const CHAIN: usize = 10;
/// Tags of a certificate.
pub const TAGS: usize = 50;
/// Longest key of a tag, in characters.
pub const TAG_KEY: usize = 128;
/// Longest value of a tag, in characters.
pub const TAG_VALUE: usize = 256;
/// How long a certificate that was requested is good: 395 days, as Amazon's were for long.
pub const LIFE: Duration = Duration::from_secs(395 * 86_400);
/// How long before its end it is renewed: 60 days.
pub const RENEWAL: Duration = Duration::from_secs(60 * 86_400);
/// How often it is looked which are to be renewed.
pub const LOOK: Duration = Duration::from_secs(6 * 3_600);
/// How far a new certificate's beginning lies back, so that a clock that is late takes it, too.
pub const BACK: Duration = Duration::from_secs(3_600);
/// How long a second request with the same token is the first one.
pub const TOKEN: Duration = Duration::from_secs(3_600);
