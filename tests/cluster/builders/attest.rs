//! `build.attest`: an SBOM of what is really in the image, and where it comes from, beside it in the registry.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use super::other_registry::OtherRegistry;
use super::projects::{self, Files};
use super::{tested, write};
use crate::harness::tests;
use crate::support::registry::Registry;
use crate::support::{Ended, Namespace, bases};

tests![BUILDS:
    go,
    rust,
    npm,
    pnpm,
    pip,
    maven,
    an_index_has_an_sbom_for_each_platform,
    a_registry_that_keeps_lists_of_referrers_is_given_no_tag,
    what_others_say_of_the_image_stays,
    a_tag_that_is_taken_is_named_with_the_way_out,
    the_commit_is_named_and_whether_it_is_all,
    of_a_dockerfile_the_provenance_alone,
    a_deploy_tells_what_was_attached,
];

fn go() {
    let there = ["pkg:golang/golang.org/x/text@v0.21.0", "pkg:golang/stdlib@"];
    holds(tested::GO, "", (&there, &["go-cmp"]), |_| ());
}

fn rust() {
    holds(tested::RUST, "", (&["pkg:cargo/itoa@1.0.11"], &["ryu", "fnv", "paste", "cfg-if"]), |_| ());
}

fn npm() {
    holds(projects::NODE, "", (&["pkg:npm/is-number@7.0.0", BASE], &["is-odd", "is-number@6"]), bases::node);
}

fn pnpm() {
    holds(projects::PNPM, "", (&["pkg:npm/is-number@7.0.0", BASE], &["is-odd", "is-number@6"]), bases::node);
}

fn pip() {
    holds(projects::PIP, "", (&["pkg:pypi/click@8.1.7", BASE], &["colorama"]), |ns| {
        bases::python(ns);
        ns.write("shop/requirements-dev.txt", "-r requirements.txt\ncolorama==0.4.6\n");
    });
}

fn maven() {
    let there = ["pkg:maven/org.slf4j/slf4j-api@2.0.17", "pkg:maven/com.example/core@1", BASE];
    holds(projects::MAVEN, "app", (&there, &["junit", "hamcrest"]), |ns| {
        bases::java(ns);
        let pom = ns.work().join("shop/app/pom.xml");
        let of_tests = "<dependency><groupId>junit</groupId><artifactId>junit</artifactId><version>4.13.2</version>\
            <scope>test</scope></dependency></dependencies>";
        let text = fs::read_to_string(&pom).expect("a pom.xml");
        assert!(text.contains("</dependencies>"));
        fs::write(&pom, text.replace("</dependencies>", of_tests)).expect("a pom.xml");
    });
}

/// What it stands on, as an SBOM begins to name it.
const BASE: &str = "pkg:oci/";

/// The SBOM of a project holds these, by how they begin, and nothing whose name has one of those in it. Both documents are
/// what they claim to be, and a second build adds none.
fn holds(files: Files, service: &str, (there, absent): (&[&str], &[&str]), prepare: impl Fn(&Namespace)) {
    let ns = Namespace::new("attest");
    project(&ns, files, service);
    prepare(&ns);
    let first = build(&ns, service, &ns.sandbox.registry);
    let place = Place::of(&ns);
    let [sbom, provenance] = place.both(&first.digest, &place.list(&first.digest));
    let found = purls(&sbom);
    for purl in there {
        assert!(found.iter().any(|one| one.starts_with(purl)), "{purl} is not in {found:#?}");
    }
    for name in absent {
        assert!(!found.iter().any(|one| one.contains(name)), "{name} is in {found:#?}");
    }
    is_cyclonedx(&sbom);
    is_statement(&provenance, &first);
    let has_base = there.contains(&BASE);
    let from = &provenance["predicate"]["buildDefinition"]["resolvedDependencies"];
    assert_eq!(from.as_array().expect("a list").len(), usize::from(has_base), "{from:#}");
    assert_eq!(found.iter().any(|one| one.starts_with(BASE)), has_base);

    assert_eq!(build(&ns, service, &ns.sandbox.registry), first, "unchanged");
    assert_eq!(place.entries(&first.digest).len(), 2);
}

fn an_index_has_an_sbom_for_each_platform() {
    let ns = Namespace::new("index");
    project(&ns, tested::GO, "");
    settings(&ns, "", "attest: true, platform: [linux/amd64, linux/arm64]");
    let built = build(&ns, "", &ns.sandbox.registry);
    let place = Place::of(&ns);
    let index = place.manifest(&built.digest);
    let parts = index["manifests"].as_array().expect("an index");
    assert_eq!(parts.len(), 2);
    for part in parts {
        let digest = part["digest"].as_str().expect("a digest");
        let [entry] = place.entries(digest).try_into().expect("one entry");
        let sbom = place.words(&entry, digest);
        assert_eq!(sbom["metadata"]["component"]["version"], digest);
        let of_platform = format!("?arch={}", part["platform"]["architecture"].as_str().expect("a text"));
        assert!(sbom["metadata"]["component"]["purl"].as_str().is_some_and(|purl| purl.ends_with(&of_platform)));
        is_cyclonedx(&sbom);
    }
    let [entry] = place.entries(&built.digest).try_into().expect("one entry");
    is_statement(&place.words(&entry, &built.digest), &built);
}

fn a_registry_that_keeps_lists_of_referrers_is_given_no_tag() {
    let ns = Namespace::new("referrers");
    project(&ns, tested::GO, "");
    let other = OtherRegistry::with_referrers();
    let first = build(&ns, "", &other.address);
    let place = Place { registry: Registry::at(&other.address), repository: ns.name.clone() };
    let list = || place.registry.referrers(&ns.name, &first.digest).expect("a list");
    let [sbom, provenance] = place.both(&first.digest, &list());
    is_cyclonedx(&sbom);
    is_statement(&provenance, &first);
    assert_eq!(place.registry.digest(&format!("{}:{}", ns.name, tag(&first.digest))), None);
    let before = list();
    assert_eq!(build(&ns, "", &other.address), first, "unchanged");
    assert_eq!(list(), before);
}

fn what_others_say_of_the_image_stays() {
    let ns = Namespace::new("others");
    project(&ns, tested::GO, "");
    let place = Place::of(&ns);
    let first = build(&ns, "", &ns.sandbox.registry);
    let mut list = place.list(&first.digest);
    let entries = list["manifests"].as_array_mut().expect("a list");
    // Somebody else's, and one of plat's own that was lost.
    let mut theirs = entries[1].clone();
    theirs["artifactType"] = json!("application/x.theirs");
    entries.remove(0);
    entries[0] = theirs.clone();
    place.registry.put(&ns.name, &tag(&first.digest), &list);
    build(&ns, "", &ns.sandbox.registry);
    let entries = place.entries(&first.digest);
    assert_eq!((entries.len(), entries.contains(&theirs)), (2, true), "{entries:#?}");
}

fn a_tag_that_is_taken_is_named_with_the_way_out() {
    let ns = Namespace::new("taken");
    project(&ns, tested::GO, "");
    settings(&ns, "", "attest: false");
    let built = plat(&ns, "", &ns.sandbox.registry).succeeds();
    let image = serde_json::from_str::<Value>(built.out.trim()).expect("JSON");
    assert_eq!(image.get("attestations"), None);
    let digest = image["image"].as_str().and_then(|image| image.split('@').nth(1)).expect("a digest");
    let registry = Registry::of(ns.sandbox);
    registry.put(&ns.name, &tag(digest), &registry.manifest(&ns.name, digest));
    settings(&ns, "", "attest: true");
    let ended = bases::plat(&ns, &["build"]).folder("shop").events().fails(1);
    assert!(!ended.err.contains("trying again"), "{}", ended.err);
    ended.what("something else lies under the tag").hint("build: {attest: false}");
}

fn the_commit_is_named_and_whether_it_is_all() {
    let ns = Namespace::new("commit");
    project(&ns, tested::GO, "");
    let git = |arguments: &[&str]| {
        let identity = ["-c", "user.name=Ada", "-c", "user.email=ada@example.com"];
        let ran = Command::new("git").args(identity).args(arguments).current_dir(ns.work().join("shop")).output();
        let ran = ran.expect("git runs");
        assert!(ran.status.success(), "{}", String::from_utf8_lossy(&ran.stderr));
        String::from_utf8_lossy(&ran.stdout).trim().to_owned()
    };
    git(&["init", "--quiet"]);
    git(&["remote", "add", "origin", "https://ada:s3cret@example.com/shop.git"]);
    git(&["add", "."]);
    git(&["commit", "--quiet", "--message", "one"]);
    let place = Place::of(&ns);
    let provenances = |digest: &str| -> Vec<Value> {
        let is_one = |entry: &&Value| entry["artifactType"] == "application/vnd.in-toto+json";
        place.entries(digest).iter().filter(is_one).map(|entry| place.words(entry, digest)).collect()
    };
    let built = build(&ns, "", &ns.sandbox.registry);
    let commit = git(&["rev-parse", "HEAD"]);
    let source = json!({
        "name": "source", "digest": { "gitCommit": commit }, "uri": "git+https://example.com/shop.git",
    });
    let all = provenances(&built.digest);
    assert_eq!(all.len(), 1);
    assert_eq!(all[0]["predicate"]["buildDefinition"]["resolvedDependencies"], json!([source]));

    // It is no part of the program, so the image is the same; of its sources more can be said.
    ns.write("shop/notes.txt", "not in any commit\n");
    assert_eq!(build(&ns, "", &ns.sandbox.registry).digest, built.digest);
    let all = provenances(&built.digest);
    assert_eq!(all.len(), 2);
    let source = &all[1]["predicate"]["buildDefinition"]["externalParameters"]["source"];
    assert_eq!((&source["revision"], &source["modified"]), (&json!(commit), &json!(true)));
}

fn of_a_dockerfile_the_provenance_alone() {
    let ns = Namespace::new("recipe");
    super::dockerfile::buildah();
    let base = bases::shell(&ns, &format!("{}-base:1", ns.name), bases::HERE);
    ns.write("shop/Dockerfile", format!("FROM {base}\nCMD [\"sleep\", \"1\"]\n"));
    settings(&ns, "", "attest: true");
    // Built, and found again in the registry.
    for _ in 0..2 {
        let ended = plat(&ns, "", &ns.sandbox.registry).succeeds().says("provenance is attached, and no SBOM");
        let built = Built::read(&ended);
        let place = Place::of(&ns);
        let [entry] = place.entries(&built.digest).try_into().expect("one entry");
        let provenance = place.words(&entry, &built.digest);
        is_statement(&provenance, &built);
        assert_eq!(provenance["predicate"]["buildDefinition"]["externalParameters"]["stack"], "dockerfile");
    }
}

fn a_deploy_tells_what_was_attached() {
    let ns = Namespace::new("deploy");
    let server = "package main\n\nimport \"net/http\"\n\nfunc main() {\n\thttp.ListenAndServe(\":8080\", nil)\n}\n";
    ns.write("shop/go.mod", "module example.com/shop\n\ngo 1.21\n");
    ns.write("shop/main.go", server);
    let yaml = format!("name: {}\nport: 8080\nhealth: tcp\nreplicas: 1\nbake: 0\nbuild: {{attest: true}}\n", ns.name);
    ns.write("shop/plat.yaml", &yaml);
    let deployed = bases::plat(&ns, &["deploy"]).folder("shop").events().succeeds();
    let order = |name: &str| deployed.events.iter().position(|event| event["event"] == name);
    assert!(order("attested").expect("an event") < order("plan").expect("an event"), "{:#?}", deployed.events);
    let told = &deployed.event("attested")["attestations"];
    let image = deployed.event("done")["image"].as_str().expect("an image");
    let digest = image.split('@').nth(1).expect("a digest");
    let entries = Place::of(&ns).entries(digest);
    let name = image.split('@').next().unwrap_or_default();
    let expected = entries.iter().map(|entry| format!("{name}@{}", entry["digest"].as_str().expect("a digest")));
    let told = told.as_array().expect("a list").iter().filter_map(|one| one["reference"].as_str());
    assert_eq!(told.collect::<Vec<_>>(), expected.collect::<Vec<_>>());
    let ready = bases::plat(&ns, &["deploy", "--image", image]).folder("shop").events().succeeds();
    assert!(ready.find("attested").is_none());
    ready.says("is not built here");
}

/// A project in the folder `shop` that wants to be attested.
fn project(ns: &Namespace, files: Files, service: &str) {
    write(ns, "shop", files);
    settings(ns, service, "attest: true");
}

fn settings(ns: &Namespace, service: &str, build: &str) {
    let yaml = format!("name: {}\nport: 8080\nbuild: {{{build}}}\n", ns.name);
    ns.write(&format!("shop/{service}/plat.yaml"), yaml);
}

/// What `plat build` says of an image.
#[derive(Debug, PartialEq)]
struct Built {
    name: String,
    digest: String,
    attestations: Value,
}

impl Built {
    fn read(ended: &Ended) -> Self {
        let printed: Value = serde_json::from_str(ended.out.trim()).expect("JSON");
        let (name, digest) = printed["image"].as_str().and_then(|image| image.split_once('@')).expect("a digest");
        Self { name: name.to_owned(), digest: digest.to_owned(), attestations: printed["attestations"].clone() }
    }
}

fn plat(ns: &Namespace, service: &str, registry: &str) -> Ended {
    let arguments = ["build", "--output", "json", "--registry", registry];
    bases::plat(ns, &arguments).folder(format!("shop/{service}")).run()
}

fn build(ns: &Namespace, service: &str, registry: &str) -> Built {
    Built::read(&plat(ns, service, registry).succeeds())
}

/// A repository of a registry.
struct Place {
    registry: Registry,
    repository: String,
}

impl Place {
    fn of(ns: &Namespace) -> Self {
        Self { registry: Registry::of(ns.sandbox), repository: ns.name.clone() }
    }

    fn manifest(&self, name: &str) -> Value {
        self.registry.manifest(&self.repository, name)
    }

    /// What is listed under a tag, in a registry that keeps no list itself.
    fn list(&self, digest: &str) -> Value {
        assert_eq!(self.registry.referrers(&self.repository, digest), None, "it keeps lists");
        self.manifest(&tag(digest))
    }

    fn entries(&self, digest: &str) -> Vec<Value> {
        self.list(digest)["manifests"].as_array().expect("a list").clone()
    }

    /// What an entry of a list says of its subject: a manifest of one layer, with the words.
    fn words(&self, entry: &Value, subject: &str) -> Value {
        let manifest = self.manifest(entry["digest"].as_str().expect("a digest"));
        assert_eq!(entry["size"].as_u64(), Some(manifest.to_string().len() as u64));
        let about = self.manifest(subject);
        let expected = json!({
            "mediaType": about["mediaType"], "digest": subject, "size": about.to_string().len(),
        });
        assert_eq!(manifest["subject"], expected);
        assert_eq!(manifest["config"]["mediaType"], "application/vnd.oci.empty.v1+json");
        assert_eq!(manifest["artifactType"], entry["artifactType"]);
        let [layer] = manifest["layers"].as_array().expect("layers").as_slice() else {
            panic!("one layer: {manifest:#}")
        };
        assert_eq!(layer["mediaType"], entry["artifactType"]);
        let blob = self.registry.blob(&self.repository, layer["digest"].as_str().expect("a digest"));
        serde_json::from_slice(&blob).expect("JSON")
    }

    /// The SBOM and the provenance of an image.
    fn both(&self, digest: &str, list: &Value) -> [Value; 2] {
        let entries = list["manifests"].as_array().expect("a list");
        assert_eq!(entries.len(), 2, "{list:#}");
        ["application/vnd.cyclonedx+json", "application/vnd.in-toto+json"].map(|kind| {
            let entry = entries.iter().find(|entry| entry["artifactType"] == kind).expect("one of each");
            self.words(entry, digest)
        })
    }
}

fn tag(digest: &str) -> String {
    digest.replace(':', "-")
}

fn purls(sbom: &Value) -> BTreeSet<String> {
    let components = sbom["components"].as_array().expect("components").iter();
    components.map(|one| one["purl"].as_str().unwrap_or_default().to_owned()).collect()
}

/// By the specification's own schema, and each purl by the specification of those.
fn is_cyclonedx(sbom: &Value) {
    let script = "
import json, sys
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from packageurl import PackageURL
text = sys.stdin.read()
for component in json.loads(text)[\"components\"]:
    if \"purl\" in component:
        purl = PackageURL.from_string(component[\"purl\"])
        assert purl.name == component[\"name\"].split(\"/\")[-1].split(\":\")[0], purl
sys.exit(JsonStrictValidator(SchemaVersion.V1_6).validate_str(text))
";
    let mut command = Command::new("python3");
    command.args(["-c", script]).env("PYTHONPATH", bases::cyclonedx());
    let mut child = command.stdin(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("Python runs");
    let mut input = child.stdin.take().expect("a pipe");
    input.write_all(sbom.to_string().as_bytes()).expect("it reads");
    drop(input);
    let ended = child.wait_with_output().expect("it ends");
    assert!(ended.status.success(), "{}\n{sbom:#}", String::from_utf8_lossy(&ended.stderr));
}

/// An in-toto statement about this image, with SLSA's provenance.
fn is_statement(statement: &Value, image: &Built) {
    let digest = image.digest.trim_start_matches("sha256:");
    assert_eq!(statement["_type"], "https://in-toto.io/Statement/v1");
    assert_eq!(statement["predicateType"], "https://slsa.dev/provenance/v1");
    assert_eq!(statement["subject"], json!([{ "name": image.name, "digest": { "sha256": digest } }]));
    let predicate = &statement["predicate"];
    for field in ["/buildDefinition/buildType", "/runDetails/builder/id", "/runDetails/builder/version/plat"] {
        assert!(predicate.pointer(field).is_some_and(Value::is_string), "{field} of {predicate:#}");
    }
    assert!(predicate["buildDefinition"]["externalParameters"].is_object());
}
