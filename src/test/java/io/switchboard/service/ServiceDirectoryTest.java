package io.switchboard.service;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.quarkus.runtime.configuration.ConfigurationException;
import io.switchboard.config.SwitchboardConfig;
import java.net.URI;
import java.net.http.HttpClient;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ServiceDirectoryTest {
    private static final Duration TIMEOUT = Duration.ofSeconds(1);
    private static final AnswerReader READER = new AnswerReader(0);
    private static final ActorTokens TOKENS = new ActorTokens(ActorKey.ephemeral(), Clock.systemUTC());

    private static final SwitchboardConfig.Breaker BREAKER = new SwitchboardConfig.Breaker() {
        @Override
        public int calls() {
            return 0;
        }

        @Override
        public double failureRatio() {
            return 1;
        }

        @Override
        public Duration pause() {
            return Duration.ZERO;
        }
    };

    private final HttpClient client = HttpEndpoint.client();

    @AfterEach
    void close() {
        client.close();
    }

    private static ServedTarget method(String name) {
        return new ServedTarget(
                new ServedMethod(
                        new NamePattern(name), List.of(), new Admission(false, Set.of(), false), (_, _) -> null),
                TIMEOUT,
                READER);
    }

    private HttpTarget url(String name) {
        return new HttpTarget(
                "url " + name,
                new NamePattern(name),
                true,
                TIMEOUT,
                BREAKER,
                new HttpEndpoint(client, URI.create("http://localhost/"), TIMEOUT, 1),
                TOKENS,
                READER);
    }

    private static Target bus() {
        return target("bus");
    }

    private static Target target(String label) {
        return new Target() {
            @Override
            public String label() {
                return label;
            }

            @Override
            public Duration timeout() {
                return TIMEOUT;
            }

            @Override
            public ServiceAnswer answer(Inquiry inquiry) {
                return new ServiceAnswer.Unknown();
            }
        };
    }

    private List<ServedTarget> methods(String... names) {
        return Arrays.stream(names).map(ServiceDirectoryTest::method).toList();
    }

    private List<HttpTarget> urls(String... names) {
        return Arrays.stream(names).map(this::url).toList();
    }

    @ParameterizedTest
    @CsvSource({
        "a.method, a.method",
        "a.both, a.both",
        "a.url, bus;url a.url",
        "a.anything, bus;a.*;nats",
        "a.deep.anything, bus;url a.deep.*",
        "a.same.anything, bus;a.same.*;nats",
        "b.anything, bus;url *",
        "'a b', ''",
        "a.*, ''"
    })
    void theMostSpecificComesFirstAndAMethodBeforeAUrl(String name, String labels) {
        ServiceDirectory directory = new ServiceDirectory(
                methods("a.*", "a.same.*", "a.method", "a.both"),
                bus(),
                urls("*", "a.*", "a.same.*", "a.deep.*", "a.url", "a.both"),
                Optional.of(target("nats")));

        assertThat(directory.find(name))
                .extracting(Target::label)
                .containsExactlyElementsOf(labels.isEmpty() ? List.of() : List.of(labels.split(";", -1)));
    }

    @Test
    void whatNobodyServesIsAskedOnTheBusAndThenElsewhere() {
        assertThat(new ServiceDirectory(List.of(), bus(), List.of(), Optional.empty()).find("a"))
                .extracting(Target::label)
                .containsExactly("bus");
        assertThat(new ServiceDirectory(List.of(), bus(), List.of(), Optional.of(target("nats"))).find("a"))
                .extracting(Target::label)
                .containsExactly("bus", "nats");
    }

    @Test
    void twoUrlsForOneNameEndTheStart() {
        assertThatThrownBy(() -> new ServiceDirectory(List.of(), bus(), urls("a.*", "a.*"), Optional.empty()))
                .isInstanceOf(ConfigurationException.class)
                .hasMessageContaining("a.* more than once");
    }
}
