//! A repository is a stranger: whatever it names as a program is not run, by no command, and nothing of it is written.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, SystemTime};

use rstest::rstest;
use serde_json::Value;

use crate::support::Home;

const PINNED: &str = "r.example/web@sha256:0000000000000000000000000000000000000000000000000000000000000000";
/// Settings of git that name a program, as `man git-config` has them; the trap comes behind.
const PROGRAMS: &[(&str, &str)] = &[
    ("core.fsmonitor", ""),
    ("core.pager", ""),
    ("core.editor", ""),
    ("core.askPass", ""),
    ("core.sshCommand", ""),
    ("core.gitProxy", ""),
    ("core.alternateRefsCommand", ""),
    ("credential.helper", "!"),
    ("diff.external", ""),
    ("diff.evil.command", ""),
    ("diff.evil.textconv", ""),
    ("filter.evil.clean", ""),
    ("filter.evil.smudge", ""),
    ("filter.evil.process", ""),
    ("gpg.program", ""),
    ("interactive.diffFilter", ""),
    ("merge.evil.driver", ""),
    ("pager.blame", ""),
    ("pager.config", ""),
    ("pager.log", ""),
    ("pager.status", ""),
    ("sequence.editor", ""),
    ("uploadpack.packObjectsHook", ""),
    ("alias.blame", "!"),
    ("alias.config", "!"),
    ("alias.log", "!"),
    ("alias.rev-parse", "!"),
    ("alias.status", "!"),
];
const HOOKS: &[&str] = &[
    "fsmonitor-watchman",
    "post-checkout",
    "post-index-change",
    "pre-auto-gc",
    "pre-commit",
    "query-watchman",
    "reference-transaction",
];

/// A repository in the folder where `plat` runs, and a program that leaves a mark of each time it is run.
struct Strange {
    home: Home,
    root: PathBuf,
}

impl Strange {
    /// With plat.yaml and CODEOWNERS, committed, by `a` and `b`; nothing of it is a trap yet.
    fn new() -> Self {
        let home = Home::new();
        home.write("plat.yaml", "name: web\nport: 8080\nowner: shop\n");
        home.write("CODEOWNERS", "* @shop/web\n");
        home.write("src/main.go", "package main\n");
        let root = home.dir.path().join("work");
        let strange = Self { home, root };
        let trap = strange.trap();
        fs::write(&trap, format!("#!/bin/sh\necho \"$*\" >>{}\ncat\n", strange.marks().display())).expect("a program");
        Command::new("chmod").arg("+x").arg(&trap).status().expect("chmod runs");
        strange.git(&["init", "-q", "-b", "main"]);
        strange.commit();
        strange
    }

    fn trap(&self) -> PathBuf {
        self.home.dir.path().join("trap")
    }

    fn marks(&self) -> PathBuf {
        self.home.dir.path().join("marks")
    }

    fn git(&self, args: &[&str]) {
        self.git_in(&self.root, args);
    }

    fn git_in(&self, folder: &Path, args: &[&str]) {
        let mut git = Command::new("git");
        git.args(["-c", "user.name=Ada", "-c", "user.email=ada@example.com", "-c", "protocol.file.allow=always", "-C"]);
        git.arg(folder).args(args).env("HOME", self.home.dir.path()).env_remove("GIT_DIR");
        let done = git.output().expect("git runs");
        assert!(done.status.success(), "git {args:?}: {}", String::from_utf8_lossy(&done.stderr));
    }

    fn commit(&self) {
        self.git(&["add", "--all"]);
        self.git(&["commit", "-q", "-m", "change"]);
    }

    /// Sets every trap that the git folder of a work tree can hold.
    fn set_traps(&self, work: &Path, git: &Path) {
        let trap = self.trap().display().to_string();
        for (setting, before) in PROGRAMS {
            self.git_in(work, &["config", setting, &format!("{before}{trap} {setting}")]);
        }
        self.git_in(work, &["config", "filter.evil.required", "true"]);
        self.git_in(work, &["config", "log.showSignature", "true"]);
        let hooks = git.join("traps");
        for folder in [&hooks, &git.join("hooks")] {
            fs::create_dir_all(folder).expect("a folder");
            for hook in HOOKS {
                fs::write(folder.join(hook), format!("#!/bin/sh\nexec {trap} {hook}\n")).expect("a hook");
                Command::new("chmod").arg("+x").arg(folder.join(hook)).status().expect("chmod runs");
            }
        }
        self.git_in(work, &["config", "core.hooksPath", &hooks.display().to_string()]);
        fs::create_dir_all(git.join("info")).expect("a folder");
        fs::write(git.join("info/attributes"), "* filter=evil diff=evil merge=evil\n").expect("attributes");
    }

    /// Whatever a command of plat says: what was run meanwhile.
    fn run(&self, folder: &Path, args: &[&str]) -> (String, String) {
        let output = self.home.plat().current_dir(folder).args(args).output().expect("plat runs");
        let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
        (said, fs::read_to_string(self.marks()).unwrap_or_default())
    }

    fn commit_of_the_objects(&self) -> String {
        let (said, marks) = self.run(&self.root, &["render", "--image", PINNED]);
        assert_eq!(marks, "", "{said}");
        let line = said.lines().find_map(|line| line.trim().strip_prefix("plat.dev/commit: "));
        line.unwrap_or_else(|| panic!("no commit: {said}")).to_owned()
    }

    /// Makes all files as old as the index, as they are after a clone: git then reads them to see whether they changed.
    fn as_after_a_clone(&self) {
        let index = fs::File::options().write(true).open(self.root.join(".git/index")).expect("an index");
        let file = fs::metadata(self.root.join("plat.yaml")).expect("a file");
        index.set_modified(file.modified().expect("a time")).expect("the time is set");
    }
}

/// Every command that looks at the folder that it is run in.
#[rstest]
#[case::render(&["render", "--image", PINNED])]
#[case::render_files(&["render", "-f", "plat.yaml"])]
#[case::diff(&["diff", "--image", PINNED])]
#[case::deploy(&["deploy", "--image", PINNED])]
#[case::deploy_files(&["deploy", "-f", "."])]
#[case::whoowns_path(&["whoowns", "src/main.go"])]
#[case::whoowns_line_of_codeowners(&["whoowns", "CODEOWNERS"])]
#[case::whoowns_folder(&["whoowns", "."])]
#[case::whoowns_service(&["whoowns", "web"])]
#[case::new(&["new", "shop", "--yes"])]
#[case::status(&["status"])]
#[case::why(&["why"])]
#[case::history(&["history"])]
#[case::rollback(&["rollback"])]
#[case::logs(&["logs"])]
#[case::open(&["open"])]
#[case::delete(&["delete", "--yes"])]
#[case::evidence(&["evidence"])]
fn nothing_that_the_configuration_names_is_run_and_the_index_stays(#[case] args: &[&str]) {
    let strange = Strange::new();
    strange.set_traps(&strange.root, &strange.root.join(".git"));
    strange.as_after_a_clone();
    let index = strange.root.join(".git/index");
    // The content stays, so that a refreshed index would be written.
    let file = fs::File::options().append(true).open(strange.root.join("src/main.go")).expect("a file");
    file.set_modified(SystemTime::now() + Duration::from_secs(5)).expect("the time is set");
    let state = || (fs::read(&index).expect("an index"), fs::metadata(&index).and_then(|m| m.modified()).expect("it"));
    let before = state();
    let (said, marks) = strange.run(&strange.root, args);
    assert_eq!(marks, "", "{said}");
    assert!(state() == before, "the index was written: {said}");
}

#[rstest]
#[case::render(&["render", "--image", PINNED])]
#[case::diff(&["diff", "--image", PINNED])]
#[case::deploy(&["deploy", "--image", PINNED])]
#[case::whoowns(&["whoowns", "plat.yaml"])]
#[case::new(&["new", "shop", "--yes"])]
fn a_bare_repository_among_the_files_is_none(#[case] args: &[&str]) {
    let strange = Strange::new();
    let bare = strange.root.join("bare");
    strange.git(&["init", "-q", "--bare", "bare"]);
    for (name, text) in [("plat.yaml", "name: web\nport: 8080\n"), ("CODEOWNERS", "* @shop/web\n")] {
        fs::write(bare.join(name), text).expect("a file");
    }
    // What makes git look at files there, with an index, as a clone brings it along.
    strange.git_in(&bare, &["--work-tree=.", "add", "plat.yaml"]);
    strange.git_in(&bare, &["--work-tree=.", "commit", "-q", "-m", "bare"]);
    strange.git_in(&bare, &["config", "core.bare", "false"]);
    strange.git_in(&bare, &["config", "core.worktree", "."]);
    strange.set_traps(&bare, &bare);
    let _ = fs::remove_file(strange.marks());
    let (said, marks) = strange.run(&bare, args);
    assert_eq!(marks, "", "{said}");
}

#[test]
fn a_submodule_names_no_program_and_its_changes_count() {
    let strange = Strange::new();
    let module = strange.home.dir.path().join("module");
    fs::create_dir(&module).expect("a folder");
    strange.git_in(&module, &["init", "-q", "-b", "main"]);
    fs::write(module.join("file"), "one\n").expect("a file");
    strange.git_in(&module, &["add", "--all"]);
    strange.git_in(&module, &["commit", "-q", "-m", "change"]);
    strange.git(&["submodule", "--quiet", "add", &module.display().to_string(), "deps/module"]);
    strange.commit();
    let inside = strange.root.join("deps/module");
    assert!(!strange.commit_of_the_objects().contains("-dirty"));
    fs::write(inside.join("file"), "another\n").expect("a file");
    strange.set_traps(&inside, &strange.root.join(".git/modules/deps/module"));
    assert!(strange.commit_of_the_objects().ends_with("-dirty"));
}

/// As the one of git-lfs: what is committed is not what lies in the folder.
#[test]
fn a_file_behind_a_filter_is_unchanged_until_it_is_changed() {
    let strange = Strange::new();
    strange.git(&["config", "filter.large.clean", "tr a-z A-Z"]);
    strange.git(&["config", "filter.large.required", "true"]);
    strange.home.write(".gitattributes", "*.bin filter=large\n");
    strange.home.write("model.bin", "abc\n");
    strange.commit();
    strange.git(&["config", "filter.large.clean", &format!("{} clean", strange.trap().display())]);
    strange.as_after_a_clone();
    assert!(!strange.commit_of_the_objects().contains("-dirty"));
    strange.home.write("model.bin", "abcd\n");
    assert!(strange.commit_of_the_objects().ends_with("-dirty"));
}

/// `-c filter.a=b.clean=` would set something else.
#[test]
fn a_filter_whose_name_cannot_be_written_on_the_command_line_is_not_run() {
    let strange = Strange::new();
    strange.home.write(".gitattributes", "* filter=a=b\n");
    strange.commit();
    strange.git(&["config", "filter.a=b.clean", &format!("{} a=b", strange.trap().display())]);
    strange.as_after_a_clone();
    assert!(strange.commit_of_the_objects().ends_with("-dirty"));
}

/// A partial clone lacks objects on purpose, and git fetches each when it is asked for.
#[test]
fn nothing_is_fetched() {
    let strange = Strange::new();
    let codeowners = strange.root.join("CODEOWNERS");
    let hash = Command::new("git").arg("hash-object").arg(&codeowners).output().expect("git runs").stdout;
    let hash = String::from_utf8(hash).expect("a hash");
    let (folder, file) = hash.trim().split_at(2);
    fs::remove_file(strange.root.join(".git/objects").join(folder).join(file)).expect("the object was there");
    let trap = strange.trap().display().to_string();
    for (setting, value) in [
        ("core.repositoryFormatVersion", "1"),
        ("extensions.partialClone", "origin"),
        ("remote.origin.promisor", "true"),
        ("remote.origin.url", &strange.home.dir.path().display().to_string()),
        ("remote.origin.uploadpack", &format!("{trap} uploadpack")),
        ("protocol.file.allow", "always"),
    ] {
        strange.git(&["config", setting, value]);
    }
    let (said, marks) = strange.run(&strange.root, &["whoowns", "src/main.go"]);
    assert!(said.contains("@shop/web"), "{said}");
    assert_eq!(marks, "", "{said}");
}

#[test]
fn a_path_with_the_signs_of_a_pattern_is_that_file() {
    let strange = Strange::new();
    strange.home.write("src/[id].go", "package src\n");
    strange.commit();
    strange.home.write("src/i.go", "package src\n");
    strange.git(&["add", "--all"]);
    let author = ["-c", "user.name=Grace", "-c", "user.email=grace@example.com"];
    for _ in 0..3 {
        strange
            .home
            .write("src/i.go", &format!("{}//\n", fs::read_to_string(strange.root.join("src/i.go")).expect("it")));
        strange.git(&[&author[..], &["commit", "-q", "-a", "-m", "change"]].concat());
    }
    let output = strange.home.plat().args(["whoowns", "src/[id].go", "--output", "json"]).output().expect("plat runs");
    let text = String::from_utf8(output.stdout).expect("JSON is UTF-8");
    let answer: Value = serde_json::from_str(text.lines().next().expect("a line")).expect("JSON");
    let work = |evidence: &&Value| evidence["says"]["commits"].is_number();
    let people: Vec<&Value> = answer["evidence"]
        .as_array()
        .expect("a list")
        .iter()
        .filter(work)
        .map(|e| &e["says"]["person"]["name"])
        .collect();
    assert_eq!(people, ["Ada"], "{answer}");
}
