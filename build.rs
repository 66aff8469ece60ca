//! Tells cargo that the templates are a source: `include_dir!` itself does not notice a new file.

#[expect(clippy::disallowed_macros, reason = "cargo reads a build script's stdout")]
fn main() {
    println!("cargo::rerun-if-changed=templates");
}
