use super::os_error;
use crate::rollout::explain::line_cases::wrong;

#[test]
fn what_is_refused_is_mended_only_as_the_spec_shows() {
    let wrong = wrong(include_str!("cases.yaml"), |container, log| {
        let (_, error) = os_error(container, log)?;
        Some((error.what, error.hint))
    });
    assert!(wrong.is_empty(), "{wrong}");
}
