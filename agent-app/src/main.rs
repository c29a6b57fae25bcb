//! The entry of the module that a browser loads. Everything is in the library.

fn main() {
    deskbell_agent_app::start();
}
