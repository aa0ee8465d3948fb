//! Where the server listens, and what it says when it cannot.

use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;
use std::path::Path;

use headend::http::{Limits, Server, Settings};
use headend::node_handle::NodeHandle;
use tokio::net::TcpStream;

fn bind(listen: &[&str], folder: &Path) -> Result<Server, String> {
    let settings = Settings {
        listen: listen
            .iter()
            .map(|address| address.parse().unwrap())
            .collect(),
        tls: None,
        socket: folder.join("state/headend.sock"),
        limits: Limits::default(),
    };
    Server::bind(&settings, NodeHandle::new().0).map_err(|error| error.to_string())
}

#[tokio::test]
async fn the_local_socket_is_for_owner_and_group() {
    let folder = tempfile::tempdir().unwrap();
    let _server = bind(&[], folder.path()).unwrap();
    let mode = std::fs::metadata(folder.path().join("state/headend.sock"))
        .unwrap()
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o660);
}

#[tokio::test]
async fn what_a_killed_node_left_is_replaced_and_a_living_node_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let socket = folder.path().join("state/headend.sock");
    std::fs::create_dir(folder.path().join("state")).unwrap();
    drop(UnixListener::bind(&socket).unwrap());
    std::fs::write(socket.with_extension("new"), "left behind").unwrap();
    let living = bind(&[], folder.path()).unwrap();
    let error = bind(&[], folder.path()).unwrap_err();
    assert!(error.contains("another headend answers on"), "{error}");
    drop(living);
}

#[tokio::test]
async fn a_taken_port_is_named_with_what_to_do() {
    let folder = tempfile::tempdir().unwrap();
    let first = bind(&["127.0.0.1:0"], folder.path()).unwrap();
    let address = first.addresses()[0].to_string();
    let other = tempfile::tempdir().unwrap();
    let error = bind(&[&address], other.path()).unwrap_err();
    assert!(
        error.starts_with(&format!("cannot listen on {address}: ")),
        "{error}"
    );
    assert!(
        error.ends_with("choose another in [http] listen"),
        "{error}"
    );
    let elsewhere = bind(&["192.0.2.1:8080"], other.path()).unwrap_err();
    assert!(
        elsewhere.ends_with("this machine has no such address"),
        "{elsewhere}"
    );
}

#[tokio::test]
async fn all_addresses_means_both_families() {
    let folder = tempfile::tempdir().unwrap();
    let server = bind(&["[::]:0"], folder.path()).unwrap();
    let port = server.addresses()[0].port();
    TcpStream::connect(("127.0.0.1", port)).await.unwrap();
    if server.addresses()[0].is_ipv6() {
        TcpStream::connect(("::1", port)).await.unwrap();
        let other = tempfile::tempdir().unwrap();
        drop(server);
        let both = [format!("[::]:{port}"), format!("0.0.0.0:{port}")];
        let both = bind(&[&both[0], &both[1]], other.path()).unwrap();
        assert_eq!(both.addresses().len(), 2);
    }
}

#[tokio::test]
async fn a_state_folder_that_cannot_be_made_is_named() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("state"), "a file").unwrap();
    let error = bind(&[], folder.path()).unwrap_err();
    assert!(error.contains("state/headend.sock"), "{error}");
}
