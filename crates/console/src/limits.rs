//! The numbers, and why.

use std::time::Duration;

/// Connections at the same time: a browser holds six, and a few people look.
pub(crate) const CONNECTIONS: usize = 256;
/// How long a request's head may take, and how long an idle connection stays.
pub(crate) const HEADER_PATIENCE: Duration = Duration::from_secs(30);
/// Longest head of a request. Browsers send about one KiB.
pub(crate) const HEADER_BYTES: usize = 32 << 10;
/// Longest form but an upload: the longest value of an option is a certificate's chain.
pub(crate) const FORM_BYTES: usize = 128 << 10;
/// How long a form may take to come: a person's line, not a person's typing.
pub(crate) const FORM_PATIENCE: Duration = Duration::from_secs(30);
/// Fields of a form.
pub(crate) const FORM_FIELDS: usize = 64;
/// Longest bundle: what the AWS API takes as one.
pub(crate) const BUNDLE_BYTES: u64 = 512 << 20;
/// Longest text beside the file in an upload: head of a part, and each small field.
pub(crate) const PART_BYTES: usize = 8 << 10;
/// How long nothing may come of an upload.
pub(crate) const UPLOAD_PATIENCE: Duration = Duration::from_secs(60);
/// Pieces of an upload in flight, so that a slow store slows the browser.
pub(crate) const UPLOAD_PIECES: usize = 4;

/// Sessions at the same time. Only who has a key gets one; beyond this the one that was used longest ago ends.
pub(crate) const SESSIONS: usize = 64;
/// How long a session lasts that nobody uses. A page that is open and refreshes itself uses it.
pub(crate) const IDLE: Duration = Duration::from_secs(60 * 60);
/// How long a session lasts at all: a working day.
pub(crate) const LIFE: Duration = Duration::from_secs(12 * 60 * 60);
/// Longest access key id and secret that are tried.
pub(crate) const KEY_BYTES: usize = 128;

/// How long the AWS API may take to answer.
pub(crate) const PATIENCE: Duration = Duration::from_secs(60);
/// Longest answer that is read: a thousand versions, or all options, take a few hundred KiB.
pub(crate) const ANSWER_BYTES: usize = 8 << 20;
/// Longest log that is shown.
pub(crate) const LOG_BYTES: usize = 256 << 10;
/// Lines of a container's log that are shown.
pub(crate) const LOG_LINES: usize = 300;
/// How long a log is waited for that instances are asked for.
pub(crate) const LOG_PATIENCE: Duration = Duration::from_secs(15);
/// Events that are shown of an environment.
pub(crate) const EVENTS: usize = 60;
/// Minutes that the graphs show.
pub(crate) const MINUTES: i64 = 60;
/// How long a URL is good that a bundle is uploaded with.
pub(crate) const UPLOAD_URL: u64 = 15 * 60;
