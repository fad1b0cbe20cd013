//! Numbers, and why.

/// Hosted zones (AWS's quota).
pub const ZONES: usize = 500;
/// Record sets of a zone: a tenth of AWS's quota, since a zone is one record of the store, about 200 KB then.
pub const RECORD_SETS: usize = 1000;
/// Changes of one request (AWS's).
pub const CHANGES: usize = 1000;
/// Values of one record set (AWS's).
pub const VALUES: usize = 400;
/// Bytes of all strings of one text (AWS's).
pub const TEXT: usize = 4000;
/// Changes that can be asked for: none is ever pending here, so that clients ask at once.
pub const KEPT_CHANGES: usize = 1000;
/// Names that one leads to before nobody follows any more: longer chains are loops.
pub const CHAIN: usize = 8;
/// Largest page of a listing (AWS's).
pub const PAGE: usize = 300;
/// Seconds for which the name of an environment may be kept: it leads to the same balancer as long as it is there.
pub const TTL: u32 = 60;
/// Seconds for which it may be kept in mind that a name is not there: an environment may be there soon.
pub const NEGATIVE: u32 = 5;
