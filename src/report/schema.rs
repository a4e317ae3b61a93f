//! The JSON contracts as JSON Schema (draft 2020-12), generated from the types that are written.

use super::jsonl;
use crate::model::report::{Report, SCHEMA};
use schemars::{JsonSchema, generate::SchemaSettings};
use serde_json::Value;

/// What a reader may rely on; each schema says it.
const POLICY: &str = "All fields that are described are there; ignore those that you do not know, for later versions may add \
    some under the same name. They may add causes, kinds and findings, too. A change that breaks readers gets a new number.";

/// A contract that `whystart schema` knows.
#[derive(Debug)]
pub(crate) struct Contract {
    /// What `whystart schema` calls it.
    pub(crate) name: &'static str,
    /// The value of the field `schema`.
    pub(crate) id: &'static str,
    /// What it describes.
    pub(crate) about: &'static str,
    schema: fn() -> Value,
}

/// All contracts, the default one first.
pub(crate) static CONTRACTS: [Contract; 2] = [
    Contract {
        name: "report",
        id: SCHEMA,
        about: "The report that --format json writes",
        schema: schema::<Report>,
    },
    Contract {
        name: "startup",
        id: jsonl::SCHEMA,
        about: "A line of what --format jsonl writes",
        schema: schema::<jsonl::StartupLine>,
    },
];

impl Contract {
    /// The contract called `name`.
    #[must_use]
    pub(crate) fn named(name: &str) -> Option<&'static Self> {
        CONTRACTS.iter().find(|contract| contract.name == name)
    }

    /// Its JSON Schema.
    #[must_use]
    pub(crate) fn schema(&self) -> Value {
        let mut schema = (self.schema)();
        schema["title"] = self.id.into();
        schema["description"] = format!("{}. {POLICY}", self.about).into();
        schema
    }
}

/// The schema of what is written for a `T`.
fn schema<T: JsonSchema>() -> Value {
    let settings = SchemaSettings::draft2020_12().for_serialize();
    settings
        .into_generator()
        .into_root_schema_for::<T>()
        .to_value()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptions_are_for_readers_of_json() {
        for contract in &CONTRACTS {
            let schema = contract.schema();
            assert_eq!(
                schema["$schema"],
                "https://json-schema.org/draft/2020-12/schema"
            );
            let text = schema.to_string();
            for rust in ["[`", "`](", "::", "None`"] {
                assert!(!text.contains(rust), "{rust} in {text:#}");
            }
        }
    }

    #[test]
    fn every_field_is_described() {
        for contract in &CONTRACTS {
            let schema = contract.schema();
            let definitions = schema["$defs"].as_object().unwrap().values();
            for object in definitions.chain([&schema]) {
                for (name, field) in object["properties"].as_object().into_iter().flatten() {
                    let described = field["description"].is_string() || field["$ref"].is_string();
                    assert!(
                        described
                            || ["name", "version", "cause", "confidence", "bytes"]
                                .contains(&name.as_str()),
                        "{name}: {field}"
                    );
                }
            }
        }
    }
}
