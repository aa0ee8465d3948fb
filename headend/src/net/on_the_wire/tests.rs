use std::sync::atomic::{AtomicBool, Ordering};

use super::super::lab::{Ending, Host, output};
use super::*;

const PATIENCE: Duration = Duration::from_millis(700);

/// What `verify` says on `host` while `sending` goes out there every 5 ms.
fn verdict(host: &Host, plan: &OutputPlan, sending: Option<&OutputPlan>) -> OnTheWire {
    let done = AtomicBool::new(false);
    std::thread::scope(|scope| {
        if let Some(sending) = sending {
            scope.spawn(|| {
                host.run(|| {
                    let mut sink = Sink::open(sending).unwrap();
                    while !done.load(Ordering::Relaxed) {
                        sink.send([&[0x47; 1316][..]]);
                        clock::sleep_until(clock::now() + Duration::from_millis(5));
                    }
                });
            });
        }
        let _ending = Ending(&done);
        host.run(|| verify(plan, PATIENCE))
    })
}

#[track_caller]
fn is_not(verdict: &OnTheWire, why: &str) {
    assert_eq!(verdict.state, OutputState::NotOnTheWire, "{verdict:?}");
    assert!(
        verdict.reason.as_ref().unwrap().contains(why),
        "{verdict:?}"
    );
}

#[test]
fn an_output_that_sends_is_on_the_wire_with_and_without_loopback() {
    let (a, _b) = Host::pair();
    for address in ["239.1.1.1:5000", "[ff15::1]:5000"] {
        for loopback in [true, false] {
            let mut plan = output(address, Some("v0"));
            plan.loopback = loopback;
            let said = verdict(&a, &plan, Some(&plan));
            assert_eq!(
                said.state,
                OutputState::OnTheWire,
                "{address} {loopback} {said:?}"
            );
            assert_eq!(said.reason, None);
        }
    }
}

#[test]
fn an_output_that_sends_nothing_is_not_on_the_wire() {
    let host = Host::new();
    host.sh("ip link add d0 type veth peer name d1 && ip link set d1 up && ip addr add 10.8.0.1/24 dev d0 && ip link set d0 up");
    host.wait_for_carrier("d0", true);
    is_not(
        &verdict(&host, &output("239.1.1.1:5000", Some("d0")), None),
        "look whether the channel has an input",
    );
}

#[test]
fn a_packet_filter_that_eats_the_group_is_seen() {
    let (a, _b) = Host::pair();
    a.sh("iptables -A OUTPUT -d 239.1.1.1 -j DROP");
    let plan = output("239.1.1.1:5000", Some("v0"));
    is_not(&verdict(&a, &plan, Some(&plan)), "firewall");
}

#[test]
fn each_obstacle_has_its_reason() {
    let (a, b) = Host::pair();
    let plan = output("239.1.1.1:5000", Some("v0"));
    let mut zero = plan.clone();
    zero.ttl = 0;
    is_not(&verdict(&a, &zero, Some(&zero)), "ttl 0");
    is_not(
        &verdict(&a, &output("239.1.1.1:5000", Some("eth77")), None),
        "no interface `eth77`",
    );
    b.sh("ip link set v1 down");
    a.wait_for_carrier("v0", false);
    is_not(&verdict(&a, &plan, None), "no carrier");
    a.sh("ip link set v0 down");
    is_not(&verdict(&a, &plan, None), "is down");
    is_not(
        &verdict(&a, &output("10.200.0.1:5000", None), None),
        "no route",
    );
}

#[test]
fn a_stranger_on_our_group_is_named_whether_ours_is_there_or_not() {
    let (a, b) = Host::pair();
    let ours = output("239.1.1.1:5000", Some("v0"));
    let theirs = output("239.1.1.1:5000", Some("v1"));
    let done = AtomicBool::new(false);
    let (alone, both) = std::thread::scope(|scope| {
        scope.spawn(|| {
            b.run(|| {
                let mut sink = Sink::open(&theirs).unwrap();
                while !done.load(Ordering::Relaxed) {
                    sink.send([&[0x47; 1316][..]]);
                    clock::sleep_until(clock::now() + Duration::from_millis(100));
                }
            });
        });
        let _ending = Ending(&done);
        (verdict(&a, &ours, None), verdict(&a, &ours, Some(&ours)))
    });
    let why = "10.9.0.2 sends to 239.1.1.1 as well";
    is_not(&alone, why);
    assert_eq!(both.state, OutputState::OnTheWire, "{both:?}");
    assert!(both.reason.as_ref().unwrap().contains(why), "{both:?}");
}

#[test]
fn unicast_is_sending_when_a_route_leads_there() {
    let (a, _b) = Host::pair();
    let said = verdict(&a, &output("10.9.0.2:5000", None), None);
    assert_eq!(
        said,
        OnTheWire {
            state: OutputState::Sending,
            reason: None
        }
    );
}
