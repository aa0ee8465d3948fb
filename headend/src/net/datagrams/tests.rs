use std::net::UdpSocket;
use std::time::Duration;

use super::super::lab::{Host, gather, ip, output, wait_for};
use super::super::{Sink, clock};
use super::*;

fn place<'a>(address: &str, interface: Option<&'a str>, from: Option<&str>) -> Place<'a> {
    Place {
        address: address.parse().unwrap(),
        interface,
        from: from.map(ip),
    }
}

fn open(place: Place<'_>) -> Receiver {
    Receiver::open(place, clock::now()).unwrap()
}

/// Sends ten datagrams from `a` to the group on `address` and counts those that `receiver` gets.
fn ten_arrive(a: &Host, address: &str, receiver: &mut Receiver) -> usize {
    let mut sink = a.run(|| Sink::open(&output(address, Some("v0")))).unwrap();
    sink.send([&[0x47; 1316][..]; 10]);
    assert_eq!(sink.counters().datagrams, 10, "{:?}", sink.counters());
    let mut batch = Batch::new();
    gather(10, Duration::from_millis(500), |now| {
        receiver.receive(now, &mut batch).unwrap()
    })
}

#[test]
fn a_group_is_received_from_any_source_over_ipv4_and_ipv6() {
    let (a, b) = Host::pair();
    for address in ["239.1.1.1:5000", "[ff15::1]:5000", "[ff02::77]:5000"] {
        for interface in ["v1", "10.9.0.2", "fd09::2"] {
            let mut receiver = b.run(|| open(place(address, Some(interface), None)));
            assert_eq!(
                ten_arrive(&a, address, &mut receiver),
                10,
                "{address} on {interface}"
            );
        }
    }
}

#[test]
fn a_source_specific_group_is_received_from_its_source_alone() {
    let (a, b) = Host::pair();
    for (address, right, wrong) in [
        ("232.1.1.1:5000", "10.9.0.1", "10.9.0.77"),
        ("[ff35::1]:5000", "fd09::1", "fd09::77"),
    ] {
        let mut good = b.run(|| open(place(address, Some("v1"), Some(right))));
        let mut bad = b.run(|| open(place(address, Some("v1"), Some(wrong))));
        assert_eq!(
            ten_arrive(&a, address, &mut good),
            10,
            "{address} from {right}"
        );
        let mut batch = Batch::new();
        let stray = gather(1, Duration::from_millis(100), |now| {
            bad.receive(now, &mut batch).unwrap()
        });
        assert_eq!(stray, 0, "{address} from {wrong}");
    }
}

#[test]
fn another_group_on_the_same_port_does_not_leak_in() {
    let (a, b) = Host::pair();
    for (ours, theirs) in [
        ("239.1.1.1:5000", "239.1.1.2:5000"),
        ("[ff15::1]:5000", "[ff15::2]:5000"),
    ] {
        let mut ours_in = b.run(|| open(place(ours, Some("v1"), None)));
        let mut theirs_in = b.run(|| open(place(theirs, Some("v1"), None)));
        assert_eq!(ten_arrive(&a, theirs, &mut theirs_in), 10);
        let mut batch = Batch::new();
        let stray = gather(1, Duration::from_millis(100), |now| {
            ours_in.receive(now, &mut batch).unwrap()
        });
        assert_eq!(stray, 0, "{theirs} leaked into {ours}");
    }
}

#[test]
fn a_group_joined_on_another_interface_is_not_heard_here() {
    let (a, b) = Host::pair();
    b.sh("ip link add d0 type veth peer name d1 && ip link set d1 up && ip addr add 10.8.0.1/24 dev d0 && ip link set d0 up");
    let mut elsewhere = b.run(|| open(place("239.1.1.1:5000", Some("d0"), None)));
    let mut here = b.run(|| open(place("239.1.1.1:5000", Some("v1"), None)));
    assert_eq!(ten_arrive(&a, "239.1.1.1:5000", &mut here), 10);
    let mut batch = Batch::new();
    assert_eq!(elsewhere.receive(clock::now(), &mut batch).unwrap(), 0);
}

#[test]
fn datagrams_of_every_length_arrive_whole() {
    let host = Host::new();
    let (mut receiver, sender) = host.run(|| {
        let receiver = open(place("127.0.0.1:5000", None, None));
        let sender = UdpSocket::bind("127.0.0.1:0").unwrap();
        sender.connect("127.0.0.1:5000").unwrap();
        (receiver, sender)
    });
    let lengths = [0, 1, 188, 1316, 1500, 65_507];
    for len in lengths {
        sender.send(&vec![0xa5; len]).unwrap();
    }
    let mut batch = Batch::new();
    let mut seen = Vec::new();
    gather(lengths.len(), Duration::from_secs(5), |now| {
        let n = receiver.receive(now, &mut batch).unwrap();
        seen.extend(batch.iter().map(|(_, bytes)| {
            assert!(bytes.iter().all(|&b| b == 0xa5));
            bytes.len()
        }));
        n
    });
    assert_eq!(seen, lengths);
    assert_eq!(
        receiver.counters().bytes,
        lengths.iter().sum::<usize>() as u64
    );
}

#[test]
fn drops_of_the_socket_are_counted_exactly() {
    let host = Host::new();
    host.run(|| {
        let mut receiver = open(place("127.0.0.1:5000", None, None));
        receiver.socket.set_recv_buffer_size(8 << 10).unwrap();
        let sender = UdpSocket::bind("127.0.0.1:0").unwrap();
        sender.connect("127.0.0.1:5000").unwrap();
        const FLOOD: u64 = 500;
        for _ in 0..FLOOD {
            sender.send(&[0x47; 1316]).unwrap();
        }
        let mut batch = Batch::new();
        gather(usize::MAX, Duration::from_millis(50), |now| {
            receiver.receive(now, &mut batch).unwrap()
        });
        // The count rides on the next datagram that finds room.
        sender.send(&[0x47; 188]).unwrap();
        wait_for("the last datagram", Duration::from_secs(5), || {
            receiver.receive(clock::now(), &mut batch).unwrap() > 0
        });
        let counters = receiver.counters();
        assert!(counters.socket_drops > 0);
        assert_eq!(
            counters.datagrams + counters.socket_drops,
            FLOOD + 1,
            "{counters:?}"
        );
    });
}

#[test]
fn kernel_stamps_tell_when_a_datagram_came_not_when_it_was_read() {
    let host = Host::new();
    host.run(|| {
        let mut receiver = open(place("127.0.0.1:5000", None, None));
        let sender = UdpSocket::bind("127.0.0.1:0").unwrap();
        let mut batch = Batch::new();
        // The kernel begins to stamp a moment after the first socket asks for it; until then it
        // gives the time of reading.
        wait_for("kernel stamps", Duration::from_secs(5), || {
            sender.send_to(&[0], "127.0.0.1:5000").unwrap();
            clock::sleep_until(clock::now() + Duration::from_millis(5));
            receiver.receive(clock::now(), &mut batch).unwrap();
            let first = batch.iter().next().map(|(at, _)| at);
            first.is_some_and(|at| clock::now().since(at) > Duration::from_millis(4))
        });
        let before_first = clock::now();
        sender.send_to(&[1], "127.0.0.1:5000").unwrap();
        let after_first = clock::now();
        clock::sleep_until(after_first + Duration::from_millis(50));
        let before_second = clock::now();
        sender.send_to(&[2], "127.0.0.1:5000").unwrap();
        let after_second = clock::now();
        clock::sleep_until(after_second + Duration::from_millis(50));
        assert_eq!(receiver.receive(clock::now(), &mut batch).unwrap(), 2);
        let at: Vec<Mono> = batch.iter().map(|(at, _)| at).collect();
        let slack = Duration::from_millis(1);
        assert!(
            at[0] + slack >= before_first && at[0] <= after_first + slack,
            "{at:?}"
        );
        assert!(
            at[1] + slack >= before_second && at[1] <= after_second + slack,
            "{at:?}"
        );
    });
}

#[test]
fn the_receive_buffer_that_was_got_is_told() {
    let host = Host::new();
    host.run(|| {
        let receiver = open(place("127.0.0.1:5000", None, None));
        assert_eq!(
            receiver.counters().receive_buffer_bytes,
            Some(RECEIVE_BUFFER)
        );
    });
}

#[test]
fn what_cannot_be_opened_says_what_to_do() {
    let (_a, b) = Host::pair();
    let refused = |place: Place<'_>| {
        b.run(|| {
            Receiver::open(place, clock::now())
                .err()
                .unwrap()
                .to_string()
        })
    };
    let unknown = refused(place("239.1.1.1:5000", Some("eth77"), None));
    assert!(
        unknown.contains("eth77") && unknown.contains("v1 (10.9.0.2"),
        "{unknown}"
    );
    let unicast = refused(place("10.9.0.2:5000", None, Some("10.9.0.1")));
    assert!(unicast.contains("not a group"), "{unicast}");
    let mixed = refused(place("232.1.1.1:5000", Some("v1"), Some("fd09::1")));
    assert!(mixed.contains("different IP versions"), "{mixed}");
    let elsewhere = refused(place("10.7.7.7:5000", None, None));
    assert!(
        elsewhere.contains("no interface here has that address"),
        "{elsewhere}"
    );
    let routeless = refused(place("239.1.1.1:5000", None, None));
    assert!(routeless.contains("name the `interface`"), "{routeless}");
    let _first = b.run(|| open(place("10.9.0.2:5000", None, None)));
    let taken = refused(place("10.9.0.2:5000", None, None));
    assert!(
        taken.contains("another program or channel has this port"),
        "{taken}"
    );
}
