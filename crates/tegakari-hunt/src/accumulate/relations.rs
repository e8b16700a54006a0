//! What records say of machines to each other: who asked which proxy for what, and whose an address is.

use super::Accumulator;
use crate::claims::Span;
use crate::event::{Event, Role};
use crate::on_behalf::host_print;
use crate::{address, naming};

impl Accumulator<'_> {
    pub(super) fn proxy(&mut self, event: &Event<'_>, number: u32) {
        if self.last_proxy == Some((event.yearless, number)) {
            return;
        }
        self.last_proxy = Some((event.yearless, number));
        if let Some(party) = self.parties.get(number as usize).cloned() {
            self.sums(event).tally.proxies.insert(party);
        }
    }

    /// A machine of ours asked a proxy.
    pub(super) fn behind(&mut self, event: &Event<'_>, client: u32, proxy: u32) {
        let of = |number: u32| self.parties.get(number as usize).cloned();
        if !self.asked.insert((event.yearless, client, proxy)) {
            return;
        }
        if let (Some(client), Some(proxy)) = (of(client), of(proxy)) {
            self.sums(event).tally.behind.insert((client, proxy));
        }
    }

    /// A machine connected to a port of proxies of another machine of ours.
    pub(super) fn asked_port_of_proxies(&mut self, event: &Event<'_>, client: u32) {
        let Some(server) = event.parties().find(|party| party.role == Role::Server) else {
            return;
        };
        let Some(server) = self.party(&server) else {
            return;
        };
        if !self.to_proxy_ports.insert((event.yearless, client, server)) {
            return;
        }
        let of = |number: u32| self.parties.get(number as usize).cloned();
        if let (Some(client), Some(server)) = (of(client), of(server)) {
            self.sums(event)
                .tally
                .to_proxy_ports
                .insert((client, server));
        }
    }

    pub(super) fn request(&mut self, event: &Event<'_>, client: Option<u32>) {
        let (Some(time), Some(client)) = (event.time, client) else {
            return;
        };
        if event.name.is_empty() {
            return;
        }
        let at = client as usize;
        let Some(party) = self.parties.get(at) else {
            return;
        };
        let sums = if event.yearless {
            &mut self.floating
        } else {
            &mut self.dated
        };
        if sums.clients.len() <= at {
            sums.clients.resize(at + 1, None);
        }
        let requests = &mut sums.tally.requests;
        let client = *sums.clients[at].get_or_insert_with(|| requests.client(party.clone()));
        requests.add(host_print(event.name), time.as_second(), client);
    }

    pub(super) fn claims(&mut self, event: &Event<'_>, hour: Option<i64>) {
        let Some(hour) = hour else { return };
        for claim in event.claims() {
            let last = &self.last_claim;
            if last.2 == hour && last.0 == claim.address && last.1 == claim.name {
                continue;
            }
            let Some(ip) = address::parse(claim.address) else {
                continue;
            };
            if !address::is_host(ip) || !(self.plan.is_own(ip)) {
                continue;
            }
            let Some(name) = naming::host(claim.name) else {
                continue;
            };
            if address::parse(name.as_bytes()).is_some() {
                continue;
            }
            self.last_claim = (claim.address.to_vec(), claim.name.to_vec(), hour);
            let span = Span {
                strong: claim.strong,
                first: hour,
                last: hour,
                count: 1,
            };
            self.sums(event).tally.claims.add(ip, name, span);
        }
    }
}
