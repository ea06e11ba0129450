package io.switchboard.dev.cli;

import io.switchboard.dev.DevelopmentKeyPair;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

@Command(
        name = "keys",
        mixinStandardHelpOptions = true,
        description = "Creates a pair of development keys, private.pem and public.pem (EC P-256). Never overwrites.")
final class KeysCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Option(
            names = "--out",
            paramLabel = "DIR",
            defaultValue = ".dev",
            description = "Folder for the files; default ${DEFAULT-VALUE}, where the dev profile looks for them.")
    private Path out;

    @Override
    public Integer call() throws CommandFailure {
        try {
            boolean created = DevelopmentKeyPair.create(out);
            Path publicFile = out.resolve(DevelopmentKeyPair.PUBLIC_FILE);
            var stream = spec.commandLine().getOut();
            if (created) {
                stream.println("created " + out.resolve(DevelopmentKeyPair.PRIVATE_FILE) + " and " + publicFile);
            } else {
                // what was asked for is the case: scripts may call this every time
                stream.println("there are keys in " + out + " already; nothing was changed");
            }
            return 0;
        } catch (IOException e) {
            throw new CommandFailure(e.getMessage(), e);
        }
    }
}
