//! One container takes the place of another.

use super::common::story::{Story, story};

#[test]
fn watchtower_replaces_without_a_stop_event_and_keeps_the_config_hash() {
    let labelled = |told: Story, handle: &str| {
        told.container(handle)
            .compose("shop", "web", 1)
            .named("web")
            .image("app:latest")
            .label("com.docker.compose.config-hash", "h1")
    };
    let told = labelled(story("watchtower pulled a newer image"), "old")
        .create(0)
        .start(0.3)
        .kill(60, 15)
        .die(60.4, 0)
        .destroy(60.5);
    labelled(told, "new")
        .create(60.7)
        .start(61)
        .goes_on(90)
        .report()
        .causes(&["first-start", "deployment-replacement"]);
}

#[test]
fn compose_decorates_the_name_of_the_new_container_or_of_the_old_one() {
    let new = story("Compose 2 gives the new one a name for the time being")
        .in_told_order()
        .container("old")
        .compose("shop", "web", 1)
        .create(0)
        .start(0.3)
        .container("new")
        .compose("shop", "web", 1)
        .named("aaaaaaaaaaaa_shop-web-1")
        .create(60)
        .container("old")
        .kill(60.02, 15)
        .stop(60.4)
        .die(60.41, 0)
        .destroy(60.42)
        .container("new")
        .renamed(60.43, "shop-web-1")
        .start(60.9)
        .goes_on(90);
    let old = story("Compose 1 renames the old one")
        .in_told_order()
        .container("old")
        .compose("shop", "web", 1)
        .named("shop_web_1")
        .create(0)
        .start(0.3)
        .kill(60.02, 15)
        .die(60.41, 0)
        .stop(60.42)
        .renamed(60.43, "aaaaaaaaaaaa_shop_web_1")
        .container("new")
        .compose("shop", "web", 1)
        .named("shop_web_1")
        .create(60.5)
        .start(60.9)
        .container("old")
        .destroy(61)
        .container("new")
        .goes_on(90);
    for told in [new, old] {
        told.report()
            .causes(&["first-start", "deployment-replacement"])
            .services(&["web"]);
    }
}

#[test]
fn a_failed_swarm_task_is_a_new_container_but_no_deployment() {
    let task = |told: Story, id: &str| {
        let name = format!("web.1.{id}");
        told.container(id)
            .named(&name)
            .label("com.docker.swarm.service.name", "web")
            .label("com.docker.swarm.service.id", "s1")
            .label("com.docker.swarm.task.name", &name)
    };
    let told = task(
        story("swarm replaces a failed task"),
        "mmya0lwvdgeuu7es3up35mil5",
    )
    .label("com.docker.swarm.task", "")
    .create(0)
    .start(0.3)
    .die(60, 137);
    task(told, "x1ya0lwvdgeuu7es3up35mil5")
        .label("com.docker.swarm.task", "")
        .create(60.2)
        .start(65.3)
        .goes_on(90)
        .report()
        .causes(&["first-start", "restart-policy"]);
}

#[test]
fn scaling_up_and_down_and_up_replaces_nothing() {
    let replica = |told: Story, handle: &str, number: u32| {
        told.container(handle)
            .compose("shop", "api", number)
            .label("com.docker.compose.config-hash", "c0ffee")
    };
    let told = replica(story("scaled up, down, and up"), "first", 1).ran(0);
    let told = replica(told, "second", 2).ran(9);
    let told = replica(told, "third", 3).ran(9.1);
    let told = told
        .container("second")
        .stopped(20)
        .destroy(20.5)
        .container("third")
        .stopped(20.1)
        .destroy(20.6);
    replica(told, "second again", 2).ran(30).report().causes(&[
        "first-start",
        "scale-out",
        "scale-out",
        "scale-out",
    ]);
}

#[test]
fn a_name_taken_over_is_a_replacement() {
    story("the new one runs beside the old one first")
        .container("api")
        .ran(0)
        .container("api-new")
        .ran(9)
        .container("api")
        .stopped(15)
        .destroy(15.5)
        .container("api-new")
        .renamed(15.7, "api")
        .report()
        .causes(&["first-start", "deployment-replacement"]);
}
