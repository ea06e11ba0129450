package io.switchboard.service;

import jakarta.enterprise.inject.Instance;
import jakarta.enterprise.inject.build.compatible.spi.Parameters;
import jakarta.enterprise.inject.build.compatible.spi.SyntheticBeanCreator;
import jakarta.enterprise.invoke.Invoker;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/** Every method that {@link Serves}, as {@link ServesExtension} found them when the application was built. */
final class ServedMethods {
    static final String COUNT = "count";
    static final String NAME = "name.";
    static final String ARGUMENTS = "arguments.";
    static final String USER = "user.";
    static final String ROLES = "roles.";
    static final String FORBIDDEN = "forbidden.";
    static final String INVOKER = "invoker.";

    private final List<ServedMethod> methods;

    ServedMethods(List<ServedMethod> methods) {
        this.methods = List.copyOf(methods);
    }

    List<ServedMethod> methods() {
        return methods;
    }

    /** Makes them again from what the extension wrote down. Public for the container. */
    public static final class Creator implements SyntheticBeanCreator<ServedMethods> {
        @Override
        public ServedMethods create(Instance<Object> lookup, Parameters parameters) {
            int count = parameters.get(COUNT, Integer.class);
            List<ServedMethod> methods = new ArrayList<>(count);
            for (int i = 0; i < count; i++) {
                methods.add(new ServedMethod(
                        new NamePattern(parameters.get(NAME + i, String.class)),
                        Arrays.stream(parameters.get(ARGUMENTS + i, String[].class))
                                .map(ServedMethod.Argument::valueOf)
                                .toList(),
                        new Admission(
                                parameters.get(USER + i, Boolean.class),
                                Set.of(parameters.get(ROLES + i, String[].class)),
                                parameters.get(FORBIDDEN + i, Boolean.class)),
                        parameters.get(INVOKER + i, Invoker.class)));
            }
            return new ServedMethods(methods);
        }
    }
}
