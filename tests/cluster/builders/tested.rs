//! Programs that stand on more than they ship: what only a test, a build, a compiler or another system needs.

use super::projects::Files;

pub const GO: Files = &[
    ("plat.yaml", "name: NAME\nport: 8080\n"),
    (
        "go.mod",
        "module example.com/shop\n\ngo 1.21\n\nrequire (\n\tgithub.com/google/go-cmp v0.6.0\n\tgolang.org/x/text v0.21.0\n)\n",
    ),
    ("go.sum", GO_SUM),
    (
        "main.go",
        "package main\n\nimport \"golang.org/x/text/language\"\n\nfunc main() { println(language.English.String()) }\n",
    ),
    (
        "main_test.go",
        "package main\n\nimport (\n\t\"testing\"\n\n\t\"github.com/google/go-cmp/cmp\"\n)\n\nfunc TestNothing(t *testing.T) { _ = cmp.Diff(1, 1) }\n",
    ),
];

const GO_SUM: &str = "\
github.com/google/go-cmp v0.6.0 h1:ofyhxvXcZhMsU5ulbFiLKl/XBFqE1GSq7atu8tAmTRI=\n\
github.com/google/go-cmp v0.6.0/go.mod h1:17dUlkBOakJ0+DkrSSNjCkIjxS6bF9zb3elmeNGIjoY=\n\
golang.org/x/text v0.21.0 h1:zyQAAkrwaneQ066sspRyJaG9VNi/YJ1NfzcGB3hZ/qo=\n\
golang.org/x/text v0.21.0/go.mod h1:4IBbMaMmOPCJ8SecivzSH54+73PCFmPWxNTLm+vZkEQ=\n";

pub const RUST: Files = &[
    ("plat.yaml", "name: NAME\nport: 8080\n"),
    (
        "Cargo.toml",
        "[package]\nname = \"shop\"\nversion = \"0.1.0\"\nedition = \"2021\"\n\
         [dependencies]\nitoa = \"=1.0.11\"\npaste = \"=1.0.15\"\n\
         [build-dependencies]\nfnv = \"=1.0.7\"\n\
         [dev-dependencies]\nryu = \"=1.0.18\"\n\
         [target.'cfg(windows)'.dependencies]\ncfg-if = \"=1.0.0\"\n",
    ),
    ("Cargo.lock", CARGO_LOCK),
    ("build.rs", "fn main() {\n    let _ = fnv::FnvHasher::default();\n}\n"),
    ("src/main.rs", "fn main() {\n    println!(\"{}\", itoa::Buffer::new().format(1));\n}\n"),
];

const CARGO_LOCK: &str = r#"version = 4

[[package]]
name = "cfg-if"
version = "1.0.0"
source = "registry+https://github.com/rust-lang/crates.io-index"
checksum = "baf1de4339761588bc0619e3cbc0120ee582ebb74b53b4efbf79117bd2da40fd"

[[package]]
name = "fnv"
version = "1.0.7"
source = "registry+https://github.com/rust-lang/crates.io-index"
checksum = "3f9eec918d3f24069decb9af1554cad7c880e2da24a9afd88aca000531ab82c1"

[[package]]
name = "itoa"
version = "1.0.11"
source = "registry+https://github.com/rust-lang/crates.io-index"
checksum = "49f1f14873335454500d59611f1cf4a4b0f786f9ac11f4312a78e4cf2566695b"

[[package]]
name = "paste"
version = "1.0.15"
source = "registry+https://github.com/rust-lang/crates.io-index"
checksum = "57c0d7b74b563b49d38dae00a0c37d4d6de9b432382b2892f0574ddcae73fd0a"

[[package]]
name = "ryu"
version = "1.0.18"
source = "registry+https://github.com/rust-lang/crates.io-index"
checksum = "f3cb5ba0dc43242ce17de99c180e96db90b235b8a9fdc9543c96d2209116bd9f"

[[package]]
name = "shop"
version = "0.1.0"
dependencies = [
 "cfg-if",
 "fnv",
 "itoa",
 "paste",
 "ryu",
]
"#;
