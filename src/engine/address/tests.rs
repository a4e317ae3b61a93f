use super::*;
use std::fs;

/// A configuration folder with the context `far` (and its certificates) chosen.
fn with_context() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let meta = folder.path().join("contexts/meta/abc");
    fs::create_dir_all(&meta).unwrap();
    fs::create_dir_all(folder.path().join("contexts/tls/abc/docker")).unwrap();
    fs::write(
        meta.join("meta.json"),
        r#"{"Name":"far","Metadata":{},"Endpoints":{"docker":{"Host":"tcp://far:2376","SkipTLSVerify":false}}}"#,
    )
    .unwrap();
    fs::write(
        folder.path().join("config.json"),
        r#"{"auths":{},"currentContext":"far"}"#,
    )
    .unwrap();
    folder
}

#[test]
fn the_order_is_that_of_docker() {
    let folder = with_context();
    let socket = folder.path().join("docker.sock");
    fs::write(&socket, "").unwrap();
    let mut environment = Environment {
        config: Some(folder.path().to_owned()),
        usual: vec!["/nowhere/docker.sock".into(), socket.clone()],
        ..Environment::default()
    };
    let text = |host, context, environment: &Environment| {
        Address::resolve(host, context, environment)
            .unwrap()
            .to_string()
    };
    let usual = format!("unix://{}", socket.display());
    assert_eq!(text(None, None, &environment), "tcp://far:2376");
    assert_eq!(text(None, Some("default"), &environment), usual);
    environment.context = Some("default".to_owned());
    assert_eq!(text(None, None, &environment), usual);
    environment.context = Some("far".to_owned());
    environment.host = Some("unix:///env.sock".to_owned());
    assert_eq!(text(None, None, &environment), "unix:///env.sock");
    assert_eq!(text(None, Some("far"), &environment), "tcp://far:2376");
    assert_eq!(
        text(Some("ssh://me@host"), Some("far"), &environment),
        "ssh://me@host"
    );
}

#[test]
fn a_context_brings_its_certificates() {
    let folder = with_context();
    let environment = Environment {
        config: Some(folder.path().to_owned()),
        ..Environment::default()
    };
    let Address::Tls(_, tls) = Address::resolve(None, None, &environment).unwrap() else {
        panic!("no TLS");
    };
    assert_eq!(tls.ca, folder.path().join("contexts/tls/abc/docker/ca.pem"));
    let error = Address::resolve(None, Some("near"), &environment).unwrap_err();
    assert_eq!(
        error.to_string(),
        "the context near: not found; there are: default, far"
    );
}

#[test]
fn addresses_get_their_ports_and_their_certificates() {
    let environment = Environment {
        tls: true,
        cert_path: Some("/certs".into()),
        ..Environment::default()
    };
    let tls = Tls::in_folder(Path::new("/certs"));
    let named = |host: &str| Address::named(host, &environment);
    assert_eq!(
        named("tcp://a").unwrap(),
        Address::Tls("a:2376".to_owned(), tls.clone())
    );
    assert_eq!(
        named("tcp://[::1]:99/").unwrap(),
        Address::Tls("[::1]:99".to_owned(), tls)
    );
    let plain = |host: &str| Address::named(host, &Environment::default());
    assert_eq!(
        plain("tcp://[::1]").unwrap(),
        Address::Tcp("[::1]:2375".to_owned())
    );
    assert_eq!(plain("/x.sock").unwrap(), Address::Unix("/x.sock".into()));
    for wrong in [
        "localhost",
        "fd://",
        "tcp://",
        "tcp://a/b",
        "ftp://a",
        "https://a",
        "ssh://me@a:ssh",
    ] {
        assert!(
            matches!(plain(wrong), Err(Error::Address { .. })),
            "{wrong}"
        );
    }
}

#[test]
fn no_engine_at_all_says_where_it_was_sought() {
    let environment = Environment {
        usual: vec!["/nowhere/a.sock".into(), "/nowhere/b.sock".into()],
        ..Environment::default()
    };
    let error = Address::resolve(None, None, &environment).unwrap_err();
    let text = error.to_string();
    assert!(
        text.contains("/nowhere/a.sock, /nowhere/b.sock") && text.contains("--host"),
        "{text}"
    );
}
