package io.switchboard.dev.cli;

import picocli.CommandLine;
import picocli.CommandLine.Command;

/** Entry point of the command line; {@code ./switchboard} starts it with the project's class path. */
@Command(
        name = "switchboard",
        mixinStandardHelpOptions = true,
        synopsisSubcommandLabel = "COMMAND",
        subcommands = {KeysCommand.class, TokenCommand.class, PublishCommand.class})
public final class Cli {
    private Cli() {}

    /** Runs a command. */
    public static void main(String[] arguments) {
        System.exit(commandLine().execute(arguments));
    }

    /** The commands, also for tests. A failure is one sentence on the error stream and exit code 1. */
    static CommandLine commandLine() {
        CommandLine commands = new CommandLine(new Cli());
        // @FILE is the event of publish, not a file of arguments
        commands.setExpandAtFiles(false);
        return commands.setExecutionExceptionHandler((e, command, _) -> {
            if (!(e instanceof CommandFailure)) {
                throw e;
            }
            command.getErr().println(e.getMessage());
            return 1;
        });
    }
}
