package io.switchboard.service;

import jakarta.enterprise.inject.build.compatible.spi.BeanInfo;
import jakarta.enterprise.inject.build.compatible.spi.BuildCompatibleExtension;
import jakarta.enterprise.inject.build.compatible.spi.InvokerFactory;
import jakarta.enterprise.inject.build.compatible.spi.InvokerInfo;
import jakarta.enterprise.inject.build.compatible.spi.Messages;
import jakarta.enterprise.inject.build.compatible.spi.Registration;
import jakarta.enterprise.inject.build.compatible.spi.Synthesis;
import jakarta.enterprise.inject.build.compatible.spi.SyntheticBeanBuilder;
import jakarta.enterprise.inject.build.compatible.spi.SyntheticComponents;
import jakarta.enterprise.lang.model.AnnotationInfo;
import jakarta.enterprise.lang.model.AnnotationMember;
import jakarta.enterprise.lang.model.declarations.MethodInfo;
import jakarta.enterprise.lang.model.declarations.ParameterInfo;
import jakarta.enterprise.lang.model.types.Type;
import jakarta.inject.Singleton;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Finds methods that {@link Serves} while the application is built, so that nothing is looked up by name when it runs. What cannot
 * be meant ends the build. Public for the container.
 */
public final class ServesExtension implements BuildCompatibleExtension {
    private static final Set<String> LATER = Set.of(
            "java.util.concurrent.CompletionStage", "java.util.concurrent.CompletableFuture", "io.smallrye.mutiny.Uni");

    private static final Set<String> RESULTS = Set.of(
            ServiceAnswer.class.getName(),
            ServiceAnswer.Reply.class.getName(),
            ServiceAnswer.Failure.class.getName(),
            ServiceAnswer.Unknown.class.getName(),
            "com.fasterxml.jackson.databind.JsonNode",
            "com.fasterxml.jackson.databind.node.ObjectNode",
            "com.fasterxml.jackson.databind.node.ArrayNode",
            "java.lang.Void");

    private final List<Found> found = new ArrayList<>();
    private final Set<String> names = new HashSet<>();

    private record Found(
            String name,
            List<ServedMethod.Argument> arguments,
            boolean user,
            List<String> roles,
            boolean forbidden,
            InvokerInfo invoker) {}

    @Registration(types = Object.class)
    public void find(BeanInfo bean, InvokerFactory invokers, Messages messages) {
        if (!bean.isClassBean()) {
            return;
        }
        for (MethodInfo method : bean.declaringClass().methods()) {
            if (method.hasAnnotation(Serves.class)) {
                Optional<String> mistake = mistake(method, bean);
                if (mistake.isPresent()) {
                    messages.error(
                            "@Serves on " + bean.declaringClass().name() + "." + method.name() + ": " + mistake.get());
                } else {
                    found.add(found(bean, method, invokers));
                }
            }
        }
    }

    private Optional<String> mistake(MethodInfo method, BeanInfo bean) {
        String name = name(method);
        if (!NamePattern.isPattern(name)) {
            return Optional.of("'" + name + "' is neither a name nor a pattern such as orders.*");
        }
        if (Modifier.isPrivate(method.modifiers())) {
            return Optional.of("the method must not be private");
        }
        if (method.parameters().stream()
                .anyMatch(parameter -> argument(parameter).isEmpty())) {
            return Optional.of("parameters are a ServiceCall, an Actor, or a JsonNode for the payload");
        }
        if (!isResult(method.returnType())) {
            return Optional.of("the result is a ServiceAnswer, a JsonNode or void, or a CompletionStage or Uni of one");
        }
        if (rule(method, bean, RequireActor.class).isPresent()
                && rule(method, bean, ForbidActor.class).isPresent()) {
            return Optional.of("@RequireActor and @ForbidActor exclude each other");
        }
        return names.add(name) ? Optional.empty() : Optional.of("another method serves " + name + " already");
    }

    private static Found found(BeanInfo bean, MethodInfo method, InvokerFactory invokers) {
        return new Found(
                name(method),
                method.parameters().stream()
                        .map(parameter -> argument(parameter).orElseThrow())
                        .toList(),
                rule(method, bean, RequireActor.class).isPresent(),
                rule(method, bean, RequireActor.class)
                        .map(rule -> strings(rule.member("roles")))
                        .orElse(List.of()),
                rule(method, bean, ForbidActor.class).isPresent(),
                invokers.createInvoker(bean, method).withInstanceLookup().build());
    }

    private static String name(MethodInfo method) {
        return method.annotation(Serves.class).value().asString();
    }

    private static Optional<ServedMethod.Argument> argument(ParameterInfo parameter) {
        return parameter.type().isClass()
                ? ServedMethod.Argument.of(
                        parameter.type().asClass().declaration().name())
                : Optional.empty();
    }

    private static boolean isResult(Type type) {
        if (type.isParameterizedType()) {
            List<Type> arguments = type.asParameterizedType().typeArguments();
            return LATER.contains(type.asParameterizedType().declaration().name())
                    && arguments.size() == 1
                    && isPlainResult(arguments.getFirst());
        }
        return type.isVoid() || isPlainResult(type);
    }

    private static boolean isPlainResult(Type type) {
        return type.isClass() && RESULTS.contains(type.asClass().declaration().name());
    }

    /** What the method says, else what its class says, where the method says nothing at all. */
    private static Optional<AnnotationInfo> rule(
            MethodInfo method, BeanInfo bean, Class<? extends java.lang.annotation.Annotation> kind) {
        if (method.hasAnnotation(RequireActor.class) || method.hasAnnotation(ForbidActor.class)) {
            return Optional.ofNullable(method.annotation(kind));
        }
        return Optional.ofNullable(bean.declaringClass().annotation(kind));
    }

    private static List<String> strings(AnnotationMember member) {
        return member == null
                ? List.of()
                : member.asArray().stream().map(AnnotationMember::asString).toList();
    }

    @Synthesis
    public void register(SyntheticComponents components) {
        SyntheticBeanBuilder<ServedMethods> bean = components
                .addBean(ServedMethods.class)
                .type(ServedMethods.class)
                .scope(Singleton.class)
                .withParam(ServedMethods.COUNT, found.size())
                .createWith(ServedMethods.Creator.class);
        for (int i = 0; i < found.size(); i++) {
            Found method = found.get(i);
            bean.withParam(ServedMethods.NAME + i, method.name())
                    .withParam(
                            ServedMethods.ARGUMENTS + i,
                            method.arguments().stream().map(Enum::name).toArray(String[]::new))
                    .withParam(ServedMethods.USER + i, method.user())
                    .withParam(ServedMethods.ROLES + i, method.roles().toArray(String[]::new))
                    .withParam(ServedMethods.FORBIDDEN + i, method.forbidden())
                    .withParam(ServedMethods.INVOKER + i, method.invoker());
        }
    }
}
