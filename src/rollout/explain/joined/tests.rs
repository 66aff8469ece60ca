use super::{join_log, mentioned};
use crate::rollout::explain::line_cases::wrong;

#[test]
fn a_line_is_joined_with_what_the_spec_says() {
    let wrong = wrong(include_str!("cases.yaml"), |container, log| {
        let (_, joined) = join_log(container, log)?;
        Some((format!("{}\n{}", joined.what, joined.facts.join("\n")), joined.hint))
    });
    assert!(wrong.is_empty(), "{wrong}");
}

#[test]
fn what_no_wording_knows_stands_somewhere() {
    let wrong = wrong(include_str!("mentioned_cases.yaml"), |container, log| {
        let mentioned = mentioned(container, log);
        Some((mentioned.facts.join("\n"), mentioned.hint?))
    });
    assert!(wrong.is_empty(), "{wrong}");
}
