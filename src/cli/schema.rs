//! Prints the JSON Schema of what the program writes.

use super::{exit::Status, output, streams::Streams};
use crate::report::schema::{CONTRACTS, Contract};
use clap::builder::{PossibleValue, PossibleValuesParser, TypedValueParser};

/// Arguments of `schema`.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct SchemaArgs {
    /// The output to describe
    #[arg(value_name = "CONTRACT", default_value = CONTRACTS[0].name, value_parser = contract_parser())]
    contract: &'static Contract,
}

/// Prints the schema that is asked for.
pub(super) fn run(args: &SchemaArgs, streams: &Streams) -> anyhow::Result<Status> {
    output::to_stdout(streams, |out| {
        serde_json::to_writer_pretty(&mut *out, &args.contract.schema())?;
        writeln!(out)
    })?;
    Ok(Status::Clean)
}

/// The names of the contracts, each with what it describes.
fn contract_parser() -> impl TypedValueParser<Value = &'static Contract> {
    let names = CONTRACTS
        .iter()
        .map(|contract| PossibleValue::new(contract.name).help(contract.about));
    PossibleValuesParser::new(names)
        .try_map(|name| Contract::named(&name).ok_or("no contract has this name"))
}
