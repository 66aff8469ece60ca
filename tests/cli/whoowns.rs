//! `plat whoowns` on real git repositories, without a cluster.

use std::path::PathBuf;
use std::process::Command;

use jiff::{SignedDuration, Timestamp};
use predicates::prelude::*;
use predicates::str::{contains, is_empty};
use rstest::rstest;
use serde_json::Value;

use crate::support::Home;

const ADA: (&str, &str) = ("Ada Lovelace", "ada@example.com");
const GRACE: (&str, &str) = ("Grace Hopper", "7+grace@users.noreply.github.com");

/// A repository `shop` in the folder where `plat` runs.
struct Repo {
    home: Home,
    root: PathBuf,
}

impl Repo {
    fn new() -> Self {
        let home = Home::new();
        let root = home.dir.path().join("work/shop");
        std::fs::create_dir_all(&root).expect("a folder for the repository");
        let repo = Self { home, root };
        repo.git(&["init", "--quiet", "--initial-branch=main"], &[]);
        repo
    }

    fn write(&self, file: &str, text: &str) {
        let path = self.root.join(file);
        std::fs::create_dir_all(path.parent().expect("a file is in a folder")).expect("a folder");
        std::fs::write(path, text).expect("a file");
    }

    /// Commits everything so many days ago.
    fn commit(&self, (name, email): (&str, &str), days_ago: i64) {
        let date = (Timestamp::now() - SignedDuration::from_hours(24 * days_ago)).to_string();
        let dates = [("GIT_AUTHOR_DATE", date.as_str()), ("GIT_COMMITTER_DATE", date.as_str())];
        let (name, email) = (format!("user.name={name}"), format!("user.email={email}"));
        self.git(&["add", "--all"], &[]);
        self.git(&["-c", &name, "-c", &email, "commit", "--quiet", "--allow-empty", "--message", "change"], &dates);
    }

    fn commits(&self, author: (&str, &str), days_ago: i64, file: &str, count: usize) {
        for number in 0..count {
            self.write(file, &format!("{} {days_ago} {number}\n", author.0).repeat(number + 1));
            self.commit(author, days_ago);
        }
    }

    fn git(&self, arguments: &[&str], variables: &[(&str, &str)]) {
        let mut git = Command::new("git");
        git.arg("-C").arg(&self.root).args(arguments).envs(variables.iter().copied());
        // Neither the settings of this machine nor those of a hook that runs the tests.
        git.env("GIT_CONFIG_GLOBAL", "/dev/null").env("GIT_CONFIG_NOSYSTEM", "1").env_remove("GIT_DIR");
        assert!(git.status().expect("git starts").success(), "git {arguments:?}");
    }

    fn plat(&self, key: &str) -> assert_cmd::Command {
        let mut plat = self.home.plat();
        plat.current_dir(&self.root).args(["whoowns", key]);
        plat
    }

    fn answer(&self, key: &str) -> Value {
        let output = self.plat(key).args(["--output", "json"]).output().expect("plat runs");
        let text = String::from_utf8(output.stdout).expect("JSON is UTF-8");
        let first = text.lines().next().expect("a line of JSON");
        serde_json::from_str(first).unwrap_or_else(|error| panic!("{error}: {text}"))
    }
}

#[test]
fn a_path_is_answered_by_codeowners_and_history() {
    let repo = Repo::new();
    repo.write(".github/CODEOWNERS", "*       @shop/platform\n/src/pay/ @shop/payments\n");
    repo.commit(GRACE, 100);
    repo.commits(ADA, 3, "src/pay/main.go", 6);
    let answer = repo.answer("src/pay/main.go");
    assert_eq!(answer["event"], "answer");
    assert_eq!(answer["subject"], "src/pay/main.go in the repository shop");
    let accountable = &answer["accountable"];
    assert_eq!((&accountable["name"], &accountable["kind"]), (&"shop/payments".into(), &"team".into()));
    assert_eq!((&accountable["place"], &accountable["confidence"]), (&".github/CODEOWNERS:2".into(), &"high".into()));
    let written: Timestamp = accountable["date"].as_str().expect("a date").parse().expect("a timestamp");
    assert_eq!(Timestamp::now().duration_since(written).as_hours() / 24, 100, "the line's own date");
    let active = &answer["active_now"];
    assert_eq!((&active["name"], &active["email"]), (&ADA.0.into(), &ADA.1.into()));
    assert_eq!(active["because"][0], "6 of 6 commits in 90 days, the last 3 days ago");
}

#[test]
fn the_text_names_both_with_source_date_and_confidence() {
    let repo = Repo::new();
    repo.write("CODEOWNERS", "/src/ @ada\n");
    repo.commits(ADA, 412, "src/x.go", 2);
    repo.commits(GRACE, 1, "README.md", 1);
    let page = contains("accountable  @ada  (confidence: low)")
        .and(contains("CODEOWNERS, CODEOWNERS:1, 20"))
        .and(contains("inactive 412 days"))
        .and(contains("active now   nobody"))
        .and(contains("git history  20"));
    repo.plat("src").assert().success().stdout(page).stderr(is_empty());
}

#[rstest]
#[case::plat_yaml("plat.yaml", "name: pay\nowner: payments\n", "plat.yaml:2")]
#[case::catalog(
    "catalog-info.yaml",
    "kind: Component\nmetadata:\n  name: pay\nspec:\n  owner: group:payments\n",
    "Component pay of catalog-info.yaml:5"
)]
#[case::owners("OWNERS", "approvers:\n- payments\n", "OWNERS")]
fn the_nearest_file_that_names_an_owner_answers(#[case] file: &str, #[case] text: &str, #[case] place: &str) {
    let repo = Repo::new();
    repo.write(file, "another: file\n");
    repo.write(&format!("services/pay/{file}"), text);
    repo.write("services/pay/src/main.go", "package main\n");
    repo.commit(ADA, 5);
    let accountable = &repo.answer("services/pay/src/main.go")["accountable"];
    assert_eq!(accountable["name"], "payments");
    assert_eq!(accountable["place"], place.replace(file, &format!("services/pay/{file}")));
    assert!(accountable["date"].is_string(), "{accountable}");
}

#[test]
fn without_an_owner_it_says_unknown_and_whom_to_ask() {
    let repo = Repo::new();
    repo.commits(ADA, 3, "src/x.go", 2);
    repo.commits(GRACE, 2, "src/y.go", 3);
    let page = contains("accountable  unknown").and(contains("nearest evidence")).and(contains("Ada Lovelace"));
    let error = contains("no owner of \"src\" is on record")
        .and(contains("hint: ask Grace Hopper @grace"))
        .and(contains("`/src/ @OWNER` in .github/CODEOWNERS"));
    repo.plat("src").assert().code(1).stdout(page).stderr(error);
}

#[test]
fn an_unknown_owner_as_json_is_an_answer_and_an_error() {
    let repo = Repo::new();
    repo.commits(ADA, 3, "x", 1);
    let output = repo.plat("x").args(["--output", "json"]).assert().code(1).stderr(is_empty()).get_output().clone();
    let lines: Vec<Value> = String::from_utf8(output.stdout)
        .expect("JSON is UTF-8")
        .lines()
        .map(|line| serde_json::from_str(line).expect("one JSON value a line"))
        .collect();
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert_eq!((&lines[0]["event"], &lines[0]["accountable"]), (&"answer".into(), &Value::Null));
    assert_eq!((&lines[1]["event"], &lines[1]["reason"]), (&"error".into(), &"OwnerUnknown".into()));
}

#[test]
fn who_wrote_most_of_it_is_named_when_nobody_is_written_down() {
    let repo = Repo::new();
    repo.commits(ADA, 10, "src/x.go", 6);
    repo.commits(GRACE, 5, "src/x.go", 1);
    let accountable = &repo.answer("src/x.go")["accountable"];
    assert_eq!((&accountable["name"], &accountable["confidence"]), (&ADA.0.into(), &"low".into()));
}

#[test]
fn the_mailmap_counts_and_bots_do_not() {
    let repo = Repo::new();
    repo.write(".mailmap", "Ada Lovelace <ada@example.com> <old@example.com>\n");
    repo.commits(("ada", "old@example.com"), 4, "x", 2);
    repo.commits(("renovate[bot]", "29139614+renovate[bot]@users.noreply.github.com"), 1, "x", 9);
    let active = &repo.answer("x")["active_now"];
    assert_eq!((&active["name"], &active["email"]), (&ADA.0.into(), &ADA.1.into()));
    assert_eq!(active["because"][0], "2 of 2 commits in 90 days, the last 4 days ago");
}

#[test]
fn a_renamed_file_keeps_its_history() {
    let repo = Repo::new();
    repo.commits(ADA, 4, "old.go", 3);
    repo.git(&["mv", "old.go", "new.go"], &[]);
    repo.commit(GRACE, 2);
    let evidence = &repo.answer("new.go")["evidence"];
    let commits: Vec<&Value> = evidence.as_array().expect("a list").iter().map(|e| &e["says"]["commits"]).collect();
    assert_eq!(commits, [&Value::from(1), &Value::from(3)], "the newest work first");
}

#[test]
fn a_service_without_a_cluster_is_answered_by_its_own_repository() {
    let repo = Repo::new();
    repo.write("services/pay/plat.yaml", "name: payments-api\nowner: payments\n");
    repo.write("services/ledger/plat.yaml", "name: ledger\nowner: books\n");
    repo.commit(ADA, 5);
    let note = contains("note:").and(contains("answered from this repository alone"));
    repo.plat("payments-api").assert().success().stdout(contains("accountable  payments")).stderr(note);
    let answer = repo.answer("payments-api");
    assert_eq!(answer["subject"], "payments-api in the repository shop");
    assert_eq!(answer["accountable"]["place"], "services/pay/plat.yaml:2");
}

#[test]
fn another_service_without_a_cluster_is_not_guessed() {
    let repo = Repo::new();
    repo.write("plat.yaml", "name: payments-api\nowner: payments\n");
    repo.commit(ADA, 5);
    let error = contains("kubeconfig").and(contains("there is no path \"payments\" here either"));
    repo.plat("payments").assert().code(1).stdout(is_empty()).stderr(error);
}

#[rstest]
#[case::no_such_path("./sr", "there is no path \"./sr\"", "did you mean ./src?")]
#[case::no_name_at_all("Src/Main.go", "nothing in Kubernetes can have this name", "NAMESPACE/NAME")]
#[case::outside_any_repository("..", "this path is in no git repository", "for a service write its name")]
#[case::escaped("./\u{1b}[2J", "there is no path \"./\\u{1b}[2J\"", "NAMESPACE/NAME")]
fn a_key_that_leads_nowhere_is_named_with_the_next_step(#[case] key: &str, #[case] what: &str, #[case] hint: &str) {
    let repo = Repo::new();
    repo.write("src/x", "x\n");
    repo.plat(key)
        .assert()
        .code(1)
        .stdout(is_empty())
        .stderr(contains(what).and(contains("hint:")).and(contains(hint)));
}

#[test]
fn git_hostile_names_stay_on_their_line() {
    let repo = Repo::new();
    repo.commits(("\u{1b}[31mEvil", "evil@example.com"), 1, "x", 1);
    repo.plat("x").assert().code(1).stdout(contains("\u{1b}").not()).stderr(contains("\u{1b}").not());
}

#[test]
fn a_path_that_git_does_not_know_yet_has_no_history() {
    let repo = Repo::new();
    repo.commits(ADA, 1, "x", 1);
    repo.write("new", "new\n");
    repo.plat("new").assert().code(1).stdout(contains("no evidence was found"));
}

/// A cloned or unpacked repository may bring a configuration along.
#[test]
fn nothing_that_the_repository_configures_is_started() {
    let repo = Repo::new();
    repo.write("CODEOWNERS", "* @ada\n");
    repo.write(".gitattributes", "* diff=evil\n");
    repo.commit(ADA, 1);
    let trap = repo.home.dir.path().join("started");
    let program = format!("touch {}; cat", trap.display());
    for setting in
        ["diff.evil.textconv", "diff.evil.command", "diff.external", "core.fsmonitor", "core.pager", "gpg.program"]
    {
        repo.git(&["config", setting, &program], &[]);
    }
    repo.git(&["config", "log.showSignature", "true"], &[]);
    let accountable = &repo.answer("CODEOWNERS")["accountable"];
    assert!(accountable["date"].is_string(), "blame and log ran: {accountable}");
    assert!(!trap.exists());
}

#[test]
fn a_shallow_clone_says_that_its_history_is_cut_off() {
    let repo = Repo::new();
    repo.commits(ADA, 3, "x", 2);
    let url = format!("file://{}", repo.root.display());
    repo.git(&["clone", "--quiet", "--depth=1", &url, "shallow"], &[]);
    let note = contains("note: this clone is shallow").and(contains("git fetch --unshallow"));
    repo.plat("shallow/x").assert().code(1).stderr(note);
}
