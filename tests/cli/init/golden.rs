//! Each folder of tests/golden-init is a layout (`in`), what is written (`out`) and what is said (`stdout`; `stderr`, whose
//! last line is the exit code). `UPDATE=1 cargo test --test cli init` rewrites the three.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use crate::support::Home;

/// What every layout may get besides.
const SCHEMA: &str = ".plat/plat.schema.json";

#[test]
fn golden_layouts() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden-init");
    let mut layouts: Vec<PathBuf> =
        fs::read_dir(&root).expect("the layouts").map(|entry| entry.expect("a layout").path()).collect();
    layouts.sort_unstable();
    assert!(layouts.len() >= 25, "only {} layouts", layouts.len());
    let wrong: Vec<String> = layouts.iter().filter_map(|layout| differs(layout)).collect();
    assert!(wrong.is_empty(), "{}\nUPDATE=1 cargo test --test cli init rewrites them", wrong.join("\n\n"));
}

/// What one layout gives that it should not.
fn differs(layout: &Path) -> Option<String> {
    let name = layout.file_name().expect("a name").to_string_lossy().into_owned();
    let home = Home::new();
    let given = files(&layout.join("in"));
    for (file, text) in &given {
        home.write(&format!("{name}/{file}"), text);
    }
    let work = home.dir.path().join("work").join(&name);
    let mut plat = home.plat();
    // rustup finds its toolchains below the home folder, which is another one here.
    let of_home = |name: &str| std::env::var_os("HOME").map(|home| PathBuf::from(home).join(name));
    for (variable, folder) in [("RUSTUP_HOME", ".rustup"), ("CARGO_HOME", ".cargo")] {
        if let Some(value) = std::env::var_os(variable).map(PathBuf::from).or_else(|| of_home(folder)) {
            plat.env(variable, value);
        }
    }
    plat.env("PATH", tools(home.dir.path()));
    let output = plat.args(["init", "--all", "--yes"]).current_dir(&work).output().expect("plat runs");
    let code = output.status.code().expect("it ends by itself");
    let mut made = files(&work);
    made.retain(|file, text| given.get(file) != Some(text));
    assert_eq!(made.remove(SCHEMA).is_some(), !made.is_empty(), "{name}: the schema lies beside what is written");
    let clean = |bytes: &[u8]| {
        String::from_utf8_lossy(bytes).replace(&*work.canonicalize().expect("a folder").to_string_lossy(), "DIR")
    };
    let mut now: BTreeMap<String, String> =
        made.into_iter().map(|(file, text)| (format!("out/{file}"), text)).collect();
    now.insert("stdout".to_owned(), clean(&output.stdout));
    now.insert("stderr".to_owned(), format!("{}exit code {code}\n", clean(&output.stderr)));
    if std::env::var_os("UPDATE").is_some() {
        let _ = fs::remove_dir_all(layout.join("out"));
        for (file, text) in &now {
            let path = layout.join(file);
            fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("its folder");
            fs::write(path, text).expect("a golden file");
        }
    }
    let mut kept = files(layout);
    kept.retain(|file, _| !file.starts_with("in/"));
    let files: std::collections::BTreeSet<&String> = now.keys().chain(kept.keys()).collect();
    let wrong: Vec<String> = files
        .into_iter()
        .filter(|file| now.get(*file) != kept.get(*file))
        .map(|file| {
            let side =
                |of: &BTreeMap<String, String>| of.get(file).cloned().unwrap_or_else(|| "(nothing)\n".to_owned());
            format!("{name}/{file} should be\n{}and is\n{}", side(&kept), side(&now))
        })
        .collect();
    (!wrong.is_empty()).then(|| wrong.join("\n"))
}

/// A folder of the programs that a layout needs, whatever else a machine has: what is there decides what is advised.
fn tools(home: &Path) -> PathBuf {
    let folder = home.join("tools");
    fs::create_dir_all(&folder).expect("a folder");
    let path = std::env::var_os("PATH").unwrap_or_default();
    for name in ["go", "cargo", "rustc", "git", "python3"] {
        if let Some(found) = std::env::split_paths(&path).map(|at| at.join(name)).find(|found| found.is_file()) {
            std::os::unix::fs::symlink(found, folder.join(name)).expect("a link");
        }
    }
    folder
}

/// All files below a folder, by their paths in it.
fn files(folder: &Path) -> BTreeMap<String, String> {
    let walk = ignore::WalkBuilder::new(folder).standard_filters(false).build();
    let entries = walk.flatten().filter(|entry| entry.path().is_file());
    let text = |path: &Path| fs::read_to_string(path).expect("a text");
    entries
        .map(|entry| {
            let name = entry.path().strip_prefix(folder).expect("it is below").to_string_lossy().replace('\\', "/");
            (name, text(entry.path()))
        })
        .collect()
}
