//! The peers, each as its documentation says it is quick.

use std::path::PathBuf;
use std::process::Command;

use super::stack::Stack;
use super::{Bench, said};

const JIB: &str = "com.google.cloud.tools:jib-maven-plugin:3.4.6:build";
const NPM: &str = "npm@11.6.4";
const UV: &str = "uv==0.9.13";

const IGNORED: &str = ".git\nnode_modules\ndist\n.venv\n**/__pycache__\n";

/// Dependencies of the build and of the image are layers of their own; the application comes last.
const NODE: &str = r#"
FROM BASES/library/node:24-slim AS dependencies
LABEL project=NAME
WORKDIR /app
COPY package.json package-lock.json ./
RUN node /opt/npm/bin/npm-cli.js ci --omit=dev

FROM BASES/library/node:24-slim AS build
LABEL project=NAME
WORKDIR /app
COPY package.json package-lock.json ./
RUN node /opt/npm/bin/npm-cli.js ci
COPY . .
RUN node /opt/npm/bin/npm-cli.js run build

FROM BASES/library/node:24-slim
LABEL project=NAME
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY package.json ./
COPY --from=build /app/dist dist
USER 65532
CMD ["node", "dist/main.js"]
"#;

const PYTHON: &str = r#"
FROM BASES/library/python:3.11-slim AS dependencies
LABEL project=NAME
WORKDIR /app
COPY pyproject.toml uv.lock ./
RUN /opt/uv/bin/uv sync --frozen --no-dev --no-install-project --no-python-downloads

FROM BASES/library/python:3.11-slim
LABEL project=NAME
WORKDIR /app
COPY --from=dependencies /app/.venv .venv
COPY src src
ENV PYTHONPATH=/app/src
USER 65532
CMD [".venv/bin/python", "-m", "app"]
"#;

/// Jib unpacks what it stands on, and only reads layers that are compressed; those of the tests are not.
const COMPRESSED: &str = "FROM BASES/library/eclipse-temurin:17-jre\nLABEL layers=compressed\n";

/// As distroless' static image: no more than certificates.
const STATIC: &str = "FROM scratch\nCOPY ca-certificates.crt /etc/ssl/certs/\nUSER 65532\n";

/// The tools that the images of the tests do not have, and the base of ko.
pub fn prepare(bench: &Bench) -> anyhow::Result<()> {
    said(Command::new("npm").args(["install", "--silent", "--prefix"]).arg(bench.work.join("npm")).arg(NPM))?;
    for cache in [".npm", ".cache/uv"] {
        std::fs::create_dir_all(home().join(cache))?;
    }
    let uv = bench.work.join("uv");
    said(Command::new("python3").args(["-m", "pip", "install", "--quiet", UV, "--target"]).arg(&uv))?;
    for (name, text) in [("static", STATIC), ("java", COMPRESSED)] {
        let context = bench.work.join(name);
        std::fs::create_dir_all(&context)?;
        std::fs::write(context.join("Dockerfile"), text.replace("BASES", &bench.bases))?;
        std::fs::copy("/etc/ssl/certs/ca-certificates.crt", context.join("ca-certificates.crt"))?;
        said(bench.here(buildah(bench, &base(bench, name), "--squash").current_dir(context)))?;
    }
    Ok(())
}

fn base(bench: &Bench, name: &str) -> String {
    format!("{}/base/{name}:1", bench.registry)
}

/// Builds what lies in the working folder, and pushes it.
pub fn build(bench: &Bench, stack: Stack, name: &str) -> Command {
    let image = format!("{}/peer/{name}", bench.registry);
    match stack {
        Stack::Go => {
            let mut ko = Command::new(&bench.ko);
            ko.args(["build", "--bare", "--insecure-registry", "--sbom", "none", "."]);
            ko.env("KO_DOCKER_REPO", image).env("KO_DEFAULTBASEIMAGE", base(bench, "static"));
            ko
        }
        Stack::Java => {
            let mut jib = Command::new("mvn");
            jib.args(["--batch-mode", "--quiet", "compile", JIB]);
            jib.arg(format!("-Djib.from.image={}", base(bench, "java")));
            jib.arg(format!("-Djib.to.image={image}"));
            jib.args(["-Djib.allowInsecureRegistries=true", "-DsendCredentialsOverHttp=true"]);
            jib
        }
        Stack::Node => dockerfile(bench, &image, name, NODE),
        Stack::Python => dockerfile(bench, &image, name, PYTHON),
    }
}

fn dockerfile(bench: &Bench, image: &str, name: &str, text: &str) -> Command {
    let context = bench.work.join("Peer").join(name);
    let text = text.replace("BASES", &bench.bases).replace("NAME", name);
    // Written before the clock starts; the same for each change.
    std::fs::write(context.join("Dockerfile"), text).expect("the project's folder");
    std::fs::write(context.join(".dockerignore"), IGNORED).expect("the project's folder");
    buildah(bench, image, "--layers")
}

/// Downloads are kept between builds, as `RUN --mount=type=cache` keeps them.
fn buildah(bench: &Bench, image: &str, layers: &str) -> Command {
    let (work, home) = (bench.work.display(), home());
    let home = home.display();
    let mut shell = Command::new("sh");
    shell.args([
        "-c",
        "buildah $2 build --isolation chroot --tls-verify=false $3 --tag $1 . && buildah $2 push --tls-verify=false $1",
    ]);
    shell.args(["buildah", image]).arg(format!("--root {work}/storage --runroot {work}/run")).arg(format!(
        "{layers} --volume /etc/ssl/certs:/etc/ssl/certs:ro --volume {home}/.npm:/root/.npm --volume {work}/uv:/opt/uv:ro \
         --volume {home}/.cache/uv:/root/.cache/uv --volume {work}/npm/node_modules/npm:/opt/npm:ro \
         --env NODE_EXTRA_CA_CERTS=/etc/ssl/certs/ca-certificates.crt --env SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt"
    ));
    shell
}

fn home() -> PathBuf {
    std::env::var_os("HOME").map(PathBuf::from).unwrap_or_default()
}
