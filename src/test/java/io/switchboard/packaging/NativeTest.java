package io.switchboard.packaging;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.github.benmanes.caffeine.cache.AsyncCache;
import com.github.benmanes.caffeine.cache.Cache;
import com.github.benmanes.caffeine.cache.Interner;
import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.AccessTarget;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaMethodCall;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import io.quarkus.runtime.annotations.RegisterForReflection;
import io.switchboard.event.MessageFamily;
import io.switchboard.event.Replay;
import io.switchboard.event.TreeRouter;
import io.switchboard.hub.Hub;
import io.switchboard.ingress.IdempotencyWindow;
import io.switchboard.testing.TestRooms;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/**
 * What a native binary would lack: there is no native-image where the tests run, so what looks classes up by name is found
 * here, and must be registered. The binary itself is checked by src/main/docker/check-native, as far as it goes.
 */
class NativeTest {
    private static final JavaClasses MAIN = new ClassFileImporter()
            .withImportOption(new ImportOption.DoNotIncludeTests())
            .importPackages("io.switchboard");

    /** Methods that make objects of classes that they learn of at run time. */
    private static final Set<String> BINDING = Set.of("readValue", "treeToValue", "convertValue", "valueToTree");

    @Test
    void nothingIsFoundByName() {
        noClasses()
                .that()
                // a Java process of its own, never part of the binary
                .resideOutsideOfPackage("io.switchboard.dev.cli")
                .and()
                // runs while the application is built
                .doNotHaveSimpleName("ServesExtension")
                .should()
                .callMethodWhere(new DescribedPredicate<>("binds JSON to a class") {
                    @Override
                    public boolean test(JavaMethodCall call) {
                        AccessTarget target = call.getTarget();
                        return BINDING.contains(target.getName())
                                && (target.getOwner().isEquivalentTo(ObjectMapper.class)
                                        || target.getOwner().isEquivalentTo(ObjectReader.class));
                    }
                })
                .orShould()
                .callMethod(Class.class, "forName", String.class)
                .orShould()
                .dependOnClassesThat()
                .areAssignableTo(ServiceLoader.class)
                .orShould()
                .dependOnClassesThat()
                .resideInAPackage("java.lang.reflect..")
                .check(MAIN);
    }

    @Test
    void theCachesAreRegistered() throws ReflectiveOperationException {
        Set<String> needed = new TreeSet<>();
        needed.addAll(generatedFor(new IdempotencyWindow(Duration.ofMinutes(1), 10, System::nanoTime)));
        needed.addAll(generatedFor(claimsCache()));
        MessageFamily messages = new MessageFamily((_, _) -> true);
        needed.addAll(generatedFor(messages));
        needed.addAll(generatedFor(TestRooms.silent()));
        needed.addAll(
                generatedFor(new Replay(new TreeRouter(new Hub()), messages, TestRooms.family(), Clock.systemUTC())));
        needed.add(read(Interner.newWeakInterner(), "cache").getClass().getName());

        RegisterForReflection registered =
                Class.forName("io.switchboard.NativeRegistrations").getAnnotation(RegisterForReflection.class);
        assertThat(registered.classNames()).containsExactlyInAnyOrderElementsOf(needed);
    }

    private static Object claimsCache() throws ReflectiveOperationException {
        Constructor<?> constructor = Class.forName("io.switchboard.auth.ClaimsCache")
                .getDeclaredConstructor(Clock.class, com.github.benmanes.caffeine.cache.Ticker.class);
        constructor.setAccessible(true);
        return constructor.newInstance(Clock.systemUTC(), com.github.benmanes.caffeine.cache.Ticker.systemTicker());
    }

    /** The generated classes of Caffeine behind the caches of an object. */
    private static List<String> generatedFor(Object owner) throws ReflectiveOperationException {
        List<String> names = new ArrayList<>();
        for (Field field : owner.getClass().getDeclaredFields()) {
            boolean asynchronous = AsyncCache.class.isAssignableFrom(field.getType());
            if (asynchronous || Cache.class.isAssignableFrom(field.getType())) {
                field.setAccessible(true);
                Object map = asynchronous ? read(field.get(owner), "cache") : ((Cache<?, ?>) field.get(owner)).asMap();
                names.add(map.getClass().getName());
                names.add(read(map, "nodeFactory").getClass().getName());
            }
        }
        return names;
    }

    private static Object read(Object object, String name) throws ReflectiveOperationException {
        for (Class<?> type = object.getClass(); type != null; type = type.getSuperclass()) {
            for (Field field : type.getDeclaredFields()) {
                if (field.getName().equals(name)) {
                    field.setAccessible(true);
                    return field.get(object);
                }
            }
        }
        throw new NoSuchFieldException(name);
    }
}
