//! What is missing or wrong: said with its place and the next step.

use std::fs;
use std::process::Command;

use super::projects::{self, Files};
use super::{tools, write};
use crate::harness::{ignore, tests};
use crate::support::{Namespace, bases};

tests![BUILDS:
    what_is_missing_or_wrong_is_named_with_its_place,
    what_java_does_not_compile_is_shown_with_its_place,
    a_registry_of_packages_that_is_away_is_named,
    a_compiled_module_for_another_platform_is_refused,
    a_base_of_another_architecture_is_refused,
    a_full_disk_is_named;
];

/// Nothing listens there.
const AWAY: &str = "http://127.0.0.1:1/";

struct Refusal {
    project: Files,
    /// File and text, over those of the project; None takes it away.
    change: (&'static str, Option<&'static str>),
    environment: &'static [(&'static str, &'static str)],
    /// How the place ends.
    place: &'static str,
    what: &'static str,
    hint: &'static str,
}

impl Refusal {
    fn is_said(&self) {
        let ns = Namespace::new("refusal");
        let (path, text) = self.change;
        write(&ns, "shop", self.project);
        let file = ns.work().join("shop").join(path);
        match text {
            Some(text) => drop(ns.write(&format!("shop/{path}"), text)),
            None => fs::remove_file(file).expect("a file of the project"),
        }
        let folder = if ns.work().join("shop/plat.yaml").is_file() { "shop" } else { "shop/app" };
        let plat = bases::plat(&ns, &["build", "--no-push"]).folder(folder).events();
        let plat = self.environment.iter().fold(plat, |plat, (name, value)| plat.env(name, value));
        let ended = plat.fails(1);
        let error = ended.error();
        let place = error["place"].as_str().unwrap_or_default();
        assert!(place.ends_with(self.place), "{place} does not end with {}: {error:#}", self.place);
        let said = format!("{} {:?}", error["error"], error["details"]);
        assert!(said.contains(self.what), "no {:?}: {error:#}", self.what);
        assert!(error["hints"].to_string().contains(self.hint), "no hint {:?}: {error:#}", self.hint);
    }
}

fn what_is_missing_or_wrong_is_named_with_its_place() {
    bases::node(&Namespace::new("bases"));
    bases::python(&Namespace::new("bases"));
    let refusals = [
        Refusal {
            project: projects::NODE,
            change: ("package-lock.json", None),
            environment: &[],
            place: "shop/package.json",
            what: "no lock file",
            hint: "npm install --package-lock-only",
        },
        Refusal {
            project: projects::NODE,
            change: ("package.json", Some("{\n  \"name\": }\n")),
            environment: &[],
            place: "shop",
            what: "cannot see how to build",
            hint: "build: {stack:",
        },
        Refusal {
            project: projects::NODE,
            change: ("build.js", Some("let one = 1;\nlet = ;\n")),
            environment: &[],
            place: "shop/build.js:2",
            what: "SyntaxError",
            hint: "npm run build",
        },
        Refusal {
            project: projects::PNPM,
            change: (
                "package.json",
                Some(r#"{"scripts": {"start": "node x.js"}, "dependencies": {"is-odd": "3.0.1"}}"#),
            ),
            environment: &[],
            place: "shop/package.json",
            what: "pnpm install",
            hint: "does not fit package.json",
        },
        Refusal {
            project: tools::BERRY,
            change: (".yarnrc.yml", None),
            environment: &[],
            place: "shop/yarn.lock",
            what: "of yarn 2 or later",
            hint: "corepack enable",
        },
        Refusal {
            project: tools::POETRY,
            change: ("poetry.lock", None),
            environment: &[],
            place: "shop/pyproject.toml",
            what: "no lock file",
            hint: "poetry lock",
        },
        Refusal {
            project: projects::PIP,
            change: (
                "base.txt",
                Some("click==8.1.7 --hash=sha256:0000000000000000000000000000000000000000000000000000000000000000\n"),
            ),
            environment: &[],
            place: "shop/requirements.txt",
            what: "HASHES",
            hint: "not what the lock file says",
        },
        Refusal {
            project: projects::PIP,
            change: ("requirements.txt", Some("-r gone.txt\n")),
            environment: &[],
            place: "shop/gone.txt",
            what: "does not exist",
            hint: "-r",
        },
        Refusal {
            project: projects::GO,
            change: ("main.go", Some("package main\n\nfunc main() { one() }\n")),
            environment: &[],
            place: "main.go:3:15",
            what: "undefined: one",
            hint: "go build",
        },
        Refusal {
            project: projects::RUST,
            change: ("src/main.rs", Some("fn main() {\n    one();\n}\n")),
            environment: &[],
            place: "src/main.rs:2:5",
            what: "cannot find function",
            hint: "cargo build",
        },
    ];
    refusals.iter().for_each(Refusal::is_said);
}

fn what_java_does_not_compile_is_shown_with_its_place() {
    bases::java(&Namespace::new("bases"));
    let kotlin = Refusal {
        project: tools::KOTLIN,
        change: ("src/main/kotlin/Main.kt", Some("fun main() {\n    gone()\n}\n")),
        environment: &[],
        place: "shop/src/main/kotlin/Main.kt:2:5",
        what: "gone",
        hint: "mvn",
    };
    kotlin.is_said();
    let refusal = Refusal {
        project: projects::MAVEN,
        change: (
            "app/src/main/java/com/example/Main.java",
            Some("package com.example;\n\npublic class Main {\n    Gone gone;\n}\n"),
        ),
        environment: &[],
        place: "app/src/main/java/com/example/Main.java:4:5",
        what: "cannot find symbol",
        hint: "mvn",
    };
    refusal.is_said();
}

fn a_registry_of_packages_that_is_away_is_named() {
    bases::node(&Namespace::new("bases"));
    bases::python(&Namespace::new("bases"));
    let refusals = [
        Refusal {
            project: projects::NODE,
            change: (".npmrc", Some("registry=http://127.0.0.1:1/\nfetch-retries=0\ncache=./.cache\n")),
            environment: &[],
            place: "shop/package.json",
            what: "ECONNREFUSED",
            hint: "network",
        },
        Refusal {
            project: projects::PIP,
            change: (".python-version", Some("3.11\n")),
            environment: &[("PIP_INDEX_URL", AWAY), ("PIP_RETRIES", "0"), ("PIP_NO_CACHE_DIR", "1")],
            place: "shop/requirements.txt",
            what: "click",
            hint: "network",
        },
        Refusal {
            project: projects::GO_WITH_A_MODULE,
            change: (".gitignore", Some("bin/\n")),
            environment: &[("GOPROXY", AWAY), ("GOFLAGS", "-mod=mod")],
            place: "shop/main.go:3:8",
            what: "example.com/gone",
            hint: "network",
        },
        Refusal {
            project: projects::RUST_WITH_A_CRATE,
            change: (
                ".cargo/config.toml",
                Some(
                    "[source.crates-io]\nreplace-with = \"away\"\n[source.away]\nregistry = \"sparse+http://127.0.0.1:1/\"\n[net]\nretry = 0\n",
                ),
            ),
            environment: &[],
            place: "shop",
            what: "itoa",
            hint: "network",
        },
        Refusal {
            project: projects::MAVEN_AWAY,
            change: (".gitignore", Some("target/\n")),
            environment: &[],
            place: "shop",
            what: "(http://127.0.0.1:1/)",
            hint: "network",
        },
    ];
    refusals.iter().for_each(Refusal::is_said);
}

/// A package whose only compiled module is another machine's.
fn a_compiled_module_for_another_platform_is_refused() {
    let ns = Namespace::new("native");
    bases::node(&ns);
    let mut elf = vec![0; 64];
    elf[..20].copy_from_slice(b"\x7fELF\x02\x01\x01\0\0\0\0\0\0\0\0\0\x03\0\xb7\0");
    ns.write("package/native.node", elf);
    ns.write("package/package.json", r#"{"name": "native", "version": "1.0.0"}"#);
    ns.write("shop/plat.yaml", "name: shop\nport: 8080\n");
    ns.write(
        "shop/package.json",
        r#"{"name": "shop", "engines": {"node": ">=24"}, "scripts": {"start": "node x.js"}, "dependencies": {"native": "file:native.tgz"}}"#,
    );
    ns.write(
        "shop/package-lock.json",
        r#"{"name": "shop", "lockfileVersion": 3, "packages": {
            "": {"name": "shop", "dependencies": {"native": "file:native.tgz"}, "engines": {"node": ">=24"}},
            "node_modules/native": {"version": "1.0.0", "resolved": "file:native.tgz"}}}"#,
    );
    let packed = Command::new("tar").args(["-czf", "shop/native.tgz", "package"]).current_dir(ns.work()).status();
    assert!(packed.expect("tar runs").success());
    let ended = bases::plat(&ns, &["build", "--no-push"]).folder("shop").events().fails(1);
    ended.what("native is compiled for").what("not for linux/amd64").hint("platform");
}

fn a_base_of_another_architecture_is_refused() {
    let ns = Namespace::new("arm");
    let other = if bases::HERE == "amd64" { "arm64" } else { "amd64" };
    let base = bases::shell(&ns, &format!("{}:1", ns.name), other);
    write(&ns, "shop", projects::NODE);
    ns.write("shop/plat.yaml", format!("name: shop\nport: 8080\nbuild: {{base: \"{base}\"}}\n"));
    let ended = bases::plat(&ns, &["build", "--no-push"]).folder("shop").events().fails(1);
    ended.what(&format!("is built for linux/{other}")).hint("build: {base: IMAGE}");
}

fn a_full_disk_is_named() {
    let ns = Namespace::new("full");
    bases::node(&ns);
    write(&ns, "shop", projects::NODE);
    ns.write("shop/large.bin", vec![7; 4 << 20]);
    let home = ns.work().join("home");
    fs::create_dir(&home).expect("a folder");
    let home = home.to_str().expect("a path of text");
    let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=1m", "tmpfs", home]).output();
    if !mounted.is_ok_and(|output| output.status.success()) {
        ignore("a small disk is mounted, which needs root");
    }
    let ended = bases::plat(&ns, &["build", "--no-push"]).folder("shop").env("PLAT_HOME", home).events().run();
    assert!(Command::new("umount").arg(home).status().expect("umount runs").success());
    ended.fails(1).hint("make room");
}
