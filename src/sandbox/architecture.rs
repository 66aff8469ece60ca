//! This machine's architecture, as Go, Debian and image indexes call it.

/// `amd64`, `arm64`; another one as Rust calls it.
pub fn architecture() -> &'static str {
    match std::env::consts::ARCH {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        other => other,
    }
}
