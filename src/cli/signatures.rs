//! `signatures list` and `signatures test`: the only place of the command line that knows packs.

use super::{
    args::{SignaturesAction, SignaturesArgs},
    exit::Status,
    output,
    streams::Streams,
};
use anyhow::bail;
use std::io::{self, BufRead as _};

/// Lists the signatures, or shows what lines are recognised as. A line that nothing recognises
/// makes the status 1, so that a script can ask.
pub(super) fn run(action: &SignaturesAction, streams: &Streams) -> anyhow::Result<Status> {
    match action {
        SignaturesAction::List(args) => {
            let list = list(args)?;
            output::to_stdout(streams, |out| out.write_all(list.as_bytes()))?;
            Ok(Status::Clean)
        }
        SignaturesAction::Test { line, args } => {
            let lines = match line {
                Some(line) => vec![line.clone().into_bytes()],
                None => io::stdin().lock().split(b'\n').collect::<Result<_, _>>()?,
            };
            let mut status = Status::Clean;
            for line in &lines {
                match recognise(args, line)? {
                    Some(answer) => output::to_stdout(streams, |out| writeln!(out, "{answer}"))?,
                    None => status = status.merge(Status::Found),
                }
            }
            Ok(status)
        }
    }
}

/// All signatures, built in and the user's, as text.
fn list(_args: &SignaturesArgs) -> anyhow::Result<String> {
    bail!("the signature packs cannot be listed yet")
}

/// What `line` is recognised as, in one line; `None` when it is nothing.
fn recognise(_args: &SignaturesArgs, _line: &[u8]) -> anyhow::Result<Option<String>> {
    bail!("the signature packs cannot be tried yet")
}
