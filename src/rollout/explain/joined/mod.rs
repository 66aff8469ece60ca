//! A line of a log, joined with what the spec of the container and its namespace say of what the line names: a variable,
//! a file, a host, an account. What is advised is read off both, and where one of them says nothing the line stands alone.
//!
//! ```text
//! variable   a variable that the program misses, beside those that it was given
//! one_of     variables of which it wants one
//! dotnet     a key of .NET's configuration that the program misses, beside the same
//! call       an argument that it wants, a command that it does not have
//! mode       a file that others may read too
//! number     a number that it cannot read and does not name
//! value      a value that it cannot use, beside the variable that has it; an argument that it does not know
//! file       a file that it does not find, beside what is mounted
//! hides      a ConfigMap over a folder of the image; socket: one that another container makes
//! host       a host that is not found, beside the Services of the namespace
//! service    the Services of the namespace; pod_name: of one pod of a StatefulSet; awaited: what an init container waits for
//! connection one that is refused or not answered; endpoint: where it was meant to go
//! rights     what the API server refuses it, beside its account, the Roles and who has them
//! untold_rights the same where it names none
//! access     what a database or somebody else refuses it, beside its Secrets
//! database   a database that its server does not have, beside what names it and what the namespace makes
//! virtual_host one that its broker does not have, beside the same
//! setting    one that it does not know, beside what gives it
//! settings   a configuration file that it cannot use: which key of which ConfigMap, which line
//! heap       a heap that is full, beside the option that limits it
//! memory     memory that it does not get, beside the option that asks for it
//! unexpanded a reference to another variable that nothing was put in for
//! scratch    temporary files that it cannot write; url: one that it cannot read
//! stored     what is in its data folder already
//! own_login  what a server is to make its own login of, and does not accept
//! own_key    what it decrypts its own files with
//! credentials  of a cloud, with a line break, of a length that does not fit
//! origin     where it has a text from that the line names: a variable, a key, an argument
//! mentioned  what stands somewhere of an error that nothing else knows
//! line       what a line says; read: which of the last lines says something
//! sayings    what stands for itself: a table of wordings; phrases: what needs one field of the spec
//! ```

mod access;
mod awaited;
mod call;
mod connection;
mod credentials;
mod database;
mod dotnet;
mod endpoint;
mod file;
mod given;
mod heap;
mod hides;
mod host;
mod line;
mod memory;
mod mentioned;
mod mode;
mod number;
mod one_of;
mod origin;
mod own_key;
mod own_login;
mod phrases;
mod pod_name;
mod read;
mod rights;
mod sayings;
mod scratch;
mod service;
mod setting;
mod settings;
mod socket;
mod stored;
#[cfg(test)]
mod tests;
mod unexpanded;
mod untold_rights;
mod url;
mod value;
mod variable;
mod virtual_host;

pub(in crate::rollout) use awaited::waited_for;
pub(super) use line::Joined;
pub(super) use memory::{Options, options};
pub(super) use mentioned::{Mentioned, mentioned};
pub(super) use origin::keys_of_maps;
pub(in crate::rollout) use read::{join_log, join_recent};
