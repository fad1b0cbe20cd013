//! Files of web servers, as builds take them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use http::header::LAST_MODIFIED;
use http_body_util::BodyExt;
use oci::Digest;
use sha2::{Digest as _, Sha256};
use tokio::io::AsyncWriteExt;

use crate::{Error, Images, Result, limits};

/// Time for the next piece of a file.
const PATIENCE: Duration = Duration::from_secs(60);

impl Images {
    /// Fetches a file into a new one. Its time is what the server says, or the epoch's start: fetched again, it is the
    /// same.
    ///
    /// # Errors
    /// [`Error::Registry`] when the server does not give it, [`Error::DigestMismatch`] when it is not what was expected.
    pub async fn download(&self, url: &str, path: &Path, expected: Option<&Digest>, mode: u32) -> Result<Digest> {
        let response = self.0.client.file(url).await?;
        let modified = response.headers().get(LAST_MODIFIED).and_then(|value| value.to_str().ok());
        let modified = modified.and_then(|text| httpdate::parse_http_date(text).ok());
        let failed = |error| Error::io(path, error);
        let mut file = tokio::fs::File::options().write(true).create_new(true).open(path).await.map_err(failed)?;
        let (mut body, mut hash, mut size) = (response.into_body(), Sha256::new(), 0_u64);
        loop {
            let frame = tokio::time::timeout(PATIENCE, body.frame()).await;
            let frame = frame.map_err(|_| Error::Registry(format!("{url}: the server sends nothing any more")))?;
            let Some(frame) = frame else { break };
            let frame = frame.map_err(|error| Error::Registry(format!("{url}: {error}")))?;
            let Some(bytes) = frame.data_ref() else { continue };
            size += bytes.len() as u64;
            if size > limits::FILE_BYTES {
                return Err(Error::TooLarge(format!("{url} is larger than {} bytes", limits::FILE_BYTES)));
            }
            hash.update(bytes);
            file.write_all(bytes).await.map_err(failed)?;
        }
        file.flush().await.map_err(failed)?;
        let got = Digest::sha256(hash.finalize().into());
        if let Some(expected) = expected.filter(|expected| **expected != got) {
            return Err(Error::DigestMismatch { what: url.to_owned(), expected: expected.clone(), got });
        }
        let (file, named): (_, PathBuf) = (file.into_std().await, path.to_owned());
        crate::blocking(move || {
            let failed = |error| Error::io(&named, error);
            file.set_modified(modified.unwrap_or(std::time::UNIX_EPOCH)).map_err(failed)?;
            file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(mode)).map_err(failed)
        })
        .await?;
        Ok(got)
    }
}
