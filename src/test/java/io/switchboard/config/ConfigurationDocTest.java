package io.switchboard.config;

import static org.assertj.core.api.Assertions.assertThat;

import io.quarkus.runtime.annotations.ConfigDocIgnore;
import io.quarkus.runtime.annotations.ConfigDocMapKey;
import io.smallrye.config.WithName;
import io.switchboard.testing.GeneratedText;
import java.io.IOException;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

/** docs/configuration.md is made from the typed configuration, and names every setting and none that does not exist. */
class ConfigurationDocTest {
    private static final Path DOC = Path.of("docs/configuration.md");
    private static final Pattern ROW = Pattern.compile("(?m)^\\| `(switchboard\\.[^`]+)` \\|");

    @Test
    void theTablesAreThoseOfTheSource() throws IOException {
        GeneratedText.between(
                DOC, "<!-- made from SwitchboardConfig -->", "<!-- end of what is made -->", ConfigurationDoc.render());
    }

    /** What the parser of the source finds is what the configuration itself has. */
    @Test
    void everySettingIsDocumented() throws IOException {
        Set<String> settings = new TreeSet<>();
        collect(SwitchboardConfig.class, "switchboard", settings);

        Set<String> documented = ROW.matcher(Files.readString(DOC))
                .results()
                .map(row -> row.group(1))
                .collect(Collectors.toCollection(TreeSet::new));

        assertThat(documented).as("settings in %s", DOC).isEqualTo(settings);
    }

    private static void collect(Class<?> group, String prefix, Set<String> into) {
        for (Method method : group.getMethods()) {
            if (method.isAnnotationPresent(ConfigDocIgnore.class)) {
                continue;
            }
            WithName named = method.getAnnotation(WithName.class);
            String name = prefix + "." + (named == null ? dashed(method.getName()) : named.value());
            if (method.getReturnType().getEnclosingClass() == SwitchboardConfig.class
                    && !method.getReturnType().isEnum()) {
                collect(method.getReturnType(), name, into);
            } else if (method.getReturnType() == Map.class) {
                String key = "<" + method.getAnnotation(ConfigDocMapKey.class).value() + ">";
                Type value = ((ParameterizedType) method.getGenericReturnType()).getActualTypeArguments()[1];
                if (value instanceof Class<?> inner && inner.isInterface()) {
                    collect(inner, name + "." + key, into);
                } else {
                    into.add(name + "." + key);
                }
            } else {
                into.add(name);
            }
        }
    }

    private static String dashed(String name) {
        return name.replaceAll("([A-Z])", "-$1").toLowerCase(Locale.ROOT);
    }
}
