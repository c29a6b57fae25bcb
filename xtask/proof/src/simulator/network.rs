//! Links between tabs and the node: frames take time, and whatever a network can do to them is done here. Both ends
//! learn of a break in their own time, or not at all.

use super::world::{Event, World};

/// Frames under way to a client that does not read, beyond which the node's writes wait.
const UNREAD_FRAMES_MAX: usize = 16;

/// Frames of which only the newest counts carry no number to know it by: they rely on the order that a WebSocket keeps.
const UNNUMBERED: [&str; 4] = [
    "{\"frame\":\"service\"",
    "{\"frame\":\"visitor_presence\"",
    "{\"frame\":\"queue\"",
    "{\"frame\":\"agent_presence\"",
];

/// One direction of a link.
#[derive(Clone, Debug, Default)]
pub struct Way {
    /// What comes now has to come after this instant.
    free_at: u64,
    /// Frames sent so far; the number of the next one.
    sent: u64,
    /// Frames from this number on never arrive.
    broken_from: Option<u64>,
    pub under_way: usize,
    /// How many of the next frames are swallowed, repeated, or sent around the others.
    pub swallows: u32,
    pub repeats: u32,
    pub reorders: u32,
}

/// A socket, from one life of a tab to the node.
#[derive(Clone, Debug)]
pub struct Link {
    pub tab: usize,
    pub life: u32,
    /// The session's own number of it.
    pub number: u32,
    /// The node has welcomed it: from then on the order of frames may suffer.
    pub welcomed: bool,
    pub up: Way,
    pub down: Way,
    /// The client takes nothing until then.
    pub stalled_until: u64,
    /// Each frame takes so much longer.
    pub slow_ms: u64,
}

/// Which way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    Up,
    Down,
}

impl Link {
    pub fn new(tab: usize, life: u32, number: u32) -> Link {
        let (up, down) = (Way::default(), Way::default());
        Link { tab, life, number, welcomed: false, up, down, stalled_until: 0, slow_ms: 0 }
    }

    /// Whether the node's writes wait for the client to read.
    pub fn is_blocked(&self, now: u64) -> bool {
        self.stalled_until > now && self.down.under_way > UNREAD_FRAMES_MAX
    }

    fn way(&mut self, direction: Direction) -> &mut Way {
        match direction {
            Direction::Up => &mut self.up,
            Direction::Down => &mut self.down,
        }
    }
}

impl Way {
    fn breaks(&mut self, from: u64) {
        self.broken_from = Some(self.broken_from.map_or(from, |known| known.min(from)));
    }

    /// Nothing arrives any more, not even what is under way.
    pub fn cut(&mut self) {
        self.breaks(0);
    }

    fn is_cut(&self) -> bool {
        self.broken_from.is_some()
    }
}

impl World {
    /// Puts a frame on its way.
    pub fn transmit(&mut self, number: u32, direction: Direction, text: String) {
        let (now, mut wait) = (self.now, self.random.between(1, self.latency_ms_max));
        let (spread, detour) = (self.random.below(400), self.random.below(400));
        let Some(link) = self.links.get_mut(&number) else { return };
        let may_suffer = link.welcomed;
        let ordered = may_suffer && !UNNUMBERED.iter().any(|start| text.starts_with(start));
        wait += link.slow_ms;
        let stalled_until = if direction == Direction::Down { link.stalled_until } else { 0 };
        let way = link.way(direction);
        let index = way.sent;
        way.sent += 1;
        if way.is_cut() || (may_suffer && take_one(&mut way.swallows)) {
            return;
        }
        let mut at = (now + wait).max(stalled_until);
        if ordered && take_one(&mut way.reorders) {
            at += detour;
        } else {
            way.free_at = at.max(way.free_at);
            at = way.free_at;
        }
        let again = ordered && take_one(&mut way.repeats);
        way.under_way += 1 + usize::from(again);
        if again {
            let text = text.clone();
            self.events_at(at + spread, Event::Arrives { link: number, direction, index, text });
        }
        self.events_at(at, Event::Arrives { link: number, direction, index, text });
    }

    /// Whether a frame that was under way is still to be heard.
    pub fn arrives(&mut self, number: u32, direction: Direction, index: u64) -> bool {
        let Some(link) = self.links.get_mut(&number) else { return false };
        let way = link.way(direction);
        way.under_way = way.under_way.saturating_sub(1);
        way.broken_from.is_none_or(|from| index < from)
    }

    /// The link breaks, and both ends notice. With `midway` a part of what is under way still arrives.
    pub fn cut(&mut self, number: u32, midway: bool) {
        let (up, down) = (self.random.any(), self.random.any());
        let now = self.now;
        let Some(link) = self.links.get_mut(&number) else { return };
        let mut last_at = now;
        for (direction, part) in [(Direction::Up, up), (Direction::Down, down)] {
            let way = link.way(direction);
            let under_way = way.under_way as u64;
            let arrives = if midway { part % (under_way + 1) } else { 0 };
            way.breaks(way.sent - under_way.min(way.sent) + arrives);
            if midway {
                last_at = last_at.max(way.free_at);
            }
        }
        self.events_at(last_at + 1, Event::NodeSeesClose { link: number });
        self.events_at(last_at + 1, Event::TabSeesClose { link: number, code: 1006 });
    }

    /// Nothing passes any more, and nobody is told.
    pub fn half_open(&mut self, number: u32) {
        if let Some(link) = self.links.get_mut(&number) {
            link.up.cut();
            link.down.cut();
        }
    }

    /// The node closes its end. The client hears of it after everything that was sent before.
    pub fn close_from_node(&mut self, number: u32, code: u16) {
        let now = self.now;
        let Some(link) = self.links.get_mut(&number) else { return };
        let at = now.max(link.down.free_at) + 1;
        if !link.down.is_cut() {
            self.events_at(at, Event::TabSeesClose { link: number, code });
        }
    }

    /// The client closes its end. The node hears of it after everything that was sent before.
    pub fn close_from_tab(&mut self, number: u32) {
        let now = self.now;
        let Some(link) = self.links.get_mut(&number) else { return };
        link.down.cut();
        let at = now.max(link.up.free_at) + 1;
        if !link.up.is_cut() {
            self.events_at(at, Event::NodeSeesClose { link: number });
        }
    }
}

fn take_one(left: &mut u32) -> bool {
    let any = *left > 0;
    *left = left.saturating_sub(1);
    any
}
