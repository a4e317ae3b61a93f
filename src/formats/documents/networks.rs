//! `docker network inspect`, and podman's. Source: moby `api/types/network`, podman
//! `libnetwork/types/network.go`.

use super::lines::{Lines, Problems};
use super::located::Json;
use super::objects;
use super::{Head, Parsed};
use crate::model::{Cited, InputId, LineFault, NetworkSnapshot};

/// Reads all networks of a document: an array, one object, several of either after each other.
pub(super) fn parse(input: InputId, bytes: &[u8]) -> Parsed<NetworkSnapshot> {
    let lines = Lines::new(bytes);
    let mut problems = Problems::default();
    let mut records = Vec::new();
    objects::for_each(bytes, &lines, &mut problems, |json, at| {
        let value = network(json).ok_or(LineFault::NotNetwork)?;
        records.push(Cited {
            value,
            citation: lines.cite(input, lines.index_at(at), None),
        });
        Ok(())
    });
    Parsed {
        records,
        problems: problems.into_list(),
        lines: lines.count(),
    }
}

fn network(json: &Json<'_>) -> Option<NetworkSnapshot> {
    // Containers have both as well; volumes have no id.
    if json.member(&["State"]).is_some() || json.member(&["Config"]).is_some() {
        return None;
    }
    let text = |docker, podman| {
        [docker, podman]
            .into_iter()
            .find_map(|key| json.get(&[key])?.str())
            .map(str::to_owned)
    };
    let mut containers: Vec<String> = ["Containers", "containers"]
        .into_iter()
        .filter_map(|key| json.get(&[key]))
        .flat_map(Json::members)
        .map(|container| container.key.clone().into_owned())
        // The load balancer of a swarm network is in the list under a name of its own.
        .filter(|id| id.len() >= 12 && id.bytes().all(|byte| byte.is_ascii_hexdigit()))
        .collect();
    containers.sort_unstable();
    containers.dedup();
    Some(NetworkSnapshot {
        id: text("Id", "id")?,
        name: text("Name", "name")?,
        containers,
    })
}

/// Whether a document is `docker network inspect` output, or podman's.
pub(super) fn claims(head: &Head<'_>) -> bool {
    let docker = head.has("Name")
        && head.has("Id")
        && head.has_any(&["IPAM", "Containers", "Scope", "Driver"]);
    let podman = head.has("name")
        && head.has("id")
        && head.has_any(&["subnets", "network_interface", "ipam_options"]);
    docker || podman
}

#[cfg(test)]
pub(super) const SAMPLES: &[&str] = &[
    r#"[{"Name":"bridge","Id":"d2","Scope":"local"}]"#,
    r#"[{"name":"podman","id":"2f","driver":"bridge","network_interface":"podman0"}]"#,
];

#[cfg(test)]
pub(super) const COUNTER_SAMPLES: &[&str] = &[
    r#"[{"Name":"a","Mountpoint":"/x","Driver":"local","Scope":"local"}]"#,
    r#"[{"Id":"82","Name":"/a","State":{},"Driver":"overlay2"}]"#,
];

#[cfg(test)]
mod tests {
    use super::*;

    const PAIR: &str = r#"[
    {
        "Name": "bridge",
        "Id": "d2138fd7b9bc",
        "Driver": "bridge",
        "Containers": {},
        "Labels": {}
    },
    {
        "Name": "pms_net",
        "Id": "6f8fd9ff7568",
        "ConfigFrom": {"Network": ""},
        "Containers": {
            "9a37b24dd3ee67fb": {"Name": "database"},
            "1df37d801ee7ddbb": {"Name": "pms-backend"},
            "lb-pms_net": {"Name": "pms_net-endpoint"}
        }
    }
]
"#;

    #[test]
    fn networks_and_their_containers() {
        let parsed = parse(InputId(3), PAIR.as_bytes());
        assert_eq!(parsed.problems, []);
        assert_eq!(parsed.records.len(), 2);
        let second = &parsed.records[1];
        assert_eq!(second.value.name, "pms_net");
        assert_eq!(second.value.id, "6f8fd9ff7568");
        assert_eq!(
            second.value.containers,
            ["1df37d801ee7ddbb", "9a37b24dd3ee67fb"]
        );
        assert_eq!(second.citation.place.line, 9);
        assert_eq!(second.citation.text.as_bytes(), b"    {");
    }

    #[test]
    fn podmans_are_in_lower_case() {
        let text = br#"[{"name":"podman","id":"2f259bab93aaaaa2","driver":"bridge","containers":{"1df37d801ee7ddbb":{"name":"a"}}}]"#;
        let parsed = parse(InputId(0), text);
        assert_eq!(parsed.records[0].value.name, "podman");
        assert_eq!(parsed.records[0].value.containers, ["1df37d801ee7ddbb"]);
    }

    #[test]
    fn what_is_no_network_is_a_problem() {
        for text in [
            r#"{"Name":"a","Mountpoint":"/x"}"#,
            r#"{"Id":"1","Name":"/a","State":{}}"#,
            "{",
            "Error: no such network",
        ] {
            let parsed = parse(InputId(0), text.as_bytes());
            assert_eq!(
                (parsed.records.len(), parsed.problems.len()),
                (0, 1),
                "{text}"
            );
        }
        // The first network of a document that was cut.
        let parsed = parse(InputId(0), &PAIR.as_bytes()[..200]);
        assert_eq!((parsed.records.len(), parsed.problems.len()), (1, 1));
    }
}
