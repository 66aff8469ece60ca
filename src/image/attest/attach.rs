//! The documents of a build, to the image that was pushed.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;

use super::provenance::{self, Checkout};
use super::record::{Packed, Record};
use super::sbom;
use crate::error::Result;
use crate::image::oci::{Referrer, Subject, Words, short};
use crate::image::registry::{self, Pushed};
use crate::progress::Progress;
use crate::spec::Stack;

/// Something that is said of an image, beside it in the registry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Attestation {
    pub kind: AttestationKind,
    /// The digest of what it is about: the image, or that of one platform in an index.
    pub subject: String,
    /// `registry/name@sha256:…`
    pub reference: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum AttestationKind {
    Sbom,
    Provenance,
}

/// Attaches what is said of a build to the image that was pushed; what is attached already is not sent again.
///
/// # Errors
/// When the registry does not take it.
pub async fn attach(
    record: &Record,
    pushed: &Pushed,
    checkout: &Checkout,
    progress: &dyn Progress,
) -> Result<Vec<Attestation>> {
    let name = pushed.reference.split('@').next().unwrap_or_default();
    if record.stack == Stack::Dockerfile {
        progress.note(
            "what a Dockerfile puts into an image plat does not see: provenance is attached, and no SBOM; syft or trivy makes one",
        );
    }
    if checkout.commit.is_none() {
        progress.note("the sources are in no commit of git, so the provenance names none");
    }
    let step = progress.step(&format!("attest {name}"));
    let whole = match &record.whole {
        Some(whole) => whole.clone(),
        None => registry::subject(&pushed.reference).await?,
    };
    let sboms = record.images.iter().map(|image| (AttestationKind::Sbom, sbom(&record.name, image)));
    let statement = provenance::statement(name, &pushed.digest, record, checkout);
    let said: Vec<(AttestationKind, Referrer)> =
        sboms.chain([(AttestationKind::Provenance, provenance(whole, statement))]).collect();
    let referrers: Vec<&Referrer> = said.iter().map(|(_, referrer)| referrer).collect();
    let is_new = registry::attach(name, &referrers, progress).await?;
    let attested: Vec<Attestation> = said.into_iter().map(|(kind, referrer)| attested(name, kind, referrer)).collect();
    let told = attested.iter().map(Attestation::told).collect::<Vec<_>>().join(", ");
    step.done(&if is_new { told } else { format!("already there: {told}") });
    Ok(attested)
}

fn sbom(name: &str, image: &Packed) -> Referrer {
    let bytes = sbom::document(name, image);
    let words = Words { kind: sbom::MEDIA_TYPE, file: "sbom.cdx.json", annotations: BTreeMap::new(), bytes };
    Referrer::new(image.subject.clone(), words)
}

fn provenance(whole: Subject, statement: Vec<u8>) -> Referrer {
    // As BuildKit names it.
    let annotations = BTreeMap::from([("in-toto.io/predicate-type", provenance::PREDICATE)]);
    let words = Words { kind: provenance::MEDIA_TYPE, file: "provenance.intoto.json", annotations, bytes: statement };
    Referrer::new(whole, words)
}

fn attested(name: &str, kind: AttestationKind, referrer: Referrer) -> Attestation {
    let reference = format!("{name}@{}", referrer.manifest.digest);
    Attestation { kind, subject: referrer.subject.digest, reference }
}

impl Attestation {
    fn told(&self) -> String {
        let kind = match self.kind {
            AttestationKind::Sbom => "SBOM",
            AttestationKind::Provenance => "provenance",
        };
        format!("{kind} {}", short(self.reference.rsplit('@').next().unwrap_or_default()))
    }
}
