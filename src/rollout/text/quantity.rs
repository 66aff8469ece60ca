//! Kubernetes' quantities (`k8s.io/apimachinery`, `resource.Quantity`): read, compared, and written for people.

const SUFFIXES: [(&str, f64); 13] = [
    ("Ki", 1024.0),
    ("Mi", 1_048_576.0),
    ("Gi", 1_073_741_824.0),
    ("Ti", 1_099_511_627_776.0),
    ("Pi", 1_125_899_906_842_624.0),
    ("n", 1e-9),
    ("u", 1e-6),
    ("m", 1e-3),
    ("k", 1e3),
    ("M", 1e6),
    ("G", 1e9),
    ("T", 1e12),
    ("P", 1e15),
];

/// In cores, bytes or pieces; none for what is not a quantity.
#[must_use]
pub fn parse(text: &str) -> Option<f64> {
    let (digits, unit) =
        SUFFIXES.iter().find_map(|(suffix, unit)| Some((text.strip_suffix(suffix)?, *unit))).unwrap_or((text, 1.0));
    digits.parse::<f64>().ok().filter(|value| value.is_finite()).map(|value| value * unit)
}

/// As a manifest would write it: `1.93` and `0.08` cpu, `23.3Gi`, `64Mi`, `3` of anything else.
#[must_use]
pub fn show(resource: &str, value: f64) -> String {
    if !is_bytes(resource) {
        return trimmed(value);
    }
    let fitting = SUFFIXES[..5].iter().rev().find(|(_, unit)| value >= *unit);
    fitting.map_or_else(|| trimmed(value), |(suffix, unit)| format!("{}{suffix}", tenths(value / unit)))
}

/// `requests.memory` of a quota is memory too.
fn is_bytes(resource: &str) -> bool {
    let name = resource.rsplit('.').next().unwrap_or(resource);
    matches!(name, "memory" | "storage" | "ephemeral-storage") || name.starts_with("hugepages-")
}

fn tenths(value: f64) -> String {
    let text = format!("{value:.1}");
    text.strip_suffix(".0").map_or(text.clone(), str::to_owned)
}

fn trimmed(value: f64) -> String {
    let text = format!("{value:.3}");
    text.trim_end_matches('0').trim_end_matches('.').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case("64", Some(64.0))]
    #[case("1930m", Some(1.93))]
    #[case("24478856Ki", Some(25_066_348_544.0))]
    #[case("1G", Some(1e9))]
    #[case("much", None)]
    #[case("", None)]
    fn a_quantity_is_read(#[case] text: &str, #[case] expected: Option<f64>) {
        assert_eq!(parse(text), expected);
    }

    #[rstest]
    #[case("cpu", 64.0, "64")]
    #[case("requests.cpu", 0.08, "0.08")]
    #[case("cpu", 1.93, "1.93")]
    #[case("memory", 25_066_348_544.0, "23.3Gi")]
    #[case("requests.memory", 67_108_864.0, "64Mi")]
    #[case("pods", 3.0, "3")]
    #[case("nvidia.com/gpu", 1.0, "1")]
    fn a_quantity_is_written_for_people(#[case] resource: &str, #[case] value: f64, #[case] expected: &str) {
        assert_eq!(show(resource, value), expected);
    }
}
