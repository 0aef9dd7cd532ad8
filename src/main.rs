//! The xdeploy binary: words on the command line in, an exit code out.

use std::process::ExitCode;

fn main() -> ExitCode {
    xdeploy::cli::main()
}
