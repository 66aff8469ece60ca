//! `go version -m`: what a program of Go says of itself.

use crate::image::component::{Component, Ecosystem, Kind};

/// The program, its modules and Go's own library.
#[must_use]
pub fn modules(said: &str) -> Vec<Component> {
    let mut found: Vec<Component> = Vec::new();
    for line in said.lines() {
        let words: Vec<&str> = line.split('\t').collect();
        match words.as_slice() {
            ["", "mod", path, ..] => found.push(Component::new(Kind::Application, *path)),
            ["", "dep", path, version, ..] => found.push(module(path, version)),
            // Of the line before: this is what was linked instead.
            ["", "=>", path, version, ..] => {
                if let Some(replaced) = found.pop() {
                    found.push(if is_folder(path) {
                        Component::new(replaced.kind, replaced.name)
                    } else {
                        module(path, version)
                    });
                }
            }
            [first] => found.extend(first.rsplit_once(": go").map(|(_, release)| library(release))),
            _ => {}
        }
    }
    found
}

fn module(path: &str, version: &str) -> Component {
    Component::new(Kind::Library, path).version(version).published(Ecosystem::Golang, &[])
}

/// `1.26.8`, or with experiments behind it.
fn library(release: &str) -> Component {
    let release = release.split_whitespace().next().unwrap_or_default();
    Component::new(Kind::Library, "stdlib").version(release).published(Ecosystem::Golang, &[])
}

fn is_folder(path: &str) -> bool {
    path.starts_with(['.', '/']) || path.contains('\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_of_go_says_what_is_linked_into_it() {
        let said = "/cache/binary: go1.26.8 X:nodwarf5\n\
            \tpath\texample.com/shop/cmd/shop\n\
            \tmod\texample.com/shop\t(devel)\t\n\
            \tdep\tgolang.org/x/text\tv0.21.0\th1:abc=\n\
            \tdep\texample.com/old\tv1.0.0\n\
            \t=>\texample.com/fork\tv1.0.1\th1:def=\n\
            \tdep\texample.com/local\tv0.0.0-00010101000000-000000000000\n\
            \t=>\t../local\t(devel)\t\n\
            \tbuild\t-compiler=gc\n";
        let found = modules(said);
        let known: Vec<String> = found.iter().map(Component::known_by).collect();
        assert_eq!(
            known,
            [
                "pkg:golang/stdlib@1.26.8",
                "example.com/shop",
                "pkg:golang/golang.org/x/text@v0.21.0",
                "pkg:golang/example.com/fork@v1.0.1",
                "example.com/local",
            ]
        );
        assert_eq!(found[1].kind, Kind::Application);
    }
}
