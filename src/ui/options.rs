//! The global flags: how plat talks.

use std::ffi::OsStr;
use std::fmt;

use clap::builder::{EnumValueParser, PossibleValue, TypedValueParser};
use clap::error::ErrorKind;
use clap::{Arg, Args, Command, ValueEnum};

/// Flags that every command takes.
#[derive(Debug, Clone, Args)]
pub struct Global {
    /// What stdout carries
    #[arg(short, long, global = true, value_name = "FORMAT", value_parser = Formats, default_value_t = Output::Text,
          help_heading = "Global options")]
    pub output: Output,
    /// When to use colour (`NO_COLOR` is honoured)
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, help_heading = "Global options")]
    pub color: Color,
    /// Say more on stderr: -v causes and steps, -vv requests (or set `RUST_LOG`)
    #[arg(short, long, global = true, action = clap::ArgAction::Count, help_heading = "Global options")]
    pub verbose: u8,
    /// Say nothing on stderr but warnings and errors
    #[arg(short, long, global = true, conflicts_with = "verbose", help_heading = "Global options")]
    pub quiet: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Output {
    /// For people
    Text,
    /// For people, with tables that are not cut to the terminal
    Wide,
    /// One JSON value a line
    Json,
    /// The same values as YAML documents
    Yaml,
}

impl fmt::Display for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.to_possible_value().as_ref().map_or("", PossibleValue::get_name))
    }
}

/// kubectl's other formats, each with an answer.
const TEMPLATES: [&str; 8] = [
    "name",
    "jsonpath",
    "jsonpath-as-json",
    "jsonpath-file",
    "go-template",
    "go-template-file",
    "custom-columns",
    "custom-columns-file",
];

/// Reads the format; what kubectl has beside is answered with what to type here.
#[derive(Debug, Clone)]
struct Formats;

impl TypedValueParser for Formats {
    type Value = Output;

    fn parse_ref(&self, command: &Command, arg: Option<&Arg>, value: &OsStr) -> Result<Output, clap::Error> {
        let format = value.to_str().and_then(|text| text.split('=').next()).unwrap_or_default();
        if TEMPLATES.contains(&format) {
            let said = format!(
                "plat has no output format {format}: take a field of its JSON, as in `{} -o json | jq -r .FIELD`\n",
                command.get_bin_name().unwrap_or("plat")
            );
            return Err(clap::Error::raw(ErrorKind::InvalidValue, said));
        }
        EnumValueParser::<Output>::new().parse_ref(command, arg, value)
    }

    fn possible_values(&self) -> Option<Box<dyn Iterator<Item = PossibleValue> + '_>> {
        Some(Box::new(Output::value_variants().iter().filter_map(ValueEnum::to_possible_value)))
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub enum Color {
    Auto,
    Always,
    Never,
}
