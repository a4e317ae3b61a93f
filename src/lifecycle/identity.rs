//! Which service a container belongs to, and which replica of it it is.

use super::Container;
use super::ids::{SHORT_ID, is_hex};
use std::collections::{BTreeMap, BTreeSet};

/// What ties containers of one service together.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Identity {
    /// The key: equal for containers of the same service.
    pub key: ServiceKey,
    /// The service's name for people.
    pub service: String,
    /// The replica: two containers with the same one follow each other. `None` when replicas are
    /// not told apart.
    pub slot: Option<String>,
    /// What manages the service, in one word for people.
    pub platform: Platform,
}

/// The key of a service: its scope (a project, a swarm, a platform) and its name in it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ServiceKey {
    /// Where the name is valid.
    pub scope: String,
    /// The name.
    pub name: String,
}

/// What manages a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Platform {
    /// Nothing but the engine: `docker run` and the like.
    Engine,
    /// Docker Compose.
    Compose,
    /// A swarm.
    Swarm,
    /// A deployment platform that labels its containers.
    Coolify,
    /// A kubelet, through cri-dockerd.
    Kubernetes,
}

impl Platform {
    /// The platform's name in a sentence.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Platform::Engine => "docker",
            Platform::Compose => "docker compose",
            Platform::Swarm => "swarm",
            Platform::Coolify => "coolify",
            Platform::Kubernetes => "kubelet",
        }
    }
}

/// Characters of a swarm task or node id.
const SWARM_ID: usize = 25;

/// The identities of `containers`, in their order. Names without labels mean more together than
/// alone: `x-old` beside `x`, `x_1` beside `x_2`.
#[must_use]
pub(crate) fn identify_all(containers: &[Container]) -> Vec<Identity> {
    let mut identities: Vec<Identity> = containers.iter().map(identify).collect();
    follow_taken_names(&mut identities, containers);
    join_coolify_names(&mut identities, containers);
    join_plain_names(&mut identities, containers);
    identities
}

/// Whether a service is known by its containers' names alone.
fn is_plain(identity: &Identity) -> bool {
    identity.key.scope == BY_NAME
}

fn plain_names(identities: &[Identity]) -> BTreeSet<String> {
    let plain = identities.iter().filter(|identity| is_plain(identity));
    plain.map(|identity| identity.service.clone()).collect()
}

/// A name that a container took over from another says more than the name it began with.
fn follow_taken_names(identities: &mut [Identity], containers: &[Container]) {
    let first_names = plain_names(identities);
    for (identity, container) in identities.iter_mut().zip(containers) {
        let taken = container
            .names
            .iter()
            .skip(1)
            .map(|(_, name)| undecorated(name))
            .rfind(|name| *name != identity.service && first_names.contains(*name));
        if let Some(taken) = taken.filter(|_| is_plain(identity)) {
            taken.clone_into(&mut identity.key.name);
            taken.clone_into(&mut identity.service);
        }
    }
}

/// Containers whose names are Coolify's belong to the application that others have in their labels.
fn join_coolify_names(identities: &mut [Identity], containers: &[Container]) {
    let deployed: BTreeMap<String, Identity> = containers
        .iter()
        .zip(identities.iter())
        .filter(|(_, identity)| identity.key.scope == "coolify")
        .filter_map(|(container, identity)| {
            let application = coolify_deployment(container.name()?)?;
            Some((application.to_owned(), identity.clone()))
        })
        .collect();
    for identity in identities {
        if identity.key.scope == "coolify-name"
            && let Some(known) = deployed.get(&identity.key.name)
        {
            *identity = known.clone();
        }
    }
}

/// The services of Compose with several containers, by what a container's name begins with.
fn compose_names(identities: &[Identity]) -> BTreeMap<String, Identity> {
    identities
        .iter()
        .filter(|identity| identity.platform == Platform::Compose && identity.slot.is_some())
        .filter_map(|identity| Some((identity.key.scope.strip_prefix("compose/")?, identity)))
        .flat_map(|(project, identity)| {
            ['_', '-'].map(|mark| {
                (
                    format!("{project}{mark}{}{mark}", identity.key.name),
                    identity.clone(),
                )
            })
        })
        .collect()
}

/// Joins containers without labels into services by what their names have in common.
fn join_plain_names(identities: &mut [Identity], containers: &[Container]) {
    let names = plain_names(identities);
    let generations = count(&names, generation);
    let replicas = count(&names, |name| replica(name).map(|(base, _)| base));
    // Several of the names have this base.
    let several = |counts: &BTreeMap<String, usize>, base: &str| {
        counts.get(base).is_some_and(|count| *count > 1)
    };
    // Some containers of a Compose service may lack their labels in the evidence.
    let composed = compose_names(identities);
    for (identity, container) in identities
        .iter_mut()
        .zip(containers)
        .filter(|(identity, _)| is_plain(identity))
    {
        if let Some((base, number)) = replica(&identity.service)
            && let Some(known) = composed.get(base)
        {
            // One with labels of its own lacks Compose's: it took the name, and others made it.
            let platform = if container.labels.is_empty() {
                known.platform
            } else {
                Platform::Engine
            };
            *identity = Identity {
                slot: Some(number.to_owned()),
                platform,
                ..known.clone()
            };
            continue;
        }
        let service = &identity.service;
        let base = set_aside(service)
            .filter(|base| names.contains(*base))
            .or_else(|| {
                generation(service)
                    .filter(|base| several(&generations, base) || names.contains(*base))
            });
        if let Some(base) = base {
            let base = base.to_owned();
            identity.key.name.clone_from(&base);
            identity.service = base;
        } else if let Some((base, number)) = replica(service)
            && several(&replicas, base)
            && names.contains(&format!("{base}1"))
        {
            let number = number.to_owned();
            let base = base.trim_end_matches(['-', '_']).to_owned();
            identity.key.name.clone_from(&base);
            identity.service = base;
            identity.slot = Some(number);
        }
    }
}

/// How many names each base has.
fn count(names: &BTreeSet<String>, base_of: fn(&str) -> Option<&str>) -> BTreeMap<String, usize> {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for base in names.iter().filter_map(|name| base_of(name)) {
        match counts.get_mut(base) {
            Some(count) => *count += 1,
            None => {
                counts.insert(base.to_owned(), 1);
            }
        }
    }
    counts
}

/// The scope of services that are known by their container's name alone.
const BY_NAME: &str = "name";

/// The name that a container had before it was set aside for a new one.
#[must_use]
pub(crate) fn set_aside(name: &str) -> Option<&str> {
    [
        "-old",
        "_old",
        ".old",
        "-prev",
        "_prev",
        "-previous",
        "_previous",
        "-retired",
    ]
    .into_iter()
    .find_map(|suffix| name.strip_suffix(suffix))
}

/// `<base>-blue`, `<base>-v12`, `<base>-<revision>`: names that tell deployments of one service apart.
fn generation(name: &str) -> Option<&str> {
    let (base, last) = name.rsplit_once(['-', '_'])?;
    let version = last.strip_prefix('v').is_some_and(|digits| {
        !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit() || b == b'.')
    });
    let revision = last.len() >= 7 && is_hex(last) && last.bytes().any(|b| b.is_ascii_digit());
    (matches!(last, "blue" | "green") || version || revision)
        .then_some(base)
        .filter(|base| !base.is_empty())
}

/// `<base>-<n>` or `<base>_<n>` with a small number: the base with its separator, and the number.
fn replica(name: &str) -> Option<(&str, &str)> {
    let at = name.rfind(['-', '_'])? + 1;
    let (base, number) = name.split_at(at);
    let small = (1..=2).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit());
    small.then_some((base, number))
}

/// The identity of `container`, judged alone.
#[must_use]
fn identify(container: &Container) -> Identity {
    let name = container
        .names
        .first()
        .map_or(container.short_id(), |(_, name)| name.as_str());
    from_labels(&container.labels).unwrap_or_else(|| from_name(name))
}

/// By labels, the surest. Sources: `docker/compose pkg/api/labels.go`, swarmkit's labels, Coolify's
/// `bootstrap/helpers/docker.php`.
fn from_labels(labels: &BTreeMap<String, String>) -> Option<Identity> {
    let label = |key: &str| labels.get(key).filter(|value| !value.is_empty());
    if let Some(service) = label("com.docker.swarm.service.name") {
        let task = label("com.docker.swarm.task.name").map_or("", String::as_str);
        let slot = task
            .strip_prefix(service.as_str())
            .and_then(|rest| rest.strip_prefix('.'))
            .and_then(|rest| rest.split('.').next());
        return Some(identity("swarm", service, service, slot, Platform::Swarm));
    }
    // Before Compose's: the platform deploys with Compose and names each deployment anew.
    let platform = [
        "coolify.applicationId",
        "coolify.serviceId",
        "coolify.databaseId",
    ]
    .into_iter()
    .find_map(|key| label(key).map(|id| (key, id)))
    .or_else(|| label("coolify.name").map(|id| ("coolify.name", id)));
    if let Some((key, id)) = platform {
        let preview = label("coolify.pullRequestId").filter(|id| *id != "0");
        let part = label("com.docker.compose.service").filter(|_| key == "coolify.serviceId");
        let mut unique = format!("{key}={id}");
        for extra in [preview, part].into_iter().flatten() {
            unique.push('/');
            unique.push_str(extra);
        }
        let shown = label("coolify.serviceName")
            .or_else(|| label("coolify.resourceName"))
            .or_else(|| label("coolify.name"))
            .unwrap_or(id);
        return Some(identity("coolify", &unique, shown, None, Platform::Coolify));
    }
    let service = label("com.docker.compose.service")?;
    let project = label("com.docker.compose.project").map_or("", String::as_str);
    let slot = label("com.docker.compose.container-number").map(String::as_str);
    let one_off =
        label("com.docker.compose.oneoff").is_some_and(|value| value.eq_ignore_ascii_case("true"));
    if one_off {
        // `docker compose run`: a job of its own, never a replica of the service.
        let name = format!("{service} (run)");
        let slug = label("com.docker.compose.slug").map(String::as_str);
        return Some(identity(
            &format!("compose-run/{project}"),
            &name,
            &name,
            slug.or(slot),
            Platform::Compose,
        ));
    }
    Some(identity(
        &format!("compose/{project}"),
        service,
        service,
        slot,
        Platform::Compose,
    ))
}

fn identity(
    scope: &str,
    key: &str,
    shown: &str,
    slot: Option<&str>,
    platform: Platform,
) -> Identity {
    Identity {
        key: ServiceKey {
            scope: scope.to_owned(),
            name: key.to_owned(),
        },
        service: shown.to_owned(),
        slot: slot.map(str::to_owned),
        platform,
    }
}

/// By name, with the decorations of recreation and of platforms undone.
#[must_use]
pub fn from_name(name: &str) -> Identity {
    let name = undecorated(name.trim_start_matches('/'));
    if let Some((service, slot)) = swarm_task(name) {
        return identity("swarm", service, service, Some(slot), Platform::Swarm);
    }
    if let Some(rest) = name.strip_prefix("k8s_") {
        // k8s_<container>_<pod>_<namespace>_<uid>_<attempt>; the pod's name changes per replica.
        let parts: Vec<&str> = rest.split('_').collect();
        if let [container, pod, namespace, _, _] = parts[..] {
            let shown = if container == "POD" { pod } else { container };
            return identity(
                &format!("k8s/{namespace}/{pod}"),
                container,
                shown,
                Some(pod),
                Platform::Kubernetes,
            );
        }
    }
    if let Some(application) = coolify_deployment(name) {
        return identity(
            "coolify-name",
            application,
            application,
            None,
            Platform::Coolify,
        );
    }
    identity(BY_NAME, name, name, None, Platform::Engine)
}

/// Undoes `<old id12>_<name>`, which Compose gives the old (before 2.16) or the new container
/// while it recreates.
#[must_use]
pub(crate) fn undecorated(name: &str) -> &str {
    match name.split_at_checked(SHORT_ID) {
        Some((id, rest)) if is_hex(id) => rest.strip_prefix('_').unwrap_or(name),
        _ => name,
    }
}

/// `<service>.<slot or node>.<task>` of a swarm.
fn swarm_task(name: &str) -> Option<(&str, &str)> {
    let (front, task) = name.rsplit_once('.')?;
    let (service, slot) = front.rsplit_once('.')?;
    let is_swarm_id = |text: &str| {
        text.len() == SWARM_ID
            && text
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
    };
    let is_slot = !slot.is_empty() && slot.bytes().all(|b| b.is_ascii_digit());
    (is_swarm_id(task) && (is_slot || is_swarm_id(slot))).then_some((service, slot))
}

/// `<application uuid>-<time of day in microseconds>`: the application part of a Coolify name.
fn coolify_deployment(name: &str) -> Option<&str> {
    let (application, moment) = name.rsplit_once('-')?;
    let uuid = application.len() >= 20
        && application
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        && application.bytes().any(|b| b.is_ascii_digit());
    let digits = (9..=12).contains(&moment.len()) && moment.bytes().all(|b| b.is_ascii_digit());
    (uuid && digits).then_some(application)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs
            .iter()
            .map(|(k, v)| ((*k).to_owned(), (*v).to_owned()))
            .collect()
    }

    #[test]
    fn recreate_decorations_are_undone() {
        assert_eq!(undecorated("002ace15542e_pms_backend_1"), "pms_backend_1");
        assert_eq!(undecorated("pms_backend_1"), "pms_backend_1");
        assert_eq!(undecorated("deadbeefcafe"), "deadbeefcafe");
    }

    #[test]
    fn swarm_tasks_are_told_by_name_or_label() {
        let by_name = from_name("shop_api.2.mmya0lwvdgeuu7es3up35mil5");
        assert_eq!(by_name.service, "shop_api");
        assert_eq!(by_name.slot.as_deref(), Some("2"));
        let by_label = from_labels(&labels(&[
            ("com.docker.swarm.service.name", "shop_api"),
            (
                "com.docker.swarm.task.name",
                "shop_api.2.mmya0lwvdgeuu7es3up35mil5",
            ),
        ]))
        .unwrap();
        assert_eq!(by_label, by_name);
        assert_eq!(from_name("a.b.c").service, "a.b.c");
    }

    #[test]
    fn a_platform_that_renames_each_deployment_is_one_service() {
        let a = from_name("q8sk0ccgk4w0scw8o0gs4c0s-101213456789");
        let b = from_name("q8sk0ccgk4w0scw8o0gs4c0s-104455000321");
        assert_eq!(a.key, b.key);
        assert_eq!(from_name("api-101213456789").service, "api-101213456789");
    }

    #[test]
    fn a_container_whose_labels_lack_composes_was_not_made_by_compose() {
        let container = |id: &str, own: &[(&str, &str)]| Container {
            names: vec![(None, "shop_api_1".to_owned())],
            labels: labels(own),
            ..Container::new(id.to_owned())
        };
        let composed = [
            ("com.docker.compose.project", "shop"),
            ("com.docker.compose.service", "api"),
            ("com.docker.compose.container-number", "1"),
        ];
        let identities = identify_all(&[
            container("a", &composed),
            container("b", &[("maintainer", "somebody")]),
            container("c", &[]),
        ]);
        let platforms = identities.iter().map(|identity| identity.platform);
        assert_eq!(
            platforms.collect::<Vec<_>>(),
            [Platform::Compose, Platform::Engine, Platform::Compose]
        );
        assert!(
            identities
                .iter()
                .all(|other| other.key == identities[0].key)
        );
    }

    #[test]
    fn compose_replicas_differ_in_slot_and_projects_in_key() {
        let one = from_labels(&labels(&[
            ("com.docker.compose.project", "shop"),
            ("com.docker.compose.service", "api"),
            ("com.docker.compose.container-number", "1"),
        ]))
        .unwrap();
        let other = from_labels(&labels(&[
            ("com.docker.compose.project", "blog"),
            ("com.docker.compose.service", "api"),
        ]))
        .unwrap();
        assert_eq!(
            (one.service.as_str(), one.slot.as_deref()),
            ("api", Some("1"))
        );
        assert_ne!(one.key, other.key);
    }
}
