//! What the announcements mean.

use std::net::IpAddr;

use super::super::fault::Meaning;
use super::super::model::Announce;
use super::super::tree::Item;
use super::Reader;
use crate::plan::SapPlan;

impl Reader<'_> {
    /// `None` where nothing is announced, or it cannot be; what is wrong is reported.
    pub(super) fn announce(&mut self, announce: &Announce, item: &Item) -> Option<SapPlan> {
        if announce.ttl == 0 {
            self.report(item.place_of("ttl"), Meaning::TtlZero);
        }
        let Some(interface) = &announce.interface else {
            if announce.sap {
                let fault = Meaning::NoInterface(self.machine.listing());
                self.report(item.place_of("sap"), fault);
            }
            return None;
        };
        let place = item.place_of("interface");
        self.interface(interface, place.clone());
        // SAP goes to groups of IPv4.
        if interface.parse().is_ok_and(|ip: IpAddr| ip.is_ipv6()) {
            self.report(place, Meaning::OtherFamily);
        }
        announce.sap.then(|| SapPlan {
            interface: interface.clone(),
            ttl: announce.ttl,
        })
    }
}
