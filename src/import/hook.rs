//! What Helm runs at a moment of its own: no service, and perhaps the `before` of one.

use serde_json::{Map, Value};

use super::model::{Left, shown};
use super::paths::{items, pod, template};
use super::write;
use crate::files::HOOK;
use crate::manifests::Manifest;
use crate::text::foreign_line;

/// The release that an object is of, as charts label it.
const INSTANCE: &str = "app.kubernetes.io/instance";

/// What runs at such a moment, and so in no plat.yaml; None for all else.
pub(super) fn left(manifest: &Manifest, objects: &[Manifest]) -> Option<Left> {
    let moments = manifest.body["metadata"]["annotations"][HOOK].as_str()?;
    template(&manifest.kind)?;
    let why = format!("Helm runs it at a moment of its own ({})", foreign_line(moments, 100));
    let is_before = moments.split(',').any(|moment| moment.trim().starts_with("pre-"));
    let hint = if is_before {
        format!(
            "as the step before each deploy, in the plat.yaml of its service: before: {}",
            before(manifest, objects)
        )
    } else {
        "run it where you run plat deploy, after that".to_owned()
    };
    Some(Left::of(manifest, &why, Some(hint)))
}

/// Those of the release that the workload is of, for its reader.
pub(super) fn beside(workload: &Manifest, objects: &[Manifest]) -> Vec<String> {
    let release = |manifest: &Manifest| manifest.body["metadata"]["labels"][INSTANCE].as_str().map(ToOwned::to_owned);
    let of_it = objects.iter().filter(|other| release(other).is_some() && release(other) == release(workload));
    let left = of_it.filter_map(|other| left(other, objects));
    left.map(|left| format!("{}: {}; {}", left.object, left.why, left.hint.unwrap_or_default())).collect()
}

/// `{args: ["-c", "echo migrated"]}`, with its image where no service has that.
fn before(job: &Manifest, objects: &[Manifest]) -> String {
    let containers = |of: &Manifest| items(&pod(&of.kind, &of.body)["containers"]).to_vec();
    let Some(container) = containers(job).into_iter().next() else { return "{}".to_owned() };
    let is_a_service = |other: &&Manifest| other.body["metadata"]["annotations"][HOOK].is_null();
    let images: Vec<Value> =
        objects.iter().filter(is_a_service).flat_map(containers).map(|other| other["image"].clone()).collect();
    let fields = ["image", "command", "args"].into_iter().filter(|field| {
        let value = &container[*field];
        !value.is_null() && (*field != "image" || !images.contains(value))
    });
    let fields: Map<String, Value> = fields.map(|field| (field.to_owned(), container[field].clone())).collect();
    // What is too long for a line is read where it is.
    write::flow(&Value::Object(fields)).unwrap_or_else(|| format!("{{…}}, as in {}", shown(job)))
}
