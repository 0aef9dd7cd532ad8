//! The pages of `docs/` whose commands need the AWS CLI.

use crate::docs::commands::{pages_with_aws, run_all};
use crate::support::peers::program;

#[test]
fn every_command_that_needs_the_aws_cli_does_what_its_page_says() {
    let aws = program("aws");
    let pages = pages_with_aws(true);
    assert!(pages.len() >= 8, "the pages use it");
    run_all(&pages, aws.parent());
}
