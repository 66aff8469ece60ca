//! `plat new`: a template and answers -> a project.
//!
//! ```text
//! answers    the answers to all questions                     pure
//! embedded   the folders of templates/, inside the binary
//! template   template.yaml: questions, conditions, next steps      pure
//! question   one question: types, checks, text -> value            pure
//! given      what --answers and --set say, and what is wrong there pure
//! interview  given answers, a person's, defaults -> all answers    pure
//! render     template + answers -> files                           pure
//! refusal    what was wrong -> an error
//! write      files -> a folder: beside, then renamed
//! repository git init, where there is none around
//! ```
//!
//! A template is a folder; adding one needs no Rust (docs/templates.md).

mod answers;
mod embedded;
mod given;
mod interview;
mod question;
mod refusal;
mod render;
mod repository;
mod template;
mod write;

pub use answers::Answers;
pub use embedded::templates;
pub use given::Given;
pub use interview::{Interviewer, settle};
pub use question::{Question, QuestionType};
pub use render::{RenderedFile, example, next_steps, render};
pub use repository::Repository;
pub use template::Template;
pub use write::{Destination, create};
