//! What a detector says of a service, each with the place where it is written.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use crate::spec::{Kind, Stack};

/// A line of a file of the repository, as the reader can look it up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Evidence {
    pub file: String,
    /// None where the whole file is meant: that it is there.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<usize>,
    /// The line, or what is to be said of the file.
    pub text: String,
}

impl Evidence {
    /// Of a file as a whole.
    #[must_use]
    pub fn of(file: impl Into<String>, text: impl Into<String>) -> Self {
        Self { file: file.into(), line: None, text: text.into() }
    }

    /// `package.json:7`
    #[must_use]
    pub fn place(&self) -> String {
        self.line.map_or_else(|| self.file.clone(), |line| format!("{}:{line}", self.file))
    }
}

impl fmt::Display for Evidence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.place())?;
        if self.text.is_empty() { Ok(()) } else { write!(f, "  {}", self.text) }
    }
}

/// How much a claim counts: the first of these that is there wins. docs/init.md tells it to people.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Trust {
    /// A platform runs it so (fly.toml): were it wrong, it would not be reached.
    Platform,
    /// The program is started with it.
    Argument,
    /// Others reach it so (compose).
    Published,
    /// A variable that it is given.
    Variable,
    /// Its own configuration file.
    Configuration,
    /// Its code, which reads PORT: plat sets it.
    ReadsPort,
    /// Its code.
    Code,
    /// Its code where it is started by hand (`if __name__ == "__main__"`), and no server serves it.
    ByHand,
    /// The project says so of itself.
    Project,
    /// A note in an image (EXPOSE), which changes nothing, or a health check that asks it.
    Note,
    /// What the framework documents as its default.
    Default,
    /// The program takes any: plat's own choice.
    Free,
}

impl Trust {
    /// The clause that says why another one lost against it.
    #[must_use]
    pub fn reason(self) -> &'static str {
        match self {
            Self::Platform => "is how it runs today",
            Self::Argument => "is what it is started with",
            Self::Published => "is how others reach it",
            Self::Variable => "is what it is given",
            Self::Configuration => "is its own configuration",
            Self::ReadsPort => "follows PORT, which plat sets",
            Self::Code | Self::ByHand => "is what the code does",
            Self::Project => "is the project's own word",
            Self::Note => "is a note in the image",
            Self::Default => "is the framework's default",
            Self::Free => "is free to choose",
        }
    }
}

/// A Dockerfile, and how it is built.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recipe {
    /// Relative to the root of the repository, as is `context`.
    pub path: String,
    pub context: String,
    /// The stage, where it is not the last one.
    pub target: Option<String>,
    pub args: BTreeMap<String, String>,
}

/// How the image comes about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// plat builds it. `path`: the folder of the program below plat.yaml, where it is not plat.yaml's own.
    Stack {
        stack: Stack,
        path: Option<String>,
    },
    Dockerfile(Recipe),
    Image(String),
}

/// Something that becomes a line of plat.yaml.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    Name(String),
    Kind(Kind),
    Port(u16),
    /// A path, `tcp` is said by nobody.
    Health(String),
    Origin(Origin),
    /// What the builder of the stack runs by itself: shown, and no line.
    Start(String),
    /// The release of the language, or the image that stands for it, that the builder of this stack takes: shown, and no
    /// line.
    Release {
        stack: Stack,
        what: &'static str,
        value: String,
    },
    /// The builder of this stack wants a lock file, and how it is made.
    Unlocked {
        stack: Stack,
        how: String,
    },
    /// What is to be run instead.
    Command(Vec<String>),
    /// Nothing says what is to be run: the sentence that tells it.
    NoCommand(String),
    /// What is given to the entrypoint of the image.
    Args(Vec<String>),
    User(String),
    Env(String, String),
    /// A variable whose value is a secret, or is not in the repository.
    Secret(String),
    /// The image, or what starts it, sets this variable: no line.
    Given(String),
    /// A variable whose value is the name of a service that only compose knows.
    OfCompose(String, String),
    /// What the image runs by itself behind its entrypoint.
    Cmd(Vec<String>),
    /// The code reads this variable, or a file made to be copied (`.env.example`) names it.
    Reads {
        name: String,
        is_optional: bool,
    },
    Writable(String),
    /// What must not be lost with a pod: a volume, by name and path.
    Volume(String, String),
    Memory(String),
    Cpu(String),
    /// Runs once before each version.
    Before(Vec<String>),
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    pub fact: Fact,
    pub trust: Trust,
    pub evidence: Evidence,
}

impl Claim {
    #[must_use]
    pub fn new(fact: Fact, trust: Trust, evidence: Evidence) -> Self {
        Self { fact, trust, evidence }
    }
}

/// What a candidate is, as far as its detector can tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Is {
    /// Something that is run and stays.
    Service,
    /// A program without a sign that it serves anything: a tool, perhaps.
    Program,
    /// Code for other code, or a page that needs somebody else's server.
    Library,
    /// Says how something is run, and cannot be built itself.
    Description,
}

/// What one detector found in one folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// Where its plat.yaml goes, relative to the root; empty for the root itself.
    pub folder: String,
    /// The process that is meant, where the folder has several: `worker`; none is the main one.
    pub process: Option<String>,
    pub is: Is,
    /// `Express on Node`; none where a detector names no kind of program.
    pub label: Option<String>,
    pub claims: Vec<Claim>,
    /// What was seen and does not become a line, and why.
    pub remarks: Vec<String>,
    /// What is to be done by a person.
    pub next: Vec<String>,
}

impl Candidate {
    #[must_use]
    pub fn new(folder: impl Into<String>, is: Is) -> Self {
        let (claims, remarks, next) = (Vec::new(), Vec::new(), Vec::new());
        Self { folder: folder.into(), process: None, is, label: None, claims, remarks, next }
    }

    #[must_use]
    pub fn labelled(mut self, label: impl Into<String>) -> Self {
        self.label = Some(label.into());
        self
    }

    pub fn claim(&mut self, fact: Fact, trust: Trust, evidence: Evidence) {
        self.claims.push(Claim::new(fact, trust, evidence));
    }
}
