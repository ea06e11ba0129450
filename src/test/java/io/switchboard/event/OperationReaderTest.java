package io.switchboard.event;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.switchboard.testing.WireJson;
import io.switchboard.webflow.AuthNews;
import io.switchboard.webflow.AuthNews.Announced;
import io.switchboard.webflow.AuthNews.Authorized;
import io.switchboard.webflow.WebSocketId;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** JSON is written with single quotes here. */
class OperationReaderTest {
    private static final WebSocketId ID = WebSocketId.of("12345678").orElseThrow();

    private static AuthNews read(String json) throws InvalidEventException {
        return OperationReader.read(WireJson.read(json.replace('\'', '"'))).news();
    }

    @Test
    void anAuthorizationByTheOperation() throws Exception {
        assertThat(read("{'operationId':'op-1','authResult':'DONE'}"))
                .isEqualTo(new Authorized(WebSocketId.ofOperation("op-1"), Optional.of("op-1"), "DONE"));
    }

    @Test
    void anAuthorizationByTheIdOfTheClient() throws Exception {
        assertThat(read("{'webSocketId':'12345678','authResult':'CONFIRMED'}"))
                .isEqualTo(new Authorized(ID, Optional.empty(), "CONFIRMED"));
    }

    @Test
    void announcements() throws Exception {
        assertThat(read("{'operationId':'op-1','announced':true}"))
                .isEqualTo(new Announced(WebSocketId.ofOperation("op-1"), Optional.of("op-1")));
        assertThat(read("{'webSocketId':'12345678','announced':true}")).isEqualTo(new Announced(ID, Optional.empty()));
    }

    @Test
    void whatIsNullIsAbsentAndWhatIsUnknownIgnored() throws Exception {
        assertThat(read("{'operationId':null,'webSocketId':'12345678','authResult':'X','announced':null,'later':[1]}"))
                .isEqualTo(new Authorized(ID, Optional.empty(), "X"));
        assertThat(read("{'webSocketId':'12345678','authResult':'X','announced':false}"))
                .isInstanceOf(Authorized.class);
        assertThat(read("{'webSocketId':'12345678','authResult':null,'announced':true}"))
                .isInstanceOf(Announced.class);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 256})
    void aResultIsAnyText(int length) throws Exception {
        assertThat(read("{'webSocketId':'12345678','authResult':'" + "x".repeat(length) + "'}"))
                .isEqualTo(new Authorized(ID, Optional.empty(), "x".repeat(length)));
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 1024})
    void anOperationIdHasUpTo1024Characters(int length) throws Exception {
        assertThat(read("{'operationId':'" + "x".repeat(length) + "','announced':true}")
                        .operationId())
                .contains("x".repeat(length));
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            {}                                                         | operationId | send either an operationId or a webSocketId
            {'authResult':'X'}                                         | operationId | send either an operationId or a webSocketId
            {'operationId':'o','webSocketId':'12345678','announced':true} | operationId | send either an operationId or a webSocketId
            {'operationId':1,'authResult':'X'}                         | operationId | send a string, or leave it out
            {'operationId':'','authResult':'X'}                        | operationId | send 1 to 1024 characters
            {'webSocketId':['12345678'],'authResult':'X'}              | webSocketId | send a string, or leave it out
            {'webSocketId':'SECRET1','authResult':'X'}                 | webSocketId | send 8 to 256 characters, none of them a control character
            {'webSocketId':'SECRET12\\n','authResult':'X'}             | webSocketId | send 8 to 256 characters, none of them a control character
            {'webSocketId':'12345678','authResult':true}               | authResult  | send a string, or leave it out
            {'webSocketId':'12345678'}                                 | authResult  | send either an authResult or announced: true
            {'webSocketId':'12345678','announced':false}               | authResult  | send either an authResult or announced: true
            {'webSocketId':'12345678','authResult':'X','announced':true} | authResult | send either an authResult or announced: true
            {'webSocketId':'12345678','announced':'true'}              | announced   | send true or false, or leave it out
            """)
    void whatIsRefusedSaysWhatToSend(String json, String field, String problem) {
        InvalidEventException refused = catchThrowableOfType(InvalidEventException.class, () -> read(json));

        assertThat(refused.field()).isEqualTo(field);
        assertThat(refused).hasMessage(problem);
    }

    @Test
    void whatIsTooLongIsRefused() {
        assertThat(catchThrowableOfType(
                        InvalidEventException.class,
                        () -> read("{'operationId':'" + "x".repeat(1025) + "','announced':true}")))
                .hasMessage("send 1 to 1024 characters");
        assertThat(catchThrowableOfType(
                        InvalidEventException.class,
                        () -> read("{'webSocketId':'12345678','authResult':'" + "x".repeat(257) + "'}")))
                .hasMessage("send at most 256 characters");
    }
}
