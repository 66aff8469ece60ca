//! Instructions -> what the image is in the end: the last stage, and what it inherits from the stages before.

use std::collections::BTreeMap;

use super::parse::Instruction;
use crate::detect::words;

/// Something of an image, and the line that says it.
pub type At<T> = (T, usize);

/// What its instructions make of a stage.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Image {
    /// The name after AS, in small letters.
    pub name: String,
    /// What it stands on, through the stages of the same file.
    pub base: String,
    pub ports: Vec<At<u16>>,
    pub user: Option<At<String>>,
    /// The command of HEALTHCHECK.
    pub health: Option<At<String>>,
    pub entrypoint: Option<At<Command>>,
    pub cmd: Option<At<Command>>,
    /// Of ENV and ARG.
    pub variables: BTreeMap<String, At<String>>,
    /// Of ENV alone: the program has them.
    pub given: Vec<At<String>>,
    pub volumes: Vec<At<String>>,
    /// The commands of RUN.
    pub runs: Vec<At<String>>,
    /// Sources of COPY and ADD from outside the image.
    pub copied: Vec<String>,
}

/// What is started, in the form of a list or of a shell's line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Command {
    pub words: Vec<String>,
    pub text: String,
}

/// The stage of this name, else the last one; none where there is none. Sources are those of all stages.
#[must_use]
pub fn image(instructions: &[Instruction], target: Option<&str>) -> Option<Image> {
    let mut global = BTreeMap::new();
    let mut stages: Vec<Image> = Vec::new();
    let mut copied = Vec::new();
    for instruction in instructions {
        match (instruction.keyword.as_str(), stages.last_mut()) {
            ("FROM", _) => {
                let stage = from(&instruction.value, &global, &stages);
                stages.push(stage);
            }
            ("ARG", None) => argument(instruction, &BTreeMap::new(), &mut global),
            (_, Some(stage)) => {
                stage.add(instruction, &global);
                copied.append(&mut stage.copied);
            }
            (_, None) => {}
        }
    }
    let wanted = target.map(str::to_lowercase);
    let found = wanted.and_then(|name| stages.iter().rposition(|stage| stage.name == name));
    let mut image = stages.into_iter().nth_back(0).unwrap_or_default();
    if let Some(index) = found {
        // Read again up to there: the list was given away for its last.
        let until = stage_end(instructions, index);
        image = self::image(&instructions[..until], None)?;
    }
    image.copied = copied;
    (!image.base.is_empty()).then_some(image)
}

/// Where the instructions of the stage of this index end.
fn stage_end(instructions: &[Instruction], index: usize) -> usize {
    let froms = instructions.iter().enumerate().filter(|(_, instruction)| instruction.keyword == "FROM");
    froms.map(|(at, _)| at).nth(index + 1).unwrap_or(instructions.len())
}

fn from(value: &str, global: &BTreeMap<String, At<String>>, stages: &[Image]) -> Image {
    let mut words = value.split_whitespace();
    let base = substitute(words.next().unwrap_or_default(), global);
    let name = words.nth(1).unwrap_or_default().to_lowercase();
    match stages.iter().rev().find(|stage| !stage.name.is_empty() && stage.name == base.to_lowercase()) {
        // What it copied and ran is done; what it sets is inherited.
        Some(parent) => Image { name, ..parent.clone() },
        None => Image { name, base, ..Image::default() },
    }
}

/// `ARG PORT=3000`, which FROM and, said again, a stage may use.
fn argument(instruction: &Instruction, outer: &BTreeMap<String, At<String>>, into: &mut BTreeMap<String, At<String>>) {
    for word in words::line(&format!(": {}", instruction.value)).words.iter().skip(1) {
        match word.split_once('=') {
            Some((name, value)) => {
                into.insert(name.to_owned(), (value.to_owned(), instruction.line));
            }
            None => into.extend(outer.get(word).map(|value| (word.clone(), value.clone()))),
        }
    }
}

impl Image {
    fn add(&mut self, instruction: &Instruction, global: &BTreeMap<String, At<String>>) {
        let Instruction { line, keyword, value, flags } = instruction;
        match keyword.as_str() {
            "ARG" => argument(instruction, global, &mut self.variables),
            "ENV" => self.environment(value, *line),
            "EXPOSE" => {
                let value = substitute(value, &self.variables);
                let ports = value.split_whitespace().filter(|port| !port.ends_with("/udp"));
                self.ports.extend(ports.filter_map(|port| Some((port.split('/').next()?.parse().ok()?, *line))));
            }
            "USER" => self.user = Some((substitute(value.trim(), &self.variables), *line)),
            "HEALTHCHECK" => {
                let command = value.strip_prefix("CMD").map(|command| (command.trim().to_owned(), *line));
                self.health = command.map(|(command, line)| (substitute(&command, &self.variables), line));
            }
            "ENTRYPOINT" => {
                self.entrypoint = Some((command(value), *line));
                // A new entrypoint takes back the CMD of the base, as BuildKit does.
                self.cmd = None;
            }
            "CMD" => self.cmd = Some((command(value), *line)),
            "VOLUME" => {
                let value = substitute(value, &self.variables);
                self.volumes.extend(command(&value).words.into_iter().map(|path| (path, *line)));
            }
            "RUN" => self.runs.push((value.clone(), *line)),
            "COPY" | "ADD" if flags.iter().all(|flag| !flag.starts_with("--from")) => {
                let words = command(value).words;
                self.copied.extend(words.iter().take(words.len().saturating_sub(1)).cloned());
            }
            _ => {}
        }
    }

    /// `ENV A=1 B="x y"`, and the old `ENV A the rest`.
    fn environment(&mut self, value: &str, line: usize) {
        let mut set = |name: &str, value: &str| {
            self.variables.insert(name.to_owned(), (substitute(value, &self.variables), line));
            self.given.push((name.to_owned(), line));
        };
        let words = words::line(&format!(": {}", value.replace('$', "\\$"))).words;
        let is_pairs = words.get(1).is_some_and(|word| word.contains('='));
        if is_pairs {
            for (name, value) in words.iter().skip(1).filter_map(|word| word.split_once('=')) {
                set(name, value);
            }
        } else if let Some((name, value)) = value.split_once(char::is_whitespace) {
            set(name, value.trim());
        }
    }

    /// What runs: the entrypoint with its arguments.
    #[must_use]
    pub fn started(&self) -> Option<At<Command>> {
        match (&self.entrypoint, &self.cmd) {
            (Some((entrypoint, line)), Some((cmd, _))) => {
                let words = entrypoint.words.iter().chain(&cmd.words).cloned().collect();
                Some((Command { words, text: format!("{} {}", entrypoint.text, cmd.text) }, *line))
            }
            (entrypoint, cmd) => entrypoint.as_ref().or(cmd.as_ref()).cloned(),
        }
    }
}

/// `["node", "x.js"]`, or what a shell reads.
fn command(value: &str) -> Command {
    let list: Option<Vec<String>> =
        value.trim_start().starts_with('[').then(|| serde_json::from_str(value.trim()).ok()).flatten();
    let words = list.unwrap_or_else(|| words::line(value).words);
    let text = if value.trim_start().starts_with('[') { words.join(" ") } else { value.trim().to_owned() };
    // `["sh", "-c", "node x.js"]` is the line that it holds.
    match words.as_slice() {
        [shell, flag, line] if shell.ends_with("sh") && flag.starts_with('-') && flag.ends_with('c') => {
            Command { words: words::line(line).words, text: line.clone() }
        }
        _ => Command { words, text },
    }
}

/// `$A`, `${A}`, `${A:-x}`; what is not known stays.
fn substitute(text: &str, variables: &BTreeMap<String, At<String>>) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('$') {
        out.push_str(before);
        let (name, default, length) =
            if let Some((inner, _)) = after.strip_prefix('{').and_then(|inner| inner.split_once('}')) {
                let (name, default) = inner.split_once(":-").map_or((inner, None), |(name, value)| (name, Some(value)));
                (name, default, inner.len() + 2)
            } else {
                let end = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(after.len());
                (&after[..end], None, end)
            };
        match (variables.get(name), default) {
            (Some((value, _)), _) if !value.is_empty() => out.push_str(value),
            (_, Some(default)) => out.push_str(default),
            _ => {
                out.push('$');
                out.push_str(&after[..length]);
            }
        }
        rest = &after[length..];
    }
    out + rest
}

#[cfg(test)]
mod tests {
    use super::super::parse::parse;
    use super::*;
    use rstest::rstest;

    fn read(text: &str, target: Option<&str>) -> Image {
        image(&parse(text), target).expect("a stage")
    }

    #[rstest]
    #[case::last_stage("FROM a AS build\nEXPOSE 1\nFROM b\nEXPOSE 80", None, &[80])]
    #[case::inherited("FROM a AS base\nEXPOSE 80\nFROM x AS build\nEXPOSE 1\nFROM base", None, &[80])]
    #[case::target("FROM a AS dev\nEXPOSE 1\nFROM b AS prod\nEXPOSE 80", Some("dev"), &[1])]
    #[case::argument("ARG PORT=80\nFROM a\nARG PORT\nEXPOSE $PORT", None, &[80])]
    #[case::argument_not_said_again("ARG PORT=80\nFROM a\nEXPOSE $PORT", None, &[])]
    #[case::default("FROM a\nEXPOSE ${PORT:-81}", None, &[81])]
    #[case::variable("FROM a\nENV PORT=80 X=\"a b\"\nEXPOSE ${PORT}/tcp 53/udp", None, &[80])]
    #[case::old_variable("FROM a\nENV PORT 80\nEXPOSE $PORT", None, &[80])]
    fn ports(#[case] text: &str, #[case] target: Option<&str>, #[case] expected: &[u16]) {
        let ports: Vec<u16> = read(text, target).ports.iter().map(|(port, _)| *port).collect();
        assert_eq!(ports, expected);
    }

    #[rstest]
    #[case("FROM a\nCMD [\"node\", \"x.js\"]", &["node", "x.js"])]
    #[case("FROM a\nCMD node x.js", &["node", "x.js"])]
    #[case("FROM a\nENTRYPOINT [\"node\"]\nCMD [\"x.js\"]", &["node", "x.js"])]
    #[case("FROM a\nCMD [\"sh\", \"-c\", \"node x.js --port $PORT\"]", &["node", "x.js", "--port", "$(PORT)"])]
    #[case("FROM a AS b\nCMD [\"old\"]\nFROM b\nENTRYPOINT [\"new\"]", &["new"])]
    fn what_runs(#[case] text: &str, #[case] expected: &[&str]) {
        assert_eq!(read(text, None).started().expect("it runs something").0.words, expected);
    }
}
