//! The binary `deskbell`. Its command line stands in `cli`.

fn main() -> std::process::ExitCode {
    deskbell_server::cli::run()
}
