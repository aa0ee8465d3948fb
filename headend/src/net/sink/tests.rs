use std::net::UdpSocket;
use std::time::Duration;

use super::super::lab::{Host, output};
use super::*;

#[test]
fn datagrams_arrive_in_order_with_their_ttl_and_dscp() {
    let (a, b) = Host::pair();
    b.sh("iptables -A INPUT -m ttl --ttl-eq 7 -m dscp --dscp 34 -p udp");
    let receiver = b.run(|| UdpSocket::bind("10.9.0.2:5000").unwrap());
    receiver
        .set_read_timeout(Some(Duration::from_secs(5)))
        .unwrap();
    let mut plan = output("10.9.0.2:5000", None);
    (plan.ttl, plan.dscp) = (7, 34);
    let mut sink = a.run(|| Sink::open(&plan)).unwrap();
    let datagrams: Vec<[u8; 4]> = (0u32..150).map(u32::to_be_bytes).collect();
    sink.send(datagrams.iter().map(|d| &d[..]));
    let mut buffer = [0; 16];
    for expected in &datagrams {
        let len = receiver.recv(&mut buffer).unwrap();
        assert_eq!(&buffer[..len], expected);
    }
    assert_eq!(
        (
            sink.counters().datagrams,
            sink.counters().bytes,
            sink.counters().errors
        ),
        (150, 600, 0)
    );
    let seen = b.output("iptables -nvxL INPUT");
    assert!(seen.contains("     150 "), "{seen}");
}

#[test]
fn a_receiver_that_is_gone_costs_no_datagram_but_those_it_missed() {
    let host = Host::new();
    host.run(|| {
        let mut sink = Sink::open(&output("127.0.0.1:5000", None)).unwrap();
        // Each of these is answered by ICMP, and each answer is told at the next send.
        for _ in 0..10 {
            sink.send([&[0x47; 188][..]]);
        }
        let receiver = UdpSocket::bind("127.0.0.1:5000").unwrap();
        receiver
            .set_read_timeout(Some(Duration::from_secs(5)))
            .unwrap();
        sink.send([&[0x11; 188][..], &[0x22; 188][..]]);
        let mut buffer = [0; 188];
        for first in [0x11, 0x22] {
            receiver.recv(&mut buffer).unwrap();
            assert_eq!(buffer[0], first);
        }
        assert_eq!((sink.counters().datagrams, sink.counters().errors), (12, 0));
    });
}

#[test]
fn what_the_kernel_refuses_is_counted_and_the_rest_goes_on() {
    let host = Host::new();
    host.run(|| {
        let receiver = UdpSocket::bind("127.0.0.1:5000").unwrap();
        receiver
            .set_read_timeout(Some(Duration::from_secs(5)))
            .unwrap();
        let mut sink = Sink::open(&output("127.0.0.1:5000", None)).unwrap();
        let too_long = vec![0; 65_600];
        sink.send([&[1][..], &too_long, &[2]]);
        let mut buffer = [0; 188];
        for first in [1, 2] {
            receiver.recv(&mut buffer).unwrap();
            assert_eq!(buffer[0], first);
        }
        let counters = sink.counters();
        assert_eq!((counters.datagrams, counters.errors), (2, 1));
        assert_eq!(counters.last_error, Some(libc::EMSGSIZE));
    });
}

#[test]
fn what_cannot_be_opened_says_what_to_do() {
    let (a, _b) = Host::pair();
    let refused = |address: &str, interface: Option<&str>| {
        a.run(|| {
            Sink::open(&output(address, interface))
                .err()
                .unwrap()
                .to_string()
        })
    };
    let unknown = refused("239.1.1.1:5000", Some("eth77"));
    assert!(
        unknown.contains("eth77") && unknown.contains("v0 (10.9.0.1"),
        "{unknown}"
    );
    let nowhere = refused("239.1.1.1:5000", None);
    assert!(nowhere.contains("needs an `interface`"), "{nowhere}");
    let routeless = refused("10.200.0.1:5000", None);
    assert!(
        routeless.contains("no route to 10.200.0.1:5000"),
        "{routeless}"
    );
    let broadcast = refused("255.255.255.255:5000", Some("v0"));
    assert!(broadcast.contains("no permission"), "{broadcast}");
}
