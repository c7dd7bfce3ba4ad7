//! Options of the command line for settings: one for each of them.

use clap::{Arg, ArgMatches, Args, Command, FromArgMatches};

use crate::config::{SETTINGS, Setting};

/// Settings given on the command line: names and values.
#[derive(Clone, Debug)]
pub(super) struct Flags(pub(super) Vec<(&'static str, String)>);

/// The settings without `database`, which is an option of every command.
fn settings() -> impl Iterator<Item = &'static Setting> {
    SETTINGS.iter().filter(|setting| setting.name != "database")
}

impl FromArgMatches for Flags {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let given = |setting: &'static Setting| {
            let value = matches.get_one::<String>(setting.name)?;
            Some((setting.name, value.clone()))
        };
        Ok(Self(settings().filter_map(given).collect()))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Args for Flags {
    fn augment_args(command: Command) -> Command {
        command.args(settings().map(|setting| {
            let default = setting.default.trim_matches(['(', ')', '"']);
            Arg::new(setting.name)
                .long(setting.name.replace('_', "-"))
                .value_name("VALUE")
                .help(format!("{} [default: {default}]", setting.meaning()))
                .help_heading("Settings")
        }))
    }

    fn augment_args_for_update(command: Command) -> Command {
        Self::augment_args(command)
    }
}
