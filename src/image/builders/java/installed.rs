//! What Gradle's application plugin installs: a script that starts the program, and the jars that it stands on.

use std::fs;
use std::path::{Path, PathBuf};

use crate::input;

/// A script; in bytes.
const LARGEST: u64 = 1 << 20;

#[derive(Debug, PartialEq, Eq)]
pub struct Installed {
    /// The class that it starts.
    pub main: String,
    /// In the order of its class path.
    pub jars: Vec<PathBuf>,
}

impl Installed {
    /// None where nothing was installed below `output`.
    #[must_use]
    pub fn find(output: &Path) -> Option<Self> {
        let below = |folder: PathBuf| fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
        below(output.join("install")).find_map(|install| {
            let mut scripts = below(install.join("bin")).filter(|script| script.extension().is_none());
            scripts.find_map(|script| Self::read(&input::read_text(&script, LARGEST).ok()?, &install))
        })
    }

    /// `CLASSPATH=$APP_HOME/lib/shop.jar:$APP_HOME/lib/a.jar`, and the class behind `-classpath "$CLASSPATH"`: on the same
    /// line in scripts of older releases, on the next one in those of newer ones.
    fn read(script: &str, install: &Path) -> Option<Self> {
        let listed = script.lines().find_map(|line| line.trim().strip_prefix("CLASSPATH="))?;
        let below = |jar: &str| Some(install.join(jar.trim_matches('"').strip_prefix("$APP_HOME/")?));
        let jars = listed.split(':').filter_map(below).collect();
        let (_, rest) = script.split_once("-classpath")?;
        let mut words = rest.split_whitespace().skip(1).filter(|word| *word != "\\");
        let main = words.next()?.to_owned();
        let is_class = main.chars().all(|c| c.is_alphanumeric() || "._$".contains(c));
        is_class.then_some(Self { main, jars })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rstest::rstest;

    #[rstest]
    #[case::on_the_same_line(
        "eval set -- $OPTS -classpath \"\\\"$CLASSPATH\\\"\" com.example.Main \"$APP_ARGS\"\n",
        "com.example.Main"
    )]
    #[case::on_the_next_one(
        "set -- \\\n        -classpath \"$CLASSPATH\" \\\n        MainKt \\\n        \"$@\"\n",
        "MainKt"
    )]
    fn a_script_says_what_it_starts(#[case] end: &str, #[case] main: &str) {
        let script =
            format!("#!/bin/sh\n\nCLASSPATH=$APP_HOME/lib/shop.jar:$APP_HOME/lib/b.jar:$APP_HOME/lib/a.jar\n\n{end}");
        let jars = ["/i/lib/shop.jar", "/i/lib/b.jar", "/i/lib/a.jar"].map(PathBuf::from).to_vec();
        assert_eq!(Installed::read(&script, Path::new("/i")), Some(Installed { main: main.to_owned(), jars }));
    }
}
