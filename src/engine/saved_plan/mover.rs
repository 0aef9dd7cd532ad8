//! Who moved a stack since a plan was made, and when, as far as CloudFormation tells.

use super::moved::StackMove;
use crate::cloud::{Stack, StackEvent, Stacks};
use crate::foreign;
use crate::name::RunId;

/// How the console names the operations that are begun there.
///
/// Source: the CloudFormation API reference, `StackEvent`, `ClientRequestToken`.
const CONSOLE: &str = "Console-";

/// Returns in words how a stack moved, and who did it, as far as its events tell.
pub async fn why_moved(stack_move: &StackMove, found: Option<&Stack>, stacks: &Stacks) -> String {
    let by = match found {
        Some(found) => by_whom(stacks, &found.id).await,
        None => String::new(),
    };
    match stack_move {
        StackMove::Appeared => format!("a stack of its name was created{by}"),
        StackMove::Gone => "its stack is gone".to_owned(),
        StackMove::Replaced => format!("its stack was deleted and created anew{by}"),
        StackMove::Changed { at: Some(at), status } => {
            format!("its stack moved: the last operation began {at:.0}{by}, it is {status}")
        }
        StackMove::Changed { at: None, status } => format!("its stack moved{by}: it is {status}"),
    }
}

async fn by_whom(stacks: &Stacks, stack_id: &str) -> String {
    let read = stacks.events(stack_id, |page| page.iter().any(|event| event.is_stack)).await;
    // All events of an operation carry its token; an operation without one says nothing of whose it was.
    let last = read.unwrap_or_default().into_iter().find(|event: &StackEvent| event.is_stack);
    let Some(token) = last.and_then(|event| event.token) else { return String::new() };
    match run_of(&token) {
        Some(run) => format!(" by run {run}"),
        None if token.starts_with(CONSOLE) => " from the console".to_owned(),
        None => format!(" with the token {}", foreign::one_line(&token)),
    }
}

/// Returns the run whose call carried a token, if it was one of ours.
fn run_of(token: &str) -> Option<RunId> {
    let rest = token.strip_prefix("xdeploy-")?;
    let parts: Vec<&str> = rest.splitn(4, '-').collect();
    parts.get(..3)?.join("-").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_of_ours_names_its_run() {
        let run = |token| run_of(token).map(|run| run.to_string());
        let token = "xdeploy-20261123-155602-k3f9-12-update-2";
        assert_eq!(run(token).as_deref(), Some("20261123-155602-k3f9"));
        assert_eq!(run("xdeploy-x"), None);
        assert_eq!(run("Console-UpdateStack-1"), None);
    }
}
