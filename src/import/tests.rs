//! Objects in, plat.yaml and report out. `INSTA_UPDATE=always cargo test --lib import` rewrites the golden files.

use std::path::Path;

use rstest::rstest;

use super::*;
use crate::files::{self, Kinds, Namespaces};

fn objects(text: &str) -> Vec<Manifest> {
    let documents = files::read("app.yaml", text).expect("manifests");
    let kinds = Kinds::defined(&documents);
    files::manifests(documents, &kinds, Namespaces { default: "shop", asked: false }).expect("objects").manifests
}

fn shown(imported: &Imported) -> String {
    let mut out = String::new();
    for service in &imported.services {
        out.push_str(&format!("=== {}: plat.yaml\n{}", service.source, service.plat_yaml));
        for (path, text) in &service.files {
            out.push_str(&format!("=== {path}\n{text}"));
        }
        out.push_str(&format!("=== report\nkept: {}\npatched: {}\nextra: {}\n", service.kept, service.patched.len(), service.extra.join(", ")));
        for instead in &service.defaults {
            out.push_str(&format!("instead: {}: {}\n", instead.what, instead.why));
            instead.fields.iter().for_each(|field| out.push_str(&format!("    {field}\n")));
        }
        service.lost.iter().for_each(|lost| out.push_str(&format!("lost: {}: {}\n", lost.what, lost.why)));
        service.notes.iter().for_each(|note| out.push_str(&format!("note: {note}\n")));
    }
    for left in &imported.left {
        out.push_str(&format!("left: {}: {}{}\n", left.object, left.why, left.hint.iter().map(|hint| format!(" ({hint})")).collect::<String>()));
    }
    out
}

#[rstest]
fn objects_give_this_plat_yaml(#[files("src/import/testdata/*.yaml")] path: std::path::PathBuf) {
    let text = std::fs::read_to_string(&path).expect("a case");
    let objects = objects(&text);
    let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
    for (suffix, behaviour) in [("", Behaviour::Defaults), (".kept", Behaviour::Kept)] {
        let imported = import(&objects, behaviour);
        let mut settings = insta::Settings::clone_current();
        settings.set_snapshot_path(Path::new("testdata"));
        settings.set_prepend_module_to_snapshot(false);
        settings.set_omit_expression(true);
        settings.bind(|| insta::assert_snapshot!(format!("{name}{suffix}"), shown(&imported)));
        for service in imported.services.iter().filter(|_| behaviour == Behaviour::Kept) {
            assert_eq!(service.lost, [], "{name}");
        }
    }
}
