//! The certificate authorities that are trusted: those of a file, in place of the machine's own.

use std::path::PathBuf;

use aws_smithy_http_client::tls::{TlsContext, TrustStore};
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::{Error as PemError, PemObject};
use webpki::anchor_from_trusted_cert;

use super::error::NetworkError;

/// A file of certificates in PEM form, and what names it.
#[derive(Clone, Debug)]
pub(super) struct Bundle {
    pub named_by: String,
    pub path: PathBuf,
}

impl Bundle {
    pub fn new(named_by: impl Into<String>, path: PathBuf) -> Self {
        Self { named_by: named_by.into(), path }
    }

    /// Returns the certificates that can be trusted; others, such as those of an outdated form, are
    /// left out as long as there is one.
    pub fn certificates(&self) -> Result<Vec<CertificateDer<'static>>, NetworkError> {
        let found = CertificateDer::pem_file_iter(&self.path)
            .and_then(Iterator::collect::<Result<Vec<_>, _>>)
            .map_err(|error| match error {
                PemError::Io(error) => self.refused(format!("which cannot be read: {error}")),
                other => self.refused(format!("which is no file of PEM certificates: {other}")),
            })?;
        let usable: Vec<_> = found
            .into_iter()
            .filter(|certificate| anchor_from_trusted_cert(certificate).is_ok())
            .collect();
        if usable.is_empty() {
            return Err(self.refused("in which there is no PEM certificate of an authority".into()));
        }
        Ok(usable)
    }

    fn refused(&self, reason: String) -> NetworkError {
        let (named_by, path) = (self.named_by.clone(), self.path.clone());
        NetworkError::Authorities { named_by, path, reason }
    }
}

/// Returns what TLS trusts: the bundle alone, as in the AWS CLI, or the machine's authorities.
pub(super) fn context(bundle: Option<&Bundle>) -> Result<TlsContext, NetworkError> {
    let trusted = match bundle {
        None => TrustStore::default(),
        Some(bundle) => bundle
            .certificates()?
            .iter()
            .fold(TrustStore::empty(), |store, found| store.with_pem_certificate(pem(found))),
    };
    Ok(TlsContext::builder().with_trust_store(trusted).build().expect("certificates were checked"))
}

fn pem(certificate: &CertificateDer<'_>) -> String {
    let text = aws_smithy_types::base64::encode(certificate.as_ref());
    format!("-----BEGIN CERTIFICATE-----\n{text}\n-----END CERTIFICATE-----\n")
}
