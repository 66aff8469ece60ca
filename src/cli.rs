//! The clap root. Each command's `Args` live in its own file, the global flags in `src/ui`.

use clap::{CommandFactory, Parser};

use crate::commands::Command;
use crate::habits;
use crate::ui::Global;

/// Scaffold, deploy and explain services on Kubernetes; measure what it saves.
#[derive(Debug, Parser)]
#[command(name = "plat", version, propagate_version = true, max_term_width = 100, arg_required_else_help = true)]
pub struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

/// What was typed; ends with an answer where that is nothing.
#[must_use]
pub fn parse() -> Cli {
    Cli::try_parse().unwrap_or_else(|error| {
        let typed: Vec<String> = std::env::args().skip(1).collect();
        habits::answer(error, &Cli::command(), &typed).exit()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::habits::{ARGUMENTS, COMMANDS};

    #[test]
    fn what_is_answered_is_not_there_and_what_it_names_is() {
        let command = Cli::command();
        for (words, tip) in COMMANDS {
            let is_there = |word: &&&str| command.find_subcommand(word).is_some();
            assert_eq!(words.iter().find(is_there), None);
            let named = tip.split("plat ").skip(1).filter_map(|rest| rest.split([' ', ',', ';']).next());
            for named in named.filter(|named| !named.starts_with('-')) {
                assert!(command.find_subcommand(named.trim_matches('`')).is_some(), "{tip}");
            }
        }
        for (of, flag, _) in ARGUMENTS {
            let of = command.find_subcommand(of).expect("a command");
            let takes = |arg: &clap::Arg| {
                arg.get_long().is_some_and(|long| format!("--{long}") == flag)
                    || arg.get_short().is_some_and(|short| format!("-{short}") == flag)
            };
            // Which is there and takes no value.
            assert!(flag == "--dry-run" || !of.get_arguments().any(takes), "{of} {flag}");
        }
    }
}
