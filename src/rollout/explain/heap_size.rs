//! How large a runtime is told that its heap may become.

use regex::Captures;

pub(super) const MEGABYTE: f64 = 1_048_576.0;

/// In bytes, by the groups `size` and `unit` of `-Xmx512m`, or `megabytes` of `--max-old-space-size=512`.
pub(super) fn heap_size(found: &Captures) -> Option<f64> {
    let number = |name| found.name(name).and_then(|number| number.as_str().parse::<f64>().ok());
    let unit = match found.name("unit").map_or("", |unit| unit.as_str()) {
        "k" | "K" => 1024.0,
        "m" | "M" => MEGABYTE,
        "g" | "G" => 1024.0 * MEGABYTE,
        _ => 1.0,
    };
    number("size").map(|size| size * unit).or(number("megabytes").map(|size| size * MEGABYTE))
}
