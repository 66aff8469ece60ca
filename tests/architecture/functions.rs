//! What the signature of a function may ask of a reader.

use crate::source::Function;
use crate::tree::Tree;

/// Beyond this a type is missing.
const MOST: usize = 5;

#[test]
fn a_function_has_few_parameters() {
    let long = functions(crate::tree(), |function| {
        (function.parameters > MOST)
            .then(|| format!("has {} parameters, more than {MOST}: a type is missing", function.parameters))
    });
    crate::report("a function has too many parameters", long);
}

/// In an `impl Trait for` and in code for some machines only, the signature is decided elsewhere. So it is for the
/// functions of a table, which name such an argument `_`.
#[test]
fn every_argument_is_used() {
    let unused = functions(crate::tree(), |function| {
        (!function.unused.is_empty()).then(|| format!("does not use {}: take it out", function.unused.join(", ")))
    });
    crate::report("an argument is not used", unused);
}

/// Each function of which there is something to say, and that.
fn functions(tree: &Tree, says: impl Fn(&Function) -> Option<String>) -> Vec<String> {
    let all = tree.sources.iter().flat_map(|source| source.functions.iter().map(move |function| (source, function)));
    all.filter_map(|(source, function)| {
        let says = says(function)?;
        Some(format!("{}:{} `{}` {says}", source.name, function.line, function.name))
    })
    .collect()
}

#[rstest::rstest]
#[case::free("fn f(a: A, b: B, c: C) {}", 3)]
#[case::method("impl S { fn f(&self, a: A) {} }", 1)]
#[case::wanted("trait T { fn f(self, a: A, b: B); }", 2)]
#[case::nested("fn outer() { fn f((a, b): (A, B)) {} }", 1)]
fn the_check_counts_parameters(#[case] code: &str, #[case] expected: usize) {
    let tree = Tree::new([("src/a.rs", code)]);
    let function = tree.sources[0].functions.iter().find(|function| function.name == "f").expect("it is there");
    assert_eq!(function.parameters, expected);
}

#[rstest::rstest]
#[case::free("fn f(a: A, _settings: &Settings) {}", &["_settings"])]
#[case::method("impl S { fn f(&self, _a: A) {} }", &["_a"])]
#[case::of_a_trait("impl T for S { fn f(&self, _a: A) {} }", &[])]
#[case::of_a_table("fn f(_: A) {}", &[])]
#[case::on_some_machines("#[cfg(not(unix))]\nfn f(_a: A) {}", &[])]
#[case::of_tests("#[cfg(test)]\nmod tests { fn f(_a: A) {} }", &[])]
fn the_check_sees_unused_arguments(#[case] code: &str, #[case] expected: &[&str]) {
    let tree = Tree::new([("src/a.rs", code)]);
    let unused: Vec<&String> = tree.sources[0].functions.iter().flat_map(|function| &function.unused).collect();
    assert_eq!(unused, expected);
}

#[test]
fn a_file_for_some_machines_has_the_signatures_of_its_counterpart() {
    let face = "#[cfg(not(unix))]\nmod elsewhere;\n#[cfg(unix)]\nmod here;";
    let tree = Tree::new([
        ("src/a/mod.rs", face),
        ("src/a/elsewhere.rs", "fn f(_a: A) {}"),
        ("src/a/here.rs", "fn f(a: A) {}"),
    ]);
    assert!(tree.sources.iter().all(|source| source.functions.iter().all(|function| function.unused.is_empty())));
}
