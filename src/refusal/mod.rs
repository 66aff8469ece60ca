//! What the API server says is wrong with an object -> which field, in words, and where somebody wrote it. Pure.
//!
//! ```text
//! answer     an answer -> each field that it complains about
//! complaint  one field, and what is wrong with it
//! typed      what the typed form of an apply does not take: unknown fields, other types, items given twice
//! invalid    what validation finds: one sentence a field
//! fixed      which field of several may not change
//! selector   what to write to keep the selector that is there
//! schema     the server's OpenAPI document -> which fields there are
//! words      a complaint -> a sentence, and what to do
//! subject    a field, as people call it; its value, where that may be shown
//! locate     the field -> line and column
//! ```

mod answer;
mod complaint;
mod fixed;
mod invalid;
mod locate;
mod schema;
mod selector;
mod subject;
#[cfg(test)]
mod tests;
mod typed;
mod words;

use kube::core::Status;

use crate::error::{Place, Spot};
use crate::files::Origin;
use crate::manifests::Manifest;

pub use complaint::Complaint;
pub use fixed::narrowed;
pub use invalid::is_fixed;
pub use schema::Schema;
pub use selector::kept as kept_selector;
pub use words::anew;

/// What the server complains about in an object that it refuses; nothing where it names no field.
#[must_use]
pub fn complaints(manifest: &Manifest, status: &Status) -> Vec<Complaint> {
    answer::read(manifest, status)
}

/// One complaint where somebody wrote the field, or the nearest that is written. `schema`: of the object's API version.
#[must_use]
pub fn spot(complaint: &Complaint, manifest: &Manifest, origin: Option<&Origin>, schema: Option<&Schema>) -> Spot {
    let found = locate::field(complaint, manifest, origin);
    let written = found.as_ref().and_then(|found| found.value.as_deref());
    let subject = subject::Subject { manifest, written };
    let (error, hints) = words::say(complaint, &subject, schema);
    let object = Some(described(manifest, origin));
    let Some(found) = &found else {
        return Spot { place: Place::default(), object, error, hints, excerpt: Vec::new() };
    };
    let excerpt = if subject.may_show(complaint) { found.excerpt() } else { Vec::new() };
    Spot { place: found.place.clone(), object, error, hints, excerpt }
}

/// Where the object itself begins; none where nobody can look it up.
#[must_use]
pub fn place(manifest: &Manifest, origin: Option<&Origin>) -> Option<Place> {
    locate::field(&Complaint::about_all(), manifest, origin).map(|found| found.place)
}

/// The object, and which program made it where nobody wrote it.
#[must_use]
pub fn described(manifest: &Manifest, origin: Option<&Origin>) -> String {
    match origin {
        Some(Origin::Program(program)) => format!("{} (made by {program})", manifest.describe()),
        _ => manifest.describe(),
    }
}

/// A text of the server without the values of a Secret that it may repeat.
#[must_use]
pub fn without_secrets(manifest: &Manifest, said: &str) -> String {
    subject::without_secrets(manifest, said)
}
