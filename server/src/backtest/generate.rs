//! Days from a seed. A seed draws the shop: how many agents with which capacity, how long conversations take and how
//! much they vary, how patient visitors are, how much there is to do. A generator says what is special about its days.

use std::time::Duration;

use deskbell_shared::model::{Priority, UnixMillis};

use super::course::{Asks, Course, Event};
use super::dice::Dice;

/// How many days of each seed are replayed where nothing else is asked for.
pub const DAYS_GENERATED: u32 = 8;
/// Visitors ask from the eighth hour on, for so many hours.
const HOURS: usize = 10;
const OPENS_AT_HOUR: u64 = 8;
/// Agents stay for so long after the last may ask.
const STAYS_ON: Duration = Duration::from_secs(2 * 3600);
/// The first day: a Monday of 2026.
const FIRST_DAY: UnixMillis = UnixMillis(1_767_571_200_000);
const HOUR: Duration = Duration::from_secs(3600);

/// What is special about the days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Generator {
    /// The same load all day, near to what the agents can do.
    Steady,
    /// Half as much again as they can do for two hours at noon.
    LunchSurge,
    /// More than they can do all day; what relieves them is that visitors give up.
    Understaffed,
    /// A few conversations take very much longer than most.
    HeavyTailed,
    /// Half of the agents go home in the early afternoon, when there is still work.
    ShiftEnd,
    /// A quarter of the conversations come before all others.
    TwoClasses,
    /// At some hour of each day conversations suddenly take much longer, or much shorter, until that of the next.
    Change,
}

/// The shop that a seed draws.
struct Shop {
    agents: u32,
    capacity: u32,
    median: f64,
    deviation: f64,
    slows_by: f64,
    patience: f64,
    patience_shape: f64,
}

impl Generator {
    /// All of them.
    pub const ALL: [Generator; 7] = [
        Generator::Steady,
        Generator::LunchSurge,
        Generator::Understaffed,
        Generator::HeavyTailed,
        Generator::ShiftEnd,
        Generator::TwoClasses,
        Generator::Change,
    ];

    /// As it is called on the command line and in tables.
    pub fn name(self) -> &'static str {
        match self {
            Generator::Steady => "steady",
            Generator::LunchSurge => "lunch-surge",
            Generator::Understaffed => "understaffed",
            Generator::HeavyTailed => "heavy-tailed",
            Generator::ShiftEnd => "shift-end",
            Generator::TwoClasses => "two-classes",
            Generator::Change => "change",
        }
    }

    /// The course of some days.
    pub fn course(self, seed: u64, days: u32) -> Course {
        let mut dice = Dice::of(seed, self.name());
        let shop = self.shop(&mut dice);
        let load = self.load(&mut dice);
        let mut course = Course { slows_by: shop.slows_by, seed, ..Course::default() };
        let mut level = 1.0;
        for day in 0..days {
            let opens = FIRST_DAY.plus(HOUR * (24 * day + OPENS_AT_HOUR as u32));
            self.staff(&shop, opens, &mut course);
            let mut levels = (f64::INFINITY, level, level);
            if self == Generator::Change {
                let hour = dice.between(0.5, 9.5);
                let factor = dice.between(1.5, 2.0);
                level = match level {
                    1.0 if dice.uniform() < 0.5 => factor,
                    1.0 => 1.0 / factor,
                    _ => 1.0,
                };
                levels = (hour, levels.1, level);
                course.changes.push(opens.plus(HOUR.mul_f64(hour)));
            }
            self.visitors(&shop, &load, levels, opens, &mut dice, &mut course);
        }
        course.sorted()
    }

    fn shop(self, dice: &mut Dice) -> Shop {
        let is_impatient = self == Generator::Understaffed;
        Shop {
            agents: dice.whole(3, 8),
            capacity: dice.whole(1, 3),
            median: dice.between(180.0, 540.0),
            deviation: match self {
                Generator::HeavyTailed => dice.between(1.3, 1.6),
                _ => dice.between(0.5, 0.9),
            },
            slows_by: dice.between(0.0, 0.25),
            patience: if is_impatient { dice.between(240.0, 900.0) } else { dice.between(1500.0, 3600.0) },
            patience_shape: dice.between(0.8, 1.3),
        }
    }

    /// What is to be done in each hour, as a share of what all agents can do.
    fn load(self, dice: &mut Dice) -> [f64; HOURS] {
        let base = match self {
            Generator::Understaffed => dice.between(1.2, 1.8),
            Generator::LunchSurge => dice.between(0.75, 0.9),
            Generator::HeavyTailed => dice.between(0.85, 0.97),
            Generator::ShiftEnd => dice.between(0.8, 0.9),
            Generator::TwoClasses => dice.between(0.85, 0.98),
            Generator::Steady => dice.between(0.8, 0.95),
            Generator::Change => dice.between(0.75, 0.9),
        };
        let surge = dice.between(1.3, 1.6);
        std::array::from_fn(|hour| match (self, hour) {
            (Generator::LunchSurge, 4 | 5) => surge,
            (Generator::ShiftEnd, 6..) => base * 0.6,
            _ => base,
        })
    }

    fn staff(self, shop: &Shop, opens: UnixMillis, course: &mut Course) {
        for agent in 0..shop.agents {
            let leaves = match self {
                // After six hours, a few minutes apart.
                Generator::ShiftEnd if agent % 2 == 1 => HOUR * 6 + Duration::from_secs(150) * agent,
                _ => HOUR * HOURS as u32 + STAYS_ON,
            };
            course.events.push((opens, Event::Agent { agent, capacity: shop.capacity }));
            course.events.push((opens.plus(leaves), Event::Agent { agent, capacity: 0 }));
        }
    }

    fn visitors(
        self,
        shop: &Shop,
        load: &[f64; HOURS],
        (changes_at, before, after): (f64, f64, f64),
        opens: UnixMillis,
        dice: &mut Dice,
        course: &mut Course,
    ) {
        let others = f64::from(shop.capacity - 1);
        let mean =
            shop.median * (shop.deviation * shop.deviation / 2.0).exp() * (1.0 + shop.slows_by * others);
        let rooms = f64::from(shop.agents * shop.capacity);
        let mut hours = 0.0;
        loop {
            hours += dice.exponential(mean / rooms / 3600.0 / load[(hours as usize).min(HOURS - 1)]);
            if hours >= HOURS as f64 {
                break;
            }
            let level = if hours < changes_at { before } else { after };
            let handling = dice.log_normal(shop.median, shop.deviation) * level;
            let patience = Some(Duration::from_secs_f64(dice.weibull(shop.patience, shop.patience_shape)));
            let priority = match self {
                Generator::TwoClasses if dice.uniform() < 0.25 => Priority::High,
                _ => Priority::Normal,
            };
            let handling = Duration::from_secs_f64(handling.clamp(5.0, 6.0 * 3600.0));
            let asks = Event::Asks(Asks { handling, patience, priority });
            course.events.push((opens.plus(HOUR.mul_f64(hours)), asks));
        }
    }
}
