//! The command line: one file per command.
//!
//! A command parses its arguments, starts the parts that it needs, calls `app` and prints the result. Results
//! go to standard output (as JSON with `--json`), errors and progress to standard error. A failing command
//! prints one line and exits with 1.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::{ConfigErrors, Settings};

mod archive;
mod backup;
mod check;
mod copy;
mod demo;
mod explain_search;
mod export;
mod flags;
mod import;
mod log;
mod migrate;
mod nodes;
mod output;
mod postgres_tools;
mod purge;
mod recover;
mod report;
mod restore;
mod serve;
mod signals;
mod simulate;
mod start;
mod user;

/// Taxi registry: any app can hail the nearest taxi that may take a customer, of any operator.
#[derive(Parser, Debug)]
#[command(name = "letaxi", version, after_help = "Try it: letaxi demo")]
struct Cli {
    /// File of settings [default: letaxi.toml, if it exists]
    #[arg(long, value_name = "FILE", global = true)]
    config: Option<PathBuf>,

    /// Database: `sqlite://FILE` or `postgres://USER@HOST/NAME`
    #[arg(long, value_name = "URL", global = true)]
    database: Option<String>,

    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand, Debug)]
enum Command {
    Demo(demo::Demo),
    Serve(serve::Serve),
    Import(import::Import),
    User(user::User),
    Backup(backup::Backup),
    Check(check::Check),
    Copy(copy::Copy),
    ExplainSearch(explain_search::ExplainSearch),
    Export(export::Export),
    Restore(restore::Restore),
    Migrate(migrate::Migrate),
    Nodes(nodes::Nodes),
    Purge(purge::Purge),
    Recover(recover::Recover),
    Report(report::Report),
    Simulate(simulate::Simulate),
}

impl Cli {
    /// The settings; the command line takes precedence.
    fn settings(&self) -> Result<Settings, ConfigErrors> {
        let database = self.database.clone().map(|url| ("database", url));
        let serve = match &self.command {
            Command::Serve(serve) => serve.flags(),
            _ => Vec::new(),
        };
        let flags = database.into_iter().chain(serve);
        Settings::load(self.config.as_deref(), std::env::vars(), flags)
    }
}

/// Runs the command of the command line.
pub fn main() -> ExitCode {
    let cli = Cli::parse();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => return complain(&anyhow::Error::new(error)),
    };
    let is_check = matches!(cli.command, Command::Check(_));
    let outcome = runtime.block_on(run(cli));
    if is_check {
        // A check that hangs in the system has its line already; nobody waits for it.
        runtime.shutdown_background();
    }
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => complain(&error),
    }
}

async fn run(cli: Cli) -> anyhow::Result<()> {
    if matches!(cli.command, Command::Demo(_)) {
        let flags = [("--config", cli.config.is_some()), ("--database", cli.database.is_some())];
        demo::refuse_settings(&flags, std::env::vars().map(|(name, _)| name))?;
    }
    let settings = cli.settings();
    if let Command::Check(args) = &cli.command {
        return Box::pin(check::run(args, cli.config.as_deref(), settings)).await;
    }
    let settings = settings?;
    match cli.command {
        Command::Check(_) => Ok(()),
        Command::Copy(args) => Box::pin(copy::run(&args, &settings)).await,
        Command::Serve(args) => serve::run(&args, &settings).await,
        Command::Demo(args) => demo::run(args, serve::embedded).await,
        Command::Import(args) => Box::pin(import::run(&args, &settings)).await,
        Command::User(args) => Box::pin(user::run(args, &settings)).await,
        Command::ExplainSearch(args) => Box::pin(explain_search::run(&args, &settings)).await,
        Command::Export(args) => Box::pin(export::run(&args, &settings)).await,
        Command::Backup(args) => backup::run(&args, &settings).await,
        Command::Restore(args) => restore::run(&args, &settings).await,
        Command::Migrate(args) => migrate::run(&args, &settings).await,
        Command::Nodes(args) => Box::pin(nodes::run(&args, &settings)).await,
        Command::Purge(args) => Box::pin(purge::run(&args, &settings)).await,
        Command::Recover(args) => recover::run(&args, &settings).await,
        Command::Report(args) => report::run(&args, &settings).await,
        Command::Simulate(args) => simulate::run(args).await,
    }
}

/// Prints an error with its causes in one line.
fn complain(error: &anyhow::Error) -> ExitCode {
    // A closed standard error leaves no way to report.
    let _ = writeln!(std::io::stderr(), "letaxi: {error:#}");
    ExitCode::FAILURE
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    use super::*;

    /// Rows of the table of commands in the README, written from the help texts.
    fn table_of_commands() -> String {
        let mut cli = Cli::command();
        cli.build();
        let rows = cli.get_subcommands().filter(|command| command.get_name() != "help");
        let row = |command: &clap::Command| {
            let arguments = command.get_positionals().filter_map(|argument| {
                let name = argument.get_value_names()?.first()?.as_str().to_uppercase();
                Some(if argument.is_required_set() { name } else { format!("[{name}]") })
            });
            let more = command.has_subcommands().then(|| "…".to_owned());
            let words: Vec<_> = arguments.chain(more).collect();
            let usage = format!("letaxi {} {}", command.get_name(), words.join(" "));
            let about = command.get_about().map(ToString::to_string).unwrap_or_default();
            format!("| `{}` | {} |\n", usage.trim_end(), about.trim_end_matches('.'))
        };
        rows.map(row).collect()
    }

    #[test]
    fn generated_list_of_commands_is_up_to_date() {
        let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../README.md");
        let readme = std::fs::read_to_string(&file).unwrap();
        let head = "| command | purpose |\n|---|---|\n";
        let (before, after) = readme.split_once(head).expect("README has a table of commands");
        let (_, after) = after.split_once("\n\n").expect("text follows the table");
        let written = format!("{before}{head}{}\n{after}", table_of_commands());
        if std::env::var_os("UPDATE").is_some() {
            std::fs::write(&file, &written).unwrap();
        }
        assert_eq!(
            std::fs::read_to_string(&file).unwrap(),
            written,
            "README.md is out of date: run `make bless`"
        );
    }

    #[test]
    fn every_command_explains_itself_with_an_example() {
        let mut cli = Cli::command();
        cli.build();
        for command in cli.get_subcommands_mut().filter(|command| command.get_name() != "help") {
            let help = command.render_long_help().to_string();
            assert!(help.contains("Example"), "{help}");
            assert!(command.get_about().is_some(), "{help}");
        }
    }
}
