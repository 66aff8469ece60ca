//! What is run: only what the builder or the image would not run by itself becomes a line.

use serde_json::json;

use super::Draft;
use crate::detect::claim::{Claim, Fact, Origin, Trust};
use crate::detect::paths;
use crate::detect::service::Unknown;
use crate::spec::Stack;

impl Draft<'_> {
    pub(super) fn command(&mut self) {
        match self.origin.clone() {
            Some(Origin::Stack { stack: Stack::Node | Stack::Python, .. }) => self.of_an_interpreter(),
            Some(Origin::Stack { .. }) => self.of_a_program(),
            Some(Origin::Dockerfile(_) | Origin::Image(_)) | None => self.of_an_image(),
        }
    }

    /// The most trusted command, wherever it is said.
    fn of_an_interpreter(&mut self) {
        let commands = self.each(|fact| match fact {
            Fact::Command(words) | Fact::Args(words) => Some((Some(words.clone()), None)),
            Fact::Start(text) => Some((None, Some(text))),
            _ => None,
        });
        let Some(((words, text), claim)) = commands.first() else {
            let missing = self.each(|fact| if let Fact::NoCommand(why) = fact { Some(why) } else { None });
            if let Some((why, claim)) = missing.first() {
                let why = format!("{} ({})", why, claim.evidence.place());
                self.unknown.push(Unknown { field: "command", why, choices: Vec::new() });
            }
            return;
        };
        for ((other, _), lost) in &commands[1..] {
            if lost.trust < Trust::Configuration && other != words {
                self.not_taken(lost, claim);
            }
        }
        let starts = commands.iter().find_map(|((_, text), _)| *text);
        let python = matches!(self.origin, Some(Origin::Stack { stack: Stack::Python, .. }));
        match (words, text) {
            (None, Some(text)) => self.see("starts with", text, claim),
            // The builder reads the same line of the same file.
            (Some(words), _)
                if python && self.group.process.is_none() && paths::name(&claim.evidence.file) == "Procfile" =>
            {
                self.see("starts with", &words.join(" "), claim);
            }
            (Some(words), _) if self.group.process.is_none() && starts.is_some_and(|text| *text == words.join(" ")) => {
                self.see("starts with", &words.join(" "), claim);
            }
            (Some(words), _) => {
                let evidence = claim.evidence.clone();
                self.add("command", json!(words), vec![evidence]);
            }
            (None, None) => {}
        }
    }

    /// A compiled program starts by itself: a command that names it elsewhere can only give it arguments.
    fn of_a_program(&mut self) {
        let commands = self.each(|fact| match fact {
            Fact::Command(words) => Some(words.get(1..).unwrap_or_default().to_vec()),
            Fact::Args(words) => Some(words.clone()),
            _ => None,
        });
        if let Some((start, claim)) =
            self.each(|fact| if let Fact::Start(text) = fact { Some(text) } else { None }).first()
        {
            self.see("starts with", start, claim);
        }
        let Some((words, claim)) = commands.first() else { return };
        let java = matches!(self.origin, Some(Origin::Stack { stack: Stack::Java, .. }));
        let words = match &claim.fact {
            Fact::Args(words) if words.first().is_some_and(|word| word.contains('/')) => words[1..].to_vec(),
            _ => words.clone(),
        };
        if java || words.first().is_some_and(|word| word == "-c") {
            self.remarks.push(format!(
                "{}: not taken: plat starts what it builds; its arguments belong under args:",
                claim.evidence
            ));
        } else if !words.is_empty() {
            let evidence = claim.evidence.clone();
            self.add("args", json!(words), vec![evidence]);
        }
    }

    /// An image starts as it says, unless who runs it says otherwise.
    fn of_an_image(&mut self) {
        let is_process = self.group.process.is_some();
        let commands = self.each(|fact| if let Fact::Command(words) = fact { Some(words) } else { None });
        for (words, claim) in commands {
            let is_procfile = paths::name(&claim.evidence.file) == "Procfile";
            if is_procfile && is_process || claim.trust == Trust::Published {
                let evidence = claim.evidence.clone();
                self.add("command", json!(words), vec![evidence]);
                break;
            }
            if is_procfile {
                self.remarks.push(format!("{}: not taken: the image starts as its Dockerfile says", claim.evidence));
            }
        }
        let args = self.each(|fact| if let Fact::Args(words) = fact { Some(words) } else { None });
        let own = self.each(|fact| if let Fact::Cmd(words) = fact { Some(words) } else { None });
        if let Some((words, claim)) = args.first().filter(|(words, _)| own.first().is_none_or(|(own, _)| own != words))
        {
            let evidence = claim.evidence.clone();
            self.add("args", json!(words), vec![evidence]);
        }
    }

    /// What runs before each version. A compiled image has its one program, and no shell.
    pub(super) fn before(&mut self) {
        let before = self.each(|fact| if let Fact::Before(words) = fact { Some(words) } else { None });
        let Some((words, claim)) = before.first() else { return };
        let evidence = claim.evidence.clone();
        let is_compiled =
            matches!(self.origin, Some(Origin::Stack { stack: Stack::Go | Stack::Rust | Stack::Java, .. }));
        match words.as_slice() {
            [program, arguments @ ..] if is_compiled && self.is_its_program(program) => {
                self.add("before", json!({"args": arguments}), vec![evidence]);
            }
            _ if is_compiled => self.remarks.push(format!(
                "{evidence}: not taken: the image that plat builds has its one program alone; give it an argument that \
                 does this, and say so under before: {{args: […]}}"
            )),
            words => self.add("before", json!({"command": words}), vec![evidence]),
        }
    }

    /// Whether a command names what is built: as the service's own command does, or as it is called.
    fn is_its_program(&self, program: &str) -> bool {
        let name = paths::name(program);
        let commands = self.each(|fact| if let Fact::Command(words) = fact { words.first() } else { None });
        let names = self.each(|fact| if let Fact::Name(name) = fact { Some(name) } else { None });
        commands.into_iter().chain(names).any(|(known, _)| paths::name(known) == name)
    }

    fn not_taken(&mut self, lost: &Claim, winner: &Claim) {
        self.remarks.push(format!(
            "{}: not taken: {} {}",
            lost.evidence,
            winner.evidence.place(),
            winner.trust.reason()
        ));
    }
}
