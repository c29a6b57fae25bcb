//! The stories.

mod accessible;
mod agent_day;
mod cookies;
mod desk;
mod ending;
mod every_field;
mod files;
mod first_chat;
mod hostile;
mod identity;
mod keyboard;
mod killed;
mod later;
mod left_message;
mod load;
mod owner;
mod page_calls;
mod policies;
mod quiet;
mod routing;
mod set_up;
mod storage;
mod supervisor;
mod tabs;
mod team;
mod upgrade;
