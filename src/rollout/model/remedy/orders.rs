//! A remedy orders a change if and only if it was given what makes it right. The words are found both ways: advice of the
//! cases with a word that is not listed here fails, and then no look may have that word either.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use proc_macro2::{TokenStream, TokenTree};
use regex::Regex;
use syn::visit::{self, Visit};

use super::Remedy;
use crate::text::ascii_regex;

/// Imperatives that change something.
const VERBS: &str = "add|allow|answer|ask for|begin|bring|build|correct|create|deploy|do it|find what|fix|give|grant|install|\
    keep|let|link|listen|load|make|mount|move|name|patch|pull|push|put|raise|read|recreate|remove|renew|replace|resume|\
    run|serve|set|start|take|tolerate|try|uncordon|use|write";
/// Commands of kubectl that change something.
const COMMANDS: &str =
    "annotate|apply|cordon|create|delete|drain|edit|label|patch|replace|rollout|scale|set|taint|uncordon";

/// An imperative begins a text or a part of one.
static ORDER: LazyLock<Regex> = LazyLock::new(|| {
    let begins = format!(r"(?:^|[,;:.?)] )(?:(?:and|but|else|or|then) )?(?:{VERBS})\b");
    let goes_on = format!(r"\b(?:and|or) (?:{VERBS}) (?:a|an|it|one|the|them)\b");
    let kubectl = format!(r"kubectl (?:-n \S+ )?(?:{COMMANDS})\b");
    ascii_regex(&[begins, goes_on, kubectl].join("|"))
});

/// What is wrong with these remedies, a line each.
pub(in crate::rollout) fn wrong<'r>(remedies: impl IntoIterator<Item = &'r Remedy>) -> String {
    let says = |remedy: &Remedy| match (ORDER.find(&remedy.text), remedy.changes) {
        (Some(order), false) => Some(format!("a look orders a change ({:?}): {}\n", order.as_str(), remedy.text)),
        (None, true) => Some(format!("advice orders no change that is known: {}\n", remedy.text)),
        _ => None,
    };
    remedies.into_iter().filter_map(says).collect()
}

#[rstest::rstest]
#[case::first("raise `port`", true)]
#[case::later("it is too small: raise it", true)]
#[case::otherwise("wait; else fix what the log says", true)]
#[case::alternative("does it listen? If not, or remove the probe", true)]
#[case::command("its pod is old: kubectl -n shop delete pod a", true)]
#[case::question("does the program start twice?", false)]
#[case::look("see what it wrote: kubectl -n shop logs a -c b", false)]
#[case::noun("the set is not ready, and a use of it may come", false)]
fn an_order_is_told_from_a_look(#[case] text: &str, #[case] orders: bool) {
    let of = |changes| Remedy { text: text.to_owned(), changes };
    assert_eq!(!wrong([&of(false)]).is_empty(), orders);
    assert_eq!(wrong([&of(true)]).is_empty(), orders);
}

/// Also where no case comes by.
#[test]
fn no_look_is_written_that_orders_a_change() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/rollout");
    let texts: Vec<String> = sources(&root).iter().flat_map(|path| looks(path)).collect();
    assert!(texts.len() > 40, "the texts are not found: {texts:?}");
    let wrong: String = wrong(&texts.into_iter().map(Remedy::look).collect::<Vec<_>>());
    assert!(wrong.is_empty(), "{wrong}");
}

fn sources(folder: &Path) -> Vec<PathBuf> {
    let entries = folder.read_dir().expect("a folder").map(|entry| entry.expect("an entry").path());
    let of = |path: PathBuf| match path.extension() {
        Some(extension) if extension == "rs" => vec![path],
        None => sources(&path),
        Some(_) => Vec::new(),
    };
    entries.flat_map(of).collect()
}

/// The texts from which the looks of a file are made.
fn looks(path: &Path) -> Vec<String> {
    let text = std::fs::read_to_string(path).expect("a source");
    let mut looks = Looks::default();
    looks.visit_file(&syn::parse_file(&text).unwrap_or_else(|e| panic!("{}: {e}", path.display())));
    looks.texts
}

#[derive(Default)]
struct Looks {
    texts: Vec<String>,
    within: bool,
}

impl<'ast> Visit<'ast> for Looks {
    fn visit_expr_call(&mut self, call: &'ast syn::ExprCall) {
        let is_look = matches!(&*call.func, syn::Expr::Path(path)
            if path.path.segments.iter().map(|one| one.ident.to_string()).eq(["Remedy", "look"]));
        let before = self.within;
        self.within |= is_look;
        visit::visit_expr_call(self, call);
        self.within = before;
    }

    fn visit_lit_str(&mut self, text: &'ast syn::LitStr) {
        if self.within {
            self.texts.push(text.value());
        }
    }

    fn visit_macro(&mut self, call: &'ast syn::Macro) {
        if self.within {
            self.texts.extend(literals(call.tokens.clone()));
        }
    }
}

fn literals(tokens: TokenStream) -> Vec<String> {
    let of = |token| match token {
        TokenTree::Literal(one) => {
            syn::parse_str::<syn::LitStr>(&one.to_string()).map(|text| text.value()).into_iter().collect()
        }
        TokenTree::Group(group) => literals(group.stream()),
        _ => Vec::new(),
    };
    tokens.into_iter().flat_map(of).collect()
}
